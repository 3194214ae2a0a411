# SPDX-License-Identifier: MIT
# Places the figures of a chart of dots (dots.gp, whose settings it writes): add() takes each that belongs to it. Given: work
# and name, of which its files are called; axis; page_pixels, which a page holds.
function add(   label, part, best, h, s) {
	label = $1 ($2 == "" || $2 == "none" ? "" : "  " $2)
	best = axis == "rate" ? -$10 : $10 + 0
	if (!(label in least)) { least[label] = best; labels[++n] = label }
	if (best < least[label]) least[label] = best
	split($1, part, ":")
	h = hue_of[$14 ? n_families : family(part[1])]
	text[label] = deep[h]
	s = shape($4)
	if (!(s in placed)) { placed[s] = $4; n_shapes++ }
	row[++rows] = $10 OFS $11 OFS $12 OFS $13 OFS s OFS "0x" hue[h] OFS $18
	of[rows] = label; in_shape[rows] = s
}

# The rows that a page holds, so that all pages are about of one length.
function rows_of_page(   high, rows) {
	high = 5 * n_shapes + 4 < 14 ? 14 : 5 * n_shapes + 4
	rows = int(page_pixels / high)
	return n > rows ? int((n - 1) / (int((n - 1) / rows) + 1)) + 1 : rows
}

END {
	for (s = 1; s <= 8; s++)
		if (s in placed) {
			nth[s] = ++k
			shapes = shapes " " s
			placements = placements (k > 1 ? "|" : "") placed[s]
		}
	for (i = 2; i <= n; i++) # fastest first
		for (k = i; k > 1 && least[labels[k]] < least[labels[k - 1]]; k--) {
			l = labels[k]; labels[k] = labels[k - 1]; labels[k - 1] = l
		}
	for (i = 1; i <= n; i++) place[labels[i]] = i
	per_page = rows_of_page()
	for (i = 1; i <= rows; i++) {
		split(row[i], f, OFS)
		page = int((place[of[i]] - 1) / per_page)
		dodge = ((nth[in_shape[i]] - 0.5) / n_shapes - 0.5) * 0.75
		print place[of[i]] - page * per_page + dodge, row[i] >(work "/" name (page ? "_" page + 1 : ""))
		for (k = 1; k <= 4; k++) {
			if (f[k] <= 0) continue
			if (lo == "" || f[k] + 0 < lo) lo = f[k] + 0
			if (f[k] + 0 > hi) hi = f[k] + 0
		}
	}
	for (page = 0; page * per_page < n; page++) {
		file = work "/" name (page ? "_" page + 1 : "")
		letters = 0
		for (i = 1; i <= per_page && page * per_page + i <= n; i++) {
			label = labels[page * per_page + i]
			if (length(label) > letters) letters = length(label)
			print i, label, "0x" text[label] >(file ".names")
		}
		printf "placements = \"%s\"\nshapes = \"%s\"\nn = %d\nletters = %d\nxmin = %g\nxmax = %g\n", \
			placements, substr(shapes, 2), i - 1, letters, lo / 1.3, hi * 1.3 >(file ".settings")
	}
}
