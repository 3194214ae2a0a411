#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, long
# The short run of `make fuzz`: every input of the corpora, and some thousand more of each target. Not optimized, it is built
# in a third of the time.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
relay 'fuzzing' env FUZZ_RUNS=3000 FUZZ_SECONDS=2 FUZZ_OPTIMIZE=-O0 FUZZ_BUILD="$PWD/build-fuzz/quick" scripts/check/fuzz
