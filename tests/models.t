#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, long
# The short run of `make models`: what is lock-free, in some thousands of the orders that C11 allows.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
relay 'the models' scripts/check/models --quick
