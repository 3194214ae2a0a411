/* SPDX-License-Identifier: MIT */
/* Reads profiles of tuned as tuned does, and keeps of each option the file that it is from. */
#include "bench/machine/tuned_source.h"

#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/grow.h"
#include "bench/base/text.h"
#include "bench/base/tree.h"

#define FILE_B 65536	/* of a profile; what is longer is cut */
#define DEPTH 16	/* profiles that include each other */
#define SYSCTL "sysctl" /* the section and its plugin */
#define VARIABLES "variables"

/* An option of a section; of the section itself, that it is there, one without a name. */
struct option {
	char *section, *name, *value;
	const char *file;
};

struct options {
	struct option *all;
	size_t n, room;
};

/* What a section of `by` took back. */
struct reset {
	struct option what;
	const char *by;
};

struct tuned_sources {
	const char *root;
	char **files; /* those read, without the root */
	size_t n_files, files_room;
	struct options merged; /* what counts; the last of a section and name */
	struct reset *resets;
	size_t n_resets, resets_room;
	int err; /* -ENOMEM: something is missing */
};

/*
 * What a section says of itself (tuned/profiles/unit.py); a later section of its name sets it anew,
 * also to nothing.
 */
static const char *const unit_options[] = {"type", "enabled", "devices"};

#define N_UNIT_OPTIONS (sizeof(unit_options) / sizeof(unit_options[0]))

static void forget(struct option *o)
{
	free(o->section);
	free(o->name);
	free(o->value);
}

/* Takes option `which` out, and hands it to the caller. */
static struct option take_out(struct options *o, struct option *which)
{
	struct option out = *which;

	o->n--;
	memmove(which, which + 1, (size_t)(&o->all[o->n] - which) * sizeof(out));
	return out;
}

/* The last of that section and name; NULL: none. */
static struct option *find(const struct options *o, const char *section, const char *name)
{
	for (size_t i = o->n; i > 0; i--)
		if (!strcmp(o->all[i - 1].section, section) && !strcmp(o->all[i - 1].name, name))
			return &o->all[i - 1];
	return NULL;
}

static const char *value_of(const struct options *o, const char *section, const char *name)
{
	const struct option *found = find(o, section, name);

	return found ? found->value : NULL;
}

static void drop(struct options *o, const char *section, const char *name)
{
	struct option *found = find(o, section, name), out;

	if (!found)
		return;
	out = take_out(o, found);
	forget(&out);
}

/* Sets an option, in place of one of its name; 0 or -ENOMEM. */
static int set(struct options *o, const char *section, const char *name, const char *value,
	       const char *file)
{
	struct option new = {strdup(section), strdup(name), strdup(value), file};

	drop(o, section, name);
	if (!new.section || !new.name || !new.value ||
	    array_grow(&o->all, o->n, &o->room, sizeof(new))) {
		forget(&new);
		return -ENOMEM;
	}
	o->all[o->n++] = new;
	return 0;
}

/* Takes blanks off both ends, and quotation marks, as tuned does when it applies a value. */
static char *trimmed(char *text)
{
	char *end = text + strlen(text);

	while (*text && strchr(" \t\"", *text))
		text++;
	while (end > text && strchr(" \t\"\r", end[-1]))
		*--end = '\0';
	return text;
}

/* Takes a line of `file`; `section` is the one that it stands in. */
static int take_line(struct options *o, char *line, char section[TUNED_NAME], const char *file)
{
	char *equals, *comment = strstr(line, " #");

	if (comment)
		*comment = '\0';
	line = trimmed(line);
	if (!*line || *line == '#' || *line == ';')
		return 0;
	if (*line == '[') {
		snprintf(section, TUNED_NAME, "%.*s", (int)strcspn(line + 1, "]"), line + 1);
		return set(o, section, "", "", file);
	}
	equals = strchr(line, '=');
	if (!equals)
		return 0;
	*equals = '\0';
	return set(o, section, trimmed(line), trimmed(equals + 1), file);
}

/* The name of `path`, kept once. NULL: no memory. */
static const char *keep_file(struct tuned_sources *s, const char *path)
{
	for (size_t i = 0; i < s->n_files; i++)
		if (!strcmp(s->files[i], path))
			return s->files[i];
	if (array_grow(&s->files, s->n_files, &s->files_room, sizeof(*s->files)))
		return NULL;
	s->files[s->n_files] = strdup(path);
	return s->files[s->n_files] ? s->files[s->n_files++] : NULL;
}

static bool is_read(const struct tuned_sources *s, const char *path)
{
	for (size_t i = 0; i < s->n_files; i++)
		if (!strcmp(s->files[i], path))
			return true;
	return false;
}

/*
 * Reads the options of `path` into `o`; what stands before any section is in `section`. Notes what
 * fails.
 */
static void read_options(struct tuned_sources *s, const char *path, const char *section,
			 struct options *o)
{
	char *text = malloc(FILE_B), *rest = text, *line, in[TUNED_NAME];
	const char *file = keep_file(s, path);

	snprintf(in, sizeof(in), "%s", section);
	if (!text || !file)
		s->err = -ENOMEM;
	else if (tree_read(s->root, text, FILE_B, "%s", path) > 0)
		while (!s->err && (line = strsep(&rest, "\n")))
			s->err = take_line(o, line, in, file);
	free(text);
}

static bool is_true(const char *value)
{
	return value && (!strcmp(value, "1") || !strcasecmp(value, "true"));
}

/* Whether one of unit_options is what it would be if it were not given. */
static bool is_usual(const struct option *o)
{
	if (!strcmp(o->name, "enabled"))
		return is_true(o->value);
	return !strcmp(o->value, strcmp(o->name, "type") ? "*" : o->section);
}

/* A later section of the name: it drops what it is told to, and what a section says of itself. */
static void begin_section(struct tuned_sources *s, const struct options *from, const char *section)
{
	const char *dropped = value_of(from, section, "drop"), *by = from->all[0].file;
	bool replace = is_true(value_of(from, section, "replace"));

	for (size_t i = s->merged.n; i > 0; i--) {
		struct option *o = &s->merged.all[i - 1], out;
		bool unit = false;

		if (strcmp(o->section, section) != 0 || !*o->name)
			continue;
		for (size_t k = 0; k < N_UNIT_OPTIONS; k++)
			unit |= !strcmp(o->name, unit_options[k]);
		if (!replace && !unit && !(dropped && tree_has_word(dropped, o->name)))
			continue;
		out = take_out(&s->merged, o);
		if (replace || !unit || is_usual(&out) || value_of(from, section, out.name)) {
			forget(&out);
		} else if (array_grow(&s->resets, s->n_resets, &s->resets_room,
				      sizeof(*s->resets))) {
			forget(&out);
			s->err = -ENOMEM;
		} else {
			s->resets[s->n_resets++] = (struct reset){out, by};
		}
	}
}

/* Puts what a file says over what those before it said, and frees it. */
static void merge(struct tuned_sources *s, struct options *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (!*from->all[i].name)
			begin_section(s, from, from->all[i].section);
	for (size_t i = 0; i < from->n; i++) {
		struct option *o = &from->all[i];

		if (!s->err)
			s->err = set(&s->merged, o->section, o->name, o->value, o->file);
		forget(o);
	}
	free(from->all);
}

/* The tuned.conf of profile `name` that is not read yet, into `path`; whether there is one. */
static bool find_profile(const struct tuned_sources *s, const char *name, char path[PATH_MAX])
{
	char full[PATH_MAX];

	for (const char *const *place = tuned_places; *place; place++) {
		snprintf(path, PATH_MAX, "%s/%s/tuned.conf", *place, name);
		if (snprintf(full, sizeof(full), "%s%s", s->root, path) < PATH_MAX &&
		    !access(full, R_OK) && !is_read(s, path))
			return true;
	}
	return false;
}

/* Reads a profile, those that it includes before it. */
static void read_profile(struct tuned_sources *s, const char *path, unsigned depth)
{
	struct options own = {.n = 0};
	const char *include;
	char *names, *rest, *name, parent[PATH_MAX];

	read_options(s, path, "", &own);
	include = value_of(&own, "main", "include");
	names = rest = strdup(include ? include : "");
	while (names && depth < DEPTH && (name = strsep(&rest, ",;"))) {
		name = trimmed(name);
		name += *name == '-'; /* may be missing */
		if (*name && find_profile(s, name, parent))
			read_profile(s, parent, depth + 1);
	}
	free(names);
	merge(s, &own);
}

/* The plugin of a section. */
static const char *type_of(const struct options *o, const char *section)
{
	const char *type = value_of(o, section, "type");

	return type ? type : section;
}

static bool is_enabled(const struct options *o, const char *section)
{
	const char *enabled = value_of(o, section, "enabled");

	return !enabled || is_true(enabled);
}

/*
 * Whether tuned applies sysctl.d again: a section of that plugin is at work, and nobody has
 * forbidden it.
 */
static bool reapplies(struct tuned_sources *s)
{
	struct options global = {.n = 0};
	const char *reapply;
	bool any = false, may;

	read_options(s, "/etc/tuned/tuned-main.conf", "", &global);
	reapply = value_of(&global, "", "reapply_sysctl");
	may = !reapply || is_true(reapply);
	for (size_t i = 0; i < s->merged.n; i++) {
		const struct option *o = &s->merged.all[i];

		any |= !*o->name && !strcmp(type_of(&s->merged, o->section), SYSCTL) &&
		       is_enabled(&s->merged, o->section);
	}
	for (size_t i = 0; i < global.n; i++)
		forget(&global.all[i]);
	free(global.all);
	return any && may;
}

static int by_name(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;

	return strcmp(strrchr(x, '/'), strrchr(y, '/'));
}

/*
 * Whether /run has a file of that name, in place of which tuned and sysctl.d(5) pass this one over.
 */
static bool is_masked(const struct tuned_sources *s, const char *path)
{
	char other[PATH_MAX];

	snprintf(other, sizeof(other), "%s/run/sysctl.d%s", s->root, strrchr(path, '/'));
	return !strncmp(path, "/etc/", 5) && !access(other, F_OK);
}

/* The files of sysctl.d by their names, over all that a profile says. */
static void read_sysctl_d(struct tuned_sources *s)
{
	static const char *const dirs[] = {"/etc/sysctl.d", "/run/sysctl.d"};
	struct options all = {.n = 0};
	char pattern[PATH_MAX];
	glob_t found;

	for (size_t i = 0; i < 2; i++) {
		snprintf(pattern, sizeof(pattern), "%s%s/*.conf", s->root, dirs[i]);
		glob(pattern, i ? GLOB_APPEND : 0, NULL, &found);
	}
	if (found.gl_pathc)
		qsort(found.gl_pathv, found.gl_pathc, sizeof(char *), by_name);
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (!is_masked(s, found.gl_pathv[i] + strlen(s->root)))
			read_options(s, found.gl_pathv[i] + strlen(s->root), SYSCTL, &all);
	globfree(&found);
	read_options(s, "/etc/sysctl.conf", SYSCTL, &all);
	merge(s, &all);
}

struct tuned_sources *tuned_sources_read(const char *root, const struct tuned_profile *p)
{
	struct tuned_sources *s = calloc(1, sizeof(*s));
	char path[PATH_MAX + 16];
	const char *variables;

	if (!s)
		return NULL;
	s->root = root;
	snprintf(path, sizeof(path), "%s/tuned.conf", p->dir);
	if (*p->dir || find_profile(s, p->name, path))
		read_profile(s, path, 0);
	variables = value_of(&s->merged, VARIABLES, "include");
	if (variables) {
		struct options all = {.n = 0};

		read_options(s, variables, VARIABLES, &all);
		merge(s, &all);
	}
	if (reapplies(s))
		read_sysctl_d(s);
	if (!s->err)
		return s;
	tuned_sources_free(s);
	return NULL;
}

#define CPU "/sys/devices/system/cpu/"

/*
 * Options whose names are no paths, of the plugins that have them, and the settings that they are.
 */
static const struct {
	const char *type, *name, *key;
} known[] = {
	{"vm", "transparent_hugepage", "/sys/kernel/mm/transparent_hugepage/enabled"},
	{"vm", "transparent_hugepages", "/sys/kernel/mm/transparent_hugepage/enabled"},
	{"vm", "transparent_hugepage.defrag", "/sys/kernel/mm/transparent_hugepage/defrag"},
	{"cpu", "governor", CPU "cpu#/cpufreq/scaling_governor"},
	{"cpu", "energy_perf_bias", CPU "cpu#/power/energy_perf_bias"},
	{"cpu", "energy_performance_preference", CPU "cpu#/cpufreq/energy_performance_preference"},
	{"cpu", "pm_qos_resume_latency_us", CPU "cpu#/power/pm_qos_resume_latency_us"},
	{"cpu", "force_latency", "/dev/cpu_dma_latency"},
	{"cpu", "min_perf_pct", CPU "intel_pstate/min_perf_pct"},
	{"cpu", "max_perf_pct", CPU "intel_pstate/max_perf_pct"},
	{"cpu", "no_turbo", CPU "intel_pstate/no_turbo"},
	{"cpu", "boost", CPU "cpufreq/boost"},
	{"acpi", "platform_profile", "/sys/firmware/acpi/platform_profile"},
};

/* Directories whose files are options of the plugin by their own names, without `prefix`. */
static const struct {
	const char *type, *prefix, *dir;
} named[] = {
	{"vm", "", "/proc/sys/vm/"},
	{"scheduler", "", "/proc/sys/kernel/"},
	{"scheduler", "sched_", "/sys/kernel/debug/sched/"},
};

/* Whether the sysctl `name` is the file `key`. */
static bool is_sysctl(const char *name, const char *key)
{
	static const char dir[] = "/proc/sys/";

	if (strncmp(key, dir, strlen(dir)) != 0)
		return false;
	for (key += strlen(dir); *name && (*name == *key || (*name == '.' && *key == '/')); name++)
		key++;
	return !*name && !*key;
}

/* Whether option `o` is the setting `key`. */
static bool is_option(const struct options *all, const struct option *o, const char *key)
{
	const char *type = type_of(all, o->section);

	if (!strcmp(type, SYSCTL))
		return is_sysctl(o->name, key);
	if (!strcmp(type, "sysfs"))
		return !fnmatch(o->name, key, 0);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].type, type) && !strcmp(known[i].name, o->name) &&
		    !strcmp(known[i].key, key))
			return true;
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		size_t prefix = strlen(named[i].prefix), dir = strlen(named[i].dir);

		if (!strcmp(named[i].type, type) && !strncmp(o->name, named[i].prefix, prefix) &&
		    !strncmp(key, named[i].dir, dir) && !strcmp(key + dir, o->name + prefix))
			return true;
	}
	return false;
}

/* Adds where the variables of `value` are from, other than `file`. */
static void add_variables(const struct options *all, const char *value, const char *file,
			  char *text, size_t size)
{
	for (const char *at = value; (at = strstr(at, "${")); at++) {
		const struct option *found;
		char name[TUNED_NAME];

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at + 2, "}"), at + 2);
		found = find(all, VARIABLES, name);
		if (found && strcmp(found->file, file) != 0)
			text_add(text, size, ", ${%s} of %s", name, found->file);
	}
}

bool tuned_source(const struct tuned_sources *s, const char *key, char *text, size_t size)
{
	const struct options *all = &s->merged;

	for (size_t i = all->n; i > 0; i--) {
		const struct option *o = &all->all[i - 1];

		if (!is_option(all, o, key) || !is_enabled(all, o->section))
			continue;
		snprintf(text, size, "%s", o->file);
		add_variables(all, o->value, o->file, text, size);
		return true;
	}
	return false;
}

void tuned_resets(const struct tuned_sources *s,
		  void (*each)(void *arg, const char *section, const char *name, const char *value,
			       const char *from, const char *by),
		  void *arg)
{
	for (size_t i = 0; i < s->n_resets; i++) {
		const struct option *o = &s->resets[i].what;

		each(arg, o->section, o->name, o->value, o->file, s->resets[i].by);
	}
}

void tuned_sources_free(struct tuned_sources *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->merged.n; i++)
		forget(&s->merged.all[i]);
	for (size_t i = 0; i < s->n_resets; i++)
		forget(&s->resets[i].what);
	for (size_t i = 0; i < s->n_files; i++)
		free(s->files[i]);
	free(s->merged.all);
	free(s->resets);
	free(s->files);
	free(s);
}
