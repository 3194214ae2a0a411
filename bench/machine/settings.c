/* SPDX-License-Identifier: MIT */
/* Reading, writing, comparing of settings. */
#include "bench/machine/settings.h"

#include <errno.h>
#include <glob.h>
#include <gnu/libc-version.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/base/tree.h"
#include "bench/machine/cgroup.h"
#include "bench/machine/settings_list.h"

#define VALUE_B 8192 /* longer values are cut */
#define N_FILES (sizeof(settings_files) / sizeof(settings_files[0]))
#define N_KEYS (sizeof(settings_keys) / sizeof(settings_keys[0]))
#define N_CONFIG (sizeof(settings_config) / sizeof(settings_config[0]))
#define N_VARIABLES (sizeof(settings_variables) / sizeof(settings_variables[0]))

struct setting {
	char *key, *value;
};

struct settings {
	struct setting *all;
	size_t n, room;
	bool sorted; /* by key */
	int err;     /* -ENOMEM: one is missing */
};

/* One of many files alike, before those are joined. */
struct numbered {
	char *key;	      /* with "#" for the number */
	unsigned long number; /* which of them */
	char *value;	      /* NULL = joined already */
};

struct settings *settings_new(void)
{
	return calloc(1, sizeof(struct settings));
}

int settings_add(struct settings *s, const char *key, const char *value)
{
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 256;
		struct setting *all = reallocarray(s->all, room, sizeof(*all));

		if (!all)
			return s->err = -ENOMEM;
		s->all = all;
		s->room = room;
	}
	s->all[s->n] = (struct setting){strdup(key), strdup(value)};
	if (!s->all[s->n].key || !s->all[s->n].value) {
		free(s->all[s->n].key);
		free(s->all[s->n].value);
		return s->err = -ENOMEM;
	}
	for (char *at = s->all[s->n].value; *at; at++)
		if (*at == '\n')
			*at = '|'; /* a line is one setting */
	s->n++;
	s->sorted = false;
	return 0;
}

static int compare_numbered(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	return order ? order : (x->number > y->number) - (x->number < y->number);
}

/* "0-3,8" of those from `first` on that have its key and value; these are then joined. */
static void print_numbers(FILE *out, struct numbered *all, size_t first, size_t n)
{
	const char *key = all[first].key;
	char *value = all[first].value;
	unsigned long from = 0, to = 0;
	bool open = false, any = false;

	for (size_t i = first; i < n && !strcmp(all[i].key, key); i++) {
		if (!all[i].value || strcmp(all[i].value, value))
			continue;
		if (open && all[i].number == to + 1) {
			to++;
		} else {
			if (open)
				fprintf(out, to > from ? "%s%lu-%lu" : "%s%lu", any ? "," : "",
					from, to);
			any = open;
			open = true;
			from = to = all[i].number;
		}
		if (i != first) {
			free(all[i].value);
			all[i].value = NULL;
		}
	}
	fprintf(out, to > from ? "%s%lu-%lu" : "%s%lu", any ? "," : "", from, to);
	fprintf(out, ":%s", value);
	free(value);
	all[first].value = NULL;
}

/* Adds one setting per key: which numbers have which value. */
static void join(struct settings *s, struct numbered *all, size_t n)
{
	if (n)
		qsort(all, n, sizeof(*all), compare_numbered);
	for (size_t begin = 0, end; begin < n; begin = end) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);
		bool more = false;

		for (end = begin; end < n && !strcmp(all[end].key, all[begin].key); end++) {
			if (!out || !all[end].value)
				continue;
			fputs(more ? ";" : "", out);
			print_numbers(out, all, end, n);
			more = true;
		}
		if (!out || fclose(out))
			s->err = -ENOMEM;
		else
			settings_add(s, all[begin].key, text);
		free(text);
	}
	for (size_t i = 0; i < n; i++) {
		free(all[i].value);
		free(all[i].key);
	}
}

/* `path` below the root, found for a pattern with "#" at `at`, into `one`. */
static int take_numbered(struct numbered *one, const char *path, size_t at, const char *value)
{
	char *end;

	one->number = strtoul(path + at, &end, 10);
	one->value = strdup(value);
	if (asprintf(&one->key, "%.*s#%s", (int)at, path, end) < 0)
		one->key = NULL;
	if (one->key && one->value)
		return 0;
	free(one->key);
	free(one->value);
	return -ENOMEM;
}

/* The files that one line of settings_files names. */
static void read_files(struct settings *s, const char *root, const char *pattern)
{
	const char *hash = strchr(pattern, '#');
	size_t skip = strlen(root), n = 0;
	char full[PATH_MAX], value[VALUE_B];
	struct numbered *all = NULL;
	glob_t found;

	if (hash)
		snprintf(full, sizeof(full), "%s%.*s[0-9]*%s", root, (int)(hash - pattern), pattern,
			 hash + 1);
	else
		snprintf(full, sizeof(full), "%s%s", root, pattern);
	if (glob(full, 0, NULL, &found))
		return;
	if (hash)
		all = calloc(found.gl_pathc, sizeof(*all));
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];

		if (tree_read("", value, sizeof(value), "%s", path) < 0)
			continue;
		if (!hash)
			settings_add(s, path + skip, value);
		else if (all &&
			 !take_numbered(&all[n], path + skip, (size_t)(hash - pattern), value))
			n++;
		else
			s->err = -ENOMEM;
	}
	if (all)
		join(s, all, n);
	free(all);
	globfree(&found);
}

/* The kernel gives the wish in force as 4 bytes (Documentation/power/pm_qos_interface.rst). */
static void read_dma_latency(struct settings *s, const char *root)
{
	char path[PATH_MAX], text[16];
	int us;
	FILE *in;

	snprintf(path, sizeof(path), "%s/dev/cpu_dma_latency", root);
	in = fopen(path, "rbe");
	if (in && fread(&us, sizeof(us), 1, in) == 1) {
		snprintf(text, sizeof(text), "%d", us);
		settings_add(s, "/dev/cpu_dma_latency", text);
	}
	if (in)
		fclose(in);
}

/* What the profile in force is made of, where tuned's own profiles are. */
static void read_tuned(struct settings *s, const char *root)
{
	char names[256], text[VALUE_B], key[PATH_MAX], *rest = names, *name;

	if (tree_read(root, names, sizeof(names), "/etc/tuned/active_profile") <= 0)
		return;
	while ((name = strsep(&rest, " "))) {
		static const char *const places[] = {"/usr/lib/tuned", "/usr/lib/tuned/profiles"};

		for (size_t i = 0; i < 2 && *name && !strchr(name, '/'); i++) {
			snprintf(key, sizeof(key), "%s/%s/tuned.conf", places[i], name);
			if (tree_read(root, text, sizeof(text), "%s", key) >= 0)
				settings_add(s, key, text);
		}
	}
}

struct groups {
	struct settings *s;
	const char *root;
	unsigned level[2]; /* that comes next, of version 2 and of version 1 */
};

/* Keys by the level, 0 for our own: the names of groups differ where nothing else does. */
static void read_group(void *arg, const char *group, bool v1)
{
	static const char *const files[2][4] = {
		{"cpu.max", "cpu.max.burst", "cpu.weight", "cpuset.cpus.partition"},
		{"cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.shares", "cpu.rt_runtime_us"}};
	struct groups *g = arg;
	char key[64], value[VALUE_B];

	for (size_t i = 0; i < 4; i++) {
		snprintf(key, sizeof(key), "cgroup:%u:%s", g->level[v1], files[v1][i]);
		if (tree_read(g->root, value, sizeof(value), "%s/%s", group, files[v1][i]) > 0)
			settings_add(g->s, key, value);
	}
	g->level[v1]++;
}

/* A key for each loaded module: what differs is then named. */
static void read_modules(struct settings *s, const char *root)
{
	char text[65536], *rest = text, *line, key[128];

	if (tree_read(root, text, sizeof(text), "/proc/modules") <= 0)
		return;
	while ((line = strsep(&rest, "\n"))) {
		line[strcspn(line, " ")] = '\0';
		snprintf(key, sizeof(key), SETTINGS_MODULE "%.64s",
			 line); /* MODULE_NAME_LEN is 56 */
		settings_add(s, key, "loaded");
	}
}

/*
 * Whether the group of `path`, a file of it, has processes: version 2 says so, version 1 lists
 * them.
 */
static bool has_processes(const char *path)
{
	char text[256];

	return tree_read("", text, sizeof(text), "%s", path) > 0 &&
	       (!strstr(path, "cgroup.events") || strstr(text, "populated 1"));
}

/*
 * The services that run, by the groups that systemd has them in: to ask it would be work for it,
 * and take its time.
 */
static void read_services(struct settings *s, const char *root)
{
	static const char *const groups[] = {
		"/sys/fs/cgroup/%s/cgroup.events",
		"/sys/fs/cgroup/unified/%s/cgroup.events",
		"/sys/fs/cgroup/systemd/%s/cgroup.procs",
	};
	static const char *const depths[] = {"*.slice/*.service", "*.slice/*.slice/*.service"};
	char pattern[PATH_MAX], path[PATH_MAX], key[PATH_MAX + 16];
	glob_t found;

	for (size_t i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), groups[i / 2], depths[i % 2]);
		snprintf(pattern, sizeof(pattern), "%s%s", root, path);
		if (glob(pattern, 0, NULL, &found))
			continue;
		for (size_t k = 0; k < found.gl_pathc; k++) {
			char *at = found.gl_pathv[k];

			if (!has_processes(at))
				continue;
			*strrchr(at, '/') = '\0';
			snprintf(key, sizeof(key), SETTINGS_SERVICE "%s", strrchr(at, '/') + 1);
			settings_add(s, key, "running");
		}
		globfree(&found);
	}
}

/* The configuration of the running kernel, which distributions put in one of these places. */
static FILE *open_config(const char *root)
{
	static const char *const places[] = {"%s/boot/config-%s", "%s/lib/modules/%s/config"};
	char release[128], path[PATH_MAX];
	FILE *in = NULL;

	if (tree_read(root, release, sizeof(release), "/proc/sys/kernel/osrelease") <= 0)
		return NULL;
	for (size_t i = 0; !in && i < 2; i++) {
		snprintf(path, sizeof(path), places[i], root, release);
		in = fopen(path, "re");
	}
	return in;
}

/* Lines are "CONFIG_HZ=250"; what is not set is a comment. */
static void read_config(struct settings *s, const char *root)
{
	char line[1024], key[128];
	FILE *in = open_config(root);

	while (in && fgets(line, sizeof(line), in)) {
		char *value = strchr(line, '=');

		if (strncmp(line, "CONFIG_", 7) != 0 || !value)
			continue;
		*value++ = '\0';
		value[strcspn(value, "\n")] = '\0';
		for (size_t i = 0; i < N_CONFIG; i++) {
			if (strcmp(line + 7, settings_config[i]) != 0)
				continue;
			snprintf(key, sizeof(key), SETTINGS_CONFIG "%.100s", line);
			settings_add(s, key, value);
		}
	}
	if (in)
		fclose(in);
}

static int compare_settings(const void *a, const void *b)
{
	return strcmp(((const struct setting *)a)->key, ((const struct setting *)b)->key);
}

static void sort(struct settings *s)
{
	if (s->n && !s->sorted)
		qsort(s->all, s->n, sizeof(*s->all), compare_settings);
	s->sorted = true;
}

struct settings *settings_read(const char *root, char *const *environment)
{
	struct settings *s = calloc(1, sizeof(*s));
	struct groups groups = {.s = s, .root = root};
	char value[VALUE_B], key[PATH_MAX];

	if (!s)
		return NULL;
	for (size_t i = 0; i < N_FILES; i++)
		read_files(s, root, settings_files[i].path);
	for (size_t i = 0; i < N_KEYS; i++) {
		const struct settings_key *k = &settings_keys[i];

		if (tree_read_key(root, k->path, k->key, value, sizeof(value)))
			continue;
		snprintf(key, sizeof(key), "%s:%s", k->path, k->key);
		settings_add(s, key, value);
	}
	read_dma_latency(s, root);
	cgroup_each(root, read_group, &groups);
	read_modules(s, root);
	read_services(s, root);
	read_config(s, root);
	read_tuned(s, root);
	settings_add(s, "libc", gnu_get_libc_version());
	for (; environment && *environment; environment++)
		for (size_t i = 0; i < N_VARIABLES; i++)
			if (!strncmp(*environment, settings_variables[i],
				     strlen(settings_variables[i]))) {
				const char *equals = strchr(*environment, '=');

				snprintf(key, sizeof(key), "environment:%.*s",
					 (int)(equals - *environment), *environment);
				settings_add(s, key, equals + 1);
			}
	if (s->err) {
		settings_free(s);
		return NULL;
	}
	sort(s);
	return s;
}

int settings_write(struct settings *s, FILE *out)
{
	sort(s);
	for (size_t i = 0; i < s->n; i++)
		if (fprintf(out, "%s=%s\n", s->all[i].key, s->all[i].value) < 0)
			return -errno;
	return fflush(out) ? -errno : 0;
}

int settings_parse(struct settings **ret, FILE *in)
{
	struct settings *s = calloc(1, sizeof(*s));
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int err = s ? 0 : -ENOMEM;

	while (!err && (n = getline(&line, &size, in)) > 0) {
		char *equals = strchr(line, '=');

		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (!equals) {
			err = -EBADMSG;
			break;
		}
		*equals = '\0';
		err = settings_add(s, line, equals + 1);
	}
	free(line);
	if (err) {
		settings_free(s);
		return err;
	}
	sort(s);
	*ret = s;
	return 0;
}

int settings_load(struct settings **ret, const char *path)
{
	FILE *in = fopen(path, "re");
	int err = in ? settings_parse(ret, in) : -errno;

	if (in)
		fclose(in);
	return err;
}

int settings_each(struct settings *s, int (*each)(void *arg, const char *key, const char *value),
		  void *arg)
{
	int err = 0;

	sort(s);
	for (size_t i = 0; !err && i < s->n; i++)
		err = each(arg, s->all[i].key, s->all[i].value);
	return err;
}

const char *settings_get(struct settings *s, const char *key)
{
	struct setting wanted = {(char *)key, NULL};
	const struct setting *found;

	sort(s);
	found = s->n ? bsearch(&wanted, s->all, s->n, sizeof(*s->all), compare_settings) : NULL;

	return found ? found->value : NULL;
}

/* Whether the key comes from `pattern`: "#" is itself in keys, "*" is any text without a slash. */
static bool matches(const char *pattern, const char *key)
{
	for (; *pattern && *pattern == *key; pattern++, key++)
		;
	if (*pattern != '*')
		return !*pattern && !*key;
	do
		if (matches(pattern + 1, key))
			return true;
	while (*key && *key++ != '/');
	return false;
}

/*
 * The part of keys that begin so and come from no file of the tables; version and build are stable
 * as well.
 */
static const struct {
	const char *begin;
	enum settings_part part;
} parts[] = {
	{"handoff:", SETTINGS_STABLE},	     {"libc", SETTINGS_STABLE},
	{"system:", SETTINGS_STABLE},	     {SETTINGS_CONFIG, SETTINGS_STABLE},
	{SETTINGS_SERVICE, SETTINGS_CHOSEN},
};

static enum settings_part part_of(const char *key)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strncmp(key, parts[i].begin, strlen(parts[i].begin)))
			return parts[i].part;
	for (size_t i = 0; i < N_FILES; i++)
		if (matches(settings_files[i].path, key))
			return settings_files[i].part;
	for (size_t i = 0; i < N_KEYS; i++) {
		size_t length = strlen(settings_keys[i].path);

		if (!strncmp(key, settings_keys[i].path, length) && key[length] == ':' &&
		    !strcmp(key + length + 1, settings_keys[i].key))
			return settings_keys[i].part;
	}
	return SETTINGS_TUNING;
}

size_t settings_compare(struct settings *before, struct settings *after, unsigned of,
			void (*each)(void *arg, const char *key, const char *from, const char *to),
			void *arg)
{
	size_t differences = 0, i = 0, k = 0;

	sort(before);
	sort(after);

	while (i < before->n || k < after->n) {
		const struct setting *a = i < before->n ? &before->all[i] : NULL;
		const struct setting *b = k < after->n ? &after->all[k] : NULL;
		int order = a && b ? strcmp(a->key, b->key) : 0;
		const char *from = a && order <= 0 ? a->value : NULL;
		const char *to = b && order >= 0 ? b->value : NULL;
		const char *key = from ? a->key : b ? b->key : "";

		i += from != NULL;
		k += to != NULL;
		if ((from && to && !strcmp(from, to)) || !(of & part_of(key)))
			continue;
		differences++;
		if (each)
			each(arg, key, from, to);
	}
	return differences;
}

void settings_free(struct settings *s)
{
	for (size_t i = 0; s && i < s->n; i++) {
		free(s->all[i].key);
		free(s->all[i].value);
	}
	if (s)
		free(s->all);
	free(s);
}
