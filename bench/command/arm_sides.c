/* SPDX-License-Identifier: MIT */
/* Kinds of parts that are given to the measured sides: options, variables, another build. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/command/arms.h"
#include "bench/program/options.h"

/* How the sides run, not what is measured: what rows of one configuration may differ in. */
static const struct {
	const char *name;
	enum parameter parameter; /* whose column says it; PARAMETERS = none does */
} allowed[] = {
	{"sched", PARAMETER_sched},	      {"nice", PARAMETER_sched},
	{"slice", PARAMETER_slice_ns},	      {"load", PARAMETER_load},
	{"load-sched", PARAMETER_load_sched}, {"load-nice", PARAMETER_load_sched},
	{"pages", PARAMETER_pages},	      {"mem", PARAMETER_mem_asked},
	{"initiator", PARAMETER_initiator},   {"apart", PARAMETER_apart},
	{"pause", PARAMETER_pause},	      {"lock-memory", PARAMETERS},
};

#define N_ALLOWED (sizeof(allowed) / sizeof(allowed[0]))

/* Which of them "--NAME=VALUE" is; -1 = none. */
static int find_allowed(const char *text)
{
	size_t len = strcspn(text, "=");

	for (size_t i = 0; i < N_ALLOWED; i++)
		if (!strncmp(text, "--", 2) && strlen(allowed[i].name) == len - 2 &&
		    !strncmp(allowed[i].name, text + 2, len - 2))
			return (int)i;
	return -1;
}

/* Whether the value is one that the option takes; 0 or -EINVAL with `want`. */
static int check_value(int which, const char *text, char *want)
{
	const char *value = strchr(text, '=');
	struct cell cell;

	if (allowed[which].parameter == PARAMETERS) {
		snprintf(want, OPTION_WANT, "no value");
		return value ? -EINVAL : 0;
	}
	if (!value) {
		snprintf(want, OPTION_WANT, "a value behind =");
		return -EINVAL;
	}
	if (strstr(allowed[which].name, "nice"))
		return sched_read_nice(value + 1, &(int){0}, want);
	cell_init(&cell, GROUP_IPC);
	return cell_read(&cell, allowed[which].parameter, value + 1, want);
}

static int parse_options(struct arm_part *part, const char *beside, char *error)
{
	int which = find_allowed(part->text), used;
	char want[OPTION_WANT] = "";

	if (which >= 0 && !check_value(which, part->text, want))
		return 0;
	if (which >= 0) {
		snprintf(error, KNOBS_ERROR, "options:%s: not valid; it takes %s", part->text,
			 want);
		return -EINVAL;
	}
	used = snprintf(error, KNOBS_ERROR, "options:%s: expected one of", part->text);
	for (size_t i = 0; i < N_ALLOWED; i++)
		used += snprintf(error + used, KNOBS_ERROR - (size_t)used, " --%s",
				 allowed[i].name);
	return -EINVAL;
}

static int apply_options(struct arm_part *part, struct arm_switch *s)
{
	return invoke_add_option(s->invoker, part->text,
				 allowed[find_allowed(part->text)].parameter);
}

static int revert_options(struct arm_part *part, struct arm_switch *s)
{
	invoke_drop_options(s->invoker);
	return 0;
}

static void describe_options(const struct arm_part *part, char *text, size_t size)
{
	snprintf(text, size, "its sides have %s", part->text);
}

const struct arm_kind arm_options = {.name = "options",
				     .takes = "--NAME=VALUE",
				     .parse = parse_options,
				     .apply = apply_options,
				     .revert = revert_options,
				     .describe = describe_options};

static int parse_env(struct arm_part *part, const char *beside, char *error)
{
	size_t len = strcspn(part->text, "=");
	bool good = len && len < sizeof(part->env.name) && part->text[len] == '=' &&
		    !isdigit((unsigned char)*part->text);

	for (size_t i = 0; i < len; i++)
		good &= isalnum((unsigned char)part->text[i]) || part->text[i] == '_';
	if (!good) {
		snprintf(error, KNOBS_ERROR, "env:%s: expected env:NAME=VALUE", part->text);
		return -EINVAL;
	}
	snprintf(part->env.name, sizeof(part->env.name), "%.*s", (int)len, part->text);
	return 0;
}

static int apply_env(struct arm_part *part, struct arm_switch *s)
{
	const char *old = getenv(part->env.name);

	part->env.old = old ? strdup(old) : NULL;
	if ((!old || part->env.old) && !setenv(part->env.name, strchr(part->text, '=') + 1, 1))
		return 0;
	snprintf(s->error, KNOBS_ERROR, "no memory for the environment");
	return -ENOMEM;
}

static int revert_env(struct arm_part *part, struct arm_switch *s)
{
	if (part->env.old)
		setenv(part->env.name, part->env.old, 1);
	else
		unsetenv(part->env.name);
	free(part->env.old);
	part->env.old = NULL;
	return 0;
}

static void describe_env(const struct arm_part *part, char *text, size_t size)
{
	snprintf(text, size, "its sides have %s in their environment", part->text);
}

const struct arm_kind arm_env = {.name = "env",
				 .takes = "NAME=VALUE",
				 .parse = parse_env,
				 .apply = apply_env,
				 .revert = revert_env,
				 .describe = describe_env};

/* Microbenchmarks of another directory: the selftest's. */
static int apply_build(struct arm_part *part, struct arm_switch *s)
{
	snprintf(s->children->beside, sizeof(s->children->beside), "%s", part->beside);
	return 0;
}

const struct arm_kind arm_build = {.name = "build", .apply = apply_build};
