# SPDX-License-Identifier: MIT
# Percentiles of each arm: a panel per cell, each on a scale of its own, a line per arm, named at its end. The caller
# sets: data, dir, out, footer, title, subtitle, n (panels), arms, wide (letters of the longest name), panels and names
# (joined by |), footer_lines, lo and hi (times of each panel, joined by |), xmax, dash (a digit per panel and arm: 1 where disturbed).
# data: per panel and in it per arm a block: 1/(1-p), time in ns, mark (0 none, 1 filled, 2 hollow: no verdict); beside it
# data.names: panel, arm, place of its name.
across = n == 1 ? 1 : 2
down = (n + across - 1) / across
plot_width = 250.0
pitch = 56 + plot_width + 10 + 6.6 * wide
width = across * pitch + 10
width = width < 500 ? 500 : width
height = 102 + 236 * down + 11 * footer_lines
load dir."/style.gp"
set label 100 footer at screen 0.01, screen (6 + 11.0 * footer_lines) / height left font ",8" tc rgb "#555555"
nth(text, k) = k == 1 ? text[1:strstrt(text."|", "|") - 1] : nth(text[strstrt(text, "|") + 1:*], k - 1)
do for [t in terminals] {
	eval "set terminal ".value("term_".t)
	set output out.".".t
	set multiplot
	unset key
	set label 101 title at screen 0.01, screen 1 - 20.0 / height left font ",14"
	set label 102 subtitle at screen 0.01, screen 1 - 42.0 / height left font ",9" tc rgb "#555555"
	set logscale xy
	set xtics ("50 %%" 2, "90 %%" 10, "99 %%" 100, "99.9 %%" 1000, "99.99 %%" 10000, "99.999 %%" 100000)
	set xrange [1.8:xmax * 1.05]
	do for [p = 0:n - 1] {
		left = 56 + (p % across) * pitch
		top = 96 + 236 * (p / across)
		set lmargin at screen left / width
		set rmargin at screen (left + plot_width) / width
		set tmargin at screen 1 - (top + 0.0) / height
		set bmargin at screen 1 - (top + 160.0) / height
		set title nth(panels, p + 1) offset 0, -0.7 font ",9"
		below = p + across >= n ? "share of the times at or below" : ""
		set xlabel below offset 0, 0.3
		set yrange [nth(lo, p + 1) + 0:nth(hi, p + 1) + 0]
		eval time_tics("y", nth(lo, p + 1) + 0, nth(hi, p + 1) + 0)
		plot for [a = 1:arms] data index p * arms + a - 1 using 1:2 with lines lc rgb colour[(a - 1) % 6 + 1] lw 1.6 \
				dt int(dash[p * arms + a:p * arms + a]) + 1, \
			for [a = 1:arms] data index p * arms + a - 1 using ($3 == 1 ? $1 : NaN):2 with points \
				pt 7 ps 0.8 lc rgb colour[(a - 1) % 6 + 1], \
			for [a = 1:arms] data index p * arms + a - 1 using ($3 == 2 ? $1 : NaN):2 with points \
				pt 7 ps 0.9 lc rgb "#ffffff", \
			for [a = 1:arms] data index p * arms + a - 1 using ($3 == 2 ? $1 : NaN):2 with points \
				pt 6 ps 0.9 lw 1.4 lc rgb colour[(a - 1) % 6 + 1], \
			for [a = 1:arms] data.".names" using ($1 == p && $2 == a ? xmax * 1.05 : NaN):3:(nth(names, a)) \
				with labels left offset 0.6, 0 font ",9" tc rgb colour[(a - 1) % 6 + 1]
		unset label
	}
	unset multiplot
	unset output
	set label 100 footer at screen 0.01, screen (6 + 11.0 * footer_lines) / height left font ",8" tc rgb "#555555"
}
