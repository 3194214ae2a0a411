#!/bin/sh
# SPDX-License-Identifier: MIT
# tdigest 0.1.3 (npm).
#
# Expected: a t-digest is exact for a few values and good at the ends. Of 99 times 1 and once 1000, the median and p90 are 1.
# What happens: the median is 10.99, p90 is 810.19.
# Why: equal values always join one centroid, however large it gets; a comment in _digest() calls that a departure from
# the paper. percentile() then draws a straight line from the middle of that centroid to the next (tdigest.js).
# So the single outlier is spread over half of the data.
# Who is hit: whoever keeps latencies in ticks of a clock, as most values are then equal. Times in whole microseconds
# are the usual case. The discrete mode, TDigest(false), keeps every value apart and answers 1.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
npm install --silent --no-fund --no-audit --prefix "$tmp" tdigest@0.1.3 >npm.log

cat >digest.js <<'EOF'
const { TDigest } = require('tdigest');
for (const [name, digest] of [['default', new TDigest()], ['discrete', new TDigest(false)]]) {
	for (let i = 0; i < 99; i++)
		digest.push(1);
	digest.push(1000);
	const [p50, p90, p98] = digest.percentile([0.5, 0.9, 0.98]).map(value => value.toFixed(2));
	console.log(`${name}: ${digest.size()} centroids, p50 ${p50}, p90 ${p90}, p98 ${p98}`);
}
EOF
node digest.js >seen
cat >expected <<'EOF'
default: 2 centroids, p50 10.99, p90 810.19, p98 970.03
discrete: 2 centroids, p50 1.00, p90 1.00, p98 1.00
EOF
sed 's/^/seen: /' seen
diff expected seen
echo ok
