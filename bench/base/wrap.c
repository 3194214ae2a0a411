/* SPDX-License-Identifier: MIT */
#include "bench/base/wrap.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define COLUMNS_LEAST 40 /* narrower lines would be words below each other */

size_t wrap_columns(FILE *out)
{
	struct winsize size;

	if (ioctl(fileno(out), TIOCGWINSZ, &size) || !size.ws_col || size.ws_col > TERMINAL_COLUMNS)
		return TERMINAL_COLUMNS;
	return size.ws_col < COLUMNS_LEAST ? COLUMNS_LEAST : size.ws_col;
}

/* The words of `text`; the first line begins with `first` blanks, the others with `indent`. */
static void print_words(FILE *out, size_t first, size_t indent, const char *text)
{
	size_t column = first ? first - 1 : 0, columns = wrap_columns(out);

	fprintf(out, "%*s", (int)column, "");
	for (const char *word = text; *word; word += strspn(word, " ")) {
		size_t length = strcspn(word, " ");

		if (column && column + 1 + length > columns) {
			fprintf(out, "\n%*s", (int)indent - 1, "");
			column = indent - 1;
		}
		fprintf(out, "%s%.*s", column ? " " : "", (int)length, word);
		column += length + (column != 0);
		word += length;
	}
	fputc('\n', out);
}

void wrap_print(FILE *out, const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		return;
	print_words(out, 0, 2, text);
	free(text);
}

void wrap_below(FILE *out, size_t indent, const char *text)
{
	print_words(out, indent, indent + 2, text);
}
