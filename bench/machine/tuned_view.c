/* SPDX-License-Identifier: MIT */
/*
 * The files that tuned writes, as copies of its own: /etc (active_profile and the like, the boot
 * command line, systemd's CPUAffinity, modprobe.d), /boot, /var/lib/tuned, /run/tuned. Overlays
 * whose upper layer is in memory, in a mount namespace that ends with the daemon.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/machine/tuned.h"

#define MEMORY "/run/tuned" /* covered by a file system in memory that holds the layers */

/* `dir` becomes a copy of itself; `name` is a name for its layers. 0 or -errno. */
static int cover(const char *dir, const char *name)
{
	char upper[64], work[64], options[PATH_MAX];

	if (access(dir, F_OK))
		return 0;
	snprintf(upper, sizeof(upper), MEMORY "/%s.upper", name);
	snprintf(work, sizeof(work), MEMORY "/%s.work", name);
	if (mkdir(upper, 0755) || mkdir(work, 0755))
		return -errno;
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s", dir, upper, work);
	return mount("overlay", dir, "overlay", 0, options) ? -errno : 0;
}

static int append(const char *path, int flags, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err = -EIO;
	close(fd);
	return err;
}

static int make_dir(const char *path)
{
	return mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
}

/*
 * A profile's directory, where this version of tuned and later ones (from 2.23) look. 0 or -errno.
 */
static int add_profile(const char *name, const char *from)
{
	static const char *const places[] = {"/etc/tuned", "/etc/tuned/profiles"};
	char dir[PATH_MAX], conf[PATH_MAX + 16];
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(dir, sizeof(dir), "%s/%s", places[i], name);
		snprintf(conf, sizeof(conf), "%s/tuned.conf", dir);
		err = make_dir(places[i]);
		if (!err)
			err = make_dir(dir);
		if (!err && *from)
			err = mount(from, dir, NULL, MS_BIND, NULL) ? -errno : 0;
		else if (!err)
			err = append(conf, O_TRUNC, "[main]\nsummary=no setting at all\n");
	}
	return err;
}

/*
 * Dynamic tuning changes the treatment during a run; a profile loaded after ours would be in all
 * arms.
 */
static int configure(void)
{
	int err = make_dir("/etc/tuned");

	if (!err)
		err = append("/etc/tuned/tuned-main.conf", O_APPEND,
			     "\ndaemon = 1\ndynamic_tuning = 0\nsleep_interval = 1\n"
			     "enable_unix_socket = 1\nunix_socket_path = /run/tuned/tuned.sock\n");
	if (!err)
		err = append("/etc/tuned/post_loaded_profile", O_TRUNC, "");
	if (!err)
		err = make_dir("/var/lib/tuned");
	/* It would change the boot command line through a service that sees the real files. */
	if (!err && !access("/usr/bin/rpm-ostree", F_OK))
		err = mount("/dev/null", "/usr/bin/rpm-ostree", NULL, MS_BIND, NULL) ? -errno : 0;
	return err;
}

int tuned_view(const struct tuned_profile *p, const char **what)
{
	static const char *const covered[][2] = {
		{"/etc", "etc"}, {"/boot", "boot"}, {"/var/lib", "lib"}};
	int err = 0;

	*what = "a mount namespace";
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL))
		return -errno;
	*what = MEMORY;
	if (mount("tmpfs", MEMORY, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"))
		return -errno;
	for (size_t i = 0; !err && i < sizeof(covered) / sizeof(covered[0]); i++) {
		*what = covered[i][0];
		err = cover(covered[i][0], covered[i][1]);
	}
	if (err)
		return err;
	*what = "tuned's configuration";
	err = configure();
	if (!err)
		err = add_profile(TUNED_EMPTY, "");
	if (!err && *p->dir)
		err = add_profile(p->name, p->dir);
	return err;
}
