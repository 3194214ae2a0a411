/* SPDX-License-Identifier: MIT */
/* What gnuplot's SVG files need to stand in a page of HTML. */
#include "bench/report/charts.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/report/chart_list.h"

#define CHART_MAX_B (8u << 20) /* more is no chart of ours */

/* Text of the SVG and what stands for it: "@" is the name of the chart. */
static const struct change {
	const char *from, *to;
} changes[] = {
	{" id='", " id='@-"},
	{" id=\"", " id=\"@-"},
	{" id = \"", " id=\"@-"},
	{"xlink:href='#gpPt", "href='#gpPt"}, /* SVG 2; the symbols stand once in the page */
	{"xlink:href='#", "href='#@-"},
	{"href=\"#", "href=\"#@-"},
	{"url(#", "url(#@-"},
	{"<title>", "<title id=\"@-title\">"},
	{"<desc>", "<desc id=\"@-desc\">"},
	/* HTML has no name spaces to declare. */
	{" xmlns=\"http://www.w3.org/2000/svg\"", ""},
	{" xmlns:xlink=\"http://www.w3.org/1999/xlink\"", ""},
	/* What SVG has anyway, and the page's style says once: gnuplot says it at each line. */
	{" stroke-linecap=\"butt\" stroke-linejoin=\"miter\"", ""},
	{" stroke-width=\"1.00\"", ""},
	{" fill=\"none\" color=\"black\" stroke=\"currentColor\"", " class=\"k\""},
	{" class=\"gridline\" ", ""},
	{" font-family=\"sans\"", ""},
	{" text-anchor=\"start\"", ""},
	{" stroke=\"none\"", ""},
	{" fill=\"#000000\"", " fill=\"#000\""},
	{" fill=\"rgb(0,0,0)\"", " fill=\"#000\""},
	{" xml:space=\"preserve\"", ""},
	{"\n\t\t", "\n"},
	{"\n\t", "\n"},
	{"  '/>", "'/>"},
};

#define N_CHANGES (sizeof(changes) / sizeof(changes[0]))

/*
 * Length of an empty group at `svg`, of which gnuplot writes several for each mark of an axis; 0:
 * none.
 */
static size_t empty_group(const char *svg)
{
	const char *end = strncmp(svg, "<g ", 3) ? NULL : strchr(svg, '>');

	return end && !strncmp(end, ">\n</g>\n", 7) ? (size_t)(end - svg) + 7 : 0;
}

/*
 * Skips what the page has no use for: names of groups, definitions (in the page once). 0: nothing
 * such.
 */
static size_t unused(const char *svg)
{
	static const char defs[] = "<defs>", end_defs[] = "</defs>", plot[] = " id=\"gnuplot_";
	const char *end;

	if (!strncmp(svg, plot, strlen(plot))) {
		end = strchr(svg + strlen(plot), '"');
		return end ? (size_t)(end - svg) + 1 : 0;
	}
	if (strncmp(svg, defs, strlen(defs)) != 0)
		return empty_group(svg);
	end = strstr(svg, end_defs);
	return end ? (size_t)(end - svg) + strlen(end_defs) : 0;
}

/*
 * A number with two decimals at `svg`, in pixels, is written with one; its length, 0: none there.
 */
static size_t write_number(const char *svg, FILE *out)
{
	size_t whole = strspn(svg, "0123456789");
	char text[32];

	if (!whole || whole > 6 || svg[whole] != '.' || strspn(svg + whole + 1, "0123456789") != 2)
		return 0;
	snprintf(text, sizeof(text), "%.1f", strtod(svg, NULL));
	if (!strcmp(text + strlen(text) - 2, ".0"))
		text[strlen(text) - 2] = '\0';
	fputs(text, out);
	return whole + 3;
}

/* A colour "rgb(  0, 114, 178)" at `svg` is written as #0072b2; its length, 0: none there. */
static size_t write_colour(const char *svg, FILE *out)
{
	unsigned red, green, blue;
	int n = 0;

	if (*svg != 'r' || sscanf(svg, "rgb(%u ,%u ,%u)%n", &red, &green, &blue, &n) != 3 || !n)
		return 0;
	fprintf(out, "#%02x%02x%02x", red & 255, green & 255, blue & 255);
	return (size_t)n;
}

/* The longest text of `changes` at `svg`; N_CHANGES: none. */
static size_t find_change(const char *svg)
{
	size_t best = N_CHANGES, longest = 0;

	for (size_t i = 0; i < N_CHANGES; i++) {
		size_t n = strlen(changes[i].from);

		if (n > longest && *svg == *changes[i].from && !strncmp(svg, changes[i].from, n)) {
			best = i;
			longest = n;
		}
	}
	return best;
}

static void write_change(const struct change *change, const char *name, FILE *out)
{
	for (const char *c = change->to; *c; c++)
		if (*c == '@')
			fputs(name, out);
		else
			fputc(*c, out);
}

static void write_changed(const char *svg, const char *name, FILE *out)
{
	bool in_tag = true; /* text between tags stays as it is, but for what `changes` has */
	char before = ' ';

	while (*svg) {
		size_t change = find_change(svg), n = unused(svg);

		if (!n && change != N_CHANGES) {
			write_change(&changes[change], name, out);
			n = strlen(changes[change].from);
		}
		if (!n && in_tag)
			n = write_colour(svg, out);
		if (!n && in_tag && !isdigit((unsigned char)before) && before != '.')
			n = write_number(svg, out);
		if (!n) {
			fputc(*svg, out);
			n = 1;
		}
		for (size_t i = 0; i < n; i++)
			in_tag = svg[i] == '<' || (in_tag && svg[i] != '>');
		before = svg[n - 1];
		svg += n;
	}
}

/* All of a file, ended by a NUL, to be freed; NULL where there is none. */
static char *read_file(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = in ? malloc(CHART_MAX_B) : NULL;
	size_t n = text ? fread(text, 1, CHART_MAX_B - 1, in) : 0;

	if (text)
		text[n] = '\0';
	if (in)
		fclose(in);
	return text;
}

void charts_symbols(const char *dir, FILE *out)
{
	char path[PATH_MAX + 280];
	struct dirent *entry;
	char *text = NULL;
	const char *defs, *end;
	DIR *d;

	snprintf(path, sizeof(path), "%s/charts", dir);
	d = opendir(path);
	/* cppcheck-suppress readdirCalled */
	while (d && !text && (entry = readdir(d))) {
		size_t n = strlen(entry->d_name);

		snprintf(path, sizeof(path), "%s/charts/%s", dir, entry->d_name);
		if (n > 4 && !strcmp(entry->d_name + n - 4, ".svg"))
			text = read_file(path);
	}
	if (d)
		closedir(d);
	defs = text ? strstr(text, "<path id='gpPt0'") : NULL;
	end = defs ? strstr(defs, "<filter") : NULL;
	if (end) {
		fputs("<svg class=\"symbols\" aria-hidden=\"true\"><defs>\n", out);
		for (const char *c = defs; c < end; c++)
			if (!strncmp(c, "xlink:", 6))
				c += 5;
			else
				fputc(*c, out);
		fputs("</defs></svg>\n", out);
	}
	free(text);
}

/* One figure; false where there is no such chart. */
static bool write_chart(const char *dir, const char *name, FILE *out)
{
	char path[PATH_MAX + 96];
	const char *svg;
	char *text;

	snprintf(path, sizeof(path), "%s/charts/%s.svg", dir, name);
	text = read_file(path);
	svg = text ? strstr(text, "<svg") : NULL;
	if (svg && strstr(svg, "</svg>")) {
		fprintf(out,
			"<figure id=\"chart-%s\"><div class=\"chart\" tabindex=\"0\" "
			"role=\"group\" "
			"aria-labelledby=\"%s-title\">\n<svg role=\"img\" "
			"aria-labelledby=\"%s-title "
			"%s-desc\"",
			name, name, name, name);
		write_changed(svg + 4, name, out);
		fputs("</div>\n<figcaption>This chart as", out);
		for (size_t i = 0; i < 3; i++) {
			static const char *const kinds[] = {"svg", "png", "pdf"};

			snprintf(path, sizeof(path), "%s/charts/%s.%s", dir, name, kinds[i]);
			if (!access(path, F_OK))
				fprintf(out, " <a href=\"charts/%s.%s\">%s</a>", name, kinds[i],
					kinds[i]);
		}
		fputs("</figcaption></figure>\n", out);
	}
	free(text);
	return svg;
}

/* The pages of one chart. */
static void write_pages(const char *dir, const char *name, FILE *out)
{
	char page[96];

	if (!write_chart(dir, name, out))
		return;
	for (unsigned i = 2; i < 100; i++) {
		snprintf(page, sizeof(page), "%.80s_%u", name, i);
		if (!write_chart(dir, page, out))
			return;
	}
}

bool charts_write(const char *dir, const char *section, FILE *out)
{
	bool known = false;

	for (size_t i = 0; i < chart_list_n; i++) {
		if (strcmp(chart_list[i].section, section) != 0)
			continue;
		known = true;
		write_pages(dir, chart_list[i].name, out);
	}
	return known;
}
