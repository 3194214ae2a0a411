#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring
# Between the first and the last stamp nothing happens but the mechanism itself: strace shows every system call, the
# kernel counts the faults, and no timed loop calls anything that allocates or prints. The timed part lies between the
# two looks at the noise counters; each look reads the initiator's /proc/PID/task/TID/sched twice.
set -u
cd "$(dirname "$0")/.." || exit 1
case ${BUILD:=build} in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
. tests/tap.sh
mkdir -m 700 "$work/runtime"
export XDG_RUNTIME_DIR="$work/runtime"

# field NAME: that field of the last row of $work/out.
field() {
	awk -F , -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i } { value = $column } END { print value }' \
		"$work/out"
}

# trace PROGRAM ARGUMENT...: the calls of all members within the timed part, one "initiator NAME" or "other NAME" per
# line, into $work/timed. A look ends with the clock of the last task, after the close of its schedstat.
trace() {
	program=$1
	shift
	strace -f -qq -o "$work/log" "$BUILD/$program" "$@" >"$work/out" 2>"$work/err" || {
		cat "$work/err"
		return 1
	}
	awk '
	NR == 1 { driver = $1 }
	$1 == driver || $2 == "<..." || $2 == "---" || $2 == "+++" { next }
	{ call = $2; sub(/\(.*/, "", call) }
	!initiator && /"\/proc\/[0-9]+\/task\/[0-9]+\/sched"/ { initiator = $1 }
	$1 == initiator && index($0, "/task/" $1 "/sched\"") { looks++; inside = 0 }
	looks == 2 && $1 == initiator && /\/task\/[0-9]+\// { inside = 0; calls = ""; delete clock; last = /\/schedstat"/; next }
	looks == 2 && $1 == initiator && last { inside = call == "close"; last = !inside; next }
	looks != 2 || !inside { next }
	# the clock of that task, once
	$1 == initiator && !clock[call]++ && (call == "getpid" || call == "clock_getres" || /clock_gettime\(0x/) { next }
	{ calls = calls ($1 == initiator ? "initiator " : "other ") call "\n" }
	END { printf "%s", calls }
	END { if (looks != 4) { print "looks at the counters: " looks + 0 ", not 4"; exit 1 } }' "$work/log" >"$work/timed" || {
		cat "$work/timed"
		return 1
	}
}

count() {
	grep -c "^$1 $2\$" "$work/timed"
}

silent() {
	trace "$@" || return 1
	! [ -s "$work/timed" ] || {
		echo 'system calls in the timed part:'
		sort "$work/timed" | uniq -c
		return 1
	}
}

# moves CALLS PROGRAM ARGUMENT...: CALLS, such as "write read", are what a round trip costs the initiator, each once, or
# twice where it is there twice; nothing else happens. The warm-up after the look is 1 to 100 round trips, as many as fit
# its time. The responder may be a round trip ahead or behind at either end.
moves() {
	calls=$1
	shift
	trace "$@" "--iterations=$operations" || return 1
	# shellcheck disable=SC2086 # words
	set -- $calls
	total=$(count initiator '.*')
	trips=$((total / $#))
	if [ $trips -le "$operations" ] || [ $trips -gt $((operations + 100)) ] || [ $((trips * $#)) != "$total" ]; then
		echo "$total calls for $operations round trips of $#"
		return 1
	fi
	for call; do
		times=$(printf '%s\n' "$@" | grep -cx "$call")
		[ "$(count initiator "$call")" = $((times * trips)) ] || {
			echo "$(count initiator "$call") times $call for $trips round trips"
			return 1
		}
	done
	[ "$(field syscalls_per_op)" = $((2 * $#)).000 ] || {
		echo "syscalls_per_op is $(field syscalls_per_op), of both sides; the initiator makes $#"
		return 1
	}
	ahead=$(($(count other '.*') - total))
	[ $ahead -ge -$# ] && [ $ahead -le $# ]
}

# claims PROGRAM: what its rows say of the system calls of a round trip, as "VARIANT WAIT CALLS" lines: every variant in its
# first wait mode that has such a figure, and the first variant in the others. Where a mode has none, it depends on who
# sleeps, or on the kernel's own threads (SQPOLL).
claims() {
	awk -F '\t' -v mechanism="${1#ipc_}" '$1 == "ipc" && $2 == mechanism { print $4 }' "$work/list" | tr + '\n' | awk '!seen[$0]++' |
		while read -r wait; do
			"$BUILD/$1" "--wait=$wait" --iterations=5 --warmup=0 2>"$work/err"
		done | tsv | awk -F '\t' '
			$1 == "schema" { for (i = 1; i <= NF; i++) at[$i] = i; next }
			$at["status"] != "ok" || $at["syscalls_per_op"] == "" { next }
			{ variant = $at["variant"]; wait = $at["wait"] }
			!first { first = variant }
			!mode[variant] || variant == first { mode[variant] = wait; print variant, wait, $at["syscalls_per_op"] }'
}

# agrees NAME CALLS OPERATIONS: whether that is what $work/timed counts. Nobody knows how many round trips the warm-up has:
# their number is that of the call that is made least often; where there is one call alone, it is as in moves().
agrees() {
	awk -v name="$1" -v calls="$2" -v operations="$3" '
		{ n[$1, $2]++; sum[$1]++ }
		$1 == "initiator" { names[$2] }
		END {
			own = sum["other"] ? calls / 2 : calls
			for (call in names) {
				different++
				if (!least || n["initiator", call] < least)
					least = n["initiator", call]
			}
			trips = different > 1 ? least : own ? sum["initiator"] / own : 0
			more = sum["initiator"] - own * trips
			ahead = sum["other"] ? sum["other"] - sum["initiator"] : 0
			# datagrams that came late were asked for again; an operation with a call more has 30 of them
			if (more >= 0 && more <= 5 && ahead <= own + 5 && -ahead <= own + 5 &&
			    (trips ? trips > operations && trips <= operations + 100 : !own))
				exit
			printf "%s: syscalls_per_op is %g; strace counts in %d round trips:\n", name, calls, trips
			for (call in n)
				print n[call], call
			exit 1
		}' "$work/timed"
}

# counts PROGRAM: strace counts what these say. Few round trips do, but where one call is all there is: then twice as many
# round trips would look like twice as many calls.
counts() {
	claims "$1" >"$work/claims"
	while read -r variant wait calls; do
		for trips in 30 "$operations"; do
			trace "$1" "--variant=$variant" "--wait=$wait" "--iterations=$trips" --warmup=0 </dev/null || return 1
			[ "$(sort -u "$work/timed" | grep -c ^initiator)" = 1 ] || break
		done
		agrees "$variant $wait" "$calls" "$trips" || return 1
	done <"$work/claims"
}

# faultless PROGRAM ARGUMENT...: all pages were touched before. Empty columns would be no proof.
faultless() {
	program=$1
	shift
	"$BUILD/$program" "$@" >"$work/out" || return 1
	[ "$(field status) $(field minor_faults) $(field major_faults)" = 'ok 0 0' ] || {
		echo "status, minor and major faults: $(field status) $(field minor_faults) $(field major_faults)"
		return 1
	}
}

# The object files of mechanisms that allocate, sleep and so on by nature, and say so: "ipc/timer.o" and the like.
"$BUILD/handoff" list --csv | tsv | awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	$at["manages"] == "yes" { print $at["group"] "/" $at["mechanism"] ".o" }' | sort -u >"$work/managing"

# names FILE...: what the timed loops of object files name in their relocations: functions of other files and of libraries.
names() {
	objdump -r -j .text.timed "$@" 2>/dev/null |
		awk '$2 ~ /^R_/ { sub(/[-+]0x[0-9a-f]+$/, "", $3); print $3 }' | sort -u
}

# named DIR: those of all object files below DIR but tests and the managing.
named() {
	find "$1" -name '*.o' ! -path '*/tests/*' | grep -vFf "$work/managing" >"$work/objects"
	# shellcheck disable=SC2046 # a word per file
	names $(cat "$work/objects")
}

# Allocating, printing, opening, sleeping.
forbidden='malloc|calloc|realloc|reallocarray|free|aligned_alloc|posix_memalign|memalign|valloc|mmap|munmap|mremap|brk|sbrk'
forbidden="$forbidden|.*printf.*|f?puts|f?putc.*|fwrite.*|fread|fopen|fflush|perror|open|openat|close|.*sleep|abort|exit|_exit"

calls_none() {
	named "$1" >"$work/named"
	[ -s "$work/named" ] || {
		echo 'no timed loop names anything'
		return 1
	}
	! grep -Ex "(__)?($forbidden)(_chk)?" "$work/named"
}

# What says that it manages does: the word is not there to pass the test.
managing() {
	[ -s "$work/managing" ] || return 1
	while read -r file; do
		names "$BUILD/obj/$file" | grep -Eqx "(__)?($forbidden)(_chk)?" || {
			echo "$file does not"
			return 1
		}
	done <"$work/managing"
}

ok 'timed loops name no function that allocates, prints, opens or sleeps' calls_none "$BUILD/obj"
ok 'mechanisms that say so do' managing
printf '%s\n' '#include <stdlib.h>' 'void *timed(void);' '__attribute__((section(".text.timed"))) void *timed(void)' \
	'{' '	return malloc(1);' '}' >"$work/bad.c"
"${CC:-gcc}" -O2 -c -o "$work/bad.o" "$work/bad.c"
caught() {
	! calls_none "$work" && grep -qx malloc "$work/named"
}
ok 'a timed loop that does is found' caught

for variant in ring ring-inplace mailbox; do
	ok "no fault: posix_shm:$variant" faultless ipc_posix_shm --variant=$variant --wait=spin --iterations=100000
done
ok 'no fault: large messages' faultless ipc_posix_shm --variant=ring --wait=spin --msg-size=256K --touch=all --iterations=2000
ok 'no fault: fan-out' faultless ipc_posix_shm --variant=ring-all --wait=spin --consumers=1 --iterations=100000
ok 'no fault: streaming' faultless ipc_posix_shm --variant=ring --wait=spin --pattern=stream --iterations=100000
ok 'no fault: with a gap' faultless ipc_posix_shm --variant=ring --wait=spin --gap=20us --iterations=2000
ok 'no fault: pipe' faultless ipc_pipe --iterations=20000
ok 'no fault: uncontended' faultless sync_mutex --variant=normal --experiment=uncontended --iterations=100000
ok 'no fault: contended' faultless sync_mutex --variant=normal --experiment=contended --duration=50ms
ok 'no fault: hand-off' faultless sync_condvar --variant=held --iterations=10000
ok 'no fault: queue' faultless sync_queue_mutex --experiment=queue --duration=50ms

operations=300
if strace -o "$work/log" true 2>/dev/null; then
	for variant in ring ring-inplace mailbox; do
		ok "spin: posix_shm:$variant" silent ipc_posix_shm --variant=$variant --wait=spin --iterations=20000
	done
	ok 'spin, threads' silent ipc_posix_shm --variant=ring --wait=spin --endpoints=thread --iterations=20000
	ok 'spin, fan-out' silent ipc_posix_shm --variant=ring-all --wait=spin --consumers=1 --iterations=20000
	ok 'spin, streaming' silent ipc_posix_shm --variant=ring --wait=spin --pattern=stream --iterations=20000
	ok 'spin, paced' silent ipc_posix_shm --variant=ring --wait=spin --every=20us --iterations=500
	ok 'nothing at all' silent ipc_null --iterations=100000
	for variant in normal recursive robust inherit; do
		ok "uncontended: mutex:$variant" silent sync_mutex --variant=$variant --experiment=uncontended --iterations=100000
	done
	ok 'uncontended: spin_ttas' silent sync_spin_ttas --experiment=uncontended --iterations=100000
	for variant in load fetch_add compare_exchange; do
		ok "alone: atomic:$variant" silent sync_atomic --variant=$variant --iterations=100000
	done
	ok 'block: pipe' moves 'write read' ipc_pipe --wait=block
	ok 'poll: pipe' moves 'poll write poll read' ipc_pipe --wait=poll
	ok 'epoll: pipe' moves 'epoll_wait write epoll_wait read' ipc_pipe --wait=epoll
	ok 'io_uring: pipe' moves 'io_uring_enter io_uring_enter' ipc_pipe --wait=io_uring
	ok 'block: pipe, threads' moves 'write read' ipc_pipe --wait=block --endpoints=thread
	if [ "$(getconf _NPROCESSORS_ONLN)" -ge 4 ]; then
		ok 'spin: io_uring, SQPOLL' silent ipc_io_uring --variant=socketpair-sqpoll --wait=spin --iterations=20000
	else
		skip 'spin: io_uring, SQPOLL' 'the threads of the kernel need PUs of their own'
	fi
	"$BUILD/handoff" list --csv | tsv >"$work/list"
	# hwloc reads thousands of files, each of which strace would see: once is enough
	"$BUILD/handoff" sweep --only=ipc/null:floor --budget=1s --out="$work/sweep" >/dev/null 2>&1
	[ ! -s "$work/sweep/settings/topology.xml" ] || export HANDOFF_TOPOLOGY="$work/sweep/settings/topology.xml"
	for program in "$BUILD"/ipc_*; do
		ok "system calls of ${program##*/} are as its rows say" counts "${program##*/}"
	done
else
	skip 'system calls in the timed part' 'strace cannot trace here'
fi
echo "1..$n"
