/* SPDX-License-Identifier: MIT */
/*
 * Reading small files of /proc, /sys, /dev and /etc. `root` is put before each path: "" for this
 * machine, a directory with a copy of such a tree for tests.
 */
#ifndef BENCH_MACHINE_TREE_H
#define BENCH_MACHINE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads the file into `text` (`size` bytes with the NUL; the rest is cut off), without white
 * space at its end. Its length, or -errno.
 */
__attribute__((format(printf, 4, 5))) int tree_read(const char *root, char *text, size_t size,
						    const char *path, ...);

/* The file as one whole number. 0; -errno; -EINVAL when it is none. */
__attribute__((format(printf, 3, 4))) int tree_read_u64(const char *root, uint64_t *ret,
							const char *path, ...);

/*
 * The value of "key: value" or "key  value" in a file of such lines into `text`. 0; -errno;
 * -ENODATA when no line has the key.
 */
int tree_read_key(const char *root, const char *path, const char *key, char *text, size_t size);

/* Whether `item` is a word of `text`, whose words are parted by spaces, commas or brackets. */
bool tree_has_word(const char *text, const char *item);

/*
 * The word in [brackets], as sysfs marks the choice in force, into `text`; false when there is
 * none.
 */
bool tree_chosen(const char *from, char *text, size_t size);

/* The id of a process whose name (/proc/PID/comm) is `name`; 0 when there is none, -errno. */
int tree_find_process(const char *root, const char *name);

/* How many numbers the kernel's list `list` has, such as "0-3,8"; -EINVAL when it is no list. */
int tree_list_count(const char *list);

#endif
