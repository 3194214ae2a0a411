/* SPDX-License-Identifier: MIT */
#include "bench/report/html.h"

#include <math.h>
#include <string.h>

#include "bench/record/schema.h"

void html_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default: /* control characters have no place in HTML */
			fputc((unsigned char)*text < ' ' && *text != '\n' && *text != '\t' ? '?'
											   : *text,
			      out);
		}
	}
}

/* Three digits that count, in the largest of the units that leaves at least 1; of nothing none. */
static void scaled(char text[QUANTITY_B], double value, const char *const *units, size_t n)
{
	size_t unit = 0;

	if (value == 0) { /* of any unit, so that none beside it looks odd */
		snprintf(text, QUANTITY_B, "0");
		return;
	}
	while (unit + 1 < n && fabs(value) >= 999.5) {
		value /= 1000;
		unit++;
	}
	snprintf(text, QUANTITY_B, "%.*f%s%s",
		 fabs(value) < 9.995   ? 2
		 : fabs(value) < 99.95 ? 1
				       : 0,
		 value, *units[unit] ? " " : "", units[unit]);
}

static bool ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), k = strlen(end);

	return n >= k && !strcmp(text + n - k, end);
}

void html_quantity(char text[QUANTITY_B], const char *metric, double value)
{
	static const char *const times[] = {"ns", "µs", "ms", "s"};
	static const char *const rates[] = {"/s", "k/s", "M/s", "G/s"};
	static const char *const payloads[] = {"MB/s", "GB/s", "TB/s"};

	if (ends_in(metric, "_ns"))
		scaled(text, value, times, 4);
	else if (ends_in(metric, "_mb_s"))
		scaled(text, value, payloads, 3);
	else if (ends_in(metric, "_per_s"))
		scaled(text, value, rates, 4);
	else
		snprintf(text, QUANTITY_B, "%.3f", value);
}

char *text_ascii(char *text)
{
	for (char *micro; (micro = strstr(text, "µ"));) {
		*micro = 'u';
		memmove(micro + 1, micro + 2, strlen(micro + 2) + 1);
	}
	return text;
}

void text_quantity(char text[QUANTITY_B], const char *metric, double value)
{
	html_quantity(text, metric, value);
	text_ascii(text);
}

void html_figure(FILE *out, const char *metric, double value)
{
	char text[QUANTITY_B];

	html_quantity(text, metric, value);
	fprintf(out, "<data value=\"%.*f\">%s</data>", (int)schema_decimals_of_metric(metric),
		value, text);
}

void html_table(FILE *out, const char *caption, const char *columns)
{
	fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"", out);
	html_text(out, caption);
	fputs("\"><table><caption>", out);
	html_text(out, caption);
	fputs("</caption>\n<thead><tr>", out);
	for (size_t n; *columns; columns += n + (columns[n] == '|')) {
		bool number = *columns == '#';
		char name[128];

		n = strcspn(columns, "|");
		snprintf(name, sizeof(name), "%.*s", (int)n - number, columns + number);
		fprintf(out, "<th scope=\"col\"%s>", number ? " class=\"n\"" : "");
		html_text(out, name);
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
}

void html_table_end(FILE *out)
{
	fputs("</tbody></table></div>\n", out);
}

void html_cell(FILE *out, const char *text)
{
	fputs("<td>", out);
	html_text(out, text);
	fputs("</td>", out);
}

void html_cell_flags(FILE *out, const char *flags)
{
	size_t said = 0;

	fputs("<td>", out);
	for (size_t n; *flags; flags += n + (flags[n] == '+')) {
		char flag[64];

		n = strcspn(flags, "+");
		snprintf(flag, sizeof(flag), "%.*s", (int)n, flags);
		if (!strcmp(flag, "virtual"))
			continue;
		fputs(said++ ? "+<wbr>" : "", out);
		html_text(out, flag);
	}
	fputs("</td>", out);
}

void html_cell_figure(FILE *out, const char *metric, double value)
{
	char text[QUANTITY_B];

	if (isnan(value)) {
		fputs("<td></td>", out);
		return;
	}
	html_quantity(text, metric, value);
	fprintf(out, "<td class=n>%s</td>", text);
}
