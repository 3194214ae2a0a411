#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring
# Rows of a fan-out from outside: what is timed of it, whose clocks are compared, and who has to sleep.
# shellcheck disable=SC2016 # awk programs are passed on as they stand
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
. tests/tap.sh
. tests/run.sh

rows() {
	name=$1
	shift
	"$BUILD/ipc_posix_shm" --variant=ring-all --iterations=1200 "$@" >"$work/$name" 2>"$work/err"
}

cpus=$(awk '/^Cpus_allowed_list/ { print $2 }' /proc/self/status)
first=${cpus%%[,-]*}

rows tight --pattern=fan-out --cpus="$first" --wait=futex
ok 'one CPU for each side' grep -q 'one CPU for each side' "$work/err"
rows tight --pattern=fan-out --cpus="$first,$first,$first"
# On a machine with much else to do the schedule may not be kept: then again.
paced() {
	rows paced --consumers=2 --every=1ms --cpus="$first,$first,$first"
	! grep -q ',overload,' "$work/paced"
}
until_ok paced
for name in tight paced; do
	ok "$name: two consumers and their sender are on one CPU, where they sleep" none "$work/$name" \
		'get("status") != "ok" || get("wait") != "futex" || get("consumers") != 2 || get("flags") !~ /oversubscribed/ ||
			!(get("slept_share") > 0) { print $0 }'
	ok "$name: every message came to all" none "$work/$name" 'get("n_samples") != 1200 || get("n_ops") != 1200 { print $0 }'
	ok "$name: the last has it later than the first" none "$work/$name" \
		'!(get("resp_p50_ns") > get("first_resp_p50_ns") + 0) || !(get("resp_p99_ns") >= get("first_resp_p99_ns") + 0) ||
			!(get("first_resp_p50_ns") > 0) { print $0 }'
	ok "$name: no round trip" none "$work/$name" 'get("rtt_p50_ns") != "" { print $0 }'
	ok "$name: of one CPU there are no clocks to compare" none "$work/$name" 'get("clock_skew_bound_ns") + 0 != 0 { print $0 }'
done
ok 'tight: a rate, and the time until the sender sees that all have it' none "$work/tight" \
	'!(get("messages_per_s") > 0) || !(get("op_p50_ns") >= get("resp_min_ns") + 0) || get("send_late_p50_ns") != "" { print $0 }'
ok 'on a schedule: how late the send was, and no rate' none "$work/paced" \
	'get("messages_per_s") != "" || get("op_p50_ns") != "" || get("ops_per_s") != "" || get("send_late_p50_ns") == "" ||
		get("effective") !~ /initiator=sleep/ { print $0 }'
rows spin --pattern=fan-out --cpus="$first,$first,$first" --wait=spin
ok 'a consumer that spins has a CPU of its own' none "$work/spin" 'get("status") != "skipped" || get("reason") !~ /livelock/ { print $0 }'

if [ "$cpus" != "$first" ]; then
	rows apart --consumers=1 --every=100us --repeat=4 # several: spinners are near the bound when nobody disturbs them
	ok 'apart: the bound of the clocks stands in every row' none "$work/apart" \
		'get("status") == "ok" && !(get("clock_skew_bound_ns") > 0) { print $0 }'
	ok 'apart: no figure that the bound could change by more than a tenth' none "$work/apart" '
		function doubtful(name) { return get(name) != "" && 10 * get("clock_skew_bound_ns") > get(name) + 0 }
		doubtful("resp_min_ns") || doubtful("resp_p50_ns") || doubtful("first_resp_p50_ns") { print $0 }'
	ok 'apart: a figure, or the flag that says why not' none "$work/apart" \
		'get("status") == "ok" && (get("resp_p50_ns") == "" || get("first_resp_p50_ns") == "") &&
			get("flags") !~ /clock_skew/ { print $0 }'
fi
echo "1..$n"
