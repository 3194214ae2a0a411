# SPDX-License-Identifier: MIT
# How a run went, block by block: above the times of each block over those of the whole run, below how many invocations were
# disturbed. The caller sets: data, dir, out, footer, title, subtitle, block_from and block_to, lo and hi (of the ratios),
# most (disturbed in a block), arms, names (joined by |), wide (letters of the longest).
# data: of each arm block, median and 1 where the block is of few invocations (pale, and no part of the line), and of the first
# arm lower and upper quartile and 1 where a quarter was disturbed (hatched); then block, disturbed invocations and all, of all
# arms. These stand two empty lines apart. Beside it data.names: arm, place of its name.
load dir."/style.gp"
left = 70.0
width = 420 + 5.6 * wide < 480 ? 480 : 420 + 5.6 * wide
body = 8 + 130 + 16 + 80 + 42
load dir."/size.gp"
right = (width - 14 - 5.6 * wide) / width
do for [t in terminals] {
	eval "set terminal ".value("term_".t)
	set output out.".".t
	set multiplot
	unset key
	eval headings
	set lmargin at screen across(left)
	set rmargin at screen right
	set xrange [block_from - 0.7:block_to + 0.7]
	set tmargin at screen down(head + 8)
	set bmargin at screen down(head + 138)
	set logscale y 2
	set yrange [lo:hi]
	eval ratio_tics("y", lo, hi)
	set format x ""
	set ylabel "time / the run's" offset 0.5, 0
	set arrow 1 from block_from - 0.7, 1 to block_to + 0.7, 1 nohead lc rgb "#999999" lw 1 back
	plot data index 0 using ($3 == 0 && $6 == 0 ? $1 : NaN):4:(0):($5 - $4) with vectors nohead lw 5 lc rgb "#cccccc", \
		data index 0 using ($3 == 0 && $6 == 1 ? $1 : NaN):4:(0):($5 - $4) with vectors nohead lw 5 dt (0.3, 0.3) lc rgb "#999999", \
		for [a = 1:arms] data index a - 1 using ($3 == 1 ? $1 : NaN):2 with points pt 7 ps 0.6 lc rgb "#b0b0b0", \
		for [a = 2:arms] data index a - 1 using ($3 == 0 ? $1 : NaN):2 with lines lw 1.2 lc rgb colour[(a - 1) % 6 + 1], \
		data index 0 using ($3 == 0 ? $1 : NaN):2 with linespoints pt 7 ps 0.6 lw 1.4 lc rgb colour[1], \
		for [a = 1:arms] data.".names" using ($1 == a ? block_to + 0.7 : NaN):2:(nth(names, a)) \
			with labels left offset 0.6, 0 font ",9" tc rgb colour[(a - 1) % 6 + 1]
	unset label
	unset arrow 1
	set tmargin at screen down(head + 154)
	set bmargin at screen down(head + 234)
	unset logscale y
	set yrange [0:most < 1 ? 1 : most * 1.1]
	power = 10 ** floor(log10(most < 1 ? 1 : most))
	set ytics 0, (most < 5 ? 1 : most / power < 2 ? power / 2 : most / power < 5 ? power : 2 * power)
	set format x "%g"
	set xlabel "block, in the order of time"
	set ylabel "invocations\ndisturbed" offset -0.5, 0
	bar = (right * width - left) / (block_to - block_from + 2.0) * 0.6
	plot data index arms using 1:(0):(0):2 with vectors nohead lw (bar > 14 ? 14 : bar < 1 ? 1 : bar) \
		dt (0.3, 0.3) lc rgb "#777777"
	unset multiplot
	unset output
	unset xlabel
	unset label
	set format y
	set format x
}
