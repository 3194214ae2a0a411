#!/bin/sh
# SPDX-License-Identifier: MIT
# The checks of `make lint`, one test each, without those that take minutes: clang's path-sensitive analyzer, and a build
# with gcc, which the build before the tests was.
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
for check in format tidy cppcheck shellcheck headers mutants clang; do
	ok $check make -s lint CHECKS=$check
done
echo "1..$n"
