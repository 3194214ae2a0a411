/* SPDX-License-Identifier: MIT */
/* Columns that every microbenchmark fills alike. */
#include "bench/program/to_row.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sysexits.h>
#include <time.h>

#include "bench/analyse/gate.h"
#include "bench/base/text.h"
#include "version.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* The boot's own number, which the kernel draws (Documentation/admin-guide/sysctl/kernel.rst). */
static void fill_boot(struct row *row)
{
	FILE *in = fopen("/proc/sys/kernel/random/boot_id", "re");
	char text[64];

	if (!in)
		return;
	if (fscanf(in, "%63[0-9a-f-]", text) == 1)
		row_set_text(row, COL_boot_id, text);
	fclose(in);
}

void fill_origin(struct row *row, const struct options *o, const struct topology *t)
{
	time_t now = time(NULL);
	struct utsname system;
	struct tm utc;
	char text[64];

	row_set_text(row, COL_clock, clock_kind_name(bench_clock.kind));
	row_set_decimal(row, COL_clock_cost_ns, bench_clock.cost_ns);
	row_set_decimal(row, COL_clock_tick_ns, bench_clock.tick_ns);
	row_set_format(row, COL_version, "%s %s", HANDOFF_VERSION, HANDOFF_GIT);
	row_set_text(row, COL_compiler, HANDOFF_COMPILER);
	row_set_text(row, COL_cflags, HANDOFF_CFLAGS);
	if (!uname(&system)) {
		row_set_text(row, COL_host, system.nodename);
		row_set_text(row, COL_kernel, system.release);
	}
	fill_boot(row);
	gmtime_r(&now, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	row_set_text(row, COL_time_utc, text);
	if (topology_is_virtual(t))
		row_add_item(row, COL_flags, "virtual");
	if (o->lock_memory)
		row_add_item(row, COL_flags, "memory_locked");
	row_set_text(row, COL_environment, o->environment);
	if (SANITIZED)
		row_add_item(row, COL_flags, "sanitizer");
	if (strstr(o->environment, "vgpreload")) /* what valgrind preloads */
		row_add_item(row, COL_flags, "valgrind");
}

/* The kernel lets a class go, and a debugger come, without asking: what is so is read back. */
void fill_members(struct row *row, const struct crew_member *member, unsigned n)
{
	char text[SCHEDULING_NAME], item[SCHEDULING_NAME + 8];
	static unsigned seen[CREW_MAX];
	bool traced = false;

	for (unsigned i = 0; i < n; i++) {
		seen[i] = member[i].cpu_seen;
		traced |= member[i].traced;
	}
	row_set_list(row, COL_cpus_seen, seen, n);
	if (traced)
		row_add_item(row, COL_flags, "traced");
	scheduling_name(&member[0].sched, text);
	snprintf(item, sizeof(item), "sched=%s", text);
	if (strcmp(text, row_get_text(row, COL_sched)) != 0)
		row_add_item(row, COL_effective, item);
	if (member[0].sched.slice_ns)
		row_set_u64(row, COL_slice_seen_ns, member[0].sched.slice_ns);
}

static enum status status_of(int err, bool began)
{
	switch (err) {
	case 0:
		return STATUS_OK;
	case -EBADMSG:
	case -EXDEV:
	case METER_LOST:
		return STATUS_INVALID;
	case -ETIMEDOUT:
	case -ECHILD:
	case -EINTR:
		return STATUS_FAILED;
	default:
		return began ? STATUS_FAILED : STATUS_SKIPPED;
	}
}

void fill_status(struct row *row, int err, bool began, const char *reason)
{
	row_set_status(row, status_of(err, began));
	row_set_text(row, COL_used, "yes");
	if (!err)
		return;
	row_set_text(row, COL_used, "no");
	row_set_text(row, COL_reason, *reason ? reason : strerror(-err));
}

void fill_latency(struct row *row, enum column first, const struct histogram *h)
{
	static const unsigned per_100k[] = {50000, 90000, 99000, 99900};
	static const uint64_t needed[] = {1, 1, P99_SAMPLES, P999_SAMPLES};

	if (!h->count)
		return;
	row_set_u64(row, first, h->min);
	for (int i = 0; i < 4; i++)
		if (h->count >= needed[i])
			row_set_u64(row, first + 1 + i, histogram_percentile(h, per_100k[i]));
	row_set_u64(row, first + 5, h->max);
	row_set_decimal(row, first + 6, histogram_mean(h));
}

void fill_latency_between(struct row *row, enum column first, const struct histogram *h,
			  double least_ns)
{
	fill_latency(row, first, h);
	for (enum column c = first; c <= first + 6; c++)
		if (row_is_set(row, c) && row_get_decimal(row, c) < least_ns) {
			row_unset(row, c);
			row_add_item(row, COL_flags, "clock_skew");
		}
}

void fill_between(struct row *row, enum column column, const struct histogram *h, unsigned per_100k,
		  uint64_t skew_ns)
{
	uint64_t ns = histogram_percentile(h, per_100k);

	if (10 * skew_ns > ns)
		row_add_item(row, COL_flags, "clock_skew");
	else
		row_set_u64(row, column, ns);
}

void fill_meter(struct row *row, const struct meter *m, const struct trial *t)
{
	double mean = meter_mean_ns(m);

	row_set_u64(row, COL_n_ops, m->done);
	row_set_u64(row, COL_duration_ns, m->end_ns - m->begin_ns);
	row_set_u64(row, COL_clock_gap_max_ns, t->clock_gap_max_ns);
	if (t->capped)
		row_add_item(row, COL_flags, "capped");
	if (!m->done)
		return;
	row_set_decimal(row, COL_op_ns, mean);
	row_set_decimal(row, COL_op_p50_ns, meter_median_ns(m));
	row_set_decimal(row, COL_ops_per_s, 1e9 / mean);
	if (!m->each.count)
		return;
	row_set_u64(row, COL_n_samples, m->each.count);
	row_set_u64(row, COL_sample_every, m->stride);
	row_set_u64(row, COL_batch_ops, m->stride > 1 ? m->stride - 1 : 1);
	/* each of these samples holds a clock read that op_ns does not */
	if (m->stride > 1 && meter_stride(meter_median_ns(m)) > 1)
		row_add_item(row, COL_flags, "near_clock");
}

void fill_stood(struct row *row, const struct meter *m, const struct trial *t, uint64_t stopped_ns)
{
	uint64_t gap = 0, known;
	struct noise n;

	if (trial_noise(t, &n))
		n = (struct noise){.have = 0};
	if (m && m->each.count) /* the maximum is of all stamps: beyond what is usual */
		gap = m->each.max - histogram_percentile(&m->each, 50000);
	known = n.run_delay_ns + n.steal_ns;
	gap = gap > known ? gap - known : 0;
	gap = gap > n.suspended_ns ? gap : n.suspended_ns;
	row_set_u64(row, COL_stood_ns, gap > stopped_ns ? gap : stopped_ns);
}

/* Says which counters of the noise gate (bench/analyse/gate.h) could not be read. */
static void flag_unknown(struct row *row, unsigned have)
{
	static const struct {
		unsigned bit;
		enum column column;
	} needed[] = {
		{NOISE_STEAL, COL_steal_ns},
		{NOISE_FOREIGN_CPU, COL_foreign_cpu_ns},
		{NOISE_RUN_DELAY, COL_run_delay_ns},
		{NOISE_FAULTS, COL_major_faults},
		{NOISE_SWITCHES, COL_invol_switches_per_op},
	};
	char missing[160] = "";

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!(have & needed[i].bit))
			text_add(missing, sizeof(missing), "%s%s", *missing ? "+" : "",
				 schema_column(needed[i].column)->name);
	if (!*missing)
		return;
	row_add_item(row, COL_flags, "noise_unknown");
	row_set_format(row, COL_reason, "noise unknown: the kernel does not say %s", missing);
}

/* CPU time per operation: of all, and of each side where there are two. */
static void fill_cpu(struct row *row, const struct noise *n, double ops)
{
	double all = 0;

	for (unsigned i = 0; i < n->n_tasks; i++)
		all += (double)n->cpu_ns[i];
	row_set_decimal(row, COL_cpu_ns_per_op, all / ops);
	if (n->n_tasks > 2)
		return;
	row_set_decimal(row, COL_cpu_ns_per_op_initiator, (double)n->cpu_ns[0] / ops);
	if (n->n_tasks == 2)
		row_set_decimal(row, COL_cpu_ns_per_op_responder, (double)n->cpu_ns[1] / ops);
}

/* Counting costs time at each switch: such a row never counts. */
static void fill_counters(struct row *row, const struct counters *c, double ops)
{
	char item[64], why[COUNTERS_WHY];

	if (!c->asked)
		return;
	row_add_item(row, COL_flags, "counters");
	row_set_text(row, COL_used, "no");
	for (enum counter i = 0; i < COUNTER_COUNT; i++) {
		if (!(c->asked >> i & 1))
			continue;
		if (c->have >> i & 1 && ops > 0) {
			snprintf(item, sizeof(item), "%s=%.3f", counters_name(i, c->user[i]),
				 c->value[i] / ops);
			row_add_item(row, COL_counters, item);
		} else if (!row_is_set(row, COL_reason)) {
			snprintf(why, sizeof(why), "%s not counted: %s", counters_name(i, false),
				 c->have >> i & 1 ? "no operations" : counters_why(i, c->err[i]));
			row_set_text(row, COL_reason, why);
		}
	}
}

void fill_noise(struct row *row, const struct trial *t, double ops)
{
	struct noise n;

	fill_counters(row, &t->counters, ops);
	if (trial_noise(t, &n))
		return;
	flag_unknown(row, n.have);
	row_set_u64(row, COL_counted_ns, t->end.when_ns - t->begin.when_ns);
	if (n.have & NOISE_STEAL)
		row_set_u64(row, COL_steal_ns, n.steal_ns);
	if (n.have & NOISE_PSI)
		row_set_u64(row, COL_psi_us, n.psi_us);
	if (n.have & NOISE_RUN_DELAY)
		row_set_u64(row, COL_run_delay_ns, n.run_delay_ns);
	if (n.have & NOISE_FOREIGN_CPU)
		row_set_u64(row, COL_foreign_cpu_ns, n.foreign_cpu_ns);
	if (n.have & NOISE_IRQS)
		row_set_u64(row, COL_irqs, n.irqs);
	if (n.have & NOISE_FAULTS) {
		row_set_u64(row, COL_minor_faults, n.minor_faults);
		row_set_u64(row, COL_major_faults, n.major_faults);
	}
	if (n.have & NOISE_MIGRATIONS)
		row_set_u64(row, COL_migrations, n.migrations);
	if (n.have & NOISE_THROTTLED) {
		row_set_u64(row, COL_throttled_ns, n.throttled.ns);
		row_set_u64(row, COL_throttled_periods, n.throttled.periods);
	}
	if (n.have & NOISE_FREQ)
		row_set_u64(row, COL_freq_mhz, n.freq_mhz);
	if (ops <= 0)
		return;
	if (n.have & NOISE_SWITCHES) {
		row_set_decimal(row, COL_vol_switches_per_op, (double)n.vol_switches / ops);
		row_set_decimal(row, COL_invol_switches_per_op, (double)n.invol_switches / ops);
	}
	if (n.have & NOISE_CPU)
		fill_cpu(row, &n, ops);
	if (n.have & NOISE_ENERGY)
		row_set_decimal(row, COL_energy_nj_per_op, (double)n.energy_nj / ops);
}

void fill_phases(struct row *row, const struct trial *t)
{
	const char *text = getenv(CHILD_STARTED);
	uint64_t started_ns = text ? strtoull(text, NULL, 10) : 0;

	if (!t->warm_begin_ns || t->timed_end_ns < t->timed_begin_ns)
		return;
	if (started_ns && started_ns < t->warm_begin_ns)
		row_set_u64(row, COL_start_ns, t->warm_begin_ns - started_ns);
	if (t->warm_end_ns)
		row_set_u64(row, COL_warm_ns, t->warm_end_ns - t->warm_begin_ns);
	row_set_u64(row, COL_timed_ns, t->timed_end_ns - t->timed_begin_ns);
	if (t->later_ratio > 0)
		row_set_decimal(row, COL_later_ratio, t->later_ratio);
}

void fill_overload(struct row *row, const struct trial *t)
{
	row_set_status(row, STATUS_OVERLOAD);
	row_set_text(row, COL_reason, "the schedule was not kept");
	fill_phases(row, t);
}

void fill_memory(struct row *row, int check, int node)
{
	if (check == 0)
		row_set_u64(row, COL_mem_node, (uint64_t)node);
	else if (check < 0)
		row_add_item(row, COL_flags, "node_unverified");
}

static void print_outcome(const struct row *row, const struct options *o, const char *what,
			  const char *why)
{
	const char *wait = row_get_text(row, COL_wait);

	fprintf(stderr, "%s: %s:%s%s%s %s: %s\n", o->program, row_get_text(row, COL_mechanism),
		row_get_text(row, COL_variant), *wait ? " " : "", wait, what, why);
}

/*
 * Says of a row with figures that others disturbed it; where `handoff` started us, it
 * judges that itself.
 */
static void judge_noise(struct row *row, const struct options *o)
{
	char why[GATE_WHY], before[CREW_REASON];

	if (!row_is_ok(row) || getenv(CHILD_STARTED) || !gate_noisy(row, why))
		return;
	snprintf(before, sizeof(before), "%s", row_get_text(row, COL_reason));
	row_add_item(row, COL_flags, "noisy");
	row_set_format(row, COL_reason, "%s%snoisy: %s", before, *before ? "; " : "", why);
	print_outcome(row, o, "disturbed", why);
}

/* What was counted, which no table has, and the first that could not be. */
static void say_counters(const struct row *row, const struct options *o)
{
	if (!o->size.counters)
		return;
	if (row_is_set(row, COL_counters))
		print_outcome(row, o, "per operation", row_get_text(row, COL_counters));
	if (row_is_set(row, COL_reason))
		print_outcome(row, o, "counters", row_get_text(row, COL_reason));
}

int fill_verdict(struct row *row, const struct options *o, int err)
{
	if (!err) {
		say_counters(row, o);
		judge_noise(row, o);
		return 0;
	}
	print_outcome(row, o, row_get_text(row, COL_status), row_get_text(row, COL_reason));
	if (err == -EINTR)
		return 130;
	return row_status(row) != STATUS_SKIPPED ? EX_SOFTWARE : EX_UNAVAILABLE;
}
