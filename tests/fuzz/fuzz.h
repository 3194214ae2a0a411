/* SPDX-License-Identifier: MIT */
/* What the fuzz targets share: input as a file, a directory for what is written, claims. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* One input. libFuzzer's, and the only function of a target that others see. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input; libFuzzer takes abort() for a finding. */
#define CLAIM(holds)                                                                       \
	do {                                                                               \
		if (!(holds)) {                                                            \
			dprintf(STDERR_FILENO, "%s:%d: %s\n", __FILE__, __LINE__, #holds); \
			abort();                                                           \
		}                                                                          \
	} while (0)

/* Writes `size` bytes to `fd`, from its beginning on, and nothing behind them. */
static inline void fuzz_fill(int fd, const void *data, size_t size)
{
	CLAIM(fd >= 0 && !ftruncate(fd, 0) && pwrite(fd, data, size, 0) == (ssize_t)size);
}

/* The path of a file in memory that holds the input; the same one every time. */
static inline const char *fuzz_file(const void *data, size_t size)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("input", MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	fuzz_fill(fd, data, size);
	return path;
}

/* Puts the input into the file `path`. */
static inline void fuzz_put(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	fuzz_fill(fd, data, size);
	close(fd);
}

/* A new directory, for as long as the target runs: scripts/check/fuzz removes it. */
static inline const char *fuzz_dir(void)
{
	static char path[PATH_MAX];
	const char *tmp = getenv("TMPDIR");

	if (*path)
		return path;
	snprintf(path, sizeof(path), "%.200s/fuzz-XXXXXX", tmp ? tmp : "/tmp");
	CLAIM(mkdtemp(path));
	return path;
}

/*
 * The next part of the input, parts being divided by lines "----". Its bytes into *part; its
 * length.
 */
static inline size_t fuzz_part(const uint8_t **data, size_t *size, const uint8_t **part)
{
	static const char line[] = "----\n";
	const uint8_t *end = *size ? memmem(*data, *size, line, strlen(line)) : NULL;
	size_t length = end ? (size_t)(end - *data) : *size;

	*part = *data;
	*size -= end ? length + strlen(line) : length;
	*data += end ? length + strlen(line) : length;
	return length;
}

#endif
