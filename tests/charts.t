#!/bin/sh
# SPDX-License-Identifier: MIT
# The charts of scripts/plot, as far as the text of the SVG files tells: of rows that are made up so that something could go wrong. tests/matrix.t and tests/compare.t look at theirs.
set -u
cd "$(dirname "$0")/.." || exit 1
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

# points CHART: of all lines.
points() {
	grep -c '<use xlink:href=.#gpPt[0-9]*. transform' "$work/$1.svg"
}

if ! command -v gnuplot >/dev/null; then
	skip 'charts' 'gnuplot is missing'
	echo "1..$n"
	exit
fi

# The lines of a plan come in any order.
for threads in 8 2 4 1; do
	echo "mutex:normal block same-l3 ops_per_s $((5000000 / threads)) group=sync experiment=contended threads=$threads think_ns=500"
done | rows "$work/order"
ok 'a line whose points come in no order' exits 0 '' scripts/plot "$work/order"
ok 'has all of them in the picture' [ "$(points order/charts/locks)" = 4 ]

echo "1..$n"
