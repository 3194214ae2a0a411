/* SPDX-License-Identifier: MIT */
/*
 * The journal of a run is "<id>.lock" in the private directory: a line "in <namespaces>", then a
 * line
 * "<kind> <n>" per name, written before the object exists. What was made in other namespaces, such
 * as a container's, is removed by a run in those. A journal whose flock() can be taken belongs to a
 * dead run. A line holds no name but only what one is made of, so that no journal can make us
 * remove anything else.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/machine/cgroup.h"
#include "bench/machine/names.h"
#include "bench/machine/sysv_name.h"
#include "bench/machine/tracefs.h"

#define ID_LENGTH 16 /* hexadecimal digits of a random 64-bit number */
/* Leaves room for "/<id>-<n>". */
#define DIR_SIZE (NAME_SIZE - sizeof("/-4294967295") + 1 - ID_LENGTH)
#define SYSV_TRIES 0xffffu    /* all keys that are ours */
#define ATTEMPTS 100	      /* to create what another run may remove at the same time */
#define PLACES "in %llu %llu" /* IPC namespace and /dev/shm: what a journal begins with */
#define MADE_S 10 /* seconds: the object of a line exists so soon after it, or never will */

static const char *const kind_name[] = {
	[NAME_SHM] = "shm",	      [NAME_MQ] = "mq",
	[NAME_PATH] = "path",	      [NAME_SEM] = "sem",
	[NAME_SYSV_SHM] = "sysv-shm", [NAME_SYSV_MSG] = "sysv-msg",
	[NAME_SYSV_SEM] = "sysv-sem", [NAME_CGROUP] = "cgroup",
	[NAME_TRACE] = "trace",
};

/* Where names of a kind are known. */
enum place {
	PLACE_FILES, /* the private directory, in which the journal is found as well; groups and
			traces, which have no such place */
	PLACE_IPC,   /* the IPC namespace (ipc_namespaces(7)) */
	PLACE_SHM,   /* the file system at /dev/shm, of the mount namespace */
};

/* Those of this process, as a journal has them. */
struct places {
	unsigned long long ipc, shm; /* inode of the namespace; device; 0 = not to be known */
};

/* This run; journal_fd is -1 where none has begun. */
static struct {
	pid_t owner;		  /* process that began; children forked later share the rest */
	int dir_fd;		  /* private directory */
	int journal_fd;		  /* append only; holds the lock */
	char dir[DIR_SIZE];	  /* private directory */
	char id[ID_LENGTH + 1];	  /* of this run */
	_Atomic unsigned *next_n; /* shared with children: no number is used twice */
	unsigned swept;		  /* leftovers removed */
} run = {.dir_fd = -1, .journal_fd = -1};

/* Whether `dir`, which is ours, keeps its name: others cannot rename what is in the one above. */
static bool keeps_name(int dir)
{
	struct stat st;

	if (fstatat(dir, "..", &st, 0))
		return false;
	if (st.st_mode & S_ISVTX)
		return true;
	return (st.st_uid == geteuid() || !st.st_uid) && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* The private directory is a real directory of ours that nobody else can write or replace. */
static int open_private_dir(const char *path)
{
	struct stat st;
	int fd;

	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP || errno == ENOTDIR || errno == EACCES ? -EPERM : -errno;
	if (fstat(fd, &st) || st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH) ||
	    !keeps_name(fd)) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

/*
 * Opens $XDG_RUNTIME_DIR/handoff; where that cannot be made or is too long, one in a directory that
 * nobody else can make names in; only without that /tmp/handoff-<uid>, where others can be in the
 * way.
 */
static int open_dir(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	unsigned uid = (unsigned)geteuid();
	int fd = -ENOENT;

	if (runtime && runtime[0] == '/' &&
	    (size_t)snprintf(run.dir, sizeof(run.dir), "%s/handoff", runtime) < sizeof(run.dir))
		fd = open_private_dir(run.dir);
	if (fd >= 0 || fd == -EPERM)
		return fd;
	if (uid)
		snprintf(run.dir, sizeof(run.dir), "/run/user/%u/handoff", uid);
	else
		snprintf(run.dir, sizeof(run.dir), "/run/handoff");
	fd = open_private_dir(run.dir);
	if (fd >= 0)
		return fd;
	snprintf(run.dir, sizeof(run.dir), "/tmp/handoff-%u", uid);
	return open_private_dir(run.dir);
}

static bool is_sysv(enum name_kind kind)
{
	return kind >= NAME_SYSV_SHM && kind <= NAME_SYSV_SEM;
}

static enum place place_of(enum name_kind kind)
{
	if (kind == NAME_PATH || kind >= NAME_CGROUP)
		return PLACE_FILES;
	return kind == NAME_SHM || kind == NAME_SEM ? PLACE_SHM : PLACE_IPC;
}

static struct places find_places(void)
{
	struct places p = {0, 0};
	struct stat st;

	if (!stat("/proc/self/ns/ipc", &st))
		p.ipc = st.st_ino;
	if (!stat("/dev/shm", &st))
		p.shm = st.st_dev;
	return p;
}

/*
 * Whether what a run at `made` has named can be found here: also where nothing is known of either.
 */
static bool is_here(enum name_kind kind, const struct places *made, const struct places *here)
{
	switch (place_of(kind)) {
	case PLACE_IPC:
		return !made->ipc || !here->ipc || made->ipc == here->ipc;
	case PLACE_SHM:
		return !made->shm || !here->shm || made->shm == here->shm;
	default:
		return true;
	}
}

/*
 * Removes object `n` of the run that `id` begins with, made by `last` where a key is all that it is
 * known by. Returns whether there was one.
 */
static bool remove_object(int dir_fd, enum name_kind kind, const char *id, unsigned n, time_t last)
{
	char name[NAME_SIZE];

	if (is_sysv(kind))
		return sysv_remove(kind, sysv_key(id, n), last);

	if (kind == NAME_PATH) {
		snprintf(name, sizeof(name), "%.*s-%u", ID_LENGTH, id, n);
		return !unlinkat(dir_fd, name, 0) || !unlinkat(dir_fd, name, AT_REMOVEDIR);
	}
	snprintf(name, sizeof(name), "/handoff-%.*s-%u", ID_LENGTH, id, n);
	if (kind == NAME_CGROUP)
		return cgroup_remove("", name + 1);
	if (kind == NAME_TRACE)
		return tracefs_remove_instance(name + 1);
	if (kind == NAME_SEM)
		return !sem_unlink(name);
	return !(kind == NAME_SHM ? shm_unlink(name) : mq_unlink(name));
}

/* A number as name_new() prints it: digits only, no leading zero, at most UINT_MAX. */
static bool parse_n(const char *text, unsigned *n)
{
	char again[16];
	unsigned long value = strtoul(text, NULL, 10);

	*n = (unsigned)value;
	snprintf(again, sizeof(again), "%u", *n);
	return value <= UINT_MAX && !strcmp(text, again);
}

/* A line of a journal, with its newline. Returns whether it is one that name_new() writes. */
static bool parse_line(char *line, enum name_kind *kind, unsigned *n)
{
	char *end = strchr(line, '\n'), *space = strchr(line, ' ');

	if (!end || end[1] || !space)
		return false; /* cut off: then the object was never made */
	*end = *space = '\0';
	for (unsigned k = 0; k < sizeof(kind_name) / sizeof(kind_name[0]); k++) {
		*kind = (enum name_kind)k;
		if (!strcmp(line, kind_name[k]))
			return parse_n(space + 1, n);
	}
	return false;
}

/*
 * Removes all objects of the journal `name` ("<id>.lock") that are here; how many were.
 * `*elsewhere`: others are not.
 */
static unsigned remove_journaled(int dir_fd, const char *name, bool *elsewhere)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *journal = fd < 0 ? NULL : fdopen(fd, "r");
	size_t size = 0;
	char *line = NULL;
	unsigned n, removed = 0;
	struct places made = {0, 0}, here = find_places();
	struct stat st = {0};
	enum name_kind kind;
	ssize_t length;

	*elsewhere = false;

	if (!journal) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	fstat(fd, &st); /* its time is that of the last line; what cannot be told from it stays */
	while ((length = getline(&line, &size, journal)) > 0) {
		if (strlen(line) != (size_t)length ||
		    sscanf(line, PLACES, &made.ipc, &made.shm) == 2 || !parse_line(line, &kind, &n))
			continue;
		if (is_here(kind, &made, &here))
			removed += remove_object(dir_fd, kind, name, n, st.st_mtime + MADE_S);
		else
			*elsewhere = true;
	}
	free(line);
	fclose(journal);
	return removed;
}

static bool is_journal_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == ID_LENGTH && !strcmp(name + ID_LENGTH, ".lock");
}

/*
 * Removes what the journal `name` lists, and the journal, if its run is dead. Returns the objects.
 */
static unsigned sweep_journal(int dir_fd, const char *name)
{
	bool elsewhere = false;
	unsigned removed = 0;
	struct stat st;
	int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    !flock(fd, LOCK_EX | LOCK_NB)) {
		removed = remove_journaled(dir_fd, name, &elsewhere);
		if (!elsewhere)
			unlinkat(dir_fd, name, 0);
	}
	close(fd);
	return removed;
}

static unsigned sweep(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	unsigned removed = 0;
	struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	/* safe, one thread to a stream; readdir_r() is deprecated (readdir_r(3)) */
	/* cppcheck-suppress readdirCalled */
	while ((entry = readdir(dir)))
		if (is_journal_name(entry->d_name))
			removed += sweep_journal(dir_fd, entry->d_name);
	closedir(dir);
	return removed;
}

/*
 * Creates and locks this run's journal. Between the two a sweeping run may take the lock and remove
 * the file: then it has no link left and the caller tries again (-EAGAIN).
 */
static int create_journal(void)
{
	char name[ID_LENGTH + sizeof(".lock")];
	struct places here = find_places();
	struct stat st;
	uint64_t id;
	int fd;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return -errno;
	snprintf(run.id, sizeof(run.id), "%016" PRIx64, id);
	snprintf(name, sizeof(name), "%s.lock", run.id);
	fd = openat(run.dir_fd, name, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST || errno == ENOENT ? -EAGAIN : -errno;
	if (flock(fd, LOCK_EX) || fstat(fd, &st) ||
	    dprintf(fd, PLACES "\n", here.ipc, here.shm) < 0) {
		int err = -errno;

		unlinkat(run.dir_fd, name, 0);
		close(fd);
		return err;
	}
	if (!st.st_nlink) {
		close(fd);
		return -EAGAIN;
	}
	return fd;
}

/* Opens the directory, sweeps it and creates the journal; another run may remove the directory. */
static int begin_in_dir(void)
{
	int fd = -EAGAIN;

	for (int i = 0; i < ATTEMPTS && fd == -EAGAIN; i++) {
		run.dir_fd = open_dir();
		if (run.dir_fd < 0)
			return run.dir_fd;
		run.swept += sweep(run.dir_fd);
		fd = create_journal();
		if (fd < 0)
			close(run.dir_fd);
	}
	return fd;
}

int names_begin(void)
{
	int fd;

	if (run.journal_fd >= 0)
		return -EALREADY;
	run.swept = 0;
	run.next_n = mmap(NULL, sizeof(*run.next_n), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run.next_n == MAP_FAILED)
		return -errno;
	fd = begin_in_dir();
	if (fd < 0) {
		munmap(run.next_n, sizeof(*run.next_n));
		return fd;
	}
	run.owner = getpid();
	run.journal_fd = fd;
	return 0;
}

/* The name of object `n` of this run. Returns its length, as snprintf() does. */
static int format_name(char *buf, size_t size, enum name_kind kind, unsigned n)
{
	if (kind == NAME_PATH)
		return snprintf(buf, size, "%s/%s-%u", run.dir, run.id, n);
	if (is_sysv(kind))
		return snprintf(buf, size, "0x%x-%u", (unsigned)sysv_key(run.id, n), n);
	return snprintf(buf, size, "%shandoff-%s-%u", kind >= NAME_CGROUP ? "" : "/", run.id, n);
}

int name_new(enum name_kind kind, char *buf, size_t size)
{
	char line[32];
	int length;
	unsigned n, tries = 0;
	ssize_t written;

	if (run.journal_fd < 0)
		return -ENOENT;
	do /* a key may be somebody's */
		n = atomic_fetch_add(run.next_n, 1);
	while (is_sysv(kind) && sysv_exists(kind, sysv_key(run.id, n)) && tries++ < SYSV_TRIES);
	if (tries > SYSV_TRIES)
		return -EEXIST;
	if (format_name(buf, size, kind, n) >= (int)size)
		return -ENAMETOOLONG;
	length = snprintf(line, sizeof(line), "%s %u\n", kind_name[kind], n);
	written = write(run.journal_fd, line, (size_t)length);
	if (written < 0)
		return -errno;
	return written == length ? 0 : -EIO;
}

/* "<id>-<n>", as the last part of every name but a key's. */
static bool is_id_and_n(const char *text)
{
	unsigned n;

	return strspn(text, "0123456789abcdef") == ID_LENGTH && text[ID_LENGTH] == '-' &&
	       parse_n(text + ID_LENGTH + 1, &n);
}

int name_of_other(const char *sent, char *buf)
{
	const char *last = strrchr(sent, '/'), *id = last ? last + 1 : sent;
	bool alone = last == sent, prefixed = alone && !strncmp(id, "handoff-", 8);
	unsigned key, n;

	*buf = '\0';
	if (!*sent)
		return 0;
	if (!last) {
		if (sscanf(sent, "0x%8x-%u", &key, &n) != 2 || (key & ~SYSV_KEY_LOW) != SYSV_KEY)
			return -EINVAL;
		snprintf(buf, NAME_SIZE, "0x%x-%u", key, n);
		return 0;
	}
	if (alone != prefixed || !is_id_and_n(id + (prefixed ? 8 : 0)))
		return -EINVAL;
	return snprintf(buf, NAME_SIZE, "%s%s", alone ? "" : run.dir, last) < NAME_SIZE
		       ? 0
		       : -ENAMETOOLONG;
}

int name_key(const char *name)
{
	return (int)strtoul(name, NULL, 16); /* ends at the dash */
}

void name_remove(enum name_kind kind, const char *name)
{
	const char *dash = strrchr(name, '-');
	char ours[NAME_SIZE];
	unsigned n;

	if (run.journal_fd < 0 || !dash || !parse_n(dash + 1, &n))
		return;
	format_name(ours, sizeof(ours), kind, n);
	if (!strcmp(name, ours))
		remove_object(run.dir_fd, kind, run.id, n, time(NULL));
}

void names_end(void)
{
	char name[ID_LENGTH + sizeof(".lock")];
	bool elsewhere;

	if (run.journal_fd < 0 || run.owner != getpid())
		return;
	snprintf(name, sizeof(name), "%s.lock", run.id);
	remove_journaled(run.dir_fd, name, &elsewhere);
	unlinkat(run.dir_fd, name, 0);
	close(run.journal_fd);
	run.journal_fd = -1;
	rmdir(run.dir); /* fails, as it should, where another run is using it */
	close(run.dir_fd);
	munmap(run.next_n, sizeof(*run.next_n));
}

unsigned names_swept(void)
{
	return run.swept;
}
