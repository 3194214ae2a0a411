#!/bin/sh
# SPDX-License-Identifier: MIT
# musl 1.2.3 (Debian musl-dev 1.2.3-1). Needs gcc.
#
# Expected: sched_setscheduler() and sched_getscheduler() call the kernel, as with glibc.
# What happens: both fail with ENOSYS for every policy, whoever calls. pthread_setschedparam() works.
# Why: on purpose. The kernel's calls change one thread, while POSIX wants these functions to change the whole process.
# So musl leaves that option out: src/sched/sched_setscheduler.c is one line, and its commit message gives the reason.
# Who is hit: a benchmark for real time that is built for Alpine or linked statically with musl. If it does not look at
# the result it measures the ordinary class under the heading of the FIFO class. ENOSYS reads like an old kernel.
# Remedy: pthread_setschedparam(), or chrt in front of the program.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download musl-dev=1.2.3-1 musl-tools=1.2.3-1
for deb in *.deb; do dpkg-deb -x "$deb" root; done
sed "s,/usr/,$tmp/root/usr/,g" root/usr/lib/*-linux-musl/musl-gcc.specs >specs

cat >policy.c <<'EOF'
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	struct sched_param param = { .sched_priority = 0 };
	int error;

	error = sched_setscheduler(0, SCHED_OTHER, &param) ? errno : 0;
	printf("sched_setscheduler: %s, ", error ? strerror(error) : "done");
	error = sched_getscheduler(0) < 0 ? errno : 0;
	printf("sched_getscheduler: %s, ", error ? strerror(error) : "done");
	error = pthread_setschedparam(pthread_self(), SCHED_OTHER, &param);
	printf("pthread_setschedparam: %s\n", error ? strerror(error) : "done");
	return 0;
}
EOF
gcc policy.c -o with-glibc
gcc -specs="$tmp/specs" -static policy.c -o with-musl
for libc in glibc musl; do
	echo "$libc: $(LC_ALL=C ./with-$libc)"
done >seen
cat >expected <<'EOF'
glibc: sched_setscheduler: done, sched_getscheduler: done, pthread_setschedparam: done
musl: sched_setscheduler: Function not implemented, sched_getscheduler: Function not implemented, pthread_setschedparam: done
EOF
sed 's/^/seen: /' seen
diff expected seen
echo ok
