/* SPDX-License-Identifier: MIT */
/* Reading options: the parameters of cell.def, and how a microbenchmark measures and prints. */
#include "bench/program/options.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/base/closest.h"
#include "bench/base/signals.h"
#include "version.h"

/* An option beside the parameters: how --help shows its value, what it says, how it is read. */
struct option_row {
	const char *name;  /* without the dashes */
	const char *value; /* "" = takes none, "[=T]" = may have one */
	const char *help;
	/* Reads `text`; 0, or -EINVAL with what would be right in `want` (OPTION_WANT bytes). */
	int (*read)(struct options *o, const char *text, char *want);
};

int option_load(const char *text, enum load_kind *ret, char *want)
{
	const char *names[LOAD_COUNT];
	unsigned i = 0;
	int err;

	for (unsigned k = 0; k < LOAD_COUNT; k++)
		names[k] = load_name((enum load_kind)k);
	err = option_choice(text, names, LOAD_COUNT, &i, want);
	if (!err)
		*ret = (enum load_kind)i;
	return err;
}

static int read_repeat(struct options *o, const char *text, char *want)
{
	uint64_t n;
	int err = option_number(text, 1, 10000, &n, want);

	if (!err)
		o->repeat = (unsigned)n;
	return err;
}

static int read_iterations(struct options *o, const char *text, char *want)
{
	return option_number(text, 1, ITERATIONS_MAX, &o->size.iterations, want);
}

static int read_least(struct options *o, const char *text, char *want)
{
	return option_number(text, 1, ITERATIONS_MAX, &o->size.least, want);
}

static int read_sample_every(struct options *o, const char *text, char *want)
{
	return option_number(text, 1, 1000000000, &o->size.stride, want);
}

static int read_duration(struct options *o, const char *text, char *want)
{
	int err = option_time(text, &o->size.duration_ns, want);

	if (!err && o->size.duration_ns < 1000000) {
		snprintf(want, OPTION_WANT, "at least 1ms");
		return -EINVAL;
	}
	return err;
}

/* 0 is one operation: what is to be measured must have run once, and its length be known. */
static int read_warmup(struct options *o, const char *text, char *want)
{
	int err = option_time(text, &o->size.warm_ns, want);

	if (!err && !o->size.warm_ns)
		o->size.warm_ns = 1;
	return err;
}

static int read_variant(struct options *o, const char *text, char *want)
{
	o->ask.variant = text;
	return 0;
}

static int read_histogram(struct options *o, const char *text, char *want)
{
	o->histogram = text;
	return 0;
}

static int read_list(struct options *o, const char *text, char *want)
{
	o->list = true;
	return 0;
}

static int read_no_header(struct options *o, const char *text, char *want)
{
	o->header = false;
	return 0;
}

static int read_csv(struct options *o, const char *text, char *want)
{
	o->csv = true;
	return 0;
}

static int read_clock(struct options *o, const char *text, char *want)
{
	static const char *const names[] = {"counter", "monotonic"};
	unsigned i;
	int err = option_choice(text, names, 2, &i, want);

	if (!err)
		o->clock = i ? CLOCK_KIND_MONOTONIC : CLOCK_KIND_COUNTER;
	return err;
}

static int read_nice(struct options *o, const char *text, char *want)
{
	o->nice_given = true;
	return sched_read_nice(text, &o->ask.sched.nice, want);
}

static int read_load_nice(struct options *o, const char *text, char *want)
{
	o->load_nice_given = true;
	return sched_read_nice(text, &o->ask.load_sched.nice, want);
}

static int read_inherit(struct options *o, const char *text, char *want)
{
	o->inherit = true;
	return 0;
}

static int read_lock_memory(struct options *o, const char *text, char *want)
{
	o->lock_memory = true;
	return 0;
}

static int read_counters(struct options *o, const char *text, char *want)
{
	return counters_parse(text, &o->size.counters, want);
}

static int read_explain(struct options *o, const char *text, char *want)
{
	int err = *text ? option_time(text, &o->explain_ns, want) : 0;

	o->explain = true;
	if (!err && *text && !o->explain_ns) {
		snprintf(want, OPTION_WANT, "a time above 0");
		return -EINVAL;
	}
	return err;
}

static int read_explain_csv(struct options *o, const char *text, char *want)
{
	o->explain_csv = text;
	return 0;
}

static int read_size(struct options *o, const char *text, char *want)
{
	return cell_read(&o->ask, PARAMETER_msg_size_b, text, want);
}

static int read_peer(struct options *o, const char *text, char *want)
{
	o->peer = text;
	return address_parse(text, &o->peer_at, want);
}

static int read_serve(struct options *o, const char *text, char *want)
{
	uint64_t fd;
	int err = option_number(text, 0, INT_MAX, &fd, want);

	if (!err)
		o->serve_fd = (int)fd;
	return err;
}

static const struct option_row common[] = {
	{"variant", "V", "only this variant", read_variant},
	{"nice", "N", "nice value of the sides, -20 to 19", read_nice},
	{"load-nice", "N", "nice value of the load, -20 to 19", read_load_nice},
	{"inherit", "", "keep the scheduling class and nice value that this was started with",
	 read_inherit},
	{"lock-memory", "", "keep all pages of the sides in memory", read_lock_memory},
	{"duration", "T", "time to measure, such as 1s or 100ms", read_duration},
	{"iterations", "N", "operations to measure, instead of --duration", read_iterations},
	{"least", "N",
	 "operations to time alone at least, in up to four times --duration or 100 ms", read_least},
	{"warmup", "T", "time to warm up before; 0 is one operation; without it, until it settles",
	 read_warmup},
	{"sample-every", "K",
	 "time each K-th operation alone, 1 = all; without it, their length decides",
	 read_sample_every},
	{"repeat", "N", "runs, each a fresh process", read_repeat},
	{"clock", "counter|monotonic", "what to read time from", read_clock},
	{"histogram", "FILE", "append the histogram of each row to FILE, as CSV", read_histogram},
	{"counters", "LIST",
	 "count as well, joined by commas: cycles, instructions, cache-misses, hitm, switches, "
	 "migrations, faults; such a row never counts",
	 read_counters},
	{"csv", "", "print CSV on a terminal, too", read_csv},
	{"no-header", "", "print rows only", read_no_header},
	{"list", "", "list the variants", read_list},
	/* not for locks: the last ones */
	{"explain", "[=T]",
	 "say why round trips took longer than T (10 times the median): who had the CPU, who woke "
	 "whom; its row "
	 "never counts",
	 read_explain},
	{"explain-csv", "FILE", "append the phases of the five slowest to FILE, as CSV",
	 read_explain_csv},
	{"size", "B", "the same as --msg-size", read_size},
	{"peer", "ADDRESS", "the other side is that of handoff serve at ADDRESS", read_peer},
	{"serve", "FD", "be the other side of the client connected to FD: handoff serve says so",
	 read_serve},
};

#define N_COMMON (sizeof(common) / sizeof(common[0]))
#define N_IPC 5 /* of these, of round trips and messages */
#define HELP 'h'
#define VERSION 'v'
#define FIRST 256 /* what getopt_long() returns for the first parameter */

void options_init(struct options *o, const char *program, enum group group)
{
	const char *slash = strrchr(program, '/');

	*o = (struct options){
		.program = slash ? slash + 1 : program,
		.repeat = 1,
		.serve_fd = -1,
		.header = true,
		.size = {.duration_ns = 1000000000},
	};
	cell_init(&o->ask, group);
}

/* Whether benchmarks of the group have the parameter. */
static bool is_of_group(enum group group, enum parameter p)
{
	return parameter_info(p)->use & (group == GROUP_IPC ? USE_IPC : USE_SYNC);
}

static size_t n_common(enum group group)
{
	return group == GROUP_IPC ? N_COMMON : N_COMMON - N_IPC;
}

#define HELP_LEFT 29  /* columns before what an option does */
#define HELP_RIGHT 50 /* and for it */

/* Prints `text` in lines of whole words, each but the first below the one before. */
static void print_wrapped(const char *text)
{
	while (strlen(text) > HELP_RIGHT) {
		int n = HELP_RIGHT;

		while (n && text[n] != ' ')
			n--;
		if (!n)
			break;
		printf("%.*s\n%*s", n, text, HELP_LEFT, "");
		text += n + 1;
	}
	printf("%s\n", text);
}

static void print_option(const char *name, const char *value, const char *help)
{
	char left[128];

	snprintf(left, sizeof(left), "--%s%s%s", name, *value && *value != '[' ? "=" : "", value);
	if (strlen(left) < HELP_LEFT - 2)
		printf("  %-*s", HELP_LEFT - 2, left);
	else
		printf("  %s\n%*s", left, HELP_LEFT, "");
	print_wrapped(help);
}

static void print_help(const struct options *o)
{
	printf("Usage: %s [option]...\nMeasures, and prints a table on a terminal, CSV "
	       "elsewhere.\n\n",
	       o->program);
	for (unsigned p = 0; p < PARAMETERS; p++)
		if (is_of_group(o->ask.group, p))
			print_option(parameter_info(p)->option, parameter_info(p)->value,
				     parameter_info(p)->help);
	for (size_t i = 0; i < n_common(o->ask.group); i++)
		print_option(common[i].name, common[i].value, common[i].help);
	print_option("help", "", "this text");
	print_option("version", "", "version and build");
}

static int answer(const struct options *o, int which)
{
	if (which == HELP)
		print_help(o);
	else
		printf("handoff %s (%s) %s %s\n", HANDOFF_VERSION, HANDOFF_GIT, HANDOFF_COMPILER,
		       HANDOFF_CFLAGS);
	return -1;
}

/* One option as getopt_long() returned it. 0 or an exit code after a line on stderr. */
static int take(struct options *o, int which, const char *text)
{
	char want[OPTION_WANT] = "";
	bool parameter = which < FIRST + PARAMETERS;
	const struct option_row *row = parameter ? NULL : &common[which - FIRST - PARAMETERS];
	int err = parameter ? cell_read(&o->ask, (enum parameter)(which - FIRST), text, want)
			    : row->read(o, text, want);

	if (!err)
		return 0;
	fprintf(stderr, "%s: --%s=%s: not valid; it takes %s\n", o->program,
		parameter ? parameter_info((enum parameter)(which - FIRST))->option : row->name,
		text, want);
	return EX_USAGE;
}

/* Whether an option of which help shows `value` has one, as getopt_long(3) asks. */
static int argument_of(const char *value)
{
	if (*value == '[')
		return optional_argument;
	return *value ? required_argument : no_argument;
}

static void list_options(enum group group, struct option *longs)
{
	for (unsigned p = 0; p < PARAMETERS; p++)
		if (is_of_group(group, p))
			*longs++ = (struct option){parameter_info(p)->option, required_argument,
						   NULL, FIRST + (int)p};
	for (size_t i = 0; i < n_common(group); i++)
		*longs++ = (struct option){common[i].name, argument_of(common[i].value), NULL,
					   FIRST + PARAMETERS + (int)i};
	*longs++ = (struct option){"help", no_argument, NULL, HELP};
	*longs++ = (struct option){"version", no_argument, NULL, VERSION};
}

const struct option *options_of(enum group group)
{
	static struct option longs[2][PARAMETERS + N_COMMON + 3];

	if (!longs[group]->name)
		list_options(group, longs[group]);
	return longs[group];
}

int options_read(struct options *o, int argc, char **argv)
{
	const struct option *longs = options_of(o->ask.group);
	char hint[CLOSEST_HINT];
	int which, err;

	if (argc == 2 && !strcmp(argv[1], "help"))
		return answer(o, HELP);
	opterr = 0;
	optind = 0;
	while ((which = getopt_long_only(argc, argv, ":h", longs, NULL)) != -1) {
		if (which == HELP || which == VERSION)
			return answer(o, which);
		if (which < FIRST) {
			fprintf(stderr, "%s: %s: %s%s; --help lists the options\n", o->program,
				argv[optind - 1],
				which == ':' ? "needs a value" : closest_wrong(argv[optind - 1]),
				which == ':' ? ""
					     : closest_option(longs, argv[optind - 1], hint,
							      sizeof(hint)));
			return EX_USAGE;
		}
		err = take(o, which, optarg ? optarg : "");
		if (err)
			return err;
	}
	if (optind < argc) {
		fprintf(stderr, "%s: %s: not an option; --help lists them\n", o->program,
			argv[optind]);
		return EX_USAGE;
	}
	if (o->inherit && (o->nice_given || cell_given(&o->ask, PARAMETER_sched))) {
		fprintf(stderr, "%s: --inherit: goes with neither --sched nor --nice\n",
			o->program);
		return EX_USAGE;
	}
	if (!o->ask.load && (o->load_nice_given || cell_given(&o->ask, PARAMETER_load_sched))) {
		fprintf(stderr,
			"%s: --load-sched and --load-nice are of a load: they need --load\n",
			o->program);
		return EX_USAGE;
	}
	o->table = !o->csv && isatty(STDOUT_FILENO);
	return 0;
}

/* Gives `library` the first place among those that the loader is to take first. */
static void set_preload(const char *library)
{
	const char *others = getenv("LD_PRELOAD");
	char list[4096];

	snprintf(list, sizeof(list), "%s%s%s", library, others ? ":" : "", others ? others : "");
	setenv("LD_PRELOAD", list, 1);
	setenv(ENVIRONMENT_PRELOADED, others ? others : "", 1);
}

/*
 * Replaces this process by an invocation of its own; it ends with its parent, as a member with its
 * driver.
 */
static void become(char **args, const char *preload, pid_t parent, const sigset_t *signals)
{
	if (preload)
		set_preload(preload);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EX_OSERR);
	sigprocmask(SIG_SETMASK, signals, NULL);
	execv("/proc/self/exe", args);
	dprintf(STDERR_FILENO, "%s: /proc/self/exe: %s\n", args[0], strerror(errno));
	_exit(EX_OSERR);
}

/* Waits for `pid` and hands on a signal that asks to end; what waitpid(2) says of it. */
static int wait_for(pid_t pid, const sigset_t *signals)
{
	int status, sig;

	while (!waitpid(pid, &status, WNOHANG)) {
		sig = sigwaitinfo(signals, NULL);
		if (sig > 0 && sig != SIGCHLD)
			kill(pid, SIGTERM);
	}
	return status;
}

int options_again(int argc, char **argv, char *more, const char *preload)
{
	sigset_t signals, before;
	pid_t pid, self = getpid();
	char *args[256];
	int status, n = 0;

	for (; n < argc && n < 250; n++)
		args[n] = argv[n];
	args[n++] = "--no-header";
	if (more)
		args[n++] = more;
	args[n] = NULL;
	fflush(NULL);
	signals_begin(&signals);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, &before);
	pid = fork();
	if (!pid)
		become(args, preload, self, &before);
	if (pid < 0) {
		fprintf(stderr, "%s: no new process: %s; ulimit -u\n", argv[0], strerror(errno));
		return EX_OSERR;
	}
	status = wait_for(pid, &signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM))
		return 130;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

int options_repeat(const struct options *o, int argc, char **argv)
{
	int worst = 0;

	for (unsigned i = 0; i < o->repeat; i++) {
		int code = options_again(argc, argv, "--repeat=1", NULL);

		if (code == 130 || code == EX_USAGE || code == EX_CANTCREAT || code == EX_IOERR)
			return code;
		if (code > worst)
			worst = code;
	}
	return worst;
}

/* Index of the option `name` (of `len` bytes) in `table`; -1 = it has none of that name. */
static int find_option(const struct bench_option *table, const char *name, size_t len)
{
	for (int i = 0; table && table[i].name; i++)
		if (strlen(table[i].name) == len && !strncmp(table[i].name, name, len))
			return i;
	return -1;
}

const char *options_own(const struct cell *cell, const struct bench_option *table, uint64_t *values,
			char *want)
{
	memset(values, 0, BENCH_OPTIONS_MAX * sizeof(*values));
	for (unsigned i = 0; i < cell->n_options; i++) {
		const char *text = cell->options[i], *value = strchr(text, '=');
		int k = find_option(table, text, (size_t)(value - text));

		snprintf(want, OPTION_WANT, "an option that --list shows");
		if (k < 0 || option_size(value + 1, table[k].max, &values[k], want))
			return text;
	}
	return NULL;
}

void options_list(const struct bench_option *table)
{
	for (const struct bench_option *p = table; p && p->name; p++)
		printf("  --opt %s=N  %s\n", p->name, p->help);
}

int options_flush(const char *program, int code)
{
	errno = 0;
	if (code || (!fflush(stdout) && !ferror(stdout)))
		return code;
	fprintf(stderr, "%s: cannot write to standard output%s%s\n", program, errno ? ": " : "",
		errno ? strerror(errno) : "");
	return EX_IOERR;
}
