#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring
# handoff selftest: its options, and that each part reports. What it finds depends on the machine and is not judged here.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
. tests/tap.sh
handoff=$build/handoff
XDG_STATE_HOME=$work/state
export XDG_STATE_HOME

not_whole() {
	[ "$rc" = 1 ] || [ "$rc" = 2 ]
}

switched() {
	[ "$(id -u)" != 0 ] || says 'switched like real ones'
}

says() {
	grep -Eq "$1" "$work/out"
}

ok 'no such option' exits 64 '--fast: no such option' "$handoff" selftest --fast
ok 'no arguments' exits 64 'no argument' "$handoff" selftest more
ok 'a wrong number' exits 64 '--comparisons=0: not valid' "$handoff" selftest --comparisons=0
ok 'cells that are not there' exits 64 'matches nothing' "$handoff" selftest --only=ipc/nothing --out="$work/nothing"

"$handoff" selftest --only=sync/null:op --comparisons=2 --settle=0 --seed=1 --out="$work/run" >"$work/out" 2>"$work/err"
rc=$?
ok 'a short one is not passed as a whole' not_whole
ok 'identical arms' says '^(passed|FAILED)  identical profiles.*[0-9] of 2 comparisons with p below 0.05'
ok 'says that it is not whole' says 'the test is incomplete'
ok 'says how noisy the machine is' says '^noise .* varies by [0-9.]+ %'
ok 'what it sees in five minutes' says '^sight +in 5 minutes'
ok 'and in thirty' says '^sight +in 30 minutes'
ok 'no delay without the programs for it' says '^untried a delay'
ok 'the known effect' says '^(untried|passed|FAILED) +/dev/cpu_dma_latency'
ok 'prints the directory last' [ "$(tail -n 1 "$work/out")" = "$work/run" ]
ok 'two tables of one cell' [ "$(values "$work/run/identical/compare.csv" n | tr '\n' ' ')" = '15 15 ' ]
ok 'of two arms' [ "$(values "$work/run/identical/samples.csv" arm | sort -u | tr '\n' ' ')" = 'first second ' ]
ok 'switched where that is allowed' switched
echo "1..$n"
