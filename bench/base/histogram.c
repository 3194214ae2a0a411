/* SPDX-License-Identifier: MIT */
/* Reading and merging histograms: everything off the timed path. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "bench/base/histogram.h"

/*
 * Smallest value of bucket `index`; that of the next is where it ends. The inverse of
 * histogram_index().
 */
static uint64_t bucket_lower_ns(unsigned index)
{
	unsigned per_power = 1u << HISTOGRAM_BITS;
	unsigned shift = index < per_power ? 0 : (index >> HISTOGRAM_BITS) - 1;

	return (uint64_t)(index - (shift << HISTOGRAM_BITS)) << shift;
}

void histogram_clear(struct histogram *h)
{
	memset(h, 0, sizeof(*h));
	h->min = UINT64_MAX;
}

/* The first bucket that may hold a value; into *n the number of buckets from it to the last. */
static unsigned used_buckets(const struct histogram *h, unsigned *n)
{
	uint64_t top = HISTOGRAM_LIMIT - 1;
	unsigned first = histogram_index(h->min < top ? h->min : top);

	*n = h->count ? histogram_index(h->max < top ? h->max : top) - first + 1 : 0;
	return first;
}

void histogram_copy(struct histogram *to, const struct histogram *from)
{
	unsigned n, first = used_buckets(to, &n);

	memset(&to->bucket[first], 0, n * sizeof(*to->bucket));
	memcpy(to, from, offsetof(struct histogram, bucket));
	first = used_buckets(from, &n);
	memcpy(&to->bucket[first], &from->bucket[first], n * sizeof(*to->bucket));
}

void histogram_add_many(struct histogram *h, uint64_t lower_ns, uint64_t upper_ns, uint64_t count)
{
	bool over = lower_ns >= HISTOGRAM_LIMIT;

	h->count += count;
	h->sum += count * (lower_ns + (upper_ns - lower_ns) / 2);
	h->min = lower_ns < h->min ? lower_ns : h->min;
	h->max = upper_ns - 1 > h->max ? upper_ns - 1 : h->max;
	h->over += over ? count : 0;
	h->bucket[histogram_index(over ? HISTOGRAM_LIMIT - 1 : lower_ns)] += count;
}

void histogram_merge(struct histogram *to, const struct histogram *from)
{
	unsigned n, first;

	to->count += from->count;
	to->sum += from->sum;
	to->min = from->min < to->min ? from->min : to->min;
	to->max = from->max > to->max ? from->max : to->max;
	to->over += from->over;
	first = used_buckets(from, &n);
	for (unsigned i = first; i < first + n; i++)
		to->bucket[i] += from->bucket[i];
}

uint64_t histogram_percentile(const struct histogram *h, unsigned per_100k)
{
	uint64_t rank = (uint64_t)(((unsigned __int128)h->count * per_100k + 99999) / 100000);
	uint64_t seen = 0, lower, middle;
	unsigned i;

	if (!h->count)
		return 0;
	if (!rank)
		rank = 1;
	if (rank > h->count - h->over)
		return h->max;
	for (i = 0; seen + h->bucket[i] < rank; i++)
		seen += h->bucket[i];
	lower = bucket_lower_ns(i);
	middle = lower + (bucket_lower_ns(i + 1) - 1 - lower) / 2;
	if (middle < h->min)
		return h->min;
	return middle > h->max ? h->max : middle;
}

double histogram_mean(const struct histogram *h)
{
	return h->count ? (double)h->sum / (double)h->count : 0;
}

int histogram_write_csv(FILE *out, const struct histogram *h, const char *key)
{
	const char *comma = key ? "," : "";
	const char *row = "%s%s%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n";

	if (!key)
		key = "";
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		uint64_t count = h->bucket[i] - (i == HISTOGRAM_BUCKETS - 1 ? h->over : 0);

		if (count)
			fprintf(out, row, key, comma, bucket_lower_ns(i), bucket_lower_ns(i + 1),
				count);
	}
	if (h->over)
		fprintf(out, row, key, comma, HISTOGRAM_LIMIT, h->max + 1, h->over);
	return ferror(out) ? -EIO : 0;
}

/* For each halving of the share of values above, as HdrHistogram writes them. */
#define HGRM_LINES 5

/* The share of values above that line `n` is for: 1, 0.9 ... 0.5, 0.45 ... */
static double hgrm_above(unsigned n)
{
	return ldexp(1 - n % HGRM_LINES / (2.0 * HGRM_LINES), -(int)(n / HGRM_LINES));
}

/* Largest value of bucket `i`, in us; of the last one it is the largest of all. */
static double bucket_most_us(const struct histogram *h, unsigned i)
{
	uint64_t most = i == HISTOGRAM_BUCKETS - 1 ? h->max : bucket_lower_ns(i + 1) - 1;

	return (double)(most < h->max ? most : h->max) / 1e3;
}

/* Standard deviation of the buckets' largest values, in us. */
static double deviation_us(const struct histogram *h)
{
	double squares = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		double off = bucket_most_us(h, i) - histogram_mean(h) / 1e3;

		squares += off * off * (double)h->bucket[i];
	}
	return h->count ? sqrt(squares / (double)h->count) : 0;
}

int histogram_write_hgrm(FILE *out, const struct histogram *h)
{
	uint64_t seen = 0;
	unsigned n = 0;

	fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
		"1/(1-Percentile)");
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS && seen < h->count; i++) {
		if (!h->bucket[i])
			continue;
		seen += h->bucket[i];
		for (; seen < h->count &&
		       (double)(h->count - seen) <= hgrm_above(n) * (double)h->count;
		     n++)
			fprintf(out, "%12.3f %.12f %10" PRIu64 " %14.2f\n", bucket_most_us(h, i),
				1 - hgrm_above(n), seen, 1 / hgrm_above(n));
	}
	fprintf(out, "%12.3f %.12f %10" PRIu64 "\n", (double)h->max / 1e3, 1.0, h->count);
	fprintf(out, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", histogram_mean(h) / 1e3,
		deviation_us(h));
	fprintf(out, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n", (double)h->max / 1e3,
		h->count);
	fprintf(out, "#[Buckets = %12d, SubBuckets     = %12d]\n",
		HISTOGRAM_BUCKETS >> HISTOGRAM_BITS, 1 << HISTOGRAM_BITS);
	return ferror(out) ? -EIO : 0;
}
