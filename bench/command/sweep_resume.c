/* SPDX-License-Identifier: MIT */
/*
 * Going on with a sweep that was ended by whatever it was. plan.csv says what was to be done and
 * samples.csv what is: its whole blocks count, the rest of it goes to interrupted.csv.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/base/text.h"
#include "bench/command/report.h"
#include "bench/command/run_settings.h"
#include "bench/command/sweep.h"
#include "bench/machine/limits.h"
#include "bench/machine/others.h"
#include "bench/machine/topology.h"
#include "bench/record/histograms.h"

int sweep_lock(const struct sweep *s)
{
	int fd = open(s->dir.path,
		      O_RDONLY | O_DIRECTORY |
			      O_CLOEXEC); /* our end closes it: the lock lasts as long */
	char name[OTHERS_TEXT];

	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		return 0; /* cppcheck-suppress resourceLeak */
	if (fd >= 0 && errno == EWOULDBLOCK)
		fprintf(stderr, PROGRAM ": %s: %s is writing to it\n", s->dir.path,
			others_name(others_lock_holder(s->dir.path), name));
	else
		fprintf(stderr, PROGRAM ": %s: cannot be locked: %s\n", s->dir.path,
			limits_explain(-errno));
	return EX_TEMPFAIL;
}

/* "64,65536", where sizes were asked for. */
static void remember_sizes(const struct plan_request *request, struct settings *m)
{
	char text[PLAN_SIZES * 21] = "";

	for (unsigned i = 0; i < request->n_sizes; i++)
		text_add(text, sizeof(text), "%s%llu", i ? "," : "",
			 (unsigned long long)request->sizes[i]);
	if (*text)
		settings_add(m, "sizes", text);
}

int sweep_remember(const struct sweep *s)
{
	struct settings *m = settings_new();
	char text[32];
	int err = m ? 0 : -ENOMEM;

	if (err)
		return err;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)s->request.budget_ns);
	settings_add(m, "budget_ns", text);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)s->asked_ns);
	settings_add(m, "asked_ns", text);
	snprintf(text, sizeof(text), "%u", s->plan.blocks);
	settings_add(m, "pilot_blocks", text);
	snprintf(text, sizeof(text), "%zu", s->plan.extra);
	settings_add(m, "extra_invocations", text);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)s->plan.cost_ns);
	settings_add(m, "cost_ns", text);
	settings_add(m, "only", s->request.only ? s->request.only : "*");
	remember_sizes(&s->request, m);
	err = run_settings_write(&s->dir, "sweep.txt", m);
	settings_free(m);
	return err;
}

static uint64_t remembered(struct settings *m, const char *key)
{
	const char *text = settings_get(m, key);

	return text ? strtoull(text, NULL, 10) : 0;
}

int sweep_recall(struct sweep *s)
{
	char path[PATH_MAX + 64];
	struct settings *m;
	int err;

	snprintf(path, sizeof(path), "%s/settings/sweep.txt", s->dir.path);
	err = settings_load(&m, path);
	if (err)
		return err;
	s->request.budget_ns = remembered(m, "budget_ns");
	s->plan.blocks = (unsigned)remembered(m, "pilot_blocks");
	s->plan.extra = remembered(m, "extra_invocations");
	s->plan.cost_ns = remembered(m, "cost_ns");
	settings_free(m);
	if (!s->plan.blocks || !s->plan.cost_ns)
		return -EBADMSG;
	return 0;
}

/* The rows that are there. */
struct found {
	bool *done;	   /* [step] it has a row that ends it */
	uint64_t *end_b;   /* [row] offset behind it */
	uint64_t *blocks;  /* [row] its block; 0 = of a cell that has no step */
	size_t n;	   /* rows */
	uint64_t spent_ns; /* that they took */
};

/* Whether the row is of the step that it says: the cells of plan.csv and samples.csv must agree. */
static bool belongs(const struct sweep *s, const struct step *step, const struct row *row)
{
	static const enum column same[] = {COL_group, COL_mechanism, COL_variant,
					   COL_wait,  COL_pattern,   COL_experiment};
	const struct row *cell = &s->plan.cells[step->cell];

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (strcmp(row_get_text(cell, same[i]), row_get_text(row, same[i])))
			return false;
	return true;
}

static int take(const struct sweep *s, struct found *f, const struct csv_reader *reader,
		const struct row *row)
{
	uint64_t block = row_get_u64(row, COL_block, 0);
	const struct step *step = sweep_step(s, block, row_get_u64(row, COL_order_in_block, 0));
	uint64_t *end_b = reallocarray(f->end_b, f->n + 1, sizeof(*end_b));
	uint64_t *blocks = NULL, last = f->n ? f->blocks[f->n - 1] : 1;

	if (end_b)
		f->end_b = end_b;
	blocks = reallocarray(f->blocks, f->n + 1, sizeof(*blocks));
	if (blocks)
		f->blocks = blocks;
	if (!end_b || !blocks)
		return -ENOMEM;
	/* rows are written block by block, last those of cells that have no step */
	if (block && (!step || !belongs(s, step, row) || !last || block < last))
		return -EBADMSG;
	f->spent_ns += row_get_u64(row, COL_start_ns, 0) + row_get_u64(row, COL_warm_ns, 0) +
		       row_get_u64(row, COL_timed_ns, 0);
	f->end_b[f->n] = reader->whole_b;
	f->blocks[f->n++] = block;
	if (step)
		plan_keep_timing(&s->plan.cells[step->cell], row);
	/* a row that was repeated is followed by the one that counts */
	if (step && (!row_is_discarded(row) || !row_is_ok(row)))
		f->done[step - s->schedule.steps] = true;
	return 0;
}

/* Copies bytes from_b to to_b of `in`, which has them; 0 or -errno. */
static int copy_bytes(FILE *out, FILE *in, uint64_t from_b, uint64_t to_b)
{
	int c;

	if (fseeko(in, (off_t)from_b, SEEK_SET))
		return -errno;
	for (uint64_t i = from_b; i < to_b; i++) {
		c = getc(in);
		if (c == EOF)
			return -EIO; /* what is not copied must not be cut off */
		if (putc(c, out) == EOF)
			return -errno;
	}
	return 0;
}

/*
 * Appends bytes from_b to to_b of `in` to interrupted.csv, under the header if it is new: all or
 * nothing.
 */
static int put_aside(const struct sweep *s, FILE *in, uint64_t from_b, uint64_t to_b,
		     uint64_t header_b)
{
	char path[PATH_MAX + 64];
	FILE *out;
	off_t was_b;
	int err;

	snprintf(path, sizeof(path), "%s/interrupted.csv", s->dir.path);
	rundir_set_writing("interrupted.csv");
	out = fopen(path, "ae");
	if (!out)
		return -errno;
	fseeko(out, 0, SEEK_END);
	was_b = ftello(out);
	err = was_b ? 0 : copy_bytes(out, in, 0, header_b);
	if (!err)
		err = copy_bytes(out, in, from_b, to_b);
	if (!err && (fflush(out) || fsync(fileno(out))))
		err = -errno;
	if (err) {
		__fpurge(out); /* else closing would write the rest */
		if (ftruncate(fileno(out), was_b))
			err = -errno;
	}
	fclose(out);
	return err;
}

/* The first step of the first block that is not whole. */
static size_t first_missing(const struct sweep *s, const struct found *f)
{
	size_t i = 0;

	while (i < s->schedule.n && f->done[i])
		i++;
	while (i > 0 && i < s->schedule.n &&
	       s->schedule.steps[i - 1].block == s->schedule.steps[i].block)
		i--;
	return i;
}

/* Rows of steps, from row `i` on: those of cells that have no step are made anew at the end. */
static size_t count_measured(const struct found *f, size_t i)
{
	size_t n = 0;

	for (; i < f->n; i++)
		n += f->blocks[i] != 0;
	return n;
}

/* Cuts samples.csv and the histograms down to whole blocks and opens it to go on. */
static int cut_back(struct sweep *s, const struct found *f, const char *path, uint64_t header_b)
{
	uint64_t block = UINT64_MAX, keep_b = header_b;
	size_t i = 0, measured;
	int err = 0;
	FILE *in;

	s->first = first_missing(s, f);
	if (s->first < s->schedule.n)
		block = s->schedule.steps[s->first].block;
	for (; i < f->n && f->blocks[i] && f->blocks[i] < block; i++)
		keep_b = f->end_b[i];
	measured = count_measured(f, i);
	if (measured) {
		in = fopen(path, "re");
		err = in ? put_aside(s, in, keep_b, f->end_b[f->n - 1], header_b) : -errno;
		if (in)
			fclose(in);
		fprintf(stderr,
			PROGRAM ": %zu rows of an incomplete block move to interrupted.csv\n",
			measured);
	}
	if (!err && block < UINT64_MAX)
		err = histograms_cut(&s->dir, (unsigned)block);
	if (!err)
		err = rundir_csv_go_on(&s->samples, &s->dir, CSV_SAMPLES, keep_b);
	return err;
}

int sweep_take_up(struct sweep *s)
{
	struct found f = {.done = calloc(s->schedule.n + 1, sizeof(*f.done))};
	char path[PATH_MAX + 64];
	struct csv_reader reader;
	static struct row row;
	uint64_t header_b;
	int err;

	snprintf(path, sizeof(path), "%s/samples.csv", s->dir.path);
	err = f.done ? csv_open(&reader, path, CSV_SAMPLES) : -ENOMEM;
	if (err == -ENOENT || err == -EBADMSG) { /* it was ended before there was a header */
		unlink(path);
		free(f.done);
		sweep_limit(s, 0);
		return rundir_csv_create(&s->samples, &s->dir, CSV_SAMPLES);
	}
	if (err)
		goto out_free;
	header_b = reader.whole_b;
	while (!err && (err = csv_next(&reader, &row)) == 1) {
		err = take(s, &f, &reader, &row);
		if (err == -EBADMSG)
			snprintf(reader.error, sizeof(reader.error),
				 "samples.csv:%llu: plan.csv has no such row",
				 (unsigned long long)reader.line_number);
	}
	if (err)
		fprintf(stderr, PROGRAM ": %s\n",
			err == -ENOMEM ? "no memory for the rows of samples.csv" : reader.error);
	else if (reader.unterminated)
		fprintf(stderr, PROGRAM ": %s: the last line is truncated and was dropped\n", path);
	csv_close(&reader);
	if (!err)
		err = cut_back(s, &f, path, header_b);
	sweep_limit(s, f.spent_ns);
	for (size_t i = 0; !err && i < s->first; i++)
		s->seen[s->schedule.steps[i].cell] = true;
out_free:
	free(f.done);
	free(f.end_b);
	free(f.blocks);
	return err;
}

/* The run's topology was this machine's, or run_settings_check() had refused. */
static int take_up_topology(struct sweep *s)
{
	struct topology *t;
	int err = topology_load_xml(&t, &s->topology_xml);

	if (err)
		return err;
	err = topology_is_this_machine(t) ? 0 : -ENODEV;
	topology_free(t);
	run_settings_hand_on(s->topology_xml);
	return err;
}

int sweep_resume(struct sweep *s)
{
	char error[512];
	int err, code;

	snprintf(s->dir.path, sizeof(s->dir.path), "%s", s->resume);
	if (access(s->dir.path, F_OK))
		return sweep_complain(s, "cannot be resumed", -errno, EX_NOINPUT);
	code = report_check(PROGRAM, &s->dir);
	if (!code)
		code = sweep_lock(s);
	if (code)
		return code;
	err = schedule_read(&s->schedule, &s->plan, &s->dir, error);
	if (err) {
		fprintf(stderr, PROGRAM ": %s: cannot be resumed: %s\n", s->dir.path, error);
		return EX_DATAERR;
	}
	err = sweep_recall(s);
	if (!err)
		err = run_settings_check(PROGRAM, &s->dir);
	if (err == -ESTALE) {
		fprintf(stderr,
			PROGRAM ": %s: not resumed: the machine, its kernel or this build has "
				"changed, so old and new rows could not be compared\n",
			s->dir.path);
		return EX_UNAVAILABLE;
	}
	if (err)
		return sweep_complain(s,
				      "cannot be resumed: it is no sweep, or ended before its "
				      "first run: settings/before.txt or sweep.txt",
				      err, EX_DATAERR);
	err = take_up_topology(s);
	if (err)
		return sweep_complain(s, "cannot read the machine's topology", err, EX_OSERR);
	s->seen = calloc(s->plan.n_cells + 1, sizeof(*s->seen));
	err = s->seen ? sweep_take_up(s) : -ENOMEM;
	if (err == -ENOSPC || err == -EDQUOT || err == -EFBIG)
		return report_cannot_write(PROGRAM, &s->dir, err);
	if (err)
		return sweep_complain(s, "cannot be resumed: samples.csv", err, EX_DATAERR);
	invoke_warn_others(PROGRAM);
	fprintf(stderr, "%zu of %zu runs are done\n", s->first, s->schedule.n);
	return 0;
}
