# SPDX-License-Identifier: MIT
# What all charts share: shapes, colours, tics.
set datafile separator tab

# Shape of a placement, in order: same-pu smt same-l2 same-l3 same-node same-package other-package free.
array shape[8] = [7, 5, 11, 13, 9, 15, 3, 1]
array size[8] = [0.55, 0.5, 0.7, 0.75, 0.7, 0.65, 0.6, 0.6]
# Colours and marks of arms: Okabe and Ito's, told apart by the colour-blind. Those of families are in families.awk.
array colour[6] = ["#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"]
array mark[6] = [7, 5, 9, 11, 13, 15]
set grid lt 1 lc rgb "#dcdcdc" lw 0.6
set border 3 lc rgb "#888888"
set tics nomirror textcolor rgb "#000000" scale 0.5
set errorbars 0
# The nth of the names joined by |.
nth(text, k) = k == 1 ? text[1:strstrt(text."|", "|") - 1] : nth(text[strstrt(text, "|") + 1:*], k - 1)

# A time in nanoseconds as people say it.
time_name(ns) = ns < 1e3 ? sprintf("%g ns", ns) : ns < 1e6 ? sprintf("%g us", ns / 1e3) : \
	ns < 1e9 ? sprintf("%g ms", ns / 1e6) : sprintf("%g s", ns / 1e9)
# Tics for times from lo to hi: so dense that about five stand on the axis.
time_tics(axis, lo, hi) = sprintf("set %stics ()", axis).time_more(axis, hi / lo, floor(log10(lo)), ceil(log10(hi)))
time_more(axis, span, e, last) = e > last ? "" : \
	(span > 1e6 && e % 2 ? "" : time_add(axis, 10.0 ** e)). \
	(span < 30 ? time_add(axis, 2 * 10.0 ** e).time_add(axis, 5 * 10.0 ** e) : \
	span < 300 ? time_add(axis, 3 * 10.0 ** e) : "").time_more(axis, span, e + 1, last)
time_add(axis, ns) = sprintf("; set %stics add (\"%s\" %.12g)", axis, time_name(ns), ns)
# Tics of a logarithmic axis for other numbers: labels also where it spans no power of ten.
plain_tics(axis, lo, hi) = sprintf("set %stics ()", axis).plain_more(axis, hi / lo, floor(log10(lo)), ceil(log10(hi)))
plain_more(axis, span, e, last) = e > last ? "" : plain_add(axis, 10.0 ** e). \
	(span < 30 ? plain_add(axis, 2 * 10.0 ** e).plain_add(axis, 5 * 10.0 ** e) : \
	span < 300 ? plain_add(axis, 3 * 10.0 ** e) : "").plain_more(axis, span, e + 1, last)
plain_add(axis, y) = sprintf("; set %stics add (\"%s\" %.12g)", axis, gprintf("%.0s %c", y), y)
