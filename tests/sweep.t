#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring
# A sweep from beginning to end, on few cells: its files, its order, its exit codes, its end by a signal.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
handoff=$build/handoff
. tests/tap.sh
. tests/run.sh

one_line() {
	exits 64 . "$@" && [ "$(wc -l <"$work/err")" = 1 ]
}

# Every line of the files is whole: so many fields as its header, and the last one ended.
whole() {
	for file; do
		rectangular "$file" && [ "$(wc -l <"$file")" -gt 1 ] || return 1
		[ -z "$(tail -c 1 "$file")" ] || {
			echo "$file: no newline at the end"
			return 1
		}
	done
}

known_statuses() {
	! values "$1" status | grep -Evx 'ok|skipped|invalid|overload|failed|not_planned'
}

# The rows that count are the plan in its order, from its beginning until the time was up: all cells at least once.
# Each cell that does not run has its own row.
covered() {
	places "$1/samples.csv" >"$work/ran"
	places "$1/plan.csv" >"$work/planned"
	head -n "$(wc -l <"$work/ran")" "$work/planned" | cmp - "$work/ran" || return 1
	[ "$(wc -l <"$work/ran")" -ge "$(grep -c '^1,' "$work/planned")" ] || return 1
	[ "$(values "$1/plan.csv" status | grep -c .)" = "$(values "$1/samples.csv" block | grep -c '^$')" ]
}

# places FILE: block, place and cell of the invocations that count.
places() {
	awk -F, -v OFS=, '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["block"] != "" && !("used" in at && $at["used"] == "no") {
			print $at["block"], $at["order_in_block"], $at["mechanism"], $at["variant"], $at["wait"], $at["pattern"], \
				$at["experiment"], $at["msg_size_b"], $at["placement"], $at["every_ns"], $at["threads"], $at["load"]
		}' "$1"
}

# enough DIR: of such rows all were measured, and a round trip among them.
enough() {
	covered "$1" >/dev/null && grep -q '^[^,]*,[^,]*,[^,]*,ok,.*,pipe,.*,ping-pong,.*,op_p50_ns,' "$1/summary.csv"
}

each_once_per_block() {
	! cut -d, -f1,3- "$work/planned" | sort | uniq -d | grep .
}

# discarded_apart DIR: what was measured again has a histogram of its own, what counts never that.
discarded_apart() {
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["histogram"] != "" && ($at["histogram"] ~ /_discarded[.]csv$/) != ($at["used"] == "no") { print; bad = 1 }
		END { exit bad }' "$1/samples.csv"
}

# timed_alike DIR: each invocation that counts is timed as plan.csv says of its place.
timed_alike() {
	awk -F, '
		FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		FILENAME ~ /plan.csv$/ { plan[$at["block"], $at["order_in_block"]] = $at["sample_every"]; next }
		$at["status"] == "ok" && $at["used"] != "no" && $at["sample_every"] != "" {
			n++
			if (plan[$at["block"], $at["order_in_block"]] != $at["sample_every"]) { print "planned " plan[$at["block"], $at["order_in_block"]] ": " $0; bad = 1 }
		}
		END { exit bad || !n }' "$1/plan.csv" "$1/samples.csv"
}

ok 'no such option' one_line "$handoff" sweep --fast
ok 'an option without its value' one_line "$handoff" sweep --budget
ok 'a budget without a unit' one_line "$handoff" sweep --budget=5
ok 'a budget of nothing' one_line "$handoff" sweep --budget=0
ok 'a seed that is no number' one_line "$handoff" sweep --seed=-1
ok 'an argument' one_line "$handoff" sweep now
ok 'a size that is none' exits 64 'sizes from 1 B to 16 MiB' "$handoff" sweep --sizes=64,x
ok 'a name that is none, and what was meant' exits 64 '--only=pip: no such mechanism; did you mean pipe?' "$handoff" sweep --only=fifo,pip
ok '--only that matches nothing' one_line "$handoff" sweep --only='ipc/nothing:*' --out="$work/none"
ok 'then nothing was made' [ ! -e "$work/none" ]

run=$work/run
ok 'a sweep of the pipe' exits 0 '' with_time enough "$run" "$handoff" sweep --only='ipc/pipe:*,sync/null:*' --seed=7
ok 'prints the directory last' [ "$(tail -n 1 "$work/out")" = "$run" ]
ok 'before it what is fastest here' grep -q '^64 B, .* pipe:pair' "$work/out"
disturbed=$(values "$run/samples.csv" flags | tr + '\n' | grep -c '^noisy$')
ok 'and how many of all runs were disturbed' grep -q "^[0-9]* runs with figures, $disturbed of them disturbed" "$work/out"
ok 'and where the page is' grep -q "^page: $run/report.html$" "$work/out"
for file in plan.csv samples.csv summary.csv percentiles.csv machine.txt charts/percentiles_sleep.svg charts/round_trip.svg; do
	ok "$file is there and not empty" [ -s "$run/$file" ]
done
ok 'pictures are drawn in the format of the page alone' [ "$(find "$run/charts" -type f | grep -vc 'svg$')" = 0 ]
ok 'every CSV file is as the schema says, to another reader' tests/read-csv "$run"
ok 'statuses of samples.csv' known_statuses "$run/samples.csv"
ok 'statuses of summary.csv' known_statuses "$run/summary.csv"
ok 'each planned invocation has its row' covered "$run"
ok 'no cell comes twice in a block' each_once_per_block
ok 'how an operation is timed is planned, the same in all invocations' timed_alike "$run"
ok 'times of discarded runs are kept apart' discarded_apart "$run"
ok 'a summary has figures' grep -q ',op_p50_ns,' "$run/summary.csv"
ok 'every row has the seed' [ "$(values "$run/samples.csv" seed | sort -u)" = 7 ]
ok 'machine.txt has kernel, processor, build and topology' \
	[ "$(grep -Ec '^(kernel|compiler|flags|handoff): |^relation ' "$run/machine.txt")" = 5 ]
ok 'the directory must be empty' exits 73 . "$handoff" sweep --out="$run" --only='sync/null:*' --budget=2s
"$build/ipc_pipe" --iterations=2000 >"$work/hand.csv"
ok 'handoff plot draws what a microbenchmark printed' "$handoff" plot "$work/hand.csv"
# shellcheck disable=SC2016 # for the inner shell
ok 'and prints the paths of files' exits 0 '' sh -c 'ls $("$1" plot --format=svg,png "$2")' sh "$handoff" "$work/hand.csv"
ok 'beside it' [ -s "$work/hand-round_trip.svg" ]

ok 'a mechanism and sizes' exits 0 '' "$handoff" sweep --plan-only --seed=3 --only=pipe --sizes=64,64k --out="$work/chosen"
ok 'are planned, and nothing else' \
	[ "$(values "$work/chosen/plan.csv" mechanism | sort -u)/$(values "$work/chosen/plan.csv" msg_size_b | sort -nu | tr '\n' ' ')" = 'pipe/64 65536 ' ]
ok '--plan-only' exits 0 '' "$handoff" sweep --plan-only --seed=3 --budget=1m --out="$work/plan"
ok 'writes the plan and nothing else' [ "$(ls "$work/plan")" = "$(printf 'charts\nplan.csv')" ]
narrow() {
	script -qec "stty cols 60; '$handoff' sweep --plan-only --seed=3 --budget=1m --out='$work/narrow'" /dev/null </dev/null | tr -d '\r' >"$work/tty"
	awk 'length > 60 { print; bad = 1 } END { exit bad || NR < 4 }' "$work/tty" && grep -q '^about 1m 00s: ' "$work/tty"
}
ok 'what it says first is as wide as the terminal' narrow
ok 'and the plan is whole' whole "$work/plan/plan.csv"

ok 'a path that is a file' exits 73 . "$handoff" sweep --out="$work/err/x" --only='sync/null:*' --budget=2s
ok 'a place where nobody can write' exits 73 . "$handoff" sweep --out=/proc/handoff --only='sync/null:*' --budget=2s
# Root can write everywhere: as nobody then. Of a file system that is read-only root cannot either.
mkdir -m 755 "$work/closed" "$work/closed/tree" "$work/closed/tree/build"
as_nobody=
if [ "$(id -u)" = 0 ]; then
	as_nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'
	chmod 755 "$work"
fi
cp "$handoff" "$build/sync_null" "$work/closed/tree/build"
chmod -w "$work/closed"
# shellcheck disable=SC2086 # words
ok 'a directory that cannot be written' exits 73 "$work/closed/x: cannot create: " \
	$as_nobody "$work/closed/tree/build/handoff" sweep --out="$work/closed/x" --only='sync/null:*' --budget=2s
# shellcheck disable=SC2016,SC2086 # words; for the inner shell
ok 'no results/ can be made here' exits 73 'results/.*: cannot create: ' \
	sh -c 'cd "$0" && exec "$@"' "$work/closed" $as_nobody ./tree/build/handoff sweep --only='sync/null:*' --budget=2s
chmod +w "$work/closed"
read_only() {
	mkdir "$work/mounted"
	for apart in 'unshare --mount' 'unshare --map-root-user --mount'; do
		# shellcheck disable=SC2016,SC2086 # words; for the inner shell
		$apart sh -c 'mount -t tmpfs -o ro tmpfs "$0" && exec "$@"' "$work/mounted" "$@" 2>"$work/err2" && return
		rc=$?
		grep -q '^mount\|^unshare' "$work/err2" || break
	done
	cat "$work/err2" >&2
	return "$rc"
}
if read_only true; then
	rmdir "$work/mounted"
	ok 'a file system that is read-only' exits 73 'mounted/x: cannot create: Read-only file system' \
		read_only "$handoff" sweep --out="$work/mounted/x" --only='sync/null:*' --budget=2s
else
	skip 'a file system that is read-only' 'nothing can be mounted here'
fi

# No process has the MARK of this test in its environment.
nothing_marked() {
	! grep -ls "MARK=$work" /proc/[0-9]*/environ
}

# Ctrl-C, once there is a row.
MARK=$work "$handoff" sweep --only='ipc/null:*' --full --out="$work/cut" >"$work/cut.out" 2>"$work/cut.err" &
pid=$!
await $pid grep -qs ',yes,ipc,' "$work/cut/samples.csv"
kill -INT $pid
wait $pid
ok 'Ctrl-C: exit code' [ $? = 130 ]
ok 'Ctrl-C: what there is is whole, and summarised' whole "$work/cut/samples.csv" "$work/cut/summary.csv"
ok 'Ctrl-C: its CSV files are as the schema says' tests/read-csv "$work/cut"
ok 'Ctrl-C: it ended early' [ "$(wc -l <"$work/cut/samples.csv")" -lt "$(wc -l <"$work/cut/plan.csv")" ]
ok 'Ctrl-C: prints the directory last' [ "$(tail -n 1 "$work/cut.out")" = "$work/cut" ]
ok 'Ctrl-C: it is drawn' [ -s "$work/cut/charts/round_trip.svg" ]
ok 'Ctrl-C: no process is left' nothing_marked

# The first run of a configuration is disturbed: the one that is made in its place says how all are timed. Some are tried before
# the plan, so every other one is: of the two configurations, one at least begins so.
fake_begin "$work/fake"
fake_bench sync_null --variant=op <<'END'
my $first = !$option{'sample-every'} && $nth % 2;
$row{sample_every} = $option{'sample-every'} // ($first ? 640 : 64);
$row{stood_ns} = 50_000_000 if $first;
END
# Some were disturbed, and there was time to measure each of them again.
all_repeated() {
	tsv "$1/samples.csv" | awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["stood_ns"] { n[$at["used"]]++ } END { exit !(n["no"] && !n["yes"]) }'
}
# Its exit code says that it has no charts: nothing draws them where there is no gnuplot.
undrawn() {
	env PATH=/nowhere "$work/fake/handoff" "$@" || :
}
with_time all_repeated "$work/timing" undrawn sweep --only=sync/null:op >"$work/out" 2>&1
ok 'how discarded runs were timed does not bind the others' [ "$(tsv "$work/timing/samples.csv" | awk -F '\t' '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	$at["status"] == "ok" { print $at["used"], $at["sample_every"] }' | sort -u | tr '\n' ' ')" = 'no 640 yes 64 ' ]
ok 'nor is it the plan' timed_alike "$work/timing"

# The machine stands for a while as the plan tries what a run takes: one try of five is not what all take.
fake_bench sync_null --variant=op <<'END'
sleep 4 if $nth == 1;
END
ok 'a stall before the plan' exits 0 '' env PATH=/nowhere "$work/fake/handoff" sweep --only=sync/null:op --budget=12s --plan-only --out="$work/stalled"
ok 'does not make it short' grep -q ': 2 configurations' "$work/err"

# The private directory of names is made for a sweep, not anew for each row: that takes milliseconds on a disk.
traced() {
	env XDG_RUNTIME_DIR="$work/runtime" strace -f -qq -e trace=mkdir,mkdirat,execve -o "$work/calls" "$@" 2>"$work/err"
}
several_ran() {
	[ "$(grep -c 'execve.*sync_null.* = 0$' "$work/calls")" -gt 5 ]
}
made_once() {
	with_time several_ran "$work/once" traced "$handoff" sweep --only='sync/null:*' || return 1
	[ "$(grep -c 'runtime/handoff".* = 0$' "$work/calls")" = 1 ] && ! [ -e "$work/runtime/handoff" ]
}
if strace -o "$work/calls" true 2>/dev/null; then
	mkdir -m 700 "$work/runtime"
	ok 'the private directory is made once and is gone at the end' made_once
else
	skip 'the private directory is made once and is gone at the end' 'strace cannot trace here'
fi

mkdir "$work/bin" # a PATH with no gnuplot
ok 'no gnuplot: exit code' exits 69 . with_time figures "$work/bare" env PATH="$work/bin" "$handoff" sweep --only='sync/null:op'
ok 'no gnuplot: it says so' grep -q 'gnuplot is missing' "$work/err"
ok 'no gnuplot: the CSV files are there' whole "$work/bare/samples.csv" "$work/bare/summary.csv"
echo "1..$n"
