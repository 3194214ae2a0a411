#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# Help: each command and each microbenchmark gives it by every name it goes by, and in lines that fit; what bash completes.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
handoff=$build/handoff
. tests/tap.sh

# helps COMMAND...: --help, -h and the word alone print the same, on stdout, and nothing else; no line but one value is wide.
helps() {
	"$@" --help >"$work/help" 2>"$work/err" && [ ! -s "$work/err" ] || return 1
	head -n 1 "$work/help" | grep -q '^Usage: ' || return 1
	for helps_word in -h help; do
		"$@" $helps_word | cmp "$work/help" - || return 1
	done
	awk 'length($0) > 100 { print "wide: " $0; bad = 1 } END { exit bad }' "$work/help"
}

ok 'handoff' helps "$handoff"
for command in $("$handoff" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
	ok "handoff $command" helps "$handoff" "$command"
	ok "handoff help $command" sh -c "'$handoff' help $command | cmp '$work/help' -"
done
all_programs() {
	for program in "$build"/ipc_* "$build"/sync_*; do
		helps "$program" || {
			echo "$program"
			return 1
		}
	done
}
ok 'every microbenchmark' all_programs
ok 'no such command' exits 64 'swep: no such command; did you mean sweep?' "$handoff" help swep
ok 'an option that is nearly one' exits 64 'did you mean --budget?' "$handoff" sweep --budgte=1m
ok 'one that is like no other' exits 64 '^handoff sweep: --fast: no such option; --help' "$handoff" sweep --fast
ok 'one of a microbenchmark' exits 64 'did you mean --duration?' "$build/ipc_pipe" --durration=1s
ok 'a mechanism that is nearly one' exits 64 'did you mean pipe?' "$handoff" sweep --only=pip --plan-only --out="$work/plan"
ok 'a primitive' exits 64 'did you mean sync/futex?' "$handoff" matrix --of=sync/futx
ok 'names at once' exits 0 '' "$handoff" list --names
ok 'are those of the list' sh -c "'$handoff' list --csv | scripts/tsv | awk -F '\\t' 'NR > 1 { print \$1 \"/\" \$2 \":\" \$3 }' | cmp '$work/out' -"
ok 'profiles' exits 0 '' "$handoff" list --profiles
ok 'are there' [ "$(cut -f 1 "$work/out" | grep -cx 'none\|knobs:no-thp')" = 2 ]
ok 'each says whether it can act here, and what it is for' [ "$(grep -c '^knobs:[a-z0-9-]*	\(yes\|no\)	..*' "$work/out")" -ge 25 ]
ok 'and why not' sh -c "! grep '	no	' '$work/out' | grep -v 'Not here: /'"

# offers WORD...: what bash offers for the last word, as it would stand in the line; bash's own way to cut it into words.
offers() {
	bash -c '
		PATH=$1:$PATH
		. scripts/dist/handoff.bash
		shift
		COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		compopt() { :; }
		_handoff
		stands=${COMP_LINE##*[= :]}
		for word in "${COMPREPLY[@]}"; do
			printf "%s\n" "${COMP_LINE%"$stands"}$word"
		done' bash "$build" "$@"
}

# only LINE WORD...: it alone is offered.
only() {
	only_line=$1
	shift
	offers "$@" >"$work/offers"
	cat "$work/offers"
	[ "$(cat "$work/offers")" = "$only_line" ]
}
one_of() {
	one_of_line=$1
	shift
	offers "$@" >"$work/offers"
	cat "$work/offers"
	grep -qxF -e "$one_of_line" "$work/offers"
}
if command -v bash >/dev/null; then
	ok 'a command' only 'handoff report' handoff rep
	ok 'of help' only 'handoff help report' handoff help rep
	ok 'an option' only 'handoff sweep --seed=' handoff sweep --see
	ok 'all options' [ "$(offers handoff pack -- | tr '\n' ' ')" = 'handoff pack --help handoff pack --keep-names handoff pack --out= ' ]
	ok 'a mechanism' one_of 'handoff run ipc/unix_stream' handoff run ipc/unix_st
	ok 'a mechanism without its group' only 'handoff run unix_stream' handoff run unix_st
	ok 'a variant' only 'handoff run ipc/pipe:pair' handoff run ipc/pipe:
	ok 'the second of a list' one_of 'handoff run ipc/pipe,ipc/fifo' handoff run ipc/pipe,ipc/fi
	ok 'of --only' only 'handoff sweep --only=sync/futex:wait_wake' handoff sweep --only=sync/futex:wait_w
	ok 'a relation' only 'handoff run pipe --placement=smt' handoff run pipe --placement=sm
	ok 'of run' only 'handoff run pipe --between=same-pu,smt' handoff run pipe --between=same-pu,sm
	ok 'an option of the microbenchmarks' only 'handoff run pipe --experiment=' handoff run pipe --exper
	ok 'its value' only 'handoff run pipe --experiment=barrier' handoff run pipe --experiment=ba
	ok 'a value with a number' only 'handoff run pipe --sched=fifo:' handoff run pipe --sched=fi
	ok 'a file of knobs' only 'handoff profiles knobs:no-thp' handoff profiles knobs:no-th
	ok 'the base' only 'handoff profiles --baseline=none' handoff profiles --baseline=no
	ok 'no word where files are meant' [ -z "$(offers handoff report res)" ]
else
	skip 'bash completes' 'no bash here'
fi
echo "1..$n"
