#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# handoff report: summary and charts from samples.csv alone, of one run and of several.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
handoff=$build/handoff
. tests/tap.sh

# A run with six invocations of one cell, by the name of $1.
make_run() {
	mkdir "$work/$1"
	"$build/ipc_pipe" --wait=block --placement=same-pu --iterations=300 --repeat=6 |
		awk -F, -v OFS=, -v id="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "run_id") c = i } NR > 1 { $c = id } { print }' \
			>"$work/$1/samples.csv"
}

make_run one
make_run two
ok 'draws a run from its samples alone' exits 0 '' "$handoff" report "$work/one"
ok 'the summary is there, of six invocations' [ "$(values "$work/one/summary.csv" n | sort -u)" = 6 ]
ok 'and the chart' [ -s "$work/one/charts/round_trip.svg" ]
ok 'and nothing else' [ "$(ls "$work/one")" = "$(printf 'blocks.csv\ncharts\npercentiles.csv\nreport.html\nsamples.csv\nsummary.csv')" ]
ok 'prints the directory last' [ "$(tail -n 1 "$work/out")" = "$work/one" ]
cp "$work/one/summary.csv" "$work/before"
sed -i '$d' "$work/one/summary.csv" # as an interrupted writer would leave it
ok 'again' exits 0 '' "$handoff" report "$work/one"
ok 'the same figures' cmp "$work/one/summary.csv" "$work/before"

ok 'several runs need a directory of their own' exits 64 'several directories need --out' "$handoff" report "$work/one" "$work/two"
ok 'a run named twice' exits 64 'one/: named twice' "$handoff" report --out="$work/both" "$work/one" "$work/one/"
cp -r "$work/one" "$work/copy"
ok 'a copy of it' exits 65 'hold one and the same run, one: name it once' "$handoff" report --out="$work/both" "$work/one" "$work/two" "$work/copy"
ok 'and nothing is made' [ ! -e "$work/both" ]
rm -r "$work/copy"
ok 'several runs into a new one' exits 0 '' "$handoff" report --out="$work/both" "$work/one" "$work/two"
ok 'rows are told apart by their run' \
	[ "$(values "$work/both/summary.csv" run_id | sort | uniq -c | tr -s ' \n' ' ')" = ' 1 one 1 two ' ]
ok 'none has invocations of the other' [ "$(values "$work/both/summary.csv" n | sort -u)" = 6 ]
ok 'the chart says which is which' grep -q 'sweeps: #1 one, #2 two' "$work/both/charts/round_trip.svg"
ok 'that is not touched when it is there' exits 73 'not empty' "$handoff" report --out="$work/both" "$work/one" "$work/two"

printf '1,cut' >>"$work/two/samples.csv"
ok 'a last line without an end' exits 0 'the last line is truncated and was dropped' "$handoff" report "$work/two"
ok 'counts for nothing' [ "$(values "$work/two/summary.csv" n)" = 6 ]
printf '\n' >>"$work/two/samples.csv"
cp "$work/two/summary.csv" "$work/before"
ok 'a line that is wrong: where, and what is right' exits 65 'samples.csv:8:' "$handoff" report "$work/two"
ok 'then the old summary stays' cmp "$work/two/summary.csv" "$work/before"
ok 'no such run' exits 66 'No such file' "$handoff" report "$work/none"
ok 'no run named' exits 64 'name a result directory' "$handoff" report
ok 'no such option' exits 64 'no such option' "$handoff" report --fast "$work/one"
echo "1..$n"
