#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring, quick
# `handoff quiet` from outside: what it refuses, its rows, and whether it names a cause that is made.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
. tests/tap.sh

quiet() {
	"$BUILD/handoff" quiet --budget=1s "$@"
}

# refused WORDS OPTION...: exit code 64, one line on stderr with the words, nothing on stdout.
refused() {
	words=$1
	shift
	exits 64 "$words" quiet "$@" && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" = 1 ]
}

# field ROWS CPU SPINNING COLUMN
field() {
	scripts/tsv <"$1" | awk -F '\t' -v cpu="$2" -v spinning="$3" -v column="$4" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["cpu"] == cpu && $at["spinning"] == spinning { print $at[column] }'
}

ok 'too short' refused '--budget=5ms: not valid; it takes a time of at least 1s' --budget=5ms
ok 'no threshold' refused '--threshold=0: not valid; it takes a time above 0' --threshold=0
ok 'no such CPU' refused '--cpus: CPU 999999 does not exist; handoff topology shows' --cpus=999999
HWLOC_SYNTHETIC='core:4 pu:1'
export HWLOC_SYNTHETIC
ok 'another machine' refused 'describes another machine; unset'
unset HWLOC_SYNTHETIC
if [ "$(nproc)" -le 64 ]; then
	ok 'a table' sh -c "'$BUILD/handoff' quiet --budget=1s --out='$work/dir' >'$work/table'"
	ok 'says which CPU is best' grep -q '^CPU [0-9]* is the quietest while all spin: ' "$work/table"
	ok 'and something on isolation' grep -q 'isolat' "$work/table"
	ok 'the file is as the schema says' tests/read-csv "quiet.csv:$work/dir/quiet.csv"
	ok 'a row per CPU, alone and together' [ "$(tail -n +2 "$work/dir/quiet.csv" | cut -d, -f 2,3 | sort -u | wc -l)" = $((2 * $(nproc))) ]
	ok 'there is a picture' [ -s "$work/dir/charts/quiet.svg" ]
	ok 'and a page with the sentences' grep -q '<li>CPU [0-9]* is the quietest while all spin: ' "$work/dir/report.html"
	ok 'a second time it is refused' exits 73 'it exists and is not empty' quiet --out="$work/dir"
	ok 'the page can be made again' sh -c "rm '$work/dir/report.html' && '$BUILD/handoff' report '$work/dir' && grep -q 'id=.quiet.' '$work/dir/report.html'"
	ok 'no row more' [ "$(wc -l <"$work/dir/quiet.csv")" = $((2 * $(nproc) + 1)) ]
fi

# A busy process on one CPU takes half of it.
cpu=$(taskset -cp $$ | sed 's/.*[-, ]//')
taskset -c "$cpu" sh -c 'while :; do :; done' &
busy=$!
trap 'kill $busy 2>/dev/null; rm -rf "$work"' EXIT
ok 'on a busy CPU' sh -c "'$BUILD/handoff' quiet --budget=1s --cpus=$cpu --csv >'$work/busy.csv'"
kill $busy
wait $busy 2>/dev/null
for spinning in alone together; do
	ok "$spinning: there are gaps" [ "$(field "$work/busy.csv" "$cpu" $spinning gaps)" -gt 0 ]
	ok "$spinning: other tasks are named" [ "$(field "$work/busy.csv" "$cpu" $spinning gap_cause)" = 'other tasks' ]
	ok "$spinning: the busy one is seen to take the CPU" [ "$(field "$work/busy.csv" "$cpu" $spinning invol_switches)" -gt 0 ]
done

mkdir "$work/run"
cp results/example/summary.csv "$work/run"
ok 'beside a sweep' sh -c "'$BUILD/handoff' quiet --budget=1s --cpus=$cpu --csv --out='$work/run' >'$work/beside.csv'"
ok 'rows and nothing else are printed' cmp "$work/beside.csv" "$work/run/quiet.csv"
ok 'the page has both' [ "$(grep -cE '<section id="(quiet|verdict)"' "$work/run/report.html")" = 2 ]
ok 'JSON' sh -c "'$BUILD/handoff' quiet --budget=1s --cpus=$cpu --json | perl -MJSON::PP -e 'exit !(@{ decode_json(join q(), <>)->{rows} } == 2)'"
ok 'no room for the file' exits 73 'no/such: cannot create: No such file or directory' quiet --out="$work/no/such"
ok 'no room for the rows' exits 74 'cannot write to standard output' sh -c "'$BUILD/handoff' quiet --budget=1s --cpus=$cpu --csv >/dev/full"
echo "1..$n"
