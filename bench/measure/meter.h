/* SPDX-License-Identifier: MIT */
/*
 * The one loop that times operations: alternately one operation alone, between two stamps, and a
 * batch of stride - 1. A stride of 1 times every operation; a larger one keeps the clock's own cost
 * out of the mean (which comes from the batches) while percentiles still come from single
 * operations. The maximum is the longest time between any two stamps: no stall falls between them.
 */
#ifndef BENCH_MEASURE_METER_H
#define BENCH_MEASURE_METER_H

#include <errno.h>
#include <stdint.h>

#include "bench/base/clock.h"
#include "bench/base/histogram.h"
#include "bench/base/template.h"

struct meter {
	uint64_t n;	       /* operations to run */
	uint64_t stride;       /* each stride-th operation is timed alone; at least 1 */
	uint64_t deadline_ns;  /* stop at the next stamp after this time, though n are not done */
	uint64_t done;	       /* operations that ran and are filed */
	uint64_t batch_ops;    /* of them, in batches */
	uint64_t batch_ns;     /* time of the batches */
	uint64_t lost;	       /* operations that had no end: METER_LOST */
	uint64_t dropped;      /* those and the others of their batches: not filed */
	uint64_t begin_ns;     /* first stamp */
	uint64_t end_ns;       /* last stamp */
	struct histogram each; /* ns of the operations timed alone; max: of the batches, too */
	struct histogram batches; /* ps per operation: the mean of each batch */
};

/* Files `ops` operations that took from `t0` to `t1` (ns). */
TEMPLATE void meter_add(struct meter *m, uint64_t ops, uint64_t t0, uint64_t t1)
{
	m->done += ops;
	m->end_ns = t1;
	if (ops == 1) {
		histogram_add(&m->each, t1 - t0);
	} else {
		histogram_cover(&m->each, t1 - t0);
		m->batch_ops += ops;
		m->batch_ns += t1 - t0;
		/* cppcheck-suppress zerodivcond ; a batch holds one operation or more */
		histogram_add(&m->batches, (t1 - t0) * 1000 / ops);
	}
}

/* What an operation returns that had no end; what it took is no time of an operation. */
#define METER_LOST (-ETIME)

/* Passes over `ops` operations, of which the last was lost at `now` (ns). */
TEMPLATE void meter_lose(struct meter *m, uint64_t ops, uint64_t now)
{
	m->lost++;
	m->dropped += ops;
	m->end_ns = now;
}

/*
 * Runs the expression `op` (0 or -errno) as meter `m` says; its value is 0 or the first error other
 * than METER_LOST. A
 * macro because the operation must be inlined into the loop, once, with its constant descriptors.
 */
#define METER_LOOP(m, op)                                                            \
	({                                                                           \
		struct meter *const m_ = (m);                                        \
		uint64_t left_ = m_->n, batch_ = 1, t0_ = 0, t1_ = 0;                \
		int err_ = 0;                                                        \
                                                                                     \
		m_->begin_ns = m_->end_ns = clock_now_ns();                          \
		while (left_ && t1_ < m_->deadline_ns) {                             \
			uint64_t ops_ = batch_ < left_ ? batch_ : left_;             \
			uint64_t i_ = ops_;                                          \
                                                                                     \
			t0_ = clock_now_ns();                                        \
			do {                                                         \
				err_ = (op);                                         \
				compiler_barrier();                                  \
			} while (likely(!err_) && --i_);                             \
			t1_ = clock_now_ns();                                        \
			histogram_cover(&m_->each, t0_ - m_->end_ns);                \
			if (likely(!err_))                                           \
				meter_add(m_, ops_, t0_, t1_);                       \
			else if (err_ == METER_LOST)                                 \
				meter_lose(m_, ops_, t1_);                           \
			else                                                         \
				break;                                               \
			err_ = 0;                                                    \
			left_ -= ops_;                                               \
			batch_ = batch_ == 1 && m_->stride > 1 ? m_->stride - 1 : 1; \
		}                                                                    \
		err_;                                                                \
	})

/*
 * Empties the meter for a run of `n` operations, each `stride`-th alone, that ends by
 * `deadline_ns`.
 */
void meter_start(struct meter *m, uint64_t n, uint64_t stride, uint64_t deadline_ns);

/* Gives `to`, a meter or memory that holds zeros, what `from` says; as histogram_copy(). */
void meter_copy(struct meter *to, const struct meter *from);

/* Mean time of one operation (ns): of the batches, or of the single operations where all were. */
double meter_mean_ns(const struct meter *m);

/*
 * Median time of one operation (ns): over the batches' means, so that a batch in which somebody
 * else ran counts as one; or over the single operations where all were timed. NAN when nothing was
 * done.
 */
double meter_median_ns(const struct meter *m);

/* Operations shorter than this many clock costs or ticks are timed in batches. */
#define METER_CLOCKS 20

/*
 * The stride for operations of about `op_ns`: 1 where they are longer than METER_CLOCKS times the
 * clock's cost or tick, else so large that the four stamps of a lone operation and a batch are
 * below 1 % of the time (DESIGN.md section 5 asks for 5 %). A doubling ladder, so that invocations
 * of one cell agree.
 */
uint64_t meter_stride(double op_ns);

#endif
