/* SPDX-License-Identifier: MIT */
#include "bench/machine/orphans.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ID_LENGTH 16 /* as in names.c */

/* The id in a name of ours: "handoff-<id>-<n>", a semaphore's with "sem." before it; NULL = it is none. */
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

static bool journal_in(const char *dir, const char *id)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/handoff/%.*s.lock", dir, ID_LENGTH, id);
	return !access(path, F_OK);
}

/* Whether a run at work, or one that another namespace cleans up, has the id: wherever journals may be. */
static bool has_journal(const char *id)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char run[64], tmp[PATH_MAX];

	snprintf(run, sizeof(run), "/run/user/%u", (unsigned)geteuid());
	snprintf(tmp, sizeof(tmp), "/tmp/handoff-%u/%.*s.lock", (unsigned)geteuid(), ID_LENGTH, id);
	return (runtime && journal_in(runtime, id)) || journal_in(run, id) ||
	       journal_in("/run", id) || !access(tmp, F_OK);
}

static bool is_orphan(int dir, const char *name, time_t now)
{
	const char *id = id_of(name);
	struct stat st;

	return id && !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode) &&
	       st.st_uid == geteuid() && now - st.st_mtime > ORPHANS_AGE_S && !has_journal(id);
}

static unsigned remove_in(const char *path, FILE *words)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	time_t now = time(NULL);
	unsigned n = 0;

	if (!dir)
		return 0;
	/* safe, one thread to a stream; readdir_r() is deprecated (readdir_r(3)) */
	/* cppcheck-suppress readdirCalled */
	while ((entry = readdir(dir)))
		if (is_orphan(dirfd(dir), entry->d_name, now) &&
		    !unlinkat(dirfd(dir), entry->d_name, 0)) {
			fprintf(words, "removed %s/%s, left by a run that was killed\n", path,
				entry->d_name);
			n++;
		}
	closedir(dir);
	return n;
}

unsigned orphans_remove(FILE *words)
{
	return remove_in("/dev/shm", words) + remove_in("/dev/mqueue", words);
}
