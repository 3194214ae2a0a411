#!/bin/sh
# SPDX-License-Identifier: MIT
# stress-ng 0.15.06 (Debian stress-ng 0.15.06-2): --sem with --sem-ops.
#
# Expected: --sem-ops 1000 stops after 1000 operations, and "bogo ops/s (real time)" says how fast they were.
# What happens: it runs until the timeout, whatever that is, and divides by it. With --timeout 2 the rate is
# some 1000/s, with --timeout 4 some 500/s, while without --sem-ops it is many times higher.
# Why: the two threads that operate the semaphore end at the limit, in a few milliseconds; the worker that started them
# sits in pause() until the alarm (seen with strace). They look at the limit once in 1000 operations each, hence the 2000.
# Who is hit: whoever fixes the number of operations so that runs are comparable. The figure is the timeout, not the
# semaphore; two kernels give the same to four digits, which looks like good repeatability.
# The rate by CPU time in the same line does not have the wait in it; --mq-ops and --pipe-ops do end at once.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download stress-ng=0.15.06-2 libapparmor1 libbsd0 libmd0 libegl1 libglvnd0 \
	libgbm1 libdrm2 libexpat1 libwayland-server0 libgles2 libipsec-mb1 libjpeg62-turbo libjudydebian1 libkmod2 \
	libsctp1 libxxhash0
for deb in *.deb; do dpkg-deb -x "$deb" root; done
triplet=$(uname -m)-linux-gnu
LD_LIBRARY_PATH=$tmp/root/usr/lib/$triplet:$tmp/root/lib/$triplet
export LD_LIBRARY_PATH

# In a YAML file each figure has a line of its own.
stress() { # name of the stressor, then options: bogo operations and seconds
	name=$1
	shift
	root/usr/bin/stress-ng "--$name" 1 "$@" --metrics --yaml "$tmp/out.yaml" >log 2>&1
	awk '$1 == "bogo-ops:" { ops = $2 } $1 == "wall-clock-time:" { s = $2 }
		END { printf "%d operations, %.1f s\n", ops, s }' out.yaml
}
{
	echo "sem, 1000 operations, timeout 2: $(stress sem --sem-ops 1000 --timeout 2)"
	echo "sem, 1000 operations, timeout 4: $(stress sem --sem-ops 1000 --timeout 4)"
	echo "pipe, 1000 operations, timeout 4: $(stress pipe --pipe-ops 1000 --timeout 4)"
	echo "sem, timeout 2: $(stress sem --timeout 2)"
} >seen
sed 's/^/seen: /' seen
awk -F ': ' '{ split($2, f, " "); ops[NR] = f[1]; s[NR] = f[3] }
	END { exit !(ops[1] < 3000 && ops[2] < 3000 && s[1] >= 1.9 && s[2] >= 3.9 && s[3] < 2 && ops[4] > 5 * ops[1]) }' seen ||
	{ echo "changed: expected sem to run until the timeout, pipe to end early" >&2; exit 1; }
echo ok
