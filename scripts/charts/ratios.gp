# SPDX-License-Identifier: MIT
# Ratio of each cell to the base arm: a point with its interval, coloured by the verdict, sorted by effect; one panel per arm.
# The caller sets: data, dir, out, footer, title, subtitle, panels (arms joined by spaces), n (cells), letters (of the longest name),
# xmin, xmax, effect (smallest of interest, a share).
# data: panel, place from the top, ratio, lower limit, upper limit, class (1 slower, 2 faster, 3 same, 4 inconclusive,
# 5 incomparable), 1 where noisy (dotted); data.tics.
n_panels = words(panels)
left = 20 + 7 * letters
width = left + 340 * n_panels + 20
width = width < 760 ? 760 : width
height = 184 + 20 * n
load dir."/style.gp"
array verdict[5] = ["slower", "faster", "the same", "inconclusive", "incomparable"]
set style line 11 lc rgb "#D55E00" pt 9 ps 1.1 lw 1.5
set style line 12 lc rgb "#0072B2" pt 11 ps 1.1 lw 1.5
set style line 13 lc rgb "#000000" pt 5 ps 0.8 lw 1.5
set style line 14 lc rgb "#777777" pt 6 ps 0.9 lw 1.2
set style line 15 lc rgb "#CC79A7" pt 2 ps 1.0 lw 1.2
wide = (width - left - 20.0) / n_panels
do for [t in terminals] {
	eval "set terminal ".value("term_".t)
	set output out.".".t
	set multiplot
	unset key
	set label 101 title at screen 0.01, screen 1 - 20.0 / height left font ",14"
	set label 102 subtitle at screen 0.01, screen 1 - 42.0 / height left font ",9" tc rgb "#555555"
	do for [c = 1:5] {
		set label 110 + c verdict[c] at screen (20.0 + 130 * (c - 1)) / width, screen 1 - 64.0 / height left font ",9" \
			point ls 10 + c offset character 1.2, 0
	}
	set logscale x 2
	set format x "%.3g"
	set xtics rotate by -45
	if (xmax / xmin < 4) { set xtics (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5) } else { set xtics auto }
	set xlabel "ratio to the base"
	set yrange [n + 0.6:0.4]
	set xrange [xmin:xmax]
	set tmargin at screen 1 - 104.0 / height
	set bmargin at screen 80.0 / height
	set object 1 rectangle from first 1 / (1 + effect), graph 0 to first 1 + effect, graph 1 fc rgb "#eeeeee" fs solid noborder behind
	set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead lc rgb "#999999" lw 1 back
	do for [p = 1:n_panels] {
		set lmargin at screen (left + (p - 1) * wide + 8) / width
		set rmargin at screen (left + p * wide - 14) / width
		if (p == 1) {
			load data.".tics"
		} else {
			unset label
			set ytics 1, 1, n
			set format y ""
		}
		set title word(panels, p) offset 0, -0.6
		plot for [c = 1:5] data using ($1 == p && $6 == c && $7 == 0 ? $3 : NaN):2:4:5 with xerrorbars ls 10 + c, \
			for [c = 1:5] data using ($1 == p && $6 == c && $7 == 1 ? $3 : NaN):2:4:5 with xerrorbars ls 10 + c dt (1, 2)
	}
	unset multiplot
	unset output
	unset label
	unset object 1
	unset arrow 1
	set format y
	set xtics norotate
	set label 100 footer at screen 0.01, screen 11.0 / height left font ",8" tc rgb "#555555"
}
