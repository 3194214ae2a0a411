#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring
# A disk that is full, at every point of a run: exit code 74, one line that names the file, and every row before it whole.
# On a file system of a few pages, more of them each time, where one can be mounted; and under a limit on the size of files,
# which is exact to the byte. Which file is full does not depend on how much was measured: a run is full before its second row,
# or has none left to measure. PAGES=1 (make test-long): what takes long page by page too, and of all charts.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
build=$(cd "${BUILD:-build}" && pwd) || exit 1
handoff=$build/handoff
disk=$work/disk
only=ipc/pipe:pair
pages_each=${PAGES:-2}
stop='charts/.*svg'
[ "$pages_each" != 1 ] || stop=-
mkdir "$disk"
LC_ALL=C # the words of the system are looked at
export LC_ALL

# The test again in a mount namespace, where one can be had: its mounts end with it.
if [ -z "${FULL_T:-}" ]; then
	for apart in 'unshare --mount' 'unshare --map-root-user --mount'; do
		# shellcheck disable=SC2016,SC2086 # words; for the inner shell
		$apart sh -c 'mount -t tmpfs -o size=4k tmpfs "$0"' "$disk" 2>/dev/null || continue
		rm -rf "$work"
		trap - EXIT
		export FULL_T=mounts
		# shellcheck disable=SC2093 # it never returns
		exec $apart "$0"
	done
fi

# Every line has as many fields as the header, and an end: but for the last, which a full disk may have cut off.
rows_whole() {
	for file; do
		[ -s "$file" ] || continue
		rectangular "$file" || return 1
		[ -z "$(tail -c 1 "$file")" ] || {
			echo "$file: the last line has no end"
			return 1
		}
	done
}

# ended RUN: what a full disk leaves behind, after $rc and $work/err; the file that was named goes to $work/named.
ended() {
	grep -E 'No space left on device|File too large' "$work/err" >"$work/words"
	if [ "$rc" != 74 ] || [ "$(wc -l <"$work/words")" != 1 ]; then
		echo "exit code $rc, not 74, or not one line that says so:"
		cat "$work/err"
		return 1
	fi
	sed -n "s|^[^:]*: $1/*\([^:]*\): cannot .*|\1|p" "$work/words" >>"$work/named"
	grep -q "^[^:]*: $1[^:]*: cannot " "$work/words" || {
		echo "names no file of $1:"
		cat "$work/words"
		return 1
	}
	rows_whole "$1"/*.csv "$1"/histograms/*.csv
}

# step STEP FILE BEFORE: how many pages more are to be tried after a run that was full at FILE, the one before it at BEFORE.
# What is drawn takes long and fails alike at each of its pages: to its last one at once, whose place in the next file is never
# later than that of the first in this one.
step() {
	case $2 in
	charts/* | report.html)
		pages=$((($(wc -c <"$work/measured/$2") + 4095) / 4096))
		[ "$2" != "$3" ] && [ $pages -gt 2 ] && echo $((pages - 1)) || echo 1
		;;
	*) echo "$1" ;;
	esac
}

# until_it_fits STEP LAST STOP PREPARE COMMAND...: the command with STEP more pages each time, until it succeeds or a file like
# STOP was one too many. PREPARE puts into $disk what is to be there.
until_it_fits() {
	step=$1 last=$2 stop=$3 prepare=$4 pages=1 before=
	shift 4
	: >"$work/named"
	while [ "$pages" -le "$last" ]; do
		rc=1
		result=0
		mount -t tmpfs -o "size=$((pages * 4))k" tmpfs "$disk" || return 1
		if $prepare; then
			rc=0
			"$@" >"$work/out" 2>"$work/err" || rc=$?
			[ $rc = 0 ] || ended "$disk/run" || result=1
		fi
		umount "$disk" || return 1
		[ $result = 0 ] || {
			echo "with $pages pages"
			return 1
		}
		[ $rc != 0 ] || return 0
		file=$(tail -n 1 "$work/named")
		! echo "$file" | grep -q "^$stop" || return 0
		pages=$((pages + $(step "$step" "$file" "$before")))
		before=$file
	done
	echo "$last pages are not enough"
	return 1
}

# A run as it was measured, to be reported again.
measured() {
	mkdir "$disk/run" && cp -r "$work/measured"/samples.csv "$work/measured"/histograms "$work/measured"/machine.txt "$disk/run" 2>/dev/null
}

# The same, as if it had been ended before its summary.
ended_early() {
	measured && mkdir "$disk/run/settings" && cp "$work/measured/plan.csv" "$disk/run" &&
		cp "$work/measured"/settings/before.txt "$work/measured"/settings/sweep.txt "$work/measured"/settings/topology.xml \
			"$disk/run/settings" 2>/dev/null
}

# The same, without the second row of its first block: all after it is put aside.
cut_short() {
	ended_early && awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		!($at["block"] == 1 && $at["order_in_block"] == 2)' "$work/measured/samples.csv" >"$disk/run/samples.csv"
}

# The same, reported.
reported() {
	measured && cp "$work/measured"/summary.csv "$work/measured"/percentiles.csv "$disk/run" 2>/dev/null && mkdir "$disk/run/charts"
}

# packed: the run of the beginning, into the directory that is full. No half of it may stay: 1.
packed() {
	"$handoff" pack --out="$disk/run/x.tar.gz" "$work/measured" && return
	code=$?
	[ ! -e "$disk/run/x.tar.gz" ] || return 1
	return $code
}

named() {
	grep -qx "$1" "$work/named" || {
		echo "never failed at $1, but at:"
		sort -u "$work/named"
		return 1
	}
}

# under_limit BYTES DIR: a sweep of which no file may be larger.
under_limit() {
	(
		trap '' XFSZ
		exec prlimit --fsize="$1" "$handoff" sweep --only='ipc/*' --budget=1s --seed=1 --out="$2"
	) >"$work/out" 2>"$work/err"
	rc=$?
}

# The rows that cannot run come last and are longer than those of plan.csv, the longest file before. A plan for a second has some
# configurations more or less each time: by a tenth longer it never is.
limits_ended() {
	"$handoff" sweep --plan-only --only='ipc/*' --budget=1s --seed=1 --out="$work/plan" >"$work/out" 2>&1 || return 1
	largest=$(($(wc -c <"$work/plan/plan.csv") * 11 / 10))
	for beyond in 1 100 201 302 403 504; do
		rm -rf "$work/limit"
		under_limit $((largest + beyond)) "$work/limit"
		ended "$work/limit" || return 1
	done
}

ok 'a run to begin with' exits 0 '' "$handoff" sweep --only="$only" --budget=5s --seed=1 --out="$work/measured"
sed -i 's/^budget_ns=.*/budget_ns=0/' "$work/measured/settings/sweep.txt" # whatever that took
ok 'all of it' exits 0 '' "$handoff" sweep --resume="$work/measured"
ok 'it has histograms' [ -d "$work/measured/histograms" ]
: >"$work/named"
ok 'limits on the size of a file' limits_ended
ok 'it was samples.csv' [ "$(sort -u "$work/named")" = samples.csv ]

# to_full COMMAND...: what it prints goes to a device that is always full.
to_full() {
	"$@" >/dev/full 2>"$work/err"
	rc=$?
	cat "$work/err"
	[ $rc = 74 ] && [ "$(grep -c 'cannot write to standard output: No space left on device' "$work/err")" = 1 ]
}

if [ -c /dev/full ]; then
	for how in --effect=2% --csv --fail-on=slower:5%; do
		ok "compare $how, to a full device" to_full "$handoff" compare $how "$work/measured" "$work/measured/"
	done
	ok 'profiles --plan-only, to a full device' to_full "$handoff" profiles --plan-only --baseline=knobs:no-thp none
else
	skip 'a full device' 'no /dev/full'
fi

if [ "${FULL_T:-}" = mounts ]; then
	ok 'a sweep, page by page' until_it_fits 1 200 histograms/ true \
		"$handoff" sweep --only="$only" --full --seed=1 --out="$disk/run"
	for file in plan.csv machine.txt settings/before.txt settings/topology.xml doctor.csv samples.csv 'histograms/.*'; do
		ok "it was full at $file" named "$file"
	done
	ok 'its end, page by page' until_it_fits 1 1000 charts/ ended_early "$handoff" sweep --resume="$disk/run"
	for file in settings/after.txt summary.csv 'charts/.*'; do
		ok "it was full at $file" named "$file"
	done
	ok 'in the middle of a block' until_it_fits 5 1000 samples.csv cut_short "$handoff" sweep --resume="$disk/run"
	ok 'it was full at interrupted.csv' named interrupted.csv
	ok 'a report, page by page' until_it_fits 1 2000 "$stop" measured "$handoff" report "$disk/run"
	for file in summary.csv percentiles.csv 'charts/.*svg'; do
		ok "it was full at $file" named "$file"
	done
	ok 'a picture, page by page' until_it_fits 1 1000 'charts/.*png' reported "$handoff" plot --format=png "$disk/run"
	ok 'it was full at a PNG' named 'charts/.*png'
	# An arm that changes nothing: a variable that nobody reads.
	XDG_STATE_HOME=$work/state
	export XDG_STATE_HOME
	ok 'a comparison, some pages at a time' until_it_fits "$pages_each" 100 charts/ true \
		"$handoff" profiles --only=sync/null:op --cells=1 --settle=0 --rounds=7 --duration=1ms --seed=1 --out="$disk/run" env:NOTHING=1
	ok 'it was full at samples.csv' named samples.csv
	ok 'a matrix, some pages at a time' until_it_fits "$pages_each" 400 "$stop" true "$handoff" matrix --budget=1s --out="$disk/run"
	ok 'it was full at machine.txt' named machine.txt
	ok 'a pack, page by page' until_it_fits 1 100 '-' 'mkdir '"$disk/run" packed
else
	skip 'a file system of a few pages' 'nothing can be mounted here'
fi
echo "1..$n"
