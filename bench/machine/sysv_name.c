/* SPDX-License-Identifier: MIT */
/* Keys of System V objects (sysvipc(7)): which are ours, and removing them. */
#include "bench/machine/sysv_name.h"

#include <stdlib.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#define ID_TAIL 12 /* where the last four digits of an id begin */

/* semctl(2): the caller defines it. */
union semun {
	struct semid_ds *buf;
};

key_t sysv_key(const char *id, unsigned n)
{
	char tail[] = {id[ID_TAIL], id[ID_TAIL + 1], id[ID_TAIL + 2], id[ID_TAIL + 3], '\0'};

	return (key_t)(SYSV_KEY | (((unsigned)strtoul(tail, NULL, 16) + n) & SYSV_KEY_LOW));
}

/* Size 0 and no permissions asked for: whatever is there is found, also another user's. */
static int find(enum name_kind kind, key_t key)
{
	switch (kind) {
	case NAME_SYSV_SHM:
		return shmget(key, 0, 0);
	case NAME_SYSV_MSG:
		return msgget(key, 0);
	default:
		return semget(key, 0, 0);
	}
}

bool sysv_exists(enum name_kind kind, key_t key)
{
	return find(kind, key) >= 0;
}

static bool is_ours(const struct ipc_perm *perm, time_t made, time_t last)
{
	return perm->cuid == geteuid() && made <= last;
}

bool sysv_remove(enum name_kind kind, key_t key, time_t last)
{
	int id = find(kind, key);
	struct shmid_ds shm = {0};
	struct msqid_ds msg = {0};
	struct semid_ds sem = {0};

	if (id < 0)
		return false;
	switch (kind) {
	case NAME_SYSV_SHM:
		return !shmctl(id, IPC_STAT, &shm) && is_ours(&shm.shm_perm, shm.shm_ctime, last) &&
		       !shmctl(id, IPC_RMID, NULL);
	case NAME_SYSV_MSG:
		return !msgctl(id, IPC_STAT, &msg) && is_ours(&msg.msg_perm, msg.msg_ctime, last) &&
		       !msgctl(id, IPC_RMID, NULL);
	default:
		return !semctl(id, 0, IPC_STAT, (union semun){.buf = &sem}) &&
		       is_ours(&sem.sem_perm, sem.sem_ctime, last) && !semctl(id, 0, IPC_RMID);
	}
}
