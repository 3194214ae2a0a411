# SPDX-License-Identifier: MIT
# Percentiles of each arm: a panel per cell, each on a scale of its own, a line per arm, named at its end. The caller
# sets: data, dir, out, footer, title, subtitle, n (panels), arms, wide (letters of the longest name), panels and names
# (joined by |), lo and hi (times of each panel, joined by |), xmax, dash (a digit per panel and arm: 1 where disturbed).
# data: per panel and in it per arm a block: 1/(1-p), time in ns, mark (0 none, 1 filled, 2 hollow: no verdict); beside it
# data.names: panel, arm, place of its name.
load dir."/style.gp"
columns = n == 1 ? 1 : 2
rows = (n + columns - 1) / columns
plot_width = n == 1 ? 250.0 : 150.0
pitch = 52 + plot_width + 10 + 5.6 * wide
width = columns * pitch + 8 < 480 ? 480 : columns * pitch + 8
body = 24 + 150 * rows + 8
load dir."/size.gp"
do for [t in terminals] {
	eval "set terminal ".value("term_".t)
	set output out.".".t
	set multiplot
	unset key
	eval headings
	set logscale xy
	set xtics ("50 %%" 2, "90" 10, "99" 100, "99.9" 1000, "99.99" 10000, "99.999" 100000)
	set tics font ",8.5"
	set xrange [1.8:xmax * 1.05]
	do for [p = 0:n - 1] {
		left = 52 + (p % columns) * pitch
		top = head + 24 + 150 * (p / columns)
		set lmargin at screen across(left)
		set rmargin at screen across(left + plot_width)
		set tmargin at screen down(top)
		set bmargin at screen down(top + 96)
		set title nth(panels, p + 1) offset 0, -0.7 font ",9"
		below = p + columns >= n ? "at or below (%)" : ""
		set xlabel below offset 0, 0.3 font ",9"
		set yrange [nth(lo, p + 1) + 0:nth(hi, p + 1) + 0]
		eval time_tics("y", nth(lo, p + 1) + 0, nth(hi, p + 1) + 0)
		plot for [a = 1:arms] data index p * arms + a - 1 using 1:2 with lines lc rgb colour[(a - 1) % 6 + 1] lw 1.2 \
				dt int(dash[p * arms + a:p * arms + a]) + 1, \
			for [a = 1:arms] data index p * arms + a - 1 using ($3 == 1 ? $1 : NaN):2 with points \
				pt 7 ps 0.5 lc rgb colour[(a - 1) % 6 + 1], \
			for [a = 1:arms] data index p * arms + a - 1 using ($3 == 2 ? $1 : NaN):2 with points \
				pt 7 ps 0.55 lc rgb "#ffffff", \
			for [a = 1:arms] data index p * arms + a - 1 using ($3 == 2 ? $1 : NaN):2 with points \
				pt 6 ps 0.55 lw 1.4 lc rgb colour[(a - 1) % 6 + 1], \
			for [a = 1:arms] data.".names" using ($1 == p && $2 == a ? xmax * 1.05 : xmax * 1e6):3:(nth(names, a)) \
				with labels left offset 0.6, 0 font ",9" tc rgb colour[(a - 1) % 6 + 1]
		unset label
	}
	unset multiplot
	unset output
}
