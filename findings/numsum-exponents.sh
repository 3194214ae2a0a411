#!/bin/sh
# SPDX-License-Identifier: MIT
# num-utils 0.5 (Debian num-utils 0.5-15): numsum, numaverage, numbound.
#
# Expected: three round trips of 0.000812, 0.00075 and 4e-05 seconds add up to 0.001602, or 4e-05 is refused.
# What happens: the sum is 4.001562: of 4e-05 the 4 counts. In a row, with -r, it is 0.001562: there the number is passed
# over. In a column, with -c, it is right. numaverage says 1.333854, and of 950000 and 1.23457e+06 the largest is 950000.
# No word is said, and the exit code is 0.
# Why: a number is what /-?[0-9]*\.?[0-9]+/ matches at the beginning of a line; -r wants that of the whole field, -c nothing.
# Who is hit: whoever adds up what awk, gnuplot or a %g printed: exponents begin below 1e-4 and from a million on, so
# microseconds written as seconds, or nanoseconds of a stall, spoil the sum by one value.
# Remedy: numsum -c; for the others print with %.9f, or add up with awk, which reads exponents.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download num-utils=0.5-15
dpkg-deb -x num-utils*.deb root

# num NAME [-c]: that tool; they are in Perl.
num() {
	name=$1
	shift
	perl "root/usr/bin/$name" "$@" || echo "exit code $?"
}

seconds() {
	printf '%s\n' 0.000812 0.00075 4e-05
}
{
	echo "awk: $(seconds | awk '{ sum += $1 } END { print sum }')"
	echo "numsum: $(seconds | num numsum)"
	echo "numsum -r: $(seconds | tr '\n' ' ' | num numsum -r)"
	echo "numsum -c: $(seconds | num numsum -c)"
	echo "numaverage: $(seconds | num numaverage)"
	echo "numbound: $(awk 'BEGIN { print 950000; print 1234567.5 }' | num numbound)"
} >seen 2>&1
cat >expected <<'EOS'
awk: 0.001602
numsum: 4.001562
numsum -r: 0.001562
numsum -c: 0.001602
numaverage: 1.333854
numbound: 950000
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
