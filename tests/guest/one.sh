#!/bin/sh
# SPDX-License-Identifier: MIT
# Inside a guest with one PU: everything runs, or is skipped with a reason; nothing spins for ever.
set -u
. tests/guest/guest.sh

# Every row is ok or says why not.
said_why() {
	awk -F, '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ seen[$at["status"]]++ }
		$at["status"] !~ /^(ok|skipped|not_planned)$/ || ($at["status"] != "ok" && $at["reason"] == "") {
			print $at["mechanism"] ":" $at["variant"] " " $at["wait"] $at["experiment"] " is " $at["status"] ": " $at["reason"]
			bad = 1
		}
		END { for (s in seen) print seen[s] " " s; exit bad || NR < 2 }' "$1"
}

# all_of PROGRAM: each of its variants in the default wait mode or in every experiment.
all_of() {
	"$program" --duration=10ms >"$work/row" 2>"$work/err"
	# 69: no row is ok
	case $? in
	0 | 69) ;;
	*)
		cat "$work/err"
		return 1
		;;
	esac
	said_why "$work/row"
}

swept() {
	"$BUILD/handoff" sweep --budget=30s --only='ipc/pipe:*,ipc/memfd:mailbox,sync/mutex:normal,sync/spin_ttas:*' --out="$work/run" \
		>"$work/out" 2>"$work/err"
	# 69: no gnuplot here
	[ $? = 69 ] || {
		cat "$work/err"
		return 1
	}
	said_why "$work/run/samples.csv"
}

one_pu() {
	"$BUILD/handoff" topology >"$work/topology" || return 1
	[ "$(awk 'NR > 4 && $2 != "missing:" { print $1 }' "$work/topology")" = same-pu ]
}

ok 'topology: one relation' one_pu
for program in "$BUILD"/ipc_* "$BUILD"/sync_*; do
	ok "$(basename "$program")" all_of
done
ok 'list' "$BUILD/handoff" list
ok 'sweep' swept
ok 'matrix: says that it needs two' exits 69 'needs two CPUs' "$BUILD/handoff" matrix --out=-
ok 'nothing is left' [ -z "$(find /dev/shm /dev/mqueue /tmp/handoff* -type f 2>/dev/null)" ]
echo "1..$n"
