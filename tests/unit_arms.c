/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * Arms of a comparison: how their names are read, what entering and leaving does; sched_ext on a
 * machine of paper.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/command/arms.h"
#include "bench/program/options.h"
#include "tests/tap.h"

static char dir[] = "/tmp/handoff-arms-XXXXXX";
static char error[KNOBS_ERROR], second[KNOBS_ERROR];
static struct children children;
static struct invoker invoker;
static struct arm arm;
static struct arm_switch with = {.children = &children, .invoker = &invoker, .error = error};

static int reads(const char *text)
{
	arm_free(&arm);
	*error = '\0';
	return arm_read(&arm, text, "build", error);
}

static bool refuses(const char *text, int err, const char *says)
{
	return reads(text) == err && strstr(error, says);
}

static void test_read(void)
{
	static const char *const gaps[] = {"+", "+env:A=b", "env:A=b+", "env:A=b++env:B=c"};

	ok(!reads("none") && !arm.n_parts && !arm_changes(&arm), "none has no parts");
	ok(!reads("options:--slice=100us+--nice=5+env:A=b=c") && arm.n_parts == 3 &&
		   arm.parts[0].kind == &arm_options && arm.parts[1].kind == &arm_options &&
		   arm.parts[2].kind == &arm_env && !arm_changes(&arm),
	   "three parts, none of which changes the machine");
	ok(!reads("knobs:no-thp+options:--lock-memory") && arm_changes(&arm), "one that does");
	ok(refuses("options:--slice=1", -EINVAL, "takes a number and a unit"), "%s", error);
	ok(refuses("options:--nice=50", -EINVAL, "from -20 to 19"), "%s", error);
	ok(refuses("options:--load=disk", -EINVAL, "one of none"), "%s", error);
	ok(refuses("options:--slice", -EINVAL, "a value behind ="), "%s", error);
	ok(refuses("options:--msg-size=64", -EINVAL, "expected one of --sched"), "%s", error);
	ok(refuses("options:slice=1ms", -EINVAL, "expected one of"), "%s", error);
	ok(refuses("env:1A=b", -EINVAL, "env:NAME=VALUE"), "%s", error);
	ok(refuses("env:A", -EINVAL, "env:NAME=VALUE"), "%s", error);
	ok(refuses("none+options:--nice=5", -EINVAL, "no such kind"), "%s", error);
	ok(refuses("magic:x", -EINVAL, "scx:PROGRAM"), "%s", error);
	ok(refuses("options:", -EINVAL, "no such kind"), "%s", error);
	ok(refuses("env:A=b,c", -EINVAL, "a comma"), "%s", error);
	ok(refuses("", -EINVAL, "empty"), "%s", error);
	ok(refuses("env:A=1+env:B=2+env:C=3+env:D=4+env:E=5+env:F=6+env:G=7+env:H=8+env:I=9",
		   -EINVAL, "up to 8 parts"),
	   "%s", error);
	for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++)
		ok(refuses(gaps[i], -EINVAL, "no such kind"), "an empty part: %s", error);
	ok(refuses("--nice=1+--slice=1ms+--nice=2", -EINVAL, "--nice is there twice"), "%s", error);
	ok(refuses("env:A=1+env:A=2", -EINVAL, "A is there twice"), "%s", error);
	ok(!reads("env:A=1+env:AB=2+options:--nice=1"), "names that begin alike: %s", error);
}

/* Whether the environment has variable `name`, and it is `value`. */
static bool is_set(const char *name, const char *value)
{
	const char *now = getenv(name);

	return now && !strcmp(now, value);
}

static void test_sides(void)
{
	setenv("HANDOFF_TEST", "before", 1);
	ok(!reads("options:--slice=100us+--nice=5+env:HANDOFF_TEST=now+env:HANDOFF_NEW=1") &&
		   !arm_enter(&arm, &with),
	   "entered");
	ok(invoker.n_options == 2 && !strcmp(invoker.options[0], "--slice=100us") &&
		   !strcmp(invoker.options[1], "--nice=5"),
	   "options go to every command");
	ok(invoker.parameters ==
		   (UINT64_C(1) << PARAMETER_slice_ns | UINT64_C(1) << PARAMETER_sched),
	   "rows say of them what the plan does");
	ok(is_set("HANDOFF_TEST", "now") && is_set("HANDOFF_NEW", "1"), "variables are set");
	ok(!arm_leave(&arm, &with) && !invoker.n_options && !invoker.parameters,
	   "left: no options");
	ok(is_set("HANDOFF_TEST", "before") && !getenv("HANDOFF_NEW"),
	   "and variables as they were");
}

/* "/sys/kernel/sched_ext/state" below `dir` says `text`. */
static void state_is(const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/sys/kernel/sched_ext/state", dir);
	f = fopen(path, "w");
	fprintf(f, "%s\n", text);
	fclose(f);
}

/* A scheduler of paper: a script that says it is at work, and no more when it is asked to end. */
static void make_scheduler(const char *name, const char *body)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	fprintf(f, "#!/bin/sh\nstate=%s/sys/kernel/sched_ext/state\n%s", dir, body);
	fclose(f);
	chmod(path, 0700);
}

static void test_scx(void)
{
	char name[128], path[128];
	int err;

	snprintf(name, sizeof(name), "scx:%s/good", dir);
	make_scheduler("good", "trap 'echo disabled >$state; exit 0' TERM\necho enabled >$state\n"
			       "while :; do read x </proc/self/stat; done\n");
	make_scheduler("bad", "exit 1\n");
	arm_scx_root = dir;
	ok(refuses(name, -EOPNOTSUPP, "no sched_ext"), "%s", error);
	snprintf(path, sizeof(path), "mkdir -p %s/sys/kernel/sched_ext", dir);
	ok(!system(path), "a kernel that has it"); /* NOLINT(cert-env33-c): the path is ours */
	state_is("enabled");
	ok(refuses(name, -EBUSY, "at work already"), "%s", error);
	state_is("disabled");
	ok(refuses("scx:/nonexistent", -EINVAL, "no such program"), "%s", error);
	if (geteuid()) {
		ok(refuses(name, -EPERM, "needs root"), "%s", error);
		return;
	}
	ok(!reads(name) && !arm_enter(&arm, &with) && scx_is_on(dir), "entered: it is at work");
	ok(!arm_leave(&arm, &with) && !scx_is_on(dir), "left: it is not");
	snprintf(name, sizeof(name), "scx:%s/bad", dir);
	err = reads(name) ? 0 : arm_enter(&arm, &with);
	ok(err == -ECHILD && strstr(error, "ended at once"), "one that ends at once: %s", error);
	with.error = second;
	arm_leave(&arm, &with);
	with.error = error;
	ok_is(waitpid(-1, NULL, WNOHANG), -1, "and no process is left");
}

int main(void)
{
	char clear[80];

	if (!ok(mkdtemp(dir) && !children_begin(&children), "a directory"))
		return done_testing();
	test_read();
	test_sides();
	test_scx();
	arm_free(&arm);
	snprintf(clear, sizeof(clear), "rm -r %.60s", dir);
	ok(!system(clear), "cleared away"); /* NOLINT(cert-env33-c): the path is ours */
	return done_testing();
}
