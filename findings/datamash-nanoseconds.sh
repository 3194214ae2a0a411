#!/bin/sh
# SPDX-License-Identifier: MIT
# GNU datamash 1.7 (Debian datamash 1.7-2).
#
# Expected: datamash min 1 max 1 range 1 prints what stands in the file, as these three need no arithmetic but one difference.
# What happens: of nanoseconds since 1970 it prints 14 digits, 1.7644266611235e+18: the last 100 us are gone. Two stamps that
# are 2 us apart look the same, although their range is right: 2002.
# Why: every result is printed with the format %.14Lg (datamash(1), option --format). The arithmetic itself is a long
# double, which on x86 holds all 64 bits.
# Who is hit: whoever takes the first and last start_ns of a CSV file, or the sum of many nanoseconds.
# Remedy: datamash --format '%.0f', or --round with fewer digits before: subtract the first stamp.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download datamash=1.7-2
dpkg-deb -x datamash*.deb root

stamps() {
	printf '%s\n' 1764426661123456789 1764426661123458791
}
{
	echo "min, max, range: $(stamps | LC_ALL=C root/usr/bin/datamash -t ' ' min 1 max 1 range 1)"
	echo "with --format: $(stamps | LC_ALL=C root/usr/bin/datamash -t ' ' --format '%.0f' min 1 max 1 range 1)"
} >seen
cat >expected <<'EOS'
min, max, range: 1.7644266611235e+18 1.7644266611235e+18 2002
with --format: 1764426661123456789 1764426661123458791 2002
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
