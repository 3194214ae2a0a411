/* SPDX-License-Identifier: MIT */
#include "bench/machine/orphans.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/machine/cgroup.h"
#include "bench/machine/sysv_name.h"

#define ID_LENGTH 16	  /* as in names.c */
#define SYSV_NUMBERS 4096 /* more objects than one run makes */

/*
 * The id in a name of ours: "handoff-<id>-<n>", a semaphore's with "sem." before it; NULL = it is
 * none.
 */
static const char *id_of(const char *name)
{
	static const char ours[] = "handoff-", hex[] = "0123456789abcdef", digits[] = "0123456789";
	const char *id = name + (strncmp(name, "sem.", 4) ? 0 : 4);

	if (strncmp(id, ours, sizeof(ours) - 1) != 0)
		return NULL;
	id += sizeof(ours) - 1;
	if (strspn(id, hex) != ID_LENGTH || id[ID_LENGTH] != '-')
		return NULL;
	name = id + ID_LENGTH + 1;
	return *name && !name[strspn(name, digits)] ? id : NULL;
}

/* The file of a journal is its id and this. */
static bool is_journal(const char *name)
{
	return strspn(name, "0123456789abcdef") == ID_LENGTH && !strcmp(name + ID_LENGTH, ".lock");
}

static bool owned_in(const char *path, bool (*owns)(const char *id, const void *object),
		     const void *object)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	bool found = false;

	if (!dir)
		return false;
	/* safe, one thread to a stream; readdir_r() is deprecated (readdir_r(3)) */
	/* cppcheck-suppress readdirCalled */
	while (!found && (entry = readdir(dir)))
		found = is_journal(entry->d_name) && owns(entry->d_name, object);
	closedir(dir);
	return found;
}

/*
 * Whether the object is of a run at work, or one that another namespace cleans up: wherever
 * journals may be.
 */
static bool has_journal(bool (*owns)(const char *id, const void *object), const void *object)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char given[PATH_MAX], user[64], tmp[64];

	snprintf(given, sizeof(given), "%s/handoff", runtime ? runtime : "");
	snprintf(user, sizeof(user), "/run/user/%u/handoff", (unsigned)geteuid());
	snprintf(tmp, sizeof(tmp), "/tmp/handoff-%u", (unsigned)geteuid());
	return (runtime && owned_in(given, owns, object)) || owned_in(user, owns, object) ||
	       owned_in("/run/handoff", owns, object) || owned_in(tmp, owns, object);
}

static bool owns_name(const char *id, const void *name)
{
	return !strncmp(id, name, ID_LENGTH);
}

/* A key is made of the end of an id and a number, which is small: see sysv_name.h. */
static bool owns_key(const char *id, const void *key)
{
	return (unsigned)(*(const key_t *)key - sysv_key(id, 0)) % 0x10000 < SYSV_NUMBERS;
}

/* `type`: that of the inode. */
static bool is_orphan(int dir, const char *name, mode_t type, time_t now)
{
	const char *id = id_of(name);
	struct stat st;

	return id && !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) &&
	       (st.st_mode & S_IFMT) == type && st.st_uid == geteuid() &&
	       now - st.st_mtime > ORPHANS_AGE_S && !has_journal(owns_name, id);
}

static unsigned remove_in(const char *path, FILE *words, time_t now)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	unsigned n = 0;

	if (!dir)
		return 0;
	/* safe, one thread to a stream; readdir_r() is deprecated (readdir_r(3)) */
	/* cppcheck-suppress readdirCalled */
	while ((entry = readdir(dir)))
		if (is_orphan(dirfd(dir), entry->d_name, S_IFREG, now) &&
		    !unlinkat(dirfd(dir), entry->d_name, 0)) {
			fprintf(words, "removed %s/%s, left by a run that was killed\n", path,
				entry->d_name);
			n++;
		}
	closedir(dir);
	return n;
}

/* An object of System V, by a line of /proc/sysvipc. */
struct sysv {
	key_t key;
	unsigned long long uid, attached, used_s; /* its creator; mappings; when it was last used */
};

/* The fields of a line by the words above them (proc_sysvipc(5)). */
static struct sysv parse_sysv(const char *words, const char *line)
{
	struct sysv object = {0};
	char word[32];
	long long value;
	int word_b, value_b;

	while (sscanf(words, " %31s%n", word, &word_b) == 1 &&
	       sscanf(line, " %lld%n", &value, &value_b) == 1) {
		if (!strcmp(word, "key"))
			object.key = (key_t)value;
		else if (!strcmp(word, "cuid"))
			object.uid = (unsigned long long)value;
		else if (!strcmp(word, "nattch"))
			object.attached = (unsigned long long)value;
		else if (strstr(word, "time") && (unsigned long long)value > object.used_s)
			object.used_s = (unsigned long long)value;
		words += word_b;
		line += value_b;
	}
	return object;
}

static bool is_sysv_orphan(const struct sysv *o, time_t now)
{
	return ((unsigned)o->key & ~0xffffu) == SYSV_KEY && o->uid == geteuid() && !o->attached &&
	       (unsigned long long)now > o->used_s + ORPHANS_AGE_S &&
	       !has_journal(owns_key, &o->key);
}

static unsigned remove_sysv(const char *name, enum name_kind kind, FILE *words, time_t now)
{
	char path[32], header[256], line[256];
	unsigned n = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/sysvipc/%s", name);
	in = fopen(path, "re");
	if (!in)
		return 0;
	if (!fgets(header, sizeof(header), in))
		*header = '\0';
	while (fgets(line, sizeof(line), in)) {
		struct sysv o = parse_sysv(header, line);

		if (is_sysv_orphan(&o, now) && sysv_remove(kind, o.key, (time_t)o.used_s)) {
			fprintf(words,
				"removed the System V object of key 0x%x (%s), left by a run that "
				"was killed\n",
				(unsigned)o.key, name);
			n++;
		}
	}
	fclose(in);
	return n;
}

struct groups {
	FILE *words;
	time_t now;
	unsigned n;
};

static bool remove_group(void *arg, int dir, const char *name)
{
	struct groups *g = arg;

	if (!id_of(name))
		return false;
	if (is_orphan(dir, name, S_IFDIR, g->now) && cgroup_remove_at(dir, name)) {
		fprintf(g->words, "removed the control group %s, left by a run that was killed\n",
			name);
		g->n++;
	}
	return true;
}

/* Control groups, wherever they are. */
static unsigned remove_groups(FILE *words, time_t now)
{
	struct groups g = {.words = words, .now = now};

	cgroup_walk("", remove_group, &g);
	return g.n;
}

unsigned orphans_remove(FILE *words, time_t now)
{
	return remove_groups(words, now) + remove_in("/dev/shm", words, now) +
	       remove_in("/dev/mqueue", words, now) +
	       remove_sysv("shm", NAME_SYSV_SHM, words, now) +
	       remove_sysv("msg", NAME_SYSV_MSG, words, now) +
	       remove_sysv("sem", NAME_SYSV_SEM, words, now);
}
