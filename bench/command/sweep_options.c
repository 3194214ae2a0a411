/* SPDX-License-Identifier: MIT */
/* Options of `handoff sweep`. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "bench/command/arguments.h"
#include "bench/command/sweep.h"
#include "bench/plan/select.h"

static const char help[] =
	"Usage: handoff sweep [option]...\n"
	"Measures this machine and writes CSV files, charts and a page to a result directory.\n"
	"The last line it prints is the path of that directory.\n"
	"  --budget=T           time limit for everything; 5m\n"
	"  --quick              the same as --budget=1m\n"
	"  --full               no time limit: measure until every interval is narrow\n"
	"  --only=NAME[,NAME]   only these: pipe, ipc/pipe, pipe:pair, 'unix_*', 'sync/*'\n"
	"  --sizes=SIZE,...     message sizes, such as 64,4k,64k; every wait mode at the first\n"
	"  --label=NAME         name this state of the machine, for handoff compare --by=label\n"
	"  --out=DIR            the result directory; it must be new or empty\n"
	"  --seed=N             seed of the random order\n"
	"  --load=KIND          add a background load: sibling (SMT siblings), cpu (all other "
	"CPUs),\n"
	"                       memory, or same (the measured CPUs)\n"
	"  --plan-only          write plan.csv and stop\n"
	"  --resume=DIR         resume an interrupted sweep\n"
	"  --help               this text\n";

static const struct option options[] = {
	OPTION("budget", 'b'),	  SWITCH("quick", 'q'),	 SWITCH("full", 'f'),
	OPTION("only", 'o'),	  OPTION("out", 'd'),	 OPTION("seed", 's'),
	SWITCH("plan-only", 'p'), OPTION("resume", 'r'), OPTION("label", 'l'),
	OPTION("sizes", 'z'),	  OPTION("load", 'L'),	 OPTIONS_END};

/* A label is a column, and part of a directory's name. */
static int take_label(struct sweep *s, const char *value, char *want)
{
	static const char valid[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	if (!*value || strlen(value) >= sizeof(s->dir.label) || value[strspn(value, valid)] ||
	    !strcmp(value, "as-is"))
		return snprintf(want, OPTION_WANT, "up to %zu letters, digits, dots, dashes",
				sizeof(s->dir.label) - 1);
	snprintf(s->dir.label, sizeof(s->dir.label), "%s", value);
	return 0;
}

static bool has_size(const struct plan_request *request, uint64_t size_b)
{
	for (unsigned i = 0; i < request->n_sizes; i++)
		if (request->sizes[i] == size_b)
			return true;
	return false;
}

/* "64,4k,64k" */
static int take_sizes(struct plan_request *request, const char *value, char *want)
{
	request->n_sizes = 0;
	for (size_t n; *value; value += n + (value[n] == ',')) {
		char size[32];
		uint64_t size_b;

		n = strcspn(value, ",");
		snprintf(size, sizeof(size), "%.*s", (int)n, value);
		if (request->n_sizes == PLAN_SIZES || option_size(size, MSG_MAX_B, &size_b, want))
			break;
		if (!has_size(request, size_b))
			request->sizes[request->n_sizes++] = size_b;
	}
	if (!*value && request->n_sizes)
		return 0;
	return snprintf(want, OPTION_WANT, "1 to %d sizes from 1 B to 16 MiB, such as 64,4k,64k",
			PLAN_SIZES);
}

/* Each name of --only is to name something. */
static int check_only(const char *only)
{
	char name[CLOSEST_NAME], hint[CLOSEST_HINT];
	struct closest closest;

	if (!select_unknown(only, name, &closest))
		return 0;
	fprintf(stderr, PROGRAM ": --only=%s: no such mechanism%s; handoff list shows them\n", name,
		closest_hint(&closest, hint, sizeof(hint)));
	return EX_USAGE;
}

/* Runs with a label need the fixed amount of work by which it is seen whether the machine moved. */
static int add_floor(struct sweep *s)
{
	if (!*s->dir.label || !s->request.only)
		return 0;
	if (asprintf(&s->only_and_floor, "%s,sync/null:op", s->request.only) < 0)
		return EX_OSERR;
	s->request.only = s->only_and_floor;
	return 0;
}

/* Takes one option and its value. 0, or nonzero and in `want` what would be valid. */
static int take_option(void *to, int option, const char *value, char *want)
{
	struct sweep *s = to;
	int bad = 0;

	s->others_given |= option != 'r';
	switch (option) {
	case 'b':
		bad = option_time(value, &s->request.budget_ns, want);
		if (!bad && s->request.budget_ns < SECOND_NS)
			bad = snprintf(want, OPTION_WANT, "a time of at least 1s");
		break;
	case 'q':
		s->request.budget_ns = 60 * SECOND_NS;
		break;
	case 'f':
		s->request.budget_ns = 0;
		break;
	case 'l':
		bad = take_label(s, value, want);
		break;
	case 'o':
		s->request.only = value;
		break;
	case 'z':
		bad = take_sizes(&s->request, value, want);
		break;
	case 'd':
		s->out = value;
		break;
	case 's':
		bad = option_number(value, 0, INT64_MAX, &s->request.seed, want);
		s->seed_given = true;
		break;
	case 'L':
		bad = option_load(value, &s->request.load, want);
		break;
	case 'p':
		s->plan_only = true;
		break;
	case 'r':
		s->resume = value;
		break;
	}
	return bad;
}

int sweep_options(struct sweep *s, int argc, char **argv)
{
	static const struct arguments arguments = {PROGRAM, help, options, take_option, false};
	int code = arguments_read(&arguments, s, argc, argv);

	if (!code)
		code = check_only(s->request.only);
	if (code)
		return code;
	if (!s->resume || !s->others_given)
		return add_floor(s);
	fprintf(stderr,
		PROGRAM ": --resume=%s: takes no other option: the sweep already has a plan\n",
		s->resume);
	return EX_USAGE;
}
