/* SPDX-License-Identifier: MIT */
/* Reading and applying of treatments. */
#include "bench/machine/knobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_B 1024 /* bytes of a line, its newline and NUL included */
#define HELD_PATH \
	"/dev/cpu_dma_latency" /* the one device that holds a value (Documentation/power/pm_qos_interface) */

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
	k->hold = !strcmp(word, "hold");
	if (!strcmp(word, "sysctl"))
		fits = sysctl_path(name, k->path);
	else if (!strcmp(word, "file") || k->hold)
		fits = (size_t)snprintf(k->path, sizeof(k->path), "%s", name) < sizeof(k->path);
	else
		return "sysctl, file or hold as the first word";
	if (!fits)
		return "a shorter name";
	if (k->hold)
		return strcmp(k->path, HELD_PATH) ? "hold " HELD_PATH : NULL;
	if (!setting_allowed(k->path))
		return "a path below /proc/sys or /sys";
	return names_program(k->path) ? "a setting that names no program" : NULL;
}

int knobs_read(struct knobs *k, const char *path, char *error)
{
	char line[LINE_B];
	unsigned number = 0;
	const char *want = NULL;
	FILE *f = fopen(path, "re");

	*k = (struct knobs){0};
	for (size_t i = 0; i < KNOBS_MAX; i++)
		k->held[i] = -1;
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
		if (!*text)
			continue;
		want = k->n < KNOBS_MAX ? read_line(text, &k->knob[k->n]) : "32 settings at most";
		k->n++;
	}
	fclose(f);
	if (!want && !k->n)
		want = "a setting: the file has none";
	if (!want)
		return 0;
	snprintf(error, KNOBS_ERROR, "%s:%u: expected %s", path, number, want);
	return -EBADMSG;
}

/* The descriptor is the request: the value is in force while it is open (man 5 is silent; kernel: pm_qos). */
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

/* Whether two values have the same words: of several the kernel answers with tabs between them. */
static bool same_words(const char *a, const char *b)
{
	static const char blanks[] = " \t\n";

	for (;;) {
		size_t n;

		a += strspn(a, blanks);
		b += strspn(b, blanks);
		n = strcspn(a, blanks);
		if (n != strcspn(b, blanks) || memcmp(a, b, n) != 0)
			return false;
		if (!n)
			return true;
		a += n;
		b += n;
	}
}

/* Sets one; 0 or -errno. */
static int set(const struct knob *k, struct restore *r)
{
	char now[SETTING_VALUE];
	int err = restore_note(r, k->path);

	if (!err)
		err = setting_write(k->path, k->value);
	if (!err)
		err = setting_read(k->path, now);
	if (!err && !same_words(now, k->value))
		err = -EINVAL; /* the kernel took something else: the treatment would not be what it says */
	return err;
}

int knobs_apply(struct knobs *k, struct restore *r, char *error)
{
	for (size_t i = 0; i < k->n; i++) {
		const struct knob *knob = &k->knob[i];
		int err;

		if (knob->optional && access(knob->path, F_OK))
			continue;
		if (knob->hold) {
			err = k->held[i] = hold(knob);
			err = err < 0 ? err : 0;
		} else {
			err = set(knob, r);
		}
		if (!err)
			continue;
		snprintf(error, KNOBS_ERROR, "%s: cannot be set to %s: %s%s", knob->path,
			 knob->value, strerror(-err),
			 err == -EACCES || err == -EPERM ? "; it needs root" : "");
		return err;
	}
	return 0;
}

void knobs_release(struct knobs *k)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->held[i] >= 0)
			close(k->held[i]);
	for (size_t i = 0; i < KNOBS_MAX; i++)
		k->held[i] = -1;
}
