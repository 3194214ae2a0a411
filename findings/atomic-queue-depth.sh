#!/bin/sh
# SPDX-License-Identifier: MIT
# atomic_queue, git of 18 May 2022 (Debian libatomic-queue-dev 0.0+git20220518.83774a2-1), lines of 64 bytes. Needs g++.
#
# Expected: the bounded queue that is made with room for 16 elements holds 16, as its template of fixed size does.
# What happens: AtomicQueueB(16) holds 256 elements of 4 bytes, AtomicQueueB2(16) holds 4096.
# Why: neighbouring positions are spread over cache lines, and the spread needs as many lines as a line has slots.
# So the constructor takes at least that square: 16 x 16 elements in B, and in B2, whose state is one byte a slot,
# 64 x 64 (atomic_queue.h: std::max(round_up_to_power_of_2(size), 1u << (SHUFFLE_BITS * 2))).
# Who is hit: whoever compares bounded queues at equal depth. Latency under load grows with what may wait in the queue,
# and one of these is 256 times as deep as the next. capacity() tells the truth.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download libatomic-queue-dev=0.0+git20220518.83774a2-1
dpkg-deb -x libatomic-queue-dev_*.deb root

cat >depth.cc <<'EOF'
#include <atomic_queue/atomic_queue.h>
#include <cstdio>

template <class Queue> static void fill(const char *name, Queue &queue)
{
	unsigned pushed = 0;

	while (queue.try_push(pushed + 1))
		pushed++;
	std::printf("%s: capacity %u, pushed %u\n", name, queue.capacity(), pushed);
}

int main()
{
	atomic_queue::AtomicQueue<unsigned, 16> fixed;
	atomic_queue::AtomicQueueB<unsigned> bounded(16);
	atomic_queue::AtomicQueueB2<unsigned> bounded2(16);

	fill("AtomicQueue<unsigned, 16>", fixed);
	fill("AtomicQueueB<unsigned>(16)", bounded);
	fill("AtomicQueueB2<unsigned>(16)", bounded2);
}
EOF
g++ -std=c++14 -O2 -I root/usr/include depth.cc -o depth
./depth >seen
cat >expected <<'EOF'
AtomicQueue<unsigned, 16>: capacity 16, pushed 16
AtomicQueueB<unsigned>(16): capacity 256, pushed 256
AtomicQueueB2<unsigned>(16): capacity 4096, pushed 4096
EOF
sed 's/^/seen: /' seen
diff expected seen
echo ok
