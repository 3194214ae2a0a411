/* SPDX-License-Identifier: MIT */
/* `handoff run`: names and options to command lines of microbenchmarks. */
#include "bench/command/run.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/base/closest.h"
#include "bench/base/grow.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/command/invoke.h"
#include "bench/command/run_settings.h"
#include "bench/command/suggest.h"
#include "bench/ipc.h"
#include "bench/machine/topology.h"
#include "bench/measure/ipc_session.h"
#include "bench/sync.h"

#define PROGRAM "handoff run"
#define RUNS 6 /* fewer give no 95 % interval of the median */
#define RUNS_MAX 1000

static const char help[] =
	"Usage: handoff run NAME[,NAME]... [option]...\n"
	"Measures mechanisms in a few fresh processes, in turns, and prints a table.\n"
	"NAME is pipe, ipc/pipe, pipe:pair or ipc/pipe:pair; wildcards: 'posix_*'.\n"
	"Without a variant it is the first one. Without ipc/ or sync/, IPC goes first.\n"
	"  --runs=N        runs of each, a fresh process each (6: fewer give no interval)\n"
	"  --size=B,...    message sizes, such as 64,4k,64k\n"
	"  --between=A,B   the CPUs of the sides; or relations, such as same-pu,same-l3\n"
	"  --wait=MODE     how a side waits; block of shared memory is its mode futex\n"
	"  --duration=T    time to measure in each run (100ms)\n"
	"  --csv           the rows instead, as in samples.csv\n"
	"  --json          one JSON object instead\n"
	"  --markdown      the table as Markdown\n"
	"  --peer=ADDRESS  the other side is that of handoff serve at ADDRESS\n"
	"  --explain[=T]   say instead why round trips took longer than T (10 times the\n"
	"                  median): who had the CPU, who woke whom. Each NAME is measured once,\n"
	"                  for 1s, in turns with and without a trace of the kernel; needs root\n"
	"  --out=DIR       with --explain: explain.csv and a picture of the five slowest there\n"
	"  --help          this text\n"
	"Every other option goes to the microbenchmarks, such as --pattern=stream,\n"
	"--experiment=contended or --threads=2: their own --help shows them.\n";

static const struct option options[] = {
	OPTION("between", 'b'),	 SWITCH("csv", 'c'),	{"explain", optional_argument, NULL, 'e'},
	OPTION("out", 'o'),	 SWITCH("json", 'j'),	SWITCH("markdown", 'm'),
	OPTION("msg-size", 's'), OPTION("repeat", 'n'), OPTION("runs", 'n'),
	OPTION("size", 's'),	 OPTION("wait", 'w'),	OPTIONS_END};

/* Cuts `text` at its commas into `items`; their number, 0 = none or too many. */
static unsigned split(char *text, char **items)
{
	unsigned n = 0;
	char *save = NULL;

	for (char *item = strtok_r(text, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
		if (n == RUN_ITEMS)
			return 0;
		items[n++] = item;
	}
	return n;
}

/* Whether `text` is a list of what --between takes beside CPUs. */
static bool are_relations(const char *text)
{
	for (size_t n = 0;; text += n + 1) {
		enum relation relation;
		char name[32];

		n = strcspn(text, ",");
		snprintf(name, sizeof(name), "%.*s", (int)n, text);
		if (n && strcmp(name, "free") != 0 && relation_parse(name, &relation))
			return false;
		if (!text[n])
			return true;
	}
}

static int take_option(void *to, int option, const char *value, char *want)
{
	struct run *r = to;

	switch (option) {
	case 'b':
		snprintf(want, OPTION_WANT,
			 "two CPUs such as 0,1, or relations such as same-pu; handoff topology "
			 "shows those of this machine");
		r->where[0] = (char *)value;
		r->n_where = 1;
		if (isdigit((unsigned char)*value))
			return 0;
		if (!are_relations(value))
			return -EINVAL;
		r->n_where = split((char *)value, r->where);
		return r->n_where ? 0 : -EINVAL;
	case 's':
		r->n_sizes = split((char *)value, r->sizes);
		snprintf(want, OPTION_WANT, "1 to %d sizes, such as 64,4k", RUN_ITEMS);
		return r->n_sizes ? 0 : -EINVAL;
	case 'n':
		return option_number(value, 1, RUNS_MAX, &r->runs, want);
	case 'w':
		r->wait = value;
		return 0;
	case 'e':
		r->explain = true;
		r->above = value;
		return value ? option_time(value, &(uint64_t){0}, want) : 0;
	case 'o':
		r->out = value;
		return *value ? 0 : snprintf(want, OPTION_WANT, "the name of a directory");
	default:
		r->format = option == 'c' ? RUN_CSV : option == 'j' ? RUN_JSON : RUN_MARKDOWN;
		return 0;
	}
}

/*
 * The option of `all` that `word` is, NULL when it is none; `short_too`: an abbreviation will do.
 */
static const struct option *find_option(const struct option *all, const char *word, bool short_too)
{
	size_t length = strcspn(word += strspn(word, "-"), "=");

	for (; all->name; all++)
		if (!strncmp(all->name, word, length) && (short_too || !all->name[length]))
			return all;
	return NULL;
}

/* The option of ours that `word` is, NULL when it is one of the microbenchmarks. */
static const struct option *find_own(const char *word)
{
	return find_option(options, strcmp(word, "-h") ? word : "--help", false);
}

/* A line for an option that nobody has; NULL = `word` is one of the microbenchmarks. */
static const char *unknown(const char *word)
{
	static char line[CLOSEST_HINT + 32];
	const struct option *all[] = {options, options_of(GROUP_IPC), options_of(GROUP_SYNC)};
	char hint[CLOSEST_HINT] = "";

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (i && find_option(all[i], word, true))
			return NULL;
		if (!*hint)
			closest_option(all[i], word, hint, sizeof(hint));
	}
	snprintf(line, sizeof(line), "no such option%s", hint);
	return line;
}

/* Whether the word after `word`, an option, is its value. */
static bool takes_next(const char *word, const struct option *own)
{
	if (strchr(word, '='))
		return false;
	if (own)
		return own->has_arg == required_argument;
	return strcmp(word, "--inherit") != 0 && strcmp(word, "--lock-memory") != 0;
}

/*
 * Parts argv into ours, which argv keeps, and what the microbenchmarks get; 0 or an exit code after
 * a line.
 */
static int part(struct run *r, int *argc, char **argv)
{
	int n = 1;

	for (int i = 1; i < *argc; i++) {
		const struct option *own = *argv[i] == '-' ? find_own(argv[i]) : NULL;
		bool passed = *argv[i] == '-' && !own;
		int words = *argv[i] == '-' && i + 1 < *argc && takes_next(argv[i], own) ? 2 : 1;

		const char *wrong = NULL;

		if (passed && r->n_passed + (unsigned)words > RUN_PASSED)
			wrong = "too many options";
		else if (passed)
			wrong = unknown(argv[i]);
		if (wrong) {
			fprintf(stderr, PROGRAM ": %s: %s; --help lists the options\n", argv[i],
				wrong);
			return EX_USAGE;
		}
		for (; words; words--, i += words != 0) {
			if (passed)
				r->passed[r->n_passed++] = argv[i];
			else
				argv[n++] = argv[i];
		}
	}
	argv[n] = NULL;
	*argc = n;
	return 0;
}

/* A variant of either room. */
struct candidate {
	const char *group, *mechanism, *variant;
	const char *sleeps; /* what block is to it; NULL = nothing */
	bool first;	    /* of its mechanism */
	bool one_size;	    /* its messages have no size */
};

/* One target of a variant: a size, or NULL, at a place, or NULL. 0 or -ENOMEM. */
static int add_target(struct run *r, const struct candidate *c, const char *size, const char *where)
{
	int err = array_grow(&r->targets, r->n_targets, &r->targets_room, sizeof(*r->targets));
	struct run_target *t;

	if (err)
		return err;
	t = &r->targets[r->n_targets++];
	*t = (struct run_target){.done = false};
	snprintf(t->program, sizeof(t->program), "%s_%s", c->group, c->mechanism);
	snprintf(t->variant, sizeof(t->variant), "--variant=%s", c->variant);
	if (r->wait)
		snprintf(t->wait, sizeof(t->wait), "--wait=%s",
			 c->sleeps && !strcmp(r->wait, "block") ? c->sleeps : r->wait);
	if (size)
		snprintf(t->size, sizeof(t->size), "--msg-size=%s", size);
	if (where)
		snprintf(t->where, sizeof(t->where), "--%s=%s",
			 isdigit((unsigned char)*where) ? "cpus" : "placement", where);
	return 0;
}

/* All targets of `c`. */
static int add_all(struct run *r, const struct candidate *c)
{
	unsigned sizes = r->n_sizes && !c->one_size ? r->n_sizes : 1;
	int err = 0;

	for (unsigned w = 0; w < (r->n_where ? r->n_where : 1); w++)
		for (unsigned s = 0; !err && s < sizes; s++)
			err = add_target(r, c, r->n_sizes ? r->sizes[s] : NULL,
					 r->n_where ? r->where[w] : NULL);
	return err;
}

/* Adds `c` when `typed` names it, and says so in *found; 0 or -ENOMEM. */
static int consider(struct run *r, const struct candidate *c, const char *typed, bool *found)
{
	bool group = strchr(typed, '/'), variant = strchr(typed, ':');
	char name[128];

	if (!variant && !c->first)
		return 0;
	snprintf(name, sizeof(name), "%s%s%s%s%s", group ? c->group : "", group ? "/" : "",
		 c->mechanism, variant ? ":" : "", variant ? c->variant : "");
	if (fnmatch(typed, name, 0))
		return 0;
	*found = true;
	return add_all(r, c);
}

/*
 * The mode that --wait=block asks a variant for: the one in which it sleeps in the kernel; NULL =
 * it has none.
 */
static const char *sleeping(const struct ipc_mechanism *m, const struct ipc_variant *v)
{
	static const char *const names[] = {"block", "futex", "signal"};
	const struct ipc_mode *mode;

	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
		for (size_t i = 0; (mode = ipc_mode_of(m, v, i)); i++)
			if (!strcmp(mode->wait->name, names[n]))
				return names[n];
	return NULL;
}

static int consider_ipc(struct run *r, const char *typed, bool *found)
{
	int err = 0;

	for (const struct ipc_mechanism *m = ipc_mechanisms(); m; m = m->next)
		for (size_t i = 0; !err && i < m->n_variants; i++)
			err = consider(r,
				       &(struct candidate){"ipc", m->name, m->variants[i].name,
							   sleeping(m, &m->variants[i]), i == 0,
							   !ipc_has_payload(&m->variants[i])},
				       typed, found);
	return err;
}

static int consider_sync(struct run *r, const char *typed, bool *found)
{
	int err = 0;

	for (const struct sync_mechanism *m = sync_mechanisms(); m; m = m->next)
		for (size_t i = 0; !err && i < m->n_variants; i++)
			err = consider(r,
				       &(struct candidate){"sync", m->name, m->variants[i].name,
							   NULL, i == 0, false},
				       typed, found);
	return err;
}

/* The targets that `names` ask for, joined by commas; 0 or an exit code after a line. */
static int add_names(struct run *r, char *names)
{
	char *save = NULL;

	for (char *name = strtok_r(names, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		bool found = false;
		int err = consider_ipc(r, name, &found);

		if (!err && !found)
			err = consider_sync(r, name, &found);
		if (err) {
			fprintf(stderr, PROGRAM ": %s: %s\n", name, strerror(-err));
			return EX_OSERR;
		}
		if (!found) {
			fprintf(stderr,
				PROGRAM ": %s: no such mechanism%s; handoff list shows them\n",
				name, suggest_mechanism(name));
			return EX_USAGE;
		}
	}
	return 0;
}

/* Reads the topology once for all runs; where it cannot be read, the first run says so. */
static void hand_topology_on(void)
{
	struct topology *t;
	char *xml;

	if (topology_load_xml(&t, &xml))
		return;
	if (topology_is_this_machine(t))
		run_settings_hand_on(xml);
	topology_free(t);
	free(xml);
}

static int parse(struct run *r, int argc, char **argv)
{
	static const struct arguments arguments = {PROGRAM, help, options, take_option, true};
	int code = part(r, &argc, argv);

	if (!code)
		code = arguments_read(&arguments, r, argc, argv);
	if (!code && (r->explain ? r->format != RUN_TABLE : r->out != NULL)) {
		fprintf(stderr, PROGRAM ": %s\n",
			r->explain ? "--explain prints text: leave --csv, --json and --markdown out"
				   : "--out is for --explain");
		return EX_USAGE;
	}
	for (int i = optind; !code && i < argc; i++)
		code = add_names(r, argv[i]);
	if (code || r->n_targets)
		return code;
	fprintf(stderr, PROGRAM ": needs the name of a mechanism; handoff list shows them\n");
	return EX_USAGE;
}

int command_run(int argc, char **argv)
{
	static struct run r = {.runs = RUNS};
	int code = parse(&r, argc, argv), err;

	if (code)
		return code < 0 ? 0 : code;
	err = children_begin(&r.children);
	if (err) {
		fprintf(stderr, PROGRAM ": /proc/self/exe: %s\n", strerror(-err));
		return EX_OSERR;
	}
	hand_topology_on();
	code = r.explain ? run_explain(&r) : run_measure(&r);
	if (!code)
		invoke_warn_others(PROGRAM);
	if (!code && !r.explain)
		code = run_print(&r);
	if (!code)
		code = outcome_code(&r.outcome);
	stalls_free(&r.stalls);
	free(r.targets);
	free(r.rows);
	return code;
}
