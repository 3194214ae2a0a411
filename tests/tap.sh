# SPDX-License-Identifier: MIT
# What the shell tests have in common; sourced by them from the root of the tree.
# shellcheck shell=sh
n=0
top=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# failed WORDS: of what is not ok, for people: prove shows stderr, and comments on stdout only when asked.
failed() {
	printf '%s\n' "$@" | head -n 60 | sed 's/^/# /' >&2
}

# ok NAME COMMAND...: passes when the command does; where not, the command with its values is shown, what it printed, and the file in
# which grep has not found it.
ok() {
	ok_name=$1
	shift
	n=$((n + 1))
	if ok_output=$("$@" 2>&1); then
		echo "ok $n - $ok_name"
	else
		echo "not ok $n - $ok_name"
		ok_looked=
		for ok_word; do
			[ "$1" != grep ] || [ ! -f "$ok_word" ] || ok_looked=$(cat "$ok_word")
		done
		failed "$0: not ok $n - $ok_name" "false: $*" ${ok_output:+"$ok_output"} ${ok_looked:+"$ok_looked"}
		[ -z "${TAP_STOP:-}" ] || exit 1 # for mutants: one failure is all they ask
	fi
}

# skip NAME REASON
skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# exits CODE WORDS COMMAND...: the command ends with that code and says the words (a basic regular expression) on stderr;
# its output stays in $work/out and $work/err.
exits() {
	want=$1
	words=$2
	shift 2
	"$@" >"$work/out" 2>"$work/err"
	rc=$?
	cat "$work/err"
	[ "$rc" = "$want" ] || {
		echo "exit code $rc, not $want"
		return 1
	}
	[ -z "$words" ] || grep -q -e "$words" "$work/err" || {
		echo "stderr without '$words'"
		return 1
	}
}

# lacking PATTERN FILE...: no file has it.
lacking() {
	! grep -n -- "$@"
}

# until_ok COMMAND...: waits until the command succeeds; fails after two minutes, which are for a machine that is busy.
until_ok() {
	await $$ "$@"
}

# await PID COMMAND...: the same, and fails when process PID ends without it.
await() {
	awaited=$1
	shift
	last=$(($(date +%s) + 120))
	until "$@"; do
		[ "$(date +%s)" -lt $last ] || return 1
		grep -qs '^State:.[^XZ]' "/proc/$awaited/status" || {
			"$@"
			return
		}
		sleep 0.02
	done
}

# ours_at DIR: the processes of our programs that have it as their XDG_RUNTIME_DIR, which tells them from other people's.
ours_at() {
	grep -lsz "^XDG_RUNTIME_DIR=$1\$" /proc/[0-9]*/environ | while read -r ours_file; do
		case $(readlink "${ours_file%environ}exe") in "$(readlink -f "$build")"/*) echo "$ours_file" | tr -dc '0-9\n' ;; esac
	done
}

# none_at DIR: there are none.
none_at() {
	[ -z "$(ours_at "$1")" ]
}

# tsv [FILE]...: CSV as fields parted by tabs.
tsv() {
	"$top/scripts/tsv" "$@"
}

# rectangular FILE...: every line of a file has as many fields as its header.
rectangular() {
	for rectangular_file; do
		tsv "$rectangular_file" | awk -F '\t' -v file="$rectangular_file" 'NR == 1 { n = NF }
			NF != n { print file ":" NR ": " NF " fields, not " n; bad = 1 } END { exit bad }' || return 1
	done
}

# with_time CHECK DIR COMMAND...: a sweep or a matrix into DIR, again with more time until CHECK DIR passes: a short one may end
# without a figure where others need the machine.
with_time() {
	timed_check=$1
	timed_dir=$2
	shift 2
	for budget in 1s 4s 16s 64s 300s; do
		rm -rf "$timed_dir"
		"$@" --budget=$budget --out="$timed_dir" || return
		! $timed_check "$timed_dir" || return 0
	done
}

# figures DIR: some row of its summary or matrix has a median.
figures() {
	values "$(ls "$1/summary.csv" "$1/matrix.csv" 2>/dev/null)" median | grep -q .
}

# values FILE COLUMN: the column's values, one per row.
values() {
	tsv "$1" | awk -F '\t' -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next } { print $c }'
}

# relay WHAT COMMAND...: a test of its own that prints "ok - NAME" and "N passed, N failed": its lines, numbered. Exit code 69:
# it cannot run here.
relay() {
	relay_what=$1
	shift
	if "$@" >"$work/relayed" 2>&1 || [ $? != 69 ]; then
		awk -v what="$relay_what" '
		/^(not )?ok / {
			bad = /^not/
			rest = ""
			sub(/ok ([0-9]+ )?- /, "ok " ++n " - ")
			print
		}
		bad { print "# " $0 >"/dev/stderr" }
		!/^(not )?ok / { last = $0; rest = rest "# " $0 "\n" }
		END {
			if (last !~ /passed, [0-9]+ failed$/) {
				print "not ok " ++n " - " what " did not run to the end"
				printf "%s", rest | "tail -n 30 >&2"
			}
			print "1.." n
		}' "$work/relayed"
	else
		echo "1..0 # SKIP $(cat "$work/relayed")"
	fi
}
