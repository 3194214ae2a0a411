# SPDX-License-Identifier: MIT
# Places the figures of a chart of lines (lines.gp, whose settings it writes): add() takes each that belongs to it. Given: work
# and name, of which its files are called; field, which is x; xkind, what x is (x_name()); ylog, whether y is logarithmic (else it
# is a share, 0 to 1); page_pixels, which a page holds.
function add(   line, part, x) {
	place = field == 7 ? "" : $4 # of several threads it is no pair's
	line = $1 ($2 == "" || $2 == "none" ? "" : " " $2) ($9 ~ /^first_awake/ ? " first" : $9 ~ /^last_awake/ ? " last" : "") \
		($9 ~ /^read_ops/ ? " reads" : $9 ~ /^write_ops/ ? " writes" : "")
	short[line, place] = line
	line = line SUBSEP place
	if (!(line in count)) lines[++n] = line
	split($1, part, ":")
	kin[line] = $14 ? n_families : family(part[1])
	where[line] = place
	dash[line] = $2 ~ /^spin/ ? 2 : 1
	x = $field + 0
	if (!((line, x) in point)) xs[line, ++count[line]] = x
	point[line, x] = x OFS $10 OFS $11 OFS $12 OFS $18
}

# The first m numbers of list[key, 1], list[key, 2] ... in order.
function sort_numbers(list, key, m,   i, k, t) {
	for (i = 2; i <= m; i++)
		for (k = i; k > 1 && list[key, k] < list[key, k - 1]; k--) {
			t = list[key, k]; list[key, k] = list[key, k - 1]; list[key, k - 1] = t
		}
}

# The points of a line by x, and what all lines span.
function sort_points(line,   i, f) {
	sort_numbers(xs, line, count[line])
	for (i = 1; i <= count[line]; i++) {
		split(point[line, xs[line, i]], f, OFS)
		if (!(f[1] in x_seen)) { x_seen[f[1]]; x_all["", ++n_x] = f[1] + 0 }
		if (f[3] > 0 && (ylo == "" || f[3] + 0 < ylo)) ylo = f[3] + 0
		if (f[4] + 0 > yhi) yhi = f[4] + 0
		if (xlo == "" || f[1] + 0 < xlo) xlo = f[1] + 0
		if (f[1] + 0 > xhi) xhi = f[1] + 0
	}
}

# How x is said, by its kind; empty where it is none that a label should stand at (a percentile between the nines).
function x_name(x,   p) {
	if (xkind == "time") return x < 1e3 ? x " ns" : x < 1e6 ? x / 1e3 " us" : x < 1e9 ? x / 1e6 " ms" : x / 1e9 " s"
	if (xkind == "nines") return sprintf("%.6g %%%%", 100 - 100 / x)
	if (xkind == "numbers" || x % 1024) return x (xkind == "bytes" ? " B" : "")
	return (x % 1048576 ? x / 1024 " Ki" : x / 1048576 " Mi") (xkind == "bytes" ? "B" : "")
}

# Whether x is round: a power of two, of times and nines of ten.
function x_round(x,   base) {
	if (xkind == "nines" && x == 2) return 1
	for (base = xkind == "time" || xkind == "nines" ? 10 : 2; x > 1 && x % base == 0; x /= base) {}
	return x == 1
}

# Puts a label at x if those that are there leave it room.
function x_label(x, room,   i, away) {
	for (i = 1; i <= n_labels; i++) {
		away = log(x / labels[i]) / log(xhi * 1.15 / (xlo / 1.15))
		if ((away < 0 ? -away : away) < room) return
	}
	labels[++n_labels] = x
	x_tics = x_tics (n_labels > 1 ? ", " : "") "\"" x_name(x) "\" " x
}

# The labels of the x axis: at numbers that were measured, round ones first, then the ends, then what is between; two at least.
function put_x_labels(   i, room) {
	if (xkind == "shares") { x_tics = "\"0\" 0, \"50\" 50, \"90\" 90, \"100\" 100"; return }
	sort_numbers(x_all, "", n_x)
	room = xkind == "numbers" ? 0.1 : xkind ~ /^(items|nines)$/ ? 0.14 : 0.19
	for (i = 1; i <= n_x; i++) if (x_round(x_all["", i])) x_label(x_all["", i], room)
	if (xkind != "nines" || n_labels < 2) {
		x_label(x_all["", 1], room)
		x_label(x_all["", n_x], n_labels < 2 ? 0.001 : room)
		for (i = 2; i < n_x; i++) x_label(x_all["", i], room)
	}
}

# How high in its panel a value is, 0 to 1.
function height_of(value) {
	return ylog ? log(value / (ylo / 1.3)) / log(yhi * 1.3 / (ylo / 1.3)) : value / (yhi * 1.05)
}

# The names of a panel, as high as the ends of its m lines but never one over another nor above the panel, and what leads to them;
# lines.gp says where names are from the left.
function put_names(file, m, tall,   i, l, f) {
	for (i = 1; i <= m; i++) {
		l = ends[i]
		split(point[l, xs[l, count[l]]], f, OFS)
		end_x[i] = f[1]; end_y[i] = f[2]
		spot[i] = height_of(f[2])
	}
	spread(m, spot, 11.5 / tall, 1 - 6 / tall)
	for (i = 1; i <= m; i++) {
		l = ends[i]
		printf "set label %d \"%s\" at screen names_at, graph %.4f left font \",9\" tc rgb \"#%s\"\n", \
			200 + i, short[l], spot[i], deep[hue_of[kin[l]]] >file
		printf "set arrow %d from first %g, first %g to screen leaders_to, graph %.4f nohead lw 0.5 lc rgb \"#aaaaaa\"\n", \
			200 + i, end_x[i], end_y[i], spot[i] >file
	}
	close(file)
}

function end_page() {
	if (!panels) return
	if (n_places == 1) printf "subtitle = subtitle.\" Placement: %s.\"\n", one_place >(file ".settings")
	printf "panels = %d\nfirsts = \"%s\"\nlasts = \"%s\"\nheights = \"%s\"\nheads = \"%s\"\ncolours = \"%s\"\n" \
		"shapes = \"%s\"\ndashes = \"%s\"\nxmin = %g\nxmax = %g\nbottom = %g\ntop = %g\nletters = %d\nxtics = %cset xtics (%s)%c\n", \
		panels, firsts, lasts, heights, heads, colours, shapes, dashes, xlo / 1.15, xhi * 1.15, ylog ? ylo / 1.3 : 0, \
		ylog ? yhi * 1.3 : yhi * 1.05, letters, 39, x_tics, 39 \
		>(file ".settings")
	close(file ".settings")
	close(file)
	panels = drawn = letters = pixels = 0
	firsts = lasts = heights = heads = colours = shapes = dashes = ""
}

# One panel of lines, given by their numbers, under a heading.
function panel(numbers, heading,   m, v, tall, i, k, l, h) {
	m = split(numbers, v, " ")
	tall = 11.5 * m + 8 < 100 ? 100 : 11.5 * m + 8
	if (pixels + tall + 44 > page_pixels) end_page()
	if (!panels++) file = work "/" name (++pages > 1 ? "_" pages : "")
	pixels += tall + 44
	firsts = firsts " " (drawn + 0)
	for (i = 1; i <= m; i++) {
		l = ends[i] = lines[v[i]]
		if (length(short[l]) > letters) letters = length(short[l])
		h = hue_of[kin[l]]
		colours = colours " #" (i % 3 == 1 ? hue[h] : i % 3 == 2 ? deep[h] : pale[h])
		shapes = shapes " " shape(where[l])
		dashes = dashes " " dash[l]
		printf "%s", drawn++ ? "\n\n" : "" >file
		for (k = 1; k <= count[l]; k++) print point[l, xs[l, k]] >file
	}
	lasts = lasts " " drawn - 1
	heights = heights " " tall
	heads = heads (panels > 1 ? "|" : "") heading
	put_names(file ".names." panels, m, tall)
}

# At most 12 lines to a panel: small families share one, a large one has several.
function put_panels(   g, i, k, m, v, list, held, kept, heading, parts) {
	for (g = 1; g <= n_families; g++) {
		list = ""
		for (i = 1; i <= n; i++) if (kin[lines[i]] == g) list = list " " i
		m = split(list, v, " ")
		if (held && held + m > 8) { panel(kept, heading); kept = heading = ""; held = 0 }
		parts = int((m - 1) / 12) + 1
		for (k = 0; parts > 1 && k < parts; k++) {
			list = ""
			for (i = int(k * m / parts) + 1; i <= int((k + 1) * m / parts); i++) list = list " " v[i]
			panel(list, family_name[g] " (" k + 1 ")")
		}
		if (!m || parts > 1) continue
		kept = kept list
		held += m
		heading = heading (heading == "" ? "" : ", ") family_name[g]
	}
	if (held) panel(kept, heading)
}

END {
	for (i = 1; i <= n; i++) { # one figure is no line
		if (count[lines[i]] < 2) continue
		lines[++kept] = lines[i]
		for (k = kept; k > 1 && lines[k] < lines[k - 1]; k--) { l = lines[k]; lines[k] = lines[k - 1]; lines[k - 1] = l }
	}
	n = kept + 0
	for (i = 1; i <= n; i++) {
		sort_points(lines[i])
		one_place = where[lines[i]]
		if (one_place != "" && !(one_place in places)) { places[one_place]; n_places++ }
	}
	# Where all are at one place, no name need say it.
	for (i = 1; i <= n; i++) if (n_places > 1 && where[lines[i]] != "") short[lines[i]] = short[lines[i]] " " where[lines[i]]
	if (ylo == "") ylo = 1
	if (yhi <= 0) yhi = 2
	if (!ylog) yhi = 1
	if (n) put_x_labels()
	put_panels()
	end_page()
}
