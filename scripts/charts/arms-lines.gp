# SPDX-License-Identifier: MIT
# A panel per thing, a line per arm, all panels on one scale. The caller sets: data, dir, out, footer, title, subtitle,
# n (panels), arms, panels and names (joined by |), xmin, xmax, ymin, ymax.
# data: per panel and in it per arm a block: x and time in ns; blocks stand two empty lines apart.
load dir."/style.gp"
columns = 2
width = 480
rows = (n + columns - 1) / columns
legend_lines = 1
x = 14.0
do for [a = 1:arms] {
	if (x + 20 + 6 * strlen(nth(names, a)) > width) { x = 14.0; legend_lines = legend_lines + 1 }
	x = x + 24 + 6 * strlen(nth(names, a))
}
body = 8 + 14 * legend_lines + 150 * rows + 14
load dir."/size.gp"
do for [t in terminals] {
	eval "set terminal ".value("term_".t)
	set output out.".".t
	set multiplot
	unset key
	eval headings
	x = 14.0
	y = head + 4
	do for [a = 1:arms] {
		if (x + 20 + 6 * strlen(nth(names, a)) > width) { x = 14.0; y = y + 14 }
		set label 110 + a nth(names, a) at screen across(x), screen down(y) left font ",9.5" \
			point pt mark[(a - 1) % 6 + 1] ps 0.6 lc rgb colour[(a - 1) % 6 + 1] offset character 1.0, -0.15
		x = x + 24 + 6 * strlen(nth(names, a))
	}
	set logscale xy
	eval time_tics("x", xmin, xmax)
	eval time_tics("y", ymin, ymax)
	set tics font ",8.5"
	set xrange [xmin:xmax]
	set yrange [ymin:ymax]
	do for [p = 0:n - 1] {
		x = 50.0 + (p % columns) * 232
		y = head + 22.0 + 14 * legend_lines + 150 * (p / columns)
		set lmargin at screen across(x)
		set rmargin at screen across(x + 170)
		set tmargin at screen down(y)
		set bmargin at screen down(y + 96)
		set title nth(panels, p + 1) offset 0, -0.8 font ",9"
		if (p >= n - columns) { set xlabel "interval of sends" offset 0, 0.3 font ",9" } else { unset xlabel }
		plot for [a = 1:arms] data index p * arms + a - 1 using 1:2 with linespoints \
			pt mark[(a - 1) % 6 + 1] ps 0.5 lc rgb colour[(a - 1) % 6 + 1] lw 1.1
		unset label
	}
	unset multiplot
	unset output
}
