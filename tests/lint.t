#!/bin/sh
# SPDX-License-Identifier: MIT
# The checks of `make lint`, one test each.
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
for check in format tidy cppcheck shellcheck headers mutants gcc clang; do
	ok $check make -s lint CHECKS=$check
done
echo "1..$n"
