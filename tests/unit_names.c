/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* Nothing outlives a run: leftovers of killed runs are removed, everything else is left alone. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/machine/names.h"
#include "tests/tap.h"

#define KINDS 7

/* What a child made, told through shared memory. */
struct made {
	int err; /* of names_begin() and what followed; 0 when all is there */
	char name[2 * KINDS][NAME_SIZE]; /* by kind, two of each */
};

static char base[64];	 /* a directory of this test: XDG_RUNTIME_DIR */
static char private[80]; /* the directory that names_begin() makes in it */

static int sysv_get(enum name_kind kind, const char *name, int flags)
{
	int size = flags ? 1 : 0;

	if (kind == NAME_SYSV_SHM)
		return shmget(name_key(name), (size_t)size, flags);
	return kind == NAME_SYSV_MSG ? msgget(name_key(name), flags)
				     : semget(name_key(name), size, flags);
}

static int make_object(enum name_kind kind, const char *name)
{
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 8};
	int fd;

	if (kind == NAME_SEM) {
		sem_t *sem = sem_open(name, O_CREAT | O_EXCL, 0600, 0);

		return sem == SEM_FAILED ? -errno : sem_close(sem);
	}
	if (kind >= NAME_SYSV_SHM)
		return sysv_get(kind, name, IPC_CREAT | IPC_EXCL | 0600) < 0 ? -errno : 0;

	if (kind == NAME_MQ) {
		mqd_t mq = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);

		return mq == (mqd_t)-1 ? -errno : mq_close(mq);
	}
	fd = kind == NAME_SHM ? shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600)
			      : open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
	return fd < 0 ? -errno : close(fd);
}

static bool is_there(enum name_kind kind, const char *name)
{
	struct stat st;
	int fd;

	if (kind == NAME_SEM) {
		sem_t *sem = sem_open(name, 0);

		return sem != SEM_FAILED && !sem_close(sem);
	}
	if (kind >= NAME_SYSV_SHM)
		return sysv_get(kind, name, 0) >= 0;
	if (kind == NAME_PATH)
		return !lstat(name, &st);
	if (kind == NAME_MQ) {
		mqd_t mq = mq_open(name, O_RDONLY);

		return mq != (mqd_t)-1 && !mq_close(mq);
	}
	fd = shm_open(name, O_RDONLY, 0);
	return fd >= 0 && !close(fd);
}

static unsigned count_there(const struct made *m)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 2 * KINDS; i++)
		n += is_there((enum name_kind)(i / 2), m->name[i]);
	return n;
}

/* Makes two objects of each kind. Returns 0 or the first error. */
static int make_all(struct made *m)
{
	int err = 0;

	for (unsigned i = 0; i < 2 * KINDS && !err; i++) {
		enum name_kind kind = (enum name_kind)(i / 2);

		err = name_new(kind, m->name[i], sizeof(m->name[i]));
		if (!err)
			err = make_object(kind, m->name[i]);
	}
	return err;
}

/* Starts a child that begins a run, makes objects, says so on a pipe and waits to be killed. */
static pid_t start_run(struct made *m)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		return -1;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		m->err = names_begin();
		if (!m->err)
			m->err = make_all(m);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		m->err = -EPIPE;
	close(ready[0]);
	return pid;
}

static void kill_run(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_one_run(void)
{
	static struct made m;
	struct stat st;
	char small[10];

	ok_is(name_new(NAME_SHM, m.name[0], NAME_SIZE), -ENOENT, "no name before the run begins");
	if (!ok(!names_begin(), "a run begins"))
		return;
	ok_is(names_begin(), -EALREADY, "only once");
	ok(!stat(private, &st) && (st.st_mode & 07777) == 0700, "its directory is private");
	ok(!make_all(&m), "objects of all kinds are made");
	ok_is(count_there(&m), 2 * KINDS, "and are there");
	ok(!strncmp(m.name[0], "/handoff-", 9) && !strncmp(m.name[2], "/handoff-", 9) &&
		   !strncmp(m.name[4], private, strlen(private)),
	   "their names say whose they are");
	for (int i = 2 * NAME_SYSV_SHM; i < 2 * KINDS; i++)
		ok((unsigned)name_key(m.name[i]) >> 16 == 0x484f, "key %s too", m.name[i]);
	ok(strcmp(m.name[0], m.name[1]) != 0 && name_key(m.name[8]) != name_key(m.name[9]),
	   "names differ");
	ok_is(name_new(NAME_SHM, small, sizeof(small)), -ENAMETOOLONG, "a name is never cut");

	for (unsigned kind = 0; kind < KINDS; kind++)
		name_remove((enum name_kind)kind, m.name[2 * kind]);
	ok_is(count_there(&m), KINDS, "removed one of each");
	name_remove(NAME_SHM, m.name[0]);
	ok(!mkdir(m.name[4], 0700), "a name serves a directory as well");
	names_end();
	ok_is(count_there(&m), 0, "the end removes what is left, a directory too");
	ok(access(private, F_OK) && errno == ENOENT, "and the journal, and the directory");
	ok_is(names_swept(), 0, "nothing was swept");
}

/* A name that this run did not make is not removed, whatever it looks like. */
static void test_foreign_names(void)
{
	static const char *const foreign = "/handoff-0123456789abcdef-0";
	char path[128];

	snprintf(path, sizeof(path), "%s/bystander-0", base);
	if (!ok(!names_begin() && !make_object(NAME_SHM, foreign) && !make_object(NAME_PATH, path),
		"foreign objects beside a run"))
		return;
	name_remove(NAME_SHM, foreign);
	name_remove(NAME_PATH, path);
	name_remove(NAME_PATH, "");
	ok(is_there(NAME_SHM, foreign) && is_there(NAME_PATH, path),
	   "name_remove leaves them alone");
	names_end();
	ok(is_there(NAME_SHM, foreign) && is_there(NAME_PATH, path), "names_end too");
	shm_unlink(foreign);
	unlink(path);
}

static void test_killed_run(struct made *dead, struct made *alive)
{
	pid_t killed = start_run(dead), living = start_run(alive);

	if (!ok(!dead->err && !alive->err, "two runs make their objects"))
		return;
	kill_run(killed);
	ok_is(count_there(dead), 2 * KINDS, "SIGKILL leaves its objects behind");
	ok(!names_begin(), "the next run begins");
	ok_is(count_there(dead), 0, "and removes them");
	ok_is(names_swept(), 2 * KINDS, "%u leftovers swept", names_swept());
	ok_is(count_there(alive), 2 * KINDS, "a living run keeps its objects");
	names_end();
	ok(count_there(alive) == 2 * KINDS && !access(private, F_OK), "also when this one ends");
	kill_run(living);
	ok(!names_begin() && count_there(alive) == 0, "until it is dead");
	names_end();
	ok(access(private, F_OK) && errno == ENOENT, "the last one removes the directory");
}

/* A child of ours may make names; they differ from ours, and its end is not the run's. */
static void test_child(struct made *m)
{
	char name[NAME_SIZE];
	pid_t pid;

	names_begin();
	fflush(NULL);
	pid = fork();
	if (!pid) {
		m->err = make_all(m);
		names_end();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	ok(!m->err && count_there(m) == 2 * KINDS, "a forked child makes objects of the run");
	name_new(NAME_SHM, name, sizeof(name));
	ok(strcmp(name, m->name[0]) != 0 && strcmp(name, m->name[1]) != 0, "no name is used twice");
	names_end();
	ok_is(count_there(m), 0, "the run's end removes them");
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file))
		ok(false, "cannot write %s", path);
}

/* Names that another program says it has made. */
static void test_names_of_others(void)
{
	static const char *const alien[] = {
		"/etc/passwd",
		"/dev/../etc/passwd",
		"/handoff-0123456789abcdef-1/../x",
		"/handoff-0123456789abcdef-",
		"/handoff-0123456789abcdeg-1",
		"0x12345678-1",
		"/run/handoff/0123456789abcdef-1 ",
		"x",
	};
	char name[NAME_SIZE], own[NAME_SIZE];

	names_begin();
	snprintf(own, sizeof(own), "%s/0123456789abcdef-3", private);
	ok(!name_of_other("/mnt/handoff/0123456789abcdef-3", name) && !strcmp(name, own),
	   "a path of another is looked for in the own directory");
	ok(!name_of_other("/handoff-0123456789abcdef-3", name) &&
		   !strcmp(name, "/handoff-0123456789abcdef-3"),
	   "memory and queues have one name");
	ok(!name_of_other("0x484f00ab-3", name) && name_key(name) == 0x484f00ab, "and so do keys");
	ok(!name_of_other("", name) && !*name, "of no name comes none");
	for (size_t i = 0; i < sizeof(alien) / sizeof(alien[0]); i++)
		ok_is(name_of_other(alien[i], name), -EINVAL, "%s is none of ours", alien[i]);
	names_end();
}

/* Journals that nobody of ours wrote, in the directory of dead runs. */
static void test_hostile_journal(void)
{
	static const char *const id = "00000000deadbeef";
	char journal[128], victim[128], inside[128], bait[128], fifo[128];

	mkdir(private, 0700);
	snprintf(journal, sizeof(journal), "%s/%s.lock", private, id);
	snprintf(victim, sizeof(victim), "%s/victim", base);
	snprintf(inside, sizeof(inside), "%s/%s-7", private, id);
	snprintf(bait, sizeof(bait), "%s/%s-8", private, id);
	snprintf(fifo, sizeof(fifo), "%s/00000000deadfeed.lock", private);
	write_file(victim, "");
	write_file(inside, "");
	write_file(bait, "");
	mkfifo(fifo, 0600);
	make_object(NAME_SHM, "/handoff-victim");
	write_file(journal,
		   "path ../victim\npath /../../victim\nshm victim\nshm /handoff-victim\n"
		   "path 08\npath +8\npath  8\npath 8 \npath -8\npath 4294967304\nfile 8\n8\n\n"
		   "path\n path 8\npath 8\r\nPATH 8\npath 7\npath 8");
	ok(!names_begin(), "a hostile journal does not stop a run");
	ok(!access(victim, F_OK), "a path out of the directory is not followed");
	ok(is_there(NAME_SHM, "/handoff-victim"), "nor a name of another shape");
	ok(!access(bait, F_OK), "lines that name_new() would not write are ignored, cut ones too");
	ok(access(inside, F_OK) && names_swept() == 1, "the one good line among them is obeyed");
	ok(access(journal, F_OK), "the journal is gone");
	ok(!access(fifo, F_OK), "what is no regular file is no journal");
	names_end();
	shm_unlink("/handoff-victim");
	unlink(victim);
	unlink(bait);
	unlink(fifo);
	rmdir(private);
}

/* Makes the journal of a dead run that lists key `n`, its last line `age` seconds old. */
static void write_key_journal(const char *id, unsigned n, time_t age)
{
	struct timespec times[2] = {{.tv_sec = time(NULL) - age}, {.tv_sec = time(NULL) - age}};
	char journal[128], line[32];

	mkdir(private, 0700);
	snprintf(journal, sizeof(journal), "%s/%s.lock", private, id);
	snprintf(line, sizeof(line), "sysv-shm %u\n", n);
	write_file(journal, line);
	utimensat(AT_FDCWD, journal, times, 0);
}

/*
 * Half a key is not much: what has a key that a dead run could have used is removed only if it may
 * have made it, and a key that is taken is not given out.
 */
static void test_keys(void)
{
	static const char *const id = "00000000dead0007";
	const int key = 0x484f0007 + 5;
	char name[NAME_SIZE], taken[NAME_SIZE];
	int shm = shmget(key, 1, IPC_CREAT | IPC_EXCL | 0600);

	write_key_journal(id, 5, 3600);
	ok(shm >= 0 && !names_begin() && shmget(key, 0, 0) == shm && names_swept() == 0,
	   "a segment made long after the last line of a journal is somebody else's");
	names_end();
	write_key_journal(id, 4, 0);
	ok(!names_begin() && shmget(key, 0, 0) == shm, "so is one under another key");
	names_end();
	write_key_journal(id, 5, 0);
	ok(!names_begin() && shmget(key, 0, 0) < 0 && names_swept() == 1,
	   "the journal's own is removed");

	name_new(NAME_SYSV_MSG, name, sizeof(name));
	snprintf(taken, sizeof(taken), "0x%x", 0x484f0000 | ((name_key(name) + 1) & 0xffff));
	make_object(NAME_SYSV_MSG, taken);
	ok(!name_new(NAME_SYSV_MSG, name, sizeof(name)) && name_key(name) != name_key(taken),
	   "a key that somebody has is not given out");
	msgctl(msgget(name_key(taken), 0), IPC_RMID, NULL);
	names_end();
}

static void test_refused_directories(void)
{
	char real[128], too_long[PATH_MAX];

	snprintf(real, sizeof(real), "%s/real", base);
	mkdir(real, 0700);
	ok(!symlink(real, private) && names_begin() == -EPERM, "a link as directory is refused");
	unlink(private);
	rmdir(real);
	mkdir(private, 0700);
	chmod(private, 0770);
	ok_is(names_begin(), -EPERM, "a directory that the group may write is refused");
	chmod(private, 0702);
	ok_is(names_begin(), -EPERM, "one that all may write, too");
	rmdir(private);
	chmod(base, 0777);
	ok_is(names_begin(), -EPERM, "one that all may replace, too");
	chmod(base, 01777);
	ok(!names_begin(), "unless only its owner may");
	names_end();
	chmod(base, 0700);
	write_file(private, "");
	ok_is(names_begin(), -EPERM, "a file in its place is refused");
	unlink(private);

	memset(too_long, 'x', sizeof(too_long));
	too_long[0] = '/';
	too_long[100] = '\0';
	setenv("XDG_RUNTIME_DIR", too_long, 1);
	ok(!names_begin() && !name_new(NAME_PATH, real, NAME_SIZE) &&
		   (!strncmp(real, "/run/", 5) || !strncmp(real, "/tmp/", 5)),
	   "without a usable runtime directory it is /run or /tmp");
	names_end();
}

int main(void)
{
	struct made *made = mmap(NULL, 3 * sizeof(*made), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	strcpy(base, "/tmp/unit_names-XXXXXX");
	if (made == MAP_FAILED || !mkdtemp(base) || setenv("XDG_RUNTIME_DIR", base, 1))
		return 1;
	snprintf(private, sizeof(private), "%s/handoff", base);
	test_one_run();
	test_foreign_names();
	test_killed_run(&made[0], &made[1]);
	test_child(&made[2]);
	test_names_of_others();
	test_hostile_journal();
	test_keys();
	test_refused_directories();
	ok(!rmdir(base), "nothing is left behind");
	return done_testing();
}
