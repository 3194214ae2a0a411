#!/bin/sh
# SPDX-License-Identifier: MIT
# Miller 6.6.0 (Debian miller 6.6.0-2+b3).
#
# Expected: the median of an even number of values is the mean of the two in the middle: of 1, 2, 3, 4 it is 2.5.
# What happens: stats1 -a median and -a p50 say 3, the upper of the two; p25 says 2 and p75 says 4, the maximum.
# Why: percentiles are values that occur: the one at index p/100 * n, rounded down and counted from 0. "mlr help verb stats1"
# says "default like type=1" of R, but R's type 1 says 1, 2 and 3 for p25, p50 and p75.
# Who is hit: whoever checks a median of few runs. Of two runs the median is the slower one, and of four p75 is the worst.
# datamash, R, numpy and gnuplot say 2.5.
# Remedy: stats1 -i.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download miller=6.6.0-2+b3
dpkg-deb -x miller*.deb root

stats() { # OPTION...: of the values 1 to 4
	printf 'ns\n1\n2\n3\n4\n' | root/usr/bin/mlr --icsv --oxtab stats1 "$@" -a p25,median,p50,p75 -f ns | tr -s ' \n' ' '
}
{
	echo "as it is: $(stats)"
	echo "with -i: $(stats -i)"
} >seen
cat >expected <<'EOS'
as it is: ns_p25 2 ns_median 3 ns_p50 3 ns_p75 4 
with -i: ns_p25 1.75 ns_median 2.5 ns_p50 2.5 ns_p75 3.25 
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
