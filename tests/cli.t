#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring
# The command line of the microbenchmarks from outside: what is refused and how, what cannot run here, signals, the CSV.
# After every case nothing is left: no process, no object in /dev/shm, no private directory.
# shellcheck disable=SC2086 # options of several words
set -u
cd "$(dirname "$0")/.." || exit 1
root=$PWD
case ${BUILD:=build} in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
. tests/tap.sh
mkdir -m 700 "$work/runtime"
cd "$work" || exit 1
few="--warmup=0 --iterations=200"

# Runs are told from other people's by this variable, which no process of the test itself has.
own() {
	env XDG_RUNTIME_DIR="$work/runtime" PATH="$BUILD:$PATH" "$@"
}

processes() {
	grep -lsz "^XDG_RUNTIME_DIR=$work/runtime" /proc/[0-9]*/environ
}

objects() {
	find /dev/shm -maxdepth 1 -name 'handoff-*' 2>/dev/null | sort
}

# Objects of other runs come and go; one of ours would stay.
no_new_object() {
	objects | comm -13 before - >new
	! [ -s new ]
}

no_process() {
	! processes >/dev/null
}

nothing_left() {
	until_ok no_new_object || { echo 'left in /dev/shm:' && cat new && return 1; }
	no_process || { echo 'processes left:' && processes && return 1; }
	[ -z "$(ls -A runtime)" ] || { echo 'left in the private directory:' && ls -lR runtime && return 1; }
}

lines() {
	[ "$(wc -l <"$1")" = "$2" ] || {
		echo "$1 does not have $2 lines:"
		cat "$1"
		return 1
	}
}

# own_exits CODE COMMAND...: runs it into ./out and ./err.
own_exits() {
	want=$1
	shift
	code=0
	own "$@" >out 2>err </dev/null || code=$?
	[ $code = "$want" ] || {
		echo "exit code $code, not $want: $*"
		cat err
		return 1
	}
}

# ends CODE COMMAND...: and it must leave nothing.
ends() {
	objects >before
	own_exits "$@" && nothing_left
}

# says LINES PATTERN: that many lines on stderr, one of which has the pattern; beside those that say that others ran here.
says() {
	grep -v ' disturbed: ' err >words
	lines words "$1" || return 1
	grep -Eq -e "$2" words || {
		echo "stderr without '$2':"
		cat err
		return 1
	}
}

refused() {
	pattern=$1
	shift
	own_exits 64 "$@" && says 1 "$pattern" && lines out 0
}

refuses() {
	pattern=$1
	shift
	ok "refused: $*" refused "$pattern" "$@"
}

# field NAME [ROW]: that field of the last or the given row of ./out.
field() {
	tsv out | awk -F '\t' -v name="$1" -v row="${2:-0}" '
	NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i }
	NR == row + 1 || !row { value = column ? $column : "no column " name }
	END { print value }'
}

has() {
	[ "$(field "$1")" = "$2" ] || {
		echo "$1 is '$(field "$1")', not '$2'"
		return 1
	}
}

# No figure in the last row: nothing that a measurement yields.
no_figures() {
	for column in n_ops n_samples duration_ns rtt_min_ns rtt_p50_ns rtt_max_ns rtt_mean_ns op_ns ops_per_s acquire_p50_ns \
		jain per_thread_ops cpus_seen irqs minor_faults; do
		has $column '' || return 1
	done
}

lacking() {
	pattern=$1
	shift
	ends 69 "$@" && says 1 "$pattern" && lines out 2 && rectangular out && has status skipped && has used no && no_figures &&
		[ -n "$(field reason)" ] && grep -Fq -e "$(field reason)" err
}

lacks() {
	pattern=$1
	shift
	ok "cannot run here: $*" lacking "$pattern" "$@"
}

# Others may run on this machine: then a line per row says so, its flag and its reason too.
no_words() {
	! grep -v ' disturbed: ' err
}

no_reason() {
	case $(field reason) in '' | noisy:*) ;; *) field reason && return 1 ;; esac
}

measured() {
	ends 0 "$@" && no_words && lines out 2 && rectangular out && has status ok && no_reason && has used yes
}

measures() {
	ok "measures: $*" measured "$@"
}

# shellcheck disable=SC2046 # a word per PU
set -- $(awk '/^Cpus_allowed_list/ {
	n = split($2, range, ",")
	for (i = 1; i <= n; i++) {
		m = split(range[i], edge, "-")
		for (pu = edge[1]; pu <= edge[m]; pu++)
			print pu
	}
}' /proc/self/status)
pu=$1
other=${2-}

# Unknown names. That nothing is left is looked at once, after all that is refused.
objects >before
refuses '--nonsense' ipc_pipe --nonsense
refuses '-xy' ipc_pipe -xy
refuses 'needs a value' ipc_pipe --wait
refuses 'stray' ipc_pipe stray
refuses 'no such variant' ipc_pipe --variant=stray
refuses 'no such variant' sync_mutex --variant=stray
refuses 'no such wait mode' ipc_pipe --wait=futex
refuses 'no such wait mode' ipc_posix_shm --wait=block
refuses 'same-l3' ipc_pipe --placement=near
refuses 'ping-pong paced stream' ipc_pipe --pattern=flood
refuses 'uncontended contended' sync_mutex --experiment=flood
refuses 'no variant has it' sync_mutex --experiment=queue
refuses 'power of two from 2 to' sync_queue_spsc --capacity=1000
refuses 'from 2 to 1048576' sync_queue_spsc --capacity=1
refuses 'empty full' sync_queue_spsc --fill=half
refuses 'nobody thinks: leave --fill or --every out' sync_queue_spsc --fill=full --every=1ms
refuses 'needs --think' sync_queue_spsc --fill=full --think=0
refuses 'multiple of 8' sync_atomic --stride=4
refuses 'goes with --experiment=queue' sync_atomic --capacity=16
refuses '--iterations and --least go with --experiment=uncontended' sync_mutex --experiment=contended --least=5
refuses 'goes with --experiment=op' sync_queue_spsc --stride=8
refuses 'goes with --pattern=fan-out' ipc_posix_shm --consumers=2 --pattern=stream
for option in touch=some initiator=nap opt=x opt=stray=1 opt=; do
	refuses "$option|${option%%=*} ${option#*=}" ipc_pipe "--$option"
done
for option in endpoints=fiber pages=small clock=sun mem=far mem=node: sched=idler sched=fifo sched=fifo:0 sched=rr:100; do
	refuses "^ipc_pipe: --$option: not valid; it takes [A-Za-z]" ipc_pipe "--$option"
	refuses "^sync_mutex: --$option: not valid; it takes [A-Za-z]" sync_mutex "--$option"
done

# The subcommands of handoff, which all say it alike.
for command in compare doctor fleet list matrix odd pack profiles quiet report selftest serve settings sweep topology; do
	refuses "^handoff $command: --fast: no such option; --help lists" handoff "$command" --fast
done
refuses '^handoff sweep: --budget: needs a value' handoff sweep --budget
refuses '^handoff matrix: --budget: needs a value' handoff matrix --budget
refuses '^handoff matrix: --budget=1ms: not valid; it takes a time of at least 1s' handoff matrix --budget 1ms
refuses '^handoff pack: --out=x.zip: not valid; it takes a name that ends in .tar.gz' handoff pack --out=x.zip .
for command in doctor list matrix quiet selftest settings sweep topology; do
	refuses "^handoff $command: now: it takes no argument" handoff "$command" now
done

# Numbers: zero, negative, too large, overflowing, with a wrong unit.
numbers() {
	program=$1 option=$2
	shift 2
	for value in '' x 1x -1 1.5 18446744073709551616 99999999999999999999999999 "$@"; do
		refuses "^$program: --$option=$value: not valid; it takes [A-Za-z]" "$program" "--$option=$value"
	done
}
numbers ipc_pipe msg-size 0 0K 17M 16777217 1G 1kB 1b 17592186044416M
numbers ipc_pipe window 0 1000001 1K
numbers ipc_pipe gap 1 1h 61m 3600001ms 1S -1us
numbers ipc_pipe every 0 0s 1 1h 61m -1us
numbers ipc_pipe duration 0 1 999us 1h 61m
numbers ipc_pipe iterations 0 1000000000001 1K
numbers ipc_pipe repeat 0 10001
for value in '' x 1x 1.5 -- --1 -21 20 -18446744073709551617; do
	refuses '--nice=.*from -20 to 19' ipc_pipe --nice=$value
done
numbers ipc_pipe pairs 0 513
numbers ipc_pipe producers 0 1024
numbers ipc_pipe consumers 0 1024
numbers ipc_pipe cpus ',' 0, ,0 0,,1 1-0 0- 1048576
numbers ipc_pipe mem node:-1 node:x node:4096
numbers sync_mutex threads 0 1025
numbers sync_mutex producers 0 1024
numbers sync_mutex critical 1 1h 61m
numbers sync_mutex think 1 1h 61m
refuses 'readers=PCT|whole number|0 to 100' sync_rwlock --readers=101
refuses '--experiment=uncontended or readers' sync_rwlock --experiment=contended --readers=50
refuses '100 or 0' sync_rwlock --experiment=uncontended --readers=50
refuses 'no variant has it' sync_mutex --experiment=readers
refuses 'leave one out' sync_sem_posix --experiment=contended --permits=2 --lines=2
refuses 'an option that --list shows' sync_spin_backoff --opt=last=4

# Options that contradict each other.
refuses 'needs --every' ipc_pipe --pattern=paced
refuses 'goes with' ipc_pipe --gap=1us --pattern=stream
refuses 'goes with' ipc_pipe --window=4
refuses 'goes with' ipc_pipe --every=1ms --pattern=stream
refuses 'both say where' ipc_pipe --cpus=0 --placement=same-pu
refuses 'both say where' ipc_pipe --cpus=0 --placement=free
refuses 'two CPUs' ipc_pipe --cpus=0,0,0
refuses 'one sender each' ipc_pipe --pairs=2 --producers=2 --pattern=stream
refuses 'busy' ipc_pipe --pairs=2 --gap=1us
refuses 'busy' ipc_pipe --pairs=2 --pattern=paced --every=1ms
refuses '--duration' ipc_pipe --pairs=2 --iterations=100
refuses 'each pair' ipc_pipe --pairs=2 --mem=node:0
refuses 'pattern=stream' ipc_pipe --producers=3
refuses 'one sender' ipc_pipe --producers=3 --pattern=stream --window=4
refuses 'is for two' ipc_pipe --producers=3 --pattern=stream --placement=same-pu
refuses 'with several --consumers' ipc_posix_shm --pattern=fan-out --placement=same-pu
refuses 'several sides' ipc_posix_shm --order=scatter --pattern=stream
refuses 'both say where' sync_mutex --cpus=0 --placement=same-pu
refuses 'both say where' sync_mutex --cpus=0 --order=compact
refuses 'is for two' sync_mutex --placement=same-pu --order=compact
refuses 'pair' sync_mutex --placement=same-pu --threads=3
refuses 'for IPC' sync_mutex --placement=free
refuses 'leave a thread' sync_queue_mutex --producers=2
refuses 'two threads' sync_queue_mutex --experiment=queue --threads=1
ok 'nothing is left of what was refused' nothing_left

# PUs that are not there, or not for us: the header may be printed by then, but no row.
bad_pu() {
	pattern=$1
	shift
	ends 64 "$@" && says 1 "$pattern" && ! grep -v ^schema, out
}
ok 'a PU that does not exist' bad_pu 'CPU 1048575 does not exist' ipc_pipe --cpus=1048575
ok 'two that do not exist: one line' bad_pu 'CPU 1048574 does not exist' ipc_pipe --cpus=1048574,1048575
ok 'a PU that does not exist, sync' bad_pu 'CPU 1048575 does not exist' sync_mutex --cpus=1048575
ok 'a PU that does not exist, repeated: one line' bad_pu 'does not exist' ipc_pipe --cpus=1048575 --repeat=3
if [ -n "$other" ]; then
	ok 'a PU that is not allowed' bad_pu "CPU $other is not allowed" taskset -c "$pu" ipc_pipe "--cpus=$pu,$other"
	ok 'a PU that is not allowed, sync' bad_pu "CPU $other is not allowed" taskset -c "$pu" sync_mutex "--cpus=$pu,$other,$pu"
else
	skip 'a PU that is not allowed' 'one PU only'
fi
ok 'a made-up machine' bad_pu 'HWLOC_SYNTHETIC' env HWLOC_SYNTHETIC=pu:4 ipc_pipe

# What cannot run on this machine: a skipped row.
max=$(cat /proc/sys/fs/mqueue/msgsize_max 2>/dev/null || echo 8192)
if [ "$max" -lt 16777216 ]; then
	lacks "over the limit of $max; raise it with sysctl fs.mqueue.msgsize_max" ipc_posix_mq --variant=pair "--msg-size=$((max + 1))"
else
	skip 'a message over the limit' 'fs.mqueue.msgsize_max is the largest message'
fi
lacks 'livelock' ipc_pipe --wait=spin "--cpus=$pu,$pu"
lacks 'livelock' ipc_pipe --wait=spin "--cpus=$pu"
lacks 'livelock' taskset -c "$pu" ipc_posix_shm --variant=ring --wait=spin --placement=same-pu
lacks 'no such NUMA node' sync_mutex --variant=normal --experiment=uncontended --mem=node:4000
lacks 'gives a message to one receiver' ipc_pipe --variant=pair --pattern=fan-out
lacks 'compares the clocks' ipc_posix_shm --variant=ring-all --consumers=1 --placement=free
lacks 'no such NUMA node' ipc_posix_shm --variant=ring --mem=node:4000
lacks 'no such NUMA node' ipc_pipe --mem=node:4000
if [ "$(find /sys/devices/system/node -maxdepth 1 -name 'node[0-9]*' 2>/dev/null | wc -l)" -le 1 ]; then
	lacks 'one node' ipc_pipe --mem=remote
	lacks 'one node' sync_mutex --variant=normal --experiment=uncontended --mem=remote
else
	skip 'no remote node' 'several nodes'
fi
if grep -q 'HugePages_Free: *0$' /proc/meminfo; then
	lacks 'sysctl vm.nr_hugepages' sync_mutex --variant=normal --experiment=uncontended --pages=huge
else
	skip 'no huge page' 'there are some, or the kernel has none'
fi
lacks 'use base or thp' ipc_posix_shm --variant=ring --pages=huge

# An ordinary user.
mkdir -m 755 user
cp "$BUILD/ipc_pipe" "$BUILD/sync_mutex" user
chmod 755 "$work" user/*
ordinary="$work/user"
as_user=
if [ "$(id -u)" = 0 ]; then
	chown 65534 runtime
	as_user='setpriv --reuid=65534 --regid=65534 --clear-groups'
fi
# shellcheck disable=SC2086 # words
if [ -n "$as_user" ] || [ "$(prlimit --rtprio --noheadings --output=HARD)" = 0 ]; then
	lacks 'CAP_SYS_NICE' $as_user prlimit --rtprio=0 "$ordinary/ipc_pipe" --sched=fifo:1
	lacks 'CAP_SYS_NICE' $as_user prlimit --rtprio=0 "$ordinary/sync_mutex" --variant=normal --experiment=uncontended --sched=rr:1
	lacks 'nice value -5' $as_user prlimit --nice=0 "$ordinary/ipc_pipe" --nice=-5
	measures $as_user "$ordinary/ipc_pipe" $few
else
	skip 'no permission for real time' 'this user has it'
fi
[ "$(id -u)" != 0 ] || chown 0 runtime

# One PU only.
measures taskset -c "$pu" ipc_pipe $few
ok 'one PU: the relation' has placement same-pu
ok 'one PU: the PUs' has cpus "$pu+$pu"
measures taskset -c "$pu" ipc_posix_shm $few --variant=ring
ok 'one PU: a wait mode that sleeps' [ "$(field wait)" != spin ]
measures taskset -c "$pu" sync_condvar --variant=held --experiment=handoff $few
measures taskset -c "$pu" sync_mutex --variant=normal --experiment=contended --duration=20ms

# Files that cannot be written.
cannot_write() {
	want=$1 pattern=$2
	shift 2
	ends "$want" "$@" && says 1 "$pattern"
}
ok 'a histogram that cannot be created' cannot_write 73 '--histogram=none/file' ipc_pipe $few --histogram=none/file
ok 'one line, though all variants would fail' cannot_write 73 none/file ipc_posix_shm $few --histogram=none/file
ok 'a histogram on a full disk' cannot_write 74 '/dev/full' ipc_pipe $few --histogram=/dev/full
for redirect in '>/dev/full' '>&-'; do
	ok "stdout $redirect" cannot_write 74 'standard output' sh -c "exec ipc_pipe $few $redirect"
	ok "stdout $redirect, no header" cannot_write 74 'standard output' sh -c "exec ipc_posix_shm --no-header $few $redirect"
	ok "stdout $redirect, sync" cannot_write 74 'standard output' sh -c "exec sync_mutex --experiment=uncontended $few $redirect"
	ok "stdout $redirect, repeated" cannot_write 74 'standard output' sh -c "exec ipc_pipe --no-header --repeat=3 $few $redirect"
done
histogram() {
	ends 0 ipc_pipe $few --repeat=2 --histogram=histogram && awk -F , '
	NR == 1 { n = NF; header = $0 }
	NR > 1 { total += $NF }
	NF != n || (NR > 1 && $0 == header) { exit 1 }
	END { exit total != '"$(awk -F , 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "n_samples") c = i } NR > 1 { s += $c } END { print s }' out)"' }' histogram
}
ok 'a histogram holds every sample of both invocations, under one header' histogram

# The CSV.
measures ipc_pipe --iterations=500
ok 'n_ops is --iterations' has n_ops 500
ok 'a row has a median' [ "$(field rtt_p50_ns | cut -d . -f 1)" -gt 0 ]
ok 'too few operations for p99 and p99.9' [ -z "$(field rtt_p99_ns)$(field rtt_p999_ns)" ]
ok 'cpus_seen is cpus' has cpus_seen "$(field cpus)"
ok 'cpus names two' grep -Eq ',[0-9]+\+[0-9]+,' out
ok 'back to back there is a rate' [ -n "$(field ops_per_s)" ]
# A kernel or filter may forbid the counters: then the row says why.
counted() {
	case $(field counters) in
	switches=*+faults=*) ;;
	*) [ -n "$(field reason)" ] && return ;;
	esac
	field counters | tr '+' '\n' | awk -F= '$1 == "switches" && $2 >= 1 { ok = 1 } END { exit !ok }'
}
ok 'counters of perf: a row' ends 0 ipc_pipe --wait=block --placement=same-pu --iterations=500 --counters=switches,faults
ok 'switches of two sides on one CPU are counted' counted
ok 'the row never counts' has used no
ok 'and says so' sh -c "echo '+$(field flags)+' | grep -q '+counters+'"
measures ipc_pipe --wait=block --placement=same-pu --iterations=500
ok 'unasked nothing is counted' has counters ''
refuses 'takes one of cycles instructions cache-misses hitm switches migrations faults' ipc_pipe --counters=cycles,loads
measures ipc_null --iterations=700 --sample-every=7
ok 'each seventh is timed alone, as asked' has sample_every 7
ok 'and six between two stamps' has batch_ops 6
measures ipc_pipe --iterations=20 --gap=100us
ok 'with a gap the time of an operation has no rate' has ops_per_s ''
own ipc_pipe --iterations=20 --every=1ms >out 2>err # where it is not kept, there are no figures at all
ok 'nor on a schedule' has ops_per_s ''
measures ipc_timer --variant=timerfd --iterations=20
ok 'nor of timers' has ops_per_s ''
measures ipc_posix_shm --variant=ring --iterations=12345
ok 'n_ops is --iterations with a stride' has n_ops 12345
ok 'cpus_seen is cpus' has cpus_seen "$(field cpus)"
measures sync_mutex --variant=normal --experiment=uncontended --iterations=12345
ok 'n_ops is --iterations, uncontended' has n_ops 12345
measures sync_rwlock --variant=prefer_writers --experiment=readers --readers=100 --threads=2 --duration=20ms
ok 'readers_pct is --readers' has readers_pct 100
ok 'nobody wrote' has write_ops_per_s 0.000
measures sync_spin_backoff --variant=tas --experiment=uncontended --opt=most=64 $few
ok 'options are those that were asked for' has options most=64
ok 'and what was in effect is told beside' has effective first=4+most=64
page=$(getconf PAGESIZE)
measures ipc_pipe --variant=pair --wait=block --opt=size=$((page + 1)) $few
ok 'a pipe: the size that was asked for' has options size=$((page + 1))
ok 'and that which the kernel gave it: whole pages' has effective size=$((2 * page))
own taskset -c "$pu" ipc_pipe --variant=pair --wait=block --placement=free --duration=100ms >out 2>err
ok 'sides that only have one CPU are on one all the time' has same_cpu_share 1.000000
measures ipc_pipe --variant=pair --wait=block --placement=same-pu $few
ok 'where they are pinned nobody looks' has same_cpu_share ''
apart() { # at some time, when the machine has two CPUs for them
	own ipc_posix_shm --variant=ring --wait=spin --placement=free --duration=60ms >out 2>err
	field same_cpu_share | awk '{ exit !($1 != "" && $1 < 1) }'
}
if [ "$(nproc)" -gt 1 ]; then
	ok 'sides that spin are on two' until_ok apart
else
	skip 'sides that spin are on two' 'needs two CPUs'
fi
own ipc_tcp --variant=v4 --wait=block --opt=busy_poll=50 $few >out 2>err
busy_polls() { # or says why not
	case $(field status) in
	skipped) field reason | grep -q 'CAP_NET_ADMIN' ;;
	*) field effective | grep -Eq '(^|\+)busy_poll=50$' ;;
	esac
}
ok 'busy polling as the kernel has it' busy_polls
measures sync_sem_posix --variant=unnamed --experiment=contended --permits=3 --threads=4 --duration=20ms
ok 'permits is --permits' has permits 3
ok 'of several owners none changes' has owner_change_share ''
lacks 'one in at a time' sync_mutex --variant=normal --experiment=contended --permits=2
lacks 'real-time class' sync_mutex --variant=protect --experiment=uncontended
measures sync_condvar --variant=held --experiment=handoff --iterations=300
ok 'cpus_seen is cpus, hand-off' has cpus_seen "$(field cpus)"
measures sync_mutex --variant=normal --experiment=contended --threads=4 --duration=20ms
ok 'cpus_seen is cpus, contended' has cpus_seen "$(field cpus)"
ok 'a count per thread' [ "$(field per_thread_ops | tr + '\n' | wc -l)" = 4 ]
three() {
	ends 0 ipc_pipe $few --repeat=3 && no_words && lines out 4 && rectangular out && [ "$(grep -c ^schema, out)" = 1 ]
}
ok '--repeat=3: one header and three rows' three
no_header() {
	ends 0 ipc_pipe $few --no-header "$@" && ! grep ^schema, out
}
ok '--no-header' no_header
ok '--no-header is one row' lines out 1
ok '--no-header --repeat=3' no_header --repeat=3
ok '--no-header --repeat=3 is three rows' lines out 3
variants() {
	ends 0 ipc_posix_shm $few && lines out $(($(own ipc_posix_shm --list | grep -c '^posix_shm:') + 1)) && rectangular out
}
ok 'a row per variant' variants
for option in --help --version --list; do
	ok "$option" ends 0 ipc_pipe $option
	ok "$option: on stdout alone" lines err 0
	ok "$option: something" [ -s out ]
done

# Signals: wait until the members run, then send.
children() {
	cat "/proc/$1/task/$1/children" 2>/dev/null
}

# started MEMBERS PID [repeat]: that many children; with `repeat`, of its only child.
started() {
	members=$1
	parent=$2
	[ -z "${3-}" ] || parent=$(children "$parent" | tr -d ' ')
	[ "$(children "${parent:-none}" | wc -w)" = "$members" ]
}

# start MEMBERS COMMAND...: in the background, with $pid; goes on when all members run.
start() {
	members=$1 program=$2
	shift 2
	case $* in *--repeat*) again=repeat ;; *) again= ;; esac
	objects >before
	: >out
	env XDG_RUNTIME_DIR="$work/runtime" "$BUILD/$program" "$@" >out 2>err </dev/null &
	pid=$!
	await $pid started "$members" $pid $again
}

interrupted() {
	signal=$1
	shift
	start "$@" || return 1
	kill -s "$signal" $pid
	code=0
	wait $pid || code=$?
	[ $code = 130 ] || {
		echo "exit code $code, not 130"
		cat err
		return 1
	}
	says 1 interrupted && [ -s out ] && rectangular out && nothing_left
}
ok 'SIGINT, processes' interrupted INT 2 ipc_pipe --duration=60s
ok 'an interrupted row' has status failed
ok 'an interrupted row has no figures' no_figures
ok 'SIGTERM, processes' interrupted TERM 2 ipc_posix_shm --duration=60s
ok 'SIGINT, an object with a name' interrupted INT 2 ipc_posix_mq --duration=60s
ok 'SIGINT, threads' interrupted INT 1 sync_mutex --experiment=contended --duration=60s
ok 'SIGINT, --repeat' interrupted INT 2 ipc_pipe --repeat=3 --duration=60s
ok 'SIGTERM, --repeat' interrupted TERM 2 ipc_pipe --repeat=3 --duration=60s

killed() {
	start "$@" || return 1
	kill -s KILL $pid
	wait $pid 2>/dev/null
	until_ok no_process || { echo 'processes left:' && processes && return 1; }
}
ok 'SIGKILL: the members end too' killed 2 ipc_pipe --duration=60s
ok 'SIGKILL of --repeat: the invocation ends too' killed 2 ipc_pipe --repeat=3 --duration=60s
member_killed() {
	start 2 ipc_pipe --duration=60s || return 1
	kill -s KILL "$(children $pid | cut -d ' ' -f 2)"
	code=0
	wait $pid || code=$?
	# a dying member closes its end before it can be reaped: its peer may tell first
	[ $code = 70 ] && says 1 'Killed|lost its peer' && has status failed && nothing_left
}
ok 'a member killed: a failed row' member_killed

# A driver killed between making an object and forking: the object stays until the next start.
left_behind() {
	objects >before
	own strace -o trace -e trace=process -e inject=clone,?clone3:signal=KILL \
		"$BUILD/ipc_posix_shm" --variant=ring $few >out 2>err
	until_ok no_process
	grep -q 'killed by SIGKILL' trace || { cat trace err && return 1; }
	until_ok one_new_object
}
one_new_object() {
	no_new_object
	[ "$(wc -l <new)" = 1 ]
}
gone() {
	[ -n "$1" ] && [ ! -e "$1" ]
}
if strace -o trace true 2>/dev/null; then
	ok 'a driver killed with an object open leaves it' left_behind
	leftover=$(cat new)
	ok 'the next start' ends 0 ipc_pipe $few
	ok 'says what it removed' says 1 'removed 1 object.* killed run'
	ok 'the object is gone' gone "$leftover"
else
	skip 'leftovers of a killed driver' 'strace cannot trace here'
fi

# What null takes to be acquired is the clock's cost, unless others run all the while.
near_clock() {
	ends 0 sync_null --variant=lock --experiment=contended --threads=1 --duration=20ms && field flags | tr + '\n' | grep -qx near_clock
}
ok 'a time to acquire that is mostly the clock says so' until_ok near_clock
ends 0 ipc_pipe --placement=same-pu --sample-every=10 --iterations=500
is_far_from_clock() {
	! field flags | tr + '\n' | grep -qx near_clock
}
ok 'a long operation does not, however it is timed' is_far_from_clock
is_above_0() {
	awk -v value="$1" 'BEGIN { exit !(value > 0) }'
}
for round_trips in ipc_pipe 'sync_condvar --variant=held --experiment=handoff'; do
	# shellcheck disable=SC2086 # several words
	ends 0 $round_trips --iterations=500
	ok "$round_trips: two halves are compared" is_above_0 "$(field later_ratio)"
done
ends 0 ipc_pipe --iterations=100
ok 'a hundred say nothing of halves' has later_ratio ''
goes_on() { # not where the machine stands meanwhile
	ends 0 ipc_pipe --pattern=paced --every=10ms --duration=100ms --least=20 && has n_ops 20
}
ok 'a schedule goes on for what is wanted at least' until_ok goes_on

is_not_kept() { # where a side has its CPU in the 20 ms
	# shellcheck disable=SC2086 # several words
	ends 0 $too_fast --duration=20ms && has status overload
}
for too_fast in 'ipc_pipe --pattern=paced --every=100ns' 'sync_queue_spsc --experiment=queue --every=1ns'; do
	ok "$too_fast: is not kept" until_ok is_not_kept
	ok "$too_fast: has no figure" has op_p50_ns ''
	ok "$too_fast: took its time" is_above_0 "$(field timed_ns)"
done
ends 0 ipc_pty --iterations=100
ok 'what a kernel thread moves says so' sh -c "echo '$(field flags)' | tr + '\n' | grep -qx kernel_worker"

# A build whose figures would be the compiler's; what does not look at the flags is taken as it was built.
mkdir -p debug/obj/sync
cp -r "$BUILD/obj/bench" debug/obj
cp "$BUILD/obj/sync/null.o" debug/obj/sync
# shellcheck disable=SC2046 # words
make -C "$root" BUILD="$work/debug" CFLAGS=-Og WERROR= $(find "$work/debug/obj" -name '*.o' ! -name bench_main.o -printf '-o %p ') \
	"$work/debug/sync_null" >log 2>&1 || cat log
ok '-Og refuses' cannot_write 70 'built with .*-Og.*-O1' "$work/debug/sync_null"
ok '-Og: no row' [ -z "$(grep -v ^schema, out)" ]

# The noise gate by hand: a busy loop takes half of the CPU. A run that handoff started is judged there.
taskset -c "$pu" sh -c 'while :; do :; done' &
busy=$!
ok 'a disturbed row is measured' ends 0 ipc_pipe "--cpus=$pu,$pu" --variant=pair --wait=block --duration=300ms
ok 'and says so' grep -Eqx '^ipc_pipe: pipe:pair block disturbed: (others ran on its CPUs for|the hypervisor took) [0-9.]* % of the time' err
ok 'its flag too' sh -c "echo '$(field flags)' | tr + '\n' | grep -qx noisy"
ok 'and its reason' sh -c "echo '$(field reason)' | grep -q '^noisy: '"
ok 'it is not judged twice' ends 0 env HANDOFF_STARTED=1 ipc_pipe "--cpus=$pu,$pu" --variant=pair --wait=block --duration=300ms
ok 'no word' lines err 0
ok 'no flag' sh -c "! echo '$(field flags)' | grep noisy"
kill $busy
wait $busy 2>/dev/null

# A table where a person looks.
terminal() {
	own script -qec "$*" /dev/null </dev/null | tr -d '\r' >out
	grep -v ' disturbed: ' out >table
	cat table
}
if command -v script >/dev/null; then
	terminal ipc_pipe $few --placement=same-pu --repeat=2
	ok 'a terminal gets a table: a heading and a line for each run' lines table 3
	ok 'its heading' grep -Eqx ' *median +p99 +max +CPU per op +configuration' table
	ok 'its figures have units, and the name is whole' [ "$(grep -Ec \
		'^ +[0-9.]+ [num]s +- +[0-9.]+ [num]s +[0-9.]+ [num]s  ipc/pipe:pair block ping-pong same-pu 64 B(  noisy)?$' table)" = 2 ]
	terminal ipc_posix_mq --variant=pair --msg-size=16M
	ok 'what cannot run has no figure' grep -Eqx ' +- +- +- +-  ipc/posix_mq:pair .* 16 MiB  skipped' table
	terminal ipc_pipe $few --no-header
	ok 'without the heading' lines table 1
	terminal ipc_pipe $few --csv
	ok '--csv prints CSV there' grep -q '^schema,' table
else
	skip 'a terminal gets a table' 'no script(1)'
fi

# The kernel shows what it was asked for: se.slice in ns, since Linux 6.12.
has_slice() {
	for pid in $(pgrep -P "$1"); do
		grep -qs '^se.slice *: *300000$' "/proc/$pid/sched" || return 1
		return 0
	done
	return 1
}
if grep -qs '^se.slice' /proc/self/sched; then
	"$BUILD/ipc_pipe" --placement=same-pu --slice=300us --duration=60s >out 2>err &
	driver=$!
	ok 'the sides have the slice that was asked for' await $driver has_slice $driver
	kill -TERM $driver
	wait $driver
else
	skip 'the sides have the slice that was asked for' 'this kernel does not show slices: /proc/self/sched'
fi

echo "1..$n"
