/* SPDX-License-Identifier: MIT */
/* Processes that keep siblings, memory or all other PUs busy. */
#include "bench/measure/load.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/machine/limits.h"
#include "bench/machine/memory.h"
#include "bench/machine/placement.h"
#include "bench/measure/crew.h"

#define CORE_WORDS 1024	   /* of 8 bytes, twice: half of a 32 KiB first-level cache */
#define CHUNK_B (1u << 20) /* between two updates of what was copied */
#define START_LIMIT_S 20   /* for all to touch their memory on a busy machine */
#define NODE_UNKNOWN 1	   /* of struct load_member */
#define CLASS_REFUSED 255  /* exit code: no errno */

/* What a process of the load tells its starter. */
struct load_member {
	alignas(BENCH_ALIGN) _Atomic uint64_t copied_b;
	_Atomic int node_check;	 /* memory_verify()'s word on its buffers */
	_Atomic bool works;	 /* it is pinned, its memory touched */
	struct scheduling sched; /* how it is scheduled then */
};

struct load_shared {
	size_t size; /* of all of this, bytes */
	struct load_member member[];
};

static const char *const names[LOAD_COUNT] = {
	[LOAD_NONE] = "none", [LOAD_SIBLING] = "sibling", [LOAD_MEMORY] = "memory",
	[LOAD_CPU] = "cpu",   [LOAD_SAME] = "same",
};

const char *load_name(enum load_kind kind)
{
	return names[kind];
}

static bool is_used(unsigned pu, const unsigned *used, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (used[i] == pu)
			return true;
	return false;
}

static bool is_sibling(const struct topology *t, unsigned pu, const unsigned *used, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (topology_domain(t, pu, RELATION_SMT) ==
		    topology_domain(t, used[i], RELATION_SMT))
			return true;
	return false;
}

int load_place(struct load *l, const struct topology *t, enum load_kind kind, const unsigned *used,
	       unsigned n_used, char *reason)
{
	unsigned allowed = topology_allowed_count(t);

	*l = (struct load){.kind = kind, .node = -1};
	if (kind == LOAD_NONE)
		return 0;
	l->pus = calloc(allowed, sizeof(*l->pus));
	l->pids = calloc(allowed, sizeof(*l->pids));
	if (!l->pus || !l->pids)
		return -ENOMEM;
	if (kind == LOAD_MEMORY)
		l->n = placement_spare(t, used, n_used, l->pus);
	for (unsigned i = 0; kind != LOAD_MEMORY && i < allowed; i++) {
		unsigned pu = topology_allowed_pu(t, i);
		bool measured = is_used(pu, used, n_used);

		if (kind == LOAD_SAME
			    ? measured
			    : !measured && (kind == LOAD_CPU || is_sibling(t, pu, used, n_used)))
			l->pus[l->n++] = pu;
	}
	if (kind == LOAD_MEMORY && l->n > LOAD_MEMORY_MAX)
		l->n = LOAD_MEMORY_MAX;
	if (l->n)
		return 0;
	snprintf(reason, CREW_REASON,
		 kind == LOAD_SIBLING ? "--load=sibling: no CPU beside the measured ones shares a "
					"core with them"
				      : "--load=%s: all CPUs are measured: none is left for it",
		 load_name(kind));
	return -ENODEV;
}

/* Integer and floating-point arithmetic in the first-level cache: an execution unit's whole day. */
static _Noreturn void burn(void)
{
	static uint64_t whole[CORE_WORDS];
	static double real[CORE_WORDS];

	for (;;) {
		for (unsigned i = 0; i < CORE_WORDS; i++) {
			whole[i] = whole[i] * 6364136223846793005u + i;
			real[i] = real[i] * 0.5 + 1;
		}
		__asm__ volatile("" : : "r"(whole), "r"(real) : "memory");
	}
}

static _Noreturn void copy(struct load_member *me, const char *from, char *to)
{
	for (size_t at = 0;; at = (at + CHUNK_B) % LOAD_BUFFER_B) {
		memcpy(to + at, from + at, CHUNK_B);
		__asm__ volatile("" : : "r"(to) : "memory");
		atomic_fetch_add_explicit(&me->copied_b, CHUNK_B, memory_order_relaxed);
	}
}

/* Both buffers in one mapping on `node`, touched; NULL = no memory. */
static char *make_buffers(struct load_member *me, unsigned node)
{
	void *memory;

	if (memory_map(2 * LOAD_BUFFER_B, PAGES_BASE, &memory))
		return NULL;
	memory_bind(memory, 2 * LOAD_BUFFER_B, node); /* what a container forbids is verified */
	if (memory_prefault(memory, 2 * LOAD_BUFFER_B))
		return NULL;
	atomic_store(&me->node_check, memory_verify(memory, 2 * LOAD_BUFFER_B, node));
	return memory;
}

/*
 * The class and nice value that the load is to have; a real-time one ends when nobody else ends it.
 * 0 or -errno.
 */
static int take_class(const struct load *l, struct load_member *me)
{
	rlim_t us = l->longest_ns / 1000;
	int err;

	if (scheduling_is_realtime(&l->sched))
		setrlimit(RLIMIT_RTTIME, &(struct rlimit){us, us});
	err = scheduling_set(0, &l->sched);
	return err ? err : scheduling_get(0, &me->sched);
}

/* A process of the load, from its first instruction on; its exit code is an errno. */
static _Noreturn void member_main(struct load *l, const struct topology *t, unsigned m,
				  unsigned node, pid_t starter)
{
	struct load_member *me = &l->shared->member[m];
	char *buffers = NULL;
	int err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != starter)
		_exit(ESRCH);
	err = placement_bind_self(t, l->pus[m]);
	if (err)
		_exit(-err);
	if (l->kind == LOAD_MEMORY) {
		buffers = make_buffers(me, node);
		if (!buffers)
			_exit(ENOMEM);
	}
	if (take_class(l, me))
		_exit(CLASS_REFUSED);
	atomic_store(&me->works, true);
	if (buffers)
		copy(me, buffers, buffers + LOAD_BUFFER_B);
	burn();
}

/* The first process that has ended by itself, with its wait status; -1 = all are there. */
static int find_dead(struct load *l, int *status)
{
	for (unsigned i = 0; i < l->n; i++) {
		if (!l->pids[i] || waitpid(l->pids[i], status, WNOHANG) != l->pids[i])
			continue;
		l->pids[i] = 0;
		return (int)i;
	}
	return -1;
}

static int explain_dead(const struct load *l, int dead, int status, char *reason)
{
	char name[SCHEDULING_NAME];

	if (WIFEXITED(status) && WEXITSTATUS(status) == CLASS_REFUSED) {
		scheduling_name(&l->sched, name);
		snprintf(reason, CREW_REASON,
			 "class %s of the load refused: needs CAP_SYS_NICE or ulimit -e, -r", name);
		return -EPERM;
	}
	snprintf(reason, CREW_REASON, "the load's process on CPU %u ended: %s", l->pus[dead],
		 WIFSIGNALED(status) ? limits_explain_signal(WTERMSIG(status))
				     : limits_explain(-WEXITSTATUS(status)));
	return -ECHILD;
}

static int await_all(struct load *l, char *reason)
{
	uint64_t until = clock_system_now_ns() + START_LIMIT_S * 1000000000ull;
	int status = 0;

	for (unsigned i = 0; i < l->n;) {
		int dead;

		if (atomic_load(&l->shared->member[i].works)) {
			i++;
			continue;
		}
		dead = find_dead(l, &status);
		if (dead >= 0)
			return explain_dead(l, dead, status, reason);
		if (clock_system_now_ns() > until) {
			snprintf(reason, CREW_REASON, "the load did not start within %d s",
				 START_LIMIT_S);
			return -ETIMEDOUT;
		}
		usleep(200);
	}
	return 0;
}

/* What all have used and done until now. */
static void read_figures(const struct load *l, uint64_t *cpu_ns, uint64_t *copied_b)
{
	*cpu_ns = *copied_b = 0;
	for (unsigned i = 0; i < l->n; i++) {
		struct timespec ts;
		clockid_t id;

		*copied_b += atomic_load(&l->shared->member[i].copied_b);
		if (l->pids[i] && !clock_getcpuclockid(l->pids[i], &id) && !clock_gettime(id, &ts))
			*cpu_ns += (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
	}
}

static void kill_all(struct load *l)
{
	for (unsigned i = 0; i < l->n; i++) {
		if (!l->pids[i])
			continue;
		kill(l->pids[i], SIGKILL);
		while (waitpid(l->pids[i], NULL, 0) < 0 && errno == EINTR)
			;
		l->pids[i] = 0;
	}
	if (l->shared)
		munmap(l->shared, l->shared->size);
	l->shared = NULL;
}

int load_start(struct load *l, const struct topology *t, unsigned node, char *reason)
{
	size_t size = sizeof(*l->shared) + l->n * sizeof(l->shared->member[0]);
	pid_t starter = getpid();
	int err = 0;

	if (!l->n)
		return 0;
	l->shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (l->shared == MAP_FAILED) {
		l->shared = NULL;
		snprintf(reason, CREW_REASON, "no memory for the load: %s",
			 limits_explain(-ENOMEM));
		return -ENOMEM;
	}
	l->shared->size = size;
	fflush(NULL);
	for (unsigned i = 0; !err && i < l->n; i++) {
		pid_t pid;

		atomic_store(&l->shared->member[i].node_check, NODE_UNKNOWN);
		pid = fork();
		if (!pid)
			member_main(l, t, i, node, starter);
		l->pids[i] = pid > 0 ? pid : 0;
		err = pid < 0 ? -errno : 0;
	}
	if (err)
		snprintf(reason, CREW_REASON, "no new process for the load: %s",
			 limits_explain(err));
	else
		err = await_all(l, reason);
	if (err) {
		kill_all(l);
		return err;
	}
	l->node = (int)node;
	l->sched = l->shared->member[0].sched;
	for (unsigned i = 0; i < l->n; i++)
		if (atomic_load(&l->shared->member[i].node_check))
			l->node = -1;
	read_figures(l, &l->begin_cpu_ns, &l->begin_b);
	l->begin_ns = clock_system_now_ns();
	return 0;
}

int load_stop(struct load *l, char *reason)
{
	uint64_t cpu_ns, copied_b;
	int status, dead;
	double ns;

	if (!l->shared)
		return 0;
	ns = (double)(clock_system_now_ns() - l->begin_ns);
	read_figures(l, &cpu_ns, &copied_b);
	l->share = (double)(cpu_ns - l->begin_cpu_ns) / ns / l->n;
	l->mb_s = (double)(copied_b - l->begin_b) * 1e3 / ns;
	dead = find_dead(l, &status);
	kill_all(l);
	return dead < 0 ? 0 : explain_dead(l, dead, status, reason);
}

void load_free(struct load *l)
{
	free(l->pus);
	free(l->pids);
	l->pus = NULL;
	l->pids = NULL;
	l->n = 0;
}
