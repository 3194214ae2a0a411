/* SPDX-License-Identifier: MIT */
/* `handoff plot`: charts of a run, or of CSV files. */
#include "bench/command/plot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/command/report.h"

#define PROGRAM "handoff plot"

static const char help[] =
	"Usage: handoff plot [option]... DIR\n"
	"       handoff plot [option]... FILE.csv...\n"
	"Draws the charts of a sweep, a comparison or a matrix into DIR/charts/.\n"
	"Draws the rows of all FILEs together, beside the first FILE. A FILE is what a\n"
	"microbenchmark printed, or a file of a result directory, also of its histograms/.\n"
	"  --format=LIST   svg, png and pdf, joined by commas; svg. tsv: what gnuplot gets\n"
	"  --width=N       width on paper, such as 85mm or 180mm; without it, as wide as needed\n"
	"  --font=N        size of the labels on paper, in points; 5. Names that are too long for\n"
	"                  the width make all letters smaller\n"
	"  --out=DIR       directory to draw into; it may exist\n"
	"  --help          this text\n"
	"handoff list --charts lists the charts.\n";

struct wish {
	struct plot_how how;
	const char *out;
};

static int take_formats(struct plot_how *how, const char *value)
{
	memset(how->formats, 0, sizeof(how->formats));
	for (const char *at = value;; at++) {
		size_t n = strcspn(at, ",");
		int k = 0;

		while (k < PLOT_FORMATS && (strlen(plot_format_names[k]) != n ||
					    strncmp(at, plot_format_names[k], n) != 0))
			k++;
		if (k == PLOT_FORMATS)
			return -1;
		how->formats[k] = true;
		at += n;
		if (!*at)
			return 0;
	}
}

/* A number within limits with that unit, or none, behind it. */
static int take_number(double *to, const char *value, const char *unit, double least, double most)
{
	char *end;
	double number = strtod(value, &end);

	if (end == value || (*end && strcmp(end, unit) != 0) ||
	    !(number >= least && number <= most))
		return -1;
	*to = number;
	return 0;
}

static int take_option(void *to, int option, const char *value, char *want)
{
	struct wish *wish = to;

	switch (option) {
	case 'f':
		snprintf(want, OPTION_WANT, "svg, png, pdf and tsv, joined by commas");
		return take_formats(&wish->how, value);
	case 'w':
		snprintf(want, OPTION_WANT, "a width from 40mm to 1000mm");
		return take_number(&wish->how.width_mm, value, "mm", 40, 1000);
	case 'n':
		snprintf(want, OPTION_WANT, "a size from 3 to 40 points");
		return take_number(&wish->how.font_pt, value, "pt", 3, 40);
	default:
		wish->out = value;
		return 0;
	}
}

/* 0, -1 when --help was answered, or an exit code after a line. */
static int parse(int argc, char **argv, struct wish *wish)
{
	static const struct option options[] = {OPTION("format", 'f'), OPTION("width", 'w'),
						OPTION("font", 'n'), OPTION("out", 'o'),
						OPTIONS_END};
	static const struct arguments arguments = {PROGRAM, help, options, take_option, true};
	int code = arguments_read(&arguments, wish, argc, argv);

	if (code || optind < argc)
		return code;
	fprintf(stderr, PROGRAM ": name the directory of a run, or CSV files\n");
	return EX_USAGE;
}

static bool is_dir(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* Where the names of pictures begin: --out, charts/ of the run, or beside the first file. */
static int find_place(const struct wish *wish, const char *first, char *to, size_t size)
{
	size_t n = strlen(first);

	if (!wish->out && !is_dir(first)) {
		if (n > 4 && !strcmp(first + n - 4, ".csv"))
			n -= 4;
		snprintf(to, size, "%.*s-", (int)n, first);
		return 0;
	}
	snprintf(to, size, "%s%s", wish->out ? wish->out : first, wish->out ? "/" : "/charts/");
	if (!mkdir(to, 0777) || errno == EEXIST)
		return 0;
	fprintf(stderr, PROGRAM ": %s: cannot create: %s\n", to, strerror(errno));
	return EX_CANTCREAT;
}

/* Reads what the arguments name: one run, or files. 0 or an exit code after a line. */
static int read_all(struct plot *p, char **args, int n, bool write_there)
{
	static struct rundir dir;
	int code = 0;

	if (is_dir(args[0])) {
		snprintf(dir.path, sizeof(dir.path), "%s", args[0]);
		if (n > 1) {
			fprintf(stderr, PROGRAM
				": one run at a time; handoff report --out=NEW puts several "
				"into one\n");
			return EX_USAGE;
		}
		code = write_there ? report_check(PROGRAM, &dir) : 0;
		return code ? code : plot_read_run(p, args[0]);
	}
	for (int i = 0; !code && i < n; i++)
		code = plot_read_file(p, args[i]);
	return code;
}

static void print_names(const struct plot *p, const struct plot_how *how, const char *to)
{
	for (size_t i = 0; i < p->n; i++)
		for (int k = 0; k < PLOT_FORMATS; k++)
			if (how->formats[k])
				printf("%s%s.%s\n", to, p->pictures[i].name, plot_format_names[k]);
}

int command_plot(int argc, char **argv)
{
	static struct children c;
	static struct plot p = {.program = PROGRAM};
	struct wish wish = {.how = PLOT_USUAL};
	char to[PATH_MAX + 32];
	bool dir;
	int code = parse(argc, argv, &wish), err;

	if (code)
		return code < 0 ? 0 : code;
	err = children_begin(&c);
	if (err) {
		fprintf(stderr, PROGRAM ": /proc/self/exe: %s\n", strerror(-err));
		return EX_OSERR;
	}
	dir = is_dir(argv[optind]);
	code = read_all(&p, argv + optind, argc - optind, !wish.out);
	if (!code)
		code = find_place(&wish, argv[optind], to, sizeof(to));
	if (!code)
		code = plot_draw(&c, &p, &wish.how, to, dir && !wish.out);
	if (!code)
		print_names(&p, &wish.how, to);
	if (!code && !p.n)
		code = EX_DATAERR;
	plot_free(&p);
	return code;
}
