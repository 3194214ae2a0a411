/* SPDX-License-Identifier: MIT */
/*
 * A log-linear histogram of nanoseconds: 256 buckets per power of two, so that 2 % can be told
 * apart.
 */
#ifndef BENCH_MEASURE_HISTOGRAM_H
#define BENCH_MEASURE_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

#define HISTOGRAM_BITS 8 /* log2 of the buckets per power of two */
/* Values (ns) from here on count as `over`: 73 minutes. */
#define HISTOGRAM_LIMIT ((uint64_t)1 << 42)
#define HISTOGRAM_BUCKETS ((42 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)
#define HISTOGRAM_CSV_COLUMNS "lower_ns,upper_ns,count"

/*
 * Plain memory without pointers: may live in shared memory. Needs histogram_clear() before use.
 * Values below 512 have a bucket each; above, a bucket is 1/256 to 1/512 of its values wide.
 */
struct histogram {
	uint64_t count; /* values added */
	uint64_t sum;	/* ns, exact */
	uint64_t min;	/* ns, exact; UINT64_MAX when empty */
	uint64_t max;	/* ns, exact, of all added and covered; 0 when there is none */
	uint64_t over;	/* values >= HISTOGRAM_LIMIT, also counted in the last bucket */
	uint64_t bucket[HISTOGRAM_BUCKETS]; /* values */
};

/* Bucket of `ns`, which must be below HISTOGRAM_LIMIT. The or keeps 0..255 in their own buckets. */
static inline unsigned histogram_index(uint64_t ns)
{
	unsigned shift =
		63 - HISTOGRAM_BITS - (unsigned)__builtin_clzll(ns | (uint64_t)1 << HISTOGRAM_BITS);

	return (shift << HISTOGRAM_BITS) + (unsigned)(ns >> shift);
}

/* Adds one value of `ns`. Not atomic: one writer. */
static inline void histogram_add(struct histogram *h, uint64_t ns)
{
	uint64_t over = ns >= HISTOGRAM_LIMIT;

	h->count++;
	h->sum += ns;
	h->min = ns < h->min ? ns : h->min;
	h->max = ns > h->max ? ns : h->max;
	h->over += over;
	h->bucket[histogram_index(over ? HISTOGRAM_LIMIT - 1 : ns)]++;
}

/*
 * Covers `ns` in which values lie that are not added, such as a batch of operations: none of them
 * was longer, so `max` is not below it.
 */
static inline void histogram_cover(struct histogram *h, uint64_t ns)
{
	h->max = ns > h->max ? ns : h->max;
}

/* Empties `h`; also faults all its pages in. */
void histogram_clear(struct histogram *h);

/*
 * Adds `count` values that lie in the bucket from `lower_ns` up to, not including, `upper_ns`; min
 * and max become the bucket's.
 */
void histogram_add_many(struct histogram *h, uint64_t lower_ns, uint64_t upper_ns, uint64_t count);

/*
 * Gives `to`, a histogram or memory that holds zeros, the values of `from`. It touches only the
 * buckets between the smallest and the largest value of each, so unused pages are not faulted in.
 */
void histogram_copy(struct histogram *to, const struct histogram *from);

/* Adds all values of `from` to `to`. */
void histogram_merge(struct histogram *to, const struct histogram *from);

/*
 * The nearest-rank percentile, in ns: the value of rank ceil(count * per_100k / 100000), at
 * least 1. per_100k: 50000 is the median, 99900 is p99.9, at most 100000. It is the middle of that
 * value's bucket within [min, max]: exact below 512 ns, else at most 0.2 % off (1/512). Ranks among
 * the values over the limit give max. 0 when empty: ask count first.
 */
uint64_t histogram_percentile(const struct histogram *h, unsigned per_100k);

/* The exact mean in ns; 0 when empty: ask count first. */
double histogram_mean(const struct histogram *h);

/*
 * Writes the buckets that hold something, a CSV row each: `key` (one or several fields, no final
 * comma; NULL for none), lower_ns (inclusive), upper_ns (exclusive), count. No header: that is
 * HISTOGRAM_CSV_COLUMNS. Values over the limit stand in a last row from the limit to max + 1.
 * Returns 0 or -EIO.
 */
int histogram_write_csv(FILE *out, const struct histogram *h, const char *key);

/*
 * Writes the percentile distribution as HdrHistogram's plotter reads it (.hgrm): values in us. A
 * line is value, share of the values at or below it, their number, and 1 / (1 - share); the last
 * one has no fourth field. Returns 0 or -EIO.
 */
int histogram_write_hgrm(FILE *out, const struct histogram *h);

#endif
