# SPDX-License-Identifier: MIT
# What the shell tests have in common; sourced by them from the root of the tree.
# shellcheck shell=sh
n=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ok NAME COMMAND...: passes when the command does; what it printed is shown when not.
ok() {
	name=$1
	shift
	n=$((n + 1))
	if output=$("$@" 2>&1); then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		echo "$output" | sed 's/^/# /'
	fi
}

# skip NAME REASON
skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# exits CODE WORDS COMMAND...: the command ends with that code and says the words on stderr.
exits() {
	want=$1
	words=$2
	shift 2
	"$@" >"$work/out" 2>"$work/err"
	rc=$?
	cat "$work/err"
	[ "$rc" = "$want" ] && { [ -z "$words" ] || grep -q -- "$words" "$work/err"; }
}

# values FILE COLUMN: the column's values, one per row.
values() {
	awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next } { print $c }' "$1"
}
