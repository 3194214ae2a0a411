/* SPDX-License-Identifier: MIT */
/* The one list of charts: what each asks, of which rows, and how it is drawn. */
#ifndef BENCH_REPORT_CHART_LIST_H
#define BENCH_REPORT_CHART_LIST_H

#include "bench/report/axis.h"
#include "bench/report/report_data.h"

enum chart_style {
	STYLE_DOTS,	/* a row per thing, a point per placement */
	STYLE_BARS,	/* a bar per round trip, of its parts */
	STYLE_LINES,	/* a line per thing over a number */
	STYLE_COST,	/* a point per way to wait: its time and what it costs */
	STYLE_MATRIX,	/* CPUs by CPUs */
	STYLE_QUIET,	/* gaps of each CPU */
	STYLE_DRIFT,	/* block by block */
	STYLE_RATIOS,	/* of a comparison: a ratio per cell */
	STYLE_MAP,	/* likewise, mechanisms by profiles */
	STYLE_SCHEDULE, /* likewise, response time over the interval of sends */
	STYLE_TAILS,	/* likewise, percentiles */
	STYLE_EXPLAIN,	/* the phases of slow operations */
};

enum pick {
	PICK_ALL,
	PICK_BEST, /* of each mechanism what is fastest */
	PICK_MORE, /* all, where that is more than the best of each */
};

struct chart {
	const char *name;    /* of its files */
	const char *section; /* of the page */
	const char *title;   /* the question that it answers */
	const char *caption; /* what its marks are */
	enum chart_style style;
	const char *x_title, *y_title; /* "" = none */
	enum unit unit;		       /* of the figures */
	enum column x; /* STYLE_LINES: over what; COL_percentile: of percentiles.csv */
	enum unit x_unit;
	struct query query;	/* which rows */
	const char *metrics[2]; /* of these */
	enum column fixed; /* STYLE_DOTS, STYLE_COST: one value of this column, `usual` where it was
			      measured; 0: all */
	uint64_t usual;
	bool (*only)(const struct row *row); /* and of those only; NULL = all */
	enum pick pick;			     /* STYLE_DOTS */
	bool apart; /* STYLE_DOTS: spinners, sleepers and floors have an axis each */
	bool alone; /* STYLE_LINES: also drawn where no thing has two values of x, by rows */
};

extern const struct chart chart_list[];
extern const size_t chart_list_n;

/* Prints the list as CSV: name, section, title. */
void chart_list_print(FILE *out);

/* What a chart tells by its hue: families of mechanisms. */
#define FAMILY_COUNT 15
#define FAMILY_FLOOR 14
unsigned family_of(const struct row *row);
const char *family_name(unsigned family);

/* Depths of a hue: of lines, of text, and for the third line of a family. */
enum depth { HUE, DEEP, PALE };
unsigned family_colour(unsigned family, enum depth depth);

/*
 * What a chart tells by its shape: where the two ends are, or where the words of several threads
 * lie.
 */
#define PLACE_COUNT 14
#define PLACE_ALONE 9 /* and behind it how the words of two threads lie */
#define PLACE_NONE 13
unsigned place_of(const struct row *row);
unsigned place_of_words(const struct row *row);
const char *place_name(unsigned place);

/* Cores of several kinds: from here on the row's place is named with their kind ("same L2, E"). */
void place_name_kinds(const struct row *row);
int place_symbol(unsigned place);
int place_hollow(unsigned place);
double place_size(unsigned place);

/* Colours and symbols of the profiles of a comparison; the base is the first. */
unsigned profile_colour(size_t profile);
int profile_symbol(size_t profile);

#endif
