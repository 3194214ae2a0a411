#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# README.md says what is: its generated parts are up to date, and what it and METHOD.md point to exists.
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

# Names in METHOD.md: paths, and mutants without theirs.
# shellcheck disable=SC2016 # backticks of Markdown
names_exist() {
	grep -o '`[^`]*`' METHOD.md | tr -d '`' | grep -E '^(tests|bench|sync|ipc|scripts)/|\.patch$' | sort -u >"$work/names"
	[ -s "$work/names" ] || return 1
	! while read -r path; do
		case $path in
		*\**) continue ;;
		*.patch) [ -e "tests/mutants/$path" ] || echo "$path" ;;
		*) [ -e "$path" ] || echo "$path" ;;
		esac
	done <"$work/names" | grep .
}

ok 'generated parts are up to date (scripts/readme writes them anew)' scripts/readme --check
ok 'files it links to exist' links_exist
ok 'files that METHOD.md names exist' names_exist
echo "1..$n"
