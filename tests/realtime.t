#!/bin/sh
# SPDX-License-Identifier: MIT
# class: alone
# Spinners of a real-time class on every PU leave the rest of the machine alive: what started them can be ended by hand.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
. tests/tap.sh

# The classes of the threads of processes below process $1.
classes() {
	for pid in $(pgrep -P "$1"); do
		ps -L -o cls= -p "$pid"
	done
}

spinning() {
	[ "$(classes "$1" | grep -c FF)" -ge "$(nproc)" ]
}

gone() {
	for pid in $1; do
		[ ! -e "/proc/$pid" ] || return 1
	done
}

if [ "$(cat /proc/sys/kernel/sched_rt_runtime_us 2>/dev/null || echo -1)" = -1 ]; then
	skip 'real-time spinners on every PU' 'the kernel gives real-time tasks all of the time: sched_rt_runtime_us'
elif ! "$build"/sync_null --variant=lock --experiment=uncontended --sched=fifo:1 --duration=1ms >/dev/null 2>&1; then
	skip 'real-time spinners on every PU' 'this user may not have the class'
else
	"$build"/sync_spin_ttas --experiment=contended --threads="$(nproc)" --order=compact --sched=fifo:10 --duration=60s \
		>/dev/null 2>"$work/err" &
	driver=$!
	ok 'real-time spinners on every PU' await $driver spinning $driver
	crowd=$(pgrep -P $driver)
	kill -TERM $driver
	wait $driver
	ok 'SIGTERM: its driver ran and ended them' [ $? = 130 ]
	ok 'none is left' until_ok gone "$crowd"
fi

# A kernel that never throttles is only made up, in a mount namespace: nothing can go wrong.
echo -1 >"$work/never"
echo 'Linux version 6.11.0' >"$work/old"
echo 'Linux version 6.12.0' >"$work/new"
version=$work/old
unthrottled() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare $apart -m sh -c 'mount --bind "$1" /proc/sys/kernel/sched_rt_runtime_us && mount --bind "$2" /proc/version &&
		mount -t tmpfs tmpfs /sys/kernel/debug && shift 2 && exec "$@"' sh "$work/never" "$version" "$@"
}
alone() {
	unthrottled "$build"/sync_null --variant=lock --experiment=uncontended --sched=fifo:1 --duration=1ms >"$work/out" 2>&1
	! grep -q 'leave no CPU' "$work/out"
}
apart=
[ "$(id -u)" = 0 ] || apart=-r
if unthrottled true 2>/dev/null; then
	ok 'real-time tasks are not throttled: a crew on every PU is refused' exits 69 sched_rt_runtime_us unthrottled \
		"$build"/sync_spin_ttas --experiment=contended --threads="$(nproc)" --order=compact --sched=fifo:10 --duration=5ms
	ok 'its row is skipped' grep -q ',skipped,.*leave no CPU' "$work/out"
	version=$work/new
	unthrottled "$build"/sync_spin_ttas --experiment=contended --threads="$(nproc)" --order=compact --sched=fifo:10 \
		--duration=5ms >"$work/out" 2>&1
	ok 'where the fair server keeps some of the time it is not' lacking 'leave no CPU' "$work/out"
	if [ "$(nproc)" -ge 2 ]; then
		ok 'one that leaves a PU is not' alone
	else
		skip 'one that leaves a PU is not' 'one PU'
	fi
else
	skip 'real-time tasks are not throttled' 'no mount namespaces'
fi
ok 'one that would keep the owner off its PU for ever is not started' sh -c \
	"'$build'/sync_spin_ttas --experiment=contended --threads=$((2 * $(nproc))) --sched=fifo:10 --duration=5ms 2>&1 |
	grep -q 'class'"
echo "1..$n"
