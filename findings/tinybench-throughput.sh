#!/bin/sh
# SPDX-License-Identifier: MIT
# tinybench 6.2.5 (npm).
#
# Expected: "Throughput avg (ops/s)" is operations by time: of a function that takes 0.1 and 10 ms in turn, some 198.
# What happens: it says some 5000, while "Latency avg" in the same line says 5 ms, that is 198 a second.
# Why: every time is turned into a rate, and the rates are averaged (dist/index.js: 1e3 / sample). The mean of the rates is
# that of the fast half; a call that takes 100 times as long counts as much as a short one.
# Who is hit: whoever compares messages a second of two mechanisms with a tail or two modes, for example a wake-up that
# finds its CPU idle or not. The one with the wilder times wins.
# Remedy: 1000 / latency.mean, or the median, which is not changed by the reciprocal.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
npm install --silent --no-fund --no-audit --prefix "$tmp" tinybench@6.2.5 >npm.log

cat >modes.mjs <<'EOF'
import { Bench } from 'tinybench';

const bench = new Bench({ time: 500, iterations: 50, warmup: false });
let calls = 0;
bench.add('two modes', () => {
	const end = performance.now() + (calls++ % 2 ? 10 : 0.1);
	while (performance.now() < end)
		;
});
await bench.run();
const { latency, throughput } = bench.tasks[0].result;
console.log(`mean latency ${latency.mean.toFixed(1)} ms, that is ${(1000 / latency.mean).toFixed(0)} ops/s;`,
	`mean throughput ${throughput.mean.toFixed(0)} ops/s`);
EOF
node modes.mjs >seen
sed 's/^/seen: /' seen
# The true ratio of the two is about 25; on a loaded machine the short calls get longer.
awk '{ exit !($11 > 5 * $7) }' seen ||
	{ echo "changed: expected the mean throughput to be more than five times what the mean latency says" >&2; exit 1; }
echo ok
