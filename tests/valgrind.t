#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, long
# The short run of `make valgrind`: the driver and one mechanism.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
relay 'valgrind' scripts/check/valgrind handoff sync_mutex
