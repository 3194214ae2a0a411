/* SPDX-License-Identifier: MIT */
/* class: measuring */
/*
 * What goes wrong around a measurement, for every IPC variant in every wait mode: a storm of
 * signals changes no byte; a side that is killed, a driver that is interrupted, killed or waits in
 * vain ends the session with an error, and nothing is left behind.
 */
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include "tests/conformance.h"

#define STORM_NS 50000	       /* time between two signals to a side */
#define KILL_NS 3000000	       /* time from a side's attach to its death */
#define ENDLESS 100000	       /* messages: more than any session here can send before its end */
#define GONE_MS 20000	       /* all that a killed driver leaves must have died by then */
#define LARGE (1u << 20)       /* bytes, where the variant takes them */
#define STORMS 100	       /* tries until there were enough */
#define STORM_LARGE (1u << 17) /* bytes: more than any channel takes at once */

/* What an attach of ours does to the side that it belongs to, after it has attached. */
static struct fault {
	struct ipc_variant variant; /* copy of the one that is hurt */
	int (*attach)(struct ipc_link *link, struct ipc_end *end); /* the variant's own */
	int (*hurt)(const struct ipc_end *end);
	unsigned side;		/* that is hurt, where it is one */
	int told;		/* descriptor: the test waits for a byte of each side */
	_Atomic unsigned *hits; /* [2] shared with the sides: signals they took */
} fault;

static int hurtful_attach(struct ipc_link *link, struct ipc_end *end)
{
	int err = fault.attach ? fault.attach(link, end) : 0;

	return err ? err : fault.hurt(end);
}

/* `cell` with a copy of its variant that does `hurt` to its sides. */
static void arm(struct ipc_cell *cell, int (*hurt)(const struct ipc_end *end))
{
	fault.variant = *cell->variant;
	fault.attach = fault.variant.attach;
	fault.hurt = hurt;
	fault.variant.attach = hurtful_attach;
	cell->variant = &fault.variant;
}

/* A timer that sends `sig` to the calling thread after `first` ns, then each `every` ns. */
static int timer_to_self(int sig, long first, long every, int value)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = sig};
	struct itimerspec times = {.it_value.tv_nsec = first, .it_interval.tv_nsec = every};
	timer_t timer;

	event.sigev_value.sival_int = value;
	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &times, NULL))
		return -errno;
	return 0;
}

static void count_hit(int sig, siginfo_t *info, void *context)
{
	atomic_fetch_add(&fault.hits[info->si_value.sival_int], 1);
}

/* Without SA_RESTART, so that every call that waits is interrupted. */
static int start_storm(const struct ipc_end *end)
{
	struct sigaction action = {.sa_sigaction = count_hit, .sa_flags = SA_SIGINFO};

	if (sigaction(SIGALRM, &action, NULL))
		return -errno;
	return timer_to_self(SIGALRM, STORM_NS, STORM_NS, (int)end->side);
}

static size_t at_most(const struct ipc_variant *v, size_t size)
{
	return ipc_max_msg(v) < size ? ipc_max_msg(v) : size;
}

/* Long waits for a message (a gap after each reply), then long waits for room (a stream). */
static int storm_runs(struct ipc_cell *cell, char *why)
{
	static struct ipc_result r;
	int err;

	cell->size.iterations = 30;
	cell->ask.msg_size_b = 64;
	cell->ask.gap_ns = 4 * STORM_NS;
	err = ipc_session_run(cell, &r, why);
	if (err)
		return err && !r.began && is_lack(err) ? -EOPNOTSUPP : err;
	if (!ipc_can_stream(cell->variant, cell->mode))
		return 0;
	cell->ask.gap_ns = 0;
	cell->ask.pattern = IPC_STREAM;
	cell->ask.msg_size_b = at_most(cell->variant, STORM_LARGE);
	return ipc_session_run(cell, &r, why);
}

/* Whether each side took some signals; on a busy machine many of them come as one. */
static bool was_stormy(unsigned sides)
{
	return atomic_load(&fault.hits[0]) >= 10 &&
	       (sides == 1 || atomic_load(&fault.hits[1]) >= 10);
}

static void test_storm(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	unsigned sides = cell->variant->flags & IPC_FLOOR ? 1 : 2;
	const struct cell ask = cell->ask;
	char why[CREW_REASON] = "";
	unsigned tries = 0;
	int err;

	if (!has_its_turn(cell))
		return;
	atomic_store(&fault.hits[0], 0);
	atomic_store(&fault.hits[1], 0);
	arm(cell, start_storm);
	do {
		cell->ask = ask;
		err = storm_runs(cell, why);
	} while (!err && !was_stormy(sides) && ++tries < STORMS);
	if (err == -EOPNOTSUPP) {
		skip(what, why);
		return;
	}
	if (!ok(!err && was_stormy(sides), "%s: signals each 50 us change no byte", what))
		fprintf(stderr, "# pattern %d: %s (%s); %u and %u signals\n", cell->ask.pattern,
			why, strerror(-err), atomic_load(&fault.hits[0]),
			atomic_load(&fault.hits[1]));
}

static int kill_self(const struct ipc_end *end)
{
	return end->side == fault.side ? timer_to_self(SIGKILL, KILL_NS, 0, 0) : 0;
}

/* Nothing of a session that failed: no name, process, descriptor. */
static bool nothing_left(const struct machine *m, unsigned descriptors)
{
	return !objects_left(m) && no_child_left() && open_descriptors() == descriptors;
}

/* What keeps the sides of `cell` busy for longer than a test. */
static void make_endless(struct ipc_cell *cell)
{
	bool stream =
		ipc_can_stream(cell->variant, cell->mode) && !(cell->variant->flags & IPC_FLOOR);

	cell->ask.pattern = stream ? IPC_STREAM : IPC_PING_PONG;
	cell->size.iterations = stream ? ENDLESS : UINT64_MAX / 1000000;
	cell->ask.msg_size_b = at_most(cell->variant, LARGE);
}

/*
 * A side dies in the middle of a stream of large messages. Of processes each does, one after the
 * other; sides that are threads die with the whole process, whichever it is.
 */
static void test_death(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	unsigned descriptors = open_descriptors(), first = half_of(cell), n = 2;
	static struct ipc_result r;

	if (cell->variant->flags & IPC_FLOOR || !has_its_turn(cell))
		return;
	if (ipc_has_threads(cell))
		n = 1;
	arm(cell, kill_self);
	make_endless(cell);
	for (unsigned i = 0; i < n; i++) {
		char why[CREW_REASON] = "";
		int err;

		fault.side = (first + i) % 2;
		err = ipc_session_run(cell, &r, why);
		if (!r.began && is_lack(err)) {
			skip(what, why);
			continue;
		}
		if (!ok((err == -ECHILD || err == -ECONNRESET || err == -EPIPE) && why[0] &&
				nothing_left(m, descriptors),
			"%s: side %u is killed", what, fault.side))
			fprintf(stderr, "# %s (%s), %u objects left\n", why, strerror(-err),
				objects_left(m));
	}
}

static int tell(const struct ipc_end *end)
{
	return write(fault.told, "", 1) == 1 ? 0 : -EIO;
}

static int tell_and_stay(const struct ipc_end *end)
{
	int err = tell(end);

	/* pause() fails for ever; only SIGKILL ends this */
	while (!err && pause())
		;
	return err;
}

/* The driver in a process of its own: 0 when the session ended as an interrupted one should. */
static int interrupted_driver(const struct machine *m, struct ipc_cell *cell)
{
	unsigned descriptors;
	static struct ipc_result r;
	char why[CREW_REASON] = "";
	sigset_t late;
	int err;

	/*
	 * a signal that comes when it has turned out that the cell cannot run here is none to die
	 * of
	 */
	sigemptyset(&late);
	sigaddset(&late, SIGINT);
	sigaddset(&late, SIGTERM);
	sigprocmask(SIG_BLOCK, &late, NULL);
	if (names_begin())
		return 1;
	descriptors = open_descriptors();
	err = ipc_session_run(cell, &r, why);
	if (!r.began && is_lack(err)) {
		names_end();
		return EXIT_FAILURE + 100;
	}
	if (err != -EINTR || strcmp(why, "interrupted"))
		return 2;
	if (!nothing_left(m, descriptors))
		return 3;
	names_end();
	return access(m->names, F_OK) ? 0 : 4;
}

/* Waits until all sides have told, or nobody is left to; how many did. */
static unsigned wait_told(int fd, unsigned sides)
{
	unsigned told = 0;
	char byte;

	while (told < sides && read(fd, &byte, 1) == 1)
		told++;
	return told;
}

/* True when every process that held the writing end is gone. */
static bool all_gone(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char byte;

	return poll(&p, 1, GONE_MS) == 1 && read(fd, &byte, 1) == 0;
}

/* Forks a driver that runs `cell`; its process, with the end to read what its sides tell in *fd. */
static pid_t fork_driver(const struct machine *m, struct ipc_cell *cell, int *fd)
{
	int ends[2];
	pid_t pid;

	fflush(NULL);
	pid = pipe(ends) ? -1 : fork();
	if (pid < 0) {
		printf("Bail out! no driver: %s\n", strerror(errno));
		exit(EXIT_FAILURE);
	}
	if (pid == 0) {
		close(ends[0]);
		fault.told = ends[1];
		_exit(interrupted_driver(m, cell));
	}
	close(ends[1]);
	*fd = ends[0];
	return pid;
}

/*
 * SIGINT to the driver while its sides stream; SIGTERM with the other endpoints, or in the next
 * wait mode.
 */
static void test_interrupt(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	unsigned sides = cell->variant->flags & IPC_FLOOR ? 1 : 2;
	int sig = half_of(cell) ? SIGTERM : SIGINT, fd, status = -1;
	bool told;
	pid_t pid;

	if (!has_its_turn(cell))
		return;
	arm(cell, tell);
	make_endless(cell);
	pid = fork_driver(m, cell, &fd);
	told = wait_told(fd, sides) == sides;
	if (told)
		kill(pid, sig);
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE + 100)
		skip(what, "cannot run here");
	else if (!ok(told && status == 0 && all_gone(fd), "%s: the driver is interrupted by %s",
		     what, sig == SIGTERM ? "SIGTERM" : "SIGINT"))
		fprintf(stderr, "# status %x\n", (unsigned)status);
	close(fd);
}

/*
 * SIGKILL to the driver while its sides attach: they die with it, the next run removes the names.
 */
static void test_driver_death(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	unsigned sides = cell->variant->flags & IPC_FLOOR ? 1 : 2, n, alive, left;
	struct object list[OBJECTS_MAX];
	int fd, status = 0;
	bool gone;
	pid_t pid;

	if (!has_its_turn(cell))
		return;
	arm(cell, tell_and_stay);
	cell->size.iterations = 1;
	cell->ask.msg_size_b = 64;
	pid = fork_driver(m, cell, &fd);
	if (wait_told(fd, sides) != sides) {
		waitpid(pid, &status, 0);
		skip(what, "cannot run here");
		close(fd);
		return;
	}
	n = objects_list(m, list);
	alive = objects_alive(list, n);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	gone = all_gone(fd);
	close(fd);
	left = names_begin() ? OBJECTS_MAX : objects_alive(list, n);
	ok(gone && WIFSIGNALED(status) && !left && names_swept() == alive,
	   "%s: the driver is killed; its %u names go at the next start", what, alive);
	names_end();
}

static int wait_for_ever(struct crew *crew, unsigned member)
{
	while (pause())
		;
	return 0;
}

static int fail_second(struct crew *crew, unsigned member)
{
	return member ? crew_fail(crew, member, -EIO, "told, and why") : wait_for_ever(crew, 0);
}

static int say_hello(struct crew *crew, unsigned member)
{
	return 0;
}

/* The crew itself: the watchdog, a member that fails while its peer sleeps, an ignored SIGCHLD. */
static void test_crew(const struct machine *m, bool threads)
{
	const char *kind = threads ? "threads" : "processes";
	struct crew_member member[2];
	char why[CREW_REASON] = "";
	struct crew crew = {.topology = m->topology,
			    .n = 2,
			    .threads = threads,
			    .pus = m->two.pu,
			    .timeout_ns = 50000000,
			    .work = wait_for_ever};

	ok(crew_run(&crew, member, why) == -ETIMEDOUT && strstr(why, "watchdog") &&
		   no_child_left() && member[0].pid > 0 && !member[0].ended,
	   "%s that wait in vain are ended by the watchdog", kind);
	crew.timeout_ns = 100000000000u;
	crew.work = fail_second;
	ok(crew_run(&crew, member, why) == -EIO && !strcmp(why, "told, and why") && no_child_left(),
	   "%s: one fails; the crew ends and says why", kind);
	crew.work = say_hello;
	signal(SIGCHLD, SIG_IGN);
	ok(crew_run(&crew, member, why) == 0 && member[1].ended && no_child_left(),
	   "%s: a driver started with SIGCHLD ignored sees them end", kind);
	signal(SIGCHLD, SIG_DFL);
}

int main(int argc, char **argv)
{
	struct machine m;

	only_names = argv + 1;
	fault.hits = mmap(NULL, sizeof(*fault.hits) * 2, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!ok(machine_load(&m) && fault.hits != MAP_FAILED && !names_begin(),
		"the machine is read"))
		return done_testing();
	for_each_ipc(&m, test_storm);
	for_each_ipc(&m, test_death);
	test_crew(&m, false);
	test_crew(&m, true);
	names_end();
	/* drivers of their own begin and end their own names */
	for_each_ipc(&m, test_interrupt);
	for_each_ipc(&m, test_driver_death);
	ok(machine_free(&m), "the private directory is gone");
	return done_testing();
}
