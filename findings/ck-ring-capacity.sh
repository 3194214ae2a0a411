#!/bin/sh
# SPDX-License-Identifier: MIT
# Concurrency Kit 0.7.1 (Debian libck-dev 0.7.1-10). Needs gcc.
#
# Expected: a ck_ring made for 16 entries, whose ck_ring_capacity() says 16, takes 16.
# What happens: the 16th is refused: it is full with 15. ck_ring_init() for 2 makes a ring of one.
# Why: an entry is left free, so that full and empty differ. The capacity is that of the buffer (include/ck_ring.h).
# Who is hit: whoever compares queues "of the same capacity": one that holds all 16 sleeps or spins less often when full. And
# a pool whose 16 items are to fit into the ring loses one, or its owner spins forever.
# Remedy: the next power of two above what is to be held.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download libck-dev=0.7.1-10 libck0=0.7.1-10
for deb in *.deb; do dpkg-deb -x "$deb" root; done

cat >ring.c <<'EOS'
#include <ck_ring.h>
#include <stdio.h>

int main(void)
{
	for (unsigned size = 2; size <= 32; size *= 4) {
		static ck_ring_buffer_t buffer[32];
		ck_ring_t ring;
		unsigned held = 0;

		ck_ring_init(&ring, size);
		while (held < size && ck_ring_enqueue_spsc(&ring, buffer, &ring))
			held++;
		printf("made for %u: capacity %u, holds %u\n", size, ck_ring_capacity(&ring), held);
	}
}
EOS
libraries=root/usr/lib/$(uname -m)-linux-gnu
gcc -I root/usr/include ring.c -o ring -L "$libraries" -lck
LD_LIBRARY_PATH=$libraries ./ring >seen
cat >expected <<'EOS'
made for 2: capacity 2, holds 1
made for 8: capacity 8, holds 7
made for 32: capacity 32, holds 31
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
