# SPDX-License-Identifier: MIT
# Draws one picture from the marks that `handoff plot` placed, in pixels from the top left corner, y downwards: a block of
# marks.tsv for each style. The caller sets: name, format (svg, png or pdf), zoom (how much larger than it was laid out),
# and loads NAME.gp: width and height; boxes, pixels, segments, lines, points and texts (the numbers of their blocks); and of each
# block size, shape, turn and colour, as far as they count for its kind.
# Columns: boxes and segments: x, y, x2, y2, colour; pixels: x, y, red, green, blue; lines: x, y; points: x, y, size, symbol, colour; texts: x, y, text, colour.
set encoding utf8
# A width of 480 is 85 mm, a column of a paper; there a png has 430 pixels per inch.
wide = width * zoom
tall = height * zoom
if (format eq 'svg') {
	set terminal svg size wide, tall font sprintf('sans,%g', 10 * zoom) noenhanced background '#ffffff' dynamic linewidth zoom
}
if (format eq 'png') {
	set terminal pngcairo size 3 * wide, 3 * tall font 'sans,10' fontscale 2.25 * zoom linewidth 3 * zoom pointscale 3 * zoom noenhanced
}
if (format eq 'pdf') {
	set terminal pdfcairo size wide / 143.4, tall / 143.4 font 'sans,10' fontscale 0.5 * zoom linewidth 0.5 * zoom pointscale 0.5 * zoom noenhanced
}
letters = format eq 'svg' ? zoom : 1.0 # svg knows no fontscale for what names its size
points_size = format eq 'svg' ? zoom : 1.0
data = name.'.tsv'
set output name.'.'.format
unset key
unset border
unset tics
set lmargin at screen 0
set rmargin at screen 1
set tmargin at screen 1
set bmargin at screen 0
set xrange [0:width]
set yrange [height:0]
set datafile separator tab
set style fill solid noborder
set dashtype 2 (9, 6)
set dashtype 3 (2, 2)
set multiplot
if (words(boxes)) {
	plot for [i in boxes] data index int(i) using 1:2:1:3:2:4:5 with boxxyerror lc rgb variable
}
if (words(pixels)) {
	plot data index int(pixels) using 1:2:3:4:5 with rgbimage
}
if (words(segments)) {
	plot for [i in segments] data index int(i) using 1:2:($3 - $1):($4 - $2):5 with vectors nohead \
		lw size[int(i) + 1] dt shape[int(i) + 1] lc rgb variable
}
if (words(lines)) {
	plot for [i in lines] data index int(i) using 1:2 with lines \
		lw size[int(i) + 1] dt shape[int(i) + 1] lc rgb colour[int(i) + 1]
}
if (words(points)) {
	plot for [i in points] data index int(i) using 1:2:(points_size * $3):4:5 with points ps variable pt variable lc rgb variable lw 1.2
}
do for [i in texts] {
	n = int(i) + 1
	face = sprintf(',%g', size[n] * letters)
	if (turn[n]) {
		plot data index int(i) using 1:2:3:4 with labels center rotate by 90 font face tc rgb variable
	} else { if (shape[n] == 0) {
		plot data index int(i) using 1:2:3:4 with labels left font face tc rgb variable
	} else { if (shape[n] == 1) {
		plot data index int(i) using 1:2:3:4 with labels center font face tc rgb variable
	} else {
		plot data index int(i) using 1:2:3:4 with labels right font face tc rgb variable
	} } }
}
unset multiplot
unset output
