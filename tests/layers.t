#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# Folders include one way only: each may use itself and those before it in this list.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh

# Prints each include below $1 that runs against the order. The contracts, bench/*.h, may use what the timed loops use;
# mechanisms may use no more than that. The analysis runs nothing, and a microbenchmark plans and reports nothing.
backward() {
	(cd "$1" && grep -HoE '^#include "bench/[^"]+"' bench/*.h bench/*/*.[ch] ipc/*.c sync/*.c) | awk -F'[:"]' '
		BEGIN {
			n = split("base machine record measure plan analyse report program command", name, " ")
			for (i = 1; i <= n; i++) at[name[i]] = i
			split("analyse measure,analyse plan,report measure,report plan,program plan,program report", pair, ",")
			for (i in pair) forbidden[pair[i]]
		}
		function folder(path, n, part) { n = split(path, part, "/"); return n == 3 ? part[2] : "measure" }
		{ from = folder($1); to = folder($3) }
		!(from in at) || !(to in at) || at[to] > at[from] || (from " " to) in forbidden { print $1 " " $3 }'
}

ok 'no include runs against the order of the folders' [ "$(backward .)" = '' ]
backward . | sed 's/^/# /'
mkdir -p "$work/bench/base" "$work/bench/command" "$work/ipc" "$work/sync"
echo '#include "bench/command/child.h"' >"$work/bench/base/clock.h"
touch "$work/bench/command/child.c" "$work/bench/ipc.h" "$work/ipc/a.c" "$work/sync/a.c"
ok 'one that does is found' [ "$(backward "$work")" = 'bench/base/clock.h bench/command/child.h' ]
echo "1..$n"
