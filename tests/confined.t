#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring
# Where Docker's default seccomp profile forbids what it forbids (by a filter of our own, tests/unit_confined.c), every
# microbenchmark has its rows, a sweep runs to its end, and what cannot run is skipped with a reason; nothing fails.
set -u
cd "$(dirname "$0")/.." || exit 1
case ${BUILD:=build} in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
. tests/tap.sh
mkdir -m 700 "$work/runtime"
export XDG_RUNTIME_DIR="$work/runtime"
docker=$BUILD/tests/unit_confined

if ! "$docker" true 2>/dev/null; then
	echo '1..0 # SKIP no seccomp filter can be set here'
	exit
fi

# sound FILE: each row is ok, or skipped or not planned with a reason; one is ok, one skipped.
# (What errno says alone is no reason that helps.)
sound() {
	tsv "$1" | awk -F '\t' '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	{
		status = $at["status"]
		seen[status]++
		why = $at["reason"]
		if (status == "ok" || status ~ /^(skipped|not_planned)$/ && why != "" && why !~ /: Operation not permitted$/) next
		print $at["mechanism"] ":" $at["variant"] " " $at["wait"] $at["experiment"] ": " status ": " why
		bad = 1
	}
	END {
		for (s in seen) printf "%d %s, ", seen[s], s
		print "of " NR - 1 " rows"
		exit bad || !seen["ok"] || !seen["skipped"]
	}'
}

# Every variant in its default wait mode; 69: none of them can run here.
all_alone() {
	header=
	: >"$work/codes"
	for program in "$BUILD"/ipc_* "$BUILD"/sync_*; do
		rc=0
		"$docker" "$program" --duration=1ms >"$work/out" 2>"$work/err" || rc=$?
		case $rc in 0 | 69) ;; *) echo "${program##*/}: exit code $rc: $(cat "$work/err")" >>"$work/codes" ;; esac
		sed "$header" "$work/out"
		header=1d
	done >"$work/alone.csv"
	cat "$work/codes"
	sound "$work/alone.csv" && [ ! -s "$work/codes" ]
}

ok 'every microbenchmark: rows with figures, or with a reason' all_alone

# The list tries them all, and says of the same that they cannot run.
refused() { # FILE COLUMN VALUE: variants of IPC of which it says so
	tsv "$1" | awk -F '\t' -v column="$2" -v value="$3" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["group"] == "ipc" && $at[column] == value { print $at["mechanism"] ":" $at["variant"] }' | sort -u
}
listed() {
	"$docker" "$BUILD/handoff" list --csv >"$work/list.csv" || return 1
	refused "$work/alone.csv" status skipped >"$work/skipped"
	refused "$work/list.csv" runnable no >"$work/no"
	diff "$work/skipped" "$work/no" && grep -q . "$work/no"
}
ok 'handoff list says of the same variants that they cannot run' listed
ok 'a sweep runs to its end' exits 0 '' with_time figures "$work/run" "$docker" "$BUILD/handoff" sweep --seed=1
ok 'its rows have figures, or a reason' sound "$work/run/samples.csv"
ok 'and it was confined: io_uring is skipped' grep -q '^.*,skipped,.*,io_uring,' "$work/run/samples.csv"
echo "1..$n"
