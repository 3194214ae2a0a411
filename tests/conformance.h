/* SPDX-License-Identifier: MIT */
/* What the conformance tests share: the machine, names of their own, and a look at what is left. */
#ifndef TESTS_CONFORMANCE_H
#define TESTS_CONFORMANCE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/machine/names.h"
#include "bench/machine/placement.h"
#include "bench/machine/sysv_name.h"
#include "bench/measure/ipc_session.h"
#include "bench/measure/sync_session.h"
#include "tests/tap.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER true
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER false
#endif

#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN true
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN true
#endif
#endif
#ifndef UNDER_TSAN
#define UNDER_TSAN false
#endif

#define OBJECTS_MAX 64
#define CELL_S 200 /* one cell of a test that takes longer hangs: SIGALRM ends the program */

/* Where the tests run. */
struct machine {
	struct topology *topology;
	struct placement two; /* two PUs; one PU where there is no other */
	struct placement one; /* both on one PU */
	bool has_two;
	char runtime[64]; /* $XDG_RUNTIME_DIR, ours alone */
	char names[80];	  /* the private directory in it */
};

/* An object that a journal lists. */
struct object {
	char kind[12];	      /* as in the journal */
	char name[NAME_SIZE]; /* as name_new() gave it */
};

/* Loads the machine and takes a directory of its own, so that other runs are not in the way. */
static inline bool machine_load(struct machine *m)
{
	alarm(CELL_S);
	strcpy(m->runtime, "/tmp/handoff-conformance-XXXXXX");
	if (!mkdtemp(m->runtime))
		return false;
	snprintf(m->names, sizeof(m->names), "%s/handoff", m->runtime);
	setenv("XDG_RUNTIME_DIR", m->runtime, 1);
	if (clock_init(CLOCK_KIND_AUTO) || topology_load(&m->topology))
		return false;
	m->has_two = !placement_closest_two_cores(m->topology, &m->two) ||
		     !placement_find(m->topology, RELATION_SMT, &m->two);
	if (placement_find(m->topology, RELATION_SAME_PU, &m->one))
		return false;
	if (!m->has_two)
		m->two = m->one;
	return true;
}

/* False when the private directory is still there: a name or a journal is in it. */
static inline bool machine_free(struct machine *m)
{
	topology_free(m->topology);
	return !rmdir(m->runtime);
}

/* Appends what the journal `path` lists to list[n..]; returns the new n. */
static inline unsigned journal_read(const char *dir, const char *file, struct object *list,
				    unsigned n)
{
	char path[512], line[64];
	unsigned number;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "re");
	while (f && n < OBJECTS_MAX && fgets(line, sizeof(line), f)) {
		struct object *o = &list[n];

		if (sscanf(line, "%11s %u", o->kind, &number) != 2)
			continue;
		if (!strcmp(o->kind, "path"))
			snprintf(o->name, sizeof(o->name), "%.60s/%.16s-%u", dir, file, number);
		else if (!strncmp(o->kind, "sysv-", 5))
			snprintf(o->name, sizeof(o->name), "0x%x-%u",
				 (unsigned)sysv_key(file, number), number);
		else
			snprintf(o->name, sizeof(o->name), "/handoff-%.16s-%u", file, number);
		n++;
	}
	if (f)
		fclose(f);
	return n;
}

/* What all journals of the private directory list, into `list` (OBJECTS_MAX entries); how many. */
static inline unsigned objects_list(const struct machine *m, struct object *list)
{
	DIR *dir = opendir(m->names);
	struct dirent *entry;
	unsigned n = 0;

	if (!dir)
		return 0;
	/* cppcheck-suppress readdirCalled */
	while ((entry = readdir(dir)))
		if (strstr(entry->d_name, ".lock"))
			n = journal_read(m->names, entry->d_name, list, n);
	closedir(dir);
	return n;
}

static inline bool object_is_alive(const struct object *o)
{
	int fd;

	if (!strcmp(o->kind, "path"))
		return !access(o->name, F_OK);
	if (!strcmp(o->kind, "sysv-shm"))
		return sysv_exists(NAME_SYSV_SHM, name_key(o->name));
	if (!strcmp(o->kind, "sysv-msg"))
		return sysv_exists(NAME_SYSV_MSG, name_key(o->name));
	if (!strcmp(o->kind, "sysv-sem"))
		return sysv_exists(NAME_SYSV_SEM, name_key(o->name));
	if (!strcmp(o->kind, "sem")) {
		sem_t *sem = sem_open(o->name, 0);

		return sem != SEM_FAILED && !sem_close(sem);
	}
	fd = !strcmp(o->kind, "shm") ? shm_open(o->name, O_RDONLY, 0) : mq_open(o->name, O_RDONLY);
	return fd >= 0 && !close(fd);
}

/* How many of the `n` objects of `list` exist. */
static inline unsigned objects_alive(const struct object *list, unsigned n)
{
	unsigned alive = 0;

	for (unsigned i = 0; i < n; i++)
		alive += object_is_alive(&list[i]);
	return alive;
}

/* Objects of this run that exist now. */
static inline unsigned objects_left(const struct machine *m)
{
	static struct object list[OBJECTS_MAX];

	return objects_alive(list, objects_list(m, list));
}

static inline unsigned open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	/* cppcheck-suppress readdirCalled */
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

/* True when this process has no child, dead or alive. */
static inline bool no_child_left(void)
{
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

/* What this machine or user lacks, as far as a session may say so before it began. */
static inline bool is_lack(int err)
{
	return err == -EOPNOTSUPP || err == -ENOSYS || err == -EPERM || err == -EACCES;
}

/* A cell of `v` between two PUs, every byte checked, hardly any warm-up. */
static inline struct ipc_cell ipc_cell_of(const struct machine *m, const struct ipc_mechanism *mech,
					  const struct ipc_variant *v, const struct ipc_mode *mode)
{
	struct ipc_cell cell = {
		.mechanism = mech,
		.variant = v,
		.mode = mode,
		.topology = m->topology,
		.mem_node = -1,
		.size = {.stride = 1, .warm_ns = 1},
	};

	cell_init(&cell.ask, GROUP_IPC);
	seats_on_pair(&m->two, 2, &cell.seats);
	/* TSan does not know that a notification orders what lies beside it */
	cell.ask.touch = v->flags & IPC_FLOOR || (UNDER_TSAN && v->flags & IPC_NOTIFY) ? TOUCH_NONE
										       : TOUCH_ALL;
	return cell;
}

#define LOOPS_MAX 256

/* Loops that a test has run: by a function of theirs and the variant's own number (slots). */
struct seen_loops {
	struct {
		int (*loop)(struct ipc_run *run);
		intptr_t arg;
	} of[LOOPS_MAX];
};

/* Whether the loops of `cell` are not among `seen` yet; from now on they are. */
static inline bool loops_are_new(struct seen_loops *seen, const struct ipc_cell *cell)
{
	unsigned i = 0;

	for (; i < LOOPS_MAX && seen->of[i].loop; i++)
		if (seen->of[i].loop == cell->mode->loops.paced &&
		    seen->of[i].arg == cell->variant->arg)
			return false;
	if (i < LOOPS_MAX) {
		seen->of[i].loop = cell->mode->loops.paced;
		seen->of[i].arg = cell->variant->arg;
	}
	return true;
}

/* Names given to the test program, "mechanism" or "mechanism:variant"; none: all. */
static char **only_names;

static inline bool is_asked_for(const char *mechanism, const char *variant)
{
	char full[80];

	snprintf(full, sizeof(full), "%s:%s", mechanism, variant);
	for (char **name = only_names; name && *name; name++)
		if (!strcmp(*name, mechanism) || !strcmp(*name, full))
			return true;
	return !only_names || !*only_names;
}

/* A count that the sides, which are other processes, share with the test; the same each time. */
static inline _Atomic unsigned *shared_count(void)
{
	static void *count;

	if (!count && memory_map(sizeof(_Atomic unsigned), PAGES_BASE, &count))
		abort();
	return count;
}

static unsigned nth_variant; /* of all, of which for_each_ipc() calls the test now */

/*
 * Which of two values of one more parameter a cell takes, so that every pair of values of variant,
 * wait mode, endpoints and this parameter occurs, and not every combination.
 */
static inline unsigned half_of(const struct ipc_cell *cell)
{
	const struct ipc_mode *mode;
	unsigned w = 0;

	while ((mode = ipc_mode_of(cell->mechanism, cell->variant, w)) && mode != cell->mode)
		w++;
	return (nth_variant + w + ipc_has_threads(cell)) % 2;
}

/*
 * What a ring does is the same in every memory: a variant in a wait mode has one kind of endpoints,
 * the next one in it the other. False for those that are left out.
 */
static inline bool has_its_turn(const struct ipc_cell *cell)
{
	return !ipc_family_of(cell->mechanism, cell->variant)->memory || half_of(cell);
}

/* Whether this is make check, in which each value occurs, and not every pair of them. */
static inline bool is_quick(void)
{
	return getenv("TEST_QUICK");
}

/* Whether make check does without `cell`: half of all, and of twins all but the first wait mode. */
static inline bool is_spared(const struct ipc_cell *cell)
{
	bool twin = cell->variant->flags & IPC_TWIN;

	return !half_of(cell) ||
	       (twin && cell->mode != ipc_mode_of(cell->mechanism, cell->variant, 0));
}

/* Calls `test` for every variant in every wait mode with both kinds of endpoints. */
static inline void for_each_ipc(const struct machine *m,
				void (*test)(const struct machine *, struct ipc_cell *,
					     const char *))
{
	unsigned n = 0;

	nth_variant = 0;
	for (const struct ipc_mechanism *mech = ipc_mechanisms(); mech; mech = mech->next)
		for (size_t i = 0; i < mech->n_variants; i++) {
			const struct ipc_variant *v = &mech->variants[i];
			const struct ipc_mode *mode;

			nth_variant++;
			if (!is_asked_for(mech->name, v->name))
				continue;
			n++;
			for (size_t w = 0; (mode = ipc_mode_of(mech, v, w / 2)); w++) {
				struct ipc_cell cell = ipc_cell_of(m, mech, v, mode);
				char what[120];

				alarm(CELL_S);
				cell.ask.endpoints = w % 2 ? ENDPOINTS_THREAD : ENDPOINTS_PROCESS;
				if (is_quick() && is_spared(&cell))
					continue;
				snprintf(what, sizeof(what), "%s:%s %s %s", mech->name, v->name,
					 cell.mode->wait->name,
					 ipc_has_threads(&cell) ? "threads" : "processes");
				if (mech->missing || cell.mode->wait->missing)
					skip(what, mech->missing ? mech->missing
								 : cell.mode->wait->missing);
				else if (cell.mode->wait->flags & IPC_SPINS && !m->has_two)
					skip(what, "one PU: a side that spins would livelock");
				else
					test(m, &cell, what);
			}
		}
	if (!n)
		ok(false, "a variant has the name given");
}

#endif
