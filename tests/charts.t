#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, long, quick
# The charts of handoff plot: what gnuplot is told, of made-up machines and of rows that are made up so that something could go
# wrong; and that gnuplot draws it. tests/matrix.t and tests/compare.t look at theirs.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
handoff=$build/handoff
. tests/tap.sh

# rows DIR: summary.csv of a run, from lines of mechanism:variant, wait, placement, metric and median, and other columns as
# NAME=VALUE.
rows() {
	mkdir -p "$1"
	awk -v OFS=, '
		BEGIN {
			n = split("schema run_id arm status flags group mechanism variant wait pattern experiment endpoints msg_size_b every_ns " \
				"threads think_ns stride_b placement load load_sched syscalls_per_op metric median ci_lo ci_hi p99_median " \
				"pause cpu_ns_per_op energy_nj_per_op slept_share same_cpu_share", columns, " ")
			for (i = 1; i <= n; i++) printf "%s%s", columns[i], i < n ? "," : "\n"
		}
		{
			split("", f)
			f["schema"] = 1; f["run_id"] = "made-up"; f["arm"] = "as-is"; f["status"] = "ok"
			split($1, part, ":")
			f["mechanism"] = part[1]; f["variant"] = part[2]; f["wait"] = $2; f["placement"] = $3; f["metric"] = $4
			f["median"] = $5; f["ci_lo"] = 0.99 * $5; f["ci_hi"] = 1.01 * $5
			for (i = 6; i <= NF; i++) f[substr($i, 1, index($i, "=") - 1)] = substr($i, index($i, "=") + 1)
			if (f["experiment"] == "contended") f["endpoints"] = "thread"
			for (i = 1; i <= n; i++) printf "%s%s", f[columns[i]], i < n ? "," : "\n"
		}' >"$1/summary.csv"
}

# told DIR: what gnuplot would be told of the run, into DIR/told.
told() {
	"$handoff" plot --format=tsv --out="$1/told" "$1"
}

# texts CHART PATTERN: texts of the chart that are nothing but that (a basic regular expression).
texts() {
	sed -n "s/^[0-9.]*	[0-9.]*	\"\($2\)\"	[0-9]*\$/\1/p" "$work/$1.tsv"
}

# caption CHART: all its texts, in one line.
caption() {
	texts "$1" '.*' | tr '\n' ' '
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

# marks CHART KIND [COLOUR]: how many of a kind.
marks() {
	awk -F'\t' -v kind="$2" -v colour="${3:-}" '
		/^# / { split($0, word, " "); inside = word[2] == kind; next }
		inside && NF && (colour == "" || $NF == colour) { n++ }
		END { print n + 0 }' "$work/$1.tsv"
}

# hues CHART: each family of the legend has a colour of its own, and there are several.
hues() {
	awk -F'\t' '
		/^# / { split($0, word, " "); inside = word[2] == "boxes"; next }
		inside && NF { n++; if (seen[$5]++) twice = 1 }
		END { print n; exit twice || n < 4 }' "$work/$1.tsv"
}

# crossings FILE...: lines from ends of curves to their names that cross each other.
crossings() {
	awk -F'\t' '
		function side(a, b, c) { return (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a]) }
		function cross(a, b) { return side(a, a + 1, b) * side(a, a + 1, b + 1) < -1 && side(b, b + 1, a) * side(b, b + 1, a + 1) < -1 }
		function look(   i, k) {
			for (i = 0; i < n; i += 2)
				for (k = 0; k < i; k += 2)
					if (cross(i, k)) print name ": " x[i] " " y[i] " and " x[k] " " y[k]
			n = 0
		}
		FNR == 1 { look(); name = FILENAME }
		/^# / { split($0, word, " "); inside = word[2] == "segments"; next }
		inside && $5 == 11184810 { x[n] = $1; y[n++] = $2; x[n] = $3; y[n++] = $4; all++ }
		END { look(); if (all < 100) print "only " all + 0 " lines" }' "$@"
}

# fills CHART PART: of one panel, the points reach over that share of the width between the first and the last.
fills() {
	awk -F'\t' -v part="$2" '
		/^# / { split($0, word, " "); if (word[2] == "picture") wide = word[3]; inside = word[2] == "points"; next }
		inside && NF && $3 != 0.5 { if (lo == "" || $1 + 0 < lo) lo = $1 + 0; if ($1 + 0 > hi) hi = $1 + 0 }
		END { print lo, hi, wide; exit hi - lo < part * wide }' "$work/$1.tsv"
}

# Every chart there is, of two packages.
BLOCKS=2 tests/fake-run "$work/large" 'package:2 [numa] l3:4 core:4 pu:2' # two are quick
PATH=$work "$handoff" report "$work/large" >/dev/null 2>&1 # no gnuplot there: a summary alone
ok 'charts of a large machine' told "$work/large"
[ "$(find "$work/large/told" -name '*.tsv' | wc -l)" -gt 40 ]
ok 'are many' [ $? = 0 ]
ok 'no text touches another or leaves the picture' tests/texts "$work"/large/told/*.tsv
ok 'no line from a curve to its name crosses another' [ -z "$(crossings "$work"/large/told/*.tsv)" ]
said_once() { # in a panel
	! sed -n 's/^[0-9.]*	\([0-9.]*	"[0-9][0-9]*"\)	[0-9]*$/\1/p' "$1" | sort | uniq -d | grep .
}
ok 'no thread count is said twice' said_once "$work/large/told/barrier.tsv"
ok 'spinning and sleeping have panels of their own' [ "$(caption large/told/barrier | grep -o 'one round, threads s[a-z]*' | sort -u | wc -l)" = 2 ]
ok 'a size chart has all sizes' [ "$(texts large/told/throughput '[0-9]* K*i*B' | sort -u | wc -l)" -ge 4 ]
for chart in round_trip uncontended acquire round_trip_all; do
	ok "$chart: each family has a hue of its own" hues large/told/$chart
done
# one_hue_each FILE...: in no legend two families have one colour.
one_hue_each() {
	! awk -F'\t' '
		FNR == 1 { split("", seen) }
		/^# / { split($0, word, " "); inside = word[2] == "boxes"; next }
		inside && NF && seen[$5]++ { print FILENAME ": " $5 }' "$@" | grep .
}
# The squares of the matrix and the parts of round trips are no legend.
mkdir "$work/boxes"
mv "$work"/large/told/matrix.tsv "$work"/large/told/made_of*.tsv "$work/boxes"
ok 'no legend has one hue twice' one_hue_each "$work"/large/told/*.tsv
mv "$work"/boxes/* "$work/large/told"
ok 'nothing says PU, us or 10^' lacking '[^C]PU\|[0-9] us\|10^\|invocation' "$work"/large/told/*.tsv
ok 'no chart is limited by think time: rates are of locks that threads want at once' \
	[ -z "$(grep -l 'acquisitions per second' "$work"/large/told/*.tsv | grep -v 'locks_two\|locks_think_0\|lines_written')" ]
lists() {
	"$handoff" list --charts >"$work/charts.csv" && head -n 1 "$work/charts.csv" | grep -qx 'name,section,title' || return 1
	sed '1d; s/,.*//' "$work/charts.csv" >"$work/names"
	for file in "$work"/large/told/*.tsv; do
		name=$(basename "$file" .tsv)
		grep -qx "$name" "$work/names" || grep -qx "${name%_*}" "$work/names" || {
			echo "$name is not in the list"
			return 1
		}
	done
	! sed 1d "$work/charts.csv" | grep -v '?"$'
}
ok 'each is in the list, and every title is a question' lists

# The lines of a plan come in any order.
for threads in 8 2 4 1; do
	echo "mutex:normal block same-l3 acquire_p50_ns $((500 * threads)) group=sync experiment=contended threads=$threads think_ns=500"
done | rows "$work/order"
ok 'a line whose points come in no order' told "$work/order"
ok 'has all of them in the picture' [ "$(marks order/told/locks points)" = 4 ]
rising() { awk -F'\t' '/^# / { inside = /# lines/; next } inside && NF { if ($1 + 0 <= x) exit 1; x = $1 + 0; n++ } END { exit n != 4 }' "$1"; }
ok 'from left to right' rising "$work/order/told/locks.tsv"

# Ranges in which no power of ten lies, and no round size.
{
	for size in 100 120; do
		echo "pipe:pair block same-l3 op_p50_ns 12$size group=ipc pattern=ping-pong msg_size_b=$size"
		echo "pipe:pair block same-l3 throughput_mb_s 12$size group=ipc pattern=stream msg_size_b=$size"
	done
	for threads in 3 5; do
		echo "mutex:normal block same-l3 ops_per_s 4${threads}00000 group=sync experiment=contended threads=$threads think_ns=0"
		echo "mutex:normal block same-l3 acquire_p50_ns 4${threads}0 group=sync experiment=contended threads=$threads think_ns=500"
		echo "mutex:normal block same-l3 jain 0.$threads group=sync experiment=contended threads=$threads think_ns=500"
	done
	for every in 15000 45000; do
		echo "pipe:pair block same-l3 resp_p50_ns 4$every group=ipc pattern=paced every_ns=$every"
	done
	echo "pipe:pair block same-l3 resp_p50_ns 41000 group=ipc pattern=paced every_ns=1000000"
	echo "mutex:normal block same-l3 op_p50_ns 400 group=sync experiment=handoff threads=2"
	echo "mutex:normal block same-l3 op_p50_ns 25.1 group=sync experiment=uncontended threads=1"
	echo "atomic:add none same-l3 op_p50_ns 0.36 group=sync experiment=op threads=1"
	echo "mutex:normal block same-l3 ops_per_s 2500000 group=sync experiment=contended threads=2 think_ns=0"
	echo "mutex:normal block same-l3 acquire_p50_ns 250 group=sync experiment=contended threads=2 think_ns=200"
	echo "pipe:pair block same-l3 op_p50_ns 2400 group=ipc pattern=ping-pong msg_size_b=64"
	echo "sem_pair_posix:unnamed spin same-l3 op_p50_ns 92 group=ipc pattern=ping-pong msg_size_b=64 flags=near_clock"
} | rows "$work/narrow"
ok 'charts of narrow ranges' told "$work/narrow"
ok 'no text touches another there' tests/texts "$work"/narrow/told/*.tsv
time='[0-9.]* [nmµ]s'
for chart in handoff uncontended operations acquire response; do
	ok "$chart has two times at least" several narrow/told/$chart "$time"
done
ok 'round_trip has a panel of times for each way of waiting' [ "$(texts narrow/told/round_trip "$time" | wc -l)" -ge 4 ]
ok 'locks_two has two rates at least' several narrow/told/locks_two '[0-9.]* [kM]'
ok 'locks_think_0 too' several narrow/told/locks_think_0 '[0-9.]* [kM]'
ok 'and throughput, with their unit' several narrow/told/throughput '[0-9.]* [MG]B.s'
ok 'sizes are said where they were measured' [ "$(texts narrow/told/throughput '[0-9]* B' | tr '\n' ' ')" = '100 B 120 B ' ]
ok 'threads too' [ "$(texts narrow/told/locks '[0-9]' | sort | tr '\n' ' ')" = '2 3 5 ' ]
for at in '15 µs' '45 µs' '1 ms'; do
	ok "and the interval of $at" alone 1 narrow/told/paced "$at"
done
ok 'shares go from 0 to 1' [ "$(texts narrow/told/fairness '[01]' | tr '\n' ' ')" = '0 1 ' ]
says() { caption "$1" | grep -F -- "$2"; }
silent() { ! says "$1" "$2"; }
ok 'that a median is of batches is said where it is' says narrow/told/round_trip 'timed in batches'
ok 'and not elsewhere' silent narrow/told/size 'timed in batches'
ok 'no whisker, no word of it' silent narrow/told/response 'Thin line'
ok 'with one it is explained' says large/told/round_trip 'Thin line: to the median of the 99th percentiles'
ok 'nothing disturbed, no word of it' silent narrow/told/locks 'disturbed'

# Two configurations never have one name.
{
	echo "mutex:normal block same-l3 acquire_p50_ns 250 group=sync experiment=contended threads=2 think_ns=200"
	echo "mutex:normal block same-l3 acquire_p50_ns 350 group=sync experiment=contended threads=2 think_ns=500"
} | rows "$work/twice"
ok 'two configurations at one place' told "$work/twice"
ok 'have two names, by what tells them apart' [ "$(texts twice/told/acquire 'mutex:normal block.*' | sort | tr '\n' ,)" = \
	'mutex:normal block think 200 ns,mutex:normal block think 500 ns,' ]

# Tails: the runs that the noise gate discarded are no part of a line and stand beside it.
mkdir "$work/tails"
cp "$work/order/summary.csv" "$work/tails"
for kind in yes:pipe:1000 no:pipe:90000 yes:futex:2000; do
	for percentile in 50 90 99 99.9; do
		[ "$kind:$percentile" = no:pipe:90000:99.9 ] || echo "$kind:$percentile"
	done
done | awk -F: -v OFS=, '
	BEGIN { print "schema,run_id,arm,used,group,mechanism,variant,wait,pattern,msg_size_b,placement,percentile,value_ns" }
	{ print 1, "r", "as-is", $1, "ipc", $2, "pair", "block", "ping-pong", 64, "same-l3", $4, $3 }' >"$work/tails/percentiles.csv"
# Which sides spin depends on what was measured; where the scheduler had the sides stands in the caption.
rows "$work/free" <<'END'
pipe:pair block free op_p50_ns 5000 group=ipc pattern=ping-pong msg_size_b=64 same_cpu_share=0.971
unix_stream:socketpair poll free op_p50_ns 9000 group=ipc pattern=ping-pong msg_size_b=64 same_cpu_share=0.5
unix_stream:socketpair poll same-l3 op_p50_ns 6000 group=ipc pattern=ping-pong msg_size_b=64 slept_share=0.011
unix_stream:socketpair block same-l3 op_p50_ns 20000 group=ipc pattern=ping-pong msg_size_b=64 slept_share=1
END
ok 'sides that the scheduler places, and poll() that spins' told "$work/free"
ok 'for how much of the time they were on one CPU' says free/told/round_trip_all 'Unpinned sides were on one CPU for 50 to 97 % of the time.'
ok 'spinners have a panel of their own' says free/told/round_trip_all 'A side spins while it waits'

ok 'tails of discarded runs' told "$work/tails"
ok 'are in no line' [ "$(marks tails/told/percentiles_sleep lines)" = 8 ]
# of_symbol CHART SYMBOL: how many points have that symbol of gnuplot.
of_symbol() {
	awk -F'\t' -v symbol="$2" '
		/^# / { inside = /# points/; next }
		inside && NF && $4 == symbol { n++ }
		END { print n + 0 }' "$work/$1.tsv"
}
ok 'each has one hollow point, the farthest' [ "$(of_symbol tails/told/percentiles_sleep 12)" = 1 ]
ok 'in the picture' tests/texts "$work/tails/told/percentiles_sleep.tsv"
ok 'which is said' says tails/told/percentiles_sleep 'Hollow: the same percentile of the runs that were discarded as noisy'
sed -i '/,no,/d' "$work/tails/percentiles.csv"
told "$work/tails"
ok 'nothing discarded, no word of it' silent tails/told/percentiles_sleep 'Hollow'

# A panel that eight families share, whose names are at its top.
for name in file_lock condvar memfd pipe unix_stream tcp posix_mq queue_spsc; do
	for threads in 1 2; do
		echo "$name:with_a_very_long_name block same-l3 acquire_p50_ns 500 group=sync experiment=contended threads=$threads think_ns=500"
	done
done | rows "$work/heading"
ok 'a heading of eight families' told "$work/heading"
ok 'stays in the picture and above all names' tests/texts "$work/heading/told/locks.tsv"

# What a round trip is made of: 100 ns a call, 12 us a bare futex, 5 us on one CPU, 7 us between two that are kept awake.
{
	trip='op_p50_ns group=ipc pattern=ping-pong endpoints=process'
	# made NAME MEDIAN COLUMN...: a round trip.
	made() {
		name=$1 median=$2
		shift 2
		echo "$name block same-l3 ${trip%% *} $median ${trip#* } $*"
	}
	made syscall:getppid 100 wait=none
	made futex:pair 5000 placement=same-pu
	made futex:pair 12000
	made futex:pair 7000 load=same load_sched=idle
	made pipe:pair 13000 msg_size_b=64 syscalls_per_op=4
	made pipe:pair 15000 msg_size_b=4096 syscalls_per_op=4
	made eventfd:pair 11000 syscalls_per_op=4
} | rows "$work/made"
ok 'round trips are taken apart' told "$work/made"
# bar NTH COLOUR: where the part of that colour begins and how wide it is, of the nth bar with one.
bar() {
	awk -F'\t' -v nth="$1" -v colour="$2" '
		/^# / { inside = /# boxes/; next }
		inside && NF && $5 == colour && $4 - $2 > 8.5 && ++n == nth { printf "%.0f %.0f\n", $1, $3 - $1 }' "$work/made/told/made_of.tsv"
}
calls=29362 wake=5682409 idle=15113984 copy=13400487 rest=10526880
# in_share NTH COLOUR NS: the part of the nth bar between two cores; what it takes across CPUs is 2 us of each.
in_share() {
	[ -n "$(bar "$1" "$2")" ] && echo "$(bar 1 $wake) $(bar "$1" "$2")" | awk -v ns="$3" '{
		got = $4 / $2 * 2000
		print got
		exit got < ns - 200 || got > ns + 200 }'
}
ok 'three bars of small messages between two cores, one of a large one' [ "$(marks made/told/made_of boxes $idle)" = 5 ]
ok 'what an idle CPU takes more' in_share 1 $idle 5000
ok 'its system calls' in_share 2 $calls 400
ok 'parts stand side by side' [ "$(echo "$(bar 2 $calls) $(bar 2 40563)" | awk '{ print ($4 > 5 && $1 + $2 - $3 < 2 && $3 - $1 - $2 < 2) }')" = 1 ]
ok 'the larger message alone has a copy' [ "$(marks made/told/made_of boxes $copy)" = 2 ]
ok 'of its size' in_share 1 $copy 2000
ok 'the parts of one that takes less are more than the whole: the rest lies left of 0' \
	[ "$(echo "$(bar 1 $rest) $(bar 2 $calls)" | awk '{ print ($2 > 5 && $1 + $2 - $3 < 2 && $3 - $1 - $2 < 2) }')" = 1 ]
ok 'the picture is whole' tests/texts "$work/made/told/made_of.tsv"

# Gaps of CPUs: a 99th percentile needs 100 of them.
mkdir "$work/gaps"
cat >"$work/gaps/quiet.csv" <<END
schema,cpu,spinning,isolation,threshold_ns,gaps,gap_share,gap_p99_ns,gap_max_ns
2,0,alone,,5000,400,0.010000,20000,90000
2,3,alone,isolcpus,5000,0,0.000000,,
2,0,together,,5000,800,0.020000,30000,900000
2,3,together,isolcpus,5000,7,0.000100,,50000
END
ok 'gaps of CPUs' told "$work/gaps"
ok 'as many points as figures, and those without a gap' [ "$(marks gaps/told/quiet points)" = 10 ]
ok 'an isolated CPU is marked in each panel' [ "$(marks gaps/told/quiet boxes 15527148)" = 6 ]
ok 'which is said' says gaps/told/quiet 'Grey: isolated CPUs'
ok 'CPUs have their numbers' [ "$(texts gaps/told/quiet 3 | wc -l)" = 3 ]
ok 'the picture is whole' tests/texts "$work/gaps/told/quiet.tsv"

"$handoff" report "$work/gaps" >/dev/null 2>"$work/err"
ok 'the page says which CPU is the best and which the worst, while all spin' grep -Fq '<li>CPU 3 is the quietest while all spin: 0.0100 % of the time in gaps above 5.00 us, the longest 50.0 us; CPU 0 is the worst: 2.0000 %, the longest 900 us.</li>' "$work/gaps/report.html"
ok 'and whether isolation works' grep -Fq '<li>isolation works: no other task ran on the 1 isolated CPU.</li>' "$work/gaps/report.html"

# A run whose budget ended after one invocation of its fourth block.
mkdir "$work/ended"
awk -v OFS=, 'BEGIN {
	print "schema,run_id,block,arm,n,n_unused,n_noisy,relative,relative_lo,relative_hi"
	for (b = 1; b <= 3; b++) print 1, "r", b, "as-is", 300, 0, 5, 1, 0.97, 1.03
	print 1, "r", 4, "as-is", 1, 0, 0, 0.84, 0.84, 0.84
}' >"$work/ended/blocks.csv"
cp "$work/order/summary.csv" "$work/ended"
ok 'a block of one invocation' told "$work/ended"
ok 'is pale' [ "$(marks ended/told/drift points 11579568)" = 1 ]
ok 'and no part of the line' [ "$(marks ended/told/drift lines)" = 3 ]
ok 'which is said' says ended/told/drift 'Pale: a block of few runs.'
ok 'in a run of whole blocks not' silent large/told/drift Pale

# What is printed by hand, whatever was asked for.
for row in 'ipc_pipe --msg-size=65536' 'ipc_pipe --every=100us' 'ipc_posix_shm --pattern=stream --msg-size=4096' \
	'ipc_pipe --gap=10us' 'sync_mutex --threads=2 --experiment=contended' 'sync_barrier --threads=2' \
	'sync_rwlock --experiment=readers --threads=2'; do
	# shellcheck disable=SC2086 # words
	"$build"/$row --duration=20ms >"$work/hand.csv" 2>/dev/null
	grep -q ',ok,' "$work/hand.csv" || {
		skip "$row" 'it cannot be measured here'
		continue
	}
	ok "$row is drawn" exits 0 '' "$handoff" plot --format=tsv "$work/hand.csv"
	ok 'beside its file' [ -n "$(find "$work" -name 'hand-*.tsv')" ]
	ok 'its size, interval or threads are said' grep -q 'Messages of 64 KiB\|every 100 µs\|size: 4 KiB\|64 B\|[Tt]hreads' "$work"/hand-*.tsv
	rm -f "$work"/hand-*.tsv
done
"$build/ipc_pipe" --iterations=3000 --histogram="$work/times.csv" >/dev/null 2>&1
# cost WAIT MEDIAN CPU [NAME=VALUE]...: a ring that waits so.
cost() {
	wait=$1 median=$2 cpu=$3
	shift 3
	echo posix_shm:ring "$wait" same-l3 op_p50_ns "$median" group=ipc pattern=ping-pong endpoints=process msg_size_b=64 \
		cpu_ns_per_op="$cpu" "$@"
}
costs() {
	cost spin 120 240 "$@"
	cost spin 100 200 pause=none "$@"
	cost futex 9000 8000 "$@"
	cost eventfd 11000 9000 "$@"
}
{
	costs
	cost futex 4000 3900 placement=same-pu
} | rows "$work/cost"
ok 'latency against CPU time' told "$work/cost"
ok 'has a point for each way to wait between two cores' [ "$(marks cost/told/cost points)" = 4 ]
ok 'each with a name of its own' alone 4 cost/told/cost 'posix_shm:ring .*'
ok 'of which one says the pause' [ "$(texts cost/told/cost 'posix_shm:ring spin pause none')" ]
ok 'that nobody read energy is said' says cost/told/cost 'No energy counter was readable'
ok 'no text touches another there' tests/texts "$work/cost/told/cost.tsv"
ok 'no other chart has another pause than the usual one' [ "$(grep -l 'pause none' "$work"/cost/told/*.tsv)" = "$work/cost/told/cost.tsv" ]
costs p99_median=20000 | rows "$work/tailed"
ok 'latency with its tail against CPU time' told "$work/tailed"
ok 'draws no whisker, and explains none' silent tailed/told/cost 'Thin line'
costs energy_nj_per_op=5000 | rows "$work/energy"
ok 'latency against energy' told "$work/energy"
ok 'has a panel of its own' [ "$(marks energy/told/cost points)" = 8 ]
ok 'and its unit' [ "$(texts energy/told/cost '[0-9.]* µJ')" ]

ok 'a histogram is drawn' exits 0 '' "$handoff" plot --format=tsv "$work/times.csv"
ok 'as a line that is called as its file' [ "$(texts times-percentiles_file 'times:*')" ]
printf 'a,b\n1,2\n' >"$work/other.csv"
ok 'what is no file of ours: why, in a line' exits 65 'other.csv: not drawn: ' "$handoff" plot "$work/other.csv"
"$build/ipc_pipe" --iterations=100 | head -n 1 >"$work/none.csv"
ok 'a file without figures: why, in a line' exits 65 'no row has figures' "$handoff" plot "$work/none.csv"
ok 'a format that is none' exits 64 'it takes svg, png, pdf and tsv' "$handoff" plot --format=gif "$work/order"
ok 'a width that is none' exits 64 'a width from 40mm' "$handoff" plot --width=2mm "$work/order"
ok 'a directory with nothing in it' exits 66 'no summary.csv' "$handoff" plot "$work/large/told"

# What gnuplot makes of it. Paths are as people have them, settings as they may be.
if ! command -v gnuplot >/dev/null; then
	skip 'pictures' 'gnuplot is missing'
	echo "1..$n"
	exit
fi
mkdir "$work/home" "$work/it's \"my\" \`run\` %s"
cp "$work/narrow/summary.csv" "$work/it's \"my\" \`run\` %s"
printf 'set title "MINE"\nset logscale y2\nset encoding koi8r\nset label "MINE" at 1,1\n' >"$work/home/.gnuplot"
drawn=$work/it\'s\ \"my\"\ \`run\`\ %s/charts
ok 'a path with quotes, blanks and backquotes, and a .gnuplot of the user' \
	exits 0 '' env HOME="$work/home" TMPDIR="$work/it's \"my\" \`run\` %s" "$handoff" plot --format=svg,png,pdf "$work/it's \"my\" \`run\` %s"
for ending in svg png pdf; do
	ok "a whole $ending" [ "$(find "$drawn" -name "*.$ending" -size +1k | wc -l)" = "$(find "$work/narrow/told" -name '*.tsv' | wc -l)" ]
done
ok 'nothing of the .gnuplot is in it' lacking MINE "$drawn"/*.svg
ok 'µ is whole' grep -q '<text>.* µs' "$drawn/round_trip.svg"
ok 'titles and captions are the alternative text' grep -q '<title>How long does a round trip take?</title>' "$drawn/round_trip.svg"
ok 'no text touches another or leaves the picture as gnuplot draws it' tests/texts "$drawn"/*.svg
ok 'nothing is left in the directory for temporary files' [ -z "$(find "$work/it's \"my\" \`run\` %s" -name 'handoff-plot*')" ]
echo 'old' >"$drawn/round_trip_7.svg"
echo 'mine' >"$drawn/notes.svg"
"$handoff" plot "$work/it's \"my\" \`run\` %s" >/dev/null
ok 'a page that is no more goes' [ ! -e "$drawn/round_trip_7.svg" ]
ok 'what is not ours stays' [ -e "$drawn/notes.svg" ]
wide() { sed -n 's/.*viewBox="0 0 \([0-9]*\) .*/\1/p' "$1"; }
ok 'a width and a size of letters' exits 0 '' "$handoff" plot --format=svg,pdf --width=180mm --font=8 --out="$work/wide" "$work/order"
ok 'are kept' [ "$(wide "$work/wide/locks.svg")" = 1016 ]
ok 'and the letters are larger' grep -q 'font-size="16.00"' "$work/wide/locks.svg"
echo "1..$n"
