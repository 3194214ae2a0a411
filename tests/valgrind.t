#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, long
# The short run of `make valgrind`: the driver, and one mechanism with few variants, of which one has a name.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
relay 'valgrind' scripts/check/valgrind handoff sync_sem_posix
