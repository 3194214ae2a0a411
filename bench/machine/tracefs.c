/* SPDX-License-Identifier: MIT */
/*
 * See bench/machine/tracefs.h; fsopen(2), fsmount(2): a mount is gone with the last descriptor of
 * it.
 */
#include "bench/machine/tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/mount.h>)
#include <linux/mount.h>
#endif

#define USUAL "/sys/kernel/tracing"

/* A descriptor of tracefs, mounted nowhere; -1 with errno. */
static int mount_apart(void)
{
#if defined(FSOPEN_CLOEXEC) && defined(SYS_fsopen)
	int fs = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC), fd, saved;

	if (fs < 0)
		return -1;
	fd = (int)syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (!fd)
		fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	saved = errno;
	close(fs);
	errno = saved;
	return fd;
#else
	errno = ENOSYS; /* headers of a kernel before 5.2 */
	return -1;
#endif
}

const char *tracefs_path(void)
{
	static char path[32];
	static int fd = -1;

	if (!access(USUAL "/instances", W_OK))
		return USUAL;
	if (fd < 0)
		fd = mount_apart();
	if (fd < 0)
		return NULL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

bool tracefs_remove_instance(const char *name)
{
	const char *tracefs = tracefs_path();
	char path[PATH_MAX];

	if (!tracefs)
		return false;
	snprintf(path, sizeof(path), "%s/instances/%s", tracefs, name);
	return !rmdir(path);
}
