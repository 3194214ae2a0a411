/* SPDX-License-Identifier: MIT */
/*
 * The subcommands of `handoff`. Each takes its own argc and argv (argv[0] = its name) and returns
 * an exit code.
 */
#ifndef BENCH_COMMAND_COMMAND_H
#define BENCH_COMMAND_COMMAND_H

/* What here would spoil or explain numbers. */
int command_doctor(int argc, char **argv);

/* Two runs, or the arms of one: what changed, by how much, and whether it is real. */
int command_compare(int argc, char **argv);

/* Every variant of every mechanism, and whether it can run here. */
int command_list(int argc, char **argv);

/* One sweep on many machines. */
int command_fleet(int argc, char **argv);

/* Which machine of a fleet is slower or faster than its sisters. */
int command_odd(int argc, char **argv);

/* A run as one file to be given away. */
int command_pack(int argc, char **argv);

/* A result in the formats of other programs. */
int command_export(int argc, char **argv);

/* One mechanism, or several: a table, after half a second each. */
int command_run(int argc, char **argv);

/* Charts of a run or of CSV files. */
int command_plot(int argc, char **argv);

/* Which CPUs are left alone, and what takes time from the others. */
int command_quiet(int argc, char **argv);

/* Summary, charts and page of runs, anew. */
int command_report(int argc, char **argv);

/* Measures this machine: plan.csv, samples.csv, a chart. */
int command_sweep(int argc, char **argv);

/* The hand-over between every two PUs: matrix.csv, a heat map. */
int command_matrix(int argc, char **argv);

/* States of the machine against each other, in blocks that visit each in random order. */
int command_profiles(int argc, char **argv);

/* Settings that a killed comparison left changed, put back. */
int command_restore(int argc, char **argv);

/* A line on stderr where there is something for command_restore() to do. */
void command_warn_restore(void);

/* The other side of measurements that are started elsewhere. */
int command_serve(int argc, char **argv);

/* Whether this machine and this program can tell a change from none. */
int command_selftest(int argc, char **argv);

/* What on this machine is set by somebody. */
int command_settings(int argc, char **argv);

/* What the machine is made of, and the pair of PUs for each relation. */
int command_topology(int argc, char **argv);

#endif
