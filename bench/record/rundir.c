/* SPDX-License-Identifier: MIT */
/* Making of a run directory, appending to its files, the description of the machine. */
#include "bench/record/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <spawn.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "bench/base/trust.h"
#include "version.h"

#define SAME_SECOND 99		 /* runs that may begin in one second */
#define MACHINE_MAX_B (64 << 10) /* machine.txt, so that a write that fails is seen to fail */

static char writing[128];

const char *rundir_writing(void)
{
	return writing;
}

void rundir_set_writing(const char *name)
{
	snprintf(writing, sizeof(writing), "%s", name);
}

/* 0 when the directory `path` is ours alone and holds nothing; -EPERM, -ENOTEMPTY or -errno. */
static int check_there(const char *path)
{
	const struct dirent *entry;
	DIR *dir = opendir(path);
	unsigned n = 0;
	int err;

	if (!dir)
		return -errno;
	err = trust_path(path);
	if (err) {
		closedir(dir);
		return err;
	}
	/* safe, one thread to a stream; readdir_r() is deprecated (readdir_r(3)) */
	/* cppcheck-suppress readdirCalled */
	while ((entry = readdir(dir)))
		n += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(dir);
	return n ? -ENOTEMPTY : 0;
}

const char *rundir_arm(const struct rundir *dir)
{
	return *dir->label ? dir->label : "as-is";
}

/* The directory that the user names. 0 or -errno. */
static int make_named(struct rundir *dir, const char *out)
{
	snprintf(dir->path, sizeof(dir->path), "%s", out);
	if (strlen(out) >= sizeof(dir->path) - 32)
		return -ENAMETOOLONG;
	if (!mkdir(dir->path, 0777))
		return 0;
	return errno == EEXIST ? check_there(dir->path) : -errno;
}

/*
 * One below results/ that is called by the run; where another run began in the same second, with
 * "-2".
 */
static int make_in_results(struct rundir *dir)
{
	size_t end = strlen(dir->run_id);

	snprintf(dir->path, sizeof(dir->path), "results/%s", dir->run_id); /* for messages */
	if (mkdir("results", 0777) && errno != EEXIST)
		return -errno;
	for (unsigned nth = 2;; nth++) {
		snprintf(dir->path, sizeof(dir->path), "results/%s", dir->run_id);
		if (trust_beside(dir->path))
			return -EPERM;
		if (!mkdir(dir->path, 0777))
			return 0;
		if (errno != EEXIST || nth > SAME_SECOND)
			return -errno;
		snprintf(dir->run_id + end, sizeof(dir->run_id) - end, "-%u", nth);
	}
}

int rundir_create(struct rundir *dir, const char *out)
{
	char charts[PATH_MAX], when[32];
	time_t now = time(NULL);
	struct utsname system;
	struct tm utc;
	int err;

	if (uname(&system))
		return -errno;
	gmtime_r(&now, &utc);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &utc);
	snprintf(dir->run_id, sizeof(dir->run_id), "%s-%s%s%s", system.nodename, when,
		 *dir->label ? "-" : "", dir->label);
	err = out ? make_named(dir, out) : make_in_results(dir);
	if (err)
		return err;
	if ((size_t)snprintf(charts, sizeof(charts), "%s/charts", dir->path) >= sizeof(charts))
		return -ENAMETOOLONG;
	return mkdir(charts, 0777) ? -errno : 0;
}

int rundir_trust(const struct rundir *dir)
{
	static const char *const names[] = {
		"",	    "plan.csv",		  "samples.csv",	 "interrupted.csv",
		"settings", "settings/sweep.txt", "settings/before.txt", "histograms",
		"charts",
	};
	char path[PATH_MAX + 64];
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(names) / sizeof(names[0]); i++) {
		rundir_set_writing(names[i]);
		snprintf(path, sizeof(path), "%s/%s", dir->path, names[i]);
		err = trust_path(path);
		if (i && err == -ENOENT)
			err = 0;
	}
	return err;
}

int rundir_subdir(const struct rundir *dir, const char *name)
{
	char path[PATH_MAX + 64];

	rundir_set_writing(name);
	snprintf(path, sizeof(path), "%s/%s", dir->path, name);
	return mkdir(path, 0777) && errno != EEXIST ? -errno : 0;
}

int rundir_whole(struct whole *w, const struct rundir *dir, const char *name)
{
	char path[PATH_MAX + 64];

	rundir_set_writing(name);
	snprintf(path, sizeof(path), "%s/%s", dir->path, name);
	return whole_open(w, path);
}

int rundir_csv_create(struct rundir_csv *csv, const struct rundir *dir, enum csv_file kind)
{
	char path[PATH_MAX + 64];
	int err;

	rundir_set_writing(schema_file_name(kind));
	snprintf(path, sizeof(path), "%s/%s", dir->path, schema_file_name(kind));
	*csv = (struct rundir_csv){.kind = kind, .file = fopen(path, "wxe")};
	if (!csv->file)
		return -errno;
	err = csv_write_header(csv->file, kind);
	csv->whole_b = ftello(csv->file);
	return err;
}

int rundir_csv_replace(struct rundir_csv *csv, const struct rundir *dir, enum csv_file kind)
{
	int err;

	rundir_set_writing(schema_file_name(kind));
	*csv = (struct rundir_csv){.kind = kind};
	snprintf(csv->part, sizeof(csv->part), "%s/%s" WHOLE_PART, dir->path,
		 schema_file_name(kind));
	csv->file = fopen(csv->part, "we");
	if (!csv->file)
		return -errno;
	err = csv_write_header(csv->file, kind);
	csv->whole_b = ftello(csv->file);
	return err;
}

int rundir_csv_go_on(struct rundir_csv *csv, const struct rundir *dir, enum csv_file kind,
		     uint64_t whole_b)
{
	char path[PATH_MAX + 64];

	rundir_set_writing(schema_file_name(kind));
	*csv = (struct rundir_csv){.kind = kind, .whole_b = (off_t)whole_b};
	snprintf(path, sizeof(path), "%s/%s", dir->path, schema_file_name(kind));
	csv->file = fopen(path, "r+e");
	if (!csv->file)
		return -errno;
	if (ftruncate(fileno(csv->file), csv->whole_b) || fseeko(csv->file, csv->whole_b, SEEK_SET))
		return -errno;
	return 0;
}

int rundir_csv_finish(struct rundir_csv *csv)
{
	char name[sizeof(csv->part)];
	int err = rundir_csv_sync(csv);

	if (err || !csv->part[0])
		return err;
	snprintf(name, sizeof(name), "%.*s", (int)(strlen(csv->part) - strlen(WHOLE_PART)),
		 csv->part);
	if (rename(csv->part, name))
		return -errno;
	csv->part[0] = '\0';
	return 0;
}

int rundir_csv_append(struct rundir_csv *csv, const struct row *row)
{
	int err = csv_write_row(csv->file, csv->kind, row);

	if (!err) {
		csv->whole_b = ftello(csv->file);
		return 0;
	}
	rundir_set_writing(schema_file_name(csv->kind));
	__fpurge(csv->file); /* else closing would write the rest of the line behind the cut */
	if (ftruncate(fileno(csv->file), csv->whole_b) || fseeko(csv->file, csv->whole_b, SEEK_SET))
		return err; /* then the line has no end and readers drop it */
	return err;
}

int rundir_csv_sync(struct rundir_csv *csv)
{
	int err = fsync(fileno(csv->file)) ? -errno : 0;

	/* Pipes and some file systems cannot: then there is nothing to wait for. */
	if (!err || err == -EINVAL || err == -ENOTSUP)
		return 0;
	rundir_set_writing(schema_file_name(csv->kind));
	return err;
}

int rundir_csv_close(struct rundir_csv *csv)
{
	int err;

	if (!csv->file)
		return 0;
	err = rundir_csv_sync(csv);
	if (fclose(csv->file) && !err)
		err = -errno;
	csv->file = NULL;
	if (csv->part[0])
		unlink(csv->part);
	return err;
}

int rundir_write_rows(const struct rundir *dir, enum csv_file kind, size_t n,
		      void (*get)(const void *from, size_t nth, struct row *row), const void *from)
{
	static struct rundir_csv csv;
	static struct row row;
	int err = rundir_csv_replace(&csv, dir, kind), closed;

	for (size_t i = 0; !err && i < n; i++) {
		get(from, i, &row);
		err = rundir_csv_append(&csv, &row);
	}
	if (!err)
		err = rundir_csv_finish(&csv);
	closed = rundir_csv_close(&csv);
	return err ? err : closed;
}

/*
 * "path: text" for each file that `pattern` matches, its newlines kept; nothing where there is
 * none.
 */
static void copy_files(FILE *out, const char *pattern)
{
	char line[4096];
	glob_t found;

	if (glob(pattern, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		FILE *in = fopen(found.gl_pathv[i], "re");

		if (!in)
			continue;
		while (fgets(line, sizeof(line), in))
			fprintf(out, "%s: %s%s", found.gl_pathv[i], line,
				strchr(line, '\n') ? "" : "\n");
		fclose(in);
	}
	globfree(&found);
}

/* The lines of the first processor in /proc/cpuinfo. */
static void copy_processor(FILE *out)
{
	FILE *in = fopen("/proc/cpuinfo", "re");
	char line[8192];

	if (!in)
		return;
	while (fgets(line, sizeof(line), in) && line[0] != '\n')
		fputs(line, out);
	fclose(in);
}

/* Appends what `handoff topology` prints. Its own words are left out: the caller has more to say.
 */
static int copy_topology(FILE *out)
{
	char *argv[] = {"handoff", "topology", NULL};
	posix_spawn_file_actions_t actions;
	int err, status;
	pid_t pid;

	if (fflush(out))
		return -errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fileno(out), STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	err = posix_spawn(&pid, "/proc/self/exe", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err)
		return -err;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == EX_IOERR ? -EIO : 0;
}

int rundir_machine(const struct rundir *dir)
{
	static char room[MACHINE_MAX_B];
	struct utsname s;
	struct whole w;
	FILE *out;
	int err = rundir_whole(&w, dir, "machine.txt");

	if (err)
		return err;
	out = w.out;
	setvbuf(out, room, _IOFBF, sizeof(room));
	if (!uname(&s))
		fprintf(out, "run: %s\nkernel: %s %s %s\n", dir->run_id, s.release, s.version,
			s.machine);
	copy_files(out, "/proc/cmdline");
	copy_files(out, "/proc/sys/kernel/random/boot_id");
	fprintf(out, "handoff: %s %s\ncompiler: %s\nflags: %s\n\n", HANDOFF_VERSION, HANDOFF_GIT,
		HANDOFF_COMPILER, HANDOFF_CFLAGS);
	err = copy_topology(out);
	fprintf(out, "\n");
	copy_processor(out);
	fprintf(out, "\n");
	copy_files(out, "/sys/devices/system/cpu/cpu0/cache/index*/level");
	copy_files(out, "/sys/devices/system/cpu/cpu0/cache/index*/type");
	copy_files(out, "/sys/devices/system/cpu/cpu0/cache/index*/size");
	copy_files(out, "/sys/devices/system/cpu/cpu0/cache/index*/shared_cpu_list");
	copy_files(out, "/sys/devices/system/cpu/vulnerabilities/*");
	copy_files(out, "/sys/devices/system/clocksource/clocksource0/current_clocksource");
	copy_files(out, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
	copy_files(out, "/sys/kernel/mm/transparent_hugepage/enabled");
	return whole_close(&w, err);
}
