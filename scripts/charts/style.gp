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
# Dashes that are longer than what is between them: parts of a line are short.
set dashtype 2 (9, 6)
# The nth of the names joined by |.
nth(text, k) = k == 1 ? text[1:strstrt(text."|", "|") - 1] : nth(text[strstrt(text, "|") + 1:*], k - 1)

# Text in lines of at most n characters; number of its lines.
wrap(text, n) = strlen(text) <= n ? text : wrap_at(text, n, n)
wrap_at(text, n, k) = k == 0 ? text : text[k:k] eq " " ? text[1:k - 1]."\n".wrap(text[k + 1:*], n) : wrap_at(text, n, k - 1)
n_lines(text) = strstrt(text, "\n") ? 1 + n_lines(text[strstrt(text, "\n") + 1:*]) : 1

# Numbers as people say them: a time in nanoseconds, a rate in MB/s, a ratio, any other.
time_name(ns) = ns < 1e3 ? sprintf("%g ns", ns) : ns < 1e6 ? sprintf("%g us", ns / 1e3) : \
	ns < 1e9 ? sprintf("%g ms", ns / 1e6) : sprintf("%g s", ns / 1e9)
rate_name(mb) = mb < 1 ? sprintf("%g kB/s", mb * 1e3) : mb < 1e3 ? sprintf("%g MB/s", mb) : sprintf("%g GB/s", mb / 1e3)
ratio_name(n) = sprintf("%g", n)
plain_name(n) = n < 1e3 ? sprintf("%g", n) : n < 1e6 ? sprintf("%g k", n / 1e3) : n < 1e9 ? sprintf("%g M", n / 1e6) : \
	sprintf("%g G", n / 1e9)
# Commands that label the logarithmic axis from lo to hi (its ends, not those of what is drawn): two to six labels.
time_tics(axis, lo, hi) = tics(axis, lo, hi, "time_name")
rate_tics(axis, lo, hi) = tics(axis, lo, hi, "rate_name")
plain_tics(axis, lo, hi) = tics(axis, lo, hi, "plain_name")
ratio_tics(axis, lo, hi) = tics(axis, lo, hi, "ratio_name")
tics(axis, lo, hi, name) = sprintf('tics_axis = "%s"; tics_lo = 1.0 * %.15g; tics_hi = 1.0 * %.15g; tics_name = "%s"; ', \
	axis, lo, hi, name).sprintf('load "%s/tics.gp"', dir)
