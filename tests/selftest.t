#!/bin/sh
# SPDX-License-Identifier: MIT
# class: settings
# handoff selftest: its options, and that each part reports. What it finds depends on the machine and is not judged here.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
. tests/tap.sh
. tests/run.sh
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
ok 'then nothing was made' [ ! -e "$work/nothing" ]

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
# How many pairs each has depends on the noise: with times that are known, below, all are there.
ok 'two tables of one cell' [ "$(values "$work/run/identical/compare.csv" n | wc -l)" = 2 ]
ok 'of two arms' [ "$(values "$work/run/identical/samples.csv" arm | sort -u | tr '\n' ' ')" = 'first second ' ]
ok 'switched where that is allowed' switched

# With times that are known: the noise that it says is that of the ratios, and what it says to see is what that noise allows.
fake_begin "$work/fake"
fake_bench sync_null --variant=op <<'END'
my $wave = 0.1 * sin(37 * $nth * $nth); # no two alike
$row{$_} = sprintf '%.3f', 1000 * exp($wave) for grep { /_p50_ns$/ && $row{$_} ne '' } @columns;
END
"$work/fake/handoff" selftest --only=sync/null:op --comparisons=2 --settle=0 --seed=1 --out="$work/known" >"$work/out" 2>"$work/err"
tsv "$work/known/identical/samples.csv" | awk -F '\t' '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	$at["used"] == "yes" { log_ns[$at["block"], $at["arm"]] = log($at["op_p50_ns"]); block[$at["block"]] }
	END {
		for (b in block) { d[b] = log_ns[b, "second"] - log_ns[b, "first"]; sum += d[b]; n++ }
		for (b in block) squares += (d[b] - sum / n) ^ 2
		printf "%d %.5f\n", n, sqrt(squares / (n - 1))
	}' >"$work/sd"
ok "pairs and the standard deviation of their ratios: $(cat "$work/sd")" grep -q '^30 0\.[01]' "$work/sd"
ok 'the noise is that' says "^noise .* varies by $(awk '{ printf "%.1f", 100 * $2 }' "$work/sd") %"
# Normal values of that deviation: the largest of 40 is above z = 3.53 in 1/3 of 5 % (Bonferroni, two-sided), four of five are above
# z - 0.84; FLIPS_WINSOR costs some of it.
sight() { # MINUTES
	sed -n "s/^sight *in $1 minutes (\([0-9]*\) blocks of 40 configurations): changes of \([0-9.]*\) %.*/\1 \2/p" "$work/out" |
		awk -v sd="$(cut -d ' ' -f 2 "$work/sd")" '{
			print
			seen = (log(1 + $2 / 100) - log(1.02)) * sqrt($1) / sd
			print seen " standard errors"
			found = seen > 0.95 * (3.53 + 0.84) && seen < 1.15 * (3.53 + 0.84)
		} END { exit !found }'
}
ok 'what it sees in 5 minutes' sight 5
ok 'what it sees in 30' sight 30
blocks() {
	sed -n "s/^sight *in $1 minutes (\([0-9]*\) blocks .*/\1/p" "$work/out"
}
# Both are rounded down, so a sixth of the one, rounded down, is the other.
ok 'six times the blocks in six times the time' [ $(($(blocks 30) / 6)) = "$(blocks 5)" ]
echo "1..$n"
