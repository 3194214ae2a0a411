#!/bin/sh
# SPDX-License-Identifier: MIT
# musl 1.2.3 (Debian musl-dev 1.2.3-1) beside the system's glibc. Needs gcc and two CPUs.
#
# Expected: sysconf(_SC_NPROCESSORS_CONF) is how many CPUs the machine has, whichever CPUs the caller may use.
# What happens: with musl both it and _SC_NPROCESSORS_ONLN are how many CPUs the calling thread may use. A program that
# runs on CPU 0 by taskset is told that the machine has one CPU; the same source with glibc is told the truth.
# Why: musl counts the bits that sched_getaffinity() returns (src/conf/sysconf.c); glibc reads /sys/devices/system/cpu.
# Who is hit: a benchmark that pins itself and then sizes a table or plans its pairs by the number of CPUs. The number
# depends on the order of these two steps, and per-CPU tables are too short for CPU numbers that sched_getcpu() returns.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
[ "$(nproc --all)" -ge 2 ] || { echo "needs two CPUs" >&2; exit 1; }
apt-get -qq -o APT::Sandbox::User=root download musl-dev=1.2.3-1 musl-tools=1.2.3-1
for deb in *.deb; do dpkg-deb -x "$deb" root; done
sed "s,/usr/,$tmp/root/usr/,g" root/usr/lib/*-linux-musl/musl-gcc.specs >specs

cat >count.c <<'EOF'
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	int all = sysconf(_SC_NPROCESSORS_CONF) > 1;
	int online = sysconf(_SC_NPROCESSORS_ONLN) > 1;

	printf("configured %s, online %s\n", all ? "several" : "1", online ? "several" : "1");
	return 0;
}
EOF
gcc count.c -o with-glibc
gcc -specs="$tmp/specs" -static count.c -o with-musl
cpu=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
for libc in glibc musl; do
	echo "$libc on one CPU: $(taskset -c "$cpu" ./with-$libc)"
done >seen
cat >expected <<'EOF'
glibc on one CPU: configured several, online several
musl on one CPU: configured 1, online 1
EOF
sed 's/^/seen: /' seen
diff expected seen
echo ok
