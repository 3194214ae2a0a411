# SPDX-License-Identifier: MIT
# One line of text per thing, one panel per placement: a dot where the median is, a grey bar for its interval, a
# whisker to the 99th percentile. The caller sets: data, dir, out, footer, title, subtitle, xtitle, panels (names
# joined by spaces), n (things), letters (of the longest name), xmin, xmax, classes (those that occur), class_names,
# axis (time or rate).
# data: panel, place from the top, median, lower limit, upper limit, 99th percentile, class (1 to 5), 1 where
# disturbed (hatched: by dashes, since browsers print patterns as megabytes); beside it data.tics, which names the places.
n_panels = words(panels)
left = 20 + 7.6 * letters
width = left + 340 * n_panels + 20
width = width < 760 ? 760 : width
height = 184 + 20 * n
load dir."/style.gp"

# The nth of the names joined by |.
nth(text, k) = k == 1 ? text[1:strstrt(text."|", "|") - 1] : nth(text[strstrt(text, "|") + 1:*], k - 1)
class(k) = nth(class_names, k)
wide = (width - left - 20.0) / n_panels
do for [t in terminals] {
	eval "set terminal ".value("term_".t)
	set output out.".".t
	set multiplot
	unset key
	set label 101 title at screen 0.01, screen 1 - 20.0 / height left font ",14"
	set label 102 subtitle at screen 0.01, screen 1 - 42.0 / height left font ",9" tc rgb "#555555"
	set label 103 at screen 0.01, screen 1 - 64.0 / height left front ""
	# The legend: only classes that occur.
	x = 20.0
	do for [c = 1:5] {
		if (strstrt(classes, sprintf("%d", c))) {
			set label 110 + c class(c) at screen x / width, screen 1 - 64.0 / height left font ",9" \
				point ls c offset character 1.2, 0
			x = x + 36 + 6.6 * strlen(class(c))
		}
	}
	set logscale x
	if (axis eq "rate") { set format x "%.0s %c" } else { eval time_tics("x", xmin, xmax) }
	set xlabel xtitle
	set yrange [n + 0.6:0.4]
	set xrange [xmin:xmax]
	set tmargin at screen 1 - 104.0 / height
	set bmargin at screen 70.0 / height
	do for [p = 1:n_panels] {
		set lmargin at screen (left + (p - 1) * wide + 8) / width
		set rmargin at screen (left + p * wide - 14) / width
		if (p == 1) {
			load data.".tics"
		} else {
			unset label
			set ytics 1, 1, n
			set format y ""
		}
		set title word(panels, p) offset 0, -0.6
		plot data using ($1 == p && $8 == 0 ? $4 : NaN):2:($5 - $4):(0) with vectors nohead lw 7 lc rgb "#cccccc", \
			data using ($1 == p && $8 == 1 ? $4 : NaN):2:($5 - $4):(0) with vectors nohead lw 7 dt (0.3, 0.3) \
				lc rgb "#999999", \
			for [c = 1:5] data using ($1 == p && $7 == c && $6 > 0 ? $3 : NaN):2:3:6 with xerrorbars \
				ls c pt -1 lw 1, \
			for [c = 1:5] data using ($1 == p && $7 == c ? $3 : NaN):2 with points ls c
	}
	unset multiplot
	unset output
	unset label
	set format y
	set label 100 footer at screen 0.01, screen 11.0 / height left font ",8" tc rgb "#555555"
}
