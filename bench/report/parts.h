/* SPDX-License-Identifier: MIT */
/*
 * The parts of the page, each written to `out` from what the book holds; one without anything to
 * say writes nothing. scripts/report.html has their order and the words around them.
 */
#ifndef BENCH_REPORT_PARTS_H
#define BENCH_REPORT_PARTS_H

#include "bench/machine/doctor.h"
#include "bench/report/report_data.h"

/* The machine in a line: host, processor, kernel, when. */
void part_machine_line(const struct report_data *b, FILE *out);
/* Title of the page: the host, or how many runs. */
void part_title(const struct report_data *b, FILE *out);

/* The verdict in plain sentences, per state; what to distrust. */
void part_verdict(const struct report_data *b, FILE *out);
void part_distrust(const struct report_data *b, FILE *out);

/* Whether a row of doctor.csv has that level. */
bool part_has_level(const struct row *row, enum doctor_level level);

/*
 * Whether a row of doctor.csv calls for care: a warning, or a frequency that is not known to stand
 * still.
 */
bool part_is_warning(const struct row *row);

/* Which mechanism for which size and placement. */
void part_choose(const struct report_data *b, FILE *out);

/* What a larger message costs; how long the slowest take. */
void part_sizes(const struct report_data *b, FILE *out);
void part_tails(const struct report_data *b, FILE *out);
void part_stalls(const struct report_data *b, FILE *out);

/* Round trips as multiples of the floor. */
void part_floors(const struct report_data *b, FILE *out);

/* What a round trip is made of. */
void part_made_of(const struct report_data *b, FILE *out);

/* Tables: locks, core to core by relation, gaps of each CPU, all figures, what was not measured. */
void part_locks(const struct report_data *b, FILE *out);
void part_matrix(const struct report_data *b, FILE *out);
void part_quiet(const struct report_data *b, FILE *out);
void part_figures(const struct report_data *b, FILE *out);
void part_missing(const struct report_data *b, FILE *out);

/* Noise and drift, block by block. */
void part_noise(const struct report_data *b, FILE *out);

/* The doctor's findings. */
void part_doctor(const struct report_data *b, FILE *out);

/* How it was measured: the numbers of this run in the words of the method. */
void part_method(const struct report_data *b, FILE *out);

/* settings/ and machine.txt in folds; how to do it again; links to the files. */
void part_settings(const struct report_data *b, FILE *out);
void part_reproduce(const struct report_data *b, FILE *out);

/* A comparison: how it was made, the verdicts, the settings that differed. */
void part_compare(const struct report_data *b, FILE *out);
void part_differences(const struct report_data *b, FILE *out);

/*
 * The name of a row's configuration, without the parameters `said` that the text around it says:
 * see cell_name_beside().
 */
void part_name(const struct row *row, uint64_t said, FILE *out);

/* Above a part that is written once per state, where there are several. */
void part_state_heading(const struct report_data *b, const struct state *s, FILE *out);

/* The states whose cells are judged apart: of a comparison of arms the base alone. */
size_t part_states(const struct report_data *b);

#endif
