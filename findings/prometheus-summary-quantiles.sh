#!/bin/sh
# SPDX-License-Identifier: MIT
# prometheus_client 0.16.0 (Debian python3-prometheus-client 0.16.0-0.1), the official client for Python. Needs python3.
#
# Expected: a Summary of round trips has quantiles, as in the clients for Go, Java and JavaScript and in the description of
# the text format ("quantile" labels). A Histogram has buckets that can tell round trips apart.
# What happens: the Summary has a count and a sum, and no quantile. The Histogram's first bucket ends at 5 ms: 100 round
# trips of 1 to 100 us all lie in it.
# Why: "The Python client doesn't store or expose quantile information at this time" (README, Summary). The default buckets
# are made for web pages (prometheus_client/metrics.py, DEFAULT_BUCKETS).
# Who is hit: whoever exports latencies of IPC: histogram_quantile(0.99) interpolates in the bucket, and says 4.95 ms for any
# latency below 5 ms.
# Remedy: Histogram(..., buckets=...) in powers of two from 100 ns.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download python3-prometheus-client=0.16.0-0.1
dpkg-deb -x python3-prometheus-client*.deb root

cat >export.py <<'EOS'
from prometheus_client import CollectorRegistry, Histogram, Summary, generate_latest

registry = CollectorRegistry()
summary = Summary('s', 'round trip, in seconds', registry=registry)
histogram = Histogram('h', 'the same', registry=registry)
for us in range(1, 101):
    summary.observe(us * 1e-6)
    histogram.observe(us * 1e-6)
print(generate_latest(registry).decode())
EOS
PYTHONPATH=root/usr/lib/python3/dist-packages python3 export.py >text
{
	echo "quantiles of the summary: $(grep -c 'quantile=' text || true)"
	grep '^h_bucket' text | head -n 1
	grep '^h_count' text
} >seen
cat >expected <<'EOS'
quantiles of the summary: 0
h_bucket{le="0.005"} 100.0
h_count 100.0
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
