# SPDX-License-Identifier: MIT
# Ratio of each cell to the base arm: a point with its interval, sorted by effect; one panel per arm. The hue is the family, the
# shape where the two ends are, hollow: inconclusive, crossed: incomparable. The caller sets: data, dir, out, footer, title,
# subtitle, panels (arms joined by |), n_panels (their number), n (cells), letters (of the longest name), xmin, xmax, effect (smallest of
# interest, a share), placements (joined by |) and shapes (their numbers, joined by spaces).
# data: panel, place from the top, ratio, lower limit, upper limit, class (1 slower, 2 faster, 3 same, 4 inconclusive,
# 5 incomparable), 1 where noisy (dashed), shape, colour. data.names: place, name, colour.
load dir."/style.gp"
left = 14 + 5.6 * letters
wide = n_panels == 1 ? 230.0 : 170.0
width = left + wide * n_panels + 10 < 480 ? 480 : left + wide * n_panels + 10
legend_lines = strlen(placements) ? (words(shapes) + 3) / 4 : 0
body = 22 + 14 * legend_lines + 14.0 * n + 42
load dir."/size.gp"
array hollow[8] = [6, 4, 10, 12, 8, 14, 3, 1]
wide = (width - left - 10.0) / n_panels
do for [t in terminals] {
	eval "set terminal ".value("term_".t)
	set output out.".".t
	set multiplot
	unset key
	eval headings
	load dir."/legend.gp"
	top = head + 22.0 + 14 * legend_lines
	set logscale x 2
	eval ratio_tics("x", xmin, xmax)
	set xlabel "ratio to the base" offset 0, 0.2
	unset ytics
	set grid xtics
	set yrange [n + 0.5:0.5]
	set xrange [xmin:xmax]
	set tmargin at screen down(top)
	set bmargin at screen down(top + 14 * n)
	set object 1 rectangle from first 1 / (1 + effect), graph 0 to first 1 + effect, graph 1 fc rgb "#e4e4e4" fs solid noborder behind
	set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead lc rgb "#999999" lw 1 back
	names = data.".names" # said at the first panel alone; gnuplot 5.4 crashes where a plot of labels is one that is NaN
	do for [p = 1:n_panels] {
		set lmargin at screen across(left + (p - 1) * wide + 4)
		set rmargin at screen across(left + p * wide - 8)
		set title nth(panels, p) offset 0, -0.8 font ",9.5"
		plot names using (xmin):1:(xmax - xmin):(0) with vectors nohead lw 0.6 lc rgb "#dcdcdc", \
			data using ($1 == p && $7 == 0 ? $4 : NaN):2:($5 - $4):(0):9 with vectors nohead lw 1.2 lc rgb variable, \
			data using ($1 == p && $7 == 1 ? $4 : NaN):2:($5 - $4):(0):9 with vectors nohead lw 1.2 dt (3, 3) lc rgb variable, \
			for [s = 1:8] data using ($1 == p && $8 == s && $6 < 4 ? $3 : NaN):2:9 with points \
				pt shape[s] ps size[s] lc rgb variable, \
			for [s = 1:8] data using ($1 == p && $8 == s && $6 == 4 ? $3 : NaN):2:9 with points \
				pt hollow[s] ps size[s] lw 1.2 lc rgb variable, \
			data using ($1 == p && $6 == 5 ? $3 : NaN):2:9 with points pt 2 ps 0.7 lw 1.2 lc rgb variable, \
			for [first = p:1] names using (xmin):1:2:3 with labels right offset -0.6, 0 font ",9" tc rgb variable
		unset label
	}
	unset multiplot
	unset output
	unset object 1
	unset arrow 1
	set format y
}
