/* SPDX-License-Identifier: MIT */
/* `handoff pack`: a run as one file that can be given away. */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/record/samples.h"
#include "bench/report/pack.h"

#define PROGRAM "handoff pack"

static const char help[] =
	"Usage: handoff pack [option]... DIR\n"
	"Packs the CSV files, settings and machine description of a result directory into one "
	".tar.gz\n"
	"to give away; handoff report reads it. Serial numbers, hardware addresses, UUIDs and "
	"container\n"
	"ids are left out.\n"
	"  --keep-names   keep the names of host and user; otherwise they are replaced\n"
	"  --out=FILE     the pack, a new file; host-<time of the sweep>.tar.gz in this directory\n"
	"  --help         this text\n";

struct job {
	const char *dir, *out;
	bool keep_names;
	char host[256], run_id[256]; /* as samples.csv has them */
};

static int take_option(void *to, int option, const char *value, char *want)
{
	struct job *job = to;

	if (option == 'k') {
		job->keep_names = true;
		return 0;
	}
	job->out = value;
	return pack_is(value) ? 0 : snprintf(want, OPTION_WANT, "a name that ends in .tar.gz");
}

/* 0, -1 when --help was answered, or an exit code after a line. */
static int parse(struct job *job, int argc, char **argv)
{
	static const struct option options[] = {SWITCH("keep-names", 'k'), OPTION("out", 'o'),
						OPTIONS_END};
	static const struct arguments arguments = {PROGRAM, help, options, take_option, true};
	int code = arguments_read(&arguments, job, argc, argv);

	if (code)
		return code;
	if (argc - optind != 1) {
		fprintf(stderr, PROGRAM ": name one result directory\n");
		return EX_USAGE;
	}
	job->dir = argv[optind];
	return 0;
}

static int take(void *to, const struct row *row)
{
	struct job *job = to;

	if (!*job->host)
		snprintf(job->host, sizeof(job->host), "%s", row_get_text(row, COL_host));
	if (!*job->run_id)
		snprintf(job->run_id, sizeof(job->run_id), "%s", row_get_text(row, COL_run_id));
	return 0;
}

static void add_host(struct scrub *s, const char *host)
{
	char first[256];

	scrub_add(s, host, "host");
	snprintf(first, sizeof(first), "%s", host);
	first[strcspn(first, ".")] = '\0';
	if (strcmp(first, host) != 0)
		scrub_add(s, first, "host");
}

/* Whose names there may be: of the run's host, of this one, and of the users here. */
static void find_names(const struct job *job, struct scrub *s)
{
	static const char *const variables[] = {"USER", "LOGNAME", "SUDO_USER"};
	/* cppcheck-suppress getpwuidCalled; one thread */
	const struct passwd *user = getpwuid(getuid());
	struct utsname system;

	add_host(s, job->host);
	if (!uname(&system) && strcmp(system.nodename, job->host) != 0)
		add_host(s, system.nodename);
	if (user)
		scrub_add(s, user->pw_name, "user");
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		scrub_add(s, getenv(variables[i]), "user");
}

/* What the pack and the directory in it are called: the run, with its host or without. */
static void name_run(const struct job *job, char *top, size_t size)
{
	size_t n = strlen(job->host);
	const char *rest = job->run_id;

	if (!*job->run_id)
		snprintf(top, size, "handoff-run");
	else if (job->keep_names)
		snprintf(top, size, "%s", job->run_id);
	else if (n && !strncmp(rest, job->host, n))
		snprintf(top, size, "host%s", rest + n);
	else
		snprintf(top, size, "host-run");
	for (char *c = top; *c; c++)
		if (*c == '/')
			*c = '-';
}

int command_pack(int argc, char **argv)
{
	static struct job job;
	static struct scrub scrub;
	char top[300], out[PATH_MAX], error[PACK_ERROR_B], path[PATH_MAX];
	int code = parse(&job, argc, argv), err;

	if (code)
		return code < 0 ? 0 : code;
	snprintf(path, sizeof(path), "%s/samples.csv", job.dir);
	if (!access(path, F_OK))
		code = samples_read(PROGRAM, job.dir, take, &job);
	if (code)
		return code;
	find_names(&job, &scrub);
	name_run(&job, top, sizeof(top));
	if (job.out)
		snprintf(out, sizeof(out), "%s", job.out);
	else
		snprintf(out, sizeof(out), "%s.tar.gz", top);
	err = pack_write(job.dir, out, top, job.keep_names ? NULL : &scrub, error);
	if (!err) {
		printf("%s\n", out);
		return 0;
	}
	fprintf(stderr, PROGRAM ": %s\n", error);
	return err == -ENOENT	 ? EX_NOINPUT
	       : err == -EEXIST	 ? EX_CANTCREAT
	       : err == -ENOTSUP ? EX_UNAVAILABLE
				 : EX_IOERR;
}
