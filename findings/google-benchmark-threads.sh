#!/bin/sh
# SPDX-License-Identifier: MIT
# Google Benchmark 1.7.1 (Debian libbenchmark-dev 1.7.1-1). Needs g++.
#
# Expected: with ->Threads(8), "Time" is how long an operation took in each thread. A sleep of 10 ms takes 10 ms or more.
# What happens: the operation that sleeps 10 ms is reported with about 1.25 ms: one eighth.
# Why: the times of the threads are averaged (src/benchmark_runner.cc), then divided by the iterations of all threads
# together (src/reporter.cc): one division too many by the number of threads. It is a reciprocal
# rate, not a latency. Issue #1833 reports it; pull request #1836 changed it in August 2024.
# Who is hit: whoever measures a contended lock. A lock that just keeps its rate seems to take the same time with
# 1 and 8 threads, though each waits eight times as long. Figures from before and after the change differ by that factor.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download libbenchmark-dev=1.7.1-1 libbenchmark1debian=1.7.1-1
for deb in *.deb; do dpkg-deb -x "$deb" root; done
lib=$tmp/root/usr/lib/$(uname -m)-linux-gnu

cat >nap.cc <<'EOF'
#include <benchmark/benchmark.h>
#include <unistd.h>

static void nap(benchmark::State &state)
{
	for (auto _ : state)
		usleep(10000);
}
BENCHMARK(nap)->Iterations(20)->UseRealTime()->Threads(1)->Threads(8);
BENCHMARK_MAIN();
EOF
g++ -O2 -I root/usr/include nap.cc -o nap -L "$lib" -lbenchmark -pthread
LD_LIBRARY_PATH=$lib ./nap --benchmark_format=csv 2>errors |
	awk -F, '/^"nap/ { gsub(/"/, "", $1); printf "%s iterations=%s real_time=%.2f ms\n", $1, $2, $3 / 1e6 }' >seen
sed 's/^/seen: /' seen
# No thread can have needed less than 10 ms: the time of a loaded machine may be longer, never shorter.
awk '{ split($3, time, "="); ms[NR] = time[2] } END { exit !(NR == 2 && ms[1] >= 10 && ms[2] < 5) }' seen ||
	{ echo "changed: expected at least 10 ms with one thread and less than 5 ms with eight" >&2; exit 1; }
echo ok
