/* SPDX-License-Identifier: MIT */
/* Settings, topology and the doctor's findings of a run. */
#include "bench/command/run_settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench/command/doctor.h"
#include "bench/machine/environment.h"
#include "bench/machine/topology.h"
#include "version.h"

#define SHOWN 10 /* differences that are printed; all are in the file */

/* This machine's settings, kernel and build, as settings/ holds them. NULL: no memory. */
struct settings *run_settings_read(void)
{
	struct settings *s = settings_read("", environ);
	char started_in[ENVIRONMENT_TEXT];
	struct utsname system;

	if (!s)
		return NULL;
	environment_read(started_in);
	settings_add(s, "process:started_in", started_in);
	if (!uname(&system)) {
		settings_add(s, "system:node", system.nodename);
		settings_add(s, "system:release", system.release);
		settings_add(s, "system:machine", system.machine);
	}
	settings_add(s, "handoff:version", HANDOFF_VERSION " " HANDOFF_GIT);
	settings_add(s, "handoff:compiler", HANDOFF_COMPILER);
	settings_add(s, "handoff:flags", HANDOFF_CFLAGS);
	return s;
}

/* Opens `name` of settings/ anew; 0 or -errno. */
static int open_settings(struct whole *w, const struct rundir *dir, const char *name)
{
	char path[PATH_MAX + 64];
	int err = rundir_subdir(dir, "settings");

	if (err)
		return err;
	snprintf(path, sizeof(path), "settings/%s", name);
	return rundir_whole(w, dir, path);
}

int run_settings_write(const struct rundir *dir, const char *name, struct settings *s)
{
	struct whole w;
	int err = open_settings(&w, dir, name);

	return err ? err : whole_close(&w, settings_write(s, w.out));
}

static int write_doctor(const struct rundir *dir)
{
	static struct rundir_csv csv;
	static struct doctor d;
	static struct row row;
	int err = rundir_csv_create(&csv, dir, CSV_DOCTOR), closed;

	doctor_run(&d);
	for (unsigned i = 0; !err && i < d.n; i++) {
		doctor_row(&d.finding[i], &row);
		err = rundir_csv_append(&csv, &row);
	}
	closed = rundir_csv_close(&csv);
	return err ? err : closed;
}

int run_settings_before(const struct rundir *dir, const char *topology_xml)
{
	struct settings *s = run_settings_read();
	int err = s ? run_settings_write(dir, "before.txt", s) : -ENOMEM;
	struct whole w;

	settings_free(s);
	if (!err)
		err = open_settings(&w, dir, "topology.xml");
	if (err)
		return err;
	err = whole_close(&w, fputs(topology_xml, w.out) < 0 ? -errno : 0);
	return err ? err : write_doctor(dir);
}

static int load_before(const struct rundir *dir, struct settings **ret)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/settings/before.txt", dir->path);
	return settings_load(ret, path);
}

/* Where differences go. */
struct differences {
	const char *program;
	FILE *out; /* NULL = not into a file */
	size_t n;
};

static void say_difference(void *arg, const char *key, const char *from, const char *to)
{
	struct differences *d = arg;

	if (d->out)
		fprintf(d->out, "%s: %s -> %s\n", key, from ? from : "(not there)",
			to ? to : "(not there)");
	if (d->n++ < SHOWN)
		fprintf(stderr, "%s: %s: %.80s -> %.80s\n", d->program, key,
			from ? from : "(not there)", to ? to : "(not there)");
}

int run_settings_after(const char *program, const struct rundir *dir)
{
	struct settings *before = NULL, *after = run_settings_read();
	struct differences d = {.program = program};
	struct whole w;
	int err = after ? run_settings_write(dir, "after.txt", after) : -ENOMEM;

	if (!err)
		err = load_before(dir, &before);
	if (!err && settings_compare(before, after, SETTINGS_ALL, NULL, NULL)) {
		fprintf(stderr, "%s: settings changed during the sweep; %s/settings/changed.txt:\n",
			program, dir->path);
		err = open_settings(&w, dir, "changed.txt");
		d.out = err ? NULL : w.out;
		settings_compare(before, after, SETTINGS_ALL, say_difference, &d);
		if (d.n > SHOWN)
			fprintf(stderr, "%s: and %zu more\n", program, d.n - SHOWN);
		if (d.out)
			err = whole_close(&w, err);
	}
	settings_free(before);
	settings_free(after);
	return err;
}

int run_settings_check(const char *program, const struct rundir *dir)
{
	struct settings *before = NULL, *now = run_settings_read();
	struct differences d = {.program = program};
	int err = now ? load_before(dir, &before) : -ENOMEM;

	if (!err && settings_compare(before, now, SETTINGS_STABLE, say_difference, &d))
		err = -ESTALE;
	settings_free(before);
	settings_free(now);
	return err;
}

void run_settings_hand_on(const char *topology_xml)
{
	static char path[64];
	size_t size_b = strlen(topology_xml);
	int fd = memfd_create("topology", 0); /* children inherit it */

	if (fd < 0)
		return;
	if (write(fd, topology_xml, size_b) != (ssize_t)size_b) {
		close(fd);
		return;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	setenv(TOPOLOGY_VARIABLE, path, 1);
}
