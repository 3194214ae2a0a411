/* SPDX-License-Identifier: MIT */
/*
 * A side that is stopped for a while is in the row's maximum, whatever the mechanism, however it waits
 * and however it is timed: alone, in batches, or counted without stamps.
 * usage: conformance_stall [mechanism | mechanism:variant]...
 */
#include <signal.h>
#include <time.h>

#include "bench/program/ipc_to_row.h"
#include "bench/program/sync_to_row.h"
#include "tests/conformance.h"

#define STOP_NS 100000000u /* a side is stopped for this long ... */
#define SEEN_NS 50000000u  /* ... and this is seen at least: two stamps may share a stop */
#define STRIDE 64
#define TIMED_OPS 1000003u   /* tells the timed part's meter from those of the warm-up */
#define WINDOW_NS 300000000u /* of what runs for a time */
#define TRIES 10	     /* until the stop lies in the window, on a busy machine */

/* Which side is stopped. */
enum side { FIRST, OTHER };

/* What the members and the stopper see. */
static struct {
	_Atomic pid_t other; /* process of the side that does not time */
	_Atomic bool hit;    /* it stood still in what is timed */
} * shared;

static enum side stopped;
static struct meter *timed; /* of this process */

/* The member that times goes on until the stop is over: its own clock decides nothing. */
static void end_timed_part(int sig)
{
	((volatile struct meter *)timed)->deadline_ns = 1;
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

/* Stops `pid`, and wakes `waker` when it is over. `phase`: of a window, or NULL. */
static void stop(pid_t pid, pid_t waker, const _Atomic unsigned *phase)
{
	const struct timespec length = {.tv_nsec = STOP_NS};
	bool in_window;
	char state;

	while (phase && atomic_load(phase) < PHASE_MEASURE)
		sched_yield();
	kill(pid, SIGSTOP);
	while ((state = state_of(pid)) && state != 'T')
		sched_yield();
	in_window = !phase || atomic_load(phase) == PHASE_MEASURE;
	nanosleep(&length, NULL);
	atomic_store(&shared->hit, in_window);
	kill(pid, SIGCONT);
	if (waker != pid)
		kill(waker, SIGCONT);
}

/* A process that stops `pid`: it is not one of the crew, and ends before its parent goes on. */
static pid_t stopper(pid_t pid, const _Atomic unsigned *phase)
{
	pid_t waker = getpid(), child = fork();

	if (child)
		return child;
	stop(pid, waker, phase);
	_exit(0);
}

/* Lets `meter` run until a side was stopped; what `loop` returns. */
static int run_stopped(struct meter *meter, int (*loop)(void *), void *arg)
{
	struct sigaction over = {.sa_handler = end_timed_part, .sa_flags = SA_RESTART};
	pid_t child;
	int err;

	timed = meter;
	meter->n = UINT64_MAX / 4;
	sigaction(SIGCONT, &over, NULL);
	child = stopper(stopped == FIRST ? getpid() : atomic_load(&shared->other), NULL);
	err = loop(arg);
	waitpid(child, NULL, 0);
	signal(SIGCONT, SIG_DFL);
	return err;
}

static const struct ipc_loops *real_ipc;

static int ping_real(void *run)
{
	return real_ipc->ping(run, ((struct ipc_run *)run)->touch != TOUCH_NONE);
}

static int paced_real(void *run)
{
	return real_ipc->paced(run);
}

static int ping_stopped(struct ipc_run *run, bool touched)
{
	return run->meter.n == TIMED_OPS ? run_stopped(&run->meter, ping_real, run)
					 : real_ipc->ping(run, touched);
}

static int paced_stopped(struct ipc_run *run)
{
	return run->meter.n == TIMED_OPS ? run_stopped(&run->meter, paced_real, run)
					 : real_ipc->paced(run);
}

static int pong_stopped(struct ipc_run *run, bool touched)
{
	atomic_store(&shared->other, getpid());
	return real_ipc->pong(run, touched);
}

static void check(bool ran, int err, const char *why, const struct row *row, const char *what)
{
	enum column max = row_is_set(row, COL_stall_max_ns) ? COL_stall_max_ns : COL_rtt_max_ns;

	if (ran && !ok(!err && row_get_decimal(row, max) >= SEEN_NS,
		       "%s: the stop of side %d is in the row", what, stopped))
		printf("# %s (%s): %s %.0f ns\n", why, strerror(-err), schema_column(max)->name,
		       row_get_decimal(row, max));
	else if (!ran)
		skip(what, why);
}

static void test_ipc(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	struct ipc_mode mode = *cell->mode;
	static struct ipc_result r;
	static struct row row;
	char why[CREW_REASON] = "";
	int err;

	if (cell->threads || (stopped == OTHER && cell->variant->flags & IPC_FLOOR))
		return;
	real_ipc = &cell->mode->loops;
	mode.loops.ping = ping_stopped;
	mode.loops.pong = pong_stopped;
	mode.loops.paced = paced_stopped;
	cell->mode = &mode;
	cell->size.stride = STRIDE;
	cell->size.iterations = TIMED_OPS;
	row_clear(&row);
	err = ipc_session_run(cell, &r, why);
	if (!err)
		ipc_fill_figures(&row, cell, &r);
	check(!err || r.began || !is_lack(err), err, why, &row, what);
}

int main(int argc, char **argv)
{
	struct machine m;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	only_names = argv + 1;
	if (!ok(shared != MAP_FAILED && machine_load(&m) && !names_begin(), "the machine is read"))
		return done_testing();
	for (stopped = FIRST; stopped <= OTHER; stopped++)
		for_each_ipc(&m, test_ipc);
	names_end();
	ok(machine_free(&m), "the private directory is gone");
	return done_testing();
}
