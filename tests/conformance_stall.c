/* SPDX-License-Identifier: MIT */
/* class: pure, long */
/*
 * A side that is stopped for a while is in the row's maximum, whatever the mechanism, however it
 * waits and however it is timed: alone, in batches, or counted without stamps.
 * usage: conformance_stall [mechanism | mechanism:variant]...
 */
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "bench/program/ipc_to_row.h"
#include "bench/program/sync_to_row.h"
#include "tests/conformance.h"

#define STOP_NS 50000000u /* a side is stopped for this long ... */
#define SEEN_NS 25000000u /* ... and this is seen at least: two stamps may share a stop */
#define LOOK_US 2000
#define MOVES 3
#define STRIDE 64
/* Tells the timed part's meter, and that of a half of it, from those of the warm-up. */
#define TIMED_OPS 1000003u
#define WINDOW_NS 150000000u /* of what runs for a time */
#define TRIES 10	     /* until the stop lies in the window, on a busy machine */

/* Which side is stopped. */
enum side { FIRST, OTHER };

/* What the members and the stopper see. */
static struct {
	_Atomic pid_t other; /* process of the side that does not time */
	_Atomic bool begun;  /* the timed part has */
	_Atomic bool hit;    /* it stood still in what is timed */
} * shared;

static enum side stopped;
/* Of the process that times. */
static struct meter *timed;
static volatile sig_atomic_t over; /* the stop is */
static volatile uint64_t moved_to_ns;
static volatile sig_atomic_t moves_since;

/*
 * The member that times looks now and then whether its first stamp is there, and says so; after the
 * stop, it ends. Not at once: it may stand between its last stamp and the look at the deadline. So
 * the stamps must have moved on. Looks alone say nothing: another thread of the process may take
 * them.
 */
static void look(int sig)
{
	volatile struct meter *m = timed;
	bool moved = m->end_ns != moved_to_ns;

	moved_to_ns = m->end_ns;
	if (m->begin_ns)
		atomic_store(&shared->begun, true);
	if (over && moved && ++moves_since > MOVES)
		m->deadline_ns = 1;
}

static void go_on(int sig)
{
	over = 1;
}

/* The state of a process in /proc/PID/stat, behind its name (proc(5)); 0 = there is none. */
static char state_of(pid_t pid)
{
	char path[64], text[512] = "";
	const char *end;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	end = strrchr(text, ')');
	return end && end[1] ? end[2] : '\0';
}

/* Whether what is timed has begun: the loop of `run` in its window, or one with a meter. */
static bool has_begun(const struct sync_run *run)
{
	if (!run)
		return atomic_load(&shared->begun);
	return atomic_load(&run->control->phase) >= PHASE_MEASURE &&
	       ((const volatile struct sync_run *)run)->stamp_ns;
}

/* Stops `pid`, and wakes `waker` when it is over; in the window of `run`, or NULL. */
static void stop(pid_t pid, pid_t waker, const struct sync_run *run)
{
	const struct timespec length = {.tv_nsec = STOP_NS};
	bool in_window;
	char state;

	while (!has_begun(run))
		sched_yield();
	kill(pid, SIGSTOP);
	while ((state = state_of(pid)) && state != 'T')
		sched_yield();
	in_window = !run || atomic_load(&run->control->phase) == PHASE_MEASURE;
	nanosleep(&length, NULL);
	atomic_store(&shared->hit, in_window);
	kill(pid, SIGCONT);
	if (waker != pid)
		kill(waker, SIGCONT);
}

/* A process that stops `pid`: it is not one of the crew, and ends before its parent goes on. */
static pid_t stopper(pid_t pid, const struct sync_run *run)
{
	pid_t waker = getpid(), child = fork();

	if (child)
		return child;
	stop(pid, waker, run);
	_exit(0);
}

/* Lets `meter` run until a side was stopped; what `loop` returns. */
static int run_stopped(struct meter *meter, int (*loop)(void *), void *arg)
{
	struct sigaction goes_on = {.sa_handler = go_on, .sa_flags = SA_RESTART};
	struct sigaction looks = {.sa_handler = look, .sa_flags = SA_RESTART};
	struct itimerval often = {{0, LOOK_US}, {0, LOOK_US}}, never = {{0, 0}, {0, 0}};
	pid_t child;
	int err;

	timed = meter;
	meter->n = UINT64_MAX / 4;
	atomic_store(&shared->begun, false);
	over = moves_since = 0;
	sigaction(SIGCONT, &goes_on, NULL);
	sigaction(SIGALRM, &looks, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	child = stopper(stopped == FIRST ? getpid() : atomic_load(&shared->other), NULL);
	err = loop(arg);
	setitimer(ITIMER_REAL, &never, NULL);
	waitpid(child, NULL, 0);
	signal(SIGCONT, SIG_DFL);
	return err;
}

static bool is_timed_part(const struct meter *meter)
{
	return meter->n >= TIMED_OPS / 2;
}

static const struct ipc_loops *real_ipc;
static bool real_spins;

static int ping_real(void *run)
{
	return real_ipc->ping(run, ((struct ipc_run *)run)->touch != TOUCH_NONE);
}

static int paced_real(void *run)
{
	return real_ipc->paced(run);
}

static int stream_real(void *run)
{
	return real_ipc->stream(run);
}

static int stream_stopped(struct ipc_run *run)
{
	return is_timed_part(&run->meter) ? run_stopped(&run->meter, stream_real, run)
					  : real_ipc->stream(run);
}

static int ping_stopped(struct ipc_run *run, bool touched)
{
	return is_timed_part(&run->meter) ? run_stopped(&run->meter, ping_real, run)
					  : real_ipc->ping(run, touched);
}

static int paced_stopped(struct ipc_run *run)
{
	return is_timed_part(&run->meter) ? run_stopped(&run->meter, paced_real, run)
					  : real_ipc->paced(run);
}

static int pong_stopped(struct ipc_run *run, bool touched)
{
	atomic_store(&shared->other, getpid());
	return real_ipc->pong(run, touched);
}

#define WAYS 2		   /* sleeping, spinning */
#define MECHANISMS_MAX 256 /* of both groups */

/* Mechanisms of which a side was stopped, or which cannot run here, and in which of the ways. */
static struct {
	char name[32];
	bool tried[WAYS];
} tried[MECHANISMS_MAX];
static size_t n_tried;

static void note_tried(const char *group, const char *what, bool spins)
{
	char name[sizeof(tried->name)];
	size_t i = 0;

	snprintf(name, sizeof(name), "%s/%.*s", group, (int)strcspn(what, ":"), what);
	while (i < n_tried && strcmp(tried[i].name, name) != 0)
		i++;
	if (i == MECHANISMS_MAX)
		return;
	snprintf(tried[i].name, sizeof(tried[i].name), "%s", name);
	tried[i].tried[spins] = true;
	n_tried += i == n_tried;
}

static bool was_tried(const char *group, const char *mechanism, bool spins)
{
	char name[sizeof(tried->name)];

	snprintf(name, sizeof(name), "%s/%s", group, mechanism);
	for (size_t i = 0; i < n_tried; i++)
		if (!strcmp(tried[i].name, name))
			return tried[i].tried[spins];
	return false;
}

/* Whether some experiment takes the variant's times: who is served first, or woken, is no time. */
static bool is_timed(const struct sync_variant *v)
{
	for (enum sync_experiment e = 0; e < SYNC_EXPERIMENTS; e++)
		if (sync_can(v, e) && !sync_serves(e) && e != SYNC_INVERSION)
			return true;
	return false;
}

/*
 * Every mechanism that is asked for was tried, of IPC in each way in which some variant can wait.
 */
static void test_all_tried(const struct machine *m)
{
	for (const struct ipc_mechanism *mech = ipc_mechanisms(); mech; mech = mech->next)
		for (size_t i = 0; !mech->missing && i < mech->n_variants; i++) {
			const struct ipc_variant *v = &mech->variants[i];
			const struct ipc_mode *mode;

			for (size_t k = 0; (mode = ipc_mode_of(mech, v, k)); k++) {
				bool spins = mode->wait->flags & IPC_SPINS;

				if (is_asked_for(mech->name, v->name) && !mode->wait->missing &&
				    (m->has_two || !spins) && !was_tried("ipc", mech->name, spins))
					ok(false, "ipc/%s, %s: a side was stopped", mech->name,
					   mode->wait->name);
			}
		}
	for (const struct sync_mechanism *mech = sync_mechanisms(); mech; mech = mech->next)
		for (size_t i = 0; !mech->missing && i < mech->n_variants; i++)
			if (is_asked_for(mech->name, mech->variants[i].name) &&
			    is_timed(&mech->variants[i]) && !was_tried("sync", mech->name, false))
				ok(false, "sync/%s: a side was stopped", mech->name);
	ok(n_tried, "no mechanism was left out, of %zu", n_tried);
}

static void check(bool ran, int err, const char *why, const struct row *row, const char *what)
{
	enum column max = row_is_set(row, COL_stall_max_ns) ? COL_stall_max_ns : COL_rtt_max_ns;

	if (ran && !ok(!err && row_get_decimal(row, max) >= SEEN_NS,
		       "%s: the stop of side %d is in the row", what, stopped))
		fprintf(stderr, "# %s (%s): %s %.0f ns\n", why, strerror(-err),
			schema_column(max)->name, row_get_decimal(row, max));
	else if (!ran)
		skip(what, why);
}

/* Whether the cell's wait mode is the first of its kind, sleeping or spinning. */
static bool is_first_of_kind(const struct ipc_cell *cell)
{
	const struct ipc_mode *mode;

	for (size_t i = 0; (mode = ipc_mode_of(cell->mechanism, cell->variant, i)); i++)
		if ((mode->wait->flags & IPC_SPINS) == (cell->mode->wait->flags & IPC_SPINS))
			return mode == cell->mode;
	return false;
}

static void test_ipc(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	static struct ipc_mode mode; /* `cell` keeps it */
	static struct ipc_result r;
	static struct row row;
	char why[CREW_REASON] = "";
	int err;

	if (ipc_has_threads(cell) || !is_first_of_kind(cell) ||
	    (stopped == OTHER && cell->variant->flags & IPC_FLOOR))
		return;
	mode = *cell->mode;
	real_ipc = &cell->mode->loops;
	real_spins = cell->mode->wait->flags & IPC_SPINS;
	mode.loops.ping = ping_stopped;
	mode.loops.pong = pong_stopped;
	mode.loops.paced = paced_stopped;
	mode.loops.stream = stream_stopped;
	cell->mode = &mode;
	cell->size.stride = STRIDE;
	cell->size.iterations = TIMED_OPS;
	row_clear(&row);
	err = ipc_session_run(cell, &r, why);
	if (!err)
		ipc_fill_figures(&row, cell, &r);
	check(!err || r.began || !is_lack(err), err, why, &row, what);
	note_tried("ipc", what, real_spins);
}

/* A stream is stamped by its sender. */
static void test_stream(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	char stream[160];

	snprintf(stream, sizeof(stream), "%s, streaming", what);
	cell->ask.pattern = IPC_STREAM;
	if (ipc_can_stream(cell->variant, cell->mode) && !(cell->variant->flags & IPC_FLOOR))
		test_ipc(m, cell, stream);
}

static const struct sync_variant *real_sync;

static int alone_real(void *run)
{
	const struct sync_variant *v = real_sync;

	return v->op ? v->op->alone(run) : v->lock->alone(run);
}

static int alone_stopped(struct sync_run *run)
{
	return is_timed_part(&run->meter) ? run_stopped(&run->meter, alone_real, run)
					  : alone_real(run);
}

static int ping_wake(void *run)
{
	return real_sync->wake->ping(run);
}

static int ping_wake_stopped(struct sync_run *run)
{
	return is_timed_part(&run->meter) ? run_stopped(&run->meter, ping_wake, run)
					  : ping_wake(run);
}

static int pong_wake_stopped(struct sync_run *run)
{
	atomic_store(&shared->other, getpid());
	return real_sync->wake->pong(run);
}

static int meet_wake(void *run)
{
	return real_sync->wake->meet(run);
}

static int meet_wake_stopped(struct sync_run *run)
{
	return is_timed_part(&run->meter) ? run_stopped(&run->meter, meet_wake, run)
					  : meet_wake(run);
}

static int call_wake(void *run)
{
	return real_sync->wake->call(run);
}

static int call_wake_stopped(struct sync_run *run)
{
	return is_timed_part(&run->meter) ? run_stopped(&run->meter, call_wake, run)
					  : call_wake(run);
}

static int hear_wake_stopped(struct sync_run *run)
{
	atomic_store(&shared->other, getpid());
	return real_sync->wake->hear(run);
}

static int come_wake_stopped(struct sync_run *run)
{
	atomic_store(&shared->other, getpid());
	return real_sync->wake->come(run);
}

/* A loop that counts: the last thread has its process stopped in the window. */
static int count_stopped(struct sync_run *run, int (*loop)(struct sync_run *))
{
	bool last = run->me + 1 == run->threads;
	pid_t child = last ? stopper(getpid(), run) : 0;
	int err = loop(run);

	if (child)
		waitpid(child, NULL, 0);
	return err;
}

static int contend_stopped(struct sync_run *run)
{
	return count_stopped(run,
			     real_sync->op ? real_sync->op->contend : real_sync->lock->contend);
}

static int readers_stopped(struct sync_run *run)
{
	return count_stopped(run, real_sync->lock->readers);
}

static int produce_stopped(struct sync_run *run)
{
	return count_stopped(run, real_sync->queue->produce);
}

static int consume_stopped(struct sync_run *run)
{
	return count_stopped(run, real_sync->queue->consume);
}

/* Runs `cell` by loops that stop a side; again while the stop missed the window. */
static int run_sync(struct sync_cell *cell, struct sync_result *r, char *why)
{
	const struct sync_variant *v = cell->variant;
	struct lock_loops lock = {
		.alone = alone_stopped,
		.contend = contend_stopped,
	};
	struct op_loops op = {.alone = alone_stopped, .contend = contend_stopped};
	struct wake_loops wake = {.ping = ping_wake_stopped,
				  .pong = pong_wake_stopped,
				  .call = call_wake_stopped,
				  .hear = hear_wake_stopped,
				  .meet = meet_wake_stopped,
				  .come = come_wake_stopped};
	struct queue_loops queue = {.produce = produce_stopped, .consume = consume_stopped};
	struct sync_variant with = *v;
	int err;

	real_sync = v;
	lock.ops = v->lock ? v->lock->ops : NULL;
	wake.ops = v->wake ? v->wake->ops : NULL;
	lock.readers = v->lock && v->lock->readers ? readers_stopped : NULL;
	op.partner = v->op ? v->op->partner : NULL;
	with.lock = v->lock ? &lock : NULL;
	with.op = v->op ? &op : NULL;
	with.wake = v->wake ? &wake : NULL;
	with.queue = v->queue ? &queue : NULL;
	cell->variant = &with;
	for (int i = 0; i < TRIES; i++) {
		atomic_store(&shared->hit, false);
		err = sync_session_run(cell, r, why);
		if (err || atomic_load(&shared->hit))
			break;
	}
	cell->variant = v;
	return err;
}

static void test_sync(const struct machine *m, const struct sync_mechanism *mech,
		      const struct sync_variant *v, enum sync_experiment e)
{
	struct sync_cell cell = {
		.mechanism = mech,
		.variant = v,
		.topology = m->topology,
		.ask = {.group = GROUP_SYNC,
			.experiment = e,
			.producers = 1,
			.capacity = 1024,
			.gap_ns = SYNC_GAP_NS},
		.mem_node = -1,
		.size = {.duration_ns = WINDOW_NS, .warm_ns = 1, .stride = STRIDE},
	};
	bool one_pu = e == SYNC_HANDOFF && v->flags & SYNC_ONE_PU;
	static struct sync_result r;
	static struct row row;
	char what[120], why[CREW_REASON] = "";
	int err;

	cell.ask.threads =
		e == SYNC_UNCONTENDED || (e == SYNC_OP && !(v->flags & SYNC_PAIR)) ? 1 : 2;
	cell.ask.readers_pct = e == SYNC_READERS ? 50 : 0;
	cell.ask.endpoints = v->flags & SYNC_PRIVATE ? ENDPOINTS_THREAD : ENDPOINTS_PROCESS;
	seats_on_pair(one_pu ? &m->one : &m->two, cell.ask.threads, &cell.seats);
	if (!sync_runs_for_a_time(&cell))
		cell.size.iterations = TIMED_OPS;
	snprintf(what, sizeof(what), "%s:%s %s", mech->name, v->name,
		 parameter_word(PARAMETER_experiment, e));
	alarm(CELL_S);
	row_clear(&row);
	err = run_sync(&cell, &r, why);
	if (!err)
		sync_fill_figures(&row, &cell, &r);
	check(!err || r.began || (!is_lack(err) && err != -EDEADLK), err, why, &row, what);
	note_tried("sync", what, false);
}

/* Each primitive in each experiment, by the first of its variants that can do it. */
static void for_each_sync(const struct machine *m)
{
	for (const struct sync_mechanism *mech = sync_mechanisms(); mech; mech = mech->next)
		for (enum sync_experiment e = 0; !mech->missing && e < SYNC_EXPERIMENTS; e++) {
			bool wakes = e == SYNC_HANDOFF || e == SYNC_BROADCAST || e == SYNC_BARRIER;
			size_t i = 0;

			while (i < mech->n_variants &&
			       (!sync_can(&mech->variants[i], e) ||
				!is_asked_for(mech->name, mech->variants[i].name)))
				i++;
			if (i < mech->n_variants && !sync_serves(e) && e != SYNC_INVERSION &&
			    (stopped == FIRST || wakes))
				test_sync(m, mech, &mech->variants[i], e);
		}
}

/* A send that left a period too late is told, one that left earlier is not. */
static void test_late_send(uint64_t late_ns, bool told)
{
	const struct ipc_mechanism *mech = ipc_mechanisms();
	struct ipc_cell cell = {.mechanism = mech,
				.variant = &mech->variants[0],
				.mode = ipc_mode_of(mech, &mech->variants[0], 0),
				.ask = {.pattern = IPC_PACED},
				.mem_node = -1};
	static struct ipc_result r;
	static struct row row;

	r = (struct ipc_result){.pace = {.every_ns = 1000}};
	histogram_clear(&r.pace.send_late);
	histogram_add(&r.pace.send_late, late_ns);
	row_clear(&row);
	ipc_fill_figures(&row, &cell, &r);
	ok(row_list_has(row_get_text(&row, COL_flags), "late") == told,
	   "a send %u ns late of 1000: %s", (unsigned)late_ns, told ? "late" : "not late");
}

/* Likewise an item of a queue. */
static void test_late_put(uint64_t late_ns, bool told)
{
	const struct sync_mechanism *mech = sync_mechanisms();
	static struct sync_result r;
	static struct row row;
	struct sync_cell cell = {.mem_node = -1};

	while (mech && !sync_can(&mech->variants[0], SYNC_QUEUE))
		mech = mech->next;
	if (!mech) {
		skip("a put that is late", "no queue");
		return;
	}
	cell.mechanism = mech;
	cell.variant = &mech->variants[0];
	cell.ask.experiment = SYNC_QUEUE;
	cell.ask.every_ns = 1000;
	cell.ask.threads = 2;
	cell.ask.producers = 1;
	r = (struct sync_result){.pace = {.every_ns = 1000}, .window_ns = WINDOW_NS};
	histogram_clear(&r.pace.send_late);
	histogram_add(&r.pace.send_late, late_ns);
	row_clear(&row);
	sync_fill_figures(&row, &cell, &r);
	ok(row_list_has(row_get_text(&row, COL_flags), "late") == told,
	   "a put %u ns late of 1000: %s", (unsigned)late_ns, told ? "late" : "not late");
}

int main(int argc, char **argv)
{
	struct machine m = {0};

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	only_names = argv + 1;
	if (!ok(shared != MAP_FAILED && machine_load(&m) && !names_begin(), "the machine is read"))
		return done_testing();
	test_late_send(1000, false);
	test_late_send(1001, true);
	test_late_put(1000, false);
	test_late_put(1001, true);
	for (stopped = FIRST; stopped <= OTHER; stopped++) {
		for_each_ipc(&m, test_ipc);
		for_each_sync(&m);
	}
	stopped = FIRST;
	for_each_ipc(&m, test_stream);
	test_all_tried(&m);
	names_end();
	ok(machine_free(&m), "the private directory is gone");
	return done_testing();
}
