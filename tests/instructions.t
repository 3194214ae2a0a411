#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# The instruction that a row of an atomic operation or a fence names stands in its timed loop, and no other that locks
# or orders memory does. What the loop brings along itself (clock, phase) is what the empty operation's loop has.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
. tests/tap.sh

# body OBJECT FUNCTION: its instructions, one a line, operands cut off, prefixes kept.
body() {
	${OBJDUMP:-objdump} -d --no-show-raw-insn -j .text.timed "$BUILD/obj/sync/$1.o" | awk -v want="<$2>:" '
	/^[0-9a-f]+ <.*>:$/ { inside = $2 == want; next }
	!inside || !/^ *[0-9a-f]+:\t/ || /xchg +%ax,%ax/ { next } # that is padding
	{
		sub(/^ *[0-9a-f]+:\t/, "")
		if ($1 == "lock") print $1 " " $2
		else if ($1 == "dmb") print $1 " " $2
		else print $1
	}' | sed -E 's/^((lock )?(add|or|and|xadd|cmpxchg|inc|mov))[lq]$/\1/'
}

count() { # FILE REGEX
	grep -Ecx "$2" "$1"
}

orders='lock .*|xchg|[lms]fence|dmb .*|ldar|ldaxr|ldxr|stlr|stlxr|stxr|cas[al]*|swp[al]*|ld(add|set|clr)[al]*'

# check OBJECT VARIANT NAMED
check() {
	body "$1" "$2_alone" >"$work/ours"
	[ -s "$work/ours" ] || {
		echo "no $2_alone in $1.o"
		return 1
	}
	named=
	for instruction in $(echo "$3" | tr ' +' '_ '); do
		instruction=$(echo "$instruction" | tr '_' ' ')
		named="$named|$instruction"
		[ "$instruction" = none ] || [ "$(count "$work/ours" "$instruction")" -gt "$(count "$work/null" "$instruction")" ] || {
			echo "no $instruction in $2_alone"
			return 1
		}
	done
	for file in ours null; do # what orders memory, but for what is named
		grep -Ex "$orders" "$work/$file" | grep -Evx "${named#|}" | sort >"$work/$file.others"
	done
	diff "$work/null.others" "$work/ours.others"
}

body null null_ops_alone >"$work/null"
for mechanism in atomic fence; do
	# shellcheck disable=SC2086 # an emulator and its options, or nothing
	${EMULATOR:-} "$BUILD/sync_$mechanism" --experiment=op --iterations=16 >"$work/rows" 2>"$work/err"
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } $at["instructions"] != "" {
		print $at["variant"] ":" $at["instructions"] }' "$work/rows" >"$work/variants"
	ok "$mechanism names instructions" [ -s "$work/variants" ]
	while IFS=: read -r variant named; do
		ok "$mechanism:$variant is $named" check $mechanism "$variant" "$named"
	done <"$work/variants"
done
echo "1..$n"
