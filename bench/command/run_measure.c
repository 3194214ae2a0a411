/* SPDX-License-Identifier: MIT */
/* `handoff run`: the runs, one fresh process each, in turns; what each printed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/grow.h"
#include "bench/base/random.h"
#include "bench/command/invoke.h"
#include "bench/command/run.h"
#include "bench/machine/limits.h"
#include "bench/record/csv.h"
#include "bench/record/histograms.h"

#define PROGRAM "handoff run"
/* A run takes no longer; a microbenchmark has its own, shorter watchdog. */
#define LIMIT_NS (2ull * TIME_MAX_NS)

/* Keeps a row, marked where it was disturbed. 0 or -ENOMEM. */
static int keep(struct run *r, const struct run_target *t, const struct row *row, unsigned nth)
{
	int err = array_grow(&r->rows, r->n_rows, &r->rows_room, sizeof(*r->rows));
	struct row *kept;
	char why[GATE_WHY];

	if (err)
		return err;
	r->rows[r->n_rows].target = (size_t)(t - r->targets);
	kept = &r->rows[r->n_rows++].row;
	row_copy(kept, row);
	row_set_u64(kept, COL_block, nth);
	if (!row_is_ok(kept))
		return 0;
	r->n_ok++;
	if (!gate_noisy(kept, why))
		return 0;
	invoke_flag_noisy(kept, why, "");
	if (!r->n_noisy++)
		memcpy(r->why, why, sizeof(why));
	return 0;
}

/* Rows of one child, whose times are read. */
struct reading {
	struct run *r;
	size_t first; /* of its rows */
};

/* Adds the stalls of a histogram to those of the kind of its row. */
static int add_stalls(void *arg, const char *key, const struct stalls *stalls)
{
	const struct reading *of = arg;
	char other[HISTOGRAMS_KEY];

	for (size_t i = of->first; i < of->r->n_rows; i++) {
		const struct row *row = &of->r->rows[i].row;

		histograms_key(row, other);
		if (!strcmp(other, key) && row_is_ok(row) && histograms_tell_stalls(row))
			return stalls_add(&of->r->stalls, "", row, stalls);
	}
	return 0;
}

/* Keeps all rows that the child wrote to `fd`: their number, or -errno. */
static int keep_rows(struct run *r, struct run_target *t, int fd, unsigned nth)
{
	struct reading reading = {r, r->n_rows};
	struct csv_reader reader;
	static struct row row;
	char path[64];
	int n = 0, err = 0;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (csv_open(&reader, path, CSV_SAMPLES))
		return 0;
	while (!err && csv_next(&reader, &row) == 1) {
		err = keep(r, t, &row, nth);
		n++;
	}
	csv_close(&reader);
	if (!err && r->histogram_fd >= 0)
		err = stall_counts_written(r->histogram_fd, add_stalls, &reading);
	/*
	 * All runs of a configuration are timed alike: alone or in batches, as the first one found.
	 */
	if (n == 1 && !*t->timing && row_is_set(&row, COL_sample_every))
		snprintf(t->timing, sizeof(t->timing), "--sample-every=%llu",
			 (unsigned long long)row_get_u64(&row, COL_sample_every, 0));
	return err ? err : n;
}

void run_hand_on(int fd)
{
	char text[4096];
	ssize_t n = pread(fd, text, sizeof(text), 0);

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	if (n > 0)
		fwrite(text, 1, (size_t)n, stderr);
}

/* A child without a row: what it said, and its exit code. */
static int explain(const struct run_target *t, int status, int err_fd)
{
	run_hand_on(err_fd);
	if (WIFSIGNALED(status))
		fprintf(stderr, PROGRAM ": %s: ended by signal %d: %s\n", t->program,
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (!WEXITSTATUS(status))
		fprintf(stderr,
			PROGRAM ": %s: printed no row; --list, --no-header and --version are for "
				"the microbenchmark alone\n",
			t->program);
	if (WIFSIGNALED(status))
		return EX_SOFTWARE;
	return WEXITSTATUS(status) ? WEXITSTATUS(status) : EX_USAGE;
}

/* The command line of `t`: what is asked for by hand comes last, and counts. */
static void make_argv(struct run *r, struct run_target *t)
{
	char *const words[] = {t->variant, t->wait, t->size, t->where, t->timing, r->histogram};
	unsigned n = 0;

	*r->histogram = '\0';
	if (r->histogram_fd >= 0 && !ftruncate(r->histogram_fd, 0))
		snprintf(r->histogram, sizeof(r->histogram), "--histogram=/proc/self/fd/%d",
			 r->histogram_fd);

	t->argv[n++] = t->program;
	t->argv[n++] = (char *)"--duration=100ms";
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (*words[i])
			t->argv[n++] = words[i];
	for (unsigned i = 0; i < r->n_passed; i++)
		t->argv[n++] = r->passed[i];
	t->argv[n] = NULL;
}

/* One run of `t`; 0 or an exit code after a line. */
static int run_once(struct run *r, struct run_target *t, unsigned nth)
{
	char path[PATH_MAX + sizeof(t->program)];
	int out = memfd_create("row", MFD_CLOEXEC), err = memfd_create("words", MFD_CLOEXEC);
	int status = 0, code = 0, why = out < 0 || err < 0 ? -errno : 0;

	make_argv(r, t);
	snprintf(path, sizeof(path), "%s/%s", r->children.beside, t->program);
	if (!why)
		why = child_run(&r->children, path, t->argv, out, err, LIMIT_NS, &status);
	if (!why)
		why = keep_rows(r, t, out, nth);
	if (why == -EINTR) {
		code = 130;
	} else if (why < 0) {
		fprintf(stderr, PROGRAM ": %s: cannot run it: %s\n", t->program,
			limits_explain(why));
		code = EX_OSERR;
	} else if (!why) {
		code = explain(t, status, err);
	} else {
		outcome_add(&r->outcome, WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE);
		t->done = WIFEXITED(status) && WEXITSTATUS(status) == EX_UNAVAILABLE;
	}
	if (out >= 0)
		close(out);
	if (err >= 0)
		close(err);
	return code;
}

static void print_progress(const struct run *r, size_t done, const char *what)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%zu of %zu runs  %.60s\033[K", done,
			(size_t)r->runs * r->n_targets, what);
}

/* Each target once, in an order of this round's own. */
static int run_round(struct run *r, unsigned nth, size_t *order)
{
	int code = 0;

	for (size_t i = 0; i < r->n_targets; i++)
		order[i] = i;
	random_shuffle((uint64_t)time(NULL), nth, order, r->n_targets);
	for (size_t i = 0; !code && i < r->n_targets; i++) {
		struct run_target *t = &r->targets[order[i]];

		print_progress(r, (nth - 1) * r->n_targets + i, t->program);
		if (r->children.interrupted)
			code = 130;
		else if (!t->done)
			code = run_once(r, t, nth);
	}
	return code;
}

int run_measure(struct run *r)
{
	size_t *order = calloc(r->n_targets, sizeof(*order));
	int code = order ? 0 : EX_OSERR;

	if (!order)
		fprintf(stderr, PROGRAM ": no memory for %zu targets\n", r->n_targets);
	clock_hand_on();
	r->histogram_fd = memfd_create("histogram", 0); /* children write to it by its number */
	for (unsigned nth = 1; !code && nth <= r->runs; nth++)
		code = run_round(r, nth, order);
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	if (r->histogram_fd >= 0)
		close(r->histogram_fd);
	free(order);
	return code;
}
