/* SPDX-License-Identifier: MIT */
#include "bench/base/wrap.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void wrap_print(FILE *out, const char *format, ...)
{
	size_t column = 0;
	char *text = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		return;
	for (const char *word = text; *word; word += strspn(word, " ")) {
		size_t length = strcspn(word, " ");

		if (column && column + 1 + length > TERMINAL_COLUMNS) {
			fputs("\n ", out);
			column = 1;
		}
		fprintf(out, "%s%.*s", column ? " " : "", (int)length, word);
		column += length + (column != 0);
		word += length;
	}
	fputc('\n', out);
	free(text);
}
