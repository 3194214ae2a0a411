#!/bin/sh
# SPDX-License-Identifier: MIT
# gnuplot 5.4.4 (Debian gnuplot-nox 5.4.4+dfsg1-2+b2): stats.
#
# Expected: stats says what is in the file. Axis ranges belong to plots.
# What happens: after set yrange [0:10] the values 1, 2, 3, 100 are three, with a mean of 2. With set xrange [0:10] and no
# yrange the same command counts all four, because the values of one column are taken for y.
# Why: "stats" leaves out what a plot would not show; what it left out is in STATS_outofrange, which the printed report shows
# in a line of its own, and scripts with nooutput never see.
# Who is hit: scripts that set the range of the first chart and then print the maximum or the mean of the next file: the
# outliers are gone, and just those that made one set a range.
# Remedy: set yrange [*:*] before stats, or look at STATS_outofrange.
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

printf '%s\n' 1 2 3 100 >values
cat >stats.gp <<'EOS'
say(range) = sprintf("%s: %d values, mean %g, maximum %g", range, STATS_records, STATS_mean, STATS_max)
set print 'seen'
stats 'values' using 1 nooutput
print say('no range')
set xrange [0:10]
stats 'values' using 1 nooutput
print say('xrange [0:10]')
set xrange [*:*]
set yrange [0:10]
stats 'values' using 1 nooutput
print say('yrange [0:10]')
EOS
HOME=$tmp root/usr/bin/gnuplot-nox stats.gp
cat >expected <<'EOS'
no range: 4 values, mean 26.5, maximum 100
xrange [0:10]: 4 values, mean 26.5, maximum 100
yrange [0:10]: 3 values, mean 2, maximum 3
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
