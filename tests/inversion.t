#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring, quick
# Experiment inversion: with priority inheritance a waiter waits for the holder alone, without it for the middle too.
# That is counted. sched(7), pthread_mutexattr_setprotocol(3p), futex(2): PI is of mutexes and of no semaphore or rwlock.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
. tests/tap.sh

short='--experiment=inversion --iterations=20 --middle=1ms --critical=20us'
# share NAME OPTION...: status and inverted_share of each row
share() {
	name=$1
	shift
	# shellcheck disable=SC2086 # words
	"$BUILD/$name" --csv $short "$@" 2>"$work/err" | awk -F, '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ print $at["status"], $at["inverted_share"], $at["n_ops"], ($at["acquire_p50_ns"] > 0), $at["placement"] }'
	cat "$work/err" >&2
}
gives() {
	words=$1
	shift
	share "$@" >"$work/row"
	cat "$work/row"
	[ -s "$work/row" ] && ! grep -Fqvx -- "$words" "$work/row"
}
waits='ok 1.000000 20 1 same-pu'
inherits='ok 0.000000 20 1 same-pu'

if share sync_mutex --variant=normal | grep -q '^skipped'; then
	ok 'without the right to class fifo it is skipped, and says why' grep -q 'class fifo:3 refused: .*ulimit -r 3' "$work/err"
else
	ok 'a mutex lets the middle go first' gives "$waits" sync_mutex --variant=normal
	ok 'not one that inherits' gives "$inherits" sync_mutex --variant=inherit
	ok 'nor one with a ceiling' gives "$inherits" sync_mutex --variant=protect
	ok 'likewise of futexes' gives "$waits" sync_futex_mutex --variant=three_state
	ok 'and of FUTEX_LOCK_PI, between processes' gives "$inherits" sync_futex_mutex --variant=pi --endpoints=process
	ok 'a semaphore has no owner to inherit' gives "$waits" sync_sem_posix --variant=unnamed
	ok 'a rwlock does not inherit' gives "$waits" sync_rwlock --variant=prefer_writers
fi
ok 'two threads are refused' exits 69 'has three threads' "$BUILD/sync_mutex" --variant=normal --experiment=inversion --threads=2
ok 'so is another class' exits 69 'leave --sched out' "$BUILD/sync_mutex" --variant=normal --experiment=inversion --sched=fifo:1
ok 'a middle that would be throttled is refused' exits 64 'up to 400ms' "$BUILD/sync_mutex" --experiment=inversion --middle=1s
ok 'a lock that spins has no such experiment' exits 64 'no variant has it' "$BUILD/sync_spin_tas" --experiment=inversion
echo "1..$n"
