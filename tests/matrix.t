#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring
# `handoff matrix` from outside: what it refuses, the file, an interrupt, the picture for few and for hundreds of PUs.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
. tests/tap.sh

# refused WORDS OPTION...: exit code 64, one line on stderr with the words, nothing on stdout.
refused() {
	words=$1
	shift
	"$BUILD/handoff" matrix "$@" >"$work/out" 2>"$work/err"
	[ $? = 64 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" = 1 ] && grep -q "$words" "$work/err"
}

# Every row has all fields; rows that are ok have figures in order; PUs stand in logical order.
sound() {
	awk -F, '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; fields = NF; next }
		NF != fields { print "fields: " $0; bad = 1 }
		$at["first_index"] + 0 >= $at["second_index"] + 0 { print "order: " $0; bad = 1 }
		$at["status"] == "ok" {
			if (!($at["median"] > 0) || $at["n"] < 1) { print "figure: " $0; bad = 1 }
			if ($at["n"] >= 6 && !($at["ci_lo"] <= $at["median"] && $at["median"] <= $at["ci_hi"])) {
				print "interval: " $0; bad = 1
			}
			if ($at["n"] < 6 && $at["ci_lo"] != "") { print "an interval of too few: " $0; bad = 1 }
		}
		$at["status"] != "ok" && ($at["median"] != "" || $at["reason"] == "") { print "no reason: " $0; bad = 1 }
		END { exit bad || NR < 2 }' "$1"
}

# made COUNT SHARE: a matrix file of COUNT PUs (SMT pairs, L3 of 32, nodes of 128, packages of 256) with a SHARE of pairs.
made() {
	awk -F, -v n="$1" -v share="$2" '
		function relation(a, b) {
			return int(a / 2) == int(b / 2) ? "smt" : int(a / 32) == int(b / 32) ? "same-l3" : \
				int(a / 128) == int(b / 128) ? "same-node" : int(a / 256) == int(b / 256) ? \
				"same-package" : "other-package"
		}
		{ print; for (i = 1; i <= NF; i++) at[$i] = i; fields = NF }
		END {
			srand(1)
			split("smt 40 same-l3 100 same-node 200 same-package 300 other-package 700", w, " ")
			for (i = 1; i < 10; i += 2) ns[w[i]] = w[i + 1]
			for (a = 0; a < n; a++)
				for (b = a + 1; b < n; b++) {
					taken = rand() < share
					if (!taken && b != a + 1) continue
					for (i = 1; i <= fields; i++) f[i] = ""
					f[at["schema"]] = 2; f[at["run_id"]] = "made"; f[at["mechanism"]] = "cache_line"
					f[at["variant"]] = "load_store"; f[at["status"]] = taken ? "ok" : "not_planned"
					f[at["placement"]] = relation(a, b); f[at["first_pu"]] = f[at["first_index"]] = a
					f[at["second_pu"]] = f[at["second_index"]] = b
					if (taken) f[at["median"]] = ns[relation(a, b)] * (1 + rand() / 5)
					for (i = 1; i <= fields; i++) printf "%s%s", f[i], i < fields ? "," : "\n"
				}
		}' "$work/header"
}

# ends L3 NODE PACKAGE: the sampled picture of 512 PUs has so many lines in the colour of each.
ends() {
	for colour in '255, 255, 255' ' 85,  85,  85' '  0,   0,   0'; do
		lines=$(sed -n "/path stroke='rgb($colour)'/,/>/p" "$work/m512-matrix.svg" | grep -o 'M[0-9]' | wc -l)
		[ "$lines" = "$1" ] || {
			echo "rgb($colour): $lines lines, not $1"
			return 1
		}
		shift
	done
}

# drawn COUNT SHARE LEAST_KB MOST_KB: the picture of such a file is there, neither empty nor too large to open.
drawn() {
	made "$1" "$2" >"$work/m$1.csv"
	"$BUILD/handoff" plot --format=svg,png "$work/m$1.csv" || return 1
	for ending in svg png; do
		kb=$(($(wc -c <"$work/m$1-matrix.$ending") / 1024))
		if [ "$kb" -lt "$3" ] || [ "$kb" -gt "$4" ]; then
			echo "$ending: $kb KiB"
			return 1
		fi
	done
}

# paired NAME MEDIAN...: the picture of PUs of one L3 whose pairs, 0 and 1, 0 and 2 ..., have these medians, each with an interval
# of 5 %.
paired() {
	name=$1
	shift
	awk -F, -v medians="$*" '
		{ print; for (i = 1; i <= NF; i++) at[$i] = i; fields = NF }
		END {
			n = split(medians, ns, " ")
			for (b = 1; k < n; b++)
				for (a = 0; a < b && k < n; a++) {
					for (i = 1; i <= fields; i++) f[i] = ""
					f[at["schema"]] = 2; f[at["run_id"]] = "made"; f[at["mechanism"]] = "cache_line"
					f[at["variant"]] = "load_store"; f[at["status"]] = "ok"; f[at["placement"]] = "same-l3"
					f[at["first_pu"]] = f[at["first_index"]] = a; f[at["second_pu"]] = f[at["second_index"]] = b
					f[at["median"]] = ns[++k]; f[at["n"]] = 9
					f[at["ci_lo"]] = 0.97 * ns[k]; f[at["ci_hi"]] = 1.02 * ns[k]
					for (i = 1; i <= fields; i++) printf "%s%s", f[i], i < fields ? "," : "\n"
				}
		}' "$work/header" >"$work/$name.csv"
	"$BUILD/handoff" plot "$work/$name.csv" && tests/texts "$work/$name-matrix.svg"
}

# bar NAME: the labels of the colour bar: no other text is a number with a unit.
bar() {
	sed -n 's/.*<text>\([0-9.]* [nµm]s\)<.*/\1/p' "$work/$1-matrix.svg"
}

# labelled NAME: the colour bar has two labels at least, and none twice.
labelled() {
	bar "$1" >"$work/labels"
	cat "$work/labels"
	[ "$(wc -l <"$work/labels")" -ge 2 ] && [ -z "$(sort "$work/labels" | uniq -d)" ]
}

# says NAME TEXT: the words below the title have it.
says() {
	sed -n 's/<desc>//p' "$work/$1-matrix.svg" | grep -F -- "$2"
}

# slowest NAME: how many cells have the last of the colours.
slowest() {
	grep -c "<polygon fill = 'rgb(253, 231,  37)'" "$work/$1-matrix.svg"
}

"$BUILD/handoff" matrix --help >"$work/out"
ok '--help' grep -q -- --budget=T "$work/out"
ok 'a budget without a unit' refused 'a number and a unit' --budget=60
ok 'a budget too small' refused 'at least 1s' --budget=1ms
ok 'an unknown option' refused 'no such option' --pairs=3
ok 'an argument' refused 'takes no argument' 3
ok 'an unknown primitive' refused 'no such primitive' --of=pigeon:post
ok 'a primitive that hands nothing over' refused 'does not hand over' --of=mutex:normal
ok 'a primitive of one PU' refused 'does not hand over between two CPUs' --of=context_switch:futex
mkdir "$work/full"
touch "$work/full/file"
"$BUILD/handoff" matrix --out="$work/full" >/dev/null 2>"$work/err"
ok 'a directory that is not empty: exit code 73' [ $? = 73 ]
taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')" "$BUILD/handoff" matrix --out=- >"$work/out" 2>"$work/err"
ok 'one PU: exit code 69' [ $? = 69 ]
ok 'one PU: says so' grep -q 'needs two CPUs' "$work/err"

if [ "$(nproc)" -lt 2 ]; then
	skip 'measures' 'needs two PUs'
else
	with_time figures "$work/run" "$BUILD/handoff" matrix >"$work/out" 2>"$work/err"
	ok 'measures: exit code' [ $? = 0 ]
	ok 'the directory is the last line' [ "$(tail -n 1 "$work/out")" = "$work/run" ]
	ok 'the file is sound' sound "$work/run/matrix.csv"
	ok 'a picture' [ -s "$work/run/charts/matrix.svg" ]
	"$BUILD/handoff" matrix --budget=3s --of=futex:wait_wake --out=- >"$work/m.csv" 2>"$work/err"
	ok 'another primitive, to standard output' sound "$work/m.csv"
	"$BUILD/handoff" matrix --budget=60m --of=condvar:held --out="$work/cut" >"$work/out" 2>"$work/progress" &
	pid=$!
	await $pid grep -qs 'runs each' "$work/progress"
	kill -INT $pid 2>/dev/null
	wait $pid
	ok 'Ctrl-C: exit code' [ $? = 130 ]
	ok 'Ctrl-C: what there is, is in the file' sound "$work/cut/matrix.csv"
fi

"$BUILD/handoff" matrix --budget=1s --out=- 2>/dev/null | head -n 1 >"$work/header"
if ! command -v gnuplot >/dev/null; then
	skip 'pictures' 'gnuplot is missing'
elif [ ! -s "$work/header" ]; then
	skip 'pictures' 'needs two PUs'
else
	for range in 'narrow 380 390 400 405 410 420' 'real 568.319 576.511 583.679 590 600 613.375' 'wide 50 90 200 700 1500 3000' \
		'odd 1.001 1.002 1.0015'; do
		# shellcheck disable=SC2086 # words
		ok "colours of the medians $range" paired $range
		ok 'have two labels' labelled "${range%% *}"
	done
	ok 'a matrix of one value' paired equal 400 400 400 400 400 400
	ok 'has no bar of colours' [ -z "$(bar equal)" ]
	ok 'nor has one pair' paired one 576.511
	ok 'the range is said in numbers' says narrow 'from 380 ns to 420 ns, the slowest 1.11 times the fastest'
	ok 'and how wide the intervals are' says narrow 'The 95 % interval is 5 % wide (median)'
	ok 'where all are equal it is one' says equal 'of all 6 pairs: 400 ns.'
	ok 'of one pair too' says one 'of the only pair: 577 ns. The 95 % interval is 5 % wide.'
	ok 'colours go to the slowest' [ "$(slowest wide)" = 2 ]
	ok 'but not over less than a fifth' [ "$(slowest narrow)$(slowest real)$(slowest equal)" = 000 ]
	ok 'figures have a unit' says narrow 'Figures: ns.'
	ok 'and a PU none with itself' [ "$(grep -c NaN "$work/narrow-matrix.svg")" = 0 ]
	ok 'a line that is nowhere is not explained' [ "$(says narrow "line: another" | wc -l)" = 0 ]
	ok 'a picture of 2 PUs' drawn 2 1 5 200
	ok 'a picture of 512 PUs, sampled' drawn 512 0.02 20 2000
	ok 'where L3, node and package end: 12, 2 and 1 lines each way' ends 24 4 2
	ok 'the diagonal hides no neighbours' [ "$(grep -c "<polygon fill = '#FFFFFF'" "$work/m512-matrix.svg")" = 0 ]
	ok 'lines are explained' says m512 'White line: another L3. Grey line: another NUMA node. Black line: another package.'
fi
echo "1..$n"
