/* SPDX-License-Identifier: MIT */
/* Owners and modes. */
#include "bench/base/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHERS_WRITE (S_IWGRP | S_IWOTH)

static bool is_friend(uid_t owner)
{
	return owner == geteuid() || owner == 0;
}

static int judge(const struct stat *st)
{
	return is_friend(st->st_uid) && !(st->st_mode & OTHERS_WRITE) ? 0 : -EPERM;
}

int trust_fd(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? -errno : judge(&st);
}

int trust_path(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return -errno;
	if (S_ISLNK(st.st_mode) && !is_friend(st.st_uid))
		return -EPERM;
	return stat(path, &st) ? -errno : judge(&st);
}

int trust_beside(const char *path)
{
	char dir[PATH_MAX], parent[PATH_MAX + 4];
	const char *slash = strrchr(path, '/');
	struct stat st, above;
	int length = slash ? (int)(slash - path) : 0;

	snprintf(dir, sizeof(dir), "%.*s", slash == path ? 1 : length, slash ? path : "");
	snprintf(parent, sizeof(parent), "%s/..", *dir ? dir : ".");
	if (lstat(*dir ? dir : ".", &st))
		return -errno;
	if (S_ISLNK(st.st_mode) && !is_friend(st.st_uid))
		return -EPERM;
	if (stat(*dir ? dir : ".", &st) || stat(parent, &above))
		return -errno;
	if (st.st_mode & OTHERS_WRITE && !(st.st_mode & S_ISVTX))
		return -EPERM;
	return is_friend(st.st_uid) || st.st_uid == above.st_uid ? 0 : -EPERM;
}

FILE *trust_fopen(const char *path, const char *mode)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (*mode == 'a' ? O_APPEND : O_TRUNC), fd;
	struct stat st;
	FILE *file;

	if (lstat(path, &st)) {
		flags |=
			O_NOFOLLOW; /* what comes into its place until it is made is none of ours */
	} else if ((S_ISLNK(st.st_mode) || S_ISFIFO(st.st_mode)) && !is_friend(st.st_uid)) {
		errno = EPERM;
		return NULL;
	}
	fd = open(path, flags, 0666);
	file = fd < 0 ? NULL : fdopen(fd, mode);
	if (fd >= 0 && !file)
		close(fd);
	if (file && *mode == 'a')
		fseek(file, 0, SEEK_END); /* as fopen() would; fdopen() does not */
	return file;
}
