/* SPDX-License-Identifier: MIT */
/*
 * The timed loops of synchronization, once for all primitives; one header per contract of
 * bench/sync.h.
 */
#ifndef BENCH_MEASURE_SYNC_LOOPS_H
#define BENCH_MEASURE_SYNC_LOOPS_H

#include "bench/measure/lock_loops.h"
#include "bench/measure/op_loops.h"
#include "bench/measure/queue_loops.h"
#include "bench/measure/wake_loops.h"

#endif
