/* SPDX-License-Identifier: MIT */
/*
 * The journal is a text file: a line "path<TAB>value" per setting, in the order in which they were
 * first changed, each synced before the change; undo.h has the lines that are no settings. Its lock
 * tells a run at work from a dead one. It is trusted only when it and its directory are ours (or
 * root's) and nobody else may write to them, and even then it can only lead to writes of settings,
 * to the end of processes that it knows by their start time, to the scheduling of threads likewise,
 * and to the start of one service.
 */
#include "bench/machine/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/trust.h"
#include "bench/machine/undo.h"

#define LINE (SETTING_PATH + SETTING_VALUE + 2)
/* After which settings that are still not as they were change each other for ever. */
#define ROUNDS_MAX 16

/*
 * What is put back when: daemons that change settings end first, a service that sets its own comes
 * last.
 */
enum stage {
	STAGE_DAEMONS,
	STAGE_SETTINGS,
	STAGE_SERVICES,
};

bool setting_allowed(const char *path)
{
	return (!strncmp(path, "/proc/sys/", 10) || !strncmp(path, "/sys/", 5) ||
		!strncmp(path, "/proc/irq/", 10)) &&
	       !strstr(path, "..") && strlen(path) < SETTING_PATH && !strpbrk(path, "\t\n");
}

int setting_read(const char *path, char *value)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	char *begin, *end;

	if (fd < 0)
		return -errno;
	n = read(fd, value, SETTING_VALUE);
	close(fd);
	if (n < 0)
		return -errno;
	if (n == SETTING_VALUE)
		return -E2BIG;
	while (n && value[n - 1] == '\n')
		n--;
	value[n] = '\0';
	begin = strchr(value, '[');
	end = begin ? strchr(begin, ']') : NULL;
	if (end) {
		*end = '\0';
		memmove(value, begin + 1, strlen(begin + 1) + 1);
	}
	return 0;
}

static const char blanks[] = " \t\n";

/* How many words `text` has; *found: whether `word` is one of them. */
static size_t count_words(const char *text, const char *word, bool *found)
{
	size_t n = 0, len = strlen(word);

	*found = false;
	for (text += strspn(text, blanks); *text; text += strspn(text, blanks), n++) {
		size_t one = strcspn(text, blanks);

		*found |= one == len && !memcmp(text, word, len);
		text += one;
	}
	return n;
}

bool setting_same(const char *now, const char *value)
{
	bool found;

	if (count_words(now, value, &found) > 1 && found)
		return true;
	for (;;) {
		size_t n;

		now += strspn(now, blanks);
		value += strspn(value, blanks);
		n = strcspn(now, blanks);
		if (n != strcspn(value, blanks) || memcmp(now, value, n) != 0)
			return false;
		if (!n)
			return true;
		now += n;
		value += n;
	}
}

int setting_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;
	size_t len = strlen(value);

	if (fd < 0)
		return -errno;
	if (write(fd, value, len) != (ssize_t)len)
		err = errno ? -errno : -EIO;
	close(fd);
	return err;
}

static int make_dirs(char *path)
{
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST) {
			*slash = '/';
			return -errno;
		}
		*slash = '/';
	}
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

/* The directory of journals, whether it is there or not, into `dir` (PATH_MAX - 16 bytes). */
static void state_dir(char *dir)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && *state == '/')
		snprintf(dir, PATH_MAX - 16, "%s/handoff", state);
	else if (!geteuid())
		snprintf(dir, PATH_MAX - 16, "/var/lib/handoff");
	else
		snprintf(dir, PATH_MAX - 16, "%s/.local/state/handoff", home ? home : "");
}

/*
 * The directory of the journal `path`: a real one, ours or root's, that nobody else can write to,
 * or -errno.
 */
static int open_dir(const char *path)
{
	char dir[PATH_MAX];
	int fd, err;

	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path), path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP || errno == ENOTDIR ? -EPERM : -errno;
	err = trust_fd(fd);
	if (!err)
		return fd;
	close(fd);
	return err;
}

void restore_path(char *path, size_t size)
{
	char dir[PATH_MAX - 16];

	state_dir(dir);
	snprintf(path, size, "%s/restore", dir);
}

/*
 * Opens the journal `path` and takes its lock, in the directory that was looked at, whatever takes
 * its name meanwhile. The descriptor; -EBUSY; -EPERM; -errno.
 */
static int open_locked(const char *path, int flags)
{
	int dir = open_dir(path), fd, err;

	if (dir < 0)
		return dir;
	/* a FIFO in its place is not waited for */
	fd = openat(dir, "restore", flags | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	err = fd < 0 ? -errno : 0;
	close(dir);
	if (fd < 0)
		return err == -ELOOP ? -EPERM : err;
	err = trust_fd(fd);
	if (!err && flock(fd, LOCK_EX | LOCK_NB))
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

int restore_begin(struct restore *r)
{
	char dir[PATH_MAX - 16];
	int err;

	r->fd = -1;
	restore_path(r->path, sizeof(r->path));
	state_dir(dir);
	err = make_dirs(dir);
	if (err)
		return err;
	r->fd = open_locked(r->path, O_RDWR | O_CREAT | O_EXCL);
	if (r->fd != -EEXIST)
		return r->fd < 0 ? r->fd : 0;
	err = open_locked(r->path, O_RDONLY);
	if (err >= 0) {
		close(err);
		err = -EEXIST;
	}
	r->fd = -1;
	return err;
}

/* Reads all of the journal; to be freed; NULL with errno. */
static char *read_all(int fd)
{
	struct stat st;
	char *text = fstat(fd, &st) ? NULL : calloc(1, (size_t)st.st_size + 1);
	off_t have = 0;
	ssize_t n = 0;

	while (text && have < st.st_size &&
	       (n = pread(fd, text + have, (size_t)(st.st_size - have), have)) > 0)
		have += n;
	if (n < 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* Whether a line of `text` is about `path`; where `value` is not NULL, about that value of it. */
static bool is_noted(const char *text, const char *path, const char *value)
{
	size_t len = strlen(path), value_len = value ? strlen(value) : 0;

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, path, len) != 0 || line[len] != '\t')
			continue;
		if (!value || (!strncmp(line + len + 1, value, value_len) &&
			       line[len + 1 + value_len] == '\n'))
			return true;
	}
	return false;
}

int restore_write(struct restore *r, const char *key, const char *value)
{
	char line[LINE];
	int len = snprintf(line, sizeof(line), "%s\t%s\n", key, value);

	if (len >= (int)sizeof(line) || strpbrk(value, "\n"))
		return -EINVAL; /* no setting of ours has several lines */
	return write(r->fd, line, (size_t)len) == len ? 0 : errno ? -errno : -EIO;
}

int restore_sync(struct restore *r)
{
	return fsync(r->fd) ? -errno : 0;
}

/*
 * How the flag that `value` sets or clears ("X", "NO_X") stands in the list `now`; which keeps it,
 * and no more. Whether `now` is such a list.
 */
static bool keep_flag(char *now, const char *value)
{
	const char *name = strncmp(value, "NO_", 3) ? value : value + 3;
	char other[SETTING_VALUE];
	bool is, no;

	snprintf(other, sizeof(other), "NO_%s", name);
	count_words(now, other, &no);
	if (count_words(now, name, &is) < 2 || is == no)
		return false;
	snprintf(now, SETTING_VALUE, "%s", no ? other : name);
	return true;
}

int restore_note(struct restore *r, const char *path, const char *to)
{
	char value[SETTING_VALUE], *text;
	bool noted, flag;
	int err;

	if (!setting_allowed(path))
		return -EPERM;
	err = setting_read(path, value);
	if (err)
		return err;
	flag = to && keep_flag(value, to);
	text = read_all(r->fd);
	if (!text)
		return -errno;
	noted = is_noted(text, path, flag ? value : NULL);
	free(text);
	if (noted)
		return 0;
	err = restore_write(r, path, value);
	return err ? err : restore_sync(r);
}

/*
 * Puts one setting back and looks whether it is, and adds to *wrote if it was not; 0 or 1 after a
 * line on `words` (NULL: none).
 */
static int put_back(const char *path, const char *value, size_t *wrote, FILE *words)
{
	char now[SETTING_VALUE];
	int err;

	if (!setting_allowed(path)) {
		if (words)
			fprintf(words, "%s: not restored: not a setting of the machine\n", path);
		return 1;
	}
	err = setting_read(path, now);
	if (err == -ENOENT || (!err && setting_same(now, value)))
		return 0; /* what is not there any more, a network interface for instance, is not
			     changed */
	if (!err)
		err = setting_write(path, value);
	*wrote += !err;
	if (!err)
		err = setting_read(path, now);
	if (!err && setting_same(now, value))
		return 0;
	if (words)
		fprintf(words, "%s: not restored to \"%s\": %s\n", path, value,
			err ? strerror(-err) : "it reads otherwise");
	return 1;
}

/*
 * One line, where it is of `stage`. Threads are put back at the end only: tuned itself does between
 * arms.
 */
static int put_line_back(const char *key, const char *value, enum stage stage, bool end,
			 size_t *wrote, FILE *words)
{
	if (*key == '/')
		return stage == STAGE_SETTINGS ? put_back(key, value, wrote, words) : 0;
	if (!end)
		return 0;
	if (stage == STAGE_DAEMONS && undo_is(key, "service"))
		undo_end_service(key);
	if (stage == (undo_is(key, "daemon")	? STAGE_DAEMONS
		      : undo_is(key, "service") ? STAGE_SERVICES
						: STAGE_SETTINGS))
		return undo(key, value, words);
	return 0;
}

/*
 * All lines of a stage, the last first: what was changed later may depend on what was changed
 * before.
 */
static int put_all_back(char *text, enum stage stage, bool end, size_t *wrote, FILE *words)
{
	char *whole = strrchr(text, '\n'), *line;
	int left = 0;

	if (!whole)
		return 0;
	*whole = '\0'; /* what follows was never synced, so nothing was changed for it */
	do {
		char *tab;

		line = strrchr(text, '\n');
		line = line ? line : text;
		tab = strchr(line, '\t');
		if (tab) {
			*tab = '\0';
			left += put_line_back(line + (*line == '\n'), tab + 1, stage, end, wrote,
					      words);
		}
		*line = '\0';
	} while (line != text);
	return left;
}

/*
 * One stage once; how much is not as it was, or -errno. *wrote: how many settings had to be
 * written.
 */
static int pass(struct restore *r, enum stage stage, bool end, size_t *wrote, FILE *words)
{
	char *text = read_all(r->fd);
	int left;

	*wrote = 0;
	if (!text)
		return -errno;
	left = put_all_back(text, stage, end, wrote, words);
	free(text);
	return left;
}

/*
 * Settings, in rounds: writing one changes another (vm.dirty_ratio and vm.dirty_bytes, huge pages
 * and vm.min_free_kbytes), also one that this round found as it was (net.ipv4.conf.all.forwarding
 * and that of each interface). So a round that writes nothing is the last, or one that is no better
 * than the one before.
 */
static int put_settings_back(struct restore *r, bool end, FILE *words)
{
	int before = INT_MAX, left, rounds = 0;
	size_t wrote;

	do {
		left = pass(r, STAGE_SETTINGS, end, &wrote, NULL);
		if (left < 0 || (left && left >= before))
			break;
		before = left;
	} while (wrote && ++rounds < ROUNDS_MAX);
	if (left > 0)
		return pass(r, STAGE_SETTINGS, end, &wrote, words);
	if (left || rounds < ROUNDS_MAX)
		return left;
	if (words)
		fprintf(words, "settings undo each other: not all are as they were\n");
	return 1;
}

/* All stages. */
static int put_stages_back(struct restore *r, bool end, FILE *words)
{
	size_t wrote;
	int daemons = pass(r, STAGE_DAEMONS, end, &wrote, words);
	int left = put_settings_back(r, end, words);
	int services = pass(r, STAGE_SERVICES, end, &wrote, words);

	if (daemons < 0 || left < 0 || services < 0)
		return -EIO;
	return daemons + left + services;
}

int restore_reset(struct restore *r, FILE *words)
{
	return r->fd < 0 ? 0 : put_stages_back(r, false, words);
}

int restore_end(struct restore *r, FILE *words)
{
	int left;

	if (r->fd < 0)
		return 0;
	left = put_stages_back(r, true, words);
	if (!left)
		unlink(r->path);
	close(r->fd);
	r->fd = -1;
	return left;
}

int restore_pending(char *path, size_t size)
{
	int fd;

	restore_path(path, size);
	fd = open_locked(path, O_RDONLY); /* a reader writes nothing */
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	close(fd);
	return 1;
}

int restore_leftover(FILE *words)
{
	struct restore r;

	restore_path(r.path, sizeof(r.path));
	r.fd = open_locked(r.path, O_RDWR);
	return r.fd < 0 ? r.fd : restore_end(&r, words);
}
