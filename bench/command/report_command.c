/* SPDX-License-Identifier: MIT */
/* `handoff report`: of a run, of several, of packs. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/analyse/compare.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/command/report.h"
#include "bench/record/samples.h"
#include "bench/report/compare_table.h"
#include "bench/report/pack.h"

#define PROGRAM "handoff report"

static const char help[] =
	"Usage: handoff report [--json] DIR\n"
	"       handoff report [--out=NEW] PACK.tar.gz...\n"
	"       handoff report --out=NEW DIR|PACK.tar.gz...\n"
	"Writes summary.csv, charts/ and report.html of a result directory again, from its CSV "
	"files.\n"
	"Several directories go into one new directory: run_id tells them apart, and each is "
	"compared\n"
	"with the first. Sweeps with labels, several of a label, are compared label by label.\n"
	"Packs (see handoff pack) are unpacked into the new directory.\n"
	"  --out=NEW   the new directory; it must be new or empty. For packs it may be left out: "
	"it is\n"
	"              then made in results/\n"
	"  --json      print the summary as one JSON object instead, and write nothing\n"
	"  --help      this text\n";

static bool all_packs(char **args)
{
	for (; *args; args++)
		if (!pack_is(*args))
			return false;
	return true;
}

struct wish {
	const char *out; /* NULL = not given */
	bool json;
};

static int take_option(void *to, int option, const char *value, char *want)
{
	struct wish *wish = to;

	if (option == 'j')
		wish->json = true;
	else
		wish->out = value;
	return 0;
}

/* What is wrong with `wish` for these arguments; NULL = nothing. */
static const char *check(const struct wish *wish, char **args, int n)
{
	if (!n)
		return "name a result directory";
	if (wish->json && wish->out)
		return "--json writes nothing: it goes without --out";
	for (int i = 0; wish->json && i < n; i++)
		if (pack_is(args[i]))
			return "--json reads result directories; handoff report PACK.tar.gz makes "
			       "one";
	if (n > 1 && !wish->json && !wish->out && !all_packs(args))
		return "several directories need --out=NEW, a directory for the result";
	return NULL;
}

/* 0, -1 when --help was answered, or an exit code after a line. */
static int parse(int argc, char **argv, struct wish *wish)
{
	static const struct option options[] = {SWITCH("json", 'j'), OPTION("out", 'o'),
						OPTIONS_END};
	static const struct arguments arguments = {PROGRAM, help, options, take_option, true};
	int code = arguments_read(&arguments, wish, argc, argv);
	const char *wrong;

	if (code)
		return code;
	wrong = check(wish, argv + optind, argc - optind);
	if (wrong)
		fprintf(stderr, PROGRAM ": %s\n", wrong);
	return wrong ? EX_USAGE : 0;
}

#define LABELS_MAX 32

/* What is asked of the samples beside their figures. */
struct seen {
	char (*ids)[160]; /* run_id of each run */
	/* The labels: without one, or without its boot, runs are compared one by one. */
	char labels[LABELS_MAX][64];
	size_t n_labels;
	bool lacking;
};

static int note_row(void *to, size_t run, const struct row *row)
{
	struct seen *seen = to;
	const char *label = row_get_text(row, COL_arm);
	size_t k = 0;

	if (!*seen->ids[run])
		snprintf(seen->ids[run], sizeof(seen->ids[run]), "%s",
			 row_get_text(row, COL_run_id));
	if (!row_is_ok(row))
		return 0;
	while (k < seen->n_labels && strcmp(seen->labels[k], label) != 0)
		k++;
	seen->lacking |= !*label || !strcmp(label, "as-is") || !row_is_set(row, COL_boot_id) ||
			 k == LABELS_MAX;
	if (k == seen->n_labels && k < LABELS_MAX)
		snprintf(seen->labels[seen->n_labels++], sizeof(seen->labels[0]), "%s", label);
	return 0;
}

/* What reading a run for a comparison goes through. */
struct side {
	struct comparison *comparison;
	const char *name; /* of the run; NULL = its label */
};

static int take_side(void *to, const struct row *row)
{
	struct side *side = to;

	return comparison_add(side->comparison, row,
			      side->name ? side->name : row_get_text(row, COL_arm));
}

/*
 * Writes compare.csv: each run against the first; of runs with labels, one of them several times,
 * label against label. 0 or an exit code after a line.
 */
static int compare_runs(char *const *runs, size_t n, const struct seen *seen,
			const struct rundir *to)
{
	bool by_label = !seen->lacking && seen->n_labels > 1 && seen->n_labels < n;
	struct side side = {comparison_new(by_label ? seen->labels[0] : runs[0]), NULL};
	int code = side.comparison ? 0 : EX_OSERR, err;

	if (!code)
		comparison_set_design(side.comparison, by_label ? COMPARE_BOOTS : COMPARE_RUNS);
	for (size_t i = 0; !code && i < n; i++) {
		side.name = by_label ? NULL : runs[i];
		code = samples_read(PROGRAM, runs[i], take_side, &side);
	}
	err = code ? 0 : comparison_judge(side.comparison, COMPARE_EFFECT);
	if (!err && !code && comparison_count(side.comparison))
		err = compare_write(to, side.comparison);
	if (err)
		code = report_cannot_write(PROGRAM, to, err);
	comparison_free(side.comparison);
	return code;
}

static bool has_file(const char *dir, enum csv_file file)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/%s", dir, schema_file_name(file));
	return !access(path, F_OK);
}

/*
 * Whether nothing was measured there but by handoff matrix or handoff quiet, which have no samples.
 */
static bool has_no_samples(const char *dir)
{
	return !has_file(dir, CSV_SAMPLES) &&
	       (has_file(dir, CSV_MATRIX) || has_file(dir, CSV_QUIET));
}

/* Where the runs are that are reported on: directories, and what packs were unpacked into. */
struct runs {
	char **paths; /* as many as arguments */
	size_t n;
	bool packs; /* one of them is a pack */
};

/* Unpacks `pack` into `to` itself, or into a directory of its own there. */
static int unpack(const char *pack, const struct rundir *to, bool alone, char **ret)
{
	const char *name = strrchr(pack, '/') ? strrchr(pack, '/') + 1 : pack;
	char dir[PATH_MAX + 300], error[PACK_ERROR_B];
	int err;

	snprintf(dir, sizeof(dir), "%s", to->path);
	if (!alone)
		snprintf(dir, sizeof(dir), "%s/%.*s", to->path, (int)strlen(name) - 7, name);
	if (!alone && mkdir(dir, 0777)) {
		fprintf(stderr, PROGRAM ": %s: %s\n", dir, strerror(errno));
		return EX_CANTCREAT;
	}
	err = pack_read(pack, dir, error);
	if (err) {
		fprintf(stderr, PROGRAM ": %s: %s\n", pack, error);
		if (!alone)
			rmdir(dir);
		return err == -ENOENT ? EX_NOINPUT : err == -ENOTSUP ? EX_UNAVAILABLE : EX_DATAERR;
	}
	*ret = strdup(dir);
	return *ret ? 0 : EX_OSERR;
}

/* The runs that the arguments name; 0 or an exit code after a line. */
static int find_runs(struct runs *runs, char **args, const struct rundir *to)
{
	int code = 0;

	for (size_t i = 0; !code && i < runs->n; i++)
		if (pack_is(args[i]))
			code = unpack(args[i], to, runs->n == 1, &runs->paths[i]);
		else if (!(runs->paths[i] = strdup(args[i])))
			code = EX_OSERR;
	return code;
}

/* The first argument that names what an earlier one names too; NULL: none. */
static const char *named_twice(char **args, size_t n)
{
	struct stat one, two;

	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < i && !stat(args[i], &one); k++)
			if (!stat(args[k], &two) && one.st_dev == two.st_dev &&
			    one.st_ino == two.st_ino)
				return args[i];
	return NULL;
}

/* Figures of several runs are told apart by run_id. 0 or an exit code after a line. */
static int check_names(const struct runs *runs, const struct seen *seen)
{
	for (size_t i = 0; i < runs->n; i++)
		for (size_t k = 0; k < i; k++) {
			if (strcmp(seen->ids[k], seen->ids[i]) != 0)
				continue;
			fprintf(stderr,
				PROGRAM ": %s and %s hold one and the same run, %s: name it once\n",
				runs->paths[k], runs->paths[i], seen->ids[i]);
			return EX_DATAERR;
		}
	return 0;
}

/* Makes the directory for what is new. 0 or an exit code after a line. */
static int make_dir(struct rundir *to, const char *out)
{
	int err = rundir_create(to, out);

	return err ? report_cannot_create(PROGRAM, to, err) : 0;
}

/*
 * Summary, comparison, charts and page of `runs`, in `to`, or where it is not new in the run
 * itself; an exit code.
 */
static int report_on(struct children *c, const struct runs *runs, const char *out,
		     struct rundir *to)
{
	struct report_reading r = {.drift = drift_new(), .also = note_row};
	static struct seen seen;
	bool samples = runs->n > 1 || !has_no_samples(runs->paths[0]);
	int code;

	r.arg = &seen;
	seen.ids = calloc(runs->n, sizeof(*seen.ids));
	code = r.drift && seen.ids ? 0 : EX_OSERR;
	if (!code && samples)
		code = report_read_runs(PROGRAM, runs->paths, runs->n, &r);
	if (!code)
		code = check_names(runs, &seen);
	if (!code && !runs->packs)
		code = out ? make_dir(to, out) : report_check(PROGRAM, to);
	if (!code && samples)
		code = report_write(PROGRAM, &r, to,
				    runs->n == 1 && !strcmp(runs->paths[0], to->path));
	if (!code && runs->n > 1)
		code = compare_runs(runs->paths, runs->n, &seen, to);
	free(seen.ids);
	report_reading_free(&r);
	if (code)
		return code;
	code = report_draw(PROGRAM, c, to->path, runs->paths, runs->n, stdout);
	printf("%s\n", to->path);
	return c->interrupted ? 130 : code;
}

int command_report(int argc, char **argv)
{
	static struct children c;
	static struct rundir to;
	struct runs runs = {0};
	struct wish wish = {NULL, false};
	const char *again;
	int code = parse(argc, argv, &wish), err;

	if (code)
		return code < 0 ? 0 : code;
	again = named_twice(argv + optind, (size_t)(argc - optind));
	if (again) {
		fprintf(stderr, PROGRAM ": %s: named twice\n", again);
		return EX_USAGE;
	}
	if (wish.json)
		return report_print_json(PROGRAM, argv + optind, (size_t)(argc - optind));
	err = children_begin(&c);
	if (err) {
		fprintf(stderr, PROGRAM ": /proc/self/exe: %s\n", strerror(-err));
		return EX_OSERR;
	}
	runs.n = (size_t)(argc - optind);
	runs.paths = calloc(runs.n, sizeof(*runs.paths));
	if (!runs.paths)
		return EX_OSERR;
	for (size_t i = 0; i < runs.n; i++)
		runs.packs |= pack_is(argv[optind + (int)i]);
	snprintf(to.path, sizeof(to.path), "%s", argv[optind]);
	if (runs.packs)
		code = make_dir(&to, wish.out);
	if (!code)
		code = find_runs(&runs, argv + optind, &to);
	if (!code)
		code = report_on(&c, &runs, wish.out, &to);
	for (size_t i = 0; i < runs.n; i++)
		free(runs.paths[i]);
	free(runs.paths);
	return code;
}
