/* SPDX-License-Identifier: MIT */
/* What gnuplot's SVG files need to stand in a page of HTML. */
#include "bench/report/charts.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHART_MAX_B (8u << 20) /* more is no chart of ours */

/* Text of the SVG and what stands for it: "@" is the name of the chart. */
static const struct change {
	const char *from, *to;
} changes[] = {
	{" id='", " id='@-"},
	{" id=\"", " id=\"@-"},
	{" id = \"", " id=\"@-"},
	{"xlink:href='#", "href='#@-"}, /* SVG 2 */
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
	{"rgb(  ", "rgb("},
	{" xml:space=\"preserve\"", ""},
	{"\n\t\t", "\n"},
	{"\n\t", "\n"},
	{",  ", ","},
	{",   ", ","},
};

#define N_CHANGES (sizeof(changes) / sizeof(changes[0]))

/* Length of an empty group at `svg`, of which gnuplot writes several for each mark of an axis; 0: none. */
static size_t empty_group(const char *svg)
{
	const char *end = strncmp(svg, "<g ", 3) ? NULL : strchr(svg, '>');

	return end && !strncmp(end, ">\n</g>\n", 7) ? (size_t)(end - svg) + 7 : 0;
}

static void write_changed(const char *svg, const char *name, FILE *out)
{
	while (*svg) {
		size_t best = N_CHANGES, longest = 0, skip = empty_group(svg);

		if (skip) {
			svg += skip;
			continue;
		}
		for (size_t i = 0; i < N_CHANGES; i++) {
			size_t n = strlen(changes[i].from);

			if (n > longest && *svg == *changes[i].from &&
			    !strncmp(svg, changes[i].from, n)) {
				best = i;
				longest = n;
			}
		}
		if (best == N_CHANGES) {
			fputc(*svg++, out);
			continue;
		}
		for (const char *c = changes[best].to; *c; c++)
			if (*c == '@')
				fputs(name, out);
			else
				fputc(*c, out);
		svg += longest;
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
		fprintf(out, "</div>\n<figcaption>This chart as");
		for (size_t i = 0; i < 3; i++) {
			static const char *const kinds[] = {"svg", "png", "pdf"};

			fprintf(out, " <a href=\"charts/%s.%s\">%s</a>", name, kinds[i], kinds[i]);
		}
		fputs("</figcaption></figure>\n", out);
	}
	free(text);
	return svg;
}

void charts_write(const char *dir, const char *name, FILE *out)
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
