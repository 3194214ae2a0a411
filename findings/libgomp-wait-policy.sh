#!/bin/sh
# SPDX-License-Identifier: MIT
# libgomp of GCC 12.2.0 (Debian libgomp1 12.2.0-14+deb12u1): OMP_WAIT_POLICY.
#
# Expected: what OMP_DISPLAY_ENV prints is in force, so setting a variable to the printed value changes nothing.
# What happens: unset, OMP_WAIT_POLICY is printed as PASSIVE, yet threads spin 300,000 times before they sleep.
# Set to PASSIVE, it is printed the same way, and they do not spin at all.
# Why: unset is a third state, "wait_policy < 0" in libgomp/env.c, with some 3 ms of spinning by a comment there. Only
# ACTIVE is told apart when it is printed. OMP_DISPLAY_ENV=VERBOSE adds GOMP_SPINCOUNT, which shows the difference.
# Who is hit: whoever times OpenMP barriers and locks and reports the printed settings with the figures: two runs with
# the same settings on paper differ by whether the barrier is a spin or a futex.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download libgomp1=12.2.0-14+deb12u1
dpkg-deb -x libgomp1_*.deb root
gomp=$tmp/root/usr/lib/$(uname -m)-linux-gnu/libgomp.so.1

settings() { # assignments: what the library prints when it is loaded, in a program that does nothing
	env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT OMP_NUM_THREADS=1 OMP_DISPLAY_ENV=VERBOSE LD_PRELOAD="$gomp" \
		"$@" true 2>&1 |
		sed -n "s/.*\(OMP_WAIT_POLICY\|GOMP_SPINCOUNT\) = '\(.*\)'/\1=\2/p" | paste -s -d ' '
}
{
	echo "unset: $(settings)"
	echo "PASSIVE: $(settings OMP_WAIT_POLICY=PASSIVE)"
	echo "ACTIVE: $(settings OMP_WAIT_POLICY=ACTIVE)"
} >seen
cat >expected <<'EOF'
unset: OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=300000
PASSIVE: OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0
ACTIVE: OMP_WAIT_POLICY=ACTIVE GOMP_SPINCOUNT=30000000000
EOF
sed 's/^/seen: /' seen
diff expected seen
echo ok
