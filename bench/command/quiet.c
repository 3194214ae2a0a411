/* SPDX-License-Identifier: MIT */
/* `handoff quiet`: which CPUs are left alone, and what takes time from the others. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/base/clock.h"
#include "bench/base/whole.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/command/report.h"
#include "bench/machine/isolation.h"
#include "bench/machine/limits.h"
#include "bench/machine/placement.h"
#include "bench/record/csv.h"
#include "bench/record/json.h"
#include "bench/report/quiet.h"

#define PROGRAM "handoff quiet"
#define SPIN_LEAST_NS 10000000u /* some ticks of every kernel */

static const char help[] =
	"Usage: handoff quiet [option]...\n"
	"Shows which CPUs are left alone. A thread on each CPU only reads the clock: first on one\n"
	"CPU after the other, then on all together. A longer time between two readings is a gap.\n"
	"It counts the gaps, and says what took the time, as far as the kernel counts it.\n"
	"  --budget=T      time for everything; 1m\n"
	"  --threshold=T   what is longer is a gap; 5us, or ten readings of the clock\n"
	"  --cpus=LIST     the CPUs, as in 0-3,8; all that this process may use\n"
	"  --csv, --json   print a row per CPU, alone and together\n"
	"  --out=DIR       write quiet.csv, its chart and a page into this directory; of a sweep "
	"they\n"
	"                  become part of its page\n"
	"  --help          this text\n";

struct job {
	uint64_t budget_ns, threshold_ns;
	unsigned cpu[SEATS_MAX], n;
	int format;	 /* 'c' = CSV, 'j' = JSON, 0 = a table */
	const char *out; /* NULL = none */
	struct topology *t;
	struct quiet_report report;
	struct rundir dir; /* of --out */
	struct children children;
};

static int take_option(void *to, int option, const char *value, char *want)
{
	struct job *job = to;

	switch (option) {
	case 'b':
		if (option_time(value, &job->budget_ns, want))
			return -EINVAL;
		return job->budget_ns < SECOND_NS
			       ? snprintf(want, OPTION_WANT, "a time of at least 1s")
			       : 0;
	case 't':
		if (option_time(value, &job->threshold_ns, want))
			return -EINVAL;
		return job->threshold_ns ? 0 : snprintf(want, OPTION_WANT, "a time above 0");
	case 'p':
		return option_ranges(value, job->cpu, SEATS_MAX, &job->n, want);
	case 'o':
		job->out = value;
		return *value ? 0 : snprintf(want, OPTION_WANT, "the name of a directory");
	default:
		job->format = option;
		return 0;
	}
}

/* The CPUs to spin on, each once; 0 or an exit code after a line. */
static int find_cpus(struct job *job)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < job->n; i++) {
		unsigned cpu = job->cpu[i], k = 0;

		if (!topology_exists(job->t, cpu) || !topology_is_allowed(job->t, cpu)) {
			fprintf(stderr,
				PROGRAM
				": --cpus: CPU %u %s; handoff topology shows those that can "
				"be used\n",
				cpu,
				topology_exists(job->t, cpu)
					? "is not allowed to this process (taskset, or the cpuset "
					  "of its control group)"
					: "does not exist");
			return EX_USAGE;
		}
		while (k < kept && job->cpu[k] != cpu)
			k++;
		job->cpu[k] = cpu;
		kept += k == kept;
	}
	job->n = kept;
	for (; !kept && job->n < SEATS_MAX && job->n < topology_allowed_count(job->t); job->n++)
		job->cpu[job->n] = topology_allowed_pu(job->t, job->n);
	return job->n ? 0 : EX_UNAVAILABLE; /* a process that runs may use one at least */
}

/*
 * Reads the machine, and checks that it is this one and that the time is enough; 0 or an exit code
 * after a line.
 */
static int prepare(struct job *job)
{
	int err = topology_load(&job->t);

	if (err) {
		fprintf(stderr, PROGRAM ": cannot read the machine: %s\n", topology_explain(err));
		return EX_UNAVAILABLE;
	}
	if (!topology_is_this_machine(job->t)) {
		fprintf(stderr, PROGRAM ": HWLOC_XMLFILE or HWLOC_SYNTHETIC describes another "
					"machine; unset it\n");
		return EX_USAGE;
	}
	err = find_cpus(job);
	if (err)
		return err;
	if (job->budget_ns / (job->n + 1) < SPIN_LEAST_NS) {
		char least[32];

		value_print_time((job->n + 1) * (uint64_t)SPIN_LEAST_NS, least, sizeof(least));
		fprintf(stderr, PROGRAM ": --budget: %u CPUs take at least %s\n", job->n, least);
		return EX_USAGE;
	}
	err = children_begin(&job->children);
	if (err) {
		fprintf(stderr, PROGRAM ": /proc/self/exe: %s\n", strerror(-err));
		return EX_OSERR;
	}
	err = clock_init(CLOCK_KIND_AUTO);
	if (err) {
		fprintf(stderr, PROGRAM ": cannot read the clock: %s\n", strerror(-err));
		return EX_OSERR;
	}
	if (!job->threshold_ns)
		job->threshold_ns =
			bench_clock.cost_ns > 500 ? (uint64_t)(10 * bench_clock.cost_ns) : 5000;
	return 0;
}

/* Every CPU alone, then all together, as long; 0 or an exit code after a line. */
static int measure(struct job *job)
{
	struct quiet_report *r = &job->report;
	uint64_t spin_ns = job->budget_ns / (job->n + 1);
	int err = 0;

	r->n = job->n;
	r->spin_ns = spin_ns;
	r->threshold_ns = job->threshold_ns;
	r->alone = calloc(job->n, sizeof(*r->alone));
	r->together = calloc(job->n, sizeof(*r->together));
	r->isolation = calloc(job->n, sizeof(*r->isolation));
	if (!r->alone || !r->together || !r->isolation)
		err = -ENOMEM;
	for (unsigned i = 0; !err && i < job->n; i++) {
		r->alone[i].cpu = r->together[i].cpu = job->cpu[i];
		r->isolation[i] = isolation_of("", job->cpu[i]);
		err = quiet_spin(job->t, &r->alone[i], 1, spin_ns, job->threshold_ns);
	}
	if (!err)
		err = quiet_spin(job->t, r->together, job->n, spin_ns, job->threshold_ns);
	if (!err)
		return 0;
	fprintf(stderr, PROGRAM ": cannot spin on every CPU: %s\n", limits_explain(err));
	return EX_OSERR;
}

static int write_csv(const struct quiet_report *r, FILE *out)
{
	static struct row row;
	int err = csv_write_header(out, CSV_QUIET);

	for (unsigned i = 0; !err && i < 2 * r->n; i++) {
		quiet_row(r, i, &row);
		err = csv_write_row(out, CSV_QUIET, &row);
	}
	return err;
}

static int write_json(const struct quiet_report *r)
{
	static struct row row;
	struct json j;

	json_begin(&j, stdout, "quiet");
	json_rows(&j);
	for (unsigned i = 0; i < 2 * r->n; i++) {
		quiet_row(r, i, &row);
		json_row(&j, CSV_QUIET, &row);
	}
	return json_end(&j);
}

/* quiet.csv in the directory of --out, its chart and its page; 0 or an exit code after a line. */
static int write_files(struct job *job)
{
	char *const runs[] = {job->dir.path};
	struct whole w;
	int err, code;

	if (!job->out)
		return 0;
	err = rundir_whole(&w, &job->dir, schema_file_name(CSV_QUIET));
	if (!err)
		err = whole_close(&w, write_csv(&job->report, w.out));
	if (err)
		return report_cannot_write(PROGRAM, &job->dir, err);
	code = report_draw(PROGRAM, &job->children, job->dir.path, runs, 1, NULL);
	if (!job->format)
		printf("page: %s/report.html\n", job->dir.path);
	return code;
}

static int tell(const struct job *job)
{
	const struct quiet_report *r = &job->report;
	int err = job->format == 'c'   ? write_csv(r, stdout)
		  : job->format == 'j' ? write_json(r)
				       : quiet_print(r, stdout);

	if (!err && (fflush(stdout) || ferror(stdout)))
		err = errno ? -errno : -EIO;
	if (err)
		fprintf(stderr, PROGRAM ": cannot write to standard output: %s\n", strerror(-err));
	return err ? EX_IOERR : 0;
}

int command_quiet(int argc, char **argv)
{
	static const struct option options[] = {OPTION("budget", 'b'),
						OPTION("threshold", 't'),
						OPTION("cpus", 'p'),
						OPTION("out", 'o'),
						SWITCH("csv", 'c'),
						SWITCH("json", 'j'),
						OPTIONS_END};
	static const struct arguments arguments = {PROGRAM, help, options, take_option, false};
	static struct job job = {.budget_ns = 60 * SECOND_NS};
	int told, code = arguments_read(&arguments, &job, argc, argv);

	if (code)
		return code < 0 ? 0 : code;
	code = prepare(&job);
	if (!code && job.out)
		code = report_place(PROGRAM, &job.dir, job.out, CSV_QUIET);
	if (!code)
		code = measure(&job);
	if (!code) {
		told = tell(&job);
		code = write_files(&job);
		code = code ? code : told;
	}
	quiet_report_free(&job.report);
	topology_free(job.t);
	return code;
}
