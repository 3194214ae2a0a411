#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# What is planned for machines that are not here, described by hwloc: every relation that they have, and no growth with PUs.
set -u
cd "$(dirname "$0")/.." || exit 1
handoff=$(cd "${BUILD:-build}" && pwd)/handoff || exit 1
. tests/tap.sh

# plan NAME: all cells for the machine that the environment describes, one line each, into $work/NAME.
plan() {
	rm -rf "$work/plan"
	"$handoff" sweep --plan-only --budget="${budget:-5m}" --seed=1 --out="$work/plan" >"$work/out" 2>"$work/err" || {
		cat "$work/err"
		return 1
	}
	awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["block"] == "" || $at["block"] == 1 { print $at["placement"], $at["cpus"], $at["status"] }' \
		"$work/plan/plan.csv" >"$work/$1"
}

synthetic() {
	HWLOC_SYNTHETIC=$2 plan "$1"
}

# relations NAME: those of the plan, in one line.
relations() {
	cut -d, -f1 "$work/$1" | grep . | sort -u | tr '\n' ' '
}

# threads: the most of a cell, of them on PUs of their own, and how many cells have another number of PUs.
threads() {
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	!($at["threads"] > 0) { next }
	{ n = split($at["cpus"], pu, "+"); wrong += n != $at["threads"]; apart = 0; split("", seen) }
	{ for (i = 1; i <= n; i++) apart += !seen[pu[i]]++ }
	n > most { most = n; own = apart }
	END { print most, own, wrong + 0 }' "$work/plan/plan.csv"
}

ok 'one PU' synthetic one 'package:1 core:1 pu:1'
ok 'everything is on it' [ "$(relations one)" = 'same-pu ' ]
ok 'two sockets with SMT' synthetic sockets 'package:2 [numa] l3:1 core:4 pu:2'
ok 'their relations' [ "$(relations sockets)" = 'other-package same-l3 same-pu smt ' ]
ok 'eight nodes with several L3 each' synthetic nodes 'package:2 numa:4 l3:4 core:2 pu:2'
ok 'all relations but a shared L2' [ "$(relations nodes)" = 'other-package same-l3 same-node same-package same-pu smt ' ]
ok 'clusters with a common L2' synthetic clusters 'package:1 [numa] l3:1 l2:4 core:4 pu:1'
ok 'the L2 is a relation' [ "$(relations clusters)" = 'same-l2 same-l3 same-pu ' ]
ok 'a guest whose CPUs have a package each, on two nodes' synthetic guest 'numa:2 package:8 core:1 pu:1'
ok 'pairs in a node and across are two relations' [ "$(relations guest)" = 'other-node other-package same-pu ' ]
pair() { # the CPUs of most cells of two cores
	sed -n 's/^same-l[23],\([^,]*\),.*/\1/p' "$work/hybrid" | sort | uniq -c | sort -rn | sed -n '1s/.* //p'
}
hybrid() {
	HWLOC_XMLFILE=tests/data/hybrid.xml plan hybrid
}
ok 'cores of two kinds' hybrid
ok 'its pairs are of two fast ones, though slow ones are closer' [ "$(pair)" = 1+2 ]
ok '16 PUs' synthetic small 'package:1 [numa] l3:1 core:8 pu:2'
ok '512 PUs with the same relations' synthetic large 'package:1 [numa] l3:1 core:256 pu:2'
ok 'the same relations' [ "$(relations small)" = "$(relations large)" ]
ok 'at most twice the rows' [ "$(wc -l <"$work/large")" -le $((2 * $(wc -l <"$work/small"))) ]
ok 'a PU for each thread, up to twice as many threads as PUs' [ "$(threads)" = '1024 512 0' ]
ok 'PU 0 is left alone where there is a choice' sh -c "! grep -E '^(smt|same-l3),(0\+|[0-9]+\+0,)' '$work/small'"
ok 'the pilot has six invocations of each cell' [ "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "block") b = i; next }
	$b != "" && $b > most { most = $b } END { print most }' "$work/plan/plan.csv")" = 6 ]
ok 'the minutes are said first' grep -q '^about 5m 00s: ' "$work/err"

# answers CURVES: of each of the ten mechanisms that most people ask for, the plan at hand has round trips of 64 B on one CPU and
# on two cores, of 4 and 64 KiB where it moves so much, and a schedule that is long enough for a p99. So many have all six sizes.
answers() {
	awk -F, -v curves="$1" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["block"] != 1 || $at["status"] != "" || $at["load"] != "" { next }
		{
			name = $at["mechanism"] ":" $at["variant"]
			sleeps = $at["wait"] == "block" || $at["wait"] == "futex"
			where = $at["placement"] == "same-pu" ? "one" : "two"
		}
		$at["pattern"] == "ping-pong" && sleeps { trips[name, $at["msg_size_b"], where] = 1 }
		$at["pattern"] == "paced" && $at["duration_ns"] >= 1000 * $at["every_ns"] { tail[name] = 1 }
		$at["pattern"] == "stream" { streams[name, $at["msg_size_b"]] = 1 }
		function lacks(what) { print name " has no " what; bad = 1 }
		END {
			split("pipe:pair unix_stream:socketpair posix_shm:ring tcp:v4 unix_dgram:socketpair udp:v4 " \
				"posix_mq:pair sysv_msg:pair eventfd:pair futex:pair", ten, " ")
			split("64 256 1024 4096 16384 65536", sizes, " ")
			for (i = 1; i <= 10; i++) {
				name = ten[i]
				size = i > 8 ? "" : 64
				if (!((name, size, "one") in trips) || !((name, size, "two") in trips)) lacks("round trip of one message")
				if (i <= 8 && !((name, 4096, "two") in trips)) lacks("round trip of 4 KiB")
				if (i <= 5 && !((name, 65536, "two") in trips)) lacks("round trip of 64 KiB")
				if (!(name in tail)) lacks("schedule with a p99")
				for (k = 1; i <= curves && k <= 6; k++)
					if (!((name, sizes[k], "two") in trips) || !((name, sizes[k]) in streams)) lacks(sizes[k] " B")
			}
			exit bad
		}' "$work/plan/plan.csv"
}
ok 'two cores' synthetic two 'package:1 [numa] l3:1 core:2 pu:1'
ok 'in five minutes they answer what most people ask, with curves' answers 5

# locks: how many locks the plan at hand takes and gives back with nobody beside.
locks() {
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["block"] == 1 && $at["experiment"] == "uncontended" { n++ }
		END { print n + 0 }' "$work/plan/plan.csv"
}
budget=1m
ok 'two cores for one minute' synthetic minute 'package:1 [numa] l3:1 core:2 pu:1'
ok 'it has the locks, too, before what takes a second beside a busy process' [ "$(locks)" -ge 15 ]
budget=
ok 'two packages of 32 CPUs' synthetic server 'package:2 [numa] l3:4 core:4 pu:2'
ok 'these too, without the curves' answers 0

for xml in tests/data/*.xml; do
	[ -e "$xml" ] || continue
	name=$(basename "$xml" .xml)
	ok "machine $name" env HWLOC_XMLFILE="$xml" "$handoff" sweep --plan-only --seed=1 --out="$work/$name-plan"
done
for xml in tests/data/refused/*.xml; do
	ok "machine $(basename "$xml" .xml) is refused" exits 71 'topology' env HWLOC_XMLFILE="$xml" "$handoff" sweep --plan-only \
		--out="$work/refused"
done
ok 'such a machine cannot be measured' sh -c \
	"HWLOC_SYNTHETIC='package:1 core:2 pu:1' '$handoff' sweep --out='$work/none' 2>&1 | grep -q 'describes another machine: only --plan-only is possible'"
echo "1..$n"
