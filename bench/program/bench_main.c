/* SPDX-License-Identifier: MIT */
/* Beginning and end of every microbenchmark. */
#include "bench/program/bench_main.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/base/descriptors.h"
#include "bench/base/signals.h"
#include "bench/base/trust.h"
#include "bench/machine/limits.h"
#include "bench/machine/memory.h"
#include "bench/machine/names.h"
#include "bench/program/table.h"
#include "bench/program/to_row.h"
#include "bench/record/csv.h"
#include "bench/record/histograms.h"
#include "version.h"

/*
 * -Og defines __OPTIMIZE__ too and does not inline the loops: go by the flags as well. The last one
 * counts.
 */
static bool optimised(void)
{
#ifdef __OPTIMIZE__
	const char *flags = HANDOFF_CFLAGS, *level = NULL;

	for (const char *p = strstr(flags, "-O"); p; p = strstr(p + 2, "-O"))
		level = p + 2;
	return level && *level != '0' && *level != 'g';
#else
	return false;
#endif
}

/* The private directory of names, without the objects of killed runs; 0 or an exit code. */
static int begin_names(const struct options *o)
{
	sigset_t ending;
	int err;

	/*
	 * From here on only crew_run() takes them, or the end would come before names are removed.
	 */
	signals_begin(&ending);
	sigprocmask(SIG_BLOCK, &ending, NULL);
	err = names_begin();
	if (err) {
		fprintf(stderr, "%s: no private directory for names: %s\n", o->program,
			err == -EPERM ? "what is in its place is a link, another user's, or others "
					"can change it; XDG_RUNTIME_DIR names another"
				      : strerror(-err));
		return EX_CANTCREAT;
	}
	if (names_swept())
		fprintf(stderr, "%s: removed %u objects that a killed run had left\n", o->program,
			names_swept());
	return 0;
}

int bench_schedule(struct options *o)
{
	static const struct scheduling ordinary = {.policy = SCHED_OTHER};

	if (limits_too_small()) {
		fprintf(stderr, "%s: %s\n", o->program, limits_too_small());
		return EX_UNAVAILABLE;
	}
	environment_read(o->environment); /* before any of it is changed */
	if (environment_false_clock()) {
		fprintf(stderr,
			"%s: %s gives this process another clock: no time can be measured; unset "
			"LD_PRELOAD\n",
			o->program, environment_false_clock());
		return EX_UNAVAILABLE;
	}
	if (o->inherit && scheduling_get(0, &o->ask.sched)) {
		fprintf(stderr, "%s: --inherit: sched_getattr: %s\n", o->program, strerror(errno));
		return EX_OSERR;
	}
	if (o->ask.sched.policy == SCHED_DEADLINE) {
		fprintf(stderr,
			"%s: --inherit: a task of class deadline may not start others, as this "
			"does; "
			"--sched=fifo:P is the nearest class\n",
			o->program);
		return EX_UNAVAILABLE;
	}
	if (!o->inherit || o->repeat == 1)    /* invocations are to inherit it again */
		scheduling_set(0, &ordinary); /* refused: the sides, which may not either, say so */
	return 0;
}

int bench_begin(const struct options *o, struct topology **ret)
{
	int err, code;

	if (!optimised()) {
		fprintf(stderr,
			"%s: built with %s: figures would be the compiler's; build with -O1 or "
			"more\n",
			o->program, HANDOFF_CFLAGS);
		return EX_SOFTWARE;
	}
	clock_begin();
	err = topology_load(ret);
	if (err) {
		fprintf(stderr, "%s: cannot read the machine's topology: %s\n", o->program,
			topology_explain(err));
		return EX_OSERR;
	}
	if (!topology_is_this_machine(*ret)) {
		fprintf(stderr,
			"%s: HWLOC_XMLFILE or HWLOC_SYNTHETIC is set: that machine is not this "
			"one\n",
			o->program);
		topology_free(*ret);
		return EX_USAGE;
	}
	if (clock_init(o->clock)) {
		fprintf(stderr,
			"%s: --clock=counter: this processor's counter is not invariant; use "
			"monotonic\n",
			o->program);
		topology_free(*ret);
		return EX_UNAVAILABLE;
	}
	code = begin_names(o);
	if (code)
		topology_free(*ret);
	return code;
}

void bench_end(struct topology *t)
{
	names_end();
	topology_free(t);
}

/* Says which of the CPUs named cannot be used; EX_USAGE. */
static int refuse_cpu(const struct options *o, unsigned cpu, int err)
{
	fprintf(stderr, "%s: --cpus: CPU %u %s; handoff topology shows those that can be used\n",
		o->program, cpu,
		err == -EPERM ? "is not allowed to this process (taskset, or the cpuset of its "
				"control group)"
			      : "does not exist");
	return EX_USAGE;
}

/* The pair of CPUs asked for, or the closest two cores; 0, or EX_UNAVAILABLE with `reason`. */
static int find_pair(const struct cell *ask, const struct topology *t, bool one_cpu,
		     struct placement *ret, char *reason)
{
	bool named = cell_given(ask, PARAMETER_placement) && ask->placement != PLACEMENT_FREE;

	if (named) {
		if (!placement_find(t, ask->placement, ret))
			return 0;
		snprintf(reason, CREW_REASON, "no %s pair: %s", relation_name(ask->placement),
			 placement_missing(t, ask->placement));
		return EX_UNAVAILABLE;
	}
	if (!one_cpu &&
	    (!placement_closest_two_cores(t, ret) || !placement_find(t, RELATION_SMT, ret)))
		return 0;
	return placement_find(t, RELATION_SAME_PU, ret) ? EX_UNAVAILABLE : 0;
}

int bench_seats(const struct options *o, const struct topology *t, unsigned n, bool one_cpu,
		struct seats *ret, char *reason)
{
	const struct cell *ask = &o->ask;
	bool pairs = ask->pairs > 1;
	struct placement pair;
	unsigned wrong;
	int err;

	if (ask->n_cpus) {
		err = seats_named(t, ask->cpus, ask->n_cpus, n, ret, &wrong);
		ret->related = pairs || n == 2;
		return err ? refuse_cpu(o, wrong, err) : 0;
	}
	if (cell_given(ask, PARAMETER_order) || (n > 2 && !pairs && !one_cpu))
		return seats_in_order(t, ask->order, n, ret) ? EX_OSERR : 0;
	err = find_pair(ask, t, one_cpu, &pair, reason);
	if (err)
		return err;
	if (n > 2 && pairs)
		seats_of_pairs(t, &pair, n / 2, ret);
	else
		seats_on_pair(&pair, n, ret);
	ret->free = cell_given(ask, PARAMETER_placement) && ask->placement == PLACEMENT_FREE;
	return 0;
}

/* Whether memory can be asked for on `node`; what a container forbids to ask may exist. */
static bool node_exists(unsigned node)
{
	void *page;
	int err = memory_map(1, PAGES_BASE, &page);

	if (!err) {
		err = memory_bind(page, 1, node);
		memory_unmap(page, 1, PAGES_BASE);
	}
	return err != -EINVAL;
}

int bench_node(const struct options *o, const struct topology *t, const struct placement *p,
	       char *reason)
{
	int node;

	switch (o->ask.mem_asked) {
	case MEM_FIRST:
		return (int)topology_memory_node(t, p->node[0]);
	case MEM_SECOND:
		return (int)topology_memory_node(t, p->node[1]);
	case MEM_NODE:
		if (!node_exists(o->ask.mem_node))
			snprintf(reason, CREW_REASON, "--mem=node:%u: %s", o->ask.mem_node,
				 memory_node_explain(-EINVAL));
		return (int)o->ask.mem_node;
	default:
		node = topology_remote_node(t, p->node[0]);
		if (node < 0)
			snprintf(reason, CREW_REASON,
				 "--mem=remote: this machine has one node with memory");
		return node;
	}
}

void bench_flag_node(struct row *row, const struct options *o, const struct topology *t,
		     const unsigned *pus, unsigned n, int node)
{
	if (node >= 0 && (o->ask.mem_asked == MEM_FIRST || o->ask.mem_asked == MEM_SECOND) &&
	    (unsigned)node != topology_node(t, pus[o->ask.mem_asked == MEM_SECOND && n > 1]))
		row_add_item(row, COL_flags, "node_without_memory");
}

/*
 * Whether a real-time load on its PUs and sides on `pus` leave the driver one. 0 or -errno with
 * `lack`.
 */
static int check_load(const struct load *load, const struct topology *t, const unsigned *pus,
		      unsigned n, char *lack)
{
	unsigned *all = calloc(load->n + n, sizeof(*all));
	int err;

	if (!all)
		return -ENOMEM;
	memcpy(all, pus, n * sizeof(*all));
	memcpy(all + n, load->pus, load->n * sizeof(*all));
	err = crew_leaves_cpu(t, &load->sched, all, load->n + n, lack);
	free(all);
	return err;
}

void bench_load_begin(const struct options *o, const struct topology *t, const unsigned *pus,
		      unsigned n, struct load *ret, char *lack)
{
	int err = 0;

	*ret = (struct load){.kind = LOAD_NONE};
	if (*lack)
		return;
	err = load_place(ret, t, o->ask.load, pus, n, lack);
	ret->sched = o->ask.load_sched;
	ret->longest_ns = trial_timeout_ns(&o->size);
	if (!err && ret->n)
		err = check_load(ret, t, pus, n, lack);
	if (!err)
		err = load_start(ret, t, topology_memory_node(t, topology_node(t, pus[0])), lack);
	if (err && !*lack)
		snprintf(lack, CREW_REASON, "no load: %s", strerror(-err));
}

int bench_load_end(struct load *load, struct row *row, char *reason)
{
	bool ran = load->shared != NULL;
	char why[CREW_REASON], text[SCHEDULING_NAME];
	int err = load_stop(load, why);

	if (err)
		snprintf(reason, CREW_REASON, "%s", why);
	if (ran) {
		row_set_list(row, COL_load_cpus, load->pus, load->n);
		row_set_decimal(row, COL_load_share, load->share);
		scheduling_name(&load->sched, text);
		row_set_text(row, COL_load_sched_seen, text);
		if (load->node >= 0)
			row_set_u64(row, COL_load_node, (uint64_t)load->node);
		if (load->kind == LOAD_MEMORY)
			row_set_decimal(row, COL_load_mb_s, load->mb_s);
	}
	load_free(load);
	return err;
}

void outcome_add(struct outcome *out, int code)
{
	if (!code)
		out->ok++;
	else if (code == EX_UNAVAILABLE)
		out->skipped++;
	else if (code > out->worst)
		out->worst = code;
}

int outcome_code(const struct outcome *out)
{
	if (out->worst)
		return out->worst;
	return out->skipped && !out->ok ? EX_UNAVAILABLE : 0;
}

static int printed(const struct options *o, int err)
{
	if (!err)
		return 0;
	fprintf(stderr, "%s: cannot write to standard output: %s\n", o->program, strerror(-err));
	return EX_IOERR;
}

static int write_header(const struct options *o)
{
	if (!o->header)
		return 0;
	return printed(o, o->table ? table_heading(stdout) : csv_write_header(stdout, CSV_SAMPLES));
}

int bench_main(struct options *o, const struct bench_room *room, int argc, char **argv)
{
	struct topology *topology;
	int code;

	descriptors_fill();
	signals_of_writes();
	code = options_read(o, argc, argv);
	if (code)
		return code < 0 ? options_flush(o->program, 0) : code;
	if (o->list) {
		room->list();
		return options_flush(o->program, 0);
	}
	code = room->check(o);
	if (!code)
		code = bench_schedule(o);
	if (!code)
		code = write_header(o);
	if (code)
		return code;
	if (o->repeat > 1)
		return options_repeat(o, argc, argv);
	code = room->run_apart ? room->run_apart(o, argc, argv) : -1;
	if (code >= 0)
		return code;
	code = bench_begin(o, &topology);
	if (code)
		return code;
	code = room->run(o, topology);
	bench_end(topology);
	return code;
}

int bench_print(const struct options *o, const struct row *row)
{
	return printed(o,
		       o->table ? table_row(stdout, row) : csv_write_row(stdout, CSV_SAMPLES, row));
}

int bench_histogram(const struct options *o, const struct row *row, const struct histogram *h)
{
	char key[HISTOGRAMS_KEY];
	FILE *f;
	int err;

	if (!o->histogram || !h->count)
		return 0;
	f = trust_fopen(o->histogram, "ae");
	if (!f) {
		fprintf(stderr, "%s: --histogram=%s: %s\n", o->program, o->histogram,
			errno == EPERM ? "another user's link or FIFO is in the way"
				       : strerror(errno));
		return EX_CANTCREAT;
	}
	histograms_key(row, key);
	err = ftell(f) == 0 &&
	      fprintf(f, "%s,%s\n", HISTOGRAMS_KEY_COLUMNS, HISTOGRAM_CSV_COLUMNS) < 0;
	err = err ? -EIO : histogram_write_csv(f, h, key);
	if (fclose(f) || err) {
		fprintf(stderr, "%s: --histogram=%s: cannot write: disk full?\n", o->program,
			o->histogram);
		return EX_IOERR;
	}
	return 0;
}
