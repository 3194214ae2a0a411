/* SPDX-License-Identifier: MIT */
/* Charts of a run, a comparison, a matrix or what microbenchmarks printed: laid out for gnuplot. */
#ifndef BENCH_REPORT_PLOT_H
#define BENCH_REPORT_PLOT_H

#include <limits.h>

#include "bench/report/chart_list.h"

#define PICTURE_NAME_B 64

/* One picture: a chart, or a page of one. */
struct picture {
	char name[PICTURE_NAME_B]; /* of its files */
	char *title, *about;	   /* its alternative text */
};

/* What is drawn, and the pictures of it. */
struct plot {
	const char *program;	 /* for messages */
	struct report_data data; /* summary, compare, blocks, matrix, and one row that ran */
	struct rows percentiles;
	struct rows explain; /* phases of slow operations */
	bool by_hand;	     /* rows of microbenchmarks: drawn whatever was asked of them */
	char footer[1024];
	char model[160];  /* of the processor */
	char base[160];	  /* arm that the charts of one state are of; "" = all */
	double width;	  /* pixels asked for; 0: as wide as needed */
	const char *work; /* where NAME.tsv and NAME.gp go */
	struct picture *pictures;
	size_t n, room;
	int err; /* of the first file that could not be written, or -ENOMEM */
};

/* Reads the run in `dir`: those of its CSV files that are there. 0 or an exit code after a line. */
int plot_read_run(struct plot *p, const char *dir);

/* Adds the CSV file at `path`, whatever kind it is. 0 or an exit code after a line. */
int plot_read_file(struct plot *p, const char *path);

/* Lays out all charts for which there are rows. 0 or -errno. */
int plot_lay_out(struct plot *p);

/* Why nothing was drawn, in a line. */
const char *plot_why_nothing(const struct plot *p);

/* Writes what gnuplot drew of `picture` to `out`, with its alternative text; 0 or -errno. */
int plot_name_svg(const struct picture *picture, FILE *in, FILE *out);

void plot_free(struct plot *p);

/* -- what follows is between the files that lay out -- */

/* One figure of a chart. */
struct figure {
	const struct row *row;
	double x; /* of lines */
	double value, lo, hi;
	double p99; /* 0 = none */
	char name[256];
	unsigned place, family;
	bool noisy, spins;
	bool discarded; /* of runs that were measured again, a percentile */
	bool batches;	/* near the clock: no median of single round trips */
	bool drawn;	/* it is in the picture */
};

struct figures {
	struct figure *all;
	size_t n, room;
	char caption[256]; /* what else is to be said of them */
};

/* The figures that `chart` asks for. 0 or -ENOMEM. */
int figures_collect(const struct plot *p, const struct chart *chart, struct figures *f);

/* The ratios of a comparison that have an interval, of STYLE_SCHEDULE the rows of the median
   response; and all percentiles, of every profile. */
int figures_of_comparison(const struct plot *p, const struct chart *chart, struct figures *f);
int figures_of_tails(const struct plot *p, const struct chart *chart, struct figures *f);

#define PROFILES_MAX 32

/* The profiles of a comparison, the base first; their number. */
size_t plot_profiles(const struct plot *p, const char *names[PROFILES_MAX]);
size_t plot_profile_of(const char *const *names, size_t n, const char *arm);

/* A page as it is put together. */
struct page {
	struct canvas canvas;
	const struct chart *chart;
	char title[512], about[2048];
	double y; /* below what stands there */
};

#define PAGE_TALL 840.0 /* what a page holds; what does not fit goes to a further one */
#define PAGE_WIDE 480.0 /* at least */
#define PAGE_LEFT 8.0

/*
 * Begins a page. Its caption is what `marks` says, the chart's own and `more`; `base` stands for %s
 * in its title.
 */
void page_begin(const struct plot *p, struct page *page, const struct chart *chart, double width,
		const char *base, const char *marks, const char *more);

/* How figures are drawn: in lines, in a row per thing, with its p99 beside it, or as points alone.
 */
enum marks { MARKS_LINES, MARKS_ROWS, MARKS_POINTS };

/* What the marks of the figures that are drawn are, as far as they have them. */
void figures_marks(const struct figures *f, enum marks marks, char *text, size_t size);

/* Legends, wrapped: what shapes and hues stand for; bits of places and families. */
void page_places(struct page *page, unsigned places);
void page_families(struct page *page, unsigned families);
void page_profiles(struct page *page, const char *const *names, size_t n);
void page_boxes(struct page *page, const char *const *names, const unsigned *colours, size_t n);

/* Names of families in their hues and a text behind them, in lines from the left. */
void page_heading(struct page *page, unsigned families, const char *text);

/* Grid and labels of an axis: below the panel from `top` to `bottom`, or left of it. */
void page_x_axis(struct page *page, const struct axis *a, double top, double bottom, double size,
		 const double *ticks, size_t n, const char *title);
void page_y_axis(struct page *page, const struct axis *a, double left, double right, double size,
		 const double *ticks, size_t n);

/* Ends the page with its footer and writes it as page `nth` (from 1) of its chart. */
void page_end(struct plot *p, struct page *page, unsigned nth);

/*
 * Moves the heights y[0] to y[n - 1] of names apart by `least`, between `top` and `bottom`: in
 * their order, and each as near to its place as it can be.
 */
void spread(size_t n, double *y, double least, double top, double bottom);

/* The styles: each lays out one chart. */
void lay_dots(struct plot *p, const struct chart *chart, struct figures *f);
void lay_lines(struct plot *p, const struct chart *chart, struct figures *f);
void lay_cost(struct plot *p, const struct chart *chart, struct figures *f);
void lay_bars(struct plot *p, const struct chart *chart);
void lay_matrix(struct plot *p, const struct chart *chart);
void lay_quiet(struct plot *p, const struct chart *chart);
void lay_drift(struct plot *p, const struct chart *chart);
void lay_ratios(struct plot *p, const struct chart *chart);
void lay_map(struct plot *p, const struct chart *chart);
void lay_schedule(struct plot *p, const struct chart *chart);
void lay_tails(struct plot *p, const struct chart *chart);
void lay_explain(struct plot *p, const struct chart *chart);

#endif
