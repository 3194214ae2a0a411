#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring
# --load: known processes beside a measurement, on other PUs than its own, which end with it whatever ends it.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
. tests/tap.sh
[ "$(nproc)" -gt 1 ] && two=1 || two=

# one COLUMN: its value in the first row of $work/rows.
one() {
	values "$work/rows" "$1" | head -n 1
}

# measures OPTION...: one row of one thread into $work/rows.
measures() {
	"$build"/sync_mutex --variant=normal --experiment=uncontended --duration=20ms "$@" >"$work/rows" 2>"$work/err"
}

# The PUs of the load and those that are measured have none in common.
apart() {
	for pu in $(one cpus | tr + ' '); do
		case +$(one load_cpus)+ in
		*+"$pu"+*) return 1 ;;
		esac
	done
}

# The processes of a microbenchmark that were started below process $1, it itself not among them.
children() {
	pgrep -P "$1"
}

# Whether processes below $1 run $2 at least.
many() {
	[ "$(children "$1" | wc -l)" -ge "$2" ]
}

gone() {
	for pid in $1; do
		[ ! -e "/proc/$pid" ] || return 1
	done
}

ok 'a kind that does not exist' exits 64 'one of none sibling memory cpu same' "$build"/ipc_pipe --load=disk
ok 'where nobody knows which PUs are measured' exits 64 'placement=free' "$build"/ipc_pipe --load=cpu --placement=free
ok 'none: a row as without' measures --load=none
ok 'then the row names no load' [ -z "$(one load)$(one load_cpus)$(one load_share)" ]
ok 'same: a busy process on the CPU that is measured' measures --load=same --load-nice=5
ok 'just there' [ "$(one load_cpus)" = "$(one cpus)" ]
ok 'the row says the class that was in force' [ "$(one load_sched) $(one load_sched_seen)" = 'other+nice:5 other+nice:5' ]
ok 'and how much of its time it had' awk "BEGIN { exit !($(one load_share) > 0 && $(one load_share) < 1) }"
# The time is ours, the load's and that of others; half of the load's is for what the kernel counts in steps of 10 ms.
alone() {
	measures --load=same --iterations=20000000 || return 1
	own=$(awk "BEGIN { printf \"%.0f\", $(one cpu_ns_per_op) * $(one n_ops) }")
	awk "BEGIN { exit !($(one foreign_cpu_ns) + $own + $(one load_share) * $(one counted_ns) / 2 < $(one counted_ns)) }"
}
ok 'its time is not that of others' until_ok alone
ok 'a class without a slice has none' exits 64 'slice is of the classes other and batch' "$build"/ipc_pipe --sched=idle --slice=1ms
ok 'the slice that was in force' sh -c "$build/sync_mutex --variant=normal --experiment=uncontended --duration=1ms --slice=1ms >$work/rows"
slice=$(one slice_seen_ns)
ok 'is the one asked for, or the kernel knows none' [ "${slice:-1000000}" = 1000000 ]
# Where others are at work as well, a schedule may not be kept: then there are no figures, and it is tried again.
keeps() {
	"$build"/ipc_pipe --every=10ms --duration=200ms --load=same >"$work/rows" 2>"$work/err" && [ "$(one status)" = ok ]
}
ok 'a schedule beside it is kept' until_ok keeps
ok 'the initiator sleeps until it is due, on two CPUs as well' grep -q 'initiator=sleep' "$work/rows"
ok 'response times are from the intended send' test -n "$(one resp_p50_ns)"
"$build"/sync_mutex --variant=normal --experiment=uncontended --duration=1ms --load=same --load-nice=-5 >"$work/rows" 2>"$work/err"
code=$?
[ $code = 0 ] && ok 'a nice value that is allowed is in force' [ "$(one load_sched_seen)" = other+nice:-5 ]
[ $code = 0 ] || ok 'one that is not is skipped with the reason' grep -q 'class other+nice:-5 of the load refused' "$work/rows"
all=$(seq -s , 0 $(($(nproc --all) - 1)))
if [ "$(nproc)" = "$(nproc --all)" ]; then
	ok 'no PU left for it: the row says so' exits 69 'none is left' "$build"/sync_mutex --variant=normal \
		--experiment=contended --threads="$(nproc)" --cpus="$all" --load=cpu --duration=5ms
	cp "$work/out" "$work/rows"
	ok 'it is skipped and still bears the load it was to have' [ "$(one status) $(one load)" = 'skipped cpu' ]
else
	skip 'no PU left for it: the row says so' 'some PUs cannot be used here'
fi

if [ -n "$two" ]; then
	ok 'cpu: all other PUs are busy' measures --load=cpu
	ok 'the row says where it ran, each PU once' [ "$(one load_cpus | tr + '\n' | sort -u | wc -l)" = $(($(nproc) - 1)) ]
	ok 'not on the PU that is measured' apart
	ok 'and how much of its time it had' test -n "$(one load_share)"
	ok 'which is a share above 0' awk "BEGIN { exit !($(one load_share) > 0 && $(one load_share) < 1.05) }"
	ok 'memory: copies beside it' measures --load=memory
	ok 'the row says how much was copied' awk "BEGIN { exit !($(one load_mb_s) > 0) }"
	ok 'and not on the PU that is measured' apart
	if [ "$(one flags | grep -c node_unverified)" = 0 ]; then
		ok 'and on which node' test -n "$(one load_node)"
	fi

	"$build"/ipc_pipe --placement=same-pu --duration=100s --load=cpu >/dev/null 2>&1 &
	driver=$!
	await $driver many $driver $(($(nproc) + 1))
	crowd=$(children $driver)
	kill -TERM $driver
	wait $driver
	ok 'SIGTERM: exit code 130' [ $? = 130 ]
	ok 'and all of it is gone' until_ok gone "$crowd"
	"$build"/ipc_pipe --placement=same-pu --duration=100s --load=memory >/dev/null 2>&1 &
	driver=$!
	await $driver many $driver 3
	crowd=$(children $driver)
	kill -KILL $driver
	wait $driver 2>/dev/null
	ok 'SIGKILL: all of it is gone' until_ok gone "$crowd"
	# shellcheck disable=SC2086
	kill -KILL $crowd 2>/dev/null
	# On a busy machine a run may be over before its load is seen: then the next, longer one.
	for s in 3 10 30 100; do
		"$build"/ipc_pipe --placement=same-pu --duration=${s}s --load=cpu >"$work/rows" 2>"$work/err" &
		driver=$!
		await $driver many $driver $(($(nproc) + 1))
		victim=$(children $driver | head -n 1) # the load is started first
		[ -n "$victim" ] && kill -KILL "$victim" 2>/dev/null && break
		wait $driver
	done
	wait $driver
	ok 'a load that dies: exit code 70' [ $? = 70 ]
	ok 'and a row without figures that says so' grep -q ",failed,.*the load's process on CPU [0-9]* ended: Killed" "$work/rows"
	ok 'which has none' [ -z "$(one rtt_p50_ns)" ]
else
	skip 'cpu, memory: beside the measured PU' 'one PU'
fi
if [ "$(cat /sys/devices/system/cpu/smt/active 2>/dev/null)" = 1 ] && [ "$(nproc)" = "$(nproc --all)" ]; then
	ok 'sibling: on the other PU of the core' measures --load=sibling
	ok 'not on the PU that is measured' apart
elif [ "$(nproc)" = "$(nproc --all)" ]; then
	ok 'no sibling: skipped with the reason' exits 69 'shares a core' "$build"/sync_mutex --variant=normal \
		--experiment=uncontended --load=sibling
else
	skip 'sibling: on the other PU of the core' 'some PUs cannot be used here'
fi

# A machine with siblings in a plan: each cell has one left or says why not.
HWLOC_SYNTHETIC='package:2 core:4 pu:2' "$build"/handoff sweep --plan-only --load=sibling --out="$work/plan" \
	--only='ipc/pipe:*,sync/mutex:normal' >/dev/null 2>&1
ok 'a plan under load: every cell bears it' sh -c "! awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if (\$i == \"load\") c = i; next } \$c != \"sibling\"' '$work/plan/plan.csv' | grep ."
ok 'two siblings that are measured leave none' grep -q ',skipped,.*shares a core' "$work/plan/plan.csv"
ok 'the others run' [ "$(values "$work/plan/plan.csv" status | grep -c '^$')" -gt 10 ]
if [ -n "$two" ]; then
	with_time figures "$work/run" "$build"/handoff sweep --load=cpu --only='sync/null:lock' >"$work/out" 2>"$work/err"
	cp "$work/run/summary.csv" "$work/rows"
	ok 'a sweep: the load is part of its cells' [ "$(one load)" = cpu ]
	ok 'and its rows have figures' grep -q ',ok,' "$work/run/summary.csv"
fi
echo "1..$n"
