/* SPDX-License-Identifier: MIT */
/*
 * `handoff run --explain`: the microbenchmarks trace and explain; here is who they are, and the
 * picture.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/command/plot.h"
#include "bench/command/run.h"
#include "bench/machine/limits.h"

#define PROGRAM "handoff run"
/* A run takes no longer; a microbenchmark has its own, shorter watchdogs. */
#define LIMIT_NS (4ull * TIME_MAX_NS)

/* The command line of `t`: what is asked for by hand comes last, and counts. */
static void make_argv(const struct run *r, struct run_target *t, char *explain, char *csv)
{
	char *const words[] = {t->variant, t->wait, t->size, t->where, explain, csv};
	unsigned n = 0;

	t->argv[n++] = t->program;
	t->argv[n++] = (char *)"--csv"; /* the text then goes to where messages go */
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (*words[i])
			t->argv[n++] = words[i];
	for (unsigned i = 0; i < r->n_passed; i++)
		t->argv[n++] = r->passed[i];
	t->argv[n] = NULL;
}

/* Prints all that a child said. 0 or an exit code after a line. */
static int print_text(int fd)
{
	char text[4096];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, text, sizeof(text), at)) > 0) {
		fwrite(text, 1, (size_t)n, stdout);
		at += n;
	}
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	fprintf(stderr, PROGRAM ": cannot write to standard output: %s\n", strerror(errno));
	return EX_IOERR;
}

/* One target. 0 or an exit code after a line. */
static int explain_target(struct run *r, struct run_target *t, const char *path_csv)
{
	char path[PATH_MAX + sizeof(t->program)], explain[64], csv[PATH_MAX + 32] = "";
	int out = memfd_create("row", MFD_CLOEXEC), words = memfd_create("words", MFD_CLOEXEC);
	int status = 0, code = 0, err = out < 0 || words < 0 ? -errno : 0;

	snprintf(explain, sizeof(explain), "--explain%s%s", r->above ? "=" : "",
		 r->above ? r->above : "");
	if (*path_csv)
		snprintf(csv, sizeof(csv), "--explain-csv=%s", path_csv);
	make_argv(r, t, explain, csv);
	snprintf(path, sizeof(path), "%s/%s", r->children.beside, t->program);
	if (!err)
		err = child_run(&r->children, path, t->argv, out, words, LIMIT_NS, &status);
	if (err == -EINTR) {
		code = 130;
	} else if (err) {
		fprintf(stderr, PROGRAM ": %s: cannot run it: %s\n", t->program,
			limits_explain(err));
		code = EX_OSERR;
	} else if (WIFEXITED(status) && !WEXITSTATUS(status)) {
		outcome_add(&r->outcome, 0);
		code = print_text(words);
	} else {
		run_hand_on(words);
		outcome_add(&r->outcome, WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE);
	}
	if (out >= 0)
		close(out);
	if (words >= 0)
		close(words);
	return code;
}

/* Draws the phases in `csv` into r->out. 0 or an exit code after a line. */
static int draw(struct run *r, const char *csv)
{
	static const struct plot_how usual = PLOT_USUAL;
	static struct plot p = {.program = PROGRAM};
	char to[PATH_MAX];
	int code;

	if (access(csv, F_OK)) /* nothing was slow */
		return 0;
	snprintf(to, sizeof(to), "%s/", r->out);
	code = plot_read_file(&p, csv);
	if (!code)
		code = plot_draw(&r->children, &p, &usual, to, false);
	plot_free(&p);
	return code;
}

int run_explain(struct run *r)
{
	char csv[PATH_MAX] = "";
	int code = 0;

	for (size_t i = 0; i < r->n_targets; i++)
		if (strncmp(r->targets[i].program, "ipc_", 4) != 0) {
			fprintf(stderr,
				PROGRAM ": %s: --explain takes the round trips of IPC apart\n",
				r->targets[i].program);
			return EX_USAGE;
		}
	if (r->out && mkdir(r->out, 0777) && errno != EEXIST) {
		fprintf(stderr, PROGRAM ": --out=%s: cannot make it: %s\n", r->out,
			strerror(errno));
		return EX_CANTCREAT;
	}
	if (r->out)
		snprintf(csv, sizeof(csv), "%s/explain.csv", r->out);
	if (r->out)
		unlink(csv); /* of an earlier run: the microbenchmarks append */
	clock_hand_on();
	for (size_t i = 0; i < r->n_targets && !code; i++)
		code = r->children.interrupted ? 130 : explain_target(r, &r->targets[i], csv);
	return code || !r->out ? code : draw(r, csv);
}
