/* SPDX-License-Identifier: MIT */
/*
 * sem_t (sem_overview(7)): as a lock of one or several permits, and as a hand-off between two
 * roles. Unnamed in our memory, or named and opened by its name on each side.
 */
#include <fcntl.h>
#include <semaphore.h>
#include <stdalign.h>

#include "bench/machine/names.h"
#include "bench/measure/sync_loops.h"

enum { LOCK, ROLES = 2, SEMS = LOCK + 1 + ROLES };

/* The lock is the first one; roles have one each. */
struct permit {
	alignas(BENCH_ALIGN) sem_t sem;
};

struct named {
	char name[NAME_SIZE]; /* for sem_open() */
};

struct opened {
	sem_t *sem; /* where this side has it */
};

static inline int sem_take(sem_t *sem)
{
	while (sem_wait(sem))
		if (errno != EINTR)
			return -errno;
	return 0;
}

static inline int sem_give(sem_t *sem)
{
	return sem_post(sem) ? -errno : 0;
}

static inline int sem_enter(void *shared, void *local)
{
	return sem_take(&((struct permit *)shared)[LOCK].sem);
}

static inline int sem_leave(void *shared, void *local)
{
	return sem_give(&((struct permit *)shared)[LOCK].sem);
}

static inline int sem_notify(void *shared, unsigned to)
{
	return sem_give(&((struct permit *)shared)[1 + to].sem);
}

static inline int sem_wait_role(void *shared, unsigned me)
{
	return sem_take(&((struct permit *)shared)[1 + me].sem);
}

static int unnamed_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	struct permit *p = shared;

	for (unsigned i = 0; i < SEMS; i++)
		if (sem_init(&p[i].sem, setup->processes, i == LOCK ? setup->permits : 0))
			return -errno;
	return 0;
}

static inline int named_enter(void *shared, void *local)
{
	return sem_take(((struct opened *)local)->sem);
}

static inline int named_leave(void *shared, void *local)
{
	return sem_give(((struct opened *)local)->sem);
}

static int named_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	struct named *n = shared;
	int err = name_new(NAME_SEM, n->name, sizeof(n->name));
	sem_t *sem;

	if (err)
		return err;
	sem = sem_open(n->name, O_CREAT | O_EXCL, 0600, setup->permits);
	if (sem == SEM_FAILED)
		return errno == ENOSYS ? -EOPNOTSUPP : -errno;
	sem_close(sem);
	return 0;
}

static void named_destroy(void *shared)
{
	name_remove(NAME_SEM, ((struct named *)shared)->name);
}

static int named_attach(void *shared, void *local, const struct sync_setup *setup)
{
	struct opened *me = local;

	me->sem = sem_open(((struct named *)shared)->name, 0);
	return me->sem == SEM_FAILED ? -errno : 0;
}

static void named_detach(void *shared, void *local)
{
	sem_close(((struct opened *)local)->sem);
}

static const struct lock_ops unnamed_lock = {.enter = sem_enter, .leave = sem_leave};
static const struct wake_ops unnamed_wake = {.notify = sem_notify, .wait = sem_wait_role};
static const struct lock_ops named_lock = {.enter = named_enter, .leave = named_leave};
LOCK_LOOPS(unnamed_lock);
WAKE_LOOPS(unnamed_wake);
LOCK_LOOPS(named_lock);

static const struct sync_variant sem_posix_variants[] = {
	{.name = "unnamed",
	 .summary = "sem_init",
	 .flags = SYNC_COUNTS,
	 .init = unnamed_init,
	 .shared_size = SEMS * sizeof(struct permit),
	 .lock = &unnamed_lock_loops,
	 .wake = &unnamed_wake_loops},
	{.name = "named",
	 .summary = "sem_open, opened by its name on each side",
	 .flags = SYNC_COUNTS,
	 .init = named_init,
	 .destroy = named_destroy,
	 .attach = named_attach,
	 .detach = named_detach,
	 .shared_size = sizeof(struct named),
	 .local_size = sizeof(struct opened),
	 .lock = &named_lock_loops},
};
SYNC_MECHANISM(sem_posix);
