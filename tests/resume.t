#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, long
# A sweep that is killed, driver or child, at random times, and resumed until it is done: its rows are those of its plan,
# each once, and nothing of it is left in the system. KILLS=200 (make test-long) kills more often; SEED= repeats a run.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
handoff=$build/handoff
kills=${KILLS:-12}
seed=${SEED:-$$}
. tests/tap.sh
mkdir -m 700 "$work/runtime"
echo "# seed $seed"

# The test's processes and objects are told from other people's by the private directory.
own() {
	env XDG_RUNTIME_DIR="$work/runtime" "$@"
}

# begin COMMAND...: for the background: $! is the command itself.
begin() {
	exec env XDG_RUNTIME_DIR="$work/runtime" "$@"
}

processes() {
	grep -lsz "^XDG_RUNTIME_DIR=$work/runtime" /proc/[0-9]*/environ
}

none_left() {
	! processes
}

# places FILE: block, place and cell of the invocations that count; of those with no block only the cell.
places() {
	awk -F, -v OFS=, '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		!("used" in at && $at["status"] == "ok" && $at["used"] == "no") {
			print $at["block"], $at["order_in_block"], $at["mechanism"], $at["variant"], $at["wait"], $at["pattern"], \
				$at["experiment"], $at["msg_size_b"], $at["placement"], $at["every_ns"], $at["threads"]
		}' "$1"
}

# Every line but the last has as many fields as the header.
parses() {
	sed '$d' "$1" >"$work/but_the_last" && rectangular "$work/but_the_last"
}

# Blocks in a histogram follow each other, and so do the times in a block: a second time the same block would begin anew.
# What is measured again and discarded again is twice among the discarded.
blocks_once() {
	find "$@" ! -name '*_discarded.csv' -exec awk -F, 'FNR == 1 { block = 0; next }
		$1 + 0 < block || $1 == block && $2 + 0 <= lower { print FILENAME ":" FNR ": block " $1 " again"; bad = 1 }
		{ block = $1 + 0; lower = $2 + 0 }
		END { exit bad }' /dev/null {} +
}

# random N LEAST MOST: the Nth number of the seed, with two decimals.
random() {
	awk -v seed="$seed" -v n="$1" -v least="$2" -v most="$3" 'BEGIN {
		srand(seed * 1000 + n); rand(); printf "%.2f", least + rand() * (most - least) }'
}

run=$work/run
# Without a budget: with one a slow or stalled machine plans a single row, of which nothing can be said.
only='sync/sem_sysv:two_ops,ipc/null:floor'
ok 'a plan' exits 0 '' "$handoff" sweep --only="$only" --full --seed=3 --plan-only --out="$work/plan"
begin "$handoff" sweep --only="$only" --full --seed=3 --out="$run" >"$work/out" 2>"$work/err" &
pid=$!
bad=0
done_early=0
i=0
await $pid [ -e "$run/samples.csv" ]
while [ $i -lt "$kills" ]; do
	i=$((i + 1))
	sleep "$(random $i 0 0.9)"
	if [ "$(random $((i + 1000000)) 0 1 | tr -d .)" -lt 30 ]; then # a child first; its row says so
		# shellcheck disable=SC2046 # a list of ids
		kill -KILL $(cat /proc/$pid/task/$pid/children 2>/dev/null) 2>/dev/null
		sleep "$(random $((i + 2000000)) 0 0.3)"
	fi
	kill -KILL $pid 2>/dev/null || done_early=$((done_early + 1))
	wait $pid 2>/dev/null
	parses "$run/samples.csv" || bad=$((bad + 1))
	begin "$handoff" sweep --resume="$run" >"$work/out" 2>"$work/err" &
	pid=$!
done
wait $pid
rc=$?
ok "resumed after $kills kills ($done_early after its end): it is done" [ $rc = 0 ]
[ $rc = 0 ] || sed 's/^/# /' "$work/err"
ok 'at no time was a line broken but the last' [ $bad = 0 ]
places "$run/plan.csv" >"$work/planned"
places "$run/samples.csv" >"$work/ran"
ok 'the rows are those of the plan, each once and in its order' cmp "$work/planned" "$work/ran"
ok 'there are some' [ "$(grep -c '^[1-9]' "$work/ran")" -ge 6 ]
ok 'the summary counts them' grep -q ',median,' "$run/summary.csv"
ok 'each histogram has each block once' blocks_once "$run"/histograms/*.csv
ok 'no process is left' until_ok none_left
own "$handoff" sweep --resume="$run" >"$work/out" 2>"$work/err"
ok 'no object is left, nor its journal' [ "$(find "$work/runtime" -mindepth 1 ! -name handoff)" = '' ]

cp "$run/samples.csv" "$work/before.csv"
ok 'once more: there is nothing to do' exits 0 '' own "$handoff" sweep --resume="$run"
ok 'and nothing changes' cmp "$run/samples.csv" "$work/before.csv"

ok 'no such directory' exits 66 'No such file' "$handoff" sweep --resume="$work/none"
ok 'a directory that is no run' exits 65 'cannot be resumed' "$handoff" sweep --resume="$work/runtime"
ok 'a run that was only planned' exits 65 'before its first run' "$handoff" sweep --resume="$work/plan"
ok '--resume goes with no other option' exits 64 'no other option' "$handoff" sweep --resume="$run" --budget=1m

# The fingerprint: as if another kernel, or another build, had measured the first half.
cp -r "$run" "$work/other"
sed -i 's/^handoff:compiler=.*/handoff:compiler=cc 1.0/' "$work/other/settings/before.txt"
ok 'another build is refused, and said' exits 69 'handoff:compiler: cc 1.0 -> ' "$handoff" sweep --resume="$work/other"
ok 'with the reason' grep -q 'not resumed: the machine, its kernel or this build has changed' "$work/err"
ok 'and nothing is touched' cmp "$work/other/samples.csv" "$run/samples.csv"
sed -i 's/^handoff:compiler=.*/&/; s/^\/proc\/sys\/kernel\/sem=.*/\/proc\/sys\/kernel\/sem=1 2 3 4/' "$run/settings/before.txt"
ok 'a setting that differs is no other machine' exits 0 'settings changed during the sweep' "$handoff" sweep --resume="$run"

# Cut in the middle of the second row of the last block that has two, as a power failure may leave it.
cp -r "$run" "$work/cut"
second=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	$at["used"] != "no" && $at["block"] != "" && $at["order_in_block"] == 2 { found = NR - 1 }
	END { print found + 0 }' "$run/samples.csv")
ok 'a block has several rows' [ "$second" -gt 1 ]
before=$(awk -F, -v second="$second" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	$at["block"] != block { block = $at["block"]; begin = NR }
	NR == second { print begin - 1 }' "$run/samples.csv")
{
	head -n "$second" "$run/samples.csv"
	sed -n "$((second + 1))p" "$run/samples.csv" | cut -c1-40 | tr -d '\n'
} >"$work/cut/samples.csv"
sed -i "3s/.*/1,broken/" "$work/cut/plan.csv"
ok 'a plan.csv that is broken is refused, with its place' exits 65 "plan.csv:3:" "$handoff" sweep --resume="$work/cut"
cp "$run/plan.csv" "$work/cut/plan.csv"
ok 'a row without an end' exits 0 'the last line is truncated and was dropped' "$handoff" sweep --resume="$work/cut"
places "$work/cut/samples.csv" >"$work/ran"
ok 'the same rows in the end' cmp "$work/planned" "$work/ran"
ok 'its histograms have it once' blocks_once "$work/cut"/histograms/*.csv
ok 'interrupted.csv is there' [ -s "$work/cut/interrupted.csv" ]
ok 'every CSV file is as the schema says, to another reader' tests/read-csv "$work/cut"
ok 'the blocks before stay as they were' sh -c \
	"head -n $before '$run/samples.csv' >'$work/a'; head -n $before '$work/cut/samples.csv' | cmp - '$work/a'"

# A budget is for the whole: what the rows that are there took is used up.
cp -r "$run" "$work/spent"
head -n "$before" "$run/samples.csv" >"$work/spent/samples.csv"
sed -i 's/^budget_ns=.*/budget_ns=1000000/' "$work/spent/settings/sweep.txt"
ok 'a budget that is used up' exits 0 '' "$handoff" sweep --resume="$work/spent"
places "$work/spent/samples.csv" | grep '^[1-9]' >"$work/ran"
head -n "$before" "$run/samples.csv" >"$work/kept.csv"
places "$work/kept.csv" | grep '^[1-9]' >"$work/kept"
ok 'nothing is measured then' cmp "$work/kept" "$work/ran"

# Two at a time would write into one file.
begin "$handoff" sweep --only='ipc/null:*' --full --out="$work/busy" >"$work/out" 2>"$work/err2" &
pid=$!
await $pid grep -qs ',ipc,' "$work/busy/samples.csv"
ok 'a run that is being written is refused' exits 75 'is writing to it' "$handoff" sweep --resume="$work/busy"
kill -TERM $pid
wait $pid
ok 'interrupted, it ends by itself' [ $? = 130 ]
ok 'no process is left' until_ok none_left
echo "1..$n"
