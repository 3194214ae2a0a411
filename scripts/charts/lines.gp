# SPDX-License-Identifier: MIT
# A line per thing over a number (size, threads, interval), at most 12 to a panel. The caller sets: data, dir, out,
# footer, title, subtitle, xtitle, ytitle, n (things), ylog (0 or 1), xlog10 (0: by 2, -1: x is a share in %), xmin, xmax, ymin, ymax, letters (of the longest
# name), spins (a digit per thing: 1 where a waiter spins: dashed), xtics and
# ytics (commands that set the tics).
# data: per thing a block: its name; then x, median, lower and upper limit, 1 where disturbed (crossed). Blocks stand two empty lines apart.
per_panel = 12
n_panels = (n + per_panel - 1) / per_panel
legend = 60 + 7.4 * letters # pixels
width = 660 + legend
height = 90 + 380 * n_panels
load dir."/style.gp"

do for [t in terminals] {
	eval "set terminal ".value("term_".t)
	set output out.".".t
	set multiplot
	set label 101 title at screen 0.01, screen 1 - 20.0 / height left font ",14"
	set label 102 subtitle at screen 0.01, screen 1 - 42.0 / height left font ",9" tc rgb "#555555"
	set key left Left reverse font ",9" spacing 1.1 samplen 2.5
	set logscale x 2
	if (xlog10 == 1) { set logscale x 10 }
	if (xlog10 == -1) { unset logscale x }
	if (ylog) { set logscale y }
	set format y "%.0s %c"
	if (!ylog) { set format y "%g"; set yrange [0:*] }
	set xlabel xtitle
	set ylabel ytitle
	set xrange [xlog10 == -1 ? -4 : xmin:xlog10 == -1 ? 104 : xmax]
	if (ylog) { set yrange [ymin / 1.3:ymax * 1.3] }
	eval xtics
	eval ytics
	set lmargin at screen 80.0 / width
	set rmargin at screen 1 - legend / width
	do for [p = 0:n_panels - 1] {
		set tmargin at screen 1 - (62.0 + 380 * p) / height
		set bmargin at screen 1 - (62.0 + 380 * p + 310) / height
		set key at screen 1 - (legend - 16.0) / width, screen 1 - (62.0 + 380 * p) / height
		last = (p + 1) * per_panel < n ? (p + 1) * per_panel - 1 : n - 1
		plot for [i = p * per_panel:last] data index i using 1:2:3:4 with yerrorlines \
			lc rgb colour[i % 6 + 1] pt shape[i % 12 + 1] dt 1 + spins[i + 1:i + 1] lw 1.4 \
			title columnheader(1), \
			for [i = p * per_panel:last] data index i using ($5 == 1 ? $1 : NaN):2 with points pt 2 ps 1.6 lw 1.5 \
				lc rgb "#555555" notitle
		unset label
	}
	unset multiplot
	unset output
	set label 100 footer at screen 0.01, screen 11.0 / height left font ",8" tc rgb "#555555"
}
