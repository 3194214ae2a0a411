# SPDX-License-Identifier: MIT
# What all charts share: terminals, colours, footer. The caller sets: out (path without ending), width and height
# (pixels), footer. Colours are Okabe and Ito's, told apart by the colour-blind; shapes tell them apart in grey.
set datafile separator tab
terminals = "svg png pdf"
term_svg = sprintf("svg size %d,%d font 'sans,12' noenhanced background '#ffffff' dynamic", width, height)
term_png = sprintf("pngcairo size %d,%d font 'sans,10' noenhanced", width, height)
term_pdf = sprintf("pdfcairo size %.2f,%.2f font 'sans,10' noenhanced", width / 90.0, height / 90.0)

set style line 1 lc rgb "#0072B2" pt 7 ps 0.9 lw 1.5
set style line 2 lc rgb "#D55E00" pt 9 ps 1.1 lw 1.5
set style line 3 lc rgb "#CC79A7" pt 13 ps 1.1 lw 1.5
set style line 4 lc rgb "#666666" pt 4 ps 0.9 lw 1.5
set style line 5 lc rgb "#009E73" pt 11 ps 1.1 lw 1.5
array colour[6] = ["#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"]
array shape[12] = [7, 9, 5, 11, 13, 6, 8, 4, 10, 12, 1, 2]
set grid lt 1 lc rgb "#dcdcdc" lw 0.6
set border 3 lc rgb "#888888"
set tics nomirror textcolor rgb "#000000"
set label 100 footer at screen 0.01, screen 11.0 / height left font ",8" tc rgb "#555555"

# A time in nanoseconds as people say it.
time_name(ns) = ns < 1e3 ? sprintf("%g ns", ns) : ns < 1e6 ? sprintf("%g us", ns / 1e3) : \
	ns < 1e9 ? sprintf("%g ms", ns / 1e6) : sprintf("%g s", ns / 1e9)
# Tics for times from lo to hi: so dense that about five stand on the axis.
time_tics(axis, lo, hi) = sprintf("set %stics ()", axis).time_more(axis, hi / lo, floor(log10(lo)), ceil(log10(hi)))
time_more(axis, span, e, last) = e > last ? "" : \
	(span > 1e6 && e % 2 ? "" : time_add(axis, 10.0 ** e)). \
	(span < 30 ? time_add(axis, 2 * 10.0 ** e).time_add(axis, 5 * 10.0 ** e) : \
	span < 1000 ? time_add(axis, 3 * 10.0 ** e) : "").time_more(axis, span, e + 1, last)
time_add(axis, ns) = sprintf("; set %stics add (\"%s\" %.12g)", axis, time_name(ns), ns)
# Tics of a logarithmic axis y for other numbers: labels also where it spans no power of ten.
plain_tics(lo, hi) = "set ytics ()".plain_more(hi / lo, floor(log10(lo)), ceil(log10(hi)))
plain_more(span, e, last) = e > last ? "" : plain_add(10.0 ** e). \
	(span < 30 ? plain_add(2 * 10.0 ** e).plain_add(5 * 10.0 ** e) : "").plain_more(span, e + 1, last)
plain_add(y) = sprintf("; set ytics add (\"%s\" %.12g)", gprintf("%.0s %c", y), y)
