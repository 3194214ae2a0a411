# SPDX-License-Identifier: MIT
# What the scripts that draw have in common. They set: charts (this directory), to (path of charts up to their name),
# footer, and load where there was one beside all rows.
# shellcheck shell=sh

die() {
	code=$1
	shift
	echo "scripts/$(basename "$0"): $*" >&2
	exit "$code"
}

# begin_drawing: $work is a directory for what is between CSV and picture.
begin_drawing() {
	command -v gnuplot >/dev/null || die 69 'gnuplot is missing: make deps installs it; the CSV files stay as they are'
	work=$(mktemp -d) || die 74 'no room for temporary files'
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT TERM
}

# harmless RUN: makes of the tables of a run, or of one table, copies below $in that can be put into gnuplot's strings:
# runs come from others, and gnuplot runs what stands in backquotes. None of our own fields has these characters.
harmless() {
	in=$work/in
	mkdir "$in" || die 74 'no room for temporary files'
	for table in "$1" "$1"/*.csv "$1/machine.txt"; do
		[ -f "$table" ] && [ -r "$table" ] || continue
		tr -d '"`\\'"'" <"$table" >"$in/${table##*/}" || die 74 "$in: cannot write: is the disk full?"
	done
}

# Gnuplot does not notice that a disk is full. A picture that is whole has its end.
whole() {
	tail -c 12 "$1.svg" | grep -q '</svg>' && tail -c 12 "$1.png" | grep -aq IEND && tail -c 12 "$1.pdf" | grep -aq '%%EOF'
}

# put FILE TO: TO is the old one or the new one, and never a part of it.
put() {
	if cp "$1" "$2.part" 2>"$work/words" && mv -f "$2.part" "$2" 2>>"$work/words"; then
		return
	fi
	rm -f "$2.part"
	die 74 "$2: cannot write: $(sed 's/.*: //' "$work/words")"
}

# For awk: spread(n, y, least, top) moves the places y[1] to y[n] of names apart by at least `least`, and below `top`.
# shellcheck disable=SC2034 # used by those who source this
spread='
	function spread(n, y, least, top,   i, k, t, by) {
		for (i = 1; i <= n; i++) by[i] = i
		for (i = 2; i <= n; i++)
			for (k = i; k > 1 && y[by[k]] < y[by[k - 1]]; k--) { t = by[k]; by[k] = by[k - 1]; by[k - 1] = t }
		for (i = 2; i <= n; i++) if (y[by[i]] < y[by[i - 1]] + least) y[by[i]] = y[by[i - 1]] + least
		if (n && y[by[n]] > top) y[by[n]] = top
		for (i = n - 1; i > 0; i--) if (y[by[i]] > y[by[i + 1]] - least) y[by[i]] = y[by[i + 1]] - least
	}'

# draw SCRIPT NAME: the chart NAME from $work/NAME and the settings on stdin.
draw() {
	{
		printf 'dir = "%s"\nout = "%s/%s"\ndata = "%s/%s"\nfooter = "%s"\n' "$charts" "$work" "$2" "$work" "$2" "$footer"
		cat
		[ -z "${load:-}" ] || printf 'title = title." Under load (%s)."\n' "$load"
	} >"$work/$2.gp"
	if ! gnuplot "$work/$2.gp" "$charts/$1.gp" 2>"$work/words"; then
		cat "$work/words" >&2
		die 70 "gnuplot failed at $2"
	fi
	"$charts/../name-chart" "$work/$2.gp" "$work/$2.svg" || die 74 "$work/$2.svg: cannot write"
	whole "$work/$2" || die 74 "$work/$2.*: cannot write: is the disk full?"
	for ending in svg png pdf; do
		put "$work/$2.$ending" "$to$2.$ending"
	done
	echo "$to$2.svg .png .pdf"
}
