/* SPDX-License-Identifier: MIT */
/* `handoff odd`: which machine of a fleet is slower or faster than its sisters. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "bench/analyse/compare.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/command/report.h"
#include "bench/machine/limits.h"
#include "bench/record/csv.h"
#include "bench/record/json.h"
#include "bench/report/fleet.h"
#include "bench/report/fleet_page.h"
#include "bench/report/fleet_table.h"

#define PROGRAM "handoff odd"

static const char help[] =
	"Usage: handoff odd [option]... PACK.tar.gz|DIR...\n"
	"Compares each machine with all others: one pack or result directory of each, from sweeps "
	"of\n"
	"one plan. Says which are slower or faster, where, by how much, and whether it is real; "
	"what\n"
	"could not be seen; and which settings differ. Of machines that do not differ, at most 5 "
	"% of\n"
	"fleets get a verdict. Machines of one processor, kernel and topology are compared; it "
	"takes 4.\n"
	"  --effect=P%      smallest difference that matters; 2%\n"
	"  --csv, --json    print a row per machine and place, and per machine and configuration\n"
	"  --out=FILE.html  write a page as well: a map of machines and places, the settings that "
	"differ\n"
	"  --help           this text\n";

struct job {
	double effect;
	int format;	  /* 'c' = CSV, 'j' = JSON, 0 = a table */
	const char *page; /* NULL = none */
	struct fleet fleet;
};

static int take_option(void *to, int option, const char *value, char *want)
{
	struct job *job = to;
	size_t n;

	switch (option) {
	case 'e':
		return option_percent(value, &job->effect, want);
	case 'o':
		n = strlen(value);
		job->page = value;
		return n > 5 && !strcmp(value + n - 5, ".html")
			       ? 0
			       : snprintf(want, OPTION_WANT, "a name that ends in .html");
	default:
		job->format = option;
		return 0;
	}
}

/* 0, -1 when --help was answered, or an exit code after a line. */
static int parse(struct job *job, int argc, char **argv)
{
	static const struct option options[] = {
		{"effect", required_argument, NULL, 'e'}, {"csv", no_argument, NULL, 'c'},
		{"json", no_argument, NULL, 'j'},	  {"out", required_argument, NULL, 'o'},
		{"help", no_argument, NULL, 'h'},	  {0},
	};
	static const struct arguments arguments = {.program = PROGRAM,
						   .help = help,
						   .options = options,
						   .operands = true,
						   .take = take_option};
	int code = arguments_read(&arguments, job, argc, argv);

	if (code)
		return code;
	if (argc - optind >= 2)
		return 0;
	fprintf(stderr,
		PROGRAM ": %s: name the packs or result directories of at least two machines\n",
		argc > optind ? argv[optind] : "no machine");
	return EX_USAGE;
}

static int print_csv(const struct fleet *f)
{
	int err = csv_write_header(stdout, CSV_ODD);
	static struct row row;

	for (size_t i = 0; !err && i < fleet_rows(f); i++) {
		fleet_row(f, i, &row);
		err = csv_write_row(stdout, CSV_ODD, &row);
	}
	return err;
}

static int print_json(const struct fleet *f)
{
	static struct row row;
	struct json j;

	json_begin(&j, stdout, "odd");
	json_rows(&j);
	for (size_t i = 0; i < fleet_rows(f); i++) {
		fleet_row(f, i, &row);
		json_row(&j, CSV_ODD, &row);
	}
	return json_end(&j);
}

/* Prints what was found; the exit code. */
static int tell(const struct job *job)
{
	int err = job->format == 'c'   ? print_csv(&job->fleet)
		  : job->format == 'j' ? print_json(&job->fleet)
				       : fleet_print(&job->fleet, stdout);

	if (!err && (fflush(stdout) || ferror(stdout)))
		err = errno ? -errno : -EIO;
	if (err)
		fprintf(stderr, PROGRAM ": cannot write to standard output: %s\n", strerror(-err));
	return err ? EX_IOERR : 0;
}

int command_odd(int argc, char **argv)
{
	static struct job job = {.effect = COMPARE_EFFECT};
	static struct children c;
	char template[PATH_MAX];
	int code = parse(&job, argc, argv);

	if (code)
		return code < 0 ? 0 : code;
	for (int i = optind; !code && i < argc; i++)
		code = fleet_add_path(&job.fleet, PROGRAM, argv[i]);
	if (!code && fleet_judge(&job.fleet, job.effect)) {
		fprintf(stderr, PROGRAM ": no memory: %s\n", limits_explain(-ENOMEM));
		code = EX_OSERR;
	}
	if (!code && job.page && !(code = children_begin(&c) ? EX_OSERR : 0)) {
		report_find_script(&c, "fleet.html", template, sizeof(template));
		code = fleet_page_write(PROGRAM, &job.fleet, template, job.page);
	}
	if (!code)
		code = tell(&job);
	fleet_free(&job.fleet);
	return code;
}
