#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# A run of schema version 1 is read as one of today. tests/data/version1 is a part of one: 11 configurations, one of which (tcp)
# version 1 took for two, because the kernel gave its runs two sizes of the send buffer. What becomes of a row: unit_version1.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
handoff=$build/handoff
. tests/tap.sh

cp -r tests/data/version1 "$work/old"
ln -s old "$work/again"

# figures FILE WHAT: rows of summary.csv or compare.csv with figures, by mechanism and variant: "column value" where asked for.
figures() {
	tsv "$1" | awk -F '\t' -v what="$2" -v column="$3" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["mechanism"] ":" $at["variant"] == what && $at["n"] > 0 { print $at[column] }'
}

ok 'a report' exits 0 '' "$handoff" report "$work/old"
ok 'has a page' [ -s "$work/old/report.html" ]
ok 'and a summary of this version' tests/read-csv "summary.csv:$work/old/summary.csv"
ok 'which says so' [ "$(values "$work/old/summary.csv" schema | sort -u)" = 2 ]
ok 'buffers that the kernel chose part no configuration' [ "$(figures "$work/old/summary.csv" tcp:v4 n)" = 6 ]
ok 'its figure is of all its runs' [ "$(figures "$work/old/summary.csv" tcp:v4 options)" = '' ]
ok 'who waits by spinning stands where it is a fact' [ "$(figures "$work/old/summary.csv" pipe:pair effective | grep -c "^initiator=spin+")" = 1 ]
# its median in summary.csv as version 1 wrote it
ok 'a pipe has the figure that it had' [ "$(figures "$work/old/summary.csv" pipe:pair median | sort)" = \
	"$(figures tests/data/version1/summary.csv pipe:pair median | sort)" ]
ok 'a comparison with itself' exits 0 '' "$handoff" compare --csv "$work/old" "$work/again"
mv "$work/out" "$work/compare.csv"
ok 'has each configuration once' [ "$(figures "$work/compare.csv" tcp:v4 n)" = 6 ]
ok 'nothing is faster or slower' [ -z "$(values "$work/compare.csv" verdict | grep -E '^(faster|slower)$')" ]
ok 'a pack' exits 0 '' "$handoff" pack --out="$work/old.tar.gz" "$work/old"
ok 'and a report on it' exits 0 '' "$handoff" report --out="$work/unpacked" "$work/old.tar.gz"
ok 'has the same summary' [ "$(values "$work/unpacked/summary.csv" median)" = "$(values "$work/old/summary.csv" median)" ]
echo "1..$n"
