/* SPDX-License-Identifier: MIT */
/*
 * What a tuned profile may change on a running machine: everything that can be written in the trees
 * that its plugins know (tuned.conf(5); cpu, sysctl, sysfs, vm, disk, net, usb, video, audio,
 * scheduler, irq), and how every thread is scheduled. What has no file (settings of ethtool and
 * hdparm) is left to tuned's own roll-back.
 */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/machine/tuned.h"
#include "bench/machine/undo.h"

#define DEPTH 16 /* directories that the walk holds open */

/* Directories: all below them that can be written. */
static const char *const trees[] = {
	"/proc/sys",
	"/sys/devices/system/cpu",
	"/sys/devices/virtual/workqueue",
	"/sys/kernel/debug/sched",
	"/sys/kernel/mm/hugepages",
	"/sys/kernel/mm/ksm",
	"/sys/kernel/mm/transparent_hugepage",
};

/* Files, reached through links. */
static const char *const files[] = {
	"/proc/irq/default_smp_affinity",
	"/proc/irq/[0-9]*/smp_affinity",
	"/sys/block/*/queue/*",
	"/sys/block/*/queue/iosched/*",
	"/sys/bus/pci/devices/*/power/control",
	"/sys/bus/usb/devices/*/power/*",
	"/sys/class/drm/card*/device/power_*",
	"/sys/class/net/*/queues/*/*",
	"/sys/class/scsi_host/*/link_power_management_policy",
	"/sys/firmware/acpi/platform_profile",
	"/sys/module/*/parameters/*",
};

/* These are counters, commands and the state of other things, although they can be written. */
static const char *const not_settings[] = {
	"/proc/sys/fs/binfmt_misc/", "/proc/sys/kernel/ns_last_pid", "/proc/sys/kernel/random/",
	"/proc/sys/kernel/tainted",  "/proc/sys/vm/stat_refresh",
};

static struct restore *noting; /* nftw() hands nothing on */
static int note_err;

static void note_file(const char *path, const struct stat *st)
{
	char value[SETTING_VALUE];

	if (!S_ISREG(st->st_mode) || !(st->st_mode & S_IWUSR) || !(st->st_mode & S_IRUSR) ||
	    !setting_allowed(path))
		return;
	for (size_t i = 0; i < sizeof(not_settings) / sizeof(not_settings[0]); i++)
		if (!strncmp(path, not_settings[i], strlen(not_settings[i])))
			return;
	/*
	 * What cannot be read, is long or has several lines is no single value that could be put
	 * back.
	 */
	if (setting_read(path, value) || strchr(value, '\n'))
		return;
	if (!note_err)
		note_err = restore_write(noting, path, value);
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)at;
	if (type == FTW_F)
		note_file(path, st);
	return note_err;
}

static void note_glob(const char *pattern)
{
	struct stat st;
	glob_t found;

	if (glob(pattern, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (!stat(found.gl_pathv[i], &st))
			note_file(found.gl_pathv[i], &st);
	globfree(&found);
}

/* Threads of one process. */
static int note_threads(struct restore *r, pid_t pid)
{
	char path[64], key[UNDO_KEY], value[SETTING_VALUE];
	int err = 0;
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	/* cppcheck-suppress readdirCalled */
	while (!err && d && (e = readdir(d))) {
		pid_t tid = atoi(e->d_name);

		if (tid <= 0 || undo_read_task(pid, tid, value, sizeof(value)))
			continue;
		snprintf(key, sizeof(key), "task %d/%d", pid, tid);
		err = restore_write(r, key, value);
	}
	if (d)
		closedir(d);
	return err;
}

static int note_tasks(struct restore *r)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int err = 0;

	if (!d)
		return -errno;
	/* cppcheck-suppress readdirCalled */
	while (!err && (e = readdir(d)))
		if (atoi(e->d_name) > 0)
			err = note_threads(r, atoi(e->d_name));
	closedir(d);
	return err;
}

int tuned_note(struct restore *r)
{
	int err;

	noting = r;
	note_err = 0;
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++)
		nftw(trees[i], visit, DEPTH, FTW_PHYS | FTW_MOUNT);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		note_glob(files[i]);
	err = note_err;
	if (!err)
		err = note_tasks(r);
	return err ? err : restore_sync(r);
}
