/* SPDX-License-Identifier: MIT */
/* class: measuring, quick */
/*
 * Every IPC variant in every wait mode, between processes and between threads: each byte of each
 * message arrives once and in order, in every pattern, at the sizes where something changes (words,
 * cache lines, pages, what a pipe holds, the limit); what is over the limit is refused.
 */
#include "bench/base/pause.h"
#include "bench/measure/fan_out.h"
#include "bench/measure/ipc_loops.h"
#include "bench/measure/ring_all.h"
#include "bench/measure/ring_many.h"
#include "tests/conformance.h"

#define MESSAGES 7	 /* per run, besides warm-up */
#define WINDOW 3	 /* messages: no divisor of the above */
#define LARGE_MESSAGES 2 /* of the largest size: more only take time */
#define LARGE (1u << 20) /* bytes: the largest size, but in the default mode between processes */
#define LARGE_NS 10000000000u /* the watchdog waits eight times as long, for 16 MiB by pieces */
#define SMALL 64	      /* bytes: the size where a pattern is run once */

static const size_t sizes[] = {1, 2, 7, 8, 63, 64, 65, 4095, 4096, 4097, 65535, 65536, 65537};
static const size_t few_sizes[] = {8, 65, 4097};

/* Runs `cell`; 0, or -errno with what went wrong in `why`. */
static int run(const struct ipc_cell *cell, char *why)
{
	static struct ipc_result r;
	int err = ipc_session_run(cell, &r, why);

	if (err && !r.began && is_lack(err))
		return -EOPNOTSUPP;
	if (err)
		return err == -EOPNOTSUPP ? -EIO : err;
	if (r.meter.done != cell->size.iterations) {
		snprintf(why, CREW_REASON, "did %llu operations", (unsigned long long)r.meter.done);
		return -EIO;
	}
	return 0;
}

/*
 * Messages of one size: a stream, acknowledged at the end or by windows, or else ping-pong. What
 * moves a message is the same in both: the `nth` size of a cell has one, and the other with the
 * other endpoints, or in the next wait mode.
 */
static int run_pattern(struct ipc_cell *cell, unsigned nth, char *why)
{
	bool stream = (half_of(cell) + nth) % 2 && ipc_can_stream(cell->variant, cell->mode) &&
		      !(ipc_is_lossy(cell->mode) && cell->ask.msg_size_b < sizeof(uint64_t));

	cell->ask.pattern = stream ? IPC_STREAM : IPC_PING_PONG;
	/* even and odd sizes lie side by side: both ways of acknowledging meet every edge */
	cell->ask.window =
		stream && cell->ask.msg_size_b % 2 && !ipc_is_lossy(cell->mode) ? WINDOW : 0;
	return run(cell, why);
}

/*
 * The largest message. What a mode does at a size shows at the edges above; a limit of many
 * megabytes is the variant's, takes long, and is tried in the default mode only.
 */
static int run_largest(struct ipc_cell *cell, char *why)
{
	const struct ipc_mode *first = ipc_mode_of(cell->mechanism, cell->variant, 0);
	bool whole = cell->mode == first && !ipc_has_threads(cell);
	int err;

	cell->ask.msg_size_b = ipc_max_msg(cell->variant);
	if (cell->ask.msg_size_b <= 65537)
		return run_pattern(cell, 0, why);
	if (!whole && cell->ask.msg_size_b > LARGE)
		cell->ask.msg_size_b = LARGE;
	cell->ask.window = 0;
	cell->size.iterations = LARGE_MESSAGES;
	cell->size.duration_ns = LARGE_NS;
	cell->ask.pattern =
		whole && ipc_can_stream(cell->variant, cell->mode) ? IPC_STREAM : IPC_PING_PONG;
	err = run(cell, why);
	cell->size.duration_ns = 0;
	return err;
}

/*
 * A schedule, and a gap after each reply; one of them awake, and asleep with the other endpoints,
 * or in the next wait mode.
 */
static int run_pauses(struct ipc_cell *cell, char *why)
{
	int err = 0;

	cell->size.iterations = MESSAGES;
	cell->ask.msg_size_b = SMALL;
	cell->ask.window = 0;
	for (unsigned paced = 0; paced < 2 && !err; paced++) {
		cell->sleeps = half_of(cell) != paced;
		cell->ask.pattern = paced ? IPC_PACED : IPC_PING_PONG;
		cell->ask.every_ns = paced ? 50000 : 0;
		cell->ask.gap_ns = paced ? 0 : 50000;
		err = run(cell, why);
	}
	cell->sleeps = false;
	cell->ask.every_ns = cell->ask.gap_ns = 0;
	return err;
}

/* Both sides on one PU: a side that sleeps must let the other run. */
static int run_same_pu(const struct machine *m, struct ipc_cell *cell, char *why)
{
	int err;

	cell->ask.msg_size_b = SMALL;
	seats_on_pair(&m->one, 2, &cell->seats);
	err = run_pattern(cell, 1, why);
	seats_on_pair(&m->two, 2, &cell->seats);
	return err;
}

/*
 * Messages of each size. What a ring does at an edge is the same in every memory, and who the sides
 * are is the same at every size: all edges are tried once, between processes, and few of them
 * again.
 */
static int run_sizes(struct ipc_cell *cell, char *why)
{
	static struct seen_loops seen;
	bool memory = ipc_family_of(cell->mechanism, cell->variant)->memory;
	bool only_mode = !ipc_mode_of(cell->mechanism, cell->variant, 1);
	bool all = !ipc_has_threads(cell) && (!memory || loops_are_new(&seen, cell));
	const size_t *size = all ? sizes : few_sizes;
	size_t n = all ? sizeof(sizes) / sizeof(*sizes) : sizeof(few_sizes) / sizeof(*few_sizes);
	size_t max = ipc_has_payload(cell->variant) ? ipc_max_msg(cell->variant) : 1;
	int err = 0;

	for (unsigned i = 0; i < n && !err; i++) {
		/* without a payload, or a large one, the smallest */
		cell->ask.msg_size_b = max < few_sizes[0] ? sizes[i] : size[i];
		if (cell->ask.msg_size_b <= max)
			err = run_pattern(cell, i, why);
		if (cell->ask.msg_size_b <= max && only_mode && !err)
			err = run_pattern(cell, i + 1, why);
	}
	return err;
}

static void test_mode(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	unsigned before = open_descriptors();
	char why[CREW_REASON] = "";
	int err;

	cell->size.iterations = MESSAGES;
	err = run_sizes(cell, why);
	if (!err && ipc_has_payload(cell->variant))
		err = run_largest(cell, why);
	if (!err)
		err = run_pauses(cell, why);
	if (!err && !(cell->mode->wait->flags & IPC_SPINS))
		err = run_same_pu(m, cell, why);
	if (err == -EOPNOTSUPP) {
		skip(what, why);
		return;
	}
	if (err)
		fprintf(stderr, "# %zu bytes, pattern %d, window %llu, PUs %u %u: %s (%s)\n",
			cell->ask.msg_size_b, cell->ask.pattern,
			(unsigned long long)cell->ask.window, cell->seats.pu[0], cell->seats.pu[1],
			why, strerror(-err));
	ok(!err, "%s: every byte, once, in order", what);
	ok(!objects_left(m) && no_child_left() && open_descriptors() == before,
	   "%s: no name, process or descriptor is left", what);
}

#define PRODUCERS 3	  /* of a fan-in: on two PUs more than there is room for */
#define FAN_MESSAGES 2000 /* of all producers together, besides what they send at the end */
#define FAN_MANY 200000	  /* the same in memory: two must meet between two instructions */
#define PAIRS_NS 2000000  /* time of concurrent pairs */

/* Several senders: of each one every message, once, in order. Mixed bytes are not right either. */
static void test_fan_in(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	static struct ipc_result r;
	char why[CREW_REASON] = "";
	uint64_t got = 0;
	int err;

	if (!(cell->variant->flags & IPC_FAN_IN))
		return;
	cell->ask.pattern = IPC_STREAM;
	cell->ask.producers = PRODUCERS;
	cell->size.iterations = FAN_MESSAGES;
	if (ipc_family_of(cell->mechanism, cell->variant)->memory && !UNDER_SANITIZER)
		cell->size.iterations = FAN_MANY;
	cell->ask.msg_size_b = SMALL;
	placement_order(m->topology, ORDER_COMPACT, PRODUCERS + 1, cell->seats.pu);
	err = ipc_session_run(cell, &r, why);
	if (err && !r.began && is_lack(err)) {
		skip(what, why);
		return;
	}
	for (unsigned i = 0; i < PRODUCERS; i++)
		got += r.got[i];
	if (!ok(!err && got == cell->size.iterations, "%s: %d producers, in order of each", what,
		PRODUCERS))
		fprintf(stderr, "# %llu messages: %s (%s)\n", (unsigned long long)got, why,
			strerror(-err));
}

#define CONSUMERS 3  /* of a fan-out, where they sleep: on two PUs more than there is room for */
#define TO_ALL 20000 /* messages, tight: some rounds of the ring, also for spinners */
#define TO_ALL_PACED 300 /* the same on a schedule that a slow machine keeps */
#define TO_ALL_NS 50000	 /* of it */

/*
 * Every message to each of several receivers, once, in order and whole, tight and on a schedule: a
 * receiver takes nothing but the message that is due to it, and the sender has filed when it came
 * to all.
 */
static void test_fan_out(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	bool spins = cell->mode->wait->flags & IPC_SPINS;
	static struct ipc_result r;
	char why[CREW_REASON] = "";
	int err = 0;

	if (!(cell->variant->flags & IPC_TO_ALL))
		return;
	cell->ask.pattern = IPC_FAN_OUT;
	cell->ask.consumers = spins ? topology_allowed_count(m->topology) - 1 : CONSUMERS;
	if (cell->ask.consumers > CONSUMERS)
		cell->ask.consumers = CONSUMERS;
	cell->ask.msg_size_b = SMALL;
	seats_in_order(m->topology, ORDER_COMPACT, cell->ask.consumers + 1, &cell->seats);
	for (unsigned paced = 0; paced < 2 && !err; paced++) {
		cell->ask.every_ns = paced ? TO_ALL_NS : 0;
		cell->sleeps = !spins;
		cell->size.iterations = paced ? TO_ALL_PACED : TO_ALL;
		if (UNDER_SANITIZER)
			cell->size.iterations /= 10;
		err = ipc_session_run(cell, &r, why);
		if (!err && (r.meter.done != cell->size.iterations ||
			     r.first.count != cell->size.iterations ||
			     r.pace.response.count != cell->size.iterations ||
			     r.first.sum > r.pace.response.sum))
			err = -EIO;
	}
	if (!ok(!err, "%s: %u consumers, each has every message in order", what,
		cell->ask.consumers))
		fprintf(stderr, "# every %llu ns, %llu messages, %llu came to all: %s (%s)\n",
			(unsigned long long)cell->ask.every_ns, (unsigned long long)r.meter.done,
			(unsigned long long)r.pace.response.count, why, strerror(-err));
}

/* Two pairs at once, on one PU each where the wait mode lets them. */
static void test_pairs(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	bool spins = cell->mode->wait->flags & IPC_SPINS;
	unsigned before = open_descriptors();
	static struct ipc_result r;
	char why[CREW_REASON] = "";
	int err;

	if (cell->variant->flags & IPC_FLOOR || ipc_has_threads(cell) ||
	    cell->mode != ipc_mode_of(cell->mechanism, cell->variant, 0))
		return;
	seats_on_pair(spins ? &m->two : &m->one, 2, &cell->seats);
	cell->ask.pairs = 2;
	cell->ask.msg_size_b = SMALL;
	cell->size = (struct trial_size){.duration_ns = PAIRS_NS, .warm_ns = 1};
	seats_of_pairs(m->topology, spins ? &m->two : &m->one, 2, &cell->seats);
	err = ipc_session_run(cell, &r, why);
	if (err && !r.began && is_lack(err)) {
		skip(what, why);
		return;
	}
	if (!ok(!err && r.meter.done && r.pair_p50_ns[0] <= r.pair_p50_ns[1] && r.members == 4 &&
			!objects_left(m) && open_descriptors() == before,
		"%s: two pairs at once", what))
		fprintf(stderr, "# %s (%s)\n", why, strerror(-err));
}

#define MANY 100000   /* round trips of what spins; conformance_hammer streams a million */
#define MANY_SAN 2000 /* the same under a sanitizer, which makes each slow */
#define HAMMER 3000   /* messages between sides that are late to sleep */
#define LATE_NS 32768 /* at most so late; a power of two */

/* Many messages in order, once for each kind of ring: it is the same in all memories. */
static void test_many(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	static const struct ipc_mode *seen[8];
	char why[CREW_REASON] = "";
	int err;

	if (!ipc_family_of(cell->mechanism, cell->variant)->memory || ipc_has_threads(cell) ||
	    !(cell->mode->wait->flags & IPC_SPINS))
		return;
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		if (seen[i] == cell->mode)
			return;
		if (!seen[i]) {
			seen[i] = cell->mode;
			break;
		}
	}
	cell->size.iterations = UNDER_SANITIZER ? MANY_SAN : MANY;
	cell->ask.msg_size_b = SMALL;
	cell->ask.touch = TOUCH_LINE;
	err = run(cell, why);
	cell->ask.pattern = IPC_STREAM;
	if (!err)
		err = run(cell, why);
	if (!ok(!err, "%s: %llu messages in order", what,
		(unsigned long long)cell->size.iterations))
		fprintf(stderr, "# pattern %d: %s\n", cell->ask.pattern, why);
}

/*
 * A ring whose sides take a random time between seeing that they must wait and saying so. In it the
 * peer mostly gets as far as to publish and find nobody asleep: a wait mode that does not look
 * again loses that wake-up within a few messages, where at full speed it is a matter of
 * nanoseconds.
 */
static ssize_t late(ssize_t n)
{
	static _Thread_local uint64_t random = 88172645463325252u;
	uint64_t end;

	if (n != -EAGAIN)
		return n;
	random ^= random << 13; /* Marsaglia's xorshift64 */
	random ^= random >> 7;
	random ^= random << 17;
	end = clock_now_ns() + random % LATE_NS;
	while (clock_now_ns() < end)
		cpu_relax();
	return n;
}

static inline ssize_t late_send(struct ipc_end *end, const void *buf, size_t len)
{
	return late(ring_send(end, buf, len));
}

static inline ssize_t late_recv(struct ipc_end *end, void *buf, size_t len)
{
	return late(ring_recv(end, buf, len));
}

static inline ssize_t late_many_send(struct ipc_end *end, const void *buf, size_t len)
{
	return late(many_send(end, buf, len));
}

static inline ssize_t late_many_recv(struct ipc_end *end, void *buf, size_t len)
{
	return late(many_recv(end, buf, len));
}

static inline const void *late_all_peek(struct ipc_end *end)
{
	const void *slot = ring_peek(end);

	if (!slot)
		late(-EAGAIN);
	return slot;
}

static inline void *late_all_reserve(struct ipc_end *end)
{
	void *slot = all_reserve(end);

	if (!slot)
		late(-EAGAIN);
	return slot;
}

static const struct ipc_ops late_ring = {.send = late_send, .recv = late_recv};
static const struct ipc_ops late_many = {
	.send = late_many_send, .recv = late_many_recv, .whole = true};
static const struct ipc_ops late_all = {
	.reserve = late_all_reserve,
	.commit = ring_commit,
	.taken = all_taken,
	.peek = late_all_peek,
	.release = all_release,
};

IPC_LOOPS(late_ring, ring_hybrid);
IPC_LOOPS(late_ring, ring_futex);
IPC_LOOPS(late_ring, ring_sem);
IPC_LOOPS(late_ring, ring_condvar);
IPC_LOOPS(late_ring, ring_eventfd);
IPC_LOOPS(late_many, many_futex);
IPC_LOOPS(late_all, all_futex);
FAN_OUT_LOOPS(late_all, all_futex);

static const struct ipc_mode late_modes[] = {
	IPC_MODE(late_ring, ring_hybrid),
	IPC_MODE(late_ring, ring_futex),
	IPC_MODE(late_ring, ring_sem),
	IPC_MODE(late_ring, ring_condvar),
	IPC_MODE(late_ring, ring_eventfd),
	IPC_MODE(late_many, many_futex),
	IPC_MODE(late_all, all_futex, FAN_OUT_OF(late_all, all_futex)),
};

/* Several producers or consumers, where the ring of `cell` takes them. */
static int hammer_fan(const struct machine *m, struct ipc_cell *cell, char *why)
{
	bool to_all = cell->variant->flags & IPC_TO_ALL;

	if (!to_all && !(cell->variant->flags & IPC_FAN_IN))
		return 0;
	cell->ask.pattern = to_all ? IPC_FAN_OUT : IPC_STREAM;
	cell->ask.producers = to_all ? 0 : PRODUCERS;
	cell->ask.consumers = CONSUMERS;
	seats_in_order(m->topology, ORDER_COMPACT, ipc_sides(&cell->ask), &cell->seats);
	return run(cell, why);
}

/* Round trips and a stream, and fans, in each late mode, in the memory and slots of `cell`. */
static void hammer(const struct machine *m, struct ipc_cell *cell, const struct ipc_mode *mode)
{
	char why[CREW_REASON] = "";
	int err;

	cell->mode = mode;
	cell->size.iterations = HAMMER;
	cell->ask.msg_size_b = SMALL;
	err = run(cell, why);
	cell->ask.pattern = IPC_STREAM;
	if (!err)
		err = run(cell, why);
	if (!err)
		err = hammer_fan(m, cell, why);
	if (!ok(!err, "late to sleep, %s, %s: no wake-up is lost", cell->variant->name,
		mode->wait->name))
		fprintf(stderr, "# pattern %d, producers %u: %s\n", cell->ask.pattern,
			cell->ask.producers, why);
}

/*
 * In the first mailbox, and the first ring of several producers and of several consumers, of what
 * was asked for.
 */
static void test_late(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	static const struct ipc_ops *const ops[] = {&late_ring, &late_many, &late_all};
	static bool done[3];
	static struct ipc_variant v[3];
	unsigned flags = cell->variant->flags, kind = flags & IPC_FAN_IN   ? 1
						      : flags & IPC_TO_ALL ? 2
									   : 0;

	if (!ipc_family_of(cell->mechanism, cell->variant)->memory || ipc_has_threads(cell) ||
	    !m->has_two || done[kind] || (!kind && cell->variant->arg != 1))
		return;
	done[kind] = true;
	v[kind] = *cell->variant;
	v[kind].waits = NULL;
	for (size_t i = 0; i < sizeof(late_modes) / sizeof(late_modes[0]); i++) {
		struct ipc_cell late_cell = *cell;

		late_cell.variant = &v[kind];
		if (late_modes[i].ops == ops[kind])
			hammer(m, &late_cell, &late_modes[i]);
	}
}

static unsigned opened; /* times the machine was asked for something */

static int count_open(struct ipc_link *link)
{
	opened++;
	return -EIO;
}

/* What cannot be is refused before anything is touched: never cut, never tried. */
static void test_refusals(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	static struct ipc_variant v;
	bool spins = cell->mode->wait->flags & IPC_SPINS;
	char why[CREW_REASON] = "", limit[32];
	static struct ipc_result r;
	int err;

	v = *cell->variant;
	v.flags &= ~(unsigned)IPC_HELPERS; /* whether they have PUs is the machine's matter */
	v.open = count_open;
	opened = 0;
	cell->variant = &v;
	cell->size.iterations = MESSAGES;
	cell->ask.msg_size_b = ipc_max_msg(&v) + 1;
	snprintf(limit, sizeof(limit), "%zu", ipc_max_msg(&v));
	err = ipc_has_payload(&v) ? ipc_session_run(cell, &r, why) : 0;
	ok(!ipc_has_payload(&v) || (err == -EMSGSIZE && strstr(why, limit) && !opened),
	   "%s: a byte more than %s is refused, and says so", what, limit);
	cell->ask.msg_size_b = SMALL;
	seats_on_pair(&m->one, 2, &cell->seats);
	err = ipc_session_run(cell, &r, why);
	ok(spins ? err == -EDEADLK && !opened : err == -EIO && opened == 1, "%s on one PU: %s",
	   what, spins ? "refused" : "tried");
}

static const struct ipc_loops *paused_loops;

static int count_ping(struct ipc_run *run, bool touched)
{
	atomic_fetch_add(shared_count(), 1);
	return paused_loops->ping(run, touched);
}

static int count_stream(struct ipc_run *run)
{
	atomic_fetch_add(shared_count(), 1);
	return paused_loops->stream(run);
}

/* What spins moves the same messages, whatever it does between two looks. */
static void test_pauses(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	char why[CREW_REASON] = "";

	static struct ipc_mode mode, paused;

	if (!cell->mode->paused || !half_of(cell))
		return;
	mode = *cell->mode;
	paused = *mode.paused;
	paused_loops = &mode.paused->loops;
	paused.loops.ping = count_ping;
	paused.loops.stream = count_stream;
	mode.paused = &paused;
	cell->mode = &mode;
	cell->size.iterations = MESSAGES;
	cell->ask.msg_size_b = SMALL;
	for (enum pause how = PAUSE_PAUSE; how < PAUSE_COUNT; how++) {
		bool watches = cell->mode->wait->flags & IPC_WATCHES;
		int err;

		if (pause_missing(how) || (pause_watches(how) && !watches))
			continue;
		cell->ask.pause = how;
		atomic_store(shared_count(), 0);
		err = run_pattern(cell, how, why);
		if (err == -EOPNOTSUPP)
			skip(what, why);
		else if (!ok(!err && atomic_load(shared_count()),
			     "%s, pause %s: by loops that ask for it", what, pause_name(how)))
			fprintf(stderr, "# %s\n", why);
	}
}

int main(int argc, char **argv)
{
	struct machine m;

	only_names = argv + 1;
	if (!ok(machine_load(&m) && !names_begin(), "the machine is read"))
		return done_testing();
	for_each_ipc(&m, test_mode);
	for_each_ipc(&m, test_many);
	for_each_ipc(&m, test_late);
	for_each_ipc(&m, test_fan_in);
	for_each_ipc(&m, test_fan_out);
	for_each_ipc(&m, test_pairs);
	for_each_ipc(&m, test_refusals);
	for_each_ipc(&m, test_pauses);
	names_end();
	ok(machine_free(&m), "the private directory is gone");
	return done_testing();
}
