#!/bin/sh
# SPDX-License-Identifier: MIT
# The checks of `make lint`, one test each.
cd "$(dirname "$0")/.." || exit 1
n=0
for check in format tidy cppcheck shellcheck headers gcc clang; do
	n=$((n + 1))
	if output=$(make -s lint CHECKS=$check 2>&1); then
		echo "ok $n - $check"
	else
		echo "not ok $n - $check"
		echo "$output" | sed 's/^/# /'
	fi
done
echo "1..$n"
