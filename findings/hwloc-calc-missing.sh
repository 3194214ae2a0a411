#!/bin/sh
# SPDX-License-Identifier: MIT
# hwloc 2.9.0 (Debian hwloc-nox 2.9.0-1): hwloc-calc.
#
# Expected: hwloc-calc fails if asked for an object that the machine does not have.
# What happens: it says so on stderr, prints the empty set 0x0 or what is left of a range, and ends with status 0. A script
# that asks for cores 6 to 9 of a machine with 8 gets two, and one that asks for --number-of cores gets 0 as an answer.
# Why: a location that does not exist is skipped (utils/hwloc/hwloc-calc.h: "failed to use any single object in index range").
# Who is hit: whoever runs taskset $(hwloc-calc ...) over machines of several sizes: a pair lands on one core, and the figures
# are of another placement. taskset itself refuses 0x0 only if all are missing.
# Remedy: compare hwloc-calc --number-of pu of the location with what was asked for.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download hwloc-nox=2.9.0-1 libhwloc15=2.9.0-1
# of the libraries that it needs those that the system lacks, whichever version there is
apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
	hwloc-nox | grep ^lib | grep -v libhwloc15 | while read -r library; do
	dpkg-query -W "$library" >known 2>&1 || echo "$library"
done | xargs -r apt-get -qq -o APT::Sandbox::User=root download
for deb in *.deb; do dpkg-deb -x "$deb" root; done
LD_LIBRARY_PATH=$tmp/root/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH

calc() { # of a machine of eight cores: what it prints, and its status
	said=$(root/usr/bin/hwloc-calc --input 'package:1 core:8 pu:1' "$@" 2>err) && status=0 || status=$?
	echo "$*: $said, status $status"
}
{
	calc core:9
	calc core:6-9
	calc --number-of core core:9
	calc --number-of core core:6-9
} >seen
cat >expected <<'EOS'
core:9: 0x0, status 0
core:6-9: 0x000000c0, status 0
--number-of core core:9: 0, status 0
--number-of core core:6-9: 2, status 0
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
