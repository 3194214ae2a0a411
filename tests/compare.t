#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# handoff compare: runs made up so that the answer is known; what it says, and its exit codes.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
. tests/tap.sh
handoff=$build/handoff

"$build/ipc_null" --iterations=1000 | head -n 1 >"$work/header"

# make_run NAME FACTOR NULL [ARM]: 20 blocks of a pipe whose times are multiplied by FACTOR, and of a floor by NULL.
make_run() {
	mkdir -p "$work/$1"
	[ -s "$work/$1/samples.csv" ] || cp "$work/header" "$work/$1/samples.csv"
	awk -F, -v OFS=, -v factor="$2" -v null="$3" -v arm="${4:-as-is}" '
		function add(group, mechanism, pattern, experiment, metric, value,   i) {
			for (i = 1; i <= NF; i++) row[i] = ""
			row[at["schema"]] = 2; row[at["block"]] = b; row[at["arm"]] = arm
			row[at["status"]] = "ok"; row[at["used"]] = "yes"; row[at["group"]] = group
			row[at["mechanism"]] = mechanism; row[at["variant"]] = "v"; row[at["pattern"]] = pattern
			row[at["experiment"]] = experiment; row[at[metric]] = value
			row[at["host"]] = "h"; row[at["kernel"]] = "k" factor
			line = row[1]
			for (i = 2; i <= NF; i++) line = line "," row[i]
			print line
		}
		{
			for (i = 1; i <= NF; i++) at[$i] = i
			for (b = 1; b <= 20; b++) {
				add("ipc", "pipe", "ping-pong", "", "op_p50_ns", factor * (1000 + (b * 7 + (factor > 1) * 3) % 10))
				add("sync", "null", "", "op", "op_p50_ns", null * (100 + (b * 3) % 2 / 10))
			}
		}' "$work/header" >>"$work/$1/samples.csv"
}

make_run base 1 1
make_run slow 1.1 1
make_run alike 1.001 1
make_run moved 1 1.1
make_run arms 1 1 none
make_run arms 1.1 1 other
mkdir "$work/broken"
head -c -20 "$work/base/samples.csv" >"$work/broken/samples.csv"
mkdir "$work/wrong"
sed '3s/,ok,/,ok/' "$work/base/samples.csv" >"$work/wrong/samples.csv"

says() {
	grep -Eq "$1" "$work/out"
}

# under PROFILE PATTERN: a line of the table of that profile.
under() {
	awk -v profile="$1" '/ over / { inside = index($0, profile " over ") == 1; next } /^not compared|^\*/ { inside = 0 } inside' \
		"$work/out" | grep -Eq "$2"
}

ok 'compares two runs' exits 0 '' "$handoff" compare "$work/base" "$work/slow"
ok 'slower, by how much' says '^slower +1\.(09|10)[0-9] +1\.09[0-9] to 1\.10.*ipc/pipe:v'
# joined: the output with wrapped lines joined.
joined_says() { joined | grep -Eq "$1"; }
joined() { sed -e ':more' -e '$!N' -e 's/\n  / /' -e 'tmore' -e 'P;D' "$work/out"; }
ok 'the tally stands first' [ "$(joined | head -n 1)" = \
	"$work/slow against $work/base: 1 slower, 0 faster, 0 inconclusive, 1 same, of 2 figures" ]
ok 'what a ratio is, in a line' says '^ratio: new / base by Hodges and Lehmann, the median of '
ok 'base and new are as people read them' says '^slower .* 1\.00 us +1\.10 us +ipc/pipe:v'
ok 'no line has more than 120 columns' [ -z "$(awk 'length > 120 && !/^\/|against/' "$work/out")" ]
ok 'the floor is the same' says '^same .*sync/null:v'
ok 'says by which design' says '^design: two sweeps made one after the other'
ok 'and what differs beside' says '^differs: kernel: k1 -> k1.1'
ok 'faster the other way round' exits 0 '' "$handoff" compare "$work/slow" "$work/base"
ok 'faster' says '^faster '
ok 'the same' exits 0 '' "$handoff" compare "$work/base" "$work/alike"
ok 'is called so' says '^same .*ipc/pipe:v'
ok 'a floor that moved' exits 0 '' "$handoff" compare "$work/base" "$work/moved"
long=$work/$(printf 'directory-%.0s' 1 2 3 4 5 6 7 8)
mkdir "$long-1" "$long-2"
cp "$work/base/samples.csv" "$long-1" && cp "$work/slow/samples.csv" "$long-2"
ok 'runs with long paths that begin alike' exits 0 '' "$handoff" compare "$long-1" "$long-2"
ok 'are two all the same' says '^slower .* ipc/pipe:v'
ok 'a floor that moved, once more' exits 0 '' "$handoff" compare "$work/base" "$work/moved"
ok 'makes runs not comparable' says '^not comparable: sync/null:v.*changed by 10.0 %'
ok 'arms of one run' exits 0 '' "$handoff" compare "$work/arms"
ok 'against the first' under other '^slower .* ipc/pipe:v'
ok 'against another' exits 0 '' "$handoff" compare --base=other "$work/arms"
ok 'is faster' under none '^faster .* ipc/pipe:v'

# set_as RUN LINE...: the settings of that run.
set_as() {
	mkdir -p "$work/$1/settings"
	run=$1
	shift
	printf '%s\n' "$@" | sort >"$work/$run/settings/before.txt"
}
set_as base handoff:version=1 kernel-config:CONFIG_HZ=250 module:nf_tables=loaded service:ssh.service=running vm=1
set_as slow handoff:version=2 kernel-config:CONFIG_HZ=1000 service:ssh.service=running vm=1
ok 'sweeps under other settings' exits 0 '' "$handoff" compare "$work/base" "$work/slow"
ok 'what differs is named' joined_says '^differs: kernel-config:CONFIG_HZ: 250 -> 1000$'
ok 'also what is not there any more' joined_says '^differs: module:nf_tables: loaded -> \(not there\)$'
ok 'and nothing else, nor twice' [ "$(grep -c '^differs: ' "$work/out")" = 3 ]
rm -r "$work/base/settings" "$work/slow/settings"

# waits SHARE RUN FROM: the run FROM, all of whose round trips sleep in that share of their waits.
waits() {
	mkdir "$work/$2"
	awk -F, -v OFS=, -v share="$1" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		NR > 1 && $at["group"] == "ipc" { $at["wait"] = "poll"; $at["slept_share"] = share } { print }' "$work/$3/samples.csv" >"$work/$2/samples.csv"
}
waits 1 asleep base
waits 0.021 awake slow
ok 'a profile in which poll() spins' exits 0 '' "$handoff" compare "$work/asleep" "$work/awake"
ok 'what waits in another way is told' joined_says '^waits otherwise: ipc/pipe:v poll ping-pong slept in 100 % of its waits before, in 2 % now \(.*awake\)$'
ok 'and where it stays' joined_says '^waits otherwise: 1 in all'
ok 'its shares in compare.csv' exits 0 '' "$handoff" compare --csv "$work/asleep" "$work/awake"
ok 'of both' [ "$(values "$work/out" slept_share | xargs) $(values "$work/out" slept_share_new | xargs)" = '1.000000 0.021000' ]
ok 'compared with itself' exits 0 '' "$handoff" compare "$work/awake" "$work/awake"
ok 'it waits as before' lacking 'waits otherwise' "$work/out"

ok '--csv' exits 0 'design' "$handoff" compare --csv "$work/base" "$work/slow"
cp "$work/out" "$work/compare.csv"
ok 'has a row for each cell' [ "$(values "$work/compare.csv" verdict | sort | tr '\n' ' ')" = 'same slower ' ]

ok '--fail-on: a regression' exits 1 '' "$handoff" compare --fail-on=slower:5% "$work/base" "$work/slow"
ok '--fail-on: none of that size' exits 2 '' "$handoff" compare --fail-on=slower:10% "$work/base" "$work/slow"
ok '--fail-on: none' exits 0 '' "$handoff" compare --fail-on=slower:5% "$work/base" "$work/alike"
ok '--fail-on: faster' exits 1 '' "$handoff" compare --fail-on=faster:5% "$work/slow" "$work/base"
ok '--fail-on: not comparable is no answer' exits 2 '' "$handoff" compare --fail-on=slower:5% "$work/base" "$work/moved"
ok '--effect' exits 0 '' "$handoff" compare --effect=20% "$work/base" "$work/slow"
ok 'to whom 20 % matters it is the same' says '^same .*ipc/pipe:v'

ok 'a wrong share' exits 64 '--effect=2: not valid' "$handoff" compare --effect=2 "$work/base" "$work/slow"
ok 'a wrong --fail-on' exits 64 '--fail-on=slower: not valid' "$handoff" compare --fail-on=slower "$work/base" "$work/slow"
ok 'no run' exits 64 'name two result directories' "$handoff" compare
ok 'three runs' exits 64 'name two result directories' "$handoff" compare a b c
ok '--base with two runs' exits 64 'needs one directory' "$handoff" compare --base=x a b
ok 'one run of one arm' exits 65 'one profile only' "$handoff" compare "$work/base"
ok 'a run that is not there' exits 66 'No such file' "$handoff" compare "$work/none" "$work/base"
ok 'a line that was cut off is dropped' exits 0 'last line is truncated' "$handoff" compare "$work/broken" "$work/base"
ok 'a damaged line is told' exits 65 'samples.csv:3' "$handoff" compare "$work/wrong" "$work/base"
# make_boots LABEL FACTOR NULL BOOT...: a run of each boot with label, its times moved by the boot's number.
make_boots() {
	label=$1 factor=$2 null=$3
	shift 3
	for boot in "$@"; do
		make_run "$label-$boot" "$(awk "BEGIN { print $factor * (1 + $boot / 1000) }")" "$null" "$label"
		awk -F, -v OFS=, -v boot="$boot" -v run="$label-$boot" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR > 1 {
			$at["run_id"] = run; $at["boot_id"] = "b" boot; $at["time_utc"] = "2026-01-" (boot < 10 ? "0" : "") boot "T00:00:00Z" } { print }' \
			"$work/$label-$boot/samples.csv" >"$work/part" && mv "$work/part" "$work/$label-$boot/samples.csv"
	done
}

# by_label GLOB...: compares the runs.
by_label() {
	(cd "$work" && "$handoff" compare --by=label "$@")
}

make_boots on 1 1 1 3 5 7 9 11
make_boots off 0.8 1 2 4 6 8 10 12
make_boots late 0.8 1 22 24 26 28 30
make_boots bios 0.8 1.3 2 4 6 8 10 12
ok 'groups of boots' exits 0 '' by_label on-1 on-3 on-5 on-7 on-9 on-11 off-2 off-4 off-6 off-8 off-10 off-12
ok 'faster, with the boots of each' under off '^faster +0\.80[0-9] +0\.79[0-9] to 0\.80.* 6/6 .* ipc/pipe:v'
ok 'which is the base, and in how many configurations' joined_says '^off against on: 0 slower, 1 faster, '
ok 'boots are told' says '^label on: 6 boots'
ok 'in turn: no drift' [ "$(grep -c 'one after the other' "$work/out")" = 0 ]
reported() { (cd "$work" && "$handoff" report --out=labels on-1 on-3 on-5 on-7 on-9 on-11 off-2 off-4 off-6 off-8 off-10 off-12); }
ok 'report compares by label too' exits 0 '' reported
ok 'label against label, a boot each' [ "$(values "$work/labels/compare.csv" base_arm | sort -u)/$(values "$work/labels/compare.csv" arm | sort -u)/$(values "$work/labels/compare.csv" n | sort -u)" = 'on/off/6' ]
ok 'its page names the base and the design' grep -q '<code>on</code>: <b>0</b> slower, <b>1</b> faster.*a boot counts once' "$work/labels/report.html"
ok 'its chart of ratios as well' grep -q 'What changed against on?' "$work/labels/charts/ratios.svg"
ok 'one after the other' exits 0 '' by_label on-1 on-3 on-5 on-7 late-22 late-24 late-26 late-28
ok 'is told' says 'one after the other, so a drift'
ok 'two runs of a boot' exits 0 '' by_label on-1 on-1 on-3 on-5 off-2 off-4 off-6 off-2
ok 'are one unit' says 'too few values .* 3/3 '
ok 'too few boots: how many it takes' joined_says '^too few boots: a verdict needs 4 boots of each label; these have 3 at most: handoff sweep --label=NAME in each of 4 boots gives them$'
ok 'a calibration that moved' exits 0 '' by_label on-1 on-3 on-5 on-7 on-9 on-11 bios-2 bios-4 bios-6 bios-8 bios-10 bios-12
ok 'is said first' says '^not comparable: sync/null:v.*changed by 30.0 % \(bios\)'
ok 'no verdict then' says '^incomparable .*ipc/pipe:v'
ok 'nor any other' [ "$(grep -Ec '^(faster|slower|same) ' "$work/out")" = 0 ]
ok 'the other base' exits 0 '' by_label --base=off on-1 on-3 on-5 on-7 on-9 on-11 off-2 off-4 off-6 off-8 off-10 off-12
ok 'is slower' under on '^slower +1\.2[0-9]+ .* ipc/pipe:v'
ok '--by=label: --csv' exits 0 'groups of boots' by_label --csv on-1 on-3 on-5 on-7 off-2 off-4 off-6 off-8
cp "$work/out" "$work/boots.csv"
ok 'design and boots of the base' [ "$(values "$work/boots.csv" design | sort -u)$(values "$work/boots.csv" n_base | sort -u)" = boots4 ]
ok 'a run without label' exits 65 'base: has no label' by_label base on-1
ok 'one run' exits 64 'at least two' by_label on-1
ok 'one label' exits 65 'one label' by_label on-1 on-3
ok 'by something else' exits 64 'it takes label' "$handoff" compare --by=host a b

# stalled NAME STALLS: the run with a histogram: 20 blocks of 10,000 round trips of 90 us, and STALLS of 2 ms in each.
stalled() {
	cp -r "$work/base" "$work/$1"
	awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR > 1 && $at["mechanism"] == "pipe" {
		$at["histogram"] = "ipc_pipe.csv"; $at["wait"] = "block"; $at["placement"] = "same-l3" } { print }' \
		"$work/base/samples.csv" >"$work/$1/samples.csv"
	mkdir "$work/$1/histograms"
	awk -v stalls="$2" 'BEGIN { print "block,lower_ns,upper_ns,count"
		for (b = 1; b <= 20; b++) { print b ",90000,90001,10000"; print b ",2000000,2000001," stalls } }' \
		>"$work/$1/histograms/ipc_pipe.csv"
}
stalled few 2
stalled many 9
ok 'the page of one' exits 0 '' "$handoff" report "$work/few"
ok 'says how many a second, of how many' grep -q '<p>2\.21 stalls above 1 ms a second (1\.58 to 3\.01), 40 seen, in sleeping round trips same-l3\. A second' \
	"$work/few/report.html"
rm -r "$work/few/report.html" "$work/few/charts"
ok 'stalls of two runs' exits 0 '' "$handoff" compare "$work/few" "$work/many"
ok 'are compared as rates' says '^1 ms +2\.21 +9\.80 +40 +180 +4\.43 \(3\.1[0-9] to 6\.4[0-9]\) .* sleeping round trips same-l3$'
ok 'and none where none is' [ "$(grep -c '^10 ms' "$work/out")" = 0 ]
ok 'nor discarded ones' [ "$(grep -c discarded "$work/out")" = 0 ]
cp -r "$work/many" "$work/discarded"
awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print; next } { print } $at["mechanism"] == "pipe" && !done++ {
	$at["used"] = "no"; $at["histogram"] = "ipc_pipe_discarded.csv"; print }' "$work/many/samples.csv" >"$work/discarded/samples.csv"
printf 'block,lower_ns,upper_ns,count\n1,90000,90001,10000\n1,2000000,2000001,20\n' >"$work/discarded/histograms/ipc_pipe_discarded.csv"
ok 'stalls of a discarded run' exits 0 '' "$handoff" compare "$work/few" "$work/discarded"
ok 'are counted' says '^1 ms +2\.21 +10\.[0-9]+ +40 +200 '
ok 'and marked' says '^ +0 +20  of these in runs that were discarded as noisy$'
ok 'a histogram that is none' exits 65 '' sh -c "echo wrong >>'$work/many/histograms/ipc_pipe.csv'; '$handoff' compare '$work/few' '$work/many'"

# spread NAME SLOW FACTOR: the run, of whose pipe the first SLOW blocks take FACTOR times as long.
spread() {
	mkdir "$work/$1"
	awk -F, -v OFS=, -v slow="$2" -v factor="$3" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		NR > 1 && $at["mechanism"] == "pipe" && $at["block"] <= slow { $at["op_p50_ns"] *= factor } { print }' \
		"$work/base/samples.csv" >"$work/$1/samples.csv"
}
spread two_kinds 2 4
spread mostly_fast 8 1.25
spread mostly_slow 12 1.25
ok 'two kinds of runs' exits 0 '' "$handoff" compare "$work/base" "$work/two_kinds"
ok 'both are told, and how many are slow' says '^ +two kinds of runs: base [^;]*; new .* and 10 % of them 4\.0[0-9] us; p 0\.49'
ok 'and it is not the same' says '^inconclusive .*ipc/pipe:v .*modes$'
ok 'a ratio that is not new / base' exits 0 '' "$handoff" compare "$work/mostly_fast" "$work/mostly_slow"
ok 'says so' says '^ +new / base is 1\.2[0-9]*: the ratios of single runs vary'

# Two default sweeps have six runs of each configuration: enough for a verdict.
for run in base slow; do
	mkdir "$work/six_$run"
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR == 1 || $at["block"] <= 6' "$work/$run/samples.csv" >"$work/six_$run/samples.csv"
done
ok 'two sweeps of six runs' exits 0 '' "$handoff" compare "$work/six_base" "$work/six_slow"
ok 'have a verdict' says '^slower .* 6/6 .*ipc/pipe:v'

# What --fail-on takes for open: not a cell that is surely not slower, but one that is gone.
mkdir "$work/gone" "$work/wide"
grep -v ',pipe,' "$work/base/samples.csv" >"$work/gone/samples.csv"
# times of every second block halve: faster or the same, never slower
awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR > 1 && $at["mechanism"] == "pipe" && $at["block"] % 2 {
	$at["op_p50_ns"] *= 0.5 } { print }' "$work/base/samples.csv" >"$work/wide/samples.csv"
ok 'maybe faster, surely not slower' exits 0 '' "$handoff" compare --fail-on=slower:5% "$work/base" "$work/wide"
ok 'is inconclusive' says '^inconclusive .*ipc/pipe:v'
ok 'the other way it may be slower' exits 2 '' "$handoff" compare --fail-on=slower:5% "$work/wide" "$work/base"
ok 'a cell that has no figures any more' exits 2 '' "$handoff" compare --fail-on=slower:5% "$work/base" "$work/gone"
ok 'is named' joined_says '^not compared, no figures in .*gone: 1 configuration of ipc/pipe:v$'
ok 'a cell that is new' exits 0 '' "$handoff" compare --fail-on=slower:5% "$work/gone" "$work/base"
ok 'is named too' joined_says '^not compared, no figures in the base: 1 configuration of ipc/pipe:v$'

lacks() {
	! grep -q "$1" "$2"
}

# Charts of a made-up comparison of two arms, one of them incomparable, with paced cells; and of 14 round trips, of whose
# medians there is a verdict in arm1 and none in arm2.
mkdir "$work/drawn"
awk -v OFS=, 'BEGIN {
	print "schema,arm,flags,group,mechanism,variant,wait,pattern,msg_size_b,every_ns,placement,base_arm,metric,base,new,ratio,ratio_lo,ratio_hi,smallest_effect,verdict,design,fast_new,slow_new"
	for (m = 1; m <= 3; m++)
		for (a = 1; a <= 2; a++)
			for (every = 100000; every <= 1000000; every *= 10)
				print 1, "arm" a, m == 2 ? "noisy" : "", "ipc", "pipe" m, "v", "block", "paced", "", every, "same-l3", "none", "resp_p50_ns", \
					2000 * m, 2400 * m, 1.2, 1.1, 1.3, 0.02, a == 1 ? "incomparable" : m == 3 ? "inconclusive" : "slower", "boots", "", ""
	for (a = 1; a <= 2; a++)
		print 1, "arm" a, "", "ipc", "pipe1", "v", "block", "stream", "", "", "same-l3", "none", "throughput_mb_s", 10, 20, 2, 1.9, 2.1, 0.02, "faster", "boots", "", ""
	for (m = 1; m <= 14; m++)
		for (a = 1; a <= 2; a++)
			print 1, "arm" a, "", "ipc", "mq" m, "v", "block", "ping-pong", 64, "", "same-l3", "none", "op_p50_ns", 1000, 1000 + 100 * m, \
				1 + m / 9.5, 1 + m / 11, 1 + m / 9, 0.02, a == 1 ? "slower" : "inconclusive", "boots", \
				m == 3 && a == 1 ? 1100 : "", m == 3 && a == 1 ? 4000 : ""
}' >"$work/drawn/compare.csv"
awk -v OFS=, 'BEGIN {
	print "schema,run_id,arm,group,mechanism,variant,wait,pattern,msg_size_b,placement,percentile,value_ns"
	for (m = 1; m <= 14; m++)
		for (a = 0; a <= 2; a++)
			for (p = 10; p <= 99; p += 89 / 2)
				print 1, "r", a ? "arm" a : "none", "ipc", "mq" m, "v", "block", "ping-pong", 64, "same-l3", p == 54.5 ? 50 : p, int(1000 * m * (1 + a) + p)
}' >"$work/drawn/percentiles.csv"
awk -v OFS=, 'BEGIN {
	print "schema,run_id,block,arm,n,n_unused,n_noisy,relative,relative_lo,relative_hi"
	for (b = 6; b <= 12; b++)
		for (a = 0; a <= 2; a++)
			print 1, "r", b, a ? "arm" a : "none", 4, 0, b == 8 && !a, b / 9, b / 10, b / 8
}' >"$work/drawn/blocks.csv"
awk -v OFS=, 'BEGIN {
	print "schema,run_id,arm,status,flags,group,mechanism,variant,wait,pattern,msg_size_b,placement,metric,median,ci_lo,ci_hi,p99_median"
	for (a = 0; a <= 2; a++)
		print 1, "r", a ? "arm" a : "none", "ok", "", "ipc", "pipe", "v", "block", "ping-pong", 64, "same-l3", "op_p50_ns", 1000, 900, 1100, 3000
}' >"$work/drawn/summary.csv"

# told RUN: what gnuplot would be told of it, into RUN/told.
told() {
	rm -rf "$work/$1/told"
	"$handoff" plot --format=tsv --out="$work/$1/told" "$work/$1"
}

# marks RUN CHART KIND COLOUR: how many of a kind in a colour.
marks() {
	awk -F'\t' -v kind="$3" -v colour="$4" '
		/^# / { split($0, word, " "); inside = word[2] == kind; next }
		inside && NF && $NF == colour { n++ }
		END { print n + 0 }' "$work/$1/told/$2.tsv"
}

# texts RUN CHART PATTERN: its texts that are nothing but that.
texts() {
	sed -n "s/^[0-9.]*	[0-9.]*	\"\($3\)\"	[0-9]*\$/\1/p" "$work/$1/told/$2.tsv"
}

# captioned RUN CHART TEXT: title and caption have it.
captioned() {
	texts "$1" "$2" '.*' | tr '\n' ' ' | grep -F -- "$3"
}

# fewest RUN CHART: how many times stand at the panel that has the fewest; panels stand in two columns, 152 pixels apart.
fewest() {
	awk -F'\t' '
		$3 ~ /^"[0-9.]* [nmµ]s"$/ { n[($1 > 200) " " int(($2 - 60) / 152)]++ }
		END { for (i in n) if (least == "" || n[i] < least) least = n[i]; print least + 0 }' "$work/$1/told/$2.tsv"
}

ok 'charts of profiles' told drawn
for chart in ratios arms_heat arms_paced arms_percentiles drift round_trip percentiles_sleep; do
	ok "$chart is there" [ -s "$work/drawn/told/$chart.tsv" ]
done
ok 'a line per profile and mechanism' [ "$(grep -c '^# lines' "$work/drawn/told/arms_paced.tsv")" = 9 ]
ok 'crossed out: one profile of three mechanisms' [ "$(marks drawn arms_heat segments 8947848)" = 6 ]
ok 'hatched: one profile of fifteen' [ "$(($(marks drawn arms_heat segments 10066329) % 15))" = 0 ]
ok 'percentiles: twelve panels of fourteen' captioned drawn arms_percentiles 'The 12 of 14 configurations that changed most'
ok 'each profile is named once, for all panels' [ "$(texts drawn arms_percentiles 'none\|arm[12]' | tr '\n' ' ')" = 'none arm1 arm2 ' ]
ok 'hollow: where there is no verdict' [ "$(marks drawn arms_percentiles points 16777215)" = 36 ]
# symbols RUN CHART SYMBOL: how many points have that symbol of gnuplot.
symbols() {
	awk -F'\t' -v symbol="$3" '
		/^# / { inside = /# points/; next }
		inside && NF && $4 == symbol { n++ }
		END { print n + 0 }' "$work/$1/told/$2.tsv"
}
ok 'nothing was discarded: no cross' [ "$(symbols drawn arms_percentiles 2)" = 0 ]
cp -r "$work/drawn" "$work/crossed"
awk -F, -v OFS=, '
	NR == 1 { print $0 ",used"; next }
	{ print $0 ",yes" }
	$3 == "arm1" && $5 == "mq14" { $12 *= 90; print $0 ",no" }
	$3 == "none" && $5 == "mq13" { $11 = 99.9; $12 *= 90; print $0 ",no" }
	$3 == "none" && $5 == "mq12" && $11 == 50 { $5 = "mq99"; print $0 ",no" }' "$work/drawn/percentiles.csv" >"$work/crossed/percentiles.csv"
ok 'percentiles with runs that were discarded' told crossed
ok 'a cross, the farthest of those that a line has' [ "$(symbols crossed arms_percentiles 2)" = 1 ]
ok 'in no line' [ "$(grep -c '^# lines' "$work/drawn/told/arms_percentiles.tsv")" = "$(grep -c '^# lines' "$work/crossed/told/arms_percentiles.tsv")" ]
ok 'in the picture' tests/texts "$work/crossed/told/arms_percentiles.tsv"
ok 'which the caption says' captioned crossed arms_percentiles 'Cross: the same percentile of the runs that were discarded as noisy'
ok 'drift: each profile is named' [ "$(texts drawn drift 'none\|arm[12]' | sort | tr '\n' ' ')" = 'arm1 arm2 none ' ]
ok 'both kinds of runs are drawn' [ "$(awk -F'\t' '/^# / { split($0, word, " "); inside = word[2] == "points"; next } inside && $4 == 1 { n++ }
	END { print n + 0 }' "$work/drawn/told/ratios.tsv")" = 2 ]
ok 'other charts are of the base alone' captioned drawn round_trip 'profile none'
ok 'one figure of each configuration' [ "$(marks drawn round_trip points 29362)" = 1 ]
ok 'with one line for a mechanism' [ "$(texts drawn round_trip 'pipe:v block' | wc -l)" = 1 ]
ok 'the caption says the design' captioned drawn ratios 'a boot counts once'
ok 'incomparable is in the legend' captioned drawn ratios 'Cross: incomparable'
ok 'the ratio stands in the cell' [ -n "$(texts drawn arms_heat '1\.20')" ]
ok 'a rate is not among the times' [ -z "$(texts drawn arms_heat '2\.00')" ]
ok 'no text touches another or leaves the picture' tests/texts "$work"/drawn/told/*.tsv
ok 'percentiles: two times at each panel at least' [ "$(fewest drawn arms_percentiles)" -ge 2 ]
sed -i 's/,arm1,/,tuned:latency-performance,/; s/,arm2,/,knobs:no-deep-sleep-at-all,/' "$work"/drawn/*.csv
ok 'profiles with long names' told drawn
ok 'do not touch either' tests/texts "$work"/drawn/told/*.tsv
mkdir "$work/alike2"
awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print; next }
	$at["mechanism"] ~ /^mq[1-4]$/ { $at["ratio"] = 1.02; $at["ratio_lo"] = 1.01; $at["ratio_hi"] = 1.03; print }' \
	"$work/drawn/compare.csv" >"$work/alike2/compare.csv"
ok 'profiles that are alike' told alike2
ok 'ratios have two labels at least' [ "$(texts alike2 ratios '[01]\.*[0-9]*' | sort -u | wc -l)" -ge 2 ]
sed -i '/,mq[2-4],/d' "$work/alike2/compare.csv"
sed -n '1p; /,none,ipc,mq1,.*,50,/p' "$work/drawn/percentiles.csv" >"$work/alike2/percentiles.csv"
ok 'one mechanism, of whose times one profile has its own' told alike2
ok 'no label is over another' tests/texts "$work"/alike2/told/*.tsv
cp -r "$work/drawn" "$work/one"
sed -i '/^1,knobs/d' "$work/one/compare.csv"
ok 'one profile' told one
ok 'has no map of profiles' [ ! -e "$work/one/told/arms_heat.tsv" ]
sed -i 's/^1,tuned:latency-performance,/1,first arm,/' "$work/drawn/compare.csv"
ok 'a profile whose name has a blank' told drawn
ok 'is called so' [ "$(texts drawn ratios 'first arm' | wc -l)" -ge 1 ]
if command -v gnuplot >/dev/null; then
	ok 'gnuplot draws them' exits 0 '' "$handoff" plot --format=svg,png "$work/drawn"
	ok 'as svg and png' [ -s "$work/drawn/charts/ratios.svg" -a -s "$work/drawn/charts/arms_heat.png" ]
else
	skip 'gnuplot draws them' 'gnuplot is missing'
fi
echo "1..$n"
