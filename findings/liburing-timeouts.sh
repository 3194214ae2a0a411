#!/bin/sh
# SPDX-License-Identifier: MIT
# liburing 2.3 (Debian liburing-dev 2.3-3). Needs gcc, and a kernel that lets this user have an io_uring.
#
# Expected: io_uring_submit_and_wait_timeout() says -ETIME when the time is over, as io_uring_wait_cqe_timeout() does. And a
# timeout, IORING_OP_TIMEOUT, completes with -ETIME or, where it is not needed, is cancelled.
# What happens: the first returns 1 when the time is over, if it has submitted one request, and sets the completion to NULL.
# A timeout prepared with a count of 1 completes with 0 as soon as any other request does.
# Why: io_uring_enter(2) returns what it submitted, and an error of the wait only if that is nothing. The count of
# io_uring_prep_timeout(3) is a number of completions to wait for, not of expirations.
# Who is hit: loops that look for a message until a deadline and take any result above 0 for a message; and those that take
# each completion of a timeout for lost time.
# Remedy: look whether the completion is NULL. A count of 0 for a timeout that only waits for its time.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download liburing-dev=2.3-3 liburing2=2.3-3
for deb in *.deb; do dpkg-deb -x "$deb" root; done

cat >timeouts.c <<'EOS'
#include <liburing.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	struct __kernel_timespec soon = {.tv_nsec = 10000000}, late = {.tv_sec = 3600};
	struct io_uring_cqe *cqe = NULL;
	struct io_uring ring;
	int fd[2], n;
	char byte;

	if (pipe(fd) || io_uring_queue_init(8, &ring, 0))
		return 1;
	io_uring_prep_read(io_uring_get_sqe(&ring), fd[0], &byte, 1, 0);
	n = io_uring_submit_and_wait_timeout(&ring, &cqe, 1, &soon, NULL);
	printf("submit and wait, time over: %d, %s\n", n, cqe ? "a completion" : "no completion");
	n = io_uring_wait_cqe_timeout(&ring, &cqe, &soon);
	printf("wait alone, time over: %s\n", n < 0 ? strerror(-n) : "no error");
	io_uring_prep_timeout(io_uring_get_sqe(&ring), &late, 1, 0);
	io_uring_submit(&ring);
	if (write(fd[1], "", 1) != 1)
		return 1;
	for (int i = 0; i < 2; i++) {
		if (io_uring_wait_cqe(&ring, &cqe))
			return 1;
		printf("%s: %d\n", i ? "timeout of an hour, at once" : "read", cqe->res);
		io_uring_cqe_seen(&ring, cqe);
	}
	return 0;
}
EOS
libraries=root/usr/lib/$(uname -m)-linux-gnu
gcc -D_GNU_SOURCE -I root/usr/include timeouts.c -o timeouts -L "$libraries" -luring
LD_LIBRARY_PATH=$libraries ./timeouts >seen
cat >expected <<'EOS'
submit and wait, time over: 1, no completion
wait alone, time over: Timer expired
read: 1
timeout of an hour, at once: 0
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
