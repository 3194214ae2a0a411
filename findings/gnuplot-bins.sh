#!/bin/sh
# SPDX-License-Identifier: MIT
# gnuplot 5.4.4 (Debian gnuplot-nox 5.4.4+dfsg1-2+b2): plot ... bins=N binrange [LOW:HIGH].
#
# Expected: bins=5 and binrange [0:10] count in five bins of width 2, from 0 to 10, and leave out what is not between them.
# What happens: the bins are 2.5 wide, the first is centred on 0 and the last on 10, so they reach from -1.25 to 11.25.
# Of the values 0.5, 1.5 ... 9.5 they count 1, 3, 2, 3, 1: a hump where there is none. Values of -1 and 11 are counted.
# Why: "BINWIDTH = (HIGH - LOW) / (NBINS-1)", says the manual under "bins": the range is from centre to centre.
# Who is hit: whoever draws latencies that sit on ticks of a clock. The bins cut the ticks unevenly, and a comb appears,
# while the first and the last bin look half empty.
# Remedy: binrange [LOW + width / 2:HIGH - width / 2].
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download gnuplot-nox=5.4.4+dfsg1-2+b2
# of the libraries that it needs those that the system lacks, whichever version there is
apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
	gnuplot-nox | grep ^lib | while read -r library; do
	dpkg-query -W "$library" >known 2>&1 || echo "$library"
done | xargs -r apt-get -qq -o APT::Sandbox::User=root download
for deb in *.deb; do dpkg-deb -x "$deb" root; done
LD_LIBRARY_PATH=$tmp/root/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH

bins() { # LOW HIGH values: the count of each bin
	range="[$1:$2]"
	shift 2
	printf '%s\n' "$@" >values
	HOME=$tmp root/usr/bin/gnuplot-nox -e "set table 'bins'; plot 'values' using 1 bins=5 binrange $range"
	awk '/^ *[-0-9]/ { print $1 ":" $2 }' bins | paste -s -d ' '
}
values=$(seq 0.5 9.5)
# shellcheck disable=SC2086
{
	echo "0 to 10: $(bins 0 10 $values)"
	echo "0 to 10, with -1 and 11: $(bins 0 10 -1 $values 11)"
	echo "1 to 9: $(bins 1 9 $values)"
} >seen
cat >expected <<'EOF'
0 to 10: 0:1 2.5:3 5:2 7.5:3 10:1
0 to 10, with -1 and 11: 0:2 2.5:3 5:2 7.5:3 10:2
1 to 9: 1:2 3:2 5:2 7:2 9:2
EOF
sed 's/^/seen: /' seen
diff expected seen
echo ok
