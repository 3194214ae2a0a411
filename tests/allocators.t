#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring
# Each allocator of sync/heap is the malloc of a process of its own, and its rows say which file that is.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
. tests/tap.sh

few='--iterations=1000 --experiment=op'

# names NAME FILE: its row is ok, and says FILE and a version.
names() {
	# shellcheck disable=SC2086 # options are words
	"$BUILD/sync_heap" --variant="$1" $few >"$work/$1" 2>"$work/err" && [ "$(wc -l <"$work/$1")" = 2 ] &&
		grep -q ",ok,.*,$1,.*malloc=/[^+,]*/$2[^+,]*+version=[0-9][0-9.]*" "$work/$1" &&
		! grep -q LD_PRELOAD "$work/$1" # nobody started it so
}

# lacks NAME PACKAGE: it is skipped, and says which package it needs.
lacks() {
	# shellcheck disable=SC2086 # options are words
	"$BUILD/sync_heap" --variant="$1" $few >"$work/$1" 2>"$work/err"
	[ $? = 69 ] && grep -q "skipped.*Debian package $2" "$work/$1"
}

# refused NAME: a process that has another malloc does not measure it.
refused() {
	"$BUILD/tests/conformance_sync" "heap:$1" >"$work/refused" && grep -q '# SKIP.*LD_PRELOAD was not heeded' "$work/refused"
}

# where FILE: whether the loader has it.
where() {
	for directory in /lib /usr/lib /lib64 /usr/lib64 /lib/*-linux-gnu* /usr/lib/*-linux-gnu*; do
		[ -e "$directory/$1" ] && file=$directory/$1 && return
	done
	return 1
}

while read -r allocator library package; do
	for variant in ${allocator}_free ${allocator}_away; do
		if ! where "$library"; then
			ok "$variant: skipped with the name of its package" lacks "$variant" "$package"
			continue
		fi
		ok "$variant: measured with its library" names "$variant" "${library%%.so*}"
		# The same where the process has it from its start: no second one is needed.
		ok "$variant: its contract" env LD_PRELOAD="$file" "$BUILD/tests/conformance_sync" "heap:$variant"
		ok "$variant: in no process without it" refused "$variant"
	done
done <<EOF
jemalloc libjemalloc.so.2 libjemalloc2
tcmalloc libtcmalloc_minimal.so.4 libtcmalloc-minimal4
mimalloc libmimalloc.so.2 libmimalloc2.0
EOF
# shellcheck disable=SC2086 # options are words
"$BUILD/sync_heap" $few >"$work/all" 2>"$work/err"
ok 'all variants: one heading, one row each' [ "$(wc -l <"$work/all")" = $(($("$BUILD/sync_heap" --list | grep -c '^heap:') + 1)) ]
ok 'of libc by the name of its file' grep -q ',malloc_free,.*malloc=/[^+,]*libc' "$work/all"
echo "1..$n"
