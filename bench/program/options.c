/* SPDX-License-Identifier: MIT */
/* Reading options: every number in full, every wrong one answered with what would be right. */
#include "bench/program/options.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "version.h"

#define TIME_MAX_NS (3600u * 1000000000ull) /* an hour */

int option_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret, char *want)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || n < min || n > max) {
		snprintf(want, OPTION_WANT, "a whole number from %llu to %llu",
			 (unsigned long long)min, (unsigned long long)max);
		return -EINVAL;
	}
	*ret = n;
	return 0;
}

/* Digits, then one of `n` units with their factors; 0 or -EINVAL. */
static int with_unit(const char *text, const char *const *units, const uint64_t *factors, size_t n,
		     uint64_t max, uint64_t *ret)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || errno)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(end, units[i]))
			continue;
		if (number > max / factors[i])
			return -EINVAL;
		*ret = number * factors[i];
		return 0;
	}
	return -EINVAL;
}

int option_time(const char *text, uint64_t *ret_ns, char *want)
{
	static const char *const units[] = {"ns", "us", "ms", "s", "m"};
	static const uint64_t factors[] = {1, 1000, 1000000, 1000000000, 60000000000};

	if (!strcmp(text, "0")) {
		*ret_ns = 0;
		return 0;
	}
	if (!with_unit(text, units, factors, 5, TIME_MAX_NS, ret_ns))
		return 0;
	snprintf(want, OPTION_WANT, "a whole number and a unit: ns us ms s or m; an hour at most");
	return -EINVAL;
}

int option_percent(const char *text, double *ret, char *want)
{
	char *end;
	double percent = strtod(text, &end);

	if (*text >= '0' && *text <= '9' && !strcmp(end, "%") && percent > 0 && percent <= 1000) {
		*ret = percent / 100;
		return 0;
	}
	snprintf(want, OPTION_WANT, "a share such as 2%%; above 0 and 1000%% at most");
	return -EINVAL;
}

int option_size(const char *text, uint64_t max, uint64_t *ret, char *want)
{
	static const char *const units[] = {"", "K", "M"};
	static const uint64_t factors[] = {1, 1024, 1024 * 1024};

	if (!with_unit(text, units, factors, 3, max, ret) && *ret > 0)
		return 0;
	snprintf(want, OPTION_WANT, "bytes from 1 to %llu; K and M are 1024 and 1024^2",
		 (unsigned long long)max);
	return -EINVAL;
}

int option_choice(const char *text, const char *const *names, size_t n, unsigned *ret, char *want)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		if (!strcmp(text, names[i])) {
			*ret = (unsigned)i;
			return 0;
		}
	used = (size_t)snprintf(want, OPTION_WANT, "one of");
	for (size_t i = 0; i < n && used < OPTION_WANT; i++)
		used += (size_t)snprintf(want + used, OPTION_WANT - used, " %s", names[i]);
	return -EINVAL;
}

int option_load(const char *text, enum load_kind *ret, char *want)
{
	const char *names[LOAD_COUNT];
	unsigned i;
	int err;

	for (i = 0; i < LOAD_COUNT; i++)
		names[i] = load_name((enum load_kind)i);
	err = option_choice(text, names, LOAD_COUNT, &i, want);
	if (!err)
		*ret = (enum load_kind)i;
	return err;
}

static int read_load(void *to, const char *text, char *want)
{
	return option_load(text, &((struct options *)to)->load, want);
}

static int read_repeat(void *to, const char *text, char *want)
{
	struct options *o = to;
	uint64_t n;
	int err = option_number(text, 1, 10000, &n, want);

	if (!err)
		o->repeat = (unsigned)n;
	return err;
}

static int read_iterations(void *to, const char *text, char *want)
{
	struct options *o = to;

	return option_number(text, 1, 1000000000000, &o->size.iterations, want);
}

static int read_duration(void *to, const char *text, char *want)
{
	struct options *o = to;
	int err = option_time(text, &o->size.duration_ns, want);

	if (!err && o->size.duration_ns < 1000000) {
		snprintf(want, OPTION_WANT, "at least 1ms");
		return -EINVAL;
	}
	return err;
}

static int read_variant(void *to, const char *text, char *want)
{
	((struct options *)to)->variant = text;
	return 0;
}

static int read_histogram(void *to, const char *text, char *want)
{
	((struct options *)to)->histogram = text;
	return 0;
}

static int read_list(void *to, const char *text, char *want)
{
	((struct options *)to)->list = true;
	return 0;
}

static int read_no_header(void *to, const char *text, char *want)
{
	((struct options *)to)->header = false;
	return 0;
}

static int read_endpoints(void *to, const char *text, char *want)
{
	static const char *const names[] = {"thread", "process"};
	unsigned i;
	int err = option_choice(text, names, 2, &i, want);

	if (!err)
		((struct options *)to)->processes = i == 1;
	return err;
}

static int read_placement(void *to, const char *text, char *want)
{
	struct options *o = to;
	size_t used;

	o->free = !strcmp(text, "free");
	if (o->free)
		return 0;
	o->relation_given = true;
	if (!relation_parse(text, &o->relation))
		return 0;
	used = (size_t)snprintf(want, OPTION_WANT, "one of free");
	for (enum relation r = 0; r < RELATION_COUNT; r++)
		used += (size_t)snprintf(want + used, OPTION_WANT - used, " %s", relation_name(r));
	return -EINVAL;
}

static int read_cpus(void *to, const char *text, char *want)
{
	struct options *o = to;
	char copy[CREW_MAX * 8], *rest = copy, *item;

	snprintf(want, OPTION_WANT, "PU numbers joined by commas, %d at most", CREW_MAX);
	if ((size_t)snprintf(copy, sizeof(copy), "%s", text) >= sizeof(copy))
		return -EINVAL;
	o->n_cpus = 0;
	while ((item = strsep(&rest, ","))) {
		char ignored[OPTION_WANT];
		uint64_t pu;

		if (o->n_cpus == CREW_MAX || option_number(item, 0, 1u << 20, &pu, ignored))
			return -EINVAL;
		o->cpus[o->n_cpus++] = (unsigned)pu;
	}
	return 0;
}

static int read_mem(void *to, const char *text, char *want)
{
	static const char *const names[] = {"first", "second", "remote"};
	struct options *o = to;
	unsigned choice;
	uint64_t node;

	o->mem_text = text;
	if (!strncmp(text, "node:", 5)) {
		o->mem = MEM_NODE;
		if (option_number(text + 5, 0, 4095, &node, want))
			return -EINVAL;
		o->node = (unsigned)node;
		return 0;
	}
	if (option_choice(text, names, 3, &choice, want)) {
		snprintf(want, OPTION_WANT, "one of first second remote node:N");
		return -EINVAL;
	}
	o->mem = (enum mem_place)choice;
	return 0;
}

static int read_pages(void *to, const char *text, char *want)
{
	snprintf(want, OPTION_WANT, "one of base thp huge");
	return memory_pages_parse(text, &((struct options *)to)->pages);
}

static int read_clock(void *to, const char *text, char *want)
{
	static const char *const names[] = {"counter", "monotonic"};
	unsigned i;
	int err = option_choice(text, names, 2, &i, want);

	if (!err)
		((struct options *)to)->clock = i ? CLOCK_KIND_MONOTONIC : CLOCK_KIND_COUNTER;
	return err;
}

static int read_sched(void *to, const char *text, char *want)
{
	struct crew_sched *s = &((struct options *)to)->sched;
	const char *colon = strchr(text, ':');
	uint64_t priority = 0;

	if (!strcmp(text, "other"))
		s->policy = SCHED_OTHER;
	else if (!strcmp(text, "batch"))
		s->policy = SCHED_BATCH;
	else if (!strncmp(text, "fifo:", 5))
		s->policy = SCHED_FIFO;
	else if (!strncmp(text, "rr:", 3))
		s->policy = SCHED_RR;
	else
		colon = "";
	if (colon && option_number(colon + !!*colon, 1, 99, &priority, want)) {
		snprintf(want, OPTION_WANT, "one of other batch fifo:P rr:P; P from 1 to 99");
		return -EINVAL;
	}
	s->priority = (int)priority;
	return 0;
}

static int read_nice(void *to, const char *text, char *want)
{
	bool negative = *text == '-';
	uint64_t n;

	if (option_number(text + negative, 0, negative ? 20 : 19, &n, want)) {
		snprintf(want, OPTION_WANT, "a whole number from -20 to 19");
		return -EINVAL;
	}
	((struct options *)to)->sched.nice = negative ? -(int)n : (int)n;
	return 0;
}

static int read_lock_memory(void *to, const char *text, char *want)
{
	((struct options *)to)->sched.lock = true;
	return 0;
}

static const struct option_row common[] = {
	{"variant", "V", "only this variant", read_variant},
	{"endpoints", "thread|process", "what the sides are", read_endpoints},
	{"placement", "RELATION",
	 "same-pu smt same-l2 same-l3 same-node same-package other-package free", read_placement},
	{"cpus", "LIST", "PUs to use, in the order of the sides", read_cpus},
	{"mem", "first|second|remote|node:N", "NUMA node of shared memory", read_mem},
	{"pages", "base|thp|huge", "pages of shared memory", read_pages},
	{"duration", "T", "time to measure, such as 1s or 100ms", read_duration},
	{"iterations", "N", "operations to measure instead", read_iterations},
	{"repeat", "N", "invocations, each a fresh process", read_repeat},
	{"sched", "other|batch|fifo:P|rr:P", "scheduling class of the sides", read_sched},
	{"nice", "N", "nice value of the sides", read_nice},
	{"lock-memory", "", "keep all pages of the sides in memory", read_lock_memory},
	{"load", "none|sibling|memory|cpu",
	 "keep busy: the SMT siblings of the PUs used; memory; all other PUs", read_load},
	{"clock", "counter|monotonic", "what to read time from", read_clock},
	{"histogram", "FILE", "append the histogram of each row as CSV", read_histogram},
	{"no-header", "", "rows only", read_no_header},
	{"list", "", "list the variants", read_list},
};

#define N_COMMON (sizeof(common) / sizeof(common[0]))
#define ROWS_MAX 64

void options_init(struct options *o, const char *program)
{
	const char *slash = strrchr(program, '/');

	*o = (struct options){
		.program = slash ? slash + 1 : program,
		.mem_text = "first",
		.repeat = 1,
		.header = true,
		.size = {.duration_ns = 1000000000},
	};
}

static void print_help(const char *program, const struct option_row *rows, size_t n)
{
	printf("usage: %s [option]...\nmeasures and prints CSV on stdout, all else on stderr\n\n",
	       program);
	for (size_t i = 0; i < n; i++) {
		char left[64];

		snprintf(left, sizeof(left), "--%s%s%s", rows[i].name, *rows[i].value ? "=" : "",
			 rows[i].value);
		printf("  %-36s %s\n", left, rows[i].help);
	}
	printf("  %-36s %s\n  %-36s %s\n", "--help", "this text", "--version", "version and build");
}

/* One option as getopt_long() returned it. 0 or an exit code after a line on stderr. */
static int take(const struct options *o, const struct option_row *row, void *to, const char *text)
{
	char want[OPTION_WANT] = "";

	if (!row->read(to, text, want))
		return 0;
	fprintf(stderr, "%s: --%s=%s: not valid; it takes %s\n", o->program, row->name, text, want);
	return EX_USAGE;
}

static int answer(const struct options *o, const struct option_row *rows, size_t n, char which)
{
	if (which == 'h')
		print_help(o->program, rows, n);
	else
		printf("handoff %s (%s) %s %s\n", HANDOFF_VERSION, HANDOFF_GIT, HANDOFF_COMPILER,
		       HANDOFF_CFLAGS);
	return -1;
}

int options_read(struct options *o, const struct option_row *own, size_t n_own, void *to, int argc,
		 char **argv)
{
	struct option longs[ROWS_MAX + 3] = {{0}};
	struct option_row rows[ROWS_MAX];
	size_t n = 0;
	int which, err;

	for (size_t i = 0; i < n_own; i++)
		rows[n++] = own[i];
	for (size_t i = 0; i < N_COMMON; i++)
		rows[n++] = common[i];
	for (size_t i = 0; i < n; i++)
		longs[i] = (struct option){rows[i].name,
					   *rows[i].value ? required_argument : no_argument, NULL,
					   256 + (int)i};
	longs[n] = (struct option){"help", no_argument, NULL, 'h'};
	longs[n + 1] = (struct option){"version", no_argument, NULL, 'v'};
	opterr = 0;
	optind = 0;
	while ((which = getopt_long_only(argc, argv, ":", longs, NULL)) != -1) {
		if (which == 'h' || which == 'v')
			return answer(o, rows, n, (char)which);
		if (which < 256) {
			fprintf(stderr, "%s: %s: %s; --help lists the options\n", o->program,
				argv[optind - 1],
				which == ':' ? "needs a value" : "no such option");
			return EX_USAGE;
		}
		err = take(o, &rows[which - 256], (size_t)(which - 256) < n_own ? to : (void *)o,
			   optarg ? optarg : "");
		if (err)
			return err;
	}
	if (optind < argc) {
		fprintf(stderr, "%s: %s: not an option; --help lists them\n", o->program,
			argv[optind]);
		return EX_USAGE;
	}
	return 0;
}

/* Replaces this process by an invocation of its own; it ends with its parent, as a member with its driver. */
static void become(char **args, pid_t parent, const sigset_t *signals)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EX_OSERR);
	sigprocmask(SIG_SETMASK, signals, NULL);
	execv("/proc/self/exe", args);
	_exit(EX_OSERR);
}

/* Waits for `pid` and hands on a signal that asks to end; what waitpid(2) says of it. */
static int wait_for(pid_t pid, const sigset_t *signals)
{
	int status, sig;

	while (!waitpid(pid, &status, WNOHANG)) {
		sig = sigwaitinfo(signals, NULL);
		if (sig == SIGINT || sig == SIGTERM)
			kill(pid, SIGTERM);
	}
	return status;
}

/* One invocation: this program again, with the options as given and then those that make it one. */
static int run_once(int argc, char **argv)
{
	sigset_t signals, before;
	pid_t pid, self = getpid();
	char *args[256];
	int status, n = 0;

	for (; n < argc && n < 250; n++)
		args[n] = argv[n];
	args[n++] = "--repeat=1";
	args[n++] = "--no-header";
	args[n] = NULL;
	fflush(NULL);
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, &before);
	pid = fork();
	if (!pid)
		become(args, self, &before);
	if (pid < 0)
		return EX_OSERR;
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
		int code = run_once(argc, argv);

		if (code == 130 || code == EX_USAGE || code == EX_CANTCREAT || code == EX_IOERR)
			return code;
		if (code > worst)
			worst = code;
	}
	return worst;
}

void options_sched_name(const struct crew_sched *s, char *text)
{
	switch (s->policy) {
	case SCHED_FIFO:
	case SCHED_RR:
		snprintf(text, 32, "%s:%d", s->policy == SCHED_RR ? "rr" : "fifo", s->priority);
		break;
	default:
		snprintf(text, 32, "%s", s->policy == SCHED_BATCH ? "batch" : "other");
	}
	if (s->nice)
		snprintf(text + strlen(text), 32 - strlen(text), "+nice:%d", s->nice);
}

int given_add(struct given_options *given, const char *text, char *want)
{
	snprintf(want, OPTION_WANT, "name=N, %d at most; --list shows the names",
		 BENCH_OPTIONS_MAX);
	if (given->n == BENCH_OPTIONS_MAX || !strchr(text, '='))
		return -EINVAL;
	given->text[given->n++] = text;
	return 0;
}

/* Index of the option `name` (of `len` bytes) in `table`; -1 = it has none of that name. */
static int find_option(const struct bench_option *table, const char *name, size_t len)
{
	for (int i = 0; table && table[i].name; i++)
		if (strlen(table[i].name) == len && !strncmp(table[i].name, name, len))
			return i;
	return -1;
}

const char *given_read(const struct given_options *given, const struct bench_option *table,
		       uint64_t *values, char *want)
{
	memset(values, 0, BENCH_OPTIONS_MAX * sizeof(*values));
	for (unsigned i = 0; i < given->n; i++) {
		const char *text = given->text[i], *value = strchr(text, '=');
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
