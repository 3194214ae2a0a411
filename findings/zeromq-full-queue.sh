#!/bin/sh
# SPDX-License-Identifier: MIT
# ZeroMQ 4.3.4 (Debian libzmq3-dev 4.3.4-6), PUSH to PULL over inproc. Needs gcc.
#
# Expected: a full queue has a place again as soon as one message was read, and "a hard limit on the maximum number of
# outstanding messages" (zmq_setsockopt(3), ZMQ_SNDHWM) refuses none below it.
# What happens: with a high water mark of 5 on each side it holds 10 messages. Full once, it takes none until 5 were
# read; with 6 in it a send fails with EAGAIN, or blocks. A queue from which 3 of 8 were read holds 7.
# Why: the reader tells the writer only once in half of the limit read, (10 + 1) / 2, that it has read (src/pipe.cpp), so
# the writer counts as outstanding what is read long since. The manual says "may be as much as 90% lower depending on the
# flow of messages", but not that a full queue stays full. Over inproc the limits of both sides are added up.
# Who is hit: whoever compares bounded queues under load. A blocked writer wakes once for half a queue, by default for 1000
# messages, not once for each: its rate has hardly a wake-up in it, and latencies come in steps. A reader that takes one
# message so that one can come in waits in vain.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download libzmq3-dev=4.3.4-6 libzmq5=4.3.4-6 libbsd0 libmd0 libgssapi-krb5-2 \
	libkrb5-3 libkrb5support0 libk5crypto3 libcom-err2 libkeyutils1 libnorm1 libpgm-5.3-0 libsodium23
for deb in *.deb; do dpkg-deb -x "$deb" root; done
triplet=$(uname -m)-linux-gnu
LD_LIBRARY_PATH=$tmp/root/usr/lib/$triplet:$tmp/root/lib/$triplet
export LD_LIBRARY_PATH

cat >queue.c <<'EOS'
#include <errno.h>
#include <stdio.h>
#include <zmq.h>

static void *writer, *reader;
static int held;

/* Whether the writer may write, after it has dealt with what the reader told it. */
static int writable(void)
{
	int events = 0;
	size_t size = sizeof(events);

	zmq_getsockopt(writer, ZMQ_EVENTS, &events, &size);
	return !!(events & ZMQ_POLLOUT);
}

static void fill(int limit)
{
	while (held < limit && writable() && zmq_send(writer, "x", 1, ZMQ_DONTWAIT) == 1)
		held++;
}

static void take(int count)
{
	char message;

	while (count-- && zmq_recv(reader, &message, 1, ZMQ_DONTWAIT) == 1)
		held--;
}

int main(void)
{
	static const char *const names[] = { "inproc://first", "inproc://second" };
	void *context = zmq_ctx_new();

	for (int round = 0; round < 2; round++) {
		int mark = 5;

		held = 0;
		reader = zmq_socket(context, ZMQ_PULL);
		writer = zmq_socket(context, ZMQ_PUSH);
		zmq_setsockopt(reader, ZMQ_RCVHWM, &mark, sizeof(mark));
		zmq_setsockopt(writer, ZMQ_SNDHWM, &mark, sizeof(mark));
		if (zmq_bind(reader, names[round]) || zmq_connect(writer, names[round]))
			return 1;
		if (round == 0) {
			fill(1000);
			printf("new: holds %d\n", held);
			while (held > 4) {
				take(1);
				printf("%d left: %s\n", held, writable() ? "writable" :
					zmq_send(writer, "x", 1, ZMQ_DONTWAIT) < 0 && errno == EAGAIN ? "EAGAIN" : "?");
				if (writable())
					break;
			}
			fill(1000);
			printf("filled again: holds %d\n", held);
		} else {
			fill(8);
			take(3);
			fill(1000);
			printf("3 read from 8, then filled: holds %d\n", held);
		}
		zmq_close(writer);
		zmq_close(reader);
	}
	zmq_ctx_term(context);
	return 0;
}
EOS
gcc -I root/usr/include queue.c -o queue -L "root/usr/lib/$triplet" -Wl,--allow-shlib-undefined -lzmq
timeout 60 ./queue >seen
cat >expected <<'EOS'
new: holds 10
9 left: EAGAIN
8 left: EAGAIN
7 left: EAGAIN
6 left: EAGAIN
5 left: writable
filled again: holds 10
3 read from 8, then filled: holds 7
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
