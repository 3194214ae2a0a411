# SPDX-License-Identifier: MIT
# The size of a chart, its terminals, title and footer. The caller sets: width and body (pixels between what
# stands above and below), title, subtitle, footer. A width of 480 pixels is a column of a paper, 85 mm: text of 10 pixels
# is then 5 points high, and on a telephone still legible.

title = wrap(title, int(width / 7.3))
subtitle = wrap(subtitle, int(width / 5.8))
footer = wrap(footer, int(width / 5.0))
head = 15.0 + 17 * n_lines(title) + 13 * n_lines(subtitle)
height = head + body + 8 + 11 * n_lines(footer)

terminals = "svg png pdf"
term_svg = sprintf("svg size %d,%d font 'sans,10' noenhanced background '#ffffff' dynamic", width, height)
term_png = sprintf("pngcairo size %d,%d font 'sans,10' fontscale 2.25 linewidth 3 pointscale 3 noenhanced", 3 * width, 3 * height)
term_pdf = sprintf("pdfcairo size %.3f,%.3f font 'sans,10' fontscale 0.5 linewidth 0.5 pointscale 0.5 noenhanced", \
	width / 143.4, height / 143.4)

# Where a text is, in pixels from the left and the top.
across(x) = x / width
down(y) = 1 - y / height
headings = 'set label 101 title at screen across(8.0), screen down(14.0) left font ",13"; \
set label 102 subtitle at screen across(8.0), screen down(14.0 + 17 * n_lines(title)) left font ",9.5" tc rgb "#555555"; \
set label 100 footer at screen across(8.0), screen down(height - 11.0 * n_lines(footer)) left font ",8" tc rgb "#555555"'
