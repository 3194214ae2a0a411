#!/bin/sh
# SPDX-License-Identifier: MIT
# hwloc 2.9.0 (Debian hwloc-nox 2.9.0-1): hwloc-distrib, hwloc_distrib().
#
# Expected: "hwloc-distrib 3" on six cores gives each of three processes two cores.
# What happens: on two packages of three cores with two threads each, they get 2, 4 and 6 threads: 1, 2 and 3 cores.
# Why: the number is split again at every level (hwloc-distrib(1): "recursively from the top of the hierarchy"), and
# rounded up there: two of three to package 0, one to package 1. In package 0 the two share three cores as 1 and 2
# (hwloc_distrib() in hwloc/helper.h). Cores that nobody needs are merged into the share before.
# Who is hit: whoever takes hwloc-distrib to give equal processes equal places, say three pairs of a benchmark. One has
# both threads of one core, so that its sides are SMT siblings; another has a whole package.
# Remedy: --at core gives two cores each.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download hwloc-nox=2.9.0-1 libhwloc15=2.9.0-1 libudev1
for deb in *.deb; do dpkg-deb -x "$deb" root; done
LD_LIBRARY_PATH=$tmp/root/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH
distrib() { root/usr/bin/hwloc-distrib --input 'pack:2 core:3 pu:2' "$@" 3 2>errors | paste -s -d ' '; }

{
	echo "from the top: $(distrib)"
	echo "among cores: $(distrib --at core)"
} >seen
cat >expected <<'EOF'
from the top: 0x00000003 0x0000003c 0x00000fc0
among cores: 0x0000000f 0x000000f0 0x00000f00
EOF
sed 's/^/seen: /' seen
diff expected seen
echo ok
