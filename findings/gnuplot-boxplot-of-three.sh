#!/bin/sh
# SPDX-License-Identifier: MIT
# gnuplot 5.4.4 (Debian gnuplot-nox 5.4.4+dfsg1-2+b2): plot ... with boxplot.
#
# Expected: three values give a box with its median, like four, or an error.
# What happens: there is no box and no median. The three values are drawn with the symbol of outliers, without a message.
# With "set style boxplot nooutliers" nothing at all is drawn.
# Why: "if (N < 4) ... goto outliers" in plot_boxplot(), src/graphics.c; "not enough points" by the comment there.
# Who is hit: whoever repeats each measurement three times. In a chart where some settings have three values and some have
# more, those with three seem to consist of outliers, or to be missing.
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

boxplot() { # number of values, style: what is in the SVG file
	seq "$1" >values
	HOME=$tmp root/usr/bin/gnuplot-nox -e "set terminal svg; set output 'plot.svg'; set style boxplot $2; unset key;
		set xrange [0:2]; set yrange [0:9]; plot 'values' using (1):1 with boxplot" 2>&1
	sed -n '/id="gnuplot_plot_1"/,/^<\/g>/p' plot.svg >part.svg
	echo "$(grep -c '<path' part.svg) lines with paths, $(grep -c '<use' part.svg) symbols"
}
{
	echo "four: $(boxplot 4 outliers)"
	echo "three: $(boxplot 3 outliers)"
	echo "three, nooutliers: $(boxplot 3 nooutliers)"
} >seen
cat >expected <<'EOF'
four: 1 lines with paths, 0 symbols
three: 0 lines with paths, 3 symbols
three, nooutliers: 0 lines with paths, 0 symbols
EOF
sed 's/^/seen: /' seen
diff expected seen
echo ok
