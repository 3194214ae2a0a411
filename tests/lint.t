#!/bin/sh
# SPDX-License-Identifier: MIT
# class: idle
# The checks of `make lint`, one test each, at the lowest priority, without those that take minutes: clang's path-sensitive
# analyzer, and whole builds: gcc's is the one before the tests, and clang-tidy tells clang's warnings.
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
for check in format tidy cppcheck shellcheck headers mutants; do
	ok $check chrt --idle 0 nice -n 19 make -s lint CHECKS=$check
done
echo "1..$n"
