# SPDX-License-Identifier: MIT
# Places the rows of compare.csv on the pages of the chart of ratios (ratios.gp, whose settings it writes). Given: work, of
# which its files are called; per_page, the cells of a page; pages, the most there are.
function get(name) { return name in at ? $at[name] : "" }
function log_of(x) { return x > 0 ? (log(x) < 0 ? -log(x) : log(x)) : 0 }
function metric_name(metric) {
	return (metric ~ /read_/ ? "  reads" : metric ~ /write_/ ? "  writes" : metric ~ /first_/ ? "  first" : metric ~ /last_/ ? "  last" : "") \
		(metric ~ /acquire/ ? "  wait" : metric ~ /jain/ ? "  fairness" : metric ~ /owner/ ? "  owner changes" : \
		metric ~ /success/ ? "  success" : metric ~ /per_s|mb_s/ ? "  rate" : "") (metric ~ /p99/ ? "  p99" : "")
}

# What tells a cell from the others, but for its placement and what the wait mode and the pattern usually are.
function name_of(   text) {
	text = get("mechanism") ":" get("variant") (get("wait") ~ /^(none|block)?$/ ? "" : " " get("wait"))
	if (get("group") == "sync" && get("endpoints") == "process") text = text " (processes)"
	if (get("group") == "sync" && get("options") != "") text = text " " get("options")
	if (get("experiment") != "" && get("experiment") != "contended") text = text "  " get("experiment")
	if (get("threads") > 2 || get("experiment") == "contended") text = text "  " get("threads") " threads"
	if (get("order") == "scatter") text = text " scattered"
	if (get("think_ns") > 0) text = text ", think " get("think_ns") " ns"
	if (get("critical_ns") > 0) text = text ", hold " get("critical_ns") " ns"
	if (get("lines") != "") text = text ", " get("lines") " lines"
	if (get("stride_b") != "") text = text ", " get("stride_b") " B apart"
	if (get("capacity") != "") text = text ", room " get("capacity")
	if (get("readers_pct") != "") text = text ", " get("readers_pct") " % read"
	if (get("pattern") == "stream" || get("pattern") == "paced") text = text "  " get("pattern")
	if (get("every_ns") != "") text = text "  each " get("every_ns") / 1000 " us"
	if (get("msg_size_b") != "" && get("every_ns") == "") text = text "  " get("msg_size_b") " B"
	return text metric_name(get("metric"))
}
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
get("ratio_lo") == "" { next } # too few pairs for an interval: nothing to show
{
	label = name_of()
	arm = get("arm")
	if (!(arm in number)) { number[arm] = ++arms; names = names (arms > 1 ? "|" : "") arm }
	key = label SUBSEP get("placement")
	if (get("placement") != "" && !(shape(get("placement")) in placed)) placed[shape(get("placement"))] = get("placement")
	if (!(key in most)) labels[++n] = key
	if (log_of(get("ratio")) > most[key] + 0) most[key] = log_of(get("ratio"))
	v = get("verdict")
	class = v == "slower" ? 1 : v == "faster" ? 2 : v == "same" ? 3 : v == "inconclusive" ? 4 : 5
	lo = get("ratio_lo")
	hi = get("ratio_hi")
	h = hue_of[family(get("mechanism"))]
	colour[key] = deep[h]
	called[key] = label
	row[++rows] = get("ratio") OFS lo OFS hi OFS class OFS (get("flags") ~ /noisy/ ? 1 : 0) OFS shape(get("placement")) OFS "0x" hue[h]
	of[rows] = key; panel[rows] = number[arm]
	low[rows] = lo; high[rows] = hi
	effect = get("smallest_effect")
}
END {
	for (i = 2; i <= n; i++)
		for (k = i; k > 1 && most[labels[k]] > most[labels[k - 1]]; k--) {
			l = labels[k]; labels[k] = labels[k - 1]; labels[k - 1] = l
		}
	for (s = 1; s <= 8; s++)
		if (s in placed) {
			shapes = shapes " " s
			placements = placements (placements == "" ? "" : "|") placed[s]
		}
	all = n
	if (n > pages * per_page) n = pages * per_page
	for (i = 1; i <= n; i++) place[labels[i]] = i
	for (i = 1; i <= rows; i++) {
		if (!(of[i] in place)) continue
		page = int((place[of[i]] - 1) / per_page)
		file = work "/ratios" (page ? "_" page + 1 : "")
		print panel[i], place[of[i]] - page * per_page, row[i] >file
		if (!(page in lo_of) || low[i] < lo_of[page]) lo_of[page] = low[i]
		if (!(page in hi_of) || high[i] > hi_of[page]) hi_of[page] = high[i]
	}
	for (page = 0; page * per_page < n; page++) {
		file = work "/ratios" (page ? "_" page + 1 : "")
		last = n - page * per_page
		if (last > per_page) last = per_page
		letters = 0
		for (i = 1; i <= last; i++) {
			label = labels[page * per_page + i]
			if (length(called[label]) > letters) letters = length(called[label])
			print i, called[label], "0x" colour[label] >(file ".names")
		}
		if (n < all) printf "subtitle = subtitle.\" The %d of %d cells that changed most.\"\n", n, all >(file ".settings")
		lo = lo_of[page] / 1.1; hi = hi_of[page] * 1.1
		if (lo > 0.9) lo = 0.9
		if (hi < 1.1) hi = 1.1
		printf "panels = \"%s\"\nn_panels = %d\nn = %d\nletters = %d\nxmin = %g\nxmax = %g\neffect = %g\n" \
			"placements = \"%s\"\nshapes = \"%s\"\n", names, arms, last, letters, lo, hi, effect, placements, \
			substr(shapes, 2) >(file ".settings")
	}
}
