/* SPDX-License-Identifier: MIT */
/* main of build/handoff: finds the subcommand. */
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "bench/base/closest.h"
#include "bench/base/descriptors.h"
#include "bench/command/command.h"
#include "bench/machine/limits.h"
#include "bench/machine/scheduling.h"
#include "bench/program/options.h"
#include "version.h"

static const struct command {
	const char *name;    /* first argument */
	const char *summary; /* for --help */
	int (*run)(int argc, char **argv);
} commands[] = {
	{"compare", "compare sweeps or profiles: what changed, by how much, is it real?",
	 command_compare},
	{"doctor", "show what would spoil or explain numbers on this machine", command_doctor},
	{"export", "write a result in a format of other programs", command_export},
	{"fleet", "start one sweep on many machines, and find the odd one", command_fleet},
	{"list", "list every mechanism and variant, and whether it can run here", command_list},
	{"matrix", "measure the hand-over between every two CPUs, and draw a heat map",
	 command_matrix},
	{"odd", "find the odd machine of many that ran the same sweep", command_odd},
	{"pack", "pack a result directory into one file to give away, without names", command_pack},
	{"plot", "draw charts of a result directory, or of rows that were printed", command_plot},
	{"profiles", "compare profiles (states of this machine) in alternating blocks",
	 command_profiles},
	{"quiet", "show which CPUs are left alone, and what takes time from the others",
	 command_quiet},
	{"report", "write summary, charts and page again, from CSV files or packs", command_report},
	{"restore", "put back settings that a killed comparison left changed", command_restore},
	{"run", "measure one mechanism, or compare several, and print a table", command_run},
	{"selftest", "compare this machine with itself: can a change be detected here?",
	 command_selftest},
	{"serve", "be the other side of a measurement that is started elsewhere", command_serve},
	{"settings", "print what is set on this machine, as key=value", command_settings},
	{"sweep", "measure this machine: CSV files, charts and a page in results/", command_sweep},
	{"topology", "show what the machine is made of, and the CPUs for each distance",
	 command_topology},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out)
{
	fprintf(out, "Usage: handoff COMMAND [option]...\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\nhandoff help COMMAND shows a command's options\n");
}

/* A line for what is no command; an exit code. */
static int refuse(const char *word)
{
	struct closest closest = {.typed = word};
	char hint[CLOSEST_HINT];

	for (size_t i = 0; i < N_COMMANDS; i++)
		closest_try(&closest, commands[i].name);
	fprintf(stderr, "handoff: %s: no such command%s; handoff --help lists them\n", word,
		closest_hint(&closest, hint, sizeof(hint)));
	return EX_USAGE;
}

/* Runs a command; all but the one that mends it say that settings were left changed. */
static int start(const struct command *c, int argc, char **argv)
{
	static const struct scheduling ordinary = {.policy = SCHED_OTHER};
	struct scheduling own;

	/*
	 * It computes and draws for seconds: not before all others. A deadline task may start no
	 * other (sched(7)).
	 */
	if (!scheduling_get(0, &own) &&
	    (scheduling_is_realtime(&own) || own.policy == SCHED_DEADLINE))
		scheduling_set(0, &ordinary);
	if (c->run != command_restore)
		command_warn_restore();
	return c->run(argc, argv);
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
	return !strcmp(word, a) || !strcmp(word, b);
}

/* Does what argv asks for; an exit code. */
static int obey(int argc, char **argv)
{
	const struct command *c = find(argv[1]);
	char *help[] = {argv[argc - 1], (char *)"--help", NULL};

	if (c)
		return start(c, argc - 1, argv + 1);
	if (is_one_of(argv[1], "--help", "-h") || (argc == 2 && !strcmp(argv[1], "help"))) {
		print_help(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("handoff %s (%s) %s %s\n", HANDOFF_VERSION, HANDOFF_GIT, HANDOFF_COMPILER,
		       HANDOFF_CFLAGS);
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "help"))
		return (c = find(argv[2])) ? start(c, 2, help) : refuse(argv[2]);
	return refuse(argv[1]);
}

int main(int argc, char **argv)
{
	descriptors_fill();
	signal(SIGXFSZ, SIG_IGN); /* a limit of file sizes is the error of a write */
	umask(umask(0) | 022);	  /* runs are read again: nobody else is to write to them */
	if (limits_too_small()) {
		fprintf(stderr, "handoff: %s\n", limits_too_small());
		return EX_UNAVAILABLE;
	}
	if (argc < 2) {
		print_help(stderr);
		return EX_USAGE;
	}
	return options_flush("handoff", obey(argc, argv));
}
