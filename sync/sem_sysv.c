/* SPDX-License-Identifier: MIT */
/*
 * System V semaphores: every operation is a system call (semop(2)); as a lock of one or several
 * permits, and as a hand-off between two roles. With SEM_UNDO the kernel keeps a list of what to
 * take back when the process ends. two_ops is what lmbench's lat_sem times: a call takes the
 * caller's own turn and gives the other's in one, so a round trip is two calls and not four;
 * nothing can be done between being woken and waking, so it is no hand-off.
 */
#include <stdalign.h>
#include <sys/sem.h>

#include "bench/machine/names.h"
#include "bench/measure/sync_loops.h"

enum { LOCK, ROLES = 2, SEMS = LOCK + 1 + ROLES };

struct sem_set {
	int id;		      /* of semget() */
	char name[NAME_SIZE]; /* key, for the journal */
};

static inline int sem_change(void *shared, unsigned short which, short by, short flags)
{
	struct sembuf change = {.sem_num = which, .sem_op = by, .sem_flg = flags};

	while (semop(((struct sem_set *)shared)->id, &change, 1))
		if (errno != EINTR)
			return -errno;
	return 0;
}

static inline int plain_enter(void *shared, void *local)
{
	return sem_change(shared, LOCK, -1, 0);
}

static inline int plain_leave(void *shared, void *local)
{
	return sem_change(shared, LOCK, 1, 0);
}

static inline int undo_enter(void *shared, void *local)
{
	return sem_change(shared, LOCK, -1, SEM_UNDO);
}

static inline int undo_leave(void *shared, void *local)
{
	return sem_change(shared, LOCK, 1, SEM_UNDO);
}

static inline int role_notify(void *shared, unsigned to)
{
	return sem_change(shared, (unsigned short)(1 + to), 1, 0);
}

static inline int role_wait(void *shared, unsigned me)
{
	return sem_change(shared, (unsigned short)(1 + me), -1, 0);
}

static inline int turn_pass(void *shared, unsigned short from, unsigned short to)
{
	struct sembuf change[] = {{.sem_num = from, .sem_op = -1}, {.sem_num = to, .sem_op = 1}};

	while (semop(((struct sem_set *)shared)->id, change, 2))
		if (errno != EINTR)
			return -errno;
	return 1;
}

/* Ends when the turn has come back, and gives it away again. */
static inline int first_turn(void *shared, void *local)
{
	return turn_pass(shared, 1, 2);
}

static inline int other_turn(void *shared, void *local)
{
	return turn_pass(shared, 2, 1);
}

/* A partner that waits for a turn has to see that there are no more. */
static void turn_detach(void *shared, void *local)
{
	sem_change(shared, 2, 1, 0);
}

/* semctl(2): the caller defines it. */
union semun {
	int val;
	unsigned short *array;
};

static int sem_sysv_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	unsigned short values[SEMS] = {(unsigned short)setup->permits, (unsigned short)v->arg};
	struct sem_set *set = shared;
	int err = name_new(NAME_SYSV_SEM, set->name, sizeof(set->name));

	if (err)
		return err;
	set->id = semget(name_key(set->name), SEMS, IPC_CREAT | IPC_EXCL | 0600);
	if (set->id < 0)
		return errno == ENOSYS ? -EOPNOTSUPP : -errno;
	return semctl(set->id, 0, SETALL, (union semun){.array = values}) ? -errno : 0;
}

static void sem_sysv_destroy(void *shared)
{
	name_remove(NAME_SYSV_SEM, ((struct sem_set *)shared)->name);
}

static const struct lock_ops plain_lock = {.enter = plain_enter, .leave = plain_leave};
static const struct lock_ops undo_lock = {.enter = undo_enter, .leave = undo_leave};
static const struct wake_ops role_wake = {.notify = role_notify, .wait = role_wait};
LOCK_LOOPS(plain_lock);
LOCK_LOOPS(undo_lock);
static const struct op_ops turn = {.op = first_turn, .partner = other_turn};
WAKE_LOOPS(role_wake);
OP_PARTNER_LOOPS(turn);

static const struct sync_variant sem_sysv_variants[] = {
	{.name = "plain",
	 .summary = "semop",
	 .flags = SYNC_COUNTS | SYNC_TSAN_BLIND,
	 .init = sem_sysv_init,
	 .destroy = sem_sysv_destroy,
	 .shared_size = sizeof(struct sem_set),
	 .lock = &plain_lock_loops,
	 .wake = &role_wake_loops},
	{.name = "undo",
	 .summary = "semop with SEM_UNDO: taken back when its process ends",
	 .flags = SYNC_COUNTS | SYNC_TSAN_BLIND,
	 .init = sem_sysv_init,
	 .destroy = sem_sysv_destroy,
	 .shared_size = sizeof(struct sem_set),
	 .lock = &undo_lock_loops},
	{.name = "two_ops",
	 .summary = "one semop takes the own turn and gives the other's: a round trip is two calls",
	 .flags = SYNC_PAIR | SYNC_TSAN_BLIND,
	 .arg = 1, /* the first turn */
	 .init = sem_sysv_init,
	 .destroy = sem_sysv_destroy,
	 .detach = turn_detach,
	 .shared_size = sizeof(struct sem_set),
	 .op = &turn_loops},
};
SYNC_MECHANISM(sem_sysv);
