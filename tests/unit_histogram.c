/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* The histogram against a sorted array and at the edges of its buckets. */
#include <stdlib.h>
#include <string.h>

#include "bench/base/histogram.h"
#include "tests/tap.h"

static struct histogram hist, other;

/* Marsaglia, Xorshift RNGs (2003): x ^= x << 13; x ^= x >> 7; x ^= x << 17. */
static uint64_t random_u64(void)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* What the histogram says of the one value `ns` between two far others, so that no clamp helps. */
static uint64_t seen_as(uint64_t ns)
{
	histogram_clear(&hist);
	histogram_add(&hist, 0);
	histogram_add(&hist, ns);
	histogram_add(&hist, HISTOGRAM_LIMIT - 1);
	return histogram_percentile(&hist, 50000);
}

static bool close_enough(uint64_t said, uint64_t truth)
{
	uint64_t off = said > truth ? said - truth : truth - said;

	return truth < 512 ? off == 0 : off * 512 <= truth;
}

/* Both sides of every edge: of all buckets, the last value of one and the first of the next. */
static void test_buckets(void)
{
	unsigned wrong = 0;
	uint64_t lower = 0, width = 1;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (i >= 512 && i % 256 == 0)
			width *= 2;
		wrong += histogram_index(lower) != i || histogram_index(lower + width - 1) != i;
		lower += width;
	}
	ok(!wrong, "first and last value of all %u buckets", HISTOGRAM_BUCKETS);
	ok_is(lower, HISTOGRAM_LIMIT, "the last bucket ends at 2^42 ns");
}

static void test_edges(void)
{
	static const uint64_t edge[] = {0, 1, 2, 254, 255, 256, 257, 510, 511, 512, 513, 514};
	unsigned wrong = 0;

	for (unsigned i = 0; i < sizeof(edge) / sizeof(edge[0]); i++)
		ok(close_enough(seen_as(edge[i]), edge[i]), "%lu is seen as %lu",
		   (unsigned long)edge[i], (unsigned long)seen_as(edge[i]));
	for (unsigned bit = 1; bit < 42; bit++)
		for (int off = -1; off <= 1; off++) {
			uint64_t ns = ((uint64_t)1 << bit) + (uint64_t)off;

			wrong += !close_enough(seen_as(ns), ns);
		}
	ok(!wrong, "powers of two +-1 up to 2^41");
	ok(close_enough(seen_as(HISTOGRAM_LIMIT - 1), HISTOGRAM_LIMIT - 1), "2^42 - 1");
}

static void test_over(void)
{
	histogram_clear(&hist);
	histogram_add(&hist, HISTOGRAM_LIMIT - 1);
	ok_is(hist.over, 0, "2^42 - 1 is not over");
	histogram_add(&hist, HISTOGRAM_LIMIT);
	histogram_add(&hist, HISTOGRAM_LIMIT * 8);
	ok(hist.over == 2 && hist.bucket[HISTOGRAM_BUCKETS - 1] == 3,
	   "2^42 and more is over, in the last");
	ok_is(hist.max, HISTOGRAM_LIMIT * 8, "max is exact above the limit");
	ok_is(histogram_percentile(&hist, 99000), hist.max, "a rank among those over gives max");
	ok(histogram_percentile(&hist, 33000) < HISTOGRAM_LIMIT, "a rank below them does not");
}

static void test_empty_and_one(void)
{
	histogram_clear(&hist);
	ok(histogram_percentile(&hist, 50000) == 0 && histogram_mean(&hist) == 0, "empty gives 0");
	histogram_add(&hist, 1000001);
	ok(histogram_percentile(&hist, 0) == 1000001 &&
		   histogram_percentile(&hist, 100000) == 1000001,
	   "one value is exact: min and max clamp the bucket's middle");
	ok(hist.min == 1000001 && hist.max == 1000001 && hist.sum == 1000001 && hist.count == 1,
	   "count, sum, min, max of one value");
}

/* Random values of all magnitudes below 2^`bits`, against nearest rank on the sorted array. */
static void test_oracle(unsigned bits, unsigned n)
{
	static const unsigned percent[] = {0,	  1,	 1000,	25000, 50000,
					   90000, 99000, 99900, 99999, 100000};
	uint64_t *value = malloc(n * sizeof(*value)), sum = 0;
	unsigned wrong = 0;

	histogram_clear(&hist);
	for (unsigned i = 0; i < n; i++) {
		value[i] = random_u64() >> (64 - bits) >> random_u64() % bits;
		sum += value[i];
		histogram_add(&hist, value[i]);
	}
	qsort(value, n, sizeof(*value), compare_u64);
	for (unsigned i = 0; i < sizeof(percent) / sizeof(percent[0]); i++) {
		uint64_t rank = ((uint64_t)n * percent[i] + 99999) / 100000;
		uint64_t truth = value[rank ? rank - 1 : 0];

		wrong += !close_enough(histogram_percentile(&hist, percent[i]), truth);
	}
	ok(!wrong, "percentiles of %u values below 2^%u", n, bits);
	ok(hist.count == n && hist.sum == sum && hist.min == value[0] && hist.max == value[n - 1],
	   "count, sum, min and max are exact");
	ok_is(histogram_mean(&hist), (double)sum / n, "mean is exact");
	free(value);
}

/* Ranks are exact: among 1..n every percentile is the value itself. */
static void test_ranks(void)
{
	unsigned wrong = 0;

	histogram_clear(&hist);
	for (unsigned i = 1; i <= 500; i++)
		histogram_add(&hist, i);
	for (unsigned p = 1; p <= 100000; p++)
		wrong += histogram_percentile(&hist, p) != (p * 500 + 99999) / 100000;
	ok(!wrong, "every percentile of 1..500 is the nearest rank");
}

static void test_merge(void)
{
	static struct histogram both;

	histogram_clear(&hist);
	histogram_clear(&other);
	histogram_clear(&both);
	for (int i = 0; i < 1000; i++) {
		uint64_t ns = random_u64() >> (20 + random_u64() % 40);

		histogram_add(i % 3 ? &hist : &other, ns);
		histogram_add(&both, ns);
	}
	ok(both.over > 0 && memcmp(&hist, &both, sizeof(hist)), "the parts are not the whole");
	histogram_merge(&hist, &other);
	ok(!memcmp(&hist, &both, sizeof(hist)), "merged is as if added to one");
	histogram_clear(&other);
	histogram_merge(&hist, &other);
	ok(!memcmp(&hist, &both, sizeof(hist)), "merging an empty one changes nothing");
}

static void test_copy(void)
{
	static struct histogram zero;

	histogram_clear(&hist);
	histogram_clear(&other);
	histogram_add(&hist, 3);
	histogram_add(&hist, 70000);
	histogram_add(&hist, HISTOGRAM_LIMIT + 5);
	histogram_copy(&zero, &hist);
	ok(!memcmp(&zero, &hist, sizeof(hist)), "a copy into zeros has all values");
	histogram_add(&other, 900);
	histogram_add(&other, 1100);
	histogram_copy(&hist, &other);
	ok(!memcmp(&hist, &other, sizeof(hist)), "a copy keeps nothing of what was there");
	histogram_clear(&zero);
	histogram_copy(&hist, &zero);
	ok(!memcmp(&hist, &zero, sizeof(hist)), "a copy of an empty one is empty");
}

static void test_csv(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	histogram_clear(&hist);
	histogram_add(&hist, 0);
	histogram_add(&hist, 511);
	histogram_add(&hist, 513);
	histogram_add(&hist, 512);
	histogram_add(&hist, HISTOGRAM_LIMIT - 1);
	histogram_add(&hist, HISTOGRAM_LIMIT + 5);
	ok(!histogram_write_csv(out, &hist, "a,7"), "writes CSV");
	fclose(out);
	ok(!strcmp(text, "a,7,0,1,1\na,7,511,512,1\na,7,512,514,2\n"
			 "a,7,4389456576512,4398046511104,1\na,7,4398046511104,4398046511110,1\n"),
	   "a row per filled bucket, the rest above the limit");
	free(text);
	out = open_memstream(&text, &size);
	histogram_clear(&hist);
	histogram_add(&hist, 7);
	histogram_write_csv(out, &hist, NULL);
	fclose(out);
	ok(!strcmp(text, "7,8,1\n"), "no key, no first field");
	free(text);
	out = fopen("/dev/full", "w");
	setvbuf(out, NULL, _IONBF, 0);
	ok(histogram_write_csv(out, &hist, NULL) < 0, "a full disk is an error");
	fclose(out);
}

int main(void)
{
	test_buckets();
	test_edges();
	test_over();
	test_empty_and_one();
	test_oracle(9, 1000);
	test_oracle(20, 10000);
	test_oracle(42, 100001);
	test_ranks();
	test_merge();
	test_copy();
	test_csv();
	return done_testing();
}
