/* SPDX-License-Identifier: MIT */
/*
 * `handoff fleet`: one sweep on many machines, by an engine that is there already; then the page of
 * all.
 */
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/command/arguments.h"
#include "bench/command/child.h"
#include "bench/command/command.h"
#include "bench/command/report.h"

#define PROGRAM "handoff fleet"
#define LATE_S 3600
#define SCRIPT_ARGUMENTS 10 /* before the options of the sweep */

static const char help[] =
	"Usage: handoff fleet --engine=slurm|clush|parallel --nodes=SET [option]... -- SWEEP "
	"OPTIONS\n"
	"       handoff fleet --resume=DIR\n"
	"       handoff fleet --from=DIR\n"
	"Starts one sweep with one seed on every node, collects the packs, and finds the odd "
	"machine.\n"
	"A node that fails, is late or is not there does not keep the others from ending.\n"
	"  --engine=slurm|clush|parallel\n"
	"                   Slurm (each node alone), or ClusterShell or GNU parallel by ssh\n"
	"  --nodes=SET      as the engine writes it: n[1-8], @rack3; for parallel n1,n2,n3\n"
	"  --out=DIR        where packs, logs and the page go; new; fleet-TIME in this directory\n"
	"  --late=T         give a node up after this time, also while it waits for its turn; 60m\n"
	"  --program=PATH   handoff on the nodes, with ../scripts beside it; as here\n"
	"  --node-dir=PATH  a node writes below PATH-NODE only, and removes it; "
	"/var/tmp/handoff-fleet-TIME\n"
	"  --resume=DIR     start the nodes that are not done yet again\n"
	"  --from=DIR       start nothing: find the odd machine of the packs in DIR\n"
	"  --help           this text\n";

struct job {
	const char *engine, *nodes, *program, *resume, *from;
	char out[PATH_MAX], node_dir[PATH_MAX], late[24], seed[24];
	bool given; /* an option that --resume and --from do not go with */
};

/* A directory on a node: below it only what we make is there. */
static int take_node_dir(struct job *job, const char *value, char *want)
{
	if (*value != '/' || strlen(value) > PATH_MAX / 2 || strchr(value, '\n') || !value[1])
		return snprintf(want, OPTION_WANT, "a path that begins with /");
	snprintf(job->node_dir, sizeof(job->node_dir), "%s", value);
	return 0;
}

static int take_late(struct job *job, const char *value, char *want)
{
	uint64_t ns;

	if (option_time(value, &ns, want) || ns < SECOND_NS)
		return snprintf(want, OPTION_WANT, "a time of at least 1s, such as 90m");
	snprintf(job->late, sizeof(job->late), "%llu", (unsigned long long)(ns / SECOND_NS));
	return 0;
}

static int take_engine(struct job *job, const char *value, char *want)
{
	static const char *const engines[] = {"slurm", "clush", "parallel"};

	job->engine = value;
	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++)
		if (!strcmp(value, engines[i]))
			return 0;
	return snprintf(want, OPTION_WANT, "slurm, clush or parallel");
}

static int take_option(void *to, int option, const char *value, char *want)
{
	struct job *job = to;

	job->given |= option != 'r' && option != 'f';
	switch (option) {
	case 'e':
		return take_engine(job, value, want);
	case 'l':
		return take_late(job, value, want);
	case 'd':
		return take_node_dir(job, value, want);
	case 'n':
		job->nodes = value;
		return !*value || strchr(value, '\n')
			       ? snprintf(want, OPTION_WANT, "a set of nodes")
			       : 0;
	case 'o':
		snprintf(job->out, sizeof(job->out), "%s", value);
		return !*value ? snprintf(want, OPTION_WANT, "a directory") : 0;
	case 'p':
		job->program = value;
		return *value == '/' ? 0 : snprintf(want, OPTION_WANT, "a path that begins with /");
	case 'r':
		job->resume = value;
		return 0;
	default:
		job->from = value;
		return 0;
	}
}

/* What is wrong with what was given together; NULL = nothing. */
static const char *check(const struct job *job, int n_options)
{
	if (job->resume || job->from)
		return job->given || n_options || (job->resume && job->from)
			       ? "--resume and --from go without other options"
			       : NULL;
	if (!job->engine)
		return "--engine=slurm|clush|parallel is missing, or --from=DIR";
	return job->nodes ? NULL : "--nodes=SET is missing";
}

/* The options of the sweep: what is ours to say is not among them. An exit code after a line. */
static int check_sweep(struct job *job, char **options)
{
	static const char *const ours[] = {"--out", "--resume", "--plan-only", "--help"};

	for (; *options; options++) {
		size_t n = strcspn(*options, "=");

		if (strncmp(*options, "--", 2) != 0 || strchr(*options, '\n')) {
			fprintf(stderr,
				PROGRAM ": %s: options of the sweep stand behind --, as "
					"--name=value\n",
				*options);
			return EX_USAGE;
		}
		for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
			if (n > 3 && !strncmp(*options, ours[i], n)) {
				fprintf(stderr,
					PROGRAM ": %s: not for the sweep of a fleet: each node "
						"has a directory of its own\n",
					*options);
				return EX_USAGE;
			}
		if (!strncmp(*options, "--seed=", 7))
			snprintf(job->seed, sizeof(job->seed), "%.20s", *options + 7);
	}
	return 0;
}

/* 0, -1 when --help was answered, or an exit code after a line. */
static int parse(struct job *job, int argc, char **argv)
{
	static const struct option options[] = {
		{"engine", required_argument, NULL, 'e'},
		{"nodes", required_argument, NULL, 'n'},
		{"out", required_argument, NULL, 'o'},
		{"late", required_argument, NULL, 'l'},
		{"program", required_argument, NULL, 'p'},
		{"node-dir", required_argument, NULL, 'd'},
		{"resume", required_argument, NULL, 'r'},
		{"from", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	static const struct arguments arguments = {.program = PROGRAM,
						   .help = help,
						   .options = options,
						   .operands = true,
						   .take = take_option};
	int code = arguments_read(&arguments, job, argc, argv);
	const char *wrong;

	if (code)
		return code;
	wrong = check(job, argc - optind);
	if (!wrong)
		return check_sweep(job, argv + optind);
	fprintf(stderr, PROGRAM ": %s\n", wrong);
	return EX_USAGE;
}

/* What was not given: names by the time, a seed by the clock. */
static void complete(struct job *job)
{
	time_t now = time(NULL);
	struct tm utc;
	char text[32];

	strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
	if (!*job->out)
		snprintf(job->out, sizeof(job->out), "fleet-%s", text);
	if (!*job->node_dir)
		snprintf(job->node_dir, sizeof(job->node_dir), "/var/tmp/handoff-fleet-%s-%u-%d",
			 text, (unsigned)getuid(), (int)getpid());
	if (!*job->seed)
		snprintf(job->seed, sizeof(job->seed), "%llu",
			 (unsigned long long)(clock_system_now_ns() % 1000000007));
	if (!*job->late)
		snprintf(job->late, sizeof(job->late), "%d", LATE_S);
}

/* What the script gets; it ends with NULL. NULL: no memory. */
static const char **script_arguments(const struct job *job, const char *script, char **options,
				     size_t n)
{
	const char **args = calloc(n + SCRIPT_ARGUMENTS, sizeof(*args));
	const char *begin[] = {"sh",	  script,	 "new",	   job->engine, job->nodes,
			       job->late, job->node_dir, job->out, job->seed};
	size_t k = 0;

	if (!args)
		return NULL;
	if (job->resume) {
		args[k++] = "sh";
		args[k++] = script;
		args[k++] = "resume";
		args[k++] = job->resume;
		return args;
	}
	for (; k < sizeof(begin) / sizeof(begin[0]); k++)
		args[k] = begin[k];
	for (size_t i = 0; i < n; i++)
		args[k++] = options[i];
	return args;
}

/* Starts the script and waits for it; its exit code. */
static int start(struct children *c, const struct job *job, char **options, size_t n)
{
	char script[PATH_MAX], program[PATH_MAX + 16];
	const char **args;
	int status, err;

	report_find_script(c, "fleet", script, sizeof(script));
	if (!*script) {
		fprintf(stderr, PROGRAM ": scripts/fleet is not beside this program\n");
		return EX_UNAVAILABLE;
	}
	snprintf(program, sizeof(program), "%s/handoff", c->beside);
	args = script_arguments(job, script, options, n);
	if (!args || setenv("HANDOFF", program, 1) ||
	    setenv("NODE_PROGRAM", job->program ? job->program : program, 1)) {
		free(args);
		return EX_OSERR;
	}
	err = child_run(c, "/bin/sh", (char **)args, STDOUT_FILENO, STDERR_FILENO, INT64_MAX / 2,
			&status);
	free(args);
	if (err && err != -EINTR) {
		fprintf(stderr, PROGRAM ": /bin/sh: %s\n", strerror(-err));
		return EX_OSERR;
	}
	return c->interrupted ? 130 : WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

/* Finds the odd machine of the packs in `dir`, with a page `page`. An exit code. */
static int judge(const char *dir, const char *page)
{
	char pattern[PATH_MAX + 16], *out = NULL;
	glob_t found = {.gl_offs = 2};
	int code;

	snprintf(pattern, sizeof(pattern), "%s/*.tar.gz", dir);
	if (glob(pattern, GLOB_DOOFFS, NULL, &found) || asprintf(&out, "--out=%s", page) < 0) {
		fprintf(stderr, PROGRAM ": %s: no pack, *.tar.gz, is there\n", dir);
		globfree(&found);
		return EX_NOINPUT;
	}
	found.gl_pathv[0] = (char *)"odd";
	found.gl_pathv[1] = out;
	code = command_odd((int)found.gl_pathc + 2, found.gl_pathv);
	if (!code)
		printf("\n%s\n", page);
	globfree(&found);
	free(out);
	return code;
}

int command_fleet(int argc, char **argv)
{
	static struct children c;
	static struct job job;
	const char *out;
	char packs[PATH_MAX + 32], page[PATH_MAX + 32];
	int code = parse(&job, argc, argv), found;
	struct stat st;

	if (code)
		return code < 0 ? 0 : code;
	complete(&job);
	out = job.resume ? job.resume : job.out;
	snprintf(packs, sizeof(packs), "%s%s", job.from ? job.from : out, job.from ? "" : "/packs");
	snprintf(page, sizeof(page), "%s/fleet.html", job.from ? job.from : out);
	if (job.from)
		return judge(packs, page);
	if (!job.resume && !stat(out, &st)) {
		fprintf(stderr, PROGRAM ": %s: is there already; --resume=%s goes on with it\n",
			out, out);
		return EX_CANTCREAT;
	}
	if (children_begin(&c))
		return EX_OSERR;
	code = start(&c, &job, argv + optind, (size_t)(argc - optind));
	if (code && code != EX_TEMPFAIL && code != 130)
		return code;
	if (code)
		fprintf(stderr, PROGRAM ": not all nodes are done; handoff fleet --resume=%s\n",
			out);
	if (code == 130)
		return code;
	found = judge(packs, page);
	return code ? code : found;
}
