/* SPDX-License-Identifier: MIT */
/* A summary for programs that watch machines. */
#ifndef BENCH_REPORT_EXPORT_H
#define BENCH_REPORT_EXPORT_H

#include <stdio.h>

#include "bench/analyse/summary.h"

/*
 * Writes the configurations of `s` that have figures in Prometheus' text format, as node_exporter
 * reads it from *.prom (prometheus.io/docs/instrumenting/exposition_formats): gauges in seconds,
 * bytes and shares, without timestamps, all samples of a gauge together.
 */
void export_prometheus(FILE *out, const struct summary *s);

#endif
