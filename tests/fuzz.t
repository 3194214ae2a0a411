#!/bin/sh
# SPDX-License-Identifier: MIT
# The short run of `make fuzz`: every input of the corpora, and some thousand more of each target.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
relay 'fuzzing' env FUZZ_RUNS=3000 FUZZ_SECONDS=2 scripts/fuzz
