#!/bin/sh
# SPDX-License-Identifier: MIT
# class: alone
# --explain from outside: causes that are made here are named, rows never count, nothing is left behind, and what cannot be
# traced is said.
# shellcheck disable=SC2016 # programs of awk and perl
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
. tests/tap.sh

made= # a process that runs beside
trap '[ -z "$made" ] || kill "$made" 2>/dev/null; rm -rf "$work"' EXIT

pipe() {
	"$BUILD/ipc_pipe" --variant=pair "$@"
}

# refused WORDS COMMAND...: exit code 64, one line on stderr with the words, nothing on stdout.
refused() {
	words=$1
	shift
	exits 64 "$words" "$@" && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" = 1 ]
}

# rows FILE PROGRAM: awk over the rows of a CSV file, whose fields are known by their names: $at["cause"].
rows() {
	scripts/tsv <"$1" | awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } '"$2"
}

ok 'no limit' refused '--explain=0: not valid; it takes a time above 0' pipe --explain=0
ok 'no time' refused '--explain=fast: not valid; it takes a number and a unit' pipe --explain=fast
ok 'not of streams' refused 'takes round trips of one pair apart' pipe --explain --pattern=stream
ok 'not of pairs' refused 'takes round trips of one pair apart' pipe --explain --pairs=2
ok 'no histogram' refused 'no times that count: leave --histogram out' pipe --explain --histogram="$work/x"
ok 'a file alone' refused '--explain-csv needs --explain' pipe --explain-csv="$work/x"
ok 'not of locks' refused '--explain: no such option' "$BUILD/sync_mutex" --explain
ok 'run: not of locks' refused 'sync_mutex: --explain takes the round trips of IPC apart' "$BUILD/handoff" run mutex --explain
ok 'run: text only' refused '--explain prints text: leave --csv' "$BUILD/handoff" run pipe --explain --json
ok 'run: a directory alone' refused '--out is for --explain' "$BUILD/handoff" run pipe --out="$work/dir"
ok 'run: no limit' refused '--explain=fast: not valid' "$BUILD/handoff" run pipe --explain=fast

# Without the right: as of any other thing that cannot be done here.
if [ "$(id -u)" = 0 ]; then
	mkdir -m 700 "$work/runtime"
	chown 65534 "$work/runtime"
	chmod 755 "$work"
	unprivileged() {
		XDG_RUNTIME_DIR=$work/runtime setpriv --reuid=65534 --clear-groups "$BUILD/ipc_pipe" --variant=pair --explain
	}
else
	unprivileged() {
		pipe --explain
	}
fi
ok 'without the right' exits 69 'skipped: cannot explain: .*needs root' unprivileged
ok 'the row says why' [ "$(rows "$work/out" '{ print $at["status"] " " $at["reason"] }' | cut -c 1-22)" = 'skipped cannot explain' ]

if ! pipe --explain --duration=30ms >"$work/rows.csv" 2>"$work/text"; then
	skip 'what is traced' "$(tail -n 1 "$work/text")"
	echo "1..$n"
	exit
fi
ok 'the row is flagged and never counts' [ "$(rows "$work/rows.csv" '{ print $at["flags"] " " $at["used"] }' | grep -c 'traced.* no$')" = 1 ]
ok 'what tracing costs is said, with its interval' grep -qE '^tracing makes the median [0-9.]+ times as long \(95 % interval [0-9.]+ to [0-9.]+\)' "$work/text"
ok 'and how the clocks compare' grep -q '^clock of the trace: ' "$work/text"
ok 'a file and a picture' "$BUILD/handoff" run pipe --explain=1ns --out="$work/dir" --iterations=20
ok 'the file is as the schema says' tests/read-csv "explain.csv:$work/dir/explain.csv"
ok 'of five operations' [ "$(rows "$work/dir/explain.csv" '{ print $at["slow_op"] }' | sort -u | tr -d '\n')" = 12345 ]
ok 'whose phases fill them' rows "$work/dir/explain.csv" '
	$at["phase_begin_ns"] != sum[$at["slow_op"]] + 0 { bad = 1 }
	{ sum[$at["slow_op"]] += $at["phase_ns"]; whole[$at["slow_op"]] = $at["slow_ns"] }
	END { for (i in sum) if (sum[i] != whole[i]) bad = 1; exit bad }'
ok 'one that is woken runs later' rows "$work/dir/explain.csv" '$at["doing"] == "woken" { n++ } END { exit !n }'
ok 'the picture is there' grep -q 'Why were the slowest round trips slow?' "$work/dir/explain.svg"
ok 'no room for the file' exits 73 '--explain-csv=.*: No such file or directory' pipe --explain --duration=30ms --explain-csv="$work/no/such"

# Of a run with a journal of its own: the instance that it makes.
has_trace() {
	grep -q '^trace ' "$work/apart/handoff"/*.lock 2>/dev/null
}
# exists INSTANCE: looks where nobody else sees the mount.
exists() {
	unshare -m sh -c "mount -t tracefs none '$work/tracefs' && [ -d '$work/tracefs/instances/$1' ]"
}
mkdir "$work/apart" "$work/tracefs"
for signal in INT KILL; do
	XDG_RUNTIME_DIR=$work/apart "$BUILD/ipc_pipe" --variant=pair --explain --duration=10m >/dev/null 2>&1 &
	made=$!
	until_ok has_trace
	instance=handoff-$(basename "$work/apart/handoff"/*.lock .lock)-0
	ok "SIG$signal: there is a trace" until_ok exists "$instance"
	kill -$signal "$made"
	wait "$made" 2>/dev/null
	[ $signal = INT ] || XDG_RUNTIME_DIR=$work/apart "$BUILD/ipc_pipe" --variant=pair --iterations=10 >/dev/null 2>&1
	ok "SIG$signal: nothing is left of the run" [ ! -d "$work/apart/handoff" ]
	ok "SIG$signal: the kernel has no trace either" eval '! exists "$instance"'
	unshare -m sh -c "mount -t tracefs none '$work/tracefs' && rmdir '$work/tracefs/instances/$instance'" 2>/dev/null
done
made=

# Sides of a real-time class: nobody but what is made here takes their CPU.
cpu=$(taskset -cp $$ | sed 's/.*[-, ]//')
if ! chrt -f 60 true 2>/dev/null || [ "$cpu" = 0 ] || ! pipe --sched=fifo:50 --cpus="$cpu,$cpu" --iterations=10 >/dev/null 2>&1; then
	skip 'causes that are made' 'no real-time class, or one CPU'
	echo "1..$n"
	exit
fi
explain() {
	rm -f "$work/made.csv"
	pipe --sched=fifo:50 --cpus="$cpu,$cpu" --duration=300ms --explain-csv="$work/made.csv" "$@" >/dev/null 2>"$work/text" || cat "$work/text"
}
# bursts NAME WORK: a real-time task on that CPU, which does the work for 5 ms again and again.
bursts() {
	chrt -f 60 taskset -c "$cpu" perl -MSocket -MTime::HiRes=time,sleep -e '
		$0 = shift; my $send = shift;
		socket(my $s, PF_INET, SOCK_DGRAM, 0);
		my $to = sockaddr_in(9, INADDR_LOOPBACK);
		while (getppid() == '$$') {
			sleep 0.02;
			my $end = time + 0.005;
			while (time < $end) { send($s, "x", 0, $to) if $send }
		}' "$@" &
	made=$!
}

bursts handoff-burst 0
explain --explain=1ms
kill "$made"
wait "$made" 2>/dev/null
made=
ok 'a task that takes the CPU is the first cause' grep -qE "^[0-9]+ % of the time above 1.00 ms: handoff-burst on CPU $cpu\$" "$work/text"
ok 'and has most of a slow operation' rows "$work/made.csv" '
	$at["cause"] == "task" && $at["cause_name"] == "handoff-burst" { of[$at["slow_op"]] += $at["phase_ns"] / $at["slow_ns"] }
	END { for (i in of) if (of[i] > 0.5) exit 0; exit 1 }'

bursts handoff-flood 1
explain --explain=1ms
kill "$made"
wait "$made" 2>/dev/null
made=
ok 'a flood of packets: the task' grep -q "handoff-flood on CPU $cpu" "$work/text"
ok 'a flood of packets: the softirq' grep -q "softirq NET_RX on CPU $cpu" "$work/text"

# A real-time task stops each side again and again, for some ms once the kernel says that it is stopped.
rm -f "$work/made.csv"
"$BUILD/ipc_pipe" --variant=pair --sched=fifo:50 --cpus="$cpu,$cpu" --duration=300ms --explain=1ms \
	--explain-csv="$work/made.csv" >/dev/null 2>"$work/text" &
made=$!
chrt -f 60 perl -MTime::HiRes=sleep -e '
	my $driver = shift;
	sub text { open(my $in, "<", shift) or return ""; local $/; return scalar <$in> // "" }
	while (text("/proc/$driver/stat") =~ /\) [^Z]/) {
		sleep 0.004;
		for my $side (split " ", text("/proc/$driver/task/$driver/children")) {
			kill STOP => $side;
			sleep 0.0005 until text("/proc/$side/stat") !~ /\) [RSD]/;
			sleep 0.004;
			kill CONT => $side;
		}
	}' "$made"
wait "$made"
made=
ok 'a side that is stopped' grep -qE '^[0-9]+ % of the time above 1.00 ms: a signal stops the (initiator|responder)$' "$work/text"
ok 'and what stopped it is no task' rows "$work/made.csv" '$at["cause"] == "stopped" { n++ } END { exit !n }'
echo "1..$n"
