/* SPDX-License-Identifier: MIT */
/* `handoff list`: every variant of every mechanism, and whether it can run here. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/base/text.h"
#include "bench/command/arguments.h"
#include "bench/command/arms.h"
#include "bench/command/child.h"
#include "bench/command/command.h"
#include "bench/ipc.h"
#include "bench/machine/limits.h"
#include "bench/machine/names.h"
#include "bench/machine/scheduling.h"
#include "bench/measure/ipc_session.h"
#include "bench/measure/sync_session.h"
#include "bench/plan/plan.h"
#include "bench/record/cell.h"
#include "bench/record/csv.h"
#include "bench/record/json.h"
#include "bench/report/chart_list.h"

#define TRY_ITEMS 2   /* in a queue that is only tried */
#define TRY_SECONDS 5 /* a trial that hangs is ended */

static const char help[] =
	"Usage: handoff list [option]\n"
	"Shows every mechanism and whether it can run here, by trying it.\n"
	"  --csv        as CSV: group,mechanism,variant,waits,runnable,reason,summary,manages\n"
	"  --json       as one JSON object, with the same fields\n"
	"  --names      the names alone, at once: nothing is tried\n"
	"  --profiles   instead, the profiles that handoff profiles knows by name\n"
	"  --schema     instead, the columns of every CSV file, as CSV: file,name,type,unit,doc\n"
	"  --charts     instead, the charts, as CSV: name,section (of the page),title\n"
	"  --help       this text\n"
	"A name such as ipc/pipe:pair is what `handoff sweep --only` matches.\n";

/* What is asked for. */
struct job {
	int format;		   /* the option of what is printed; 0 = a table */
	struct topology *topology; /* on which mechanisms are tried */
	struct json json;
};

/* One line of the list: a variant of either room. */
struct entry {
	const struct ipc_mechanism *ipc; /* NULL = of the other room */
	const struct ipc_variant *ipc_variant;
	const struct sync_mechanism *sync; /* likewise */
	const struct sync_variant *sync_variant;
};

/* Where a channel is tried: its two sides need two CPUs, or one that they share. */
static int find_pair(const struct topology *t, struct placement *ret)
{
	int err = placement_closest_two_cores(t, ret);

	return err ? placement_find(t, RELATION_SAME_PU, ret) : 0;
}

/*
 * Moves some messages: what is forbidden shows only when both sides attach, or at the first
 * message.
 */
static int try_ipc(const struct entry *e, const struct topology *t, char *reason)
{
	struct ipc_cell *cell = calloc(1, sizeof(*cell));
	struct ipc_result *result = calloc(1, sizeof(*result));
	struct placement pair;
	int err = cell && result ? find_pair(t, &pair) : -ENOMEM;

	if (!err) {
		cell_init(&cell->ask, GROUP_IPC);
		scheduling_get(0, &cell->ask.sched);
		cell->mechanism = e->ipc;
		cell->variant = e->ipc_variant;
		cell->mode = ipc_mode_of(e->ipc, e->ipc_variant, 0);
		cell->ask.gap_ns = ipc_is_timer(cell->mode) ? 1 : 0;
		if (!ipc_has_payload(e->ipc_variant))
			cell->ask.touch = TOUCH_NONE;
		cell->topology = t;
		cell->mem_node = -1;
		cell->size = (struct trial_size){.iterations = 1, .stride = 1, .warm_ns = 1};
		seats_on_pair(&pair, 2, &cell->seats);
		err = ipc_session_run(cell, result, reason);
	}
	if (err && !*reason)
		snprintf(reason, CREW_REASON, "cannot try it: %s", limits_explain(err));
	free(result);
	free(cell);
	return err;
}

/* Makes and destroys the object. */
static int try_sync(const struct entry *e, char *reason)
{
	const struct sync_variant *v = e->sync_variant;
	char why[BENCH_NOTES] = "";
	const struct sync_setup setup = {
		.variant = v, .threads = 2, .permits = 1, .capacity = TRY_ITEMS, .why = why};
	size_t used_b = v->shared_size + TRY_ITEMS * v->item_size;
	size_t size_b = (used_b / BENCH_ALIGN + 1) * BENCH_ALIGN;
	void *shared = aligned_alloc(BENCH_ALIGN, size_b);
	int err = shared ? 0 : -ENOMEM;

	if (shared)
		memset(shared, 0, size_b);
	if (shared && v->init)
		err = v->init(v, shared, &setup);
	if (!err && v->destroy)
		v->destroy(shared);
	if (err)
		snprintf(reason, CREW_REASON, "init: %s", *why ? why : limits_explain(err));
	free(shared);
	return err;
}

/*
 * Tries `e` in a child, so that a crash or a hang is only an answer: "" or why not, in `reason`,
 * which both see.
 */
static void try_in_child(const struct entry *e, const struct topology *t, char *reason)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		sigset_t none;

		sigemptyset(&none); /* our starter may have blocked or ignored the alarm */
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGALRM, SIG_DFL);
		alarm(TRY_SECONDS);
		_exit((e->ipc ? try_ipc(e, t, reason) : try_sync(e, reason)) != 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		snprintf(reason, CREW_REASON, "cannot try it: %s", limits_explain(-errno));
	else if (WIFSIGNALED(status))
		snprintf(reason, CREW_REASON, "ended by signal %d: %s", WTERMSIG(status),
			 limits_explain_signal(WTERMSIG(status)));
	else if (!WEXITSTATUS(status))
		*reason = '\0';
}

static void try_entry(const struct entry *e, const struct topology *t, char *reason)
{
	const char *missing = e->ipc ? e->ipc->missing : e->sync->missing;
	char *shared;

	*reason = '\0';
	if (missing) {
		snprintf(reason, CREW_REASON, "%s", missing);
		return;
	}
	shared = mmap(NULL, CREW_REASON, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED) {
		snprintf(reason, CREW_REASON, "cannot try it: %s", limits_explain(-errno));
		return;
	}
	try_in_child(e, t, shared);
	memcpy(reason, shared, CREW_REASON);
	munmap(shared, CREW_REASON);
}

/* Wait modes of an IPC variant; of a primitive only whether its waiters spin. */
static void fill_waits(struct row *row, const struct entry *e)
{
	const struct ipc_mode *mode;

	if (e->sync) {
		row_set_text(row, COL_waits, e->sync_variant->flags & SYNC_SPINS ? "spin" : "");
		return;
	}
	for (size_t i = 0; (mode = ipc_mode_of(e->ipc, e->ipc_variant, i)); i++)
		row_add_item(row, COL_waits, mode->wait->name);
}

/* What it is; of a primitive also which experiments it takes part in. */
static void fill_summary(struct row *row, const struct entry *e)
{
	char experiments[128] = "";

	if (e->ipc) {
		row_set_text(row, COL_summary, e->ipc_variant->summary);
		return;
	}
	for (unsigned i = 0; i < SYNC_EXPERIMENTS; i++)
		if (sync_can(e->sync_variant, i))
			text_add(experiments, sizeof(experiments), " %s",
				 parameter_word(PARAMETER_experiment, i));
	row_set_format(row, COL_summary, "%s; experiments:%s", e->sync_variant->summary,
		       experiments);
}

/* What a timed loop must not do elsewhere, and is measured here. */
static bool manages(const struct entry *e)
{
	return e->ipc ? e->ipc_variant->flags & IPC_TIMES_SETUP
		      : e->sync_variant->flags & SYNC_TIMES_SETUP;
}

static void fill(struct row *row, const struct entry *e, const struct topology *t)
{
	char reason[CREW_REASON];

	row_clear(row);
	row_set_text(row, COL_group, e->ipc ? "ipc" : "sync");
	row_set_text(row, COL_mechanism, e->ipc ? e->ipc->name : e->sync->name);
	row_set_text(row, COL_variant, e->ipc ? e->ipc_variant->name : e->sync_variant->name);
	fill_waits(row, e);
	fill_summary(row, e);
	row_set_text(row, COL_manages, manages(e) ? "yes" : "no");
	try_entry(e, t, reason);
	row_set_text(row, COL_runnable, *reason ? "no" : "yes");
	row_set_text(row, COL_list_reason, reason);
}

static void print_line(const struct row *row)
{
	const char *reason = row_get_text(row, COL_list_reason);
	char name[64];

	snprintf(name, sizeof(name), "%s/%s:%s", row_get_text(row, COL_group),
		 row_get_text(row, COL_mechanism), row_get_text(row, COL_variant));
	printf("%-28s %-8s %s%s%s%s\n", name, row_get_text(row, COL_runnable),
	       row_get_text(row, COL_summary), *reason ? " (" : "", reason, *reason ? ")" : "");
	if (row_is_ipc(row))
		printf("%-37s waits: %s\n", "", row_get_text(row, COL_waits));
}

/* Calls `show` with every variant of every mechanism. */
static void each(struct job *job, void (*show)(struct job *job, const struct entry *e))
{
	for (const struct ipc_mechanism *m = ipc_mechanisms(); m; m = m->next)
		for (size_t i = 0; i < m->n_variants; i++)
			show(job, &(struct entry){.ipc = m, .ipc_variant = &m->variants[i]});
	for (const struct sync_mechanism *m = sync_mechanisms(); m; m = m->next)
		for (size_t i = 0; i < m->n_variants; i++)
			show(job, &(struct entry){.sync = m, .sync_variant = &m->variants[i]});
}

static void show_name(struct job *job, const struct entry *e)
{
	if (e->ipc)
		printf("ipc/%s:%s\n", e->ipc->name, e->ipc_variant->name);
	else
		printf("sync/%s:%s\n", e->sync->name, e->sync_variant->name);
}

static void show_row(struct job *job, const struct entry *e)
{
	static struct row row;

	fill(&row, e, job->topology);
	if (job->format == 'c')
		csv_write_row(stdout, CSV_LIST, &row);
	else if (job->format == 'j')
		json_row(&job->json, CSV_LIST, &row);
	else
		print_line(&row);
}

/* All of them, each tried. */
static void show_all(struct job *job)
{
	if (job->format == 'c') {
		csv_write_header(stdout, CSV_LIST);
	} else if (job->format == 'j') {
		json_begin(&job->json, stdout, "list");
		json_rows(&job->json);
	} else {
		printf("%-28s %-8s %s\n", "name", "runs", "what it is");
	}
	each(job, show_row);
	if (job->format == 'j')
		json_end(&job->json);
}

static void print_column(enum csv_file file, enum column column)
{
	const struct column_info *info = schema_column(column);
	static struct row row;

	row_clear(&row);
	row_set_text(&row, COL_file, schema_file_name(file));
	row_set_text(&row, COL_name, info->name);
	row_set_text(&row, COL_type, schema_type_word(info->type));
	row_set_text(&row, COL_unit, info->unit);
	row_set_text(&row, COL_doc, info->doc);
	csv_write_row(stdout, CSV_SCHEMA, &row);
}

/* The columns of every file. */
static void print_schema(void)
{
	csv_write_header(stdout, CSV_SCHEMA);
	for (enum csv_file file = 0; file < CSV_FILE_COUNT; file++)
		for (enum column column = 0; column < COL_COUNT; column++)
			if (schema_has(file, column))
				print_column(file, column);
}

static void print_profiles(void)
{
	struct children c;

	if (!children_begin(&c))
		arms_list(c.beside, stdout);
}

static int take_option(void *to, int option, const char *value, char *want)
{
	((struct job *)to)->format = option;
	return 0;
}

int command_list(int argc, char **argv)
{
	static const struct option options[] = {SWITCH("charts", 'l'),
						SWITCH("csv", 'c'),
						SWITCH("json", 'j'),
						SWITCH("names", 'n'),
						SWITCH("profiles", 'p'),
						SWITCH("schema", 's'),
						OPTIONS_END};
	static const struct arguments arguments = {"handoff list", help, options, take_option,
						   false};
	struct job job = {0};
	int err = arguments_read(&arguments, &job, argc, argv);

	if (err)
		return err < 0 ? 0 : err;
	if (job.format == 'l')
		chart_list_print(stdout);
	else if (job.format == 's')
		print_schema();
	else if (job.format == 'n')
		each(&job, show_name);
	else if (job.format == 'p')
		print_profiles();
	if (job.format && !strchr("cj", job.format))
		return 0;
	err = topology_load(&job.topology);
	if (err) {
		fprintf(stderr, "handoff list: cannot read the machine's topology: %s\n",
			topology_explain(err));
		return EX_OSERR;
	}
	err = names_begin();
	if (err) {
		topology_free(job.topology);
		fprintf(stderr, "handoff list: no private directory for names: %s\n",
			strerror(-err));
		return EX_CANTCREAT;
	}
	show_all(&job);
	names_end();
	topology_free(job.topology);
	return 0;
}
