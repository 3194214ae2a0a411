#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring, quick
# Variants whose point is something that no message shows: what they ask of the kernel, and that it does it.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
. tests/tap.sh

# segments VARIANT: TCP segments per 100 that carry data (SNMP's OutSegs, TCPOrigDataSent), in a network of their own
segments() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --map-root-user --net sh -c '
		ip link set lo up || exit
		"$0/ipc_tcp" --variant="$1" --wait=block --placement=same-pu --iterations=1000 --no-header >"$2" || exit
		awk "{ if (at[\$1]) for (i = 2; i <= NF; i++) is[name[\$1, i]] = \$i; else for (i = 2; i <= NF; i++) name[\$1, i] = \$i
			at[\$1] = 1 } END { print int(100 * is[\"OutSegs\"] / is[\"TCPOrigDataSent\"]) }" /proc/net/snmp /proc/net/netstat' \
		"$BUILD" "$1" "$work/row" 2>"$work/err"
}

plain=$(segments v4)
if [ -n "$plain" ]; then
	ok 'tcp:v4: an answer carries the acknowledgement' [ "$plain" -lt 130 ]
	ok 'tcp:v4-quickack: each message is acknowledged by itself' [ "$(segments v4-quickack)" -gt 170 ]
else
	skip 'tcp:v4-quickack: each message is acknowledged by itself' "no network namespace here: $(head -n 1 "$work/err")"
fi

# asks WORDS PROGRAM OPTION...: strace sees a call with these words
asks() {
	words=$1
	program=$2
	shift 2
	strace -f -qq -o "$work/calls" "$BUILD/$program" --iterations=100 "$@" >"$work/row" 2>"$work/err"
	grep -Eq -- "$words" "$work/calls"
}

if strace -qq -o "$work/calls" true 2>/dev/null; then
	ok 'timer --opt slack sets the slack' asks 'prctl\(PR_SET_TIMERSLACK, 50000' ipc_timer --variant=nanosleep --opt slack=50000
	ok 'and without it is 1 ns' asks 'prctl\(PR_SET_TIMERSLACK, 1[,)]' ipc_timer --variant=nanosleep
	if ! "$BUILD/ipc_io_uring" --variant=socketpair-defer --iterations=10 >"$work/row" 2>"$work/err"; then
		skip 'io_uring:socketpair-defer defers' "$(tail -n 1 "$work/err")"
	else
		ok 'io_uring:socketpair-defer defers' asks 'io_uring_setup\(.*IORING_SETUP_DEFER_TASKRUN|io_uring_setup\(.*0x3000' \
			ipc_io_uring --variant=socketpair-defer
	fi
else
	skip 'what timers and rings ask of the kernel' 'strace cannot trace here'
fi
echo "1..$n"
