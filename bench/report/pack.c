/* SPDX-License-Identifier: MIT */
/* Packing and unpacking with libarchive, entry by entry. */
/* needs: libarchive */
#include "bench/report/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/base/whole.h"

#define TEXT_B 65536 /* copied at once */
#define NO_REPLACE 1 /* RENAME_NOREPLACE, which not every C library has */

bool pack_is(const char *path)
{
	size_t n = strlen(path);

	return n > 7 && !strcmp(path + n - 7, ".tar.gz");
}

#if __has_include(<archive.h>)
#include <archive.h>
#include <archive_entry.h>

/* The files of a run, as patterns below its directory; "*" is never a slash. */
static const char *const files[] = {
	"plan.csv",	    "samples.csv",     "summary.csv",	"compare.csv", "matrix.csv",
	"percentiles.csv",  "interrupted.csv", "doctor.csv",	"machine.txt", "settings/*",
	"histograms/*.csv", "blocks.csv",      "breakdown.csv", "quiet.csv",
};

#define N_FILES (sizeof(files) / sizeof(files[0]))

__attribute__((format(printf, 3, 4))) static int complain(char error[PACK_ERROR_B], int err,
							  const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(error, PACK_ERROR_B, fmt, args);
	va_end(args);
	return err;
}

/* Copies what is left of `in` into the archive. 0 or -errno. */
static int add_data(struct archive *a, FILE *in)
{
	static char text[TEXT_B];
	size_t n;

	while ((n = fread(text, 1, sizeof(text), in)) > 0)
		if (archive_write_data(a, text, n) != (la_ssize_t)n)
			return -EIO;
	return ferror(in) ? -EIO : 0;
}

/* Adds a file with all of `in` under `name`. 0 or -errno. */
static int add_entry(struct archive *a, const char *name, FILE *in)
{
	struct archive_entry *entry = archive_entry_new();
	struct stat st;
	int err = -ENOMEM;

	if (!entry)
		return err;
	err = fstat(fileno(in), &st) ? -errno : 0;
	/* Whose it was and when is nobody's business, and makes the same run the same pack. */
	archive_entry_set_pathname(entry, name);
	archive_entry_set_size(entry, err ? 0 : (la_int64_t)st.st_size);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	if (!err && archive_write_header(a, entry) != ARCHIVE_OK)
		err = -EIO;
	if (!err)
		err = add_data(a, in);
	archive_entry_free(entry);
	return err;
}

/*
 * `in` without names, by way of a file, for a long run does not fit into memory; NULL with errno.
 */
static FILE *scrubbed(const struct scrub *scrub, const char *name, FILE *in)
{
	FILE *out = tmpfile();
	int err;

	if (!out)
		return NULL;
	err = scrub_copy(scrub, name, in, out);
	errno = 0;
	if (!err && fflush(out))
		err = errno ? -errno : -EIO;
	rewind(out);
	if (!err)
		return out;
	fclose(out);
	errno = -err;
	return NULL;
}

/* Adds the file `path`, called `name` below `top`. */
static int add_file(struct archive *a, const char *path, const char *top, const char *name,
		    const struct scrub *scrub)
{
	char full[PATH_MAX];
	FILE *in = fopen(path, "re"), *out;
	int err;

	if (!in)
		return -errno;
	snprintf(full, sizeof(full), "%s/%s", top, name);
	out = scrub ? scrubbed(scrub, name, in) : in;
	err = out ? add_entry(a, full, out) : -errno;
	if (out && out != in)
		fclose(out);
	fclose(in);
	return err;
}

static int cannot_write(struct archive *a, const char *pack, char error[PACK_ERROR_B])
{
	return complain(error, -EIO, "%s: cannot write: %s", pack,
			archive_errno(a) > 0 ? strerror(archive_errno(a))
					     : archive_error_string(a));
}

static int add_all(struct archive *a, const char *dir, const char *pack, const char *top,
		   const struct scrub *scrub, char error[PACK_ERROR_B])
{
	char pattern[PATH_MAX];
	glob_t found;
	int err = 0;
	size_t n = 0;

	for (size_t i = 0; !err && i < N_FILES; i++) {
		snprintf(pattern, sizeof(pattern), "%s/%s", dir, files[i]);
		if (glob(pattern, 0, NULL, &found))
			continue;
		for (size_t k = 0; !err && k < found.gl_pathc; k++, n++) {
			const char *name = found.gl_pathv[k] + strlen(dir) + 1;

			err = add_file(a, found.gl_pathv[k], top, name, scrub);
			if (err && archive_errno(a))
				cannot_write(a, pack, error);
			else if (err)
				complain(error, err, "%s: %s", found.gl_pathv[k], strerror(-err));
		}
		globfree(&found);
	}
	if (!err && !n)
		err = complain(error, -ENOENT, "%s: no file of a run is there", dir);
	return err;
}

/* The archive of all files into `fd`, which is `part` of `pack`; 0, or -errno with `error`. */
static int write_archive(int fd, const char *dir, const char *pack, const char *top,
			 const struct scrub *scrub, char error[PACK_ERROR_B])
{
	struct archive *a = archive_write_new();
	int err;

	if (!a || archive_write_add_filter_gzip(a) != ARCHIVE_OK ||
	    archive_write_set_filter_option(a, "gzip", "timestamp", NULL) != ARCHIVE_OK ||
	    archive_write_set_format_pax_restricted(a) != ARCHIVE_OK ||
	    archive_write_open_fd(a, fd) != ARCHIVE_OK)
		err = complain(error, -EIO, "%s: %s", pack,
			       a ? archive_error_string(a) : "no memory");
	else
		err = add_all(a, dir, pack, top, scrub, error);
	if (!err && archive_write_close(a) != ARCHIVE_OK)
		err = cannot_write(a, pack, error);
	archive_write_free(a);
	return err;
}

/*
 * A new file, never one that is there or that a link leads to; what a killed pack left goes.
 * -errno.
 */
static int create_part(const char *part)
{
	int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd < 0 && errno == EEXIST && !unlink(part))
		fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return fd < 0 ? -errno : fd;
}

/* Gives the finished file its name, unless there is one of that name; 0 or -errno. */
static int give_name(const char *part, const char *pack)
{
	if (!syscall(SYS_renameat2, AT_FDCWD, part, AT_FDCWD, pack, NO_REPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS) /* of file systems that know no such renaming */
		return -errno;
	return access(pack, F_OK) ? rename(part, pack) ? -errno : 0 : -EEXIST;
}

int pack_write(const char *dir, const char *pack, const char *top, const struct scrub *scrub,
	       char error[PACK_ERROR_B])
{
	char part[PATH_MAX + sizeof(WHOLE_PART)];
	int fd, err;

	if (!access(pack, F_OK))
		return complain(error, -EEXIST, "%s: %s", pack, strerror(EEXIST));
	snprintf(part, sizeof(part), "%s" WHOLE_PART, pack);
	fd = create_part(part);
	if (fd < 0)
		return complain(error, fd, "%s: %s", pack, strerror(-fd));
	err = write_archive(fd, dir, pack, top, scrub, error);
	if (close(fd) && !err)
		err = complain(error, -errno, "%s: %s", pack, strerror(errno));
	if (!err) {
		err = give_name(part, pack);
		if (err)
			complain(error, err, "%s: %s", pack, strerror(-err));
	}
	if (err)
		unlink(part);
	return err;
}

/* The name below the pack's own directory if a run can have such a file; NULL if not. */
static const char *accept_name(const char *path)
{
	const char *name = strchr(path, '/');
	const char *last;

	if (!name || name == path || !strncmp(path, "..", 2))
		return NULL;
	name++;
	last = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	if (*last == '.' || !*last || strlen(last) > 128)
		return NULL;
	for (const char *c = last; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:+-",
			    *c))
			return NULL;
	for (size_t i = 0; i < N_FILES; i++)
		if (!fnmatch(files[i], name, FNM_PATHNAME | FNM_PERIOD))
			return name;
	return NULL;
}

/* Copies the data of the current entry to `fd`; `left_b` is what may still be unpacked. */
static int copy_data(struct archive *a, int fd, unsigned long long *left_b)
{
	static char text[TEXT_B];
	la_ssize_t n;

	while ((n = archive_read_data(a, text, sizeof(text))) > 0) {
		if ((unsigned long long)n > *left_b)
			return -EFBIG;
		*left_b -= (unsigned long long)n;
		for (la_ssize_t done = 0; done < n;) {
			ssize_t wrote = write(fd, text + done, (size_t)(n - done));

			if (wrote < 0)
				return -errno;
			done += wrote;
		}
	}
	return n < 0 ? -EBADMSG : 0;
}

/*
 * The name of an entry that is an ordinary file of a run into *ret, NULL for a directory. 0 or
 * -errno.
 */
static int check_entry(struct archive_entry *entry, const char **ret, char error[PACK_ERROR_B])
{
	const char *path = archive_entry_pathname(entry);

	*ret = NULL;
	if (!path)
		return complain(error, -EBADMSG, "an entry has no name");
	if (archive_entry_filetype(entry) == AE_IFDIR)
		return 0; /* made where they are needed */
	if (archive_entry_hardlink(entry) || archive_entry_filetype(entry) != AE_IFREG)
		return complain(error, -EBADMSG, "%.200s: not an ordinary file", path);
	*ret = accept_name(path);
	return *ret ? 0 : complain(error, -EBADMSG, "%.200s: not a file of a run", path);
}

/* Unpacks one entry below `dir`. 0 or -errno with the reason. */
static int read_entry(struct archive *a, struct archive_entry *entry, const char *dir,
		      unsigned long long *left_b, char error[PACK_ERROR_B])
{
	const char *path = archive_entry_pathname(entry), *name;
	char to[PATH_MAX], *slash;
	int fd, err = check_entry(entry, &name, error);

	if (err || !name)
		return err;
	if ((size_t)snprintf(to, sizeof(to), "%s/%s", dir, name) >= sizeof(to))
		return complain(error, -ENAMETOOLONG, "%.200s: too long", path);
	slash = strchr(to + strlen(dir) + 1, '/');
	if (slash) {
		*slash = '\0';
		if (mkdir(to, 0777) && errno != EEXIST)
			return complain(error, -errno, "%s: %s", to, strerror(errno));
		*slash = '/';
	}
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST)
		return complain(error, -EBADMSG, "%.200s: is there twice", path);
	if (fd < 0)
		return complain(error, -errno, "%s: %s", to, strerror(errno));
	err = copy_data(a, fd, left_b);
	if (close(fd) && !err)
		err = -errno;
	if (err == -EFBIG)
		return complain(error, -EBADMSG, "more than %llu MB unpacked", PACK_MAX_B >> 20);
	if (err == -EBADMSG)
		return complain(error, err, "%.200s: %s", path, archive_error_string(a));
	return err ? complain(error, err, "%s: %s", to, strerror(-err)) : 0;
}

/* Removes what was unpacked: files that a run can have, and directories that are empty then. */
static void remove_unpacked(const char *dir)
{
	char path[PATH_MAX];
	glob_t found;

	for (size_t i = 0; i < N_FILES; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		if (glob(path, 0, NULL, &found))
			continue;
		for (size_t k = 0; k < found.gl_pathc; k++)
			unlink(found.gl_pathv[k]);
		globfree(&found);
	}
	snprintf(path, sizeof(path), "%s/settings", dir);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/histograms", dir);
	rmdir(path);
}

/* Opens `pack` for reading; 0, or -errno with the reason. Both must be closed in any case. */
static int open_pack(const char *pack, struct archive **a, int *fd, char error[PACK_ERROR_B])
{
	*a = archive_read_new();
	*fd = open(pack, O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		return complain(error, -errno, "%s", strerror(errno));
	if (!*a || archive_read_support_filter_gzip(*a) != ARCHIVE_OK ||
	    archive_read_support_format_tar(*a) != ARCHIVE_OK ||
	    archive_read_open_fd(*a, *fd, TEXT_B) != ARCHIVE_OK)
		return complain(error, -EBADMSG, "not a .tar.gz: %s",
				*a ? archive_error_string(*a) : "no memory");
	return 0;
}

static void close_pack(struct archive *a, int fd)
{
	archive_read_free(a);
	if (fd >= 0)
		close(fd);
}

/* The next entry, of which `n` came before: 1; 0 at the end; -errno with the reason. */
static int next_entry(struct archive *a, unsigned n, struct archive_entry **entry,
		      char error[PACK_ERROR_B])
{
	int rc = archive_read_next_header(a, entry);

	if (rc == ARCHIVE_EOF)
		return n ? 0 : complain(error, -EBADMSG, "it is empty");
	if (rc != ARCHIVE_OK)
		return complain(error, -EBADMSG, "%s", archive_error_string(a));
	if (n == PACK_MAX_FILES)
		return complain(error, -EBADMSG, "more than %u files", PACK_MAX_FILES);
	return 1;
}

int pack_read(const char *pack, const char *dir, char error[PACK_ERROR_B])
{
	unsigned long long left_b = PACK_MAX_B;
	struct archive_entry *entry;
	struct archive *a;
	int fd, err = open_pack(pack, &a, &fd, error), rc = 0;

	for (unsigned n = 0; !err && (rc = next_entry(a, n, &entry, error)) > 0; n++)
		err = read_entry(a, entry, dir, &left_b, error);
	if (!err)
		err = rc;
	if (err)
		remove_unpacked(dir);
	close_pack(a, fd);
	return err;
}

/* Reads the data of the current entry, called `path`, into `file`. 0 or -errno with the reason. */
static int keep_data(struct archive *a, const char *path, struct pack_file *file,
		     char error[PACK_ERROR_B])
{
	static char part[TEXT_B];
	FILE *out;
	la_ssize_t n = 0;
	int err = 0;

	if (file->text)
		return complain(error, -EBADMSG, "%.200s: is there twice", path);
	out = open_memstream(&file->text, &file->size);
	if (!out)
		return complain(error, -ENOMEM, "no memory");
	while (!err && (n = archive_read_data(a, part, sizeof(part))) > 0) {
		fwrite(part, 1, (size_t)n, out);
		if (ftell(out) > (long)PACK_PICK_MAX_B)
			err = complain(error, -EBADMSG, "%.200s: more than %u MB", path,
				       PACK_PICK_MAX_B >> 20);
	}
	if (n < 0)
		err = complain(error, -EBADMSG, "%.200s: %s", path, archive_error_string(a));
	if (fclose(out) && !err)
		err = complain(error, -ENOMEM, "no memory");
	return err;
}

/* Keeps the entry where it is one of the `n` files. 0 or -errno with the reason. */
static int pick_entry(struct archive *a, struct archive_entry *entry, struct pack_file *picks,
		      size_t n, char error[PACK_ERROR_B])
{
	const char *name;
	int err = check_entry(entry, &name, error);

	for (size_t i = 0; !err && name && i < n; i++)
		if (!strcmp(picks[i].name, name))
			err = keep_data(a, archive_entry_pathname(entry), &picks[i], error);
	return err;
}

int pack_pick(const char *pack, struct pack_file *picks, size_t n, char error[PACK_ERROR_B])
{
	struct archive_entry *entry;
	struct archive *a;
	int fd, err, rc = 0;

	for (size_t i = 0; i < n; i++)
		picks[i].text = NULL;
	err = open_pack(pack, &a, &fd, error);
	for (unsigned k = 0; !err && (rc = next_entry(a, k, &entry, error)) > 0; k++)
		err = pick_entry(a, entry, picks, n, error);
	if (!err)
		err = rc;
	for (size_t i = 0; err && i < n; i++) {
		free(picks[i].text);
		picks[i].text = NULL;
	}
	close_pack(a, fd);
	return err;
}
#else
int pack_write(const char *dir, const char *pack, const char *top, const struct scrub *scrub,
	       char error[PACK_ERROR_B])
{
	snprintf(error, PACK_ERROR_B, "built without libarchive: make deps installs it");
	return -ENOTSUP;
}

int pack_read(const char *pack, const char *dir, char error[PACK_ERROR_B])
{
	snprintf(error, PACK_ERROR_B, "built without libarchive: make deps installs it");
	return -ENOTSUP;
}

int pack_pick(const char *pack, struct pack_file *picks, size_t n, char error[PACK_ERROR_B])
{
	snprintf(error, PACK_ERROR_B, "built without libarchive: make deps installs it");
	return -ENOTSUP;
}
#endif
