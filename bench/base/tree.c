/* SPDX-License-Identifier: MIT */
/* Small files below a root. */
#include "bench/base/tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEYED_B 65536 /* of a file of keys and values: /proc/cpuinfo's first processor and more */

/* read() until the end or until `size` - 1 bytes are there. */
static int read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t used = 0;
	ssize_t n = 0;

	if (fd < 0)
		return -errno;
	while (used < size - 1 && (n = read(fd, text + used, size - 1 - used)) > 0)
		used += (size_t)n;
	n = n < 0 ? -errno : 0;
	close(fd);
	while (used && isspace((unsigned char)text[used - 1]))
		used--;
	text[used] = '\0';
	return n ? (int)n : (int)used;
}

static int read_formatted(const char *root, char *text, size_t size, const char *path, va_list args)
{
	char full[PATH_MAX];
	size_t n = (size_t)snprintf(full, sizeof(full), "%s", root);

	if (n >= sizeof(full))
		return -ENAMETOOLONG;
	vsnprintf(full + n, sizeof(full) - n, path, args);
	return read_file(full, text, size);
}

int tree_read(const char *root, char *text, size_t size, const char *path, ...)
{
	va_list args;
	int n;

	va_start(args, path);
	n = read_formatted(root, text, size, path, args);
	va_end(args);
	return n;
}

int tree_read_u64(const char *root, uint64_t *ret, const char *path, ...)
{
	char text[64] = "", *end;
	va_list args;
	int n;

	va_start(args, path);
	n = read_formatted(root, text, sizeof(text), path, args);
	va_end(args);
	if (n < 0)
		return n;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return isdigit((unsigned char)text[0]) && !*end && !errno ? 0 : -EINVAL;
}

int tree_read_key(const char *root, const char *path, const char *key, char *text, size_t size)
{
	char *all = malloc(KEYED_B), *rest = all, *line;
	size_t length = strlen(key), blanks;
	int n = all ? tree_read(root, all, KEYED_B, "%s", path) : -ENOMEM;
	int err = n < 0 ? n : -ENODATA;

	while (n >= 0 && err && (line = strsep(&rest, "\n"))) {
		if (strncmp(line, key, length))
			continue;
		line += length;
		blanks = strspn(line, " \t");
		line += blanks;
		if (*line != ':' && blanks < 2) /* "model" is not "model name" */
			continue;
		line += *line == ':';
		line += strspn(line, " \t");
		snprintf(text, size, "%s", line);
		err = 0;
	}
	free(all);
	return err;
}

bool tree_has_word(const char *text, const char *item)
{
	static const char between[] = " ,[]\t\n";
	size_t length = strlen(item);

	while (*text) {
		size_t word;

		text += strspn(text, between);
		word = strcspn(text, between);
		if (word == length && !strncmp(text, item, word))
			return true;
		text += word;
	}
	return false;
}

bool tree_chosen(const char *from, char *text, size_t size)
{
	const char *open = strchr(from, '['), *close = open ? strchr(open, ']') : NULL;

	if (!close)
		return false;
	snprintf(text, size, "%.*s", (int)(close - open - 1), open + 1);
	return true;
}

int tree_find_process(const char *root, const char *name)
{
	char path[PATH_MAX], comm[64];
	const struct dirent *entry;
	int found = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/proc", root);
	dir = opendir(path);
	if (!dir)
		return -errno;
	/* safe, one thread to a stream; readdir_r() is deprecated (readdir_r(3)) */
	/* cppcheck-suppress readdirCalled */
	while (!found && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    tree_read(root, comm, sizeof(comm), "/proc/%s/comm", entry->d_name) > 0 &&
		    !strcmp(comm, name))
			found = (int)strtol(entry->d_name, NULL, 10);
	closedir(dir);
	return found;
}

int tree_list_count(const char *list)
{
	int n = 0;

	while (*list) {
		unsigned long first, last;
		char *end;

		if (!isdigit((unsigned char)*list))
			return -EINVAL;
		first = last = strtoul(list, &end, 10);
		if (*end == '-' && isdigit((unsigned char)end[1]))
			last = strtoul(end + 1, &end, 10);
		if (last < first || (*end && *end != ','))
			return -EINVAL;
		n += (int)(last - first + 1);
		list = *end ? end + 1 : end;
	}
	return n;
}
