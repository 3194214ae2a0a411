#!/bin/sh
# SPDX-License-Identifier: MIT
# hdr-histogram-js 3.0.1 (npm).
#
# Expected: bitBucketSize 8 saves memory, and a count that does not fit into 8 bits is refused or stays at 255.
# What happens: the 256th equal value takes the count back to 0, without a word. The total counts on.
# So the histogram of 300 times 5 has the total 300, one bucket of 44, and the median 0, which was never recorded.
# Why: the counts are a Uint8Array, whose elements wrap (dist/TypedArrayHistogram.js); the percentile is found by adding
# up counts until half of the total is reached, which never happens. The README names the sizes, not this.
# Who is hit: whoever picks a small histogram per thread or per message size; 16 bits wrap after 65,535 equal values,
# which a ping-pong of some microseconds reaches in less than a second.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
npm install --silent --no-fund --no-audit --prefix "$tmp" hdr-histogram-js@3.0.1 >npm.log

cat >record.js <<'EOF'
const hdr = require('hdr-histogram-js');
for (const [bits, times] of [[8, 255], [8, 300], [16, 65535], [16, 70000], [32, 70000]]) {
	const histogram = hdr.build({ bitBucketSize: bits });
	for (let i = 0; i < times; i++)
		histogram.recordValue(5);
	console.log(`${bits} bits, ${times} times 5: total ${histogram.totalCount},`,
		`bucket ${histogram.getCountAtIndex(5)}, median ${histogram.getValueAtPercentile(50)}`);
}
EOF
node record.js >seen
cat >expected <<'EOF'
8 bits, 255 times 5: total 255, bucket 255, median 5
8 bits, 300 times 5: total 300, bucket 44, median 0
16 bits, 65535 times 5: total 65535, bucket 65535, median 5
16 bits, 70000 times 5: total 70000, bucket 4464, median 0
32 bits, 70000 times 5: total 70000, bucket 70000, median 5
EOF
sed 's/^/seen: /' seen
diff expected seen
echo ok
