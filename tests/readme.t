#!/bin/sh
# SPDX-License-Identifier: MIT
# README.md says what is: its generated parts are up to date, and what it points to exists.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh

links_exist() {
	sed -n 's/.*](\([^)#:]*\)).*/\1/p' README.md >"$work/links"
	[ -s "$work/links" ] || return 1
	! while read -r path; do
		[ -e "$path" ] || echo "$path"
	done <"$work/links" | grep .
}

ok 'generated parts are up to date (scripts/readme writes them anew)' scripts/readme --check
ok 'files it links to exist' links_exist
echo "1..$n"
