# SPDX-License-Identifier: MIT
# What the shapes stand for, four on a line below the subtitle. The caller sets: placements (names joined by |), shapes (their
# numbers, joined by spaces), legend_lines.
do for [s = 1:legend_lines ? words(shapes) : 0] {
	k = int(word(shapes, s))
	set label 110 + s nth(placements, s) at screen across(14.0 + 116 * ((s - 1) % 4)), screen down(head + 4 + 14 * ((s - 1) / 4)) \
		left font ",9.5" point pt shape[k] ps size[k] lc rgb "#333333" offset character 1.0, -0.15 # its middle is as high as the point
}
