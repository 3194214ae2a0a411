# SPDX-License-Identifier: MIT
# A square of PUs by PUs: the colour is the time of the pair. Lines part L3 caches (thin), NUMA nodes (thick) and
# packages (black). The caller sets: data, dir, out, footer, title, subtitle, n (PUs), pairs (measured), possible (pairs there
# are), lo and hi (smallest and largest value, which the subtitle says), tics (PU numbers with their places).
# data: column, row, value; beside it data.lines: place, weight (1 L3, 2 node, 3 package).
load dir."/style.gp"
width = 480
side = 336.0
body = 8 + side + 42
load dir."/size.gp"

few = n <= 10 # so few that the figures have room
# A cell is at least 3 pixels wide when most pairs are missing, so that a sample can be seen.
cell = side / n
pixels = pairs > possible / 2 || cell > 3 ? cell : 3
half = (pixels + 0.5) / cell / 2 # neighbours overlap a little: a seam would look like the line at the end of an L3
# The colours go from the fastest to the slowest, but never over less than a fifth: noise is to look like noise.
least = 1.2
from = hi > lo * least ? lo : sqrt(lo * hi / least)
set style line 21 lc rgb "#ffffff" lw (n > 128 ? 0.4 : 1)
set style line 22 lc rgb "#555555" lw (n > 128 ? 0.8 : 1.2)
set style line 23 lc rgb "#000000" lw 2
borders = "for [w = 1:3] data.'.lines' using ($2 == w ? $1 : NaN):(-0.5):(0):(n) with vectors nohead ls 20 + w, \
	for [w = 1:3] data.'.lines' using (-0.5):($2 == w ? $1 : NaN):(n):(0) with vectors nohead ls 20 + w"
cells = "data using 1:2:($1 - half):($1 + half):($2 - half):($2 + half):3 with boxxyerror lc palette, "
# Of many cells that leave no gaps an image is as good as a rectangle each, and a hundredth of it.
if (n > 16 && pairs == possible) { cells = "data using 1:2:3 with image, " }
figures = few ? "data using 1:2:($1 == $2 ? '' : sprintf('%.0f', $3)):($3 > sqrt(lo * hi) ? 0 : 0xffffff) \
	with labels font ',9' tc rgb variable, " : ""

do for [t in terminals] {
	eval "set terminal ".value("term_".t)
	set output out.".".t
	unset key
	eval headings
	unset grid
	set border 15 lc rgb "#888888"
	set lmargin at screen across(46.0)
	set rmargin at screen across(46.0 + side)
	set tmargin at screen down(head + 8)
	set bmargin at screen down(head + 8 + side)
	set xrange [-0.5:n - 0.5]
	set yrange [n - 0.5:-0.5]
	eval "set xtics out rotate by 90 right font ',8' (".tics.")"
	eval "set ytics out font ',8' (".tics.")"
	set xlabel "PU" offset 0, 0.5
	set ylabel "PU" offset 0.5, 0
	# viridis (van der Walt, Smith 2015): even steps to the eye, also in grey and to the colour-blind
	set palette defined (0 "#440154", 1 "#3b528b", 2 "#21918c", 3 "#5ec962", 4 "#fde725")
	set logscale cb
	set cbrange [from:lo * hi / from]
	eval time_tics("cb", from, lo * hi / from)
	set colorbox user origin screen across(46.0 + side + 10), graph 0 size screen across(12.0), graph 1
	set label 104 "there and back" at screen across(width - 10.0), graph 0.5 center rotate
	set object 1 rectangle from graph 0, 0 to graph 1, 1 behind fc rgb "#eeeeee" fs solid noborder
	set style fill solid noborder
	eval "plot ".cells.figures.borders
	unset output
	unset label
	unset object
}
