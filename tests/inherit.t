#!/bin/sh
# SPDX-License-Identifier: MIT
# class: settings
# Started under anything: a row says what was in force, or one line says why there is none. One of settings, and so never beside
# tuned.t: spinners of real-time classes starve a daemon that others wait for, and both hold settings that the other looks at.
# shellcheck disable=SC2086,SC2046 # words of a state, and several processes, are split on purpose
# shellcheck disable=SC2016 # for an inner shell
# shellcheck disable=SC2317 # functions are called by name, through ok
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
. tests/tap.sh
. tests/run.sh
handoff=$build/handoff
XDG_STATE_HOME=$work/state
XDG_RUNTIME_DIR=$work/runtime
mkdir -m 700 "$XDG_RUNTIME_DIR"
export XDG_STATE_HOME XDG_RUNTIME_DIR
first=$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')

# What nice(1) gave this test is none of the states.
if [ "$(nice)" != 0 ] && ! renice -n 0 -p $$ >/dev/null 2>&1; then
	echo '1..0 # SKIP this user may not take back the nice value that it was started with'
	exit
fi

user='setpriv --reuid=65534 --regid=65534 --clear-groups'

# Spinners of a real-time class would starve this shell, too: what may do that is watched from above.
guard='timeout -s KILL 10' # no state takes longer
if chrt -f 90 true 2>/dev/null; then
	above="chrt -f 90 timeout -s KILL 6"
else
	above=
fi

# rows_say FILE: of each row status, class and nice value, environment, flags and reason.
rows_say() {
	tsv "$1" | awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ print $at["status"], "sched=" $at["sched"], "environment=" $at["environment"], "flags=" $at["flags"],
			"reason=" $at["reason"] }'
}

# said RUN: that of $work/RUN.out, and what stderr has.
said() {
	rows_say "$work/$1.out"
	cat "$work/$1.err"
}

# begin RUN COMMAND...: its output and exit code into $work/RUN.*
begin() {
	begun=$work/$1
	shift
	"$@" >"$begun.out" 2>"$begun.err"
	echo $? >"$begun.rc"
}

# fits RUN WORDS: what it says matches the extended regular expression; no signal ended it.
fits() {
	rc=$(cat "$work/$1.rc")
	said "$1" >"$work/said"
	cat "$work/said"
	echo "exit code $rc"
	case $2 in
	*'|Killed') [ "$rc" != 137 ] || rc=0 ;; # by the kernel, the process itself: nobody is left to say why
	esac
	[ "$rc" -lt 128 ] && grep -Eq -e "$2" "$work/said" && ! grep -q '^failed\|^invalid' "$work/said"
}

# Sweeps, four at a time: each to its end with rows, or one line.
# with_rows NUMBER COMMAND...: without charts, again with more time where others need the machine.
with_rows() {
	number=$1
	shift
	case $* in
	*"$user"*) at=$work/user/sweep$number ;;
	*) at=$work/sweep$number ;;
	esac
	echo "$at" >"$work/sweep$number.at"
	for budget in 2s 8s 32s 64s; do
		rm -rf "$at"
		begin "sweep$number" timeout -s KILL 90 "$@" env PATH=/nowhere "$handoff" sweep --only=sync/null:op --budget=$budget --out="$at"
		grep -qs ',the budget was used up,' "$at/samples.csv" || break
	done
}
sweeps=0
sweep() { # NAME WORDS COMMAND...: its rows match, or its line does
	sweeps=$((sweeps + 1))
	echo "$1" >"$work/sweep$sweeps.name"
	echo "$2" >"$work/sweep$sweeps.words"
	shift 2
	with_rows $sweeps "$@" &
	[ $((sweeps % 4)) != 0 ] || wait
}
swept() { # NUMBER: rows or one line, and they match
	rc=$(cat "$work/sweep$1.rc")
	echo "exit code $rc"
	at=$(cat "$work/sweep$1.at")
	if [ -e "$at/samples.csv" ]; then
		rows_say "$at/samples.csv" | sort -u
	else
		grep -v ' measures on this machine as well: \|^about \|^  ' "$work/sweep$1.err" >"$work/lines"
		[ "$(wc -l <"$work/lines")" = 1 ] || echo 'not one line'
		cat "$work/lines"
	fi >"$work/said"
	cat "$work/said"
	# the kernel kills without a word of ours where a group has too little memory for the sweep itself
	case $rc$(cat "$work/sweep$1.words") in 137*Killed*) rc=0 ;; esac
	[ "$rc" -lt 128 ] && grep -Eq -e "$(cat "$work/sweep$1.words")" "$work/said" &&
		! grep '^failed\|^invalid\|^not one' "$work/said" | grep -Evq -e "$(cat "$work/sweep$1.words")"
}
# sweeps_end: what the sweeps since the last one say.
if [ "$(id -u)" = 0 ]; then
	chmod 755 "$work"
	mkdir "$work/user"
	chown 65534:65534 "$work/user"
fi
judged=0
sweeps_end() {
	wait
	while [ $judged -lt $sweeps ]; do
		judged=$((judged + 1))
		ok "a sweep: $(cat "$work/sweep$judged.name")" swept $judged
	done
}

# bench WORDS COMMAND...: what a benchmark says that is started by the command.
bench() {
	words=$1
	shift
	begin one "$@"
	fits one "$words"
}

# state NAME WORDS COMMAND...: an IPC and a lock benchmark started by the command, with $more, side by side unless they are
# guarded. With SWEEPS=all (make test-long) a sweep in their place. What those have no option for is not theirs. The rows say of the
# environment what the sweep itself left of it.
state_sweep() {
	[ -z "$more" ] || return 0
	case $words in ^ok*) words="$words|^ok sched=other " ;; esac
	[ -z "$above" ] || [ "$guard" != "$above" ] || {
		wait
		set -- chrt -f 90 timeout -s KILL 60 "$@"
	}
	sweep "$state" "$words" "$@"
	[ -z "$above" ] || [ "$guard" != "$above" ] || wait
}
more=
state() {
	state=$1
	words=$2
	shift 2
	if [ -n "${SWEEPS:-}" ]; then
		state_sweep "$@"
		return
	fi
	begin pipe $guard "$@" "$build/ipc_pipe" --placement=same-pu --iterations=200 $more &
	[ -z "$above" ] || [ "$guard" != "$above" ] || wait $!
	begin lock $guard "$@" "$build/sync_mutex" --variant=normal --experiment=contended --threads=2 --duration=5ms $more
	wait $!
	ok "$state: a pipe" fits pipe "$words"
	ok "$state: a lock" fits lock "$words"
}

# with OPTIONS COMMAND...: the benchmarks have them, too.
with() {
	more=$1
	shift
	"$@"
	more=
}

# Classes and nice values.
state 'as it is' '^ok sched=other '
state 'nice 5' '^ok sched=other environment=sched=other/nice:5 ' nice -n 5
with --inherit state 'nice 5, kept' '^ok sched=other\+nice:5 ' nice -n 5
with --nice=7 state 'nice 5, another one asked for' '^ok sched=other\+nice:7 ' nice -n 5
state 'batch' '^ok sched=other ' chrt -b 0
with --inherit state 'batch, kept' '^ok sched=batch ' chrt -b 0
with --sched=batch state 'idle, batch asked for' '^ok sched=batch ' chrt -i 0
with --inherit state 'idle, kept' '^ok sched=idle ' chrt -i 0
with '--inherit --nice=1' state 'kept and asked for' 'neither --sched nor --nice'
if [ -n "$above" ]; then
	guard=$above
	state 'FIFO' '^ok sched=other environment=sched=fifo:50 ' chrt -f 50
	state 'FIFO of the highest' '^ok sched=other ' chrt -f 99
	with --inherit state 'FIFO, kept' '^ok sched=fifo:50 ' chrt -f 50
	with --sched=fifo:7 state 'FIFO, a lower one asked for' '^ok sched=fifo:7 ' chrt -f 50
	state 'RR' '^ok sched=other ' chrt -r 5
	with --inherit state 'RR, kept' '^ok sched=rr:5 ' chrt -r 5
	state 'FIFO that children do not get' '^ok sched=other ' chrt -R -f 5
	with --inherit state 'FIFO that children do not get, kept' '^ok sched=fifo:5 ' chrt -R -f 5
	state 'deadline' '^ok sched=other ' chrt -d -T 1000000 -P 10000000 0
	with --inherit state 'deadline, kept' 'deadline may not start others' chrt -d -T 1000000 -P 10000000 0
	ok 'FIFO: spinners of two threads end' bench '^ok sched=other ' $guard chrt -f 7 "$build/sync_spin_tas" --threads=2 \
		--experiment=contended --duration=20ms
	ok 'FIFO, kept: spinners of two threads end' bench '^ok sched=fifo:7 ' $guard chrt -f 7 "$build/sync_spin_tas" \
		--threads=2 --experiment=contended --duration=20ms --inherit
	guard='timeout -s KILL 10'
else
	skip 'classes of real time' 'this user may not have them'
fi
if [ "$(id -u)" = 0 ]; then
	state 'nice 5 of an ordinary user' '^skipped .*other\+nice:5 was inherited.*--inherit|^handoff sweep: other\+nice:5 was inherited' $user nice -n 5
	with --inherit state 'nice 5 of an ordinary user, kept' '^ok sched=other\+nice:5 ' $user nice -n 5
	state 'idle of an ordinary user' '^skipped .*idle was inherited.*--inherit|^handoff sweep: idle was inherited' $user chrt -i 0
fi

# Limits: a row as ever, or the limit and its value.
limit() { # NAME WORDS OPTION...: of ulimit
	limit=$1
	words=$2
	shift 2
	state "$limit" "$words" sh -c 'ulimit $0 && exec "$@"' "$*"
}
limit 'no time but a second' '^ok .*environment=ulimit-t=1 ' -t 1
limit 'a small stack' 'ulimit -s is 64 and has to be 256' -s 64
limit 'a stack that is enough' '^ok .*environment=ulimit-s=300 ' -s 300
limit 'little data' '^ok .*environment=ulimit-d=20000 |no new thread: .*ulimit -d is 20000' -d 20000
limit 'less data than that' '^ok .*environment=ulimit-d=4000 |no (new thread|memory).*ulimit -d is 4000' -d 4000
limit 'little memory' '^ok .*environment=ulimit-v=60000 |ulimit -v is 60000' -v 60000
limit 'few descriptors' 'Too many open files: ulimit -n is 5|noise_unknown.*ulimit|environment=ulimit-n=5 flags=[^ ]*noise_unknown' -n 5
limit 'enough descriptors' '^ok .*environment=ulimit-n=20 ' -n 20
limit 'no core files' '^ok .*environment= ' -c 0
limit 'no locked memory' '^ok .*environment=ulimit-l=0 ' -l 0
for b in 'ipc_posix_mq --variant=notify' 'ipc_signal --variant=sigqueue'; do
	ok "no pending signals: $b" bench '^skipped .*ulimit -i is 0' $guard prlimit --sigpending=0 \
		"$build/"$b --placement=same-pu --iterations=100
done
ok 'few descriptors are not called bytes in queues' bench 'ulimit -n is 5' $guard sh -c 'ulimit -n 5 && exec "$@"' sh \
	"$build/ipc_posix_mq" --variant=pair --placement=same-pu --iterations=100
if [ "$(id -u)" = 0 ]; then
	state 'no further process' '^skipped .*no new process: .*ulimit -u is 1|^handoff sweep: .*ulimit -u is 1' prlimit --nproc=1 $user
fi

# The environment.
state 'tunables of the C library' 'environment=GLIBC_TUNABLES=glibc.malloc.perturb=1 ' env GLIBC_TUNABLES=glibc.malloc.perturb=1
state 'an allocator that is told' 'environment=MALLOC_ARENA_MAX=1 ' env MALLOC_ARENA_MAX=1
state 'another clock' 'libfaketime gives this process another clock' env LD_PRELOAD=libfaketime.so.1
state 'a preloaded library' 'environment=LD_PRELOAD=libm.so.6 ' env LD_PRELOAD=libm.so.6
state 'another locale' '^ok .*environment= ' env LC_ALL=de_DE.UTF-8
state 'no variables' '^ok .*environment= ' env -i
state 'a topology that is not there' 'HWLOC_XMLFILE=/nowhere: No such file' env HWLOC_XMLFILE=/nowhere
state 'a topology that is none' 'HWLOC_XMLFILE=/etc/passwd: hwloc .* cannot read it' env HWLOC_XMLFILE=/etc/passwd
state 'a topology of nonsense' 'HWLOC_SYNTHETIC=nonsense: hwloc .* cannot read it' env HWLOC_SYNTHETIC=nonsense
state 'no input' '^ok ' sh -c 'exec "$@" <&-' sh
# A row has nowhere to go: an error of the write.
for closed in '<&- >&-' '>&- 2>&-' '<&- >&- 2>&-'; do
	ok "closed: $closed" exits 74 '' sh -c "exec \"\$@\" $closed" sh "$build/ipc_pipe" --placement=same-pu --iterations=200
done
state 'no home, no directory' '^ok ' env HOME=/nowhere XDG_RUNTIME_DIR=/nowhere
state 'another umask' '^ok ' sh -c 'umask 777 && exec "$@"' sh
state 'a directory that is gone' '^ok ' sh -c 'cd "$(mktemp -d)" && rmdir "$PWD" && exec "$@"' sh
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	for names in --ipc --net --pid\ --fork --uts --mount --time --cgroup --user; do
		state "namespace $names" '^ok ' unshare $names
	done
	state '/dev/shm cannot be written' '^ok |ead-only' unshare -m sh -c 'mount -t tmpfs -o ro none /dev/shm && exec "$@"' sh
	state 'no /sys' '^ok |topology' unshare -m sh -c 'mount -t tmpfs none /sys && exec "$@"' sh
fi

# Control groups of this test's own, of version 2 or 1, and a filter of system calls.
groups=
group() { # NAME CONTROLLER FILE-OF-2 FILE-OF-1 VALUE WORDS: what runs in a group with the value
	name=$1
	words=$6
	if grep -qws "$2" /sys/fs/cgroup/cgroup.subtree_control; then
		dir=/sys/fs/cgroup/handoff-$$-$2 file=$3
	else
		dir=/sys/fs/cgroup/$2/handoff-$$ file=$4
	fi
	if ! mkdir "$dir" 2>/dev/null; then
		skip "$name" 'no control group can be made here'
		return
	fi
	groups="$groups $dir"
	[ "$2" != cpuset ] || [ ! -e "$dir/cpuset.mems" ] || cat "${dir%/*}/cpuset.mems" >"$dir/cpuset.mems"
	if echo "$5" 2>/dev/null >"$dir/$file"; then
		state "$name" "$words" sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$dir"
	else
		skip "$name" "$file takes no value here"
	fi
}
group 'a group with one CPU' cpuset cpuset.cpus cpuset.cpus "$first" "^ok sched=other environment=(cpus=$first)? "
group 'a group with little memory' memory memory.max memory.limit_in_bytes 4194304 '^ok |^skipped .*memory.max of the control group|Killed'
group 'a group without another process' pids pids.max pids.max 1 '^skipped .*no new (process|thread): .*pids.max of the control group|^handoff sweep: .*pids.max of the control group'
group 'a group with a fifth of a CPU' cpu cpu.max cpu.cfs_quota_us 20000 '^ok '
if [ -e "/sys/fs/cgroup/cpuset/handoff-$$" ] && [ "$(nproc)" -ge 2 ]; then
	ok 'a CPU that the group lacks' bench 'CPU [0-9]+ is not allowed to this process \(taskset, or the cpuset' sh -c \
		'echo $$ >"$0/cgroup.procs" && exec "$@"' "/sys/fs/cgroup/cpuset/handoff-$$" "$build/ipc_pipe" --cpus=$((first ? 0 : 1))
fi
wait
for dir in $groups; do
	ok "a group holds no process: $(basename "$dir")" until_ok rmdir "$dir"
done
if "$build/tests/unit_confined" true 2>/dev/null; then
	state "Docker's filter of system calls" '^ok ' "$build/tests/unit_confined"
else
	skip "Docker's filter of system calls" 'no filter can be set here'
fi

# Sweeps.
wait
first_sweep=$((sweeps + 1))
rows='^ok sched=other '
sweep 'nice, told its allocator, its terminal gone' '^ok sched=other environment=MALLOC_ARENA_MAX=1\+sched=other/nice:5 ' \
	nice -n 5 env MALLOC_ARENA_MAX=1 sh -c 'trap "" HUP; exec "$@"' sh
sweep 'descriptors closed' "$rows" sh -c 'exec "$@" <&- >&- 2>&-' sh
sweep 'few descriptors' "$rows|ulimit -n" sh -c 'ulimit -n 12 && exec "$@"' sh
sweep 'little data' "$rows|ulimit -d" sh -c 'ulimit -d 6000 && exec "$@"' sh
sweep 'a small stack' 'ulimit -s is 64' sh -c 'ulimit -s 64 && exec "$@"' sh
sweep 'no variables' "$rows" env -i
sweep 'a topology that is not there' 'HWLOC_XMLFILE=/nowhere: No such file' env HWLOC_XMLFILE=/nowhere
sweep 'one CPU' "$rows" taskset -c "$first"
sweep 'another umask' "$rows" sh -c 'umask 777 && exec "$@"' sh
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	sweep 'no /proc' '/proc' unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' sh
	sweep 'no /sys' "$rows|topology" unshare -m sh -c 'mount -t tmpfs none /sys && exec "$@"' sh
	sweep 'no /dev/shm to write to' "$rows" unshare -m sh -c 'mount -t tmpfs -o ro none /dev/shm && exec "$@"' sh
	sweep 'namespaces of its own' "$rows" unshare --ipc --net --pid --fork --uts --mount
	sweep 'nice 5 of an ordinary user' '^handoff sweep: other\+nice:5 was inherited, and this user may not take it back' $user nice -n 5
fi
wait
if [ "$(id -u)" = 0 ]; then
	for command in 'matrix' 'profiles env:HANDOFF_NOTHING=1' 'selftest'; do
		ok "nice 5 of an ordinary user: $command" exits 69 "^handoff ${command%% *}: other+nice:5 was inherited" $user nice -n 5 \
			"$handoff" $command --out="$work/refused"
	done
	ok 'what is refused makes nothing' [ ! -e "$work/refused" ]
	ok 'help is not refused' exits 0 '' $user nice -n 5 "$handoff" sweep --help
	ok 'nor a plan' exits 0 '' $user nice -n 5 "$handoff" profiles --plan-only env:HANDOFF_NOTHING=1
fi
sweeps_end
ok 'it says what it was started in' grep -q '^process:started_in=MALLOC_ARENA_MAX=1+sched=other/nice:5$' "$work/sweep$first_sweep/settings/before.txt"
ok 'with its descriptors closed it has all files' [ -n "$(ls "$work/sweep$((first_sweep + 1))/percentiles.csv")" ]
if [ -n "$above" ]; then
	for class in '-f 50' '-d -T 1000000 -P 10000000 0'; do
		sweep "chrt $class" '^ok sched=other environment=(slack_ns=0)? ' chrt -f 90 timeout -s KILL 60 chrt $class
		sweeps_end # what a real-time task forks has no timer slack (since Linux 6.14)
	done
fi

# Masks.
state 'one CPU' "^ok sched=other environment=(cpus=$first)? " taskset -c "$first"

# Signals. A benchmark in the background, until it measures. It has operations to do: how many fit into a time is an estimate,
# which beside others can be far too low.
members() {
	pgrep -P $pid >"$work/members"
}
start() {
	"$@" >"$work/one.out" 2>"$work/one.err" &
	pid=$!
	until_ok members
}
finish() {
	wait $pid
	rc=$?
	said one >"$work/said"
}
ended() { # CODE WORDS: the benchmark ended with it and says the words, and nothing is left
	cat "$work/said"
	echo "exit code $rc"
	[ $rc = "$1" ] && grep -q "$2" "$work/said" && ! kill -0 $(cat "$work/members") 2>/dev/null
}
for signal in HUP USR1 USR2 ALRM VTALRM PROF XCPU IO PWR 16 RTMIN TERM; do
	start env --default-signal "$build/ipc_pipe" --placement=same-pu --iterations=100000000
	kill -s $signal $pid
	finish
	ok "signal $signal: its driver ends as by SIGTERM, with its row" ended 130 'reason=interrupted'
done
start sh -c 'exec "$@" <&- 2>&-' sh "$build/ipc_pipe" --placement=same-pu --iterations=100000000
ok 'no file takes the number of a closed descriptor' [ "$(readlink /proc/$pid/fd/0 /proc/$pid/fd/2 | sort | uniq -c | xargs)" = '2 /dev/null' ]
kill -s TERM $pid
wait $pid
start sh -c 'trap "" HUP USR1 && exec "$@"' sh "$build/ipc_pipe" --placement=same-pu --duration=1500ms
kill -HUP $pid
kill -USR1 $pid
finish
ok 'signals that who started it ignores: it goes on' ended 0 '^ok'
state 'SIGCHLD ignored' '^ok ' sh -c 'trap "" CHLD && exec "$@"' sh
state 'signals ignored' '^ok ' sh -c 'trap "" HUP INT QUIT USR1 USR2 ALRM TERM TSTP && exec "$@"' sh
state 'signals blocked' '^ok ' perl -e 'use POSIX; my $s = POSIX::SigSet->new(1 .. 31); sigprocmask(SIG_BLOCK, $s); exec @ARGV' --
ok 'nobody reads: an error of the write' exits 74 'Broken pipe' perl -e 'pipe(R, W); close R; open STDOUT, ">&W"; exec @ARGV' \
	"$build/ipc_pipe" --placement=same-pu --iterations=200
ok 'no room in files: an error of the write' exits 74 'File too large' sh -c 'ulimit -f 1; exec "$@" >"$0"' "$work/nothing" \
	"$build/ipc_pipe" --placement=same-pu --iterations=200

# Standing still: beyond what the noise gate lets pass (bench/analyse/gate.h).
passed() { # SINCE MS
	[ $(($(date +%s%N) / 1000000)) -ge $(($1 + $2)) ]
}
stopped() {
	[ ! -e "/proc/$1" ] || grep -q '^State:.T' "/proc/$1/status"
}
stands() { # SIGNAL PID...: stopped for 0.3 s
	kill -s "$1" $2 || return 1
	for p in $2; do
		until_ok stopped $p || return 1
	done
	since=$(($(date +%s%N) / 1000000))
	until_ok passed $since 300
	kill -CONT $2
}
stood() {
	tsv "$work/one.out" | awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ print $at["stood_ns"]; n += $at["stood_ns"] > 10000000 } END { exit !n }'
}
# stopped_in HOW BENCH: while it measures, which has to take longer where others need the machine.
stopped_in() {
	for duration in 1500ms 6s 24s; do
		start "$build/"$2 --duration=$duration
		if [ "$1" = driver ]; then
			stands TSTP $pid
		else
			stands STOP "$(cat "$work/members")"
		fi
		stopped=$?
		finish
		[ $stopped != 0 ] || return 0
	done
	return 1
}
for how in members driver; do
	for bench in 'ipc_pipe --placement=same-pu' 'sync_mutex --variant=normal --experiment=contended --threads=2'; do
		stopped_in $how "$bench" 2>/dev/null
		ok "$bench: its $how stopped" [ $? = 0 ]
		ok "$bench: it goes on" ended 0 '^ok'
		ok "$bench: the row says for how long it stood still" stood
	done
done
if command -v strace >/dev/null; then
	state 'strace' 'flags=[^ ]*traced' strace -f -o /dev/null
else
	skip 'strace' 'not installed'
fi
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	no_proc='unshare -m sh -c'
	state 'no /proc' "${SWEEPS:+/proc/self/exe: No such file|}"'^ok .*flags=[^ ]*noise_unknown.*run_delay_ns' $no_proc 'mount -t tmpfs none /proc && exec "$@"' sh
	with --repeat=2 state 'no /proc, repeated' 'proc/self/exe: No such file' $no_proc 'mount -t tmpfs none /proc && exec "$@"' sh
fi

sweeps_end

# What a killed run left in a namespace is removed by a run in it, and not forgotten by others. In a directory of the
# test's own: programs of another build may be at work here.
if [ "$(id -u)" = 0 ] && unshare -i true 2>/dev/null; then
	cat >"$work/apart" <<'END'
ipcs -q | grep -c 0x484f
"$1/ipc_sysv_msg" --placement=same-pu --duration=60s --variant="$2" >/dev/null 2>&1 &
pid=$!
until [ "$(ipcs -q | grep -c 0x484f)" -gt 0 ]; do
	kill -0 $pid || exit 1
done
kill -KILL $pid
wait $pid 2>/dev/null
ipcs -q | grep -c 0x484f
nsenter --ipc=/proc/$PPID/ns/ipc "$1/ipc_pipe" --placement=same-pu --iterations=10 >/dev/null
ipcs -q | grep -c 0x484f
"$1/ipc_pipe" --placement=same-pu --iterations=10 2>&1 >/dev/null
ipcs -q | grep -c 0x484f
END
	variant=$("$build/ipc_sysv_msg" --list | sed -n '1s/^[^:]*:\([^ ]*\).*/\1/p')
	left=$(XDG_RUNTIME_DIR=$work unshare -i sh "$work/apart" "$build" "$variant" 2>&1 | sed '/ disturbed: /d;s/.*: removed/removed/' | tr '\n' ' ')
	ok "left in another namespace: $left" [ "$left" = '0 2 2 removed 2 objects that a killed run had left 0 ' ]
fi
old=/dev/shm/handoff-0123456789abcdef-0
if [ -w /dev/shm ]; then
	touch -d '2 hours ago' $old
	: >"${old%0}1"
	ok 'restore finds what no journal knows' exits 0 '' "$handoff" restore
	ok 'it says what it removes' grep -q "removed $old" "$work/out"
	ok 'which is gone' [ ! -e $old ]
	ok 'and not what is young' [ -e "${old%0}1" ]
	rm -f "${old%0}1"
fi

# rows_of DIR: its sweep has rows with figures.
rows_of() {
	values "$1/samples.csv" status | grep -q ok
}

# A comparison whose mask somebody narrows while it runs, as tuned does with the CPUs that it isolates.
printf 'sysctl vm.dirty_expire_centisecs = %s\n' "$(cat /proc/sys/vm/dirty_expire_centisecs)" >"$work/inert.knobs"
figures() { # ARM FILE: rows of the arm that have figures
	tsv "$2" | awk -F '\t' -v arm="$1" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["arm"] == arm { print $at["status"], $at["cpus"], $at["reason"] }' | sort | uniq -c
}
if [ "$(id -u)" = 0 ] && [ -w /proc/sys/vm/dirty_expire_centisecs ] && [ "$(nproc)" -ge 2 ]; then
	"$handoff" profiles --only=ipc/pipe:pair --cells=1 --rounds=7 --settle=0 --duration=1ms --out="$work/masked" "knobs:$work/inert.knobs" \
		>"$work/masked.out" 2>"$work/masked.err" &
	pid=$!
	ok 'a comparison has begun' until_ok grep -q 'main block 1 ' "$work/masked.err"
	kill -STOP $pid
	until_ok stopped $pid
	ok 'it is stopped: every command says so' exits 0 "process $pid (handoff profiles) is stopped and has settings" \
		"$handoff" topology
	ok 'and restore says who is at work' exits 70 "process $pid (handoff profiles) is at work" "$handoff" restore
	ok 'selftest is refused' exits 75 "process $pid (handoff profiles) is changing settings" sh -c 'cd "$0" && exec "$@"' \
		"$work" "$handoff" selftest
	ok 'and makes nothing' [ ! -e "$work/results" ]
	"$handoff" sweep --only=sync/null:op --budget=1s --out="$work/beside" >/dev/null 2>"$work/beside.err" &
	beside=$!
	ok 'a sweep sees it' until_ok grep -q "process [0-9]* (handoff [a-z]*) measures on this machine as well" "$work/beside.err"
	kill -TERM $beside
	wait $beside
	fake_begin "$work/fake"
	fake_bench sync_null --variant=op <<'END'
$row{stood_ns} = 50_000_000; # disturbed, always
END
	with_time rows_of "$work/noisy" env PATH=/nowhere "$work/fake/handoff" sweep --only=sync/null:op >/dev/null 2>&1
	ok 'its disturbed rows name it' grep -q ",noisy: stood still for 0.05 s; process [0-9]* (handoff [a-z]*) was at work as well" \
		"$work/noisy/samples.csv"
	kill -CONT $pid
	ok 'its mask is narrowed' taskset -cp "$first" $pid
	wait $pid
	ok 'it ends' [ $? = 0 ]
	for arm in none "knobs:$work/inert.knobs"; do
		figures "$arm" "$work/masked/samples.csv" >"$work/figures"
		ok "narrowed: rows of $arm" cat "$work/figures"
		ok "narrowed: all rows of $arm have figures" sh -c "grep -q ' ok [0-9]*+' '$work/figures' && ! grep -qv ' ok ' '$work/figures'"
	done
else
	skip 'a mask that is narrowed' 'needs root and two CPUs'
fi

# Runs that begin in one second.
now=$(date +%s)
i=0
while [ $i -lt 100 ]; do
	mkdir -p "$work/results/$(uname -n)-$(date -u -d "@$((now + i))" +%Y%m%dT%H%M%SZ)"
	i=$((i + 1))
done
ok 'in one second' exits 0 '' sh -c 'cd "$0" && exec "$@"' "$work" "$handoff" sweep --plan-only --only=sync/null:op
ok 'the second is called -2' grep -q 'Z-2$' "$work/out"

ok 'no process is left' until_ok none_at "$XDG_RUNTIME_DIR"
ok 'no object, nor the journal of any' [ -z "$(ls -A "$XDG_RUNTIME_DIR")" ]
ok 'no changed setting' exits 0 '' "$handoff" restore

echo "1..$n"
