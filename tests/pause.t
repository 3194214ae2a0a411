#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring, quick
# --pause: what spins waits between two looks as was asked for, and the row says so; what the processor lacks, or what
# cannot watch a line, is skipped with its reason. The usual way is no part of the row.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
. tests/tap.sh

# row NAME OPTION...: status, pause and reason of each row
row() {
	name=$1
	shift
	"$BUILD/$name" --csv "$@" 2>"$work/err" | awk -F, '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ print $at["status"] " [" $at["pause"] "] " $at["reason"] }'
	cat "$work/err" >&2
}

# says WORDS NAME OPTION...: all rows match the extended regular expression
says() {
	words=$1
	shift
	row "$@" >"$work/row"
	cat "$work/row"
	[ -s "$work/row" ] && ! grep -Eqvx -- "$words" "$work/row"
}

if [ "$(nproc)" -lt 2 ]; then
	echo "1..0 # SKIP needs two CPUs"
	exit 0
fi
ring='ipc_posix_shm --variant=ring --wait=spin --iterations=300 --warmup=0'
# shellcheck disable=SC2086 # words
for pause in pause none tpause umwait mwaitx yield isb wfe; do
	ok "a ring with $pause, or why not" \
		says "ok \[$pause\].*|skipped \[$pause\] (the processor has no .*|an instruction of another architecture)" $ring --pause=$pause
done
# shellcheck disable=SC2086 # words
ok 'without it the row says nothing' says 'ok \[\].*' $ring
# shellcheck disable=SC2086 # words
ok 'nor with the usual one' says 'ok \[\].*' $ring --pause=auto
ok 'a descriptor that is asked again and again' says 'ok \[none\].*' ipc_pipe --variant=pair --wait=spin --pause=none --iterations=300
ok 'has no line to watch' says 'skipped \[umwait\] umwait watches a cache line and this mode asks the kernel' \
	ipc_pipe --variant=pair --wait=spin --pause=umwait
ok 'a sleeper has no pause' says 'skipped \[none\] --pause is of sides that spin: --wait=spin' \
	ipc_pipe --variant=pair --wait=block --pause=none
for lock in spin_tas spin_ttas spin_mcs spin_clh spin_ticket; do
	ok "$lock: its waiters look as often as they can, or its own backoff stays" \
		says 'ok \[none\].*|skipped \[none\] does not wait in a spin that --pause could change' \
		sync_$lock --experiment=contended --pause=none --duration=5ms
done
ok 'a cache line that is watched without a pause, and with one' says 'ok \[none\].*' \
	sync_cache_line --variant=load_store --pause=none --iterations=300
ok 'a mutex spins in no loop of ours' says 'skipped \[none\] does not wait in a spin that --pause could change' \
	sync_mutex --variant=normal --experiment=contended --pause=none
ok 'one thread alone waits for nobody' exits 64 'pause goes with' "$BUILD/sync_spin_tas" --experiment=uncontended --pause=none
ok 'an unknown one is refused' exits 64 'auto pause none tpause' "$BUILD/ipc_posix_shm" --pause=wait
# shellcheck disable=SC2086 # words
"$BUILD/handoff" doctor --csv | sed -n 's/^spin-waits,ok,"*\([^;"]*\).*/\1/p' >"$work/doctor"
for pause in $(for p in pause none tpause umwait mwaitx yield isb wfe; do
	# shellcheck disable=SC2086 # words
	row $ring --pause=$p | grep -q '^ok' && echo $p
done); do
	ok "the doctor lists $pause" grep -q "\b$pause\b" "$work/doctor"
done
echo "1..$n"
