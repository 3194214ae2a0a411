/* SPDX-License-Identifier: MIT */
/*
 * Locks of a file: flock(2), record locks of a process and of an open file description (fcntl(2)).
 * Each side opens the file itself, because flock() and open-file-description locks belong to what
 * open() made. A record lock belongs to the process: between its threads it excludes nobody.
 */
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "bench/machine/names.h"
#include "bench/measure/sync_loops.h"

struct file_lock {
	char path[NAME_SIZE];
};

struct file_holder {
	int fd;
};

static inline int flock_do(void *local, int what)
{
	while (flock(((struct file_holder *)local)->fd, what))
		if (errno != EINTR)
			return -errno;
	return 0;
}

static inline int record_do(void *local, int command, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_len = 1};

	while (fcntl(((struct file_holder *)local)->fd, command, &lock))
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* enter, enter_shared, leave from the expressions for them; and the loops. */
#define FILE_OPS(id, exclusive, shares, release)                       \
	static inline int id##_enter(void *shared, void *local)        \
	{                                                              \
		return exclusive;                                      \
	}                                                              \
	static inline int id##_enter_shared(void *shared, void *local) \
	{                                                              \
		return shares;                                         \
	}                                                              \
	static inline int id##_leave(void *shared, void *local)        \
	{                                                              \
		return release;                                        \
	}                                                              \
	static const struct lock_ops id##_ops = {                      \
		.enter = id##_enter,                                   \
		.leave = id##_leave,                                   \
		.enter_shared = id##_enter_shared,                     \
		.leave_shared = id##_leave,                            \
	};                                                             \
	RW_LOOPS(id##_ops)

FILE_OPS(whole, flock_do(local, LOCK_EX), flock_do(local, LOCK_SH), flock_do(local, LOCK_UN));
FILE_OPS(record, record_do(local, F_SETLKW, F_WRLCK), record_do(local, F_SETLKW, F_RDLCK),
	 record_do(local, F_SETLKW, F_UNLCK));
FILE_OPS(description, record_do(local, F_OFD_SETLKW, F_WRLCK),
	 record_do(local, F_OFD_SETLKW, F_RDLCK), record_do(local, F_OFD_SETLKW, F_UNLCK));

static int file_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	struct file_lock *lock = shared;
	int err = name_new(NAME_PATH, lock->path, sizeof(lock->path)), fd;

	if (err)
		return err;
	fd = open(lock->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static void file_destroy(void *shared)
{
	name_remove(NAME_PATH, ((struct file_lock *)shared)->path);
}

static int file_attach(void *shared, void *local, const struct sync_setup *setup)
{
	struct file_holder *me = local;

	me->fd = open(((struct file_lock *)shared)->path, O_RDWR | O_CLOEXEC);
	return me->fd < 0 ? -errno : 0;
}

static void file_detach(void *shared, void *local)
{
	close(((struct file_holder *)local)->fd);
}

#define FILE_LOCK(id, text, what, flag)                                                            \
	{                                                                                          \
		.name = id, .summary = text, .flags = SYNC_TSAN_BLIND | (flag), .init = file_init, \
		.destroy = file_destroy, .attach = file_attach, .detach = file_detach,             \
		.shared_size = sizeof(struct file_lock), .local_size = sizeof(struct file_holder), \
		.lock = &what##_ops_loops                                                          \
	}

static const struct sync_variant file_lock_variants[] = {
	FILE_LOCK("flock", "flock: of the whole file", whole, 0),
	FILE_LOCK("record", "fcntl record lock: of the process", record, SYNC_PROCESSES_ONLY),
	FILE_LOCK("description", "fcntl record lock of the open file description", description, 0),
};
SYNC_MECHANISM(file_lock);
