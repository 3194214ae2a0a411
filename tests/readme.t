#!/bin/sh
# SPDX-License-Identifier: MIT
# README.md says what is: its generated parts are up to date, and what it points to exists.
set -u
cd "$(dirname "$0")/.." || exit 1

if output=$(scripts/readme --check 2>&1); then
	echo 'ok 1 - generated parts are up to date'
else
	echo 'not ok 1 - generated parts are up to date (scripts/readme writes them anew)'
	echo "$output" | sed 's/^/# /'
fi

missing=$(sed -n 's/.*](\([^)#:]*\)).*/\1/p' README.md | while read -r path; do
	[ -e "$path" ] || echo " $path"
done)
if [ -z "$missing" ]; then
	echo 'ok 2 - files it links to exist'
else
	echo "not ok 2 - files it links to exist:$missing"
fi
echo 1..2
