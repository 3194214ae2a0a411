#!/bin/sh
# SPDX-License-Identifier: MIT
# class: settings
# Every command killed, or ended by a signal of any kind, at a random moment: no file is torn, and after the next start no
# process, object or changed setting is left. STORM=300 (make test-long) does it more often; SEED= repeats a run.
# shellcheck disable=SC2046 # lists of processes are split on purpose
# shellcheck disable=SC2317 # functions are called by name, through ok
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
. tests/tap.sh
handoff=$build/handoff
rounds=${STORM:-12}
seed=${SEED:-$$}
echo "# seed $seed"
XDG_STATE_HOME=$work/state
XDG_RUNTIME_DIR=$work/runtime
export XDG_STATE_HOME XDG_RUNTIME_DIR
mkdir -m 700 "$XDG_RUNTIME_DIR"

# random N LEAST MOST: the Nth number of the seed, with two decimals.
random() {
	awk -v seed="$seed" -v n="$1" -v least="$2" -v most="$3" 'BEGIN {
		srand(seed * 1000 + n); rand(); printf "%.2f", least + rand() * (most - least) }'
}

# pick N WORD...: the word that the Nth number of the seed chooses.
pick() {
	which=$(random "$1" 0 $(($# - 1)))
	shift $((${which%.*} < $# - 1 ? ${which%.*} + 1 : $# - 1))
	echo "$1"
}

setting=/proc/sys/vm/page-cluster # that no profile of tuned and no other test changes
commands='sweep matrix report pack run'
if [ "$(id -u)" = 0 ] && [ -w $setting ]; then
	commands="$commands profiles"
	before=$(cat $setting)
	printf 'sysctl vm.page-cluster = %s\n' $((before == 2 ? 3 : 2)) >"$work/other.knobs"
else
	skip 'settings are changed' 'needs root'
fi

# begin COMMAND DIR: for the background: $! is the command itself.
begin() {
	case $1 in
	sweep) set -- sweep --only='sync/null:*,ipc/pipe:*' --budget=6s --out="$2" ;;
	matrix) set -- matrix --budget=4s --out="$2" ;;
	report) set -- report "$2" ;;
	pack) set -- pack --out="$2.tar.gz" "$work/base" ;;
	run) set -- run pipe,futex --between=same-pu ;;
	profiles) set -- profiles --only='sync/null:op' --cells=1 --settle=0 --rounds=1000 --out="$2" "knobs:$work/other.knobs" ;;
	esac
	exec "$handoff" "$@" >"$work/out" 2>"$work/err"
}

# whole DIR: its files are as they are to be: the lines of what grows are whole but for the last, and what is written whole is
# whole or not there.
whole() {
	for file in "$1"/*.csv "$1"/histograms/*.csv; do
		[ -s "$file" ] || continue
		case $file in
		*/samples.csv | */histograms/*)
			sed '$d' "$file" >"$work/lines"
			rectangular "$work/lines" || return 1
			;;
		*)
			if ! rectangular "$file" || [ "$(tail -c 1 "$file")" ]; then
				echo "$file is torn"
				return 1
			fi
			;;
		esac
	done
	if [ -e "$1/report.html" ] && ! tail -n 1 "$1/report.html" | grep -q '</html>'; then
		echo "$1/report.html is torn"
		return 1
	fi
	[ ! -e "$1.tar.gz" ] || tar tzf "$1.tar.gz" >/dev/null
}

# strike N COMMAND: starts it, and hits it or one of its children.
strike() {
	at=$work/at$1
	[ "$2" != report ] || cp -r "$work/base" "$at"
	begin "$2" "$at" &
	pid=$!
	sleep "$(random $(($1 + 1000000)) 0 1.6)"
	signal=$(pick $(($1 + 2000000)) KILL KILL KILL TERM INT HUP QUIT USR1 ALRM PIPE XCPU XFSZ RTMIN)
	case $(pick $(($1 + 3000000)) driver driver child both) in
	driver) hit=$pid ;;
	child) hit=$(pgrep -P $pid) ;;
	both) hit="$pid $(pgrep -P $pid)" ;;
	esac
	echo "round $1: $2, SIG$signal"
	# shellcheck disable=SC2086 # one or several
	kill -s "$signal" $hit 2>/dev/null
	sleep 0.1
	kill -s TERM $pid 2>/dev/null # a child's death, or a signal that is an error of a write, does not end it
	wait $pid 2>/dev/null
}

# after N COMMAND: what the next start finds and mends.
after() {
	until_ok none_at "$XDG_RUNTIME_DIR" || {
		echo "processes: $(ours_at "$XDG_RUNTIME_DIR")"
		return 1
	}
	whole "$work/at$1" || return 1
	"$handoff" restore >"$work/out" 2>&1
	[ -z "${before:-}" ] || [ "$(cat $setting)" = "$before" ] || {
		echo "$setting is $(cat $setting), it was $before"
		return 1
	}
	"$build/sync_null" --variant=op --iterations=10 >/dev/null 2>&1
	[ -z "$(ls -A "$XDG_RUNTIME_DIR")" ] || {
		ls -lR "$XDG_RUNTIME_DIR"
		return 1
	}
	case $2 in # once more: it goes on, or says why not
	report) "$handoff" report "$work/at$1" >/dev/null 2>"$work/err" && whole "$work/at$1" ;;
	pack) [ -e "$work/at$1.tar.gz" ] || "$handoff" pack --out="$work/at$1.tar.gz" "$work/base" >/dev/null 2>"$work/err" ;;
	esac || {
		cat "$work/err"
		return 1
	}
	if [ -n "$(find "$work/at$1"* -name '*.part*' 2>/dev/null)" ] && [ "$2" = report ]; then
		find "$work/at$1"* -name '*.part*'
		return 1
	fi
}

ok 'a run to report and to pack' exits 0 '' with_time figures "$work/base" "$handoff" sweep --only='sync/null:*,ipc/pipe:*'
i=0
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	# shellcheck disable=SC2086 # words
	command=$(set -- $commands && shift $((i % $#)) && echo "$1")
	strike $i "$command" >"$work/round"
	ok "$(cat "$work/round")" after $i "$command"
	rm -rf "$work/at$i" "$work/at$i.tar.gz"
done
echo "1..$n"
