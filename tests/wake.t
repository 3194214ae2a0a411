#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring
# Rows of waking from outside: figures between two PUs only where their clocks agree well enough, and who slept.
# shellcheck disable=SC2016 # awk programs are passed on as they stand
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
. tests/tap.sh
. tests/run.sh

rows() {
	name=$1
	shift
	"$BUILD/$name" --iterations=300 "$@" >"$work/$name.csv" 2>/dev/null
}

if [ "$(nproc)" -lt 2 ]; then
	echo "1..0 # SKIP needs two CPUs"
	exit 0
fi
rows sync_barrier --experiment=broadcast --repeat=8 # several: spinners are near the bound when nobody disturbs them
rows sync_condvar --experiment=broadcast --threads=3
rows sync_futex --experiment=handoff
rows sync_cache_line
for name in sync_barrier sync_condvar; do
	ok "$name: the bound of the clocks stands in every row" none "$work/$name.csv" \
		'get("status") == "ok" && get("clock_skew_bound_ns") == "" { print $0 }'
	ok "$name: no figure that the bound could change by more than a tenth" none "$work/$name.csv" \
		'get("first_awake_p50_ns") != "" && 10 * get("clock_skew_bound_ns") > get("first_awake_p50_ns") + 0 { print $0 }
		get("last_awake_p50_ns") != "" && 10 * get("clock_skew_bound_ns") > get("last_awake_p50_ns") + 0 { print $0 }'
	ok "$name: a figure, or the flag that says why not" none "$work/$name.csv" \
		'get("status") == "ok" && get("last_awake_p50_ns") == "" && get("flags") !~ /clock_skew/ { print $0 }'
	ok "$name: the last is not awake before the first" none "$work/$name.csv" \
		'get("first_awake_p50_ns") + 0 > get("last_awake_p50_ns") + 0 && get("flags") !~ /clock_skew/ { print $0 }'
	ok "$name: as many rounds as were asked for" none "$work/$name.csv" \
		'get("status") == "ok" && get("n_ops") != 300 { print $0 }'
	ok "$name: no round trip, no mean of rounds with their pauses" none "$work/$name.csv" \
		'get("rtt_p50_ns") != "" || get("op_ns") != "" { print $0 }'
done
ok 'p99 of 300 rounds is not given' none "$work/sync_condvar.csv" 'get("first_awake_p99_ns") != "" { print $0 }'
ok 'who waits on a futex sleeps' none "$work/sync_futex.csv" \
	'get("status") == "ok" && !(get("slept_share") > 0 && get("slept_share") <= 1) { print $0 }'
ok 'who watches a cache line never sleeps' none "$work/sync_cache_line.csv" \
	'get("status") == "ok" && !(get("slept_share") == 0 && get("slept_share") != "") { print $0 }'
echo "1..$n"
