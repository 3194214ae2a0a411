/* SPDX-License-Identifier: MIT */
/* A mechanism is called as its file is. */
#ifndef BENCH_BASE_FILE_NAME_H
#define BENCH_BASE_FILE_NAME_H

#define FILE_BEGINS(text) (!__builtin_strncmp(__FILE__, text, sizeof(text) - 1))
#define FILE_ENDS(text)                      \
	(sizeof(__FILE__) >= sizeof(text) && \
	 !__builtin_strcmp(&__FILE__[sizeof(__FILE__) - sizeof(text)], text))

/*
 * Stops the compiler where this stands in another file of ipc/ or sync/ than id.c: a copy with the
 * old name left in it would be a second mechanism under the first one's name. Tests have mechanisms
 * of their own.
 */
#define NAMED_AS_ITS_FILE(id)                                                                      \
	_Static_assert((!FILE_BEGINS("ipc/") && !FILE_BEGINS("sync/")) || FILE_ENDS("/" #id ".c"), \
		       "a mechanism is called as its file, and this file says " #id)

#endif
