# SPDX-License-Identifier: MIT
# A panel per thing, a line per arm, all panels on one scale. The caller sets: data, dir, out, footer, title, subtitle,
# n (panels), arms, panels and names (joined by |), xmin, xmax, ymin, ymax.
# data: per panel and in it per arm a block: x and time in ns; blocks stand two empty lines apart.
across = n < 3 ? n : 3
down = (n + across - 1) / across
width = across * 330 + 40
width = width < 760 ? 760 : width
height = 110 + 230 * down
load dir."/style.gp"
nth(text, k) = k == 1 ? text[1:strstrt(text."|", "|") - 1] : nth(text[strstrt(text, "|") + 1:*], k - 1)
do for [t in terminals] {
	eval "set terminal ".value("term_".t)
	set output out.".".t
	set multiplot
	unset key
	set label 101 title at screen 0.01, screen 1 - 20.0 / height left font ",14"
	set label 102 subtitle at screen 0.01, screen 1 - 42.0 / height left font ",9" tc rgb "#555555"
	x = 20.0
	do for [a = 1:arms] {
		set label 110 + a nth(names, a) at screen x / width, screen 1 - 62.0 / height left font ",9" \
			point pt shape[(a - 1) % 12 + 1] lc rgb colour[(a - 1) % 6 + 1] offset character 1.2, 0
		x = x + 36 + 6.6 * strlen(nth(names, a))
	}
	set logscale xy
	eval time_tics("x", xmin, xmax)
	eval time_tics("y", ymin, ymax)
	set xrange [xmin:xmax]
	set yrange [ymin:ymax]
	set xlabel "interval of sends"
	do for [p = 0:n - 1] {
		set lmargin at screen (60.0 + (p % across) * 330) / width
		set rmargin at screen (60.0 + (p % across) * 330 + 250) / width
		set tmargin at screen 1 - (96.0 + 230 * (p / across)) / height
		set bmargin at screen 1 - (96.0 + 230 * (p / across) + 150) / height
		set title nth(panels, p + 1) offset 0, -0.7 font ",9"
		plot for [a = 1:arms] data index p * arms + a - 1 using 1:2 with linespoints \
			pt shape[(a - 1) % 12 + 1] lc rgb colour[(a - 1) % 6 + 1] lw 1.4
		unset label
	}
	unset multiplot
	unset output
	set label 100 footer at screen 0.01, screen 11.0 / height left font ",8" tc rgb "#555555"
}
