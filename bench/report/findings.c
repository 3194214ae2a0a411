/* SPDX-License-Identifier: MIT */
#include "bench/report/findings.h"

#include <math.h>
#include <string.h>

#include "bench/base/values.h"
#include "bench/report/parts.h"

const char *finding_between(enum relation relation)
{
	static const char *const names[] = {
		[RELATION_SAME_PU] = "one CPU",
		[RELATION_SMT] = "two threads of a core",
		[RELATION_SAME_L2] = "two cores (L2)",
		[RELATION_SAME_L3] = "two cores (L3)",
		[RELATION_SAME_NODE] = "two cores (node)",
		[RELATION_SAME_PACKAGE] = "two nodes",
		[RELATION_OTHER_PACKAGE] = "two packages",
		[RELATION_OTHER_NODE] = "two packages of two NUMA nodes",
		[RELATION_COUNT] = "free",
	};

	return names[relation];
}

void finding_name(const struct row *row, char *text, size_t size)
{
	static const uint64_t said = CELL_SAID(pattern) | CELL_SAID(experiment) |
				     CELL_SAID(placement) | CELL_SAID(msg_size_b) |
				     CELL_SAID(threads) | CELL_SAID(every_ns);
	const char *name;
	char whole[CELL_NAME_B];

	cell_name_beside(NULL, row, said, whole, sizeof(whole));
	name = strchr(whole, '/');
	snprintf(text, size, "%s", name ? name + 1 : whole);
}

void finding_interval(const struct answer *a, char text[FINDING_INTERVAL_B])
{
	const struct row *row = a->best;
	bool known = row_is_set(row, COL_ci_lo);
	bool own = known && !a->n_tied;
	double lo = own ? row_get_decimal(row, COL_ci_lo) : a->lo;
	double hi = own ? row_get_decimal(row, COL_ci_hi) : a->hi;
	char from[QUANTITY_B], to[QUANTITY_B];
	char *from_unit, *to_unit;

	*text = '\0';
	if (!known || isnan(lo) || isnan(hi))
		return;
	html_quantity(from, row_get_text(row, COL_metric), lo);
	html_quantity(to, row_get_text(row, COL_metric), hi);
	from_unit = strchr(from, ' ');
	to_unit = strchr(to, ' ');
	if (from_unit && to_unit && !strcmp(from_unit, to_unit))
		*from_unit = '\0';
	snprintf(text, FINDING_INTERVAL_B, "%s to %s", from, to);
}

size_t finding_sizes(const struct report_data *b, const struct state *s,
		     uint64_t sizes[FINDING_SIZES])
{
	static const uint64_t usual[FINDING_SIZES] = {64, 4096, 65536};
	struct query q = {.state = s, .use = USE_PING_PONG, .metric = "op_p50_ns"};
	uint64_t all[QUERY_SIZES];
	size_t n_all = query_sizes(b, &q, all), n = 0;

	for (size_t i = 0, k = 0; i < n_all && k < FINDING_SIZES; i++) {
		while (k < FINDING_SIZES && usual[k] < all[i])
			k++;
		if (k < FINDING_SIZES && usual[k] == all[i])
			sizes[n++] = all[i];
	}
	if (n > 1)
		return n;
	for (n = 0; n < FINDING_SIZES && n < n_all; n++)
		sizes[n] = all[n];
	return n;
}

enum relation finding_relation(const struct report_data *b, const struct state *s, bool farthest)
{
	struct query q = {.state = s, .use = USE_PING_PONG, .metric = "op_p50_ns"};
	enum relation found = RELATION_COUNT;

	for (enum relation r = RELATION_SAME_L2;
	     r < RELATION_COUNT && (farthest || found == RELATION_COUNT); r++) {
		q.places = QUERY_AT(r);
		if (query_any(b, &q))
			found = r;
	}
	q.places = QUERY_AT(RELATION_SMT);
	return found == RELATION_COUNT && query_any(b, &q) ? RELATION_SMT : found;
}

/* The findings as they are collected. */
struct collection {
	const struct report_data *data;
	const struct state *state;
	struct finding *found;
	size_t n;
};

/* Keeps `answer` under `question`, if there is one. */
static void keep(struct collection *c, struct answer answer, const char *question)
{
	struct finding *f = &c->found[c->n];

	if (!answer.best || c->n == FINDINGS_MAX)
		return;
	f->answer = answer;
	snprintf(f->question, sizeof(f->question), "%s", question);
	c->n++;
}

static void ask(struct collection *c, struct query q, const char *question)
{
	q.state = c->state;
	keep(c, query_best(c->data, &q), question);
}

/*
 * Round trips of one size between such CPUs, by whether a side may spin; on one CPU there is but
 * one question.
 */
static void ask_trips(struct collection *c, uint64_t size_b, enum relation relation)
{
	static const struct {
		enum query_way way;
		const char *words;
	} ways[] = {{WAY_ANY, ", may spin"}, {WAY_SLEEPS, ", both sleep"}};
	bool one_cpu = relation == RELATION_SAME_PU;
	char size[32], question[96];

	value_print_bytes(size_b, size, sizeof(size));
	for (size_t i = 0; i < (one_cpu ? 1 : 2); i++) {
		struct query q = {.use = USE_PING_PONG,
				  .metric = "op_p50_ns",
				  .places = QUERY_AT(relation),
				  .way = ways[i].way,
				  .size_b = size_b};

		snprintf(question, sizeof(question), "%s, %s%s", size, finding_between(relation),
			 one_cpu ? "" : ways[i].words);
		ask(c, q, question);
	}
}

/* The floors of the closest two cores, which tell which part of a time is the machine's. */
static void add_floors(struct collection *c, enum relation relation)
{
	keep(c, query_floor(c->data, c->state, relation, true), "floor: both spin");
	keep(c, query_floor(c->data, c->state, relation, false), "floor: both sleep");
}

/* On the fast schedule, which has a tail; else on the usual one. */
static void ask_paced(struct collection *c, uint64_t size_b)
{
	static const uint64_t every_ns[] = {100000, 1000000};
	struct query q = {.state = c->state,
			  .use = USE_PACED,
			  .metric = "resp_p50_ns",
			  .way = WAY_SLEEPS,
			  .size_b = size_b};
	char every[32], size[32], question[96];

	for (size_t i = 0; i < sizeof(every_ns) / sizeof(every_ns[0]); i++) {
		q.every_ns = every_ns[i];
		if (!query_any(c->data, &q))
			continue;
		value_print_time(q.every_ns, every, sizeof(every));
		value_print_bytes(size_b, size, sizeof(size));
		snprintf(question, sizeof(question), "%s every %s, both sleep", size, every);
		ask(c, q, question);
		return;
	}
}

/* Of the largest messages. */
static void ask_payload(struct collection *c)
{
	struct query q = {.state = c->state, .use = USE_STREAM, .metric = "throughput_mb_s"};
	char size[32], question[96];
	uint64_t sizes[QUERY_SIZES];
	size_t n = query_sizes(c->data, &q, sizes);

	q.size_b = n ? sizes[n - 1] : 0;
	value_print_bytes(q.size_b, size, sizeof(size));
	snprintf(question, sizeof(question), "payload one way, %s", size);
	ask(c, q, question);
}

static void ask_locks(struct collection *c)
{
	struct query q = {.state = c->state, .use = USE_CONTENDED, .metric = "jain"};
	uint64_t most = 0;
	char question[96];

	ask(c, (struct query){.use = USE_UNCONTENDED, .metric = "op_p50_ns"},
	    "lock that nobody else wants");
	for (size_t i = 0; i < c->data->summary.n; i++) {
		const struct row *row = &c->data->summary.all[i];
		uint64_t threads = row_get_u64(row, COL_threads, 0);

		if (threads > most && query_matches(&q, row))
			most = threads;
	}
	if (most < 2)
		return;
	q.threads = most;
	snprintf(question, sizeof(question), "most even lock, %llu threads",
		 (unsigned long long)most);
	ask(c, q, question);
}

size_t findings_of(const struct report_data *b, const struct state *s,
		   struct finding found[FINDINGS_MAX])
{
	struct collection c = {b, s, found, 0};
	enum relation closest = finding_relation(b, s, false);
	enum relation farthest = finding_relation(b, s, true);
	uint64_t sizes[FINDING_SIZES];
	size_t n_sizes = finding_sizes(b, s, sizes);

	if (n_sizes)
		ask_trips(&c, sizes[0], RELATION_SAME_PU);
	for (size_t i = 0; closest != RELATION_COUNT && i < n_sizes; i++)
		ask_trips(&c, sizes[i], closest);
	if (n_sizes && closest != farthest)
		ask_trips(&c, sizes[0], farthest);
	if (n_sizes)
		ask_paced(&c, sizes[0]);
	ask_payload(&c);
	ask_locks(&c);
	if (closest != RELATION_COUNT)
		add_floors(&c, closest);
	return c.n;
}
