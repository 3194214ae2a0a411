/* SPDX-License-Identifier: MIT */
/* `handoff doctor`: what on this machine would spoil or explain numbers. It only reads. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "bench/base/wrap.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/command/doctor.h"
#include "bench/record/csv.h"
#include "bench/record/json.h"

static const char help[] =
	"Usage: handoff doctor [--csv|--json]\n"
	"Lists what would spoil or explain numbers on this machine, why, and which command changes "
	"it.\n"
	"It also lists what it could not find out. It changes nothing.\n"
	"  --csv    as CSV: topic,level,finding,why,command\n"
	"  --json   as one JSON object, with the same fields\n"
	"  --help   this text\n"
	"Levels: warning (spoils), note (explains), unknown (could not be found out), ok.\n";

void doctor_run(struct doctor *d)
{
	struct timespec tick;

	/* The coarse clock steps once per tick: its resolution is 1/HZ (clock_getres(2)). */
	d->tick_hz = 0;
	if (!clock_getres(CLOCK_MONOTONIC_COARSE, &tick) && !tick.tv_sec && tick.tv_nsec)
		d->tick_hz = (unsigned)((1000000000 + tick.tv_nsec / 2) / tick.tv_nsec);
	d->root = "";
	doctor_examine(d);
}

void doctor_row(const struct doctor_finding *f, struct row *row)
{
	row_clear(row);
	row_set_text(row, COL_topic, f->topic);
	row_set_text(row, COL_level, doctor_level_name(f->level));
	row_set_text(row, COL_finding, f->found);
	row_set_text(row, COL_why, f->why);
	row_set_text(row, COL_command, f->command);
}

static void print_text(const struct doctor *d)
{
	static const enum doctor_level order[] = {DOCTOR_WARNING, DOCTOR_NOTE, DOCTOR_UNKNOWN,
						  DOCTOR_OK};
	unsigned n[4] = {0};
	char line[sizeof(d->finding[0].why) + 8];

	for (size_t l = 0; l < 4; l++)
		for (unsigned i = 0; i < d->n; i++) {
			const struct doctor_finding *f = &d->finding[i];

			if (f->level != order[l])
				continue;
			n[order[l]]++;
			printf("%-8s %-15s %s\n", doctor_level_name(f->level), f->topic, f->found);
			if (f->level == DOCTOR_OK)
				continue;
			snprintf(line, sizeof(line), "why: %s", f->why);
			wrap_below(stdout, 26, line);
			if (f->command[0])
				printf("%25s change: %s\n", "", f->command);
		}
	printf("%u warnings, %u notes, %u could not be determined, %u as wanted\n",
	       n[DOCTOR_WARNING], n[DOCTOR_NOTE], n[DOCTOR_UNKNOWN], n[DOCTOR_OK]);
}

static int print_csv(const struct doctor *d)
{
	static struct row row;
	int err = csv_write_header(stdout, CSV_DOCTOR);

	for (unsigned i = 0; !err && i < d->n; i++) {
		doctor_row(&d->finding[i], &row);
		err = csv_write_row(stdout, CSV_DOCTOR, &row);
	}
	return err;
}

static int print_json(const struct doctor *d)
{
	static struct row row;
	struct json j;

	json_begin(&j, stdout, "doctor");
	json_rows(&j);
	for (unsigned i = 0; i < d->n; i++) {
		doctor_row(&d->finding[i], &row);
		json_row(&j, CSV_DOCTOR, &row);
	}
	return json_end(&j);
}

/* --csv or --json: the last one counts. */
static int take_option(void *to, int option, const char *value, char *want)
{
	*(int *)to = option;
	return 0;
}

int command_doctor(int argc, char **argv)
{
	static const struct option options[] = {SWITCH("csv", 'c'), SWITCH("json", 'j'),
						OPTIONS_END};
	static const struct arguments arguments = {"handoff doctor", help, options, take_option,
						   false};
	static struct doctor d;
	int format = 0;
	int err = arguments_read(&arguments, &format, argc, argv);

	if (err)
		return err < 0 ? 0 : err;
	doctor_run(&d);
	if (format == 'c')
		err = print_csv(&d);
	else if (format == 'j')
		err = print_json(&d);
	else
		print_text(&d);
	if (!err && (fflush(stdout) || ferror(stdout)))
		err = errno ? -errno : -EIO;
	if (err)
		fprintf(stderr, "handoff doctor: cannot write: %s\n", strerror(-err));
	return err ? EX_IOERR : 0;
}
