# SPDX-License-Identifier: MIT
# Mechanisms by arms: the colour is the ratio to the base, from blue (less) over white to orange (more), which also the
# colour-blind tell apart. The caller sets: data, dir, out, footer, title, subtitle, n (mechanisms), arms, letters and wide
# (of the longest names of both), span (largest ratio of the scale), rows and columns (tics).
# data: arm, mechanism, ratio, mark (1 inconclusive: hatched, 2 incomparable: crossed out).
load dir."/style.gp"
left = 14 + 6.2 * letters
cell = 6.4 * wide < 56 ? 56.0 : 6.4 * wide
width = left + cell * arms + 80 < 480 ? 480 : left + cell * arms + 80
body = 44 + 18 * n
load dir."/size.gp"
do for [t in terminals] {
	eval "set terminal ".value("term_".t)
	set output out.".".t
	unset key
	unset grid
	eval headings
	set border 0
	set lmargin at screen left / width
	set rmargin at screen (left + cell * arms) / width
	set tmargin at screen down(head + 24)
	set bmargin at screen down(head + 24 + 18 * n)
	set xrange [0.5:arms + 0.5]
	set yrange [n + 0.5:0.5]
	eval "set x2tics (".columns.") scale 0"
	unset xtics
	set x2range [0.5:arms + 0.5]
	eval "set ytics (".rows.") scale 0"
	set palette defined (-1 "#4a9bd1", 0 "#ffffff", 1 "#e8803c")
	set logscale cb 2
	set cbrange [1 / span:span]
	set format cb "%.3g"
	set colorbox user origin screen across(left + cell * arms + 10), graph 0 size screen across(12.0), graph 1
	set label 104 "ratio" at screen across(left + cell * arms + 70.0), graph 0.5 center rotate
	# As many labels as are not one over another.
	if (n == 1) { set cbtics (1 / span, span) } else { if (n < 4) { set cbtics (1 / span, 1, span) } \
	else { set cbtics (1 / span, 1 / sqrt(span), 1, sqrt(span), span) } }
	set style fill solid border rgb "#dcdcdc"
	plot data using 1:2:($1 - 0.48):($1 + 0.48):($2 - 0.46):($2 + 0.46):3 with boxxyerror lc palette, \
		for [k = -4:3] data using ($4 == 1 ? $1 + 0.12 * k : NaN):($2 + 0.46):(0.12):(-0.92) with vectors nohead \
			lw 0.6 lc rgb "#999999", \
		data using ($4 == 2 ? $1 - 0.48 : NaN):($2 - 0.46):(0.96):(0.92) with vectors nohead lw 0.8 lc rgb "#888888", \
		data using ($4 == 2 ? $1 - 0.48 : NaN):($2 + 0.46):(0.96):(-0.92) with vectors nohead lw 0.8 lc rgb "#888888", \
		data using 1:2:(sprintf("%.2f", $3)) with labels font ",9" tc rgb "#000000"
	unset output
	unset label
}
