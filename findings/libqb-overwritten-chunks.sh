#!/bin/sh
# SPDX-License-Identifier: MIT
# libqb 2.0.6 (Debian libqb-dev 2.0.6-2), the ring buffer in shared memory of corosync and pacemaker. Needs gcc.
#
# Expected: qb_rb_chunks_used() is how many chunks the ring holds, "the total number of chunks in the buffer" by its header.
# What happens: in a ring that overwrites, it counts all that were ever written: 1000, of which 255 can be read.
# Reading those takes it to 745, in an empty ring. qb_rb_space_used() stays right.
# Why: the count is a semaphore that a writer posts and a reader takes; a writer that drops the oldest chunk takes none.
# Besides, the size is rounded up to pages, so the ring that was opened with 64 bytes has 4096.
# Who is hit: whoever samples the depth of such a ring while it is loaded, for example of a flight recorder: the depth
# rises for ever and says nothing of what is in the ring.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download libqb-dev=2.0.6-2 libqb100=2.0.6-2
for deb in *.deb; do dpkg-deb -x "$deb" root; done
lib=$tmp/root/usr/lib/$(uname -m)-linux-gnu

cat >ring.c <<'EOF'
#include <qb/qbrb.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	qb_ringbuffer_t *ring = qb_rb_open(argv[argc - 1], 64, QB_RB_FLAG_CREATE | QB_RB_FLAG_OVERWRITE, 0);
	char chunk[8] = "";
	int i, read = 0;

	if (!ring)
		return 1;
	printf("free at first: %zd bytes\n", qb_rb_space_free(ring));
	for (i = 0; i < 1000; i++)
		if (qb_rb_chunk_write(ring, chunk, sizeof(chunk)) != sizeof(chunk))
			return 1;
	printf("written 1000 chunks: chunks used %zd, space used %zd\n", qb_rb_chunks_used(ring), qb_rb_space_used(ring));
	while (qb_rb_chunk_read(ring, chunk, sizeof(chunk), 0) == sizeof(chunk))
		read++;
	printf("read %d chunks: chunks used %zd, space used %zd\n", read, qb_rb_chunks_used(ring), qb_rb_space_used(ring));
	qb_rb_close(ring);
	return 0;
}
EOF
gcc -I root/usr/include ring.c -o ring -L "$lib" -lqb
LD_LIBRARY_PATH=$lib ./ring "finding-$$" >seen
cat >expected <<'EOF'
free at first: 4096 bytes
written 1000 chunks: chunks used 1000, space used 4076
read 255 chunks: chunks used 745, space used 0
EOF
sed 's/^/seen: /' seen
diff expected seen
echo ok
