# SPDX-License-Identifier: MIT
# A line per thing over a number (size, threads, interval): the hue is its family, the shape of its points where the two ends
# are, dashed: the waiter spins. Its name stands at its end. A panel per family, all on one scale. The caller sets: data,
# dir, out, footer, title, subtitle, xtitle, ytitle, panels (their number), firsts, lasts and heights (a number per panel,
# joined by spaces), heads (their names joined by |), colours, shapes and dashes (a word per line), ylog (0 or 1), xlog10 (0:
# by 2, -1: x is a share in %), xmin, xmax, bottom and top (ends of the y axis), letters (of the longest name), xtics and ytics
# (commands that set the tics).
# data: per line a block: x, median, lower and upper limit, 1 where disturbed (crossed). Blocks stand two empty lines apart.
# data.names.N: the names of panel N, as labels at names_at, and lines from the ends of the panel's to leaders_to.
load dir."/style.gp"
side = 24 + 5.7 * letters
left = 58.0
width = side + left + 210 < 480 ? 480 : side + left + 210
head_letters = int(width / 5.6)
gap = 44 # above each panel: the labels of the one before, and a heading whose lines are 13 high
body = 28
do for [p = 1:panels] { body = body + gap + 13 * (n_lines(wrap(nth(heads, p).ytitle, head_letters)) - 1) + int(word(heights, p)) }
load dir."/size.gp"
names_at = across(width - side + 12)
leaders_to = across(width - side + 10)
do for [t in terminals] {
	eval "set terminal ".value("term_".t)
	set output out.".".t
	set multiplot
	unset key
	eval headings
	if (xlog10 >= 0) { set logscale x xlog10 ? 10 : 2 } else { unset logscale x }
	if (ylog) { set logscale y }
	set format y "%g"
	set yrange [bottom:top]
	set xrange [xlog10 == -1 ? -4 : xmin:xlog10 == -1 ? 104 : xmax]
	eval xtics
	eval ytics
	set lmargin at screen across(left)
	set rmargin at screen across(width - side)
	y = head - 18.0
	do for [p = 1:panels] {
		tall = int(word(heights, p))
		heading = wrap(nth(heads, p).ytitle, head_letters)
		set label 103 heading at screen across(8.0), screen down(y + gap - 14) left font ",9.5"
		y = y + gap + 13 * (n_lines(heading) - 1)
		set tmargin at screen down(y)
		set bmargin at screen down(y + tall)
		if (p == panels) { set xlabel xtitle offset 0, 0.2 } else { unset xlabel }
		load sprintf("%s.names.%d", data, p)
		plot for [i = int(word(firsts, p)):int(word(lasts, p))] data index i using 1:2:3:4 with yerrorlines \
			lc rgb word(colours, i + 1) pt shape[int(word(shapes, i + 1))] ps 0.8 * size[int(word(shapes, i + 1))] \
			dt int(word(dashes, i + 1)) lw 1.1, \
			for [i = int(word(firsts, p)):int(word(lasts, p))] data index i using ($5 == 1 ? $1 : NaN):2 with points \
				pt 2 ps 0.5 lw 1 lc rgb "#ffffff"
		unset label
		unset arrow
		y = y + tall
	}
	unset multiplot
	unset output
}
