# SPDX-License-Identifier: MIT
# A row per thing: the hue is its family, the shape where the two ends are; a grey bar is the interval, a whisker goes to the
# 99th percentile. The caller sets: data, dir, out, footer, title, subtitle, xtitle, n (things), placements (names of those
# that occur, joined by |) and shapes (their numbers, joined by spaces), letters (of the longest name), xmin, xmax, axis
# (time or rate).
# data: place from the top, median, lower limit, upper limit, 99th percentile or 0, shape, colour, 1 where disturbed (crossed,
# and the bar dashed: browsers print patterns as megabytes). data.names: place, name, colour.
load dir."/style.gp"
n_shapes = words(shapes)
left = 14 + 6.1 * letters
width = left + 230 < 480 ? 480 : left + 230
row = 5 * n_shapes + 4 < 14 ? 14.0 : 5.0 * n_shapes + 4

legend_lines = strlen(placements) ? (n_shapes + 3) / 4 : 0
body = 8 + 14 * legend_lines + row * n + 42
load dir."/size.gp"
do for [t in terminals] {
	eval "set terminal ".value("term_".t)
	set output out.".".t
	unset key
	eval headings
	load dir."/legend.gp"
	set logscale x
	eval axis eq "rate" ? plain_tics("x", xmin, xmax) : time_tics("x", xmin, xmax)
	set xlabel xtitle offset 0, 0.2
	unset ytics
	set grid xtics
	set yrange [n + 0.5:0.5]
	set xrange [xmin:xmax]
	set lmargin at screen across(left)
	set rmargin at screen across(width - 22.0)
	set tmargin at screen down(head + 8.0 + 14 * legend_lines)
	set bmargin at screen down(head + 8.0 + 14 * legend_lines + row * n)
	names = data.".names"
	plot names using (xmin):1:(xmax - xmin):(0) with vectors nohead lw 0.6 lc rgb "#dcdcdc", \
		data using ($8 == 0 && $4 > $3 ? $3 : NaN):1:($4 - $3):(0) with vectors nohead lw 4 lc rgb "#c4c4c4", \
		data using ($8 == 1 && $4 > $3 ? $3 : NaN):1:($4 - $3):(0) with vectors nohead lw 4 dt (0.4, 0.4) lc rgb "#999999", \
		data using ($5 > 0 ? $2 : NaN):1:($5 - $2):(0):7 with vectors nohead lw 0.8 lc rgb variable, \
		for [s in shapes] data using ($6 == s ? $2 : NaN):1:7 with points pt shape[int(s)] ps size[int(s)] lc rgb variable, \
		data using ($8 == 1 ? $2 : NaN):1 with points pt 2 ps 0.5 lw 1 lc rgb "#ffffff", \
		names using (xmin):1:2:3 with labels right offset -0.6, 0 font ",10" tc rgb variable
	unset output
	unset label
}
