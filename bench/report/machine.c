/* SPDX-License-Identifier: MIT */
/* The machine, its settings, what the doctor found, how it was measured and how to do it again. */
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/report/html.h"
#include "bench/report/parts.h"

/* The rest of the first line of machine.txt that begins with `key`, without a colon; "" = none. */
static void machine_value(const struct report_data *b, const char *key, char *value, size_t size)
{
	char path[PATH_MAX + 32], line[4096];
	FILE *in;

	*value = '\0';
	snprintf(path, sizeof(path), "%s/machine.txt", b->runs[0]);
	in = fopen(path, "re");
	while (in && !*value && fgets(line, sizeof(line), in)) {
		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(value, size, "%s",
			 line + strlen(key) + strspn(line + strlen(key), "\t :"));
	}
	if (in)
		fclose(in);
}

void part_title(const struct report_data *b, FILE *out)
{
	if (b->n_runs > 1)
		fprintf(out, "%zu runs compared", b->n_runs);
	else if (b->compare.n)
		fputs("Profiles compared", out);
	else
		fputs("IPC and synchronization", out);
	if (row_is_set(&b->origin, COL_host)) {
		fputs(" on ", out);
		html_text(out, row_get_text(&b->origin, COL_host));
	}
}

/* Where cores are of several kinds: those of the pair that stands for each distance. */
static void say_kinds(const struct report_data *b, FILE *out)
{
	const char *before = "; kinds of cores: ";

	for (enum relation r = 0; r < RELATION_COUNT; r++) {
		const char *kinds = "";

		for (size_t i = 0; i < b->summary.n && !*kinds; i++)
			if (row_relation(&b->summary.all[i]) == r)
				kinds = row_get_text(&b->summary.all[i], COL_core_kinds);
		if (!*kinds)
			continue;
		fprintf(out, "%s%s ", before, relation_name(r));
		html_text(out, kinds);
		before = ", ";
	}
}

void part_machine_line(const struct report_data *b, FILE *out)
{
	const struct row *o = &b->origin;
	char model[256], topology[256];

	machine_value(b, "model name", model, sizeof(model));
	machine_value(b, "machine", topology, sizeof(topology));
	html_text(out, *model ? model : "processor unknown");
	if (*topology) {
		fputs(": ", out);
		html_text(out, topology);
	}
	say_kinds(b, out);
	if (row_list_has(row_get_text(o, COL_flags), "virtual"))
		fputs("; virtual machine", out);
	if (!row_is_set(o, COL_host))
		return;
	fputs("; Linux ", out);
	html_text(out, row_get_text(o, COL_kernel));
	fputs("; handoff ", out);
	html_text(out, row_get_text(o, COL_version));
	fputs("; ", out);
	html_text(out, b->first_utc);
	fputs(" to ", out);
	html_text(out, b->last_utc);
}

void part_doctor(const struct report_data *b, FILE *out)
{
	static const enum doctor_level levels[] = {DOCTOR_WARNING, DOCTOR_NOTE, DOCTOR_UNKNOWN,
						   DOCTOR_OK};
	static const char columns[] = "level|what|found|why it matters|what changes it";

	if (!b->doctor.n)
		return;
	html_table(out, "What on this machine would spoil or explain numbers", columns);
	for (size_t l = 0; l < sizeof(levels) / sizeof(levels[0]); l++)
		for (size_t i = 0; i < b->doctor.n; i++) {
			const struct row *row = &b->doctor.all[i];

			if (!part_has_level(row, levels[l]))
				continue;
			fprintf(out, "<tr class=\"%s\">", doctor_level_name(levels[l]));
			html_cell(out, doctor_level_name(levels[l]));
			html_cell(out, row_get_text(row, COL_topic));
			html_cell(out, row_get_text(row, COL_finding));
			html_cell(out, row_get_text(row, COL_why));
			html_cell(out, row_get_text(row, COL_command));
			fputs("</tr>\n", out);
		}
	html_table_end(out);
}

void part_method(const struct report_data *b, FILE *out)
{
	const struct row *o = &b->origin;
	uint64_t least = UINT64_MAX, most = 0;

	for (size_t i = 0; i < b->summary.n; i++) {
		uint64_t n = row_get_u64(&b->summary.all[i], COL_n, 0);

		if (n && n < least)
			least = n;
		most = n > most ? n : most;
	}
	if (!most)
		return;
	fprintf(out,
		"<li><b>n.</b> %zu runs, each a fresh process; %" PRIu64 " to %" PRIu64
		" of them for a configuration.</li>\n",
		b->n_used, least, most);
	if (b->duration_ns[1])
		fprintf(out, "<li><b>Time.</b> %.0f to %.0f ms of measuring in each.</li>\n",
			(double)b->duration_ns[0] / 1e6, (double)b->duration_ns[1] / 1e6);
	if (row_is_set(o, COL_clock)) {
		fputs("<li><b>Clock.</b> ", out);
		html_text(out, row_get_text(o, COL_clock));
		fprintf(out, "; one reading takes %.1f ns, its smallest step is %.1f ns.</li>\n",
			row_get_decimal(o, COL_clock_cost_ns),
			row_get_decimal(o, COL_clock_tick_ns));
	}
}

/* A file as a fold; nothing where it is not there. */
static void fold_file(const char *path, const char *title, FILE *out)
{
	char text[4096];
	FILE *in = fopen(path, "re");

	if (!in)
		return;
	fputs("<details><summary>", out);
	html_text(out, title);
	fputs("</summary><pre>", out);
	while (fgets(text, sizeof(text), in))
		html_text(out, text);
	fputs("</pre></details>\n", out);
	fclose(in);
}

void part_settings(const struct report_data *b, FILE *out)
{
	for (size_t i = 0; i < b->n_runs; i++) {
		char path[PATH_MAX + 32];
		glob_t found;

		if (b->n_runs > 1) {
			fputs("<h3>", out);
			html_text(out, b->runs[i]);
			fputs("</h3>\n", out);
		}
		snprintf(path, sizeof(path), "%s/machine.txt", b->runs[i]);
		fold_file(path, "machine.txt: topology, processor, caches, mitigations, build",
			  out);
		snprintf(path, sizeof(path), "%s/settings/*", b->runs[i]);
		if (glob(path, 0, NULL, &found))
			continue;
		for (size_t k = 0; k < found.gl_pathc; k++) {
			const char *name = strrchr(found.gl_pathv[k], '/') + 1;
			char title[300];

			/* What changed is in a file of its own; the topology is for programs. */
			if (!strcmp(name, "after.txt") || !strcmp(name, "topology.xml"))
				continue;
			snprintf(title, sizeof(title), "settings/%s", name);
			fold_file(found.gl_pathv[k], title, out);
		}
		globfree(&found);
	}
}

/* The value of a line "key=..." of settings/sweep.txt; false: none. */
static bool sweep_value(const struct report_data *b, const char *key, char *value, size_t size)
{
	char path[PATH_MAX + 32], line[1024];
	size_t n = strlen(key);
	bool found = false;
	FILE *in;

	snprintf(path, sizeof(path), "%s/settings/sweep.txt", b->runs[0]);
	in = fopen(path, "re");
	while (in && !found && fgets(line, sizeof(line), in)) {
		found = !strncmp(line, key, n) && line[n] == '=';
		line[strcspn(line, "\n")] = '\0';
		if (found)
			snprintf(value, size, "%s", line + n + 1);
	}
	if (in)
		fclose(in);
	return found;
}

static void write_command(const struct report_data *b, FILE *out)
{
	char budget[64], only[1024];
	uint64_t s;

	if (!sweep_value(b, "asked_ns", budget, sizeof(budget)) &&
	    !sweep_value(b, "budget_ns", budget, sizeof(budget)))
		return;
	s = (strtoull(budget, NULL, 10) + 500000000) / 1000000000;
	fputs("<pre>handoff sweep", out);
	if (!s)
		fputs(" --full", out);
	else if (s % 60)
		fprintf(out, " --budget=%" PRIu64 "s", s);
	else
		fprintf(out, " --budget=%" PRIu64 "m", s / 60);
	if (sweep_value(b, "sizes", only, sizeof(only))) {
		fputs(" --sizes=", out);
		html_text(out, only);
	}
	if (sweep_value(b, "only", only, sizeof(only)) && strcmp(only, "*") != 0) {
		fputs(" --only='", out);
		html_text(out, only);
		fputs("'", out);
	}
	fprintf(out, " --seed=%" PRIu64 "</pre>\n", row_get_u64(&b->origin, COL_seed, 0));
}

void part_reproduce(const struct report_data *b, FILE *out)
{
	static const char *const files[] = {"summary.csv",     "samples.csv",	"plan.csv",
					    "percentiles.csv", "compare.csv",	"matrix.csv",
					    "blocks.csv",      "breakdown.csv", "quiet.csv",
					    "doctor.csv",      "machine.txt"};
	const struct row *o = &b->origin;
	size_t n = 0;

	if (b->n_runs == 1)
		write_command(b, out);
	if (row_is_set(o, COL_version)) {
		fputs("<p>handoff <code>", out);
		html_text(out, row_get_text(o, COL_version));
		fputs("</code>, built by <code>", out);
		html_text(out, row_get_text(o, COL_compiler));
		fputs("</code> with <code>", out);
		html_text(out, row_get_text(o, COL_cflags));
		fprintf(out, "</code>; seed <code>%" PRIu64 "</code>.</p>\n",
			row_get_u64(o, COL_seed, 0));
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[PATH_MAX + 32];

		snprintf(path, sizeof(path), "%s/%s", b->dir, files[i]);
		if (!access(path, F_OK))
			fprintf(out, "%s<a href=\"%s\">%s</a>",
				n++ ? ", " : "<p>Files beside this page: ", files[i], files[i]);
	}
	if (n)
		fputs(".</p>\n", out);
}
