/* SPDX-License-Identifier: MIT */
#include "bench/base/utf8.h"

#include <stddef.h>

unsigned utf8_length(const char *text)
{
	static const struct {
		unsigned char first, last, least, most; /* of the first byte, of the second */
		unsigned length;
	} forms[] = {
		{0x00, 0x7f, 0, 0, 1},	     {0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	const unsigned char *byte = (const unsigned char *)text;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (*byte < forms[i].first || *byte > forms[i].last)
			continue;
		for (unsigned k = 1; k < forms[i].length; k++)
			if (byte[k] < (k == 1 ? forms[i].least : 0x80) ||
			    byte[k] > (k == 1 ? forms[i].most : 0xbf))
				return 0;
		return forms[i].length;
	}
	return 0;
}
