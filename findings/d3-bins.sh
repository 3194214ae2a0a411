#!/bin/sh
# SPDX-License-Identifier: MIT
# d3-array 3.2.5 (npm). Needs node.
#
# Expected: bin().thresholds(15) makes 15 bins, and thresholds(12) makes 12.
# What happens: of values from 0 to 99.9 they make 20 and 10; 4 make 5, and 3 make 2. A histogram "of 15 bins" has as many as
# one of 30, and more than twice as many as one of 12.
# Why: the number is a hint: steps are 1, 2 or 5 times a power of ten, whatever gives about that many. The manual calls it
# a recommended number (bin.thresholds).
# Who is hit: whoever compares the shapes of two latency histograms: each has bins of its own width, by its own range, and a
# spike looks twice as high in one as in the other.
# Remedy: thresholds with an array of edges, the same for both.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
npm install --silent --no-fund --no-audit --prefix "$tmp" d3-array@3.2.5 >npm.log

cat >bins.mjs <<'EOS'
import { bin } from 'd3-array';

const values = Array.from({ length: 1000 }, (_, i) => i / 10);
for (const n of [3, 4, 12, 15, 30])
	console.log(`thresholds(${n}):`, bin().thresholds(n)(values).length, 'bins');
EOS
node bins.mjs >seen
cat >expected <<'EOS'
thresholds(3): 2 bins
thresholds(4): 5 bins
thresholds(12): 10 bins
thresholds(15): 20 bins
thresholds(30): 20 bins
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
