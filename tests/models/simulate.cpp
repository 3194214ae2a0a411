/* SPDX-License-Identifier: MIT */
/*
 * Runs threads of C11 atomics through Relacy (Dmitry Vyukov, github.com/dvyukov/relacy), which
 * chooses the next thread at each atomic access and, for each load, which of the values that C11
 * lets it see; and which knows of a race between plain accesses from the orders alone.
 *
 * The sources under test are compiled with -fsanitize=thread: gcc then calls a function for each
 * plain and each atomic access, with its order. Those functions are here instead of libtsan. So
 * what is checked is the compiled source itself, and each place that has an order is known by its
 * address: `--weaken` runs everything again with each order in turn made weaker, and each such run
 * has to fail.
 *
 * Not covered by Relacy: a store that takes effect before an earlier load (load buffering), values
 * older than the last three, and release sequences as C++20 narrowed them (C11's are simulated).
 */
#define MODEL_ITSELF
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

/* What relacy/relacy.hpp includes, without the headers that put macros over libc's names. */
#include <relacy/atomic.hpp>
#include <relacy/atomic_fence.hpp>
#include <relacy/backoff.hpp>
#include <relacy/base.hpp>
#include <relacy/context.hpp>
#include <relacy/context_base_impl.hpp>
#include <relacy/dyn_thread.hpp>
#include <relacy/stdlib/condition_variable.hpp>
#include <relacy/stdlib/event.hpp>
#include <relacy/stdlib/mutex.hpp>
#include <relacy/stdlib/semaphore.hpp>
#include <relacy/test_suite.hpp>
#include <relacy/thread_local.hpp>
#include <relacy/var.hpp>

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "accesses.hpp"
#include "system.hpp"

#define HISTORY 80 /* lines printed of what led to a failure */

/* One run: Relacy makes an object of this for each. */
template <int N> struct run_of : rl::test_suite<run_of<N>, N> {
	void before()
	{
		if (++iterations > most_iterations || cells_grew)
			ctx().rl_until("enough", info_of("", 0));
		memset(memory, 0, memory_used);
		memset(plain, 0, memory_used / PLAIN * sizeof(plain[0]));
		memset(sleepers, 0, sizeof(sleepers));
		memset(last, 0, sizeof(last));
		memset(late, 0, sizeof(late));
		signals = at_random && iterations % 2;
		memory_used = 0;
		clock_ns = 0;
		phase = ALONE;
		now->before(now);
		for (unsigned i = 0; i < n_cells; i++)
			BY_SIZE(cell_make, &cells[i]);
		phase = THREADS;
	}

	void thread(unsigned i)
	{
		now->thread(now, i);
		late_flush();
	}

	void after()
	{
		for (unsigned i = 0; i < n_cells; i++)
			BY_SIZE(cell_end, &cells[i]);
		for (size_t i = 0; i < memory_used / PLAIN; i++)
			if (plain[i])
				ctx().var_dtor(plain[i]);
		phase = ALONE;
		if (now->after)
			now->after(now);
	}
};

enum search { RANDOM, FULL, BOUND };

template <int N> static rl::test_result_e search_of(enum search how, rl::test_params &params)
{
	rl::ostringstream state;

	iterations = 0;
	if (how == FULL)
		return rl::run_test<run_of<N>, rl::full_search_scheduler<N>>(params, state, false);
	if (how == BOUND)
		return rl::run_test<run_of<N>, rl::context_bound_scheduler<N>>(params, state,
									       false);
	return rl::run_test<run_of<N>, rl::random_scheduler<N>>(params, state, false);
}

/* Searches the present case; success, until_condition_hit (not all was searched) or what failed. */
static rl::test_result_e search(enum search how, uint64_t most, std::ostream *history)
{
	static std::ostream nowhere(nullptr);
	static const struct model_case *before;
	rl::test_result_e result;

	if (now != before)
		n_cells = 0; /* another has other words */
	before = now;

	do {
		rl::test_params params;

		params.output_stream = history ? history : &nowhere;
		params.progress_stream = &nowhere;
		params.collect_history = history != NULL;
		params.iteration_count = most;
		params.context_bound = 2;
		params.search_type = how == RANDOM ? rl::random_scheduler_type
				     : how == FULL ? rl::fair_full_search_scheduler_type
						   : rl::fair_context_bound_scheduler_type;
		most_iterations = most;
		at_random = how == RANDOM;
		cells_grew = false;
		result = now->threads == 2   ? search_of<2>(how, params)
			 : now->threads == 3 ? search_of<3>(how, params)
					     : search_of<4>(how, params);
	} while (cells_grew);
	return result;
}

/* The name of a place, by its debugging information. */
static const char *name_of(struct place *p)
{
	char command[200], function[80] = "?", line[80] = "?";
	FILE *f;

	if (p->name[0])
		return p->name;
	snprintf(command, sizeof(command), "addr2line -f -s -i -e /proc/%d/exe %p", (int)getpid(),
		 (const void *)(p->pc - 1));
	f = popen(command, "r");
	if (f) {
		if (!fgets(function, sizeof(function), f) || !fgets(line, sizeof(line), f))
			line[0] = 0;
		pclose(f);
	}
	function[strcspn(function, "\n")] = line[strcspn(line, " \n")] = 0;
	snprintf(p->name, sizeof(p->name), "%s %s() %s", line, function, p->op);
	return p->name;
}

static const char *order_name(int order)
{
	return rl::format((rl::memory_order)order);
}

/* Prints what led to the failure (its end), one access per line, with the source line of each. */
static void print_history(enum search how, uint64_t most)
{
	rl::ostringstream out;
	rl::string line;

	search(how, most, &out);
	rl::istringstream in(out.str());
	rl::vector<rl::string>::type lines;
	while (std::getline(in, line)) {
		size_t at = line.rfind('(');
		unsigned long pc = at == rl::string::npos ? 0 : strtoul(&line[at + 1], NULL, 10);

		if (line == "thread 0:")
			break;
		if (line.find("[BEFORE END]") != rl::string::npos)
			lines.clear(); /* what came before was right */
		for (unsigned i = 0; i < n_places; i++)
			if ((unsigned long)places[i].pc == pc)
				line = line.substr(0, at) + name_of(&places[i]);
		/* a spin shows once */
		at = line.find("] ");
		bool again = false;
		for (size_t i = lines.size();
		     i-- && lines.size() - i <= 4 && at != rl::string::npos;)
			again |= lines[i].find(line.substr(at)) != rl::string::npos;
		if (!again)
			lines.push_back(line);
	}
	for (size_t i = lines.size() > HISTORY ? lines.size() - HISTORY : 0; i < lines.size(); i++)
		printf("# %s\n", lines[i].c_str());
}

static unsigned n_tests, n_failed;

static void report(bool right, const char *what, const char *found)
{
	n_failed += !right;
	printf("%s %u - %s: %s\n", right ? "ok" : "not ok", ++n_tests, what, found);
	fflush(stdout);
}

/* Why nothing here can tell the order at `p` from a weaker one; NULL = it must. */
static const char *blind(struct place *p)
{
	for (const struct model_blind *b = model_blind; b->where; b++) {
		const char *end = strstr(name_of(p), b->where);

		if (end && !end[strlen(b->where)])
			return b->why;
	}
	return NULL;
}

static bool found_fault(rl::test_result_e result)
{
	return result != rl::test_result_success && result != rl::test_result_until_condition_hit;
}

/* The present case as it is: nothing may fail, in whatever order. */
static void check_case(uint64_t most)
{
	static const enum search how[] = {FULL, BOUND, RANDOM};
	char found[160];
	int n = 0;

	for (unsigned i = 0; i < 3; i++) {
		rl::test_result_e result = search(how[i], most, NULL);

		if (found_fault(result)) {
			report(false, now->what, rl::test_result_str(result));
			print_history(how[i], most);
			return;
		}
		if (how[i] == BOUND && result == rl::test_result_success)
			continue;
		n += snprintf(found + n, sizeof(found) - (size_t)n, "%s%llu %s", n ? ", " : "",
			      (unsigned long long)(iterations - (iterations > most)),
			      how[i] == RANDOM			  ? "at random"
			      : how[i] == BOUND			  ? "of 2 switches"
			      : result == rl::test_result_success ? "(all)"
								  : "in order");
	}
	report(true, now->what, found);
}

/* Whether a fault is found in any case with the one order weakened. */
static void check_weakened(const struct model_case *cases, unsigned n, int place, int order,
			   uint64_t most)
{
	struct place *p = &places[place];
	char what[300];

	snprintf(what, sizeof(what), "%s: %s instead of %s", name_of(p), order_name(order),
		 order_name(p->order));
	weakened = place;
	weakened_to = order;
	for (unsigned i = 0; i < n; i++) {
		rl::test_result_e result;

		if (!(p->in >> i & 1))
			continue;
		now = &cases[now_index = i];
		result = search(RANDOM, most, NULL);
		if (!found_fault(result))
			result = search(FULL, most, NULL);
		if (found_fault(result)) {
			report(true, what, rl::test_result_str(result));
			weakened = -1;
			return;
		}
	}
	weakened = -1;
	if (blind(p))
		printf("# %s: not seen here: %s\n", what, blind(p));
	else
		report(false, what, "nothing fails");
}

/* Each order one step weaker. */
static void check_orders(const struct model_case *cases, unsigned n, uint64_t most)
{
	for (unsigned i = 0, end = n_places; i < end; i++)
		switch (places[i].order) {
		case rl::mo_acquire:
		case rl::mo_release:
			check_weakened(cases, n, (int)i, rl::mo_relaxed, most);
			break;
		case rl::mo_acq_rel:
			check_weakened(cases, n, (int)i, rl::mo_acquire, most);
			check_weakened(cases, n, (int)i, rl::mo_release, most);
			break;
		case rl::mo_seq_cst:
			check_weakened(cases, n, (int)i,
				       !strcmp(places[i].op, "load")	? rl::mo_acquire
				       : !strcmp(places[i].op, "store") ? rl::mo_release
									: rl::mo_acq_rel,
				       most);
		}
}

/* --broken: only whether anything fails at random, and what; ends with it, as fast as can be. */
int main(int argc, char **argv)
{
	const struct model_case *cases;
	unsigned n = model_cases(&cases);
	bool weaken = false, broken = false;
	uint64_t most = 100000;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--weaken"))
			weaken = true;
		else if (!strcmp(argv[i], "--broken"))
			broken = true;
		else if (!strncmp(argv[i], "--most=", 7))
			most = strtoull(argv[i] + 7, NULL, 10);
		else {
			fprintf(stderr, "usage: %s [--weaken | --broken] [--most=RUNS]\n", argv[0]);
			return 64;
		}
	}
	for (unsigned i = 0; i < n; i++) {
		now = &cases[now_index = i];
		if (!broken) {
			check_case(most);
		} else if (found_fault(search(RANDOM, most, NULL))) {
			printf("%s\n", now->what);
			return 1;
		}
	}
	if (weaken)
		check_orders(cases, n, most);
	printf("1..%u\n", n_tests);
	return n_failed ? 1 : 0;
}
