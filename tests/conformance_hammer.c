/* SPDX-License-Identifier: MIT */
/* class: measuring */
/*
 * Where sleeping and waking is a protocol of ours and not one call of the kernel's, a wake-up that
 * comes between a look and the sleep must not be lost: a lost one hangs, and the watchdog tells.
 * Messages come after pauses of many lengths, so that the moments meet. And what never sleeps moves
 * a million messages in order. The same loops over another memory are not run again.
 */
#include "tests/conformance.h"

#define SLEEPS 1000    /* round trips after each pause; the windows are a few instructions wide */
#define STREAMED 20000 /* messages, most of which find no room or nothing there */
#define MILLION 1000000
#define SHORT 8 /* bytes: the word that is checked */

static const uint64_t pauses_ns[] = {0, 500, 1000, 2000, 3000, 5000, 8000, 13000, 30000};

static struct seen_loops hammered;

/* Runs `cell`; 0, -EOPNOTSUPP when this machine cannot, or -errno. */
static int run(struct ipc_cell *cell, uint64_t n, char *why)
{
	static struct ipc_result r;
	int err;

	alarm(CELL_S);
	cell->size.iterations = UNDER_TSAN ? n / 10 : n;
	err = ipc_session_run(cell, &r, why);
	return err && !r.began && is_lack(err) ? -EOPNOTSUPP : err;
}

static int stream(struct ipc_cell *cell, uint64_t n, char *why)
{
	if (!ipc_can_stream(cell->variant, cell->mode))
		return 0;
	cell->ask.pattern = IPC_STREAM;
	cell->ask.gap_ns = 0;
	return run(cell, n, why);
}

static void test_sleepers(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	const struct ipc_wait *wait = cell->mode->wait;
	char why[CREW_REASON] = "";
	int err = 0;

	if (wait->flags & IPC_SPINS || !(wait->again || wait->moved) || ipc_has_threads(cell) ||
	    !loops_are_new(&hammered, cell))
		return;
	cell->ask.msg_size_b = SHORT;
	for (size_t i = 0; i < sizeof(pauses_ns) / sizeof(pauses_ns[0]) && !err; i++) {
		cell->ask.pattern = IPC_PING_PONG;
		cell->ask.gap_ns = pauses_ns[i];
		err = run(cell, SLEEPS, why);
	}
	if (!err)
		err = stream(cell, STREAMED, why);
	if (err == -EOPNOTSUPP)
		skip(what, why);
	else if (!ok(!err, "%s: no wake-up is lost", what))
		fprintf(stderr, "# pattern %d, gap %llu ns: %s (%s)\n", cell->ask.pattern,
			(unsigned long long)cell->ask.gap_ns, why, strerror(-err));
}

/* Both ends of `cell` in this process; 0 or -errno. */
static int open_both(const struct ipc_cell *cell, struct ipc_link *link, struct ipc_end *end)
{
	const struct ipc_family *family = ipc_family_of(cell->mechanism, cell->variant);
	int err = cell->variant->open ? cell->variant->open(link) : 0;

	if (!err && family->open)
		err = family->open(link);
	for (unsigned side = 0; side < 2 && !err; side++) {
		end[side].link = link;
		end[side].side = side;
		end[side].msg_size = link->msg_size;
		if (cell->variant->attach)
			err = cell->variant->attach(link, &end[side]);
		if (!err && family->attach)
			err = family->attach(link, &end[side]);
		if (!err && cell->mode->wait->setup)
			err = cell->mode->wait->setup(&end[side]);
	}
	return err;
}

static void close_both(const struct ipc_cell *cell, struct ipc_link *link, struct ipc_end *end)
{
	const struct ipc_family *family = ipc_family_of(cell->mechanism, cell->variant);

	for (unsigned side = 0; side < 2; side++) {
		if (cell->mode->wait->teardown)
			cell->mode->wait->teardown(&end[side]);
		if (family->detach)
			family->detach(&end[side]);
	}
	if (family->close)
		family->close(link);
}

/* As ipc_send() and a wake-up that comes before anybody sleeps. */
static int send_one(const struct ipc_cell *cell, struct ipc_end *end, const void *message)
{
	const struct ipc_ops *ops = cell->mode->ops;
	void *slot = ops->reserve ? ops->reserve(end) : NULL;

	if (slot)
		memcpy(slot, message, SHORT);
	if (ops->commit)
		ops->commit(end);
	else if (ops->send(end, message, SHORT) != SHORT)
		return -EIO;
	return cell->mode->wait->moved ? cell->mode->wait->moved(end, IPC_OUT) : 0;
}

/* Takes what was sent, for some cannot be closed with a message in them. */
static int receive_one(const struct ipc_cell *cell, struct ipc_end *end, void *message)
{
	const struct ipc_ops *ops = cell->mode->ops;

	if (!ops->peek)
		return ops->recv(end, message, SHORT) == SHORT ? 0 : -EIO;
	if (!ops->peek(end))
		return -EIO;
	ops->release(end);
	return 0;
}

/*
 * The moment that the hammer may miss: the message and its wake-up come between the look and the
 * sleep.
 */
static void test_late_sleeper(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	const struct ipc_wait *wait = cell->mode->wait;
	static uint64_t message, slept;
	static _Atomic unsigned prepared;
	struct ipc_link link = {.variant = cell->variant,
				.msg_size = SHORT,
				.producers = 1,
				.consumers = 1,
				.threads = true,
				.fd = {{-1, -1}, {-1, -1}},
				.mem_node = -1,
				.prepared = &prepared};
	struct ipc_end end[2] = {{.slept = &slept, .fd = {-1, -1}},
				 {.slept = &slept, .fd = {-1, -1}}};
	int err;

	if (!(wait->flags & IPC_COUNTS_SLEEP) || !wait->again || ipc_has_threads(cell) ||
	    cell->ask.producers)
		return;
	alarm(CELL_S);
	atomic_store(&prepared, 0);
	err = open_both(cell, &link, end);
	if (err) {
		skip(what, *link.why ? link.why : strerror(-err));
	} else {
		err = send_one(cell, &end[0], &message);
		ok(!err && !wait->again(&end[1], IPC_IN) && !receive_one(cell, &end[1], &message),
		   "%s: who was told before it sleeps does not sleep", what);
	}
	close_both(cell, &link, end);
}

static void test_million(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	const struct ipc_wait *wait = cell->mode->wait;
	char why[CREW_REASON] = "";
	int err;

	if (wait->calls != IPC_NO_CALLS || cell->variant->flags & IPC_FLOOR ||
	    ipc_has_threads(cell) || !ipc_can_stream(cell->variant, cell->mode) ||
	    !loops_are_new(&hammered, cell))
		return;
	cell->ask.msg_size_b = SHORT;
	err = stream(cell, MILLION, why);
	if (err == -EOPNOTSUPP)
		skip(what, why);
	else if (!ok(!err, "%s: a million messages in order", what))
		fprintf(stderr, "# %s (%s)\n", why, strerror(-err));
}

int main(int argc, char **argv)
{
	struct machine m;

	only_names = argv + 1;
	if (!ok(machine_load(&m) && !names_begin(), "the machine is read"))
		return done_testing();
	for_each_ipc(&m, test_late_sleeper);
	for_each_ipc(&m, test_sleepers);
	for_each_ipc(&m, test_million);
	names_end();
	ok(machine_free(&m), "the private directory is gone");
	return done_testing();
}
