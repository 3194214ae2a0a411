/* SPDX-License-Identifier: MIT */
/* One invocation of a microbenchmark, from its command line to its row. */
#include "bench/command/invoke.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/machine/limits.h"
#include "bench/machine/others.h"
#include "bench/machine/scheduling.h"
#include "bench/plan/plan.h"
#include "bench/record/csv.h"
#include "bench/record/histograms.h"

#define ROW_LIMIT_NS (30 * SECOND_NS) /* a microbenchmark has its own, shorter watchdog */

void invoker_begin(struct invoker *in, struct children *children)
{
	in->children = children;
	clock_hand_on();
	in->histogram_fd = memfd_create("histogram", 0); /* children write to it by its number */
}

int invoke_add_option(struct invoker *in, const char *option, enum parameter p)
{
	if (in->n_options == INVOKE_OPTIONS)
		return -E2BIG;
	in->options[in->n_options++] = option;
	in->parameters |= p < PARAMETERS ? UINT64_C(1) << p : 0;
	return 0;
}

void invoke_drop_options(struct invoker *in)
{
	in->n_options = 0;
	in->parameters = 0;
}

/* Ends the row of a child that printed none, or none that could be read. */
static void explain(struct row *row, int why, int read, int status, int err_fd)
{
	char text[1024], *last;
	ssize_t n = pread(err_fd, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	for (last = text + strlen(text); last > text && last[-1] == '\n';)
		*--last = '\0';
	last = strrchr(text, '\n') ? strrchr(text, '\n') + 1 : text;
	row_set_status(row, STATUS_FAILED);
	row_set_text(row, COL_used, "no");
	if (why == -ETIMEDOUT)
		row_set_format(row, COL_reason, "ended after %llu s: it did not end by itself",
			       ROW_LIMIT_NS / SECOND_NS);
	else if (why)
		row_set_format(row, COL_reason, "not started: %s", limits_explain(why));
	else if (WIFSIGNALED(status))
		row_set_format(row, COL_reason, "ended by signal %d: %s", WTERMSIG(status),
			       limits_explain_signal(WTERMSIG(status)));
	else if (read < 0)
		row_set_format(row, COL_reason, "its row cannot be read: %s", limits_explain(read));
	else
		row_set_format(row, COL_reason, "no row, exit code %d: %s", WEXITSTATUS(status),
			       last);
}

/* What the child wrote, as one row: 1; 0 = there was none; or -errno. */
static int read_row(int fd, struct row *row)
{
	struct csv_reader reader;
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = csv_open(&reader, path, CSV_SAMPLES);
	if (err)
		return err == -EBADMSG ? 0 : err;
	err = csv_next(&reader, row);
	csv_close(&reader);
	return err == -EBADMSG ? 0 : err;
}

/* Has the child write its times for the percentiles, where they are kept. */
static void ask_histogram(const struct invoker *in, const struct row *cell, const char **argv)
{
	static char text[64];

	if (in->histogram_fd < 0 || !histograms_wanted(cell) || ftruncate(in->histogram_fd, 0))
		return;
	snprintf(text, sizeof(text), "--histogram=/proc/self/fd/%d", in->histogram_fd);
	argv[0] = text;
	argv[1] = NULL;
}

int invoke_take_times(struct invoker *in, const struct row *cell, struct times *ret)
{
	struct stat st;

	free(ret->text);
	*ret = (struct times){.text = NULL};
	if (in->histogram_fd < 0 || !histograms_wanted(cell) || fstat(in->histogram_fd, &st) ||
	    !st.st_size)
		return 0;
	ret->text = malloc((size_t)st.st_size);
	if (!ret->text)
		return -ENOMEM;
	ret->size_b = (size_t)st.st_size;
	return pread(in->histogram_fd, ret->text, ret->size_b, 0) == st.st_size ? 0 : -EIO;
}

int invoke_put_times(struct invoker *in, struct times *times)
{
	int err = 0;

	if (ftruncate(in->histogram_fd, 0) ||
	    pwrite(in->histogram_fd, times->text, times->size_b, 0) != (ssize_t)times->size_b)
		err = errno ? -errno : -EIO;
	free(times->text);
	*times = (struct times){.text = NULL};
	return err;
}

int invoke_keep_times(struct invoker *in, const struct rundir *dir, const struct row *cell,
		      unsigned block, struct row *row)
{
	struct stat st;
	char name[64];
	int err;

	if (in->histogram_fd < 0 || !histograms_wanted(cell) || fstat(in->histogram_fd, &st) ||
	    !st.st_size)
		return 0;
	histograms_name(cell, !row_counts(row), name, sizeof(name));
	err = histograms_append(dir, name, block, in->histogram_fd);
	if (!err)
		row_set_text(row, COL_histogram, name);
	return err;
}

int invoke(struct invoker *in, const struct row *cell, struct row *row)
{
	static struct plan_command command;
	static const char *argv[PLAN_ARGUMENTS + INVOKE_OPTIONS + 1];
	char path[PATH_MAX + PLAN_ARGUMENT_B];
	int out = memfd_create("row", MFD_CLOEXEC), err = memfd_create("words", MFD_CLOEXEC);
	int why, read, status = 0;
	unsigned n = 0;

	if (out < 0 || err < 0) {
		why = -errno;
		goto out_close;
	}
	plan_command(cell, &command);
	while (command.argv[n])
		argv[n] = command.argv[n], n++;
	for (unsigned i = 0; i < in->n_options; i++)
		argv[n++] = in->options[i];
	argv[n] = NULL;
	ask_histogram(in, cell, argv + n);
	snprintf(path, sizeof(path), "%s/%s", in->children->beside, argv[0]);
	why = child_run(in->children, path, (char **)argv, out, err, ROW_LIMIT_NS, &status);
	if (why == -EINTR)
		goto out_close;
	read = why ? 0 : read_row(out, row);
	if (read != 1) {
		row_copy(row, cell);
		explain(row, why, read, status, err);
	}
	for (unsigned p = 0; p < PARAMETERS; p++)
		if (in->parameters >> p & 1)
			cell_take(row, cell, p);
	why = 0;
out_close:
	if (out >= 0)
		close(out);
	if (err >= 0)
		close(err);
	return why;
}

void invoke_warn_others(const char *program)
{
	char name[OTHERS_TEXT];
	pid_t other = others_measuring();

	if (other)
		fprintf(stderr,
			"%s: %s measures on this machine as well: each disturbs the other\n",
			program, others_name(other, name));
}

/*
 * Whether a process of this user may have the class and nice value of a login; it is tried in one
 * of its own.
 */
static bool may_be_ordinary(void)
{
	static const struct scheduling ordinary = {.policy = SCHED_OTHER};
	pid_t pid = fork();
	int status = 0;

	if (!pid)
		_exit(scheduling_set(0, &ordinary) ? 1 : 0);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid < 0 || !WIFEXITED(status) || !WEXITSTATUS(status);
}

int invoke_refuse_class(const char *program)
{
	char name[SCHEDULING_NAME];
	struct scheduling own;

	if (scheduling_get(0, &own) || may_be_ordinary())
		return 0;
	scheduling_name(&own, name);
	fprintf(stderr,
		"%s: %s was inherited, and this user may not take it back, so each row would be "
		"skipped: start it without nice or chrt, or allow it with ulimit -e 20\n",
		program, name);
	return EX_UNAVAILABLE;
}

void invoke_flag_noisy(struct row *row, const char *why, const char *then)
{
	char name[OTHERS_TEXT];
	pid_t other = others_measuring();

	row_add_item(row, COL_flags, "noisy");
	row_set_format(row, COL_reason, "noisy: %s%s%s%s%s", why, other ? "; " : "",
		       other ? others_name(other, name) : "", other ? " was at work as well" : "",
		       then);
}
