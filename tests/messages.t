#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# Messages name the thing that failed: none is only a program's name and the words of errno, and none is missing.
set -u
cd "$(dirname "$0")/.." || exit 1
case ${BUILD:=build} in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
. tests/tap.sh

# bare FILE...: calls that print the words of errno, with no word of their own and no value but the program's name.
bare() {
	# shellcheck disable=SC2016 # of perl
	perl -0777 -ne '
		while (/\b(\w*printf|row_set_format|complain|fail|crew_fail)\s*\(([^;]*?(?:strerror|limits_explain)\([^;]*?);/gs) {
			my ($call, $text) = ("$1($2", "");
			$text .= $1 while $call =~ /"((?:[^"\\]|\\.)*)"/gs;
			$text =~ s/\\n|handoff \w+//g;
			my $values = () = $text =~ /%/g;
			$values-- if $call =~ /\bprogram\b/;
			$text =~ s/%[-+.*0-9l]*[a-z]//g;
			next if $text =~ /[A-Za-z]{3}/ || $values > 1;
			$call =~ s/\s+/ /g;
			print "$ARGV: $call\n";
		}' "$@"
}

# Allowed, since what they are handed to puts the name before them:
cat >"$work/allowed" <<'END'
bench/machine/limits.c: snprintf(text, TEXT_B, "%s", strerror(-err))
bench/machine/undo.c: complain(words, key, strerror(-err))
bench/machine/undo.c: complain(words, key, strerror(errno))
bench/record/csv.c: complain(reader, -errno, n + 1, "%s", strerror(errno))
bench/report/pack.c: complain(error, -errno, "%s", strerror(errno))
END
bare bench/*/*.c >"$work/bare"
ok 'no message is the words of errno alone' diff "$work/allowed" "$work/bare"
cat >"$work/bad.c" <<'END'
	fprintf(stderr, PROGRAM ": %s\n", strerror(-err));
	fprintf(stderr, "%s: %s\n", o->program, strerror(errno));
	fprintf(stderr, "%s: %s: %s\n", o->program, path, strerror(errno));
	fprintf(stderr, PROGRAM ": cannot plan: %s\n", strerror(-err));
	fprintf(stderr, PROGRAM ": %s\n", limits_explain(err));
END
ok 'three that are are found' [ "$(bare "$work/bad.c" | wc -l)" = 3 ]

# Nobody waits for a side that could not be pinned.
for floor in 'pipe 0 999 10' 'line 0 999 10' 'shm 999 0 10' 'copy 0 999 10 64 1'; do
	# shellcheck disable=SC2086 # words
	timeout 10 "$BUILD"/tests/floor_$floor >"$work/out" 2>"$work/err"
	code=$?
	ok "floor_${floor%% *} refuses a CPU that does not exist" [ "$code" = 69 ]
	ok 'and names it in a line' grep -qx "floor_${floor%% *}: CPU 999: Invalid argument" "$work/err"
done
echo "1..$n"
