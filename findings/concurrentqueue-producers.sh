#!/bin/sh
# SPDX-License-Identifier: MIT
# moodycamel::ConcurrentQueue 1.0.3 (Debian libconcurrentqueue-dev 1.0.3+ds-1). Needs g++.
#
# Expected: a queue that is made for 1000 elements takes 1000 with try_enqueue(), which allocates nothing, from anybody.
# What happens: it takes 32 when each comes from another producer; the 33rd is refused. One made for 32 refuses the
# second producer while it holds one element.
# Why: a producer owns blocks of 32 elements and shares none, so the capacity is blocks to hand out: 1000 / 32, rounded
# up, is 32. The README says so under "Preallocation": the constructor of three arguments takes the producers' number.
# Who is hit: whoever measures many producers against a bound. The refusals look like a full queue, and the more
# producers a row has, the smaller its queue is.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download libconcurrentqueue-dev=1.0.3+ds-1
dpkg-deb -x libconcurrentqueue-dev_*.deb root

cat >producers.cc <<'EOF'
#include <concurrentqueue/concurrentqueue.h>
#include <cstdio>
#include <memory>
#include <vector>

using queue = moodycamel::ConcurrentQueue<int>;

static int from_one(queue &q)
{
	moodycamel::ProducerToken token(q);
	int n = 0;

	while (q.try_enqueue(token, 1))
		n++;
	return n;
}

static int one_from_each(queue &q)
{
	std::vector<std::unique_ptr<moodycamel::ProducerToken>> tokens;
	int n = 0;

	do
		tokens.push_back(std::make_unique<moodycamel::ProducerToken>(q));
	while (q.try_enqueue(*tokens.back(), 1) && ++n);
	return n;
}

int main()
{
	for (int size : {32, 1000}) {
		queue one(size), each(size);

		std::printf("made for %d: takes %d from one producer, ", size, from_one(one));
		std::printf("%d with one from each\n", one_from_each(each));
	}
}
EOF
g++ -std=c++14 -O2 -I root/usr/include producers.cc -o producers -pthread
./producers >seen
cat >expected <<'EOF'
made for 32: takes 32 from one producer, 1 with one from each
made for 1000: takes 1024 from one producer, 32 with one from each
EOF
sed 's/^/seen: /' seen
diff expected seen
echo ok
