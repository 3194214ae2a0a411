#!/bin/sh
# SPDX-License-Identifier: MIT
# rt-tests 2.4 (Debian rt-tests 2.4-1): hackbench. Needs gcc.
#
# Expected: "Each sender will pass 10 messages of 100 bytes" gives the number of messages. Each is answered, because the
# manual page says that they go "back and forth". With 20 senders the printed time is then that of 200 round trips.
# What happens: each sender passes 200 messages, and all together pass 4000. The 20 receivers only read.
# Why: a sender sends 10 messages to each of the receivers in its group, which has as many receivers as senders (-f).
# The manual page is right where it explains -l: "each sender/receiver pair".
# Who is hit: whoever divides the time by the printed numbers to get the cost of a message: the result is 20 times too high.
# With -f 5 it is 5 times too high, so costs for different -f cannot be compared.
# Remedy: groups * f * f * loops is the number of messages, each of them one way.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download rt-tests=2.4-1 libnuma1
for deb in *.deb; do dpkg-deb -x "$deb" root; done

cat >count.c <<'EOS'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of all processes together. */
static struct {
	int tasks, messages;
} *senders;

static __thread int sent;
static pid_t first;

__attribute__((constructor)) static void start(void)
{
	first = getpid();
	senders = mmap(NULL, sizeof(*senders), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

ssize_t write(int fd, const void *data, size_t size)
{
	static ssize_t (*next)(int, const void *, size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "write");
	if (size == 100) {
		__atomic_add_fetch(&senders->tasks, !sent++, __ATOMIC_RELAXED);
		__atomic_add_fetch(&senders->messages, 1, __ATOMIC_RELAXED);
	}
	return next(fd, data, size);
}

__attribute__((destructor)) static void report(void)
{
	if (getpid() == first)
		fprintf(stderr, "counted: %d tasks sent %d messages\n", senders->tasks, senders->messages);
}
EOS
gcc -shared -fPIC count.c -o count.so -ldl
for options in '-f 20' '-f 20 -p -T' '-f 5'; do
	echo "hackbench -g 1 -l 10 $options"
	# shellcheck disable=SC2086 # words
	LD_LIBRARY_PATH=root/usr/lib/$(uname -m)-linux-gnu LD_PRELOAD=$tmp/count.so \
		root/usr/bin/hackbench -g 1 -l 10 $options 2>&1
done | grep -v '^Time' >seen
cat >expected <<'EOS'
hackbench -g 1 -l 10 -f 20
Running in process mode with 1 groups using 40 file descriptors each (== 40 tasks)
Each sender will pass 10 messages of 100 bytes
counted: 20 tasks sent 4000 messages
hackbench -g 1 -l 10 -f 20 -p -T
Running in threaded mode with 1 groups using 40 file descriptors each (== 40 tasks)
Each sender will pass 10 messages of 100 bytes
counted: 20 tasks sent 4000 messages
hackbench -g 1 -l 10 -f 5
Running in process mode with 1 groups using 10 file descriptors each (== 10 tasks)
Each sender will pass 10 messages of 100 bytes
counted: 5 tasks sent 250 messages
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
