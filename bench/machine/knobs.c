/* SPDX-License-Identifier: MIT */
/* Reading and applying of treatments. */
#include "bench/machine/knobs.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/grow.h"
#include "bench/base/text.h"

#define LINE_B 2048 /* bytes of a line, its newline and NUL included */
/* The one device that holds a value (Documentation/power/pm_qos_interface) */
#define HELD_PATH "/dev/cpu_dma_latency"

/* Takes blanks off both ends of `text`. */
static char *trimmed(char *text)
{
	char *end = text + strlen(text);

	while (*text == ' ' || *text == '\t')
		text++;
	while (end > text && strchr(" \t\n", end[-1]))
		*--end = '\0';
	return text;
}

/* "net.core.busy_poll" to its file; whether it fits into SETTING_PATH bytes. */
static bool sysctl_path(const char *name, char *path)
{
	size_t n = (size_t)snprintf(path, SETTING_PATH, "/proc/sys/%s", name);

	for (size_t i = 10; i < n && i < SETTING_PATH; i++)
		if (path[i] == '.')
			path[i] = '/';
	return n < SETTING_PATH;
}

/*
 * Whether what is written there is a program that the kernel starts (core(5), proc(5), cgroups(7),
 * Documentation/admin-guide/binfmt-misc.rst): a profile sets, it runs nothing.
 */
static bool names_program(const char *path)
{
	static const char *const names[] = {"core_pattern", "modprobe",	     "hotplug",
					    "poweroff_cmd", "uevent_helper", "release_agent",
					    "binfmt_misc"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (const char *at = path; (at = strchr(at, '/')); at++) {
			size_t length = strlen(names[i]);

			if (!strncmp(at + 1, names[i], length) && strchr("/", at[1 + length]))
				return true;
		}
	return false;
}

/* Whether the device takes it as it is meant: what is no number would be 0, the strongest wish. */
static bool is_latency(const char *value)
{
	uint64_t us = 0;

	for (const char *c = value; *c; c++) {
		us = 10 * us + (uint64_t)(*c - '0');
		if (*c < '0' || *c > '9' || us > INT32_MAX)
			return false;
	}
	return *value;
}

/* Whether the value stands in a file beside the setting. */
static bool is_beside(const struct knob *k)
{
	return *k->value == '@';
}

/* One line without its comment; NULL, or what would be right. */
static const char *read_line(char *line, struct knob *k)
{
	char *equals = strchr(line, '='), *name, *word;
	bool fits;

	if (!equals)
		return "sysctl NAME = VALUE, file PATH = VALUE, or hold " HELD_PATH " = VALUE";
	*equals = '\0';
	*k = (struct knob){.optional = *line == '?'};
	word = trimmed(line + k->optional);
	name = strpbrk(word, " \t");
	if (!name)
		return "sysctl NAME, file PATH or hold PATH before the =";
	*name = '\0';
	name = trimmed(name + 1);
	if ((size_t)snprintf(k->value, sizeof(k->value), "%s", trimmed(equals + 1)) >=
	    sizeof(k->value))
		return "a shorter value";
	if (!*k->value)
		return "a value behind the =";
	if (is_beside(k) && (!k->value[1] || strchr(k->value, '/')))
		return "the name of a file beside it behind the @";
	k->hold = !strcmp(word, "hold");
	if (!strcmp(word, "sysctl"))
		fits = sysctl_path(name, k->path);
	else if (!strcmp(word, "file") || k->hold)
		fits = (size_t)snprintf(k->path, sizeof(k->path), "%s", name) < sizeof(k->path);
	else
		return "sysctl, file or hold as the first word";
	if (!fits)
		return "a shorter name";
	if (k->hold && !is_latency(k->value))
		return "microseconds as a whole number behind the =";
	if (k->hold)
		return strcmp(k->path, HELD_PATH) ? "hold " HELD_PATH : NULL;
	if (!setting_allowed(k->path))
		return "a path below /proc/sys or /sys";
	return names_program(k->path) ? "a setting that names no program" : NULL;
}

int knobs_add(struct knobs *k, const struct knob *knob)
{
	int err = array_grow(&k->knob, k->n, &k->room, sizeof(*k->knob));

	if (!err)
		k->knob[k->n++] = *knob;
	return err;
}

/* Adds `knob`, or where its path is a pattern one for each file that it matches. 0 or -ENOMEM. */
static int add_matches(struct knobs *k, const struct knob *knob)
{
	struct knob one = *knob;
	glob_t found;
	int err = glob(knob->path, GLOB_NOSORT | GLOB_NOCHECK, NULL, &found);

	if (err)
		return -ENOMEM;
	for (size_t i = 0; !err && i < found.gl_pathc; i++) {
		size_t n = (size_t)snprintf(one.path, sizeof(one.path), "%s", found.gl_pathv[i]);

		if (n < sizeof(one.path) && (one.hold || setting_allowed(one.path)) &&
		    !names_program(one.path))
			err = knobs_add(k, &one);
	}
	globfree(&found);
	return err;
}

/* Adds what one line says; NULL, or what would be right. */
static const char *take_line(struct knobs *k, char *text)
{
	struct knob knob;
	const char *want = read_line(text, &knob);

	return want ? want : add_matches(k, &knob) ? "less: there is no memory for so many" : NULL;
}

int knobs_read(struct knobs *k, const char *path, char *error)
{
	char line[LINE_B];
	unsigned number = 0;
	const char *want = NULL;
	FILE *f = fopen(path, "re");

	*k = (struct knobs){.n = 0};
	if (!f) {
		snprintf(error, KNOBS_ERROR, "%s: %s", path, strerror(errno));
		return -errno;
	}
	while (!want && fgets(line, sizeof(line), f)) {
		char *text;

		number++;
		if (strlen(line) == LINE_B - 1 && line[LINE_B - 2] != '\n') {
			want = "a shorter line";
			break;
		}
		line[strcspn(line, "#")] = '\0';
		text = trimmed(line);
		if (*text)
			want = take_line(k, text);
	}
	fclose(f);
	if (!want && !k->n)
		want = "a setting: the file has none";
	if (!want)
		return 0;
	knobs_free(k);
	snprintf(error, KNOBS_ERROR, "%s:%u: expected %s", path, number, want);
	return -EBADMSG;
}

/*
 * The descriptor is the request: the value is in force while it is open (man 5 is silent; kernel:
 * pm_qos).
 */
static int hold(const struct knob *k)
{
	int32_t value = (int32_t)strtol(k->value, NULL, 10);
	int fd = open(k->path, O_RDWR | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	if (write(fd, &value, sizeof(value)) == (ssize_t)sizeof(value))
		return fd;
	err = errno;
	close(fd);
	return -err;
}

/*
 * What the setting is to be into `value`: as it is written, or what the file beside it says now. 0
 * or -errno.
 */
static int read_wanted(const struct knob *k, char value[SETTING_VALUE])
{
	int dir = (int)(strrchr(k->path, '/') + 1 - k->path);
	char beside[SETTING_PATH];

	if (!is_beside(k)) {
		memcpy(value, k->value, SETTING_VALUE);
		return 0;
	}
	if ((size_t)snprintf(beside, sizeof(beside), "%.*s%s", dir, k->path, k->value + 1) >=
	    sizeof(beside))
		return -ENAMETOOLONG;
	return setting_read(beside, value);
}

/* Sets one that is noted; 0 or -errno. */
static int set(const struct knob *k)
{
	char wanted[SETTING_VALUE], now[SETTING_VALUE];
	int err = read_wanted(k, wanted);

	if (!err)
		err = setting_write(k->path, wanted);
	if (!err)
		err = setting_read(k->path, now);
	if (!err && !setting_same(now, wanted))
		err = -EINVAL; /* the kernel took something else: the treatment would not be what it
				  says */
	return err;
}

/* Notes what one is before it is set; 0 or -errno. One that is held ends with its descriptor. */
static int note(struct restore *r, const struct knob *k)
{
	return k->hold ? 0 : restore_note(r, k->path, is_beside(k) ? NULL : k->value);
}

/* Sets or holds one. 0 or -errno. */
static int apply(struct knob *k)
{
	int fd;

	if (!k->hold)
		return set(k);
	fd = hold(k);
	k->fd = fd > 0 ? fd : 0;
	return fd < 0 ? fd : 0;
}

/* What a kernel or a machine says that does not have a setting, or not that value. */
static bool is_lack(int err)
{
	static const int lacks[] = {ENOENT, EINVAL, ENODEV, EPERM,  EACCES, EOPNOTSUPP,
				    ENXIO,  EIO,    EBUSY,  ERANGE, EROFS};

	for (size_t i = 0; i < sizeof(lacks) / sizeof(lacks[0]); i++)
		if (err == -lacks[i])
			return true;
	return false;
}

int knobs_apply(struct knobs *k, struct restore *r, char *error)
{
	/*
	 * All are noted before any is set: to set one may change others
	 * (net.ipv4.conf.all.forwarding).
	 */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < k->n; i++) {
			struct knob *knob = &k->knob[i];
			int err = knob->refused;

			if (!pass)
				err = note(r, knob);
			else if (!err)
				err = apply(knob);
			knob->refused = err;
			if (!err || (knob->optional && is_lack(err)))
				continue;
			snprintf(error, KNOBS_ERROR, "%s: cannot be set to %.512s: %s%s",
				 knob->path, knob->value, strerror(-err),
				 err == -EACCES || err == -EPERM ? "; it needs root" : "");
			return err;
		}
	return 0;
}

void knobs_release(struct knobs *k)
{
	for (size_t i = 0; i < k->n; i++) {
		if (k->knob[i].fd)
			close(k->knob[i].fd);
		k->knob[i].fd = 0;
	}
}

size_t knobs_here(const struct knobs *k, char *why)
{
	size_t n = 0;

	*why = '\0';
	for (size_t i = 0; i < k->n; i++) {
		if (!access(k->knob[i].path, F_OK))
			n++;
		else if (!*why)
			snprintf(why, KNOBS_ERROR, "%s: %s", k->knob[i].path, strerror(errno));
	}
	return n;
}

void knobs_left_out(const struct knobs *k, char *text, size_t size)
{
	size_t n = 0;

	*text = '\0';
	for (size_t i = 0; i < k->n; i++)
		if (k->knob[i].refused && !n++)
			snprintf(text, size, "left out: %s = %s: %s", k->knob[i].path,
				 k->knob[i].value, strerror(-k->knob[i].refused));
	if (n > 1)
		text_add(text, size, "; and %zu more", n - 1);
}

void knobs_free(struct knobs *k)
{
	knobs_release(k);
	free(k->knob);
	*k = (struct knobs){.n = 0};
}
