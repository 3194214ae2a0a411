/* SPDX-License-Identifier: MIT */
/* Settings at both ends of each visit, and before and after everything. */
#include "bench/command/arm_settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "bench/machine/tuned_source.h"

#define BACK_TRIES 100 /* 10 s: a service that was started again applies its profile */
/*
 * What somebody must have set: where an interrupt goes once its mask is back is the kernel's
 * choice.
 */
#define SET (SETTINGS_ALL & ~SETTINGS_CHOSEN)
#define BACK_STEP_NS 100000000 /* between two looks */

void arm_settings_entered(struct arm_settings *o, const struct blocks *b, size_t arm)
{
	settings_free(o->now);
	o->now = settings_read("", environ);
	if (o->seen[arm]) {
		if (o->now && settings_compare(o->seen[arm], o->now, SET, NULL, NULL))
			o->otherwise++;
		return;
	}
	o->seen[arm] = settings_read("", environ);
	if (!arm_has_profile(&b->arms[arm]))
		return;
	o->log[arm] = tuned_log(&b->tuned);
	o->complaints[arm] = tuned_complaints(&b->tuned);
	o->verified[arm] = b->tuned.verified;
}

/* Where a difference goes. */
struct drift {
	struct arm_settings *o;
	const char *arm;
	unsigned block;
};

static void note_drift(void *arg, const char *key, const char *from, const char *to)
{
	struct drift *d = arg;
	struct arm_settings *o = d->o;

	if (o->n_drift < OBSERVED_DRIFTS &&
	    asprintf(&o->drift[o->n_drift], "%s, block %u: %s: %s -> %s", d->arm, d->block, key,
		     from ? from : "(not there)", to ? to : "(not there)") < 0)
		o->drift[o->n_drift] = NULL;
	o->n_drift++;
}

bool arm_settings_leaving(struct arm_settings *o, const struct blocks *b, size_t arm,
			  unsigned block)
{
	struct drift d = {o, b->arms[arm].name, block};
	struct settings *end = settings_read("", environ);
	bool changed = end && o->now && settings_compare(o->now, end, SET, note_drift, &d);

	settings_free(end);
	o->drifted += changed;
	return changed;
}

/* Where differences are printed, and what knows from which file tuned has them; NULL = no tuned. */
struct difference {
	FILE *out;
	const struct tuned_sources *sources;
};

static void print_difference(void *arg, const char *key, const char *from, const char *to)
{
	const struct difference *d = arg;
	char source[2 * PATH_MAX];

	fprintf(d->out, "  %s: %s -> %s", key, from ? from : "(not there)",
		to ? to : "(not there)");
	if (d->sources && tuned_source(d->sources, key, source, sizeof(source)))
		fprintf(d->out, " (%s)", source);
	fputc('\n', d->out);
}

static void print_reset(void *arg, const char *section, const char *name, const char *value,
			const char *from, const char *by)
{
	FILE *out = arg;

	fprintf(out,
		"  %s=%s of [%s] in %s does not count: tuned resets it, because %s has [%s] too\n",
		name, value, section, from, by, section);
}

/* What tuned itself said of the arm. */
static void print_tuned(const struct arm_settings *o, size_t arm, FILE *out)
{
	char *rest, *line, *text;

	if (!o->log[arm])
		return;
	fprintf(out, "  tuned says: applied; %s\n",
		o->verified[arm] == 1	? "verified"
		: o->verified[arm] == 0 ? "its verification failed"
					: "it could not verify");
	rest = text = o->complaints[arm] ? strdup(o->complaints[arm]) : NULL;
	while (rest && (line = strsep(&rest, "\n")))
		if (*line)
			fprintf(out, "  tuned says: %s\n", line);
	free(text);
	/* tuned passes over it without a word. */
	if (access("/sys/devices/system/cpu/cpu0/cpufreq", F_OK))
		fprintf(out, "  this machine has no cpufreq, so governors and frequencies of the "
			     "profile are not set\n");
}

/*
 * What an arm does that no setting shows, on `out` where it is not NULL; whether there is anything.
 */
static bool describe(const struct arm *arm, FILE *out)
{
	char text[KNOBS_ERROR];
	bool any = false;

	for (size_t i = 0; i < arm->n_parts; i++) {
		const struct arm_part *part = &arm->parts[i];

		if (!part->kind->describe)
			continue;
		part->kind->describe(part, text, sizeof(text));
		any |= *text;
		if (out && *text)
			fprintf(out, "  %s\n", text);
	}
	return any;
}

static void print_drift(const struct arm_settings *o, FILE *out)
{
	if (o->drifted)
		fprintf(out,
			"settings changed during %u visits; their rows have the flag drifted:\n",
			o->drifted);
	for (size_t i = 0; i < o->n_drift && i < OBSERVED_DRIFTS; i++)
		fprintf(out, "  %s\n", o->drift[i] ? o->drift[i] : "");
	if (o->n_drift > OBSERVED_DRIFTS)
		fprintf(out, "  and %zu more\n", o->n_drift - OBSERVED_DRIFTS);
	if (o->otherwise)
		fprintf(out, "%u visits began with other settings than the profile's first visit\n",
			o->otherwise);
}

/* What differs in an arm from the first, and where tuned has it from. */
static void print_arm(const struct arm_settings *o, const struct blocks *b, size_t arm, FILE *out)
{
	const struct arm *a = &b->arms[arm];
	struct tuned_sources *sources =
		arm_has_profile(a)
			? tuned_sources_read("", &arm_part_of(a, &arm_tuned)->tuned.profile)
			: NULL;
	struct difference d = {out, sources};

	if (arm &&
	    !settings_compare(o->seen[0], o->seen[arm], SETTINGS_ALL, print_difference, &d) &&
	    !describe(a, NULL))
		fprintf(out, "  none: the profile is inert on this machine\n");
	if (sources)
		tuned_resets(sources, print_reset, out);
	tuned_sources_free(sources);
	describe(a, out);
}

void arm_settings_print(const struct arm_settings *o, const struct blocks *b, FILE *out)
{
	for (size_t i = 0; i < b->n_arms; i++) {
		if (!o->seen[0] || !o->seen[i])
			continue;
		if (i || arm_has_profile(&b->arms[i]))
			fprintf(out, "settings of %s that differ from %s:\n", b->arms[i].name,
				b->arms[0].name);
		print_arm(o, b, i, out);
		print_tuned(o, i, out);
	}
	print_drift(o, out);
}

/* "settings/1-tuned-NAME" with `suffix`, without what would be a directory. */
static int open_file(struct whole *w, const struct blocks *b, size_t arm, const char *suffix)
{
	char name[ARM_NAME + 48];

	snprintf(name, sizeof(name), "settings/%zu-%s%s", arm, b->arms[arm].name, suffix);
	for (char *c = name + 9; *c; c++)
		if (*c == '/' || *c == ':')
			*c = '-';
	return rundir_whole(w, &b->dir, name);
}

/* What was found in an arm, and what its daemon said. 0 or -errno. */
static int write_arm(const struct arm_settings *o, const struct blocks *b, size_t arm)
{
	struct whole w;
	int err = open_file(&w, b, arm, "");

	if (!err)
		err = whole_close(&w, settings_write(o->seen[arm], w.out));
	if (err || !o->log[arm])
		return err;
	err = open_file(&w, b, arm, ".log");
	return err ? err : whole_close(&w, fputs(o->log[arm], w.out) < 0 ? -errno : 0);
}

int arm_settings_write(const struct arm_settings *o, const struct blocks *b)
{
	int err = rundir_subdir(&b->dir, "settings");

	for (size_t i = 0; !err && i < b->n_arms; i++)
		if (o->seen[i])
			err = write_arm(o, b, i);
	return err;
}

int arm_settings_check_restored(const struct arm_settings *o, const char *program, int left)
{
	struct settings *now = settings_read("", environ);
	struct difference to = {stderr, NULL};
	size_t differ;

	for (int i = 0;
	     i < BACK_TRIES && now && !left && settings_compare(o->found, now, SET, NULL, NULL);
	     i++) {
		settings_free(now);
		nanosleep(&(struct timespec){.tv_nsec = BACK_STEP_NS}, NULL);
		now = settings_read("", environ);
	}
	differ = now ? settings_compare(o->found, now, SET, print_difference, &to) : 0;
	if (left)
		fprintf(stderr,
			"%s: the machine is not as it was found; handoff restore tries again\n",
			program);
	else if (differ)
		fprintf(stderr,
			"%s: these settings are not as they were found. All changes of this "
			"comparison are put back, so something else changed them, such as dynamic "
			"tuning of the tuned service\n",
			program);
	else
		fprintf(stderr, "all settings are as they were found: no difference\n");
	settings_free(now);
	return left ? EX_SOFTWARE : 0;
}

void arm_settings_free(struct arm_settings *o)
{
	for (size_t i = 0; i < ARMS_MAX; i++) {
		settings_free(o->seen[i]);
		free(o->log[i]);
		free(o->complaints[i]);
	}
	for (size_t i = 0; i < o->n_drift && i < OBSERVED_DRIFTS; i++)
		free(o->drift[i]);
	settings_free(o->found);
	settings_free(o->now);
}
