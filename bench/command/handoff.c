/* SPDX-License-Identifier: MIT */
/* main of build/handoff: finds the subcommand. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "bench/command/command.h"
#include "bench/program/options.h"
#include "version.h"

static const struct command {
	const char *name;    /* first argument */
	const char *summary; /* for --help */
	int (*run)(int argc, char **argv);
} commands[] = {
	{"compare", "two runs cell by cell: faster, slower, the same, or cannot be told",
	 command_compare},
	{"doctor", "what here would spoil or explain numbers", command_doctor},
	{"list", "every mechanism and variant, and whether it can run here", command_list},
	{"matrix", "the hand-over between every two PUs: matrix.csv and a heat map",
	 command_matrix},
	{"pack", "a run as one file to be given away, without names", command_pack},
	{"profiles", "states of this machine compared: settings, in interleaved blocks",
	 command_profiles},
	{"report", "summary, charts and page of runs or packs, from their CSV files",
	 command_report},
	{"restore", "put back settings that a killed comparison left changed", command_restore},
	{"selftest", "can a change be told from none here? compares the machine with itself",
	 command_selftest},
	{"sweep", "measure this machine: CSV files and charts in results/", command_sweep},
	{"topology", "what the machine is made of, and the PUs for each relation",
	 command_topology},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out)
{
	fprintf(out, "usage: handoff COMMAND [option]...\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\nhandoff COMMAND --help shows a command's options\n");
}

/* Runs a command; all but the one that mends it say that settings were left changed. */
static int start(const struct command *c, int argc, char **argv)
{
	if (c->run != command_restore)
		command_warn_restore();
	return c->run(argc, argv);
}

int main(int argc, char **argv)
{
	umask(umask(0) | 022); /* runs are read again: nobody else is to write to them */
	if (argc < 2) {
		print_help(stderr);
		return EX_USAGE;
	}
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return options_flush("handoff", start(&commands[i], argc - 1, argv + 1));
	if (!strcmp(argv[1], "--help")) {
		print_help(stdout);
		return options_flush("handoff", 0);
	}
	if (!strcmp(argv[1], "--version")) {
		printf("handoff %s (%s) %s %s\n", HANDOFF_VERSION, HANDOFF_GIT, HANDOFF_COMPILER,
		       HANDOFF_CFLAGS);
		return options_flush("handoff", 0);
	}
	fprintf(stderr, "handoff: %s: no such command; handoff --help lists them\n", argv[1]);
	return EX_USAGE;
}
