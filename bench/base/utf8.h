/* SPDX-License-Identifier: MIT */
/* Texts come from files, names and the kernel; other programs want them to be UTF-8. */
#ifndef BENCH_BASE_UTF8_H
#define BENCH_BASE_UTF8_H

/*
 * Bytes of the character at `text`: 1 to 4, or 0 when it is no UTF-8 (RFC 3629, section 4: no
 * longer form than needed, no surrogate, U+10FFFF at most).
 */
unsigned utf8_length(const char *text);

#endif
