/* SPDX-License-Identifier: MIT */
/*
 * gnuplot reads files of its own in a private directory, by names that are ours, and no settings of
 * the user's: neither paths nor what stands in a run can change what it does.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/command/plot.h"
#include "bench/command/report.h"

#define LIMIT_NS 120000000000u
#define PIXELS_PER_MM (PAGE_WIDE / 85)
#define PENS 8 /* gnuplots at once, of each format */

const char *const plot_format_names[PLOT_FORMATS] = {"svg", "png", "pdf", "tsv"};

/* What a whole file ends in: gnuplot does not notice that a disk is full. */
static const char *const ends[PLOT_FORMATS] = {"</svg>", "IEND", "%%EOF", ""};

struct drawing {
	struct children *children;
	struct plot *plot;
	const struct plot_how *how;
	const char *to;
	char work[PATH_MAX];
};

/* Makes the private directory, with draw.gp in it. 0 or an exit code after a line. */
static int begin(struct drawing *d)
{
	const char *tmp = getenv("TMPDIR");
	char script[PATH_MAX + 32], link[PATH_MAX + 32], whole[PATH_MAX];

	snprintf(d->work, sizeof(d->work), "%.3000s/handoff-plot-XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(d->work)) {
		fprintf(stderr, "%s: %s: %s\n", d->plot->program, d->work, strerror(errno));
		*d->work = '\0';
		return EX_IOERR;
	}
	report_find_script(d->children, "charts/draw.gp", script, sizeof(script));
	snprintf(link, sizeof(link), "%s/draw.gp", d->work);
	if (*script && realpath(script, whole) && !symlink(whole, link))
		return 0;
	fprintf(stderr, "%s: scripts/charts/draw.gp: not found\n", d->plot->program);
	return EX_UNAVAILABLE;
}

static void end(const struct drawing *d)
{
	struct dirent *entry;
	DIR *dir = *d->work ? opendir(d->work) : NULL;

	/* cppcheck-suppress readdirCalled */
	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	if (*d->work)
		rmdir(d->work);
}

/* One gnuplot: it draws in one format every `of`th picture, from the `nth` on. */
struct pen {
	const char *format;
	size_t nth, of;
	FILE *words; /* what it says; NULL: not started */
	pid_t pid;
};

/* Writes what a gnuplot does. 0 or -errno. */
static int write_script(const struct drawing *d, const struct pen *pen, const char *script)
{
	double wanted = d->how->width_mm * PIXELS_PER_MM, zoom = d->how->font_pt / PLOT_FONT_PT;
	char path[PATH_MAX + 64];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", d->work, script);
	out = fopen(path, "we");
	if (!out)
		return -errno;
	for (size_t i = pen->nth; i < d->plot->n; i += pen->of)
		fprintf(out,
			"format = '%s'\nname = '%s'\nload name.'.gp'\nzoom = %g > 0 ? %g / width : "
			"%g\n"
			"load 'draw.gp'\n",
			pen->format, d->plot->pictures[i].name, wanted, wanted, zoom);
	return fclose(out) ? -errno : 0;
}

/* Starts a gnuplot; 0 or an exit code after a line. */
static int start(const struct drawing *d, struct pen *pen)
{
	static char command[] = "cd \"$0\" && exec gnuplot -d \"$1\"";
	char script[32], *argv[] = {"sh", "-c", command, (char *)d->work, script, NULL};
	int err;

	snprintf(script, sizeof(script), "%s-%zu.gp", pen->format, pen->nth);
	pen->words = tmpfile();
	err = pen->words ? write_script(d, pen, script) : -errno;
	if (!err)
		err = child_start(d->children, "/bin/sh", argv, fileno(pen->words),
				  fileno(pen->words), &pen->pid);
	if (!err)
		return 0;
	fprintf(stderr, "%s: gnuplot cannot be started for %s: %s\n", d->plot->program, pen->format,
		strerror(-err));
	return EX_IOERR;
}

/* What a gnuplot ended with: 0 or an exit code after a line and what it said. */
static int judge(const struct drawing *d, int err, int status, FILE *words)
{
	char line[512];

	if (err == -EINTR)
		return 130;
	if (!err && WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (!err && WIFEXITED(status) && WEXITSTATUS(status) == 127) {
		fprintf(stderr,
			"%s: gnuplot is missing: make deps installs it; the CSV files stay as they "
			"are\n",
			d->plot->program);
		return EX_UNAVAILABLE;
	}
	rewind(words);
	for (int i = 0; i < 10 && fgets(line, sizeof(line), words); i++)
		fputs(line, stderr);
	fprintf(stderr, "%s: gnuplot failed\n", d->plot->program);
	return EX_SOFTWARE;
}

/*
 * The gnuplots that draw all pictures in all formats, of each format as many as there are CPUs; how
 * many.
 */
static size_t choose_pens(const struct drawing *d, struct pen *ret)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t of = cpus < 1 ? 1 : cpus < PENS ? (size_t)cpus : PENS, n = 0;

	of = of < d->plot->n ? of : d->plot->n;
	for (int i = 0; i < PLOT_TSV; i++)
		for (size_t nth = 0; d->how->formats[i] && nth < of; nth++)
			ret[n++] = (struct pen){plot_format_names[i], nth, of, NULL, 0};
	return n;
}

/* Runs the gnuplots side by side. 0 or an exit code after a line. */
static int run_gnuplot(const struct drawing *d)
{
	struct pen pens[PLOT_TSV * PENS];
	size_t n = choose_pens(d, pens);
	int code = 0;

	for (size_t i = 0; i < n && !code; i++)
		code = start(d, &pens[i]);
	for (size_t i = 0; i < n; i++) {
		int status = 0, err, mine;

		if (!pens[i].pid)
			continue;
		if (code)
			kill(pens[i].pid, SIGTERM);
		err = child_wait(d->children, pens[i].pid, LIMIT_NS, &status);
		mine = code ? 0 : judge(d, err, status, pens[i].words);
		code = code ? code : mine;
	}
	for (size_t i = 0; i < n; i++)
		if (pens[i].words)
			fclose(pens[i].words);
	return code;
}

/* Whether the file has the end that its format has. */
static bool is_whole(FILE *in, const char *its_end)
{
	char tail[24];
	size_t n;

	if (fseek(in, -(long)sizeof(tail), SEEK_END))
		return false;
	n = fread(tail, 1, sizeof(tail), in);
	rewind(in);
	return memmem(tail, n, its_end, strlen(its_end));
}

static int copy(FILE *in, FILE *out)
{
	char some[65536];
	size_t n;

	while ((n = fread(some, 1, sizeof(some), in)) > 0)
		if (fwrite(some, 1, n, out) != n)
			return -EIO;
	return ferror(in) ? -EIO : 0;
}

/* Opens what becomes `path`, anew: no link that another has put there is followed. */
static FILE *open_part(const char *path, char *part, size_t size)
{
	int fd;
	FILE *out;

	snprintf(part, size, "%.4100s.part", path);
	unlink(part);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (fd >= 0 && !out)
		close(fd);
	return out;
}

/* The file at `path` is the old one or the new one, and never a part of it. 0 or -errno. */
static int put_whole(const char *text, size_t size, const char *path)
{
	char part[PATH_MAX + 160];
	FILE *out = open_part(path, part, sizeof(part));
	int err = 0;

	if (!out)
		return -errno;
	errno = 0;
	if (fwrite(text, 1, size, out) != size || fflush(out))
		err = errno ? -errno : -EIO;
	if (fclose(out) && !err)
		err = -errno;
	if (!err && rename(part, path))
		err = -errno;
	if (err)
		unlink(part);
	return err;
}

/* By way of memory: a stream forgets why an earlier write failed. */
static int put(FILE *in, const struct picture *picture, int format, const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory;
	int err;

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (!is_whole(in, ends[format]))
		return -ENOSPC;
	memory = open_memstream(&text, &size);
	if (!memory)
		return -ENOMEM;
	err = format == PLOT_SVG ? plot_name_svg(picture, in, memory) : copy(in, memory);
	if (fclose(memory) && !err)
		err = -ENOMEM;
	if (!err)
		err = put_whole(text, size, path);
	free(text);
	return err;
}

static int put_picture(const struct drawing *d, const struct picture *picture)
{
	char from[PATH_MAX + 128], path[PATH_MAX + 128];

	for (int i = 0; i < PLOT_FORMATS; i++) {
		FILE *in;
		int err;

		if (!d->how->formats[i])
			continue;
		snprintf(from, sizeof(from), "%s/%s.%s", d->work, picture->name,
			 plot_format_names[i]);
		snprintf(path, sizeof(path), "%s%s.%s", d->to, picture->name, plot_format_names[i]);
		in = fopen(from, "re");
		err = in ? put(in, picture, i, path) : -errno;
		if (in)
			fclose(in);
		if (err) {
			fprintf(stderr, "%s: %s: cannot write: %s\n", d->plot->program, path,
				strerror(-err));
			return EX_IOERR;
		}
	}
	return 0;
}

/* Whether `file` is a picture of the list that was drawn now, in a format that was asked for. */
static bool is_drawn(const struct drawing *d, const char *file)
{
	char name[PICTURE_NAME_B + 8];

	for (size_t i = 0; i < d->plot->n; i++)
		for (int k = 0; k < PLOT_FORMATS; k++) {
			snprintf(name, sizeof(name), "%s.%s", d->plot->pictures[i].name,
				 plot_format_names[k]);
			if (d->how->formats[k] && !strcmp(name, file))
				return true;
		}
	return false;
}

/* Whether `file` is called like a chart of the list, or a page of one. */
static bool is_chart(const char *file)
{
	for (size_t i = 0; i < chart_list_n; i++) {
		size_t n = strlen(chart_list[i].name);

		if (strlen(file) < n || memcmp(file, chart_list[i].name, n) != 0)
			continue;
		if (file[n] == '_')
			n += 1 + strspn(file + n + 1, "0123456789");
		for (int k = 0; k < PLOT_FORMATS; k++)
			if (file[n] == '.' && !strcmp(file + n + 1, plot_format_names[k]))
				return true;
	}
	return false;
}

/* Removes charts that there is nothing to draw from any more. */
static void remove_old(const struct drawing *d)
{
	struct dirent *entry;
	DIR *dir = opendir(d->to);

	/* cppcheck-suppress readdirCalled */
	while (dir && (entry = readdir(dir)))
		if (is_chart(entry->d_name) && !is_drawn(d, entry->d_name))
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
}

static int draw_all(struct drawing *d)
{
	struct plot *p = d->plot;
	int code = begin(d), err;

	if (code)
		return code;
	p->work = d->work;
	p->width = d->how->width_mm * PIXELS_PER_MM * PLOT_FONT_PT / d->how->font_pt;
	err = plot_lay_out(p);
	if (err) {
		fprintf(stderr, "%s: %s: %s\n", p->program, d->work, strerror(-err));
		return err == -ENOMEM ? EX_OSERR : EX_IOERR;
	}
	if (!p->n) {
		fprintf(stderr, "%s: %s\n", p->program, plot_why_nothing(p));
		return 0;
	}
	code = run_gnuplot(d);
	for (size_t i = 0; !code && i < p->n; i++)
		code = put_picture(d, &p->pictures[i]);
	return code;
}

int plot_draw(struct children *c, struct plot *p, const struct plot_how *how, const char *to,
	      bool alone)
{
	static struct drawing d;
	int code;

	d = (struct drawing){.children = c, .plot = p, .how = how, .to = to};
	code = draw_all(&d);
	if (!code && alone)
		remove_old(&d);
	end(&d);
	return code;
}

int plot_run(struct children *c, const char *program, const char *dir)
{
	static const struct plot_how usual = PLOT_USUAL;
	static struct plot p;
	char to[PATH_MAX + 32];
	int code;

	p = (struct plot){.program = program};
	snprintf(to, sizeof(to), "%s/charts/", dir);
	if (mkdir(to, 0777) && errno != EEXIST) {
		fprintf(stderr, "%s: %s: cannot create: %s\n", program, to, strerror(errno));
		return EX_CANTCREAT;
	}
	code = plot_read_run(&p, dir);
	if (!code)
		code = plot_draw(c, &p, &usual, to, true);
	plot_free(&p);
	return code;
}
