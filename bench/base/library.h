/* SPDX-License-Identifier: MIT */
/* Shared libraries: where one lies, and whose a function is. */
#ifndef BENCH_BASE_LIBRARY_H
#define BENCH_BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Path of the shared library `name` ("libm.so.6") in the directories of the loader (ld.so(8), but
 * for those of ld.so.conf), into path[size]. 0; -ENOENT: in none of them.
 */
int library_find(const char *name, char *path, size_t size);

/* The function or object of that name that this program uses; NULL = there is none. */
void *library_symbol(const char *name);

/* The file that has `address`; "" = none is known. The text stays as long as the file is loaded. */
const char *library_of(const void *address);

/* Whether `function` of this program is of the library whose file has that name. */
bool library_gives(const char *function, const char *name);

#endif
