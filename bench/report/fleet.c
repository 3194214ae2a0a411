/* SPDX-License-Identifier: MIT */
/*
 * Packs one after the other: of each only one value per configuration, and the settings, stay in
 * memory.
 */
#include "bench/report/fleet.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <math.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bench/analyse/summary.h"
#include "bench/base/grow.h"
#include "bench/record/cell.h"
#include "bench/record/csv.h"
#include "bench/report/fold.h"

#define SCRUBBED "host" /* what a pack calls every machine, unless names were kept */

/* Settings that make a machine one of a kind, as patterns of their keys. */
static const char *const kind_keys[] = {
	"/proc/cpuinfo:vendor_id",
	"/proc/cpuinfo:model name",
	"/proc/cpuinfo:CPU part",
	"system:release",
	"system:machine",
	"/sys/devices/system/cpu/online",
	"/sys/devices/system/cpu/smt/active",
	"/sys/devices/system/cpu/cpu#/cache/*",
	"/sys/devices/system/node/node#/distance",
};

/* A name in the tree, and the cell that has it. */
struct named {
	const char *name; /* the cell's own */
	size_t cell;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

/* Where the sides of a row are, and whether they are to spin: on every machine the same. */
static void name_group(const struct row *row, char name[64])
{
	const char *where = row_get_text(row, COL_placement);

	if (!*where)
		where = row_get_text(row, COL_order);
	if (!*where)
		where = row_get_u64(row, COL_threads, 1) > 1 ? "several CPUs" : "one CPU";
	snprintf(name, 64, "%.40s%s", where, row_asks_to_spin(row) ? " spinning" : "");
}

/* Index of the group of `row`, which is added when new; -ENOMEM. */
static ssize_t find_group(struct fleet *f, const struct row *row)
{
	char name[64];

	name_group(row, name);
	for (size_t i = 0; i < f->n_groups; i++)
		if (!strcmp(f->groups[i], name))
			return (ssize_t)i;
	if (array_grow(&f->groups, f->n_groups, &f->groups_room, sizeof(*f->groups)))
		return -ENOMEM;
	memcpy(f->groups[f->n_groups], name, sizeof(name));
	return (ssize_t)f->n_groups++;
}

/* Adds the cell of `row`, called `name`. Its index or -ENOMEM. */
static ssize_t add_cell(struct fleet *f, const struct row *row, const char *name)
{
	const char *metric = row_get_text(row, COL_metric);
	struct fleet_cell cell = {.group = SIZE_MAX};
	struct named *node = calloc(1, sizeof(*node));
	enum column column = schema_find(CSV_SAMPLES, metric);
	ssize_t group = row_is_floor(row) ? 0 : find_group(f, row);

	cell.name = strdup(name);
	cell.metric = strdup(metric);
	cell.grows = column != COL_COUNT && summary_grows(column);
	if (!row_is_floor(row))
		cell.group = (size_t)group;
	if (!node || !cell.name || !cell.metric || group < 0 ||
	    array_grow(&f->cells, f->n_cells, &f->cells_room, sizeof(*f->cells)))
		goto out_free;
	*node = (struct named){cell.name, f->n_cells};
	if (!tsearch(node, &f->by_name, by_name))
		goto out_free;
	f->cells[f->n_cells] = cell;
	return (ssize_t)f->n_cells++;
out_free:
	free(node);
	free(cell.name);
	free(cell.metric);
	return -ENOMEM;
}

static ssize_t find_cell(struct fleet *f, const struct row *row)
{
	char name[CELL_NAME_B];
	struct named wanted = {name, 0}, **found;

	cell_name(NULL, row, name, sizeof(name));
	found = tfind(&wanted, &f->by_name, by_name);
	return found ? (ssize_t)(*found)->cell : add_cell(f, row, name);
}

/* Makes room for a value of every cell that there is. */
static int grow_values(struct fleet_machine *m, size_t n)
{
	double *value = n > m->n_values ? reallocarray(m->value, n, sizeof(*value)) : m->value;

	if (n && !value)
		return -ENOMEM;
	m->value = value;
	for (; m->n_values < n; m->n_values++)
		value[m->n_values] = NAN;
	return 0;
}

/* Takes a row of summary.csv: the first of its cell counts. 0 or -ENOMEM. */
static int take_row(struct fleet *f, struct fleet_machine *m, const struct row *row)
{
	double median = row_get_decimal(row, COL_median);
	ssize_t cell;

	if (!row_is_ok(row) || !(median > 0))
		return 0;
	cell = find_cell(f, row);
	if (cell < 0 || grow_values(m, f->n_cells))
		return -ENOMEM;
	if (!isnan(m->value[cell]) ||
	    strcmp(f->cells[cell].metric, row_get_text(row, COL_metric)) != 0)
		return 0;
	m->value[cell] = f->cells[cell].grows ? -log(median) : log(median);
	m->n_cells++;
	m->n_noisy += row_list_has(row_get_text(row, COL_flags), "noisy");
	return 0;
}

/* Reads summary.csv from `in`, which is closed. 0 or an exit code after a line. */
static int read_summary(struct fleet *f, struct fleet_machine *m, const char *program, FILE *in)
{
	static struct row row;
	struct csv_reader reader;
	char path[PATH_MAX + 32], arm[64] = "";
	int err;

	snprintf(path, sizeof(path), "%s/summary.csv", m->from);
	err = csv_open_stream(&reader, in, path, CSV_SUMMARY);
	while (!err && (err = csv_next(&reader, &row)) == 1) {
		if (!*arm)
			snprintf(arm, sizeof(arm), "%s", row_get_text(&row, COL_arm));
		/* Of a comparison the machine as it was: its first profile. */
		err = strcmp(arm, row_get_text(&row, COL_arm)) ? 0 : take_row(f, m, &row);
	}
	csv_close(&reader);
	if (err == -ENOMEM)
		fprintf(stderr, "%s: no memory for the figures\n", program);
	else if (err)
		fprintf(stderr, "%s: %s\n", program, reader.error);
	else if (!m->n_cells)
		fprintf(stderr, "%s: %s: no row has figures\n", program, path);
	return err == -ENOMEM ? EX_OSERR : err || !m->n_cells ? EX_DATAERR : 0;
}

/* What a machine is called in the file that it comes from: "results/n17.tar.gz" is n17. */
static void name_by_file(const char *path, char *name, size_t size)
{
	size_t n = strlen(path);
	const char *from;

	while (n > 1 && path[n - 1] == '/')
		n--;
	if (n > 7 && !strncmp(path + n - 7, ".tar.gz", 7))
		n -= 7;
	for (from = path + n; from > path && from[-1] != '/'; from--)
		;
	snprintf(name, size, "%.*s", (int)(path + n - from), from);
}

/* Writes "key=value" of what makes the kind. */
static int say_kind(void *to, const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(kind_keys) / sizeof(kind_keys[0]); i++)
		if (!fnmatch(kind_keys[i], key, 0))
			fprintf(to, "%s=%s\n", key, value);
	return 0;
}

static const char *setting(struct settings *s, const char *key, const char *otherwise)
{
	const char *value = settings_get(s, key);

	return value ? value : otherwise;
}

/* The kind of a machine with these settings, which is added when new. Its index or -ENOMEM. */
static ssize_t find_kind(struct fleet *f, struct settings *s)
{
	struct fleet_kind kind = {.n = 0};
	size_t size;
	FILE *out = open_memstream(&kind.key, &size);

	if (!out)
		return -ENOMEM;
	settings_each(s, say_kind, out);
	if (fclose(out))
		goto out_free;
	for (size_t i = 0; i < f->n_kinds; i++)
		if (!strcmp(f->kinds[i].key, kind.key)) {
			free(kind.key);
			return (ssize_t)i;
		}
	if (asprintf(&kind.name, "%s, Linux %s, CPUs %s",
		     setting(s, "/proc/cpuinfo:model name", "processor without a name"),
		     setting(s, "system:release", "of unknown version"),
		     setting(s, "/sys/devices/system/cpu/online", "unknown")) < 0) {
		kind.name = NULL;
		goto out_free;
	}
	if (array_grow(&f->kinds, f->n_kinds, &f->kinds_room, sizeof(*f->kinds)))
		goto out_free;
	f->kinds[f->n_kinds] = kind;
	return (ssize_t)f->n_kinds++;
out_free:
	free(kind.key);
	free(kind.name);
	return -ENOMEM;
}

/* Name, version, kind and folded settings of a machine from the snapshot `in`. 0 or -errno. */
static int read_settings(struct fleet *f, struct fleet_machine *m, FILE *in)
{
	struct settings *s;
	char name[256];
	const char *host;
	ssize_t kind;
	int err = settings_parse(&s, in);

	if (err)
		return err;
	host = setting(s, "system:node", SCRUBBED);
	name_by_file(m->from, name, sizeof(name));
	if (strcmp(host, SCRUBBED) != 0)
		snprintf(name, sizeof(name), "%s", host);
	m->name = strdup(name);
	m->version = strdup(setting(s, "handoff:version", "unknown"));
	rewind(in);
	err = m->name && m->version ? fold_read(in, host, &m->settings) : -ENOMEM;
	settings_free(s);
	if (err)
		return err;
	kind = find_kind(f, m->settings);
	m->kind = kind < 0 ? 0 : (size_t)kind;
	return kind < 0 ? (int)kind : 0;
}

/* Whether the machine may stand beside the others; 0 or an exit code after a line. */
static int check_machine(const struct fleet *f, const struct fleet_machine *m, const char *program)
{
	const struct fleet_machine *first = f->machines;

	if (f->n_machines && strcmp(first->version, m->version) != 0) {
		fprintf(stderr,
			"%s: %s was measured by handoff %s, %s by %s: one version is to measure "
			"all machines\n",
			program, m->from, m->version, first->from, first->version);
		return EX_DATAERR;
	}
	for (size_t i = 0; i < f->n_machines; i++)
		if (!strcmp(f->machines[i].name, m->name)) {
			fprintf(stderr,
				"%s: %s and %s are both of the machine %s: give one of them\n",
				program, f->machines[i].from, m->from, m->name);
			return EX_DATAERR;
		}
	return 0;
}

static void machine_free(struct fleet_machine *m)
{
	free(m->name);
	free(m->from);
	free(m->version);
	free(m->value);
	settings_free(m->settings);
}

int fleet_add(struct fleet *f, const char *program, const char *from, FILE *settings, FILE *summary)
{
	struct fleet_machine m = {.from = strdup(from)};
	int err = m.from ? read_settings(f, &m, settings) : -ENOMEM, code = 0;

	if (!err &&
	    array_grow(&f->machines, f->n_machines, &f->machines_room, sizeof(*f->machines)))
		err = -ENOMEM;
	if (err) {
		fprintf(stderr, "%s: %s/settings/before.txt: %s\n", program, from,
			err == -EBADMSG ? "a line without =" : strerror(-err));
		code = err == -ENOMEM ? EX_OSERR : EX_DATAERR;
		fclose(summary);
	}
	if (!code && (code = check_machine(f, &m, program)))
		fclose(summary);
	else if (!code)
		code = read_summary(f, &m, program, summary);
	fclose(settings);
	if (code) {
		machine_free(&m);
		return code;
	}
	f->kinds[m.kind].n++;
	f->machines[f->n_machines++] = m;
	return 0;
}

int fleet_judge(struct fleet *f, double effect)
{
	size_t n = f->n_machines;
	double *value = calloc(f->n_cells * n + 1, sizeof(*value));
	size_t *kind = calloc(n + 1, sizeof(*kind)),
	       *group = calloc(f->n_cells + 1, sizeof(*group));
	int err = value && kind && group ? 0 : -ENOMEM;

	f->effect = effect;
	f->of_groups = calloc(f->n_groups * n + 1, sizeof(*f->of_groups));
	f->of_cells = calloc(f->n_cells * n + 1, sizeof(*f->of_cells));
	if (!f->of_groups || !f->of_cells)
		err = -ENOMEM;
	for (size_t m = 0; !err && m < n; m++) {
		err = grow_values(&f->machines[m], f->n_cells);
		kind[m] = f->machines[m].kind;
		for (size_t c = 0; !err && c < f->n_cells; c++)
			value[c * n + m] = f->machines[m].value[c];
	}
	for (size_t c = 0; !err && c < f->n_cells; c++)
		group[c] = f->cells[c].group;
	if (!err)
		err = odd_judge(
			&(struct odd_table){value, f->n_cells, n, kind, group, f->n_groups, effect},
			f->of_groups, f->of_cells);
	free(value);
	free(kind);
	free(group);
	return err;
}

const struct odd *fleet_of_group(const struct fleet *f, size_t nth, size_t m)
{
	return &f->of_groups[nth * f->n_machines + m];
}

const struct odd *fleet_of_cell(const struct fleet *f, size_t nth, size_t m)
{
	return &f->of_cells[nth * f->n_machines + m];
}

bool fleet_is_odd(const struct odd *o)
{
	return o->verdict == ODD_SLOWER || o->verdict == ODD_FASTER;
}

double fleet_oddness(const struct fleet *f, size_t m)
{
	double most = 0;

	for (size_t i = 0; i < (f->n_groups + f->n_cells) * f->n_machines; i += f->n_machines) {
		size_t nth = i / f->n_machines;
		bool group = nth < f->n_groups;
		const struct odd *o =
			group ? fleet_of_group(f, nth, m) : fleet_of_cell(f, nth - f->n_groups, m);

		/* What holds for a whole place comes before any single configuration. */
		if (fleet_is_odd(o))
			most = fmax(most, (group ? 1 : 1e-3) * fabs(o->difference));
	}
	return most;
}

size_t fleet_rows(const struct fleet *f)
{
	return (f->n_groups + f->n_cells) * f->n_machines;
}

void fleet_row(const struct fleet *f, size_t nth, struct row *row)
{
	size_t of = nth / f->n_machines, m = nth % f->n_machines;
	const struct fleet_cell *cell = of < f->n_groups ? NULL : &f->cells[of - f->n_groups];
	const struct odd *o =
		cell ? fleet_of_cell(f, of - f->n_groups, m) : fleet_of_group(f, of, m);
	size_t group = cell ? cell->group : of;

	row_clear(row);
	row_set_text(row, COL_machine, f->machines[m].name);
	row_set_text(row, COL_machine_kind, f->kinds[f->machines[m].kind].name);
	if (group != SIZE_MAX)
		row_set_text(row, COL_place, f->groups[group]);
	if (cell) {
		row_set_text(row, COL_configuration, cell->name);
		row_set_text(row, COL_metric, cell->metric);
	}
	row_set_u64(row, COL_n_others, o->n);
	row_set_decimal(row, COL_to_others, exp(o->difference));
	row_set_decimal(row, COL_to_others_lo, exp(o->lo));
	row_set_decimal(row, COL_to_others_hi, exp(o->hi));
	row_set_decimal(row, COL_odd_p, o->p);
	row_set_decimal(row, COL_odd_p_adjusted, o->p_adjusted);
	row_set_decimal(row, COL_smallest_effect, f->effect);
	row_set_decimal(row, COL_detectable, expm1(o->detectable));
	row_set_text(row, COL_odd_verdict, odd_verdict_name(o->verdict));
}

void fleet_free(struct fleet *f)
{
	tdestroy(f->by_name, free);
	for (size_t i = 0; i < f->n_machines; i++)
		machine_free(&f->machines[i]);
	for (size_t i = 0; i < f->n_cells; i++) {
		free(f->cells[i].name);
		free(f->cells[i].metric);
	}
	for (size_t i = 0; i < f->n_kinds; i++) {
		free(f->kinds[i].name);
		free(f->kinds[i].key);
	}
	free(f->machines);
	free(f->cells);
	free(f->kinds);
	free(f->groups);
	free(f->of_groups);
	free(f->of_cells);
}
