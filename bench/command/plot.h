/* SPDX-License-Identifier: MIT */
/* Charts as files: lets gnuplot draw what bench/report/plot.h laid out. */
#ifndef BENCH_COMMAND_PLOT_H
#define BENCH_COMMAND_PLOT_H

#include <stdbool.h>

#include "bench/command/child.h"
#include "bench/report/plot.h"

/* The last is what gnuplot gets: nothing is drawn for it. */
enum plot_format { PLOT_SVG, PLOT_PNG, PLOT_PDF, PLOT_TSV, PLOT_FORMATS };

extern const char *const plot_format_names[PLOT_FORMATS];

struct plot_how {
	bool formats[PLOT_FORMATS];
	double width_mm; /* 0: as the chart needs */
	double font_pt;	 /* of its labels, on paper */
};

/* Unless told otherwise: small and sharp in a column of a paper, legible on a telephone. */
#define PLOT_FONT_PT 5.0
#define PLOT_USUAL                      \
	{                               \
		{true}, 0, PLOT_FONT_PT \
	}

/*
 * Draws what `p` has read into files that begin with `to` ("DIR/charts/"); where `alone`, charts of
 * earlier runs that are no more go. 0; 130 when interrupted; EX_UNAVAILABLE (no gnuplot), EX_IOERR
 * and others after a line. p->n is then the number of pictures; of none it says why.
 */
int plot_draw(struct children *c, struct plot *p, const struct plot_how *how, const char *to,
	      bool alone);

/* Draws the run in `dir` into its charts/, as plot_draw(). */
int plot_run(struct children *c, const char *program, const char *dir);

#endif
