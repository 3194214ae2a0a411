/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* Why operations were slow: made-up events with one cause each, and a trace that was recorded. */
#include <string.h>

#include "bench/analyse/explain.h"
#include "bench/base/grow.h"
#include "tests/tap.h"

#define ONE 10 /* thread number of the initiator, on CPU 0 */
#define TWO 20 /* of the responder, on CPU 1 */
#define OTHER 30

static pid_t tids[] = {ONE, TWO};
static struct trace_events events;
static struct explanation why;

static struct trace_event *add(uint64_t ns, enum trace_kind kind, unsigned cpu, pid_t pid)
{
	struct trace_event *e;

	if (array_grow(&events.event, events.n, &events.room, sizeof(*events.event)))
		exit(1);
	e = &events.event[events.n++];
	*e = (struct trace_event){.ns = ns, .kind = kind, .cpu = cpu, .pid = pid};
	return e;
}

static void switched(uint64_t ns, unsigned cpu, pid_t from, enum trace_left left, pid_t to,
		     const char *name)
{
	struct trace_event *e = add(ns, TRACE_SWITCH, cpu, from);

	e->left = left;
	e->next = to;
	snprintf(e->name, sizeof(e->name), "%s", name);
}

/* A wake-up sent by `by` at `ns`, which arrives `later` ns later at `target`. */
static void woken(uint64_t ns, unsigned cpu, pid_t by, pid_t whom, unsigned target, uint64_t later)
{
	struct trace_event *e = add(ns, TRACE_WAKING, cpu, whom);

	e->next = by;
	e->target = target;
	add(ns + later, TRACE_WAKEUP, cpu, whom)->target = target;
}

static void interrupted(uint64_t ns, unsigned cpu, const char *name, uint64_t for_ns)
{
	snprintf(add(ns, TRACE_ENTRY, cpu, 0)->name, TRACE_NAME, "%s", name);
	add(ns + for_ns, TRACE_EXIT, cpu, 0);
}

/* Both sides exist: the initiator runs on CPU 0, the responder sleeps, CPU 1 idles. */
static void begin(void)
{
	explain_free(&why);
	why = (struct explanation){.above_ns = 500, .usual_ns = 1000};
	events.n = 0;
	switched(10, 0, 0, LEFT_RUNNABLE, ONE, "side");
	switched(20, 1, 0, LEFT_RUNNABLE, TWO, "side");
	switched(30, 1, TWO, LEFT_ASLEEP, 0, "");
}

/* The responder answers at `ns`, then both are as they were at the begin. */
static void answered(uint64_t ns)
{
	woken(ns, 1, TWO, ONE, 0, 50);
	switched(ns + 100, 0, 0, LEFT_RUNNABLE, ONE, "side");
	switched(ns + 200, 1, TWO, LEFT_ASLEEP, 0, "");
}

static int by_time(const void *a, const void *b)
{
	const struct trace_event *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

/* Explains the operation from `from` to `to`; its phases fill it. */
static void explain(uint64_t from, uint64_t to, unsigned n_sides, const char *what)
{
	static struct slowest slowest;
	const struct explained *one = &why.worst[0];
	uint64_t at = from;

	qsort(events.event, events.n, sizeof(*events.event), by_time);
	slowest = (struct slowest){.n = 1, .op = {{from, to}}};
	ok_is(explain_add(&why, &events, tids, n_sides, &slowest, 0), 0, "%s: explained", what);
	explain_sort(&why);
	for (size_t i = 0; why.n_slow && i < one->n; at = one->phase[i++].end_ns)
		if (one->phase[i].begin_ns != at || one->phase[i].end_ns <= at)
			ok(false, "%s: phase %zu begins at %llu", what, i,
			   (unsigned long long)one->phase[i].begin_ns);
	if (why.n_slow)
		ok_is(at, to, "%s: the phases fill the operation", what);
}

/* Time of a cause, all operations together. */
static uint64_t time_of(enum cause cause, const char *name, unsigned cpu)
{
	uint64_t ns = 0;

	for (unsigned i = 0; i < why.n_causes; i++)
		if (why.cause[i].like.cause == cause && why.cause[i].like.cpu == cpu &&
		    !strcmp(why.cause[i].like.name, name))
			ns += why.cause[i].ns;
	return ns;
}

/* Initiator sends at 1000 and sleeps; the responder runs at 1500 + delay. */
static void send(uint64_t first_ns)
{
	woken(1000, 0, ONE, TWO, 1, 100);
	switched(1200, 0, ONE, LEFT_ASLEEP, 0, "");
	switched(1500 + first_ns, 1, first_ns ? OTHER : 0, LEFT_RUNNABLE, TWO, "side");
}

static void test_usual(void)
{
	begin();
	send(0);
	answered(1800);
	explain(900, 2000, 2, "nobody in the way");
	ok_is(why.worst[0].n, 7, "send, wake-up, idle exit, answer, wake-up, idle exit, end");
	ok_is(time_of(CAUSE_ITSELF, "", 0), 100 + 300 + 100, "the sides run");
	ok_is(time_of(CAUSE_IDLE, "", 1), 500, "CPU 1 comes out of idle");
	ok_is(time_of(CAUSE_IDLE, "", 0), 100, "CPU 0 comes out of idle");
	ok(why.worst[0].phase[3].side == 1 && why.worst[0].phase[0].side == 0,
	   "progress goes from side to side");
	ok_is(why.slow_ns, 1100, "all of its time");
}

static void test_task(void)
{
	begin();
	switched(500, 1, 0, LEFT_RUNNABLE, OTHER, "kworker/1:2");
	send(5000);
	answered(6800);
	explain(900, 7000, 2, "a task on the responder's CPU");
	ok_is(time_of(CAUSE_TASK, "kworker/1:2", 1), 5400,
	      "it had the CPU since the wake-up arrived");
	ok(why.cause[0].like.cause == CAUSE_TASK, "it is the first cause");
	ok_is(why.cause[0].ops, 1, "in one operation");

	begin();
	send(0);
	switched(1600, 1, TWO, LEFT_RUNNABLE, OTHER, "fifo");
	switched(6600, 1, OTHER, LEFT_ASLEEP, TWO, "side");
	answered(6800);
	explain(900, 7000, 2, "a task that preempts");
	ok_is(time_of(CAUSE_TASK, "fifo", 1), 5000, "all the time that it took");
}

static void test_stopped(void)
{
	begin();
	send(0);
	switched(1600, 1, TWO, LEFT_STOPPED, 0, "");
	woken(9600, 0, OTHER, TWO, 1, 50);
	switched(9700, 1, 0, LEFT_RUNNABLE, TWO, "side");
	answered(9800);
	explain(900, 10000, 2, "a stopped responder");
	ok_is(why.cause[0].like.cause, CAUSE_STOPPED, "the signal is the cause");
	ok_is(why.cause[0].ns, 8000, "until the one that ends it");
	ok_is(why.cause[0].like.side, 1, "of the responder");
}

static void test_interrupt(void)
{
	begin();
	send(0);
	interrupted(1550, 1, "interrupt eth0", 200);
	interrupted(1750, 1, "softirq NET_RX", 4000);
	interrupted(2000, 1, "local timer", 500);
	answered(5800);
	explain(900, 6000, 2, "interrupts of the responder");
	ok_is(time_of(CAUSE_INTERRUPT, "softirq NET_RX", 1), 3500, "without what is on top of it");
	ok_is(time_of(CAUSE_INTERRUPT, "local timer", 1), 500, "which counts by itself");
	ok_is(time_of(CAUSE_INTERRUPT, "interrupt eth0", 1), 200, "and the one before");
	ok_is(time_of(CAUSE_ITSELF, "", 0), 100 + 50 + 50 + 100, "the sides run in between");
}

static void test_fault(void)
{
	begin();
	send(0);
	add(1600, TRACE_FAULT, 1, TWO);
	answered(3800);
	explain(900, 4000, 2, "a page fault of the responder");
	ok(why.cause[0].like.cause == CAUSE_FAULT && why.cause[0].ns == 2200,
	   "its time from the fault on");

	begin();
	send(0);
	add(1600, TRACE_FAULT, 1, OTHER);
	answered(3800);
	explain(900, 4000, 2, "a page fault of another");
	ok(why.cause[0].like.cause == CAUSE_UNTRACED,
	   "is none of ours: nothing says why it ran so long");
	ok_is(why.cause[0].like.cpu, 1, "on CPU 1");
	ok_is(why.cause[0].ns, 2300, "as long as it ran");
}

/* Both spin: no side sleeps, and no wake-up is sent. */
static void test_spin(void)
{
	begin();
	switched(40, 1, 0, LEFT_RUNNABLE, TWO, "side");
	switched(1100, 1, TWO, LEFT_RUNNABLE, OTHER, "fifo");
	interrupted(1200, 1, "local timer", 100);
	switched(4100, 1, OTHER, LEFT_ASLEEP, TWO, "side");
	interrupted(4500, 0, "softirq RCU", 300);
	explain(900, 5000, 2, "the peer of a spinning side is preempted");
	ok_is(time_of(CAUSE_TASK, "fifo", 1), 2900, "by a task");
	ok_is(time_of(CAUSE_INTERRUPT, "local timer", 1), 100, "and an interrupt on top of it");
	ok_is(time_of(CAUSE_INTERRUPT, "softirq RCU", 0), 300, "an interrupt of its own");
	ok_is(time_of(CAUSE_ITSELF, "", 0), 800, "the rest is its own");
}

static void test_turn(void)
{
	begin();
	woken(1000, 0, ONE, TWO, 0, 10);
	switched(1900, 0, ONE, LEFT_ASLEEP, TWO, "side");
	woken(2000, 0, TWO, ONE, 0, 10);
	switched(2800, 0, TWO, LEFT_ASLEEP, ONE, "side");
	explain(900, 3000, 2, "both on one CPU");
	ok_is(time_of(CAUSE_TURN, "", 0), 890 + 790, "each waits until the other sleeps");
}

/* A third one passes the message on, as a kernel thread of io_uring does. */
static void test_third(void)
{
	begin();
	switched(500, 1, 0, LEFT_RUNNABLE, OTHER, "iou-sqp");
	switched(1200, 0, ONE, LEFT_ASLEEP, 0, "");
	woken(4000, 1, OTHER, TWO, 1, 100);
	switched(4200, 1, OTHER, LEFT_ASLEEP, TWO, "side");
	answered(4800);
	explain(900, 5000, 2, "woken by a third");
	ok_is(time_of(CAUSE_ASLEEP, "iou-sqp", 0), 2800, "both sleep until it wakes the responder");
	ok_is(time_of(CAUSE_TASK, "iou-sqp", 1), 100, "it has the CPU for a moment more");
	ok_is(time_of(CAUSE_ITSELF, "", 0), 300 + 600 + 100, "before, the initiator ran");

	begin();
	switched(1200, 0, ONE, LEFT_ASLEEP, 0, "");
	snprintf(add(2000, TRACE_ENTRY, 0, 0)->name, TRACE_NAME, "local timer");
	woken(2100, 0, 0, ONE, 0, 20);
	add(2200, TRACE_EXIT, 0, 0);
	switched(2300, 0, 0, LEFT_RUNNABLE, ONE, "side");
	explain(1500, 2400, 1, "one side, and a timer");
	ok_is(time_of(CAUSE_ASLEEP, "local timer", 0), 600, "the interrupt that wakes it is named");
}

/* The waker is faster than its peer's way to sleep. */
static void test_early(void)
{
	uint64_t woken_ns = 0;

	begin();
	woken(1000, 0, ONE, TWO, 1, 100);
	switched(1500, 1, 0, LEFT_RUNNABLE, TWO, "side");
	woken(1800, 1, TWO, ONE, 0, 300);
	switched(2050, 0, ONE, LEFT_ASLEEP, 0, "");
	switched(2300, 0, 0, LEFT_RUNNABLE, ONE, "side");
	explain(900, 2400, 2, "woken on the way to sleep");
	ok_is(why.n_slow, 1, "it is followed all the same");
	for (size_t i = 0; i < why.worst[0].n; i++)
		if (why.worst[0].phase[i].doing == DOING_WOKEN && !why.worst[0].phase[i].side)
			woken_ns += why.worst[0].phase[i].end_ns - why.worst[0].phase[i].begin_ns;
	ok_is(woken_ns, 50, "from its sleep to the arrival of the wake-up");
	for (size_t i = 0; i < why.worst[0].n; i++)
		if (why.worst[0].phase[i].begin_ns <= 1900 && why.worst[0].phase[i].end_ns > 1900)
			ok_is(why.worst[0].phase[i].side, 1, "before, the side that woke it acts");
}

static void test_untold(void)
{
	begin();
	send(0);
	answered(1800);
	explain(15, 2000, 2, "an operation older than the trace");
	ok_is(why.n_untold, 1, "is counted");
	ok_is(why.n_slow, 0, "and not told");

	begin();
	why.above_ns = 1100;
	send(0);
	answered(1800);
	explain(900, 2000, 2, "as long as the limit");
	ok_is(why.n_slow + why.n_untold, 0, "is not slow");
}

/* Lengths of operations: each from 0 to 3000 once, but for one. */
static uint64_t nth_length(uint64_t i)
{
	return i * 7919 % 3001;
}

static void test_worst(void)
{
	struct slowest *slowest = calloc(1, sizeof(*slowest));
	unsigned longer = 0;
	uint64_t least;

	if (!slowest)
		exit(1);
	begin();
	for (uint64_t i = 0; i < 3000; i++)
		slowest_add(slowest, 10000 * i, 10000 * i + nth_length(i));
	slowest_sort(slowest);
	ok_is(slowest->n, SLOWEST_MAX, "as many are kept as there is room for");
	ok_is(slowest->op[0].end_ns - slowest->op[0].begin_ns, 3000, "the longest is the first");
	least = slowest->op[SLOWEST_MAX - 1].end_ns - slowest->op[SLOWEST_MAX - 1].begin_ns;
	for (uint64_t i = 0; i < 3000; i++)
		longer += nth_length(i) > least;
	ok_is(longer, SLOWEST_MAX - 1, "all that are longer than the shortest of them are kept");
	why.above_ns = 2000;
	why.usual_ns = 4000;
	ok_is(explain_add(&why, &events, tids, 1, slowest, 0), 0, "many are explained");
	ok(why.n_slow > 900, "all that are slow");
	ok_is(why.n_worst, EXPLAIN_WORST, "the worst are kept");
	for (unsigned i = 1; i < EXPLAIN_WORST; i++)
		ok(why.worst[i].op.end_ns - why.worst[i].op.begin_ns <=
			   why.worst[i - 1].op.end_ns - why.worst[i - 1].op.begin_ns,
		   "the longest first");
	ok_is(why.cause[0].ns, why.slow_ns, "causes add up to all of their time");
	free(slowest);
}

/* What a real kernel recorded around one round trip, beside a task that took a CPU for 5 ms. */
static void test_recorded(void)
{
	FILE *in = fopen("tests/data/explain.trace", "r");
	unsigned long long ns, from = 0, to = 0;
	struct trace_event e = {0};
	unsigned kind, left;
	char line[160];
	pid_t sides[2] = {0};

	begin();
	events.n = 0;
	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "operation %llu %llu sides %d %d", &from, &to, &sides[0],
			   &sides[1]) == 4)
			continue;
		if (sscanf(line, "%llu %u %u %d %d %u %u %31[^\n]", &ns, &e.cpu, &kind, &e.pid,
			   &e.next, &e.target, &left, e.name) != 8)
			continue;
		e.kind = (enum trace_kind)kind;
		e.left = (enum trace_left)left;
		*add(ns, e.kind, e.cpu, e.pid) = e;
		events.event[events.n - 1].ns = ns;
	}
	if (in)
		fclose(in);
	tids[0] = sides[0];
	tids[1] = sides[1];
	why.usual_ns = 10000;
	explain(from, to, 2, "a recorded trace");
	ok(why.cause[0].like.cause == CAUSE_TASK && !strcmp(why.cause[0].like.name, "hog") &&
		   why.cause[0].like.cpu == 1,
	   "hog on CPU 1 is the first cause");
	ok(why.cause[0].ns > 5000000 && why.cause[0].ns < 5465445, "for its 5 ms");
	ok_is(why.worst[0].phase[0].side, 0, "first the initiator acts");
	ok_is(why.worst[0].phase[why.worst[0].n - 1].side, 0, "and last");
	ok_is(why.worst[0].phase[why.worst[0].n - 1].cause, CAUSE_ITSELF, "it runs then");
}

int main(void)
{
	test_usual();
	test_task();
	test_stopped();
	test_interrupt();
	test_fault();
	test_spin();
	test_turn();
	test_third();
	test_early();
	test_untold();
	test_worst();
	test_recorded();
	explain_free(&why);
	free(events.event);
	return done_testing();
}
