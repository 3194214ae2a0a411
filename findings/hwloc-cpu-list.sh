#!/bin/sh
# SPDX-License-Identifier: MIT
# hwloc 2.9.0 (Debian hwloc-nox 2.9.0-1): hwloc-calc, hwloc-bind.
#
# Expected: "hwloc-bind 0,1 PROGRAM" binds to CPUs 0 and 1 as "taskset -c 0,1" does, or refuses the list.
# What happens: it binds to CPU 0 alone, without a word. "1,2" means CPUs 1 and 32; "2,4,6" means 1, 2, 34 and 65.
# Why: a location with a comma is a mask in blocks of 32 bits, highest block first. hwloc(7) says that such a mask is
# "prefixed with 0x", but the prefix is optional there (utils/hwloc/hwloc-calc.h). Without a comma it is needed:
# "hwloc-calc 10" is ignored with a message, and exit status 0.
# Who is hit: whoever pins the two sides of a ping-pong with a list. On a machine of up to 32 CPUs the blocks before
# the last one name CPUs that do not exist. Both sides share one CPU then, and no figure shows an error.
# Remedy: hwloc-bind pu:0 pu:1, with --physical for the numbers of Linux.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download hwloc-nox=2.9.0-1 libhwloc15=2.9.0-1 libudev1
for deb in *.deb; do dpkg-deb -x "$deb" root; done
LD_LIBRARY_PATH=$tmp/root/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH
calc() { root/usr/bin/hwloc-calc --input 'core:128 pu:1' --quiet "$@" 2>errors; }

{
	for list in 0,1 1,2 2,4,6; do
		echo "$list -> PU $(calc --intersect pu "$list")"
	done
	echo "pu:0 pu:1 -> PU $(calc --intersect pu pu:0 pu:1)"
	status=0
	mask=$(root/usr/bin/hwloc-calc --input 'core:128 pu:1' 10 2>errors) || status=$?
	echo "10 -> $mask, status $status, $(grep -c 'ignored unrecognized argument 10' errors) message"
	echo "hwloc-bind 0,1 -> $(root/usr/bin/hwloc-bind 0,1 -- grep Cpus_allowed_list /proc/self/status | tr '\t' ' ')"
} >seen
cat >expected <<'EOF'
0,1 -> PU 0
1,2 -> PU 1,32
2,4,6 -> PU 1,2,34,65
pu:0 pu:1 -> PU 0,1
10 -> 0x0, status 0, 1 message
hwloc-bind 0,1 -> Cpus_allowed_list: 0
EOF
sed 's/^/seen: /' seen
diff expected seen
echo ok
