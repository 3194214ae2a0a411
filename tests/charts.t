#!/bin/sh
# SPDX-License-Identifier: MIT
# The charts of scripts/plot, as far as the text of the SVG files tells: of a made-up large machine, and of rows that are made up
# so that something could go wrong. tests/matrix.t and tests/compare.t look at theirs.
set -u
cd "$(dirname "$0")/.." || exit 1
handoff=$(cd "${BUILD:-build}" && pwd)/handoff || exit 1
. tests/tap.sh

# rows DIR: summary.csv of a run, from lines of mechanism:variant, wait, placement, metric and median, and other columns as
# NAME=VALUE.
rows() {
	mkdir -p "$1"
	awk -v OFS=, '
		BEGIN {
			n = split("run_id arm status flags group mechanism variant wait pattern experiment msg_size_b every_ns threads " \
				"think_ns placement metric median ci_lo ci_hi p99_median", columns, " ")
			for (i = 1; i <= n; i++) printf "%s%s", columns[i], i < n ? "," : "\n"
		}
		{
			split("", f)
			f["run_id"] = "made-up"; f["arm"] = "as-is"; f["status"] = "ok"
			split($1, part, ":")
			f["mechanism"] = part[1]; f["variant"] = part[2]; f["wait"] = $2; f["placement"] = $3; f["metric"] = $4
			f["median"] = $5; f["ci_lo"] = 0.99 * $5; f["ci_hi"] = 1.01 * $5
			for (i = 6; i <= NF; i++) f[substr($i, 1, index($i, "=") - 1)] = substr($i, index($i, "=") + 1)
			for (i = 1; i <= n; i++) printf "%s%s", f[columns[i]], i < n ? "," : "\n"
		}' >"$1/summary.csv"
}

# texts CHART PATTERN: texts of the chart that are nothing but that (a basic regular expression).
texts() {
	sed -n "s/.*<text>\($2\)<.*/\1/p" "$work/$1.svg"
}

# alone COUNT CHART PATTERN: so many such texts, none twice.
alone() {
	texts "$2" "$3" >"$work/texts"
	cat "$work/texts"
	[ "$(wc -l <"$work/texts")" = "$1" ] && [ -z "$(sort "$work/texts" | uniq -d)" ]
}

# several CHART PATTERN: two such texts at least, none twice.
several() {
	alone "$(texts "$1" "$2" | wc -l)" "$1" "$2" && [ "$(wc -l <"$work/texts")" -ge 2 ]
}

# points CHART: of all lines.
points() {
	grep -c '<use xlink:href=.#gpPt[0-9]*. transform' "$work/$1.svg"
}

# apart CHART: no line that leads to a name goes into it; names are the texts of 9 points.
apart() {
	awk '
		/<path stroke=.rgb\(170, 170, 170\)/ {
			n = split($0, part, " L")
			for (i = 2; i <= n; i++) if (part[i] + 0 > most) most = part[i] + 0
		}
		/<g transform="translate\(/ {
			match($0, /translate\([0-9.]*/)
			x = substr($0, RSTART + 10, RLENGTH - 10) + 0
			name = /font-size="9.00"/
		}
		/<text>/ && name && (least == "" || x < least) { least = x }
		END { print most " to " least; exit most == 0 || least == "" || most > least }' "$work/$1.svg"
}

if ! command -v gnuplot >/dev/null; then
	skip 'charts' 'gnuplot is missing'
	echo "1..$n"
	exit
fi

# Every chart there is, of two packages.
tests/fake-run "$work/large" 'package:2 [numa] l3:4 core:4 pu:2'
"$handoff" report "$work/large" >"$work/drawn" 2>&1
ok 'charts of a large machine' [ "$(grep -c '\.svg \.png \.pdf$' "$work/drawn")" -gt 40 ]
ok 'no text touches another or leaves the picture' tests/texts "$work"/large/charts/*.svg
ok 'lines end before the names they lead to' apart large/charts/operations_threads
ok 'thread counts: powers of two' alone 6 large/charts/barrier '[0-9][0-9]*'

# The lines of a plan come in any order.
for threads in 8 2 4 1; do
	echo "mutex:normal block same-l3 ops_per_s $((5000000 / threads)) group=sync experiment=contended threads=$threads think_ns=500"
done | rows "$work/order"
ok 'a line whose points come in no order' exits 0 '' scripts/plot "$work/order"
ok 'has all of them in the picture' [ "$(points order/charts/locks)" = 4 ]

# Ranges in which no power of ten lies, and no round size.
{
	for size in 100 120; do
		echo "pipe:pair block same-l3 op_p50_ns 12$size group=ipc pattern=ping-pong msg_size_b=$size"
		echo "pipe:pair block same-l3 throughput_mb_s 12$size group=ipc pattern=stream msg_size_b=$size"
	done
	for threads in 3 5; do
		echo "mutex:normal block same-l3 ops_per_s 4${threads}00000 group=sync experiment=contended threads=$threads think_ns=500"
		echo "mutex:normal block same-l3 jain 0.$threads group=sync experiment=contended threads=$threads think_ns=500"
	done
	for every in 15000 45000; do
		echo "pipe:pair block same-l3 resp_p50_ns 4$every group=ipc pattern=paced every_ns=$every"
	done
	echo "pipe:pair block same-l3 resp_p50_ns 41000 group=ipc pattern=paced every_ns=1000000"
	echo "mutex:normal block same-l3 op_p50_ns 400 group=sync experiment=handoff threads=2"
	echo "mutex:normal block same-l3 op_p50_ns 25.1 group=sync experiment=uncontended threads=1"
	echo "atomic:add none same-l3 op_p50_ns 0.36 group=sync experiment=op threads=1"
	echo "mutex:normal block same-l3 ops_per_s 2500000 group=sync experiment=contended threads=2 think_ns=200"
	echo "mutex:normal block same-l3 acquire_p50_ns 250 group=sync experiment=contended threads=2 think_ns=200"
	echo "pipe:pair block same-l3 op_p50_ns 2400 group=ipc pattern=ping-pong msg_size_b=64"
} | rows "$work/narrow"
ok 'charts of narrow ranges' exits 0 '' scripts/plot "$work/narrow"
ok 'no text touches another there' tests/texts "$work"/narrow/charts/*.svg
time='[0-9.]* [num]s'
for chart in round_trip handoff uncontended operations acquire paced_1ms size; do
	ok "$chart has two times at least" several narrow/charts/$chart "$time"
done
ok 'locks_two has two rates at least' several narrow/charts/locks_two '[0-9.]* [kM]'
ok 'locks too' several narrow/charts/locks '[0-9.]* [kM]'
ok 'and throughput, with their unit' several narrow/charts/throughput '[0-9.]* [MG]B.s'
ok 'sizes are said where they were measured' [ "$(texts narrow/charts/throughput '[0-9]* B' | tr '\n' ' ')" = '100 B 120 B ' ]
ok 'threads too' [ "$(texts narrow/charts/locks '[0-9]' | tr '\n' ' ')" = '2 3 5 ' ]
for at in '15 us' '45 us' '1 ms'; do
	ok "and the interval of $at" alone 1 narrow/charts/paced "$at"
done
ok 'shares go from 0 to 1' [ "$(texts narrow/charts/fairness '[01]' | tr '\n' ' ')" = '0 1 ' ]

# A panel that eight families share, whose names are at its top.
for name in file_lock condvar memfd pipe unix_stream tcp posix_mq queue_spsc; do
	for threads in 1 2; do
		echo "$name:with_a_very_long_name block same-l3 ops_per_s 5000000 group=sync experiment=contended threads=$threads think_ns=500"
	done
done | rows "$work/heading"
ok 'a heading of eight families' exits 0 '' scripts/plot "$work/heading"
ok 'stays in the picture and above all names' tests/texts "$work/heading/charts/locks.svg"

# A run whose budget ended after one invocation of its fourth block.
mkdir "$work/ended"
awk -v OFS=, 'BEGIN {
	print "run_id,block,arm,n,n_unused,n_noisy,relative,relative_lo,relative_hi"
	for (b = 1; b <= 3; b++) print "r", b, "as-is", 300, 0, 5, 1, 0.97, 1.03
	print "r", 4, "as-is", 1, 0, 0, 0.84, 0.84, 0.84
}' >"$work/ended/blocks.csv"
cp "$work/order/summary.csv" "$work/ended"
ok 'a block of one invocation' exits 0 '' scripts/plot "$work/ended"
ok 'is pale' [ "$(grep -c "<use .*rgb(176, 176, 176)\|color='#b0b0b0'" "$work/ended/charts/drift.svg")" = 1 ]
ok 'which is said' [ "$(texts ended/charts/drift '.*Pale: a block of few invocations\.' | wc -l)" = 1 ]
ok 'in a run of whole blocks not' [ "$(texts large/charts/drift '.*Pale.*' | wc -l)" = 0 ]
echo "1..$n"
