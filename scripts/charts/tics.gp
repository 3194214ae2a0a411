# SPDX-License-Identifier: MIT
# Labels a logarithmic axis. Of all steps whose labels have room (each a sixth of an x axis, less where they are short or one
# above the other) it takes those that give most, so that there are two at least, however narrow the range; where none has
# room, the widest of those that give two. The caller (tics() of style.gp) sets: tics_axis, tics_lo and tics_hi (its ends),
# tics_name (the function that says a number).
tics_span = log10(tics_hi / tics_lo)
tics_need = (tics_axis ne "x" || tics_name eq "ratio_name" ? 0.15 : 0.18) - 1e-6
tics_most = 0
tics_room = 0.0
tics_best = ""
# Steps within a decade, each so many decades, and then even ones, for ranges in which a decade has few: 5, 2 and 1 of the power
# of ten below the range, and of the next.
array tics_within[7] = ["1 2 5", "1 3", "1", "1 1.5 2 3 5 7", "1", "1", "1"]
array tics_each[7] = [1, 1, 1, 1, 2, 3, 4]
do for [tics_i = 1:13] {
	tics_values = ""
	if (tics_i <= 7) {
		do for [tics_e = floor(log10(tics_lo)):ceil(log10(tics_hi))] {
			if (tics_e % tics_each[tics_i] == 0) {
				do for [tics_m in tics_within[tics_i]] { tics_values = tics_values.sprintf(" %.12g", tics_m * 10.0 ** tics_e) }
			}
		}
	} else {
		tics_by = word("5 2 1", (tics_i - 8) % 3 + 1) * 10.0 ** (floor(log10(tics_hi - tics_lo)) - (tics_i - 8) / 3)
		do for [tics_m = ceil(tics_lo / tics_by - 1e-9):floor(tics_hi / tics_by + 1e-9)] {
			tics_values = tics_values.sprintf(" %.12g", tics_m * tics_by)
		}
	}
	tics_n = 0
	tics_gap = 1.0
	tics_kept = ""
	do for [tics_value in tics_values] {
		eval "tics_y = 1.0 * ".tics_value # a text with e+ is no number to +
		if (tics_y >= tics_lo * 0.999999 && tics_y <= tics_hi * 1.000001) {
			if (tics_n && log10(tics_y / tics_before) / tics_span < tics_gap) {
				tics_gap = log10(tics_y / tics_before) / tics_span
			}
			tics_n = tics_n + 1
			tics_before = tics_y
			tics_kept = tics_kept." ".tics_value
		}
	}
	if (tics_n >= 2 && (tics_gap >= tics_need ? tics_room < tics_need || tics_n > tics_most : tics_gap > tics_room)) {
		tics_most = tics_n
		tics_room = tics_gap
		tics_best = tics_kept
	}
}
eval sprintf("set %stics ()", tics_axis)
do for [tics_value in tics_best] {
	eval sprintf("tics_label = %s(%s)", tics_name, tics_value)
	eval sprintf("set %stics add (\"%s\" %s)", tics_axis, tics_label, tics_value)
}
