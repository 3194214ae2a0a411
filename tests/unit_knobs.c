/* SPDX-License-Identifier: MIT */
/* class: alone, quick */
/*
 * Treatments: files read and refused; settings noted, changed, put back (as root, on harmless
 * ones).
 */
#include <errno.h>
#include <glob.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/machine/knobs.h"
#include "tests/tap.h"

#define HARMLESS "/proc/sys/vm/swappiness"

static char dir[] = "/tmp/handoff-knobs-XXXXXX";
static char file[64];
static char error[KNOBS_ERROR];

static int reads(struct knobs *k, const char *text)
{
	FILE *f = fopen(file, "w");

	fputs(text, f);
	fclose(f);
	*error = '\0';
	return knobs_read(k, file, error);
}

static bool has_path(const struct knobs *k, const char *part)
{
	for (size_t i = 0; i < k->n; i++)
		if (strstr(k->knob[i].path, part))
			return true;
	return false;
}

static void test_read(void)
{
	struct knobs k = {.n = 0};

	ok(!reads(&k, "# words\n\nsysctl net.core.busy_poll = 50\n"
		      "?file /sys/kernel/mm/x = never # why\nhold /dev/cpu_dma_latency = 0\n") &&
		   k.n == 3,
	   "three settings");
	ok(!strcmp(k.knob[0].path, "/proc/sys/net/core/busy_poll") &&
		   !strcmp(k.knob[0].value, "50") && !k.knob[0].optional,
	   "a sysctl by its file");
	ok(k.knob[1].optional && !strcmp(k.knob[1].value, "never"), "one that may be absent");
	ok(k.knob[2].hold, "one that is held");
	knobs_free(&k);
}

static void test_refused(void)
{
	static const struct {
		const char *text;
		const char *says;
	} bad[] = {
		{"", "has none"},
		{"# only words\n", "has none"},
		{"sysctl vm.swappiness\n", ":1: expected sysctl NAME = VALUE"},
		{"\nsysctl vm.swappiness =\n", ":2: expected a value"},
		{"sysctl vm.swappiness = @\n", "a file beside it"},
		{"sysctl vm.swappiness = @../x\n", "a file beside it"},
		{"set vm.swappiness = 5\n", "sysctl, file or hold"},
		{"= 5\n", "before the ="},
		{"file /etc/passwd = x\n", "below /proc/sys or /sys"},
		{"file /sys/../etc/passwd = x\n", "below /proc/sys or /sys"},
		{"hold /dev/sda = 0\n", "hold /dev/cpu_dma_latency"},
		{"hold /dev/cpu_dma_latency = low\n", "expected microseconds"},
		{"hold /dev/cpu_dma_latency = 10us\n", "expected microseconds"},
		{"hold /dev/cpu_dma_latency = -1\n", "expected microseconds"},
		{"hold /dev/cpu_dma_latency = 4294967296\n", "expected microseconds"},
		{"sysctl kernel.core_pattern = |/tmp/x\n", "names no program"},
		{"file /proc/sys//kernel/modprobe = /tmp/x\n", "names no program"},
		{"file /sys/fs/cgroup/a/release_agent = /tmp/x\n", "names no program"},
		{"sysctl fs.binfmt_misc.register = :x\n", "names no program"},
	};
	struct knobs k = {.n = 0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(reads(&k, bad[i].text) == -EBADMSG && strstr(error, bad[i].says), "refused: %s",
		   error);
	ok(knobs_read(&k, "/nonexistent", error) == -ENOENT && strstr(error, "/nonexistent"),
	   "a file that is not there");
}

static void test_long(void)
{
	char line[2200];
	struct knobs k = {.n = 0};

	snprintf(line, sizeof(line), "#%02046dsysctl vm.swappiness = 1\n", 0);
	ok(reads(&k, line) == -EBADMSG && strstr(error, ":1: expected a shorter line"),
	   "the end of a long comment is no setting");
	snprintf(line, sizeof(line), "sysctl vm.%0300d = 1\n", 0);
	ok(reads(&k, line) == -EBADMSG && strstr(error, "a shorter name"), "nor half a name");
	snprintf(line, sizeof(line), "sysctl vm.swappiness = %01100d\n", 0);
	ok(reads(&k, line) == -EBADMSG && strstr(error, "a shorter value"), "nor half a value");
	*line = '\0';
	for (int i = 0; i < 100; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), "sysctl a.b%d = 1\n", i);
	ok(!reads(&k, line) && k.n == 100, "a hundred settings");
	knobs_free(&k);
}

static void test_patterns(void)
{
	struct knobs k = {.n = 0};

	ok(!reads(&k, "file /proc/sys/net/ipv4/conf/*/rp_filter = 1\n") && k.n > 1 &&
		   !strchr(k.knob[0].path, '*') && strcmp(k.knob[0].path, k.knob[1].path) != 0,
	   "a pattern stands for all files that it matches");
	ok(!reads(&k, "?file /sys/nothing/*/here = 1\n") && k.n == 1 && !knobs_here(&k, error) &&
		   strstr(error, "/sys/nothing/*/here: No such file"),
	   "one that matches nothing is not here: %s", error);
	ok(reads(&k, "file /proc/*/mem = 1\n") == -EBADMSG, "a pattern beside the settings");
	ok(!reads(&k, "file /proc/sys/kernel/* = 1\n") && !has_path(&k, "core_pattern"),
	   "what names a program is no match");
	knobs_free(&k);
	ok(!reads(&k, "sysctl vm.core_patterns = 1\n"), "a name that only begins so");
	knobs_free(&k);
}

/* What the kernel answers has its own blanks; a list of flags takes one of them at a time. */
static void test_same(void)
{
	ok(setting_same("4096\t131072\t6291456", "4096 131072 6291456") && setting_same("a", "a\n"),
	   "the same words");
	ok(!setting_same("4096 1", "4096 1 2") && !setting_same("1", "2") && !setting_same("", "1"),
	   "others");
	ok(setting_same("FAST NO_SLOW EVEN", "NO_SLOW") && !setting_same("FAST SLOW", "NO_SLOW"),
	   "a flag among others");
}

static void test_allowed(void)
{
	ok(setting_allowed("/proc/sys/vm/swappiness") && setting_allowed("/sys/kernel/x"),
	   "settings may be written");
	ok(!setting_allowed("/proc/self/mem") && !setting_allowed("/sysfoo") &&
		   !setting_allowed("/sys/a/../../etc/x") && !setting_allowed("etc"),
	   "and nothing else");
}

/* A journal that others could have written is not trusted. */
static void test_trust(void)
{
	char path[PATH_MAX], state[96];
	struct restore r;

	ok(!restore_begin(&r), "a journal");
	ok_is(restore_pending(path, sizeof(path)), -EBUSY, "is at work while it is open");
	ok_is(restore_begin(&(struct restore){.fd = -1}), -EBUSY, "and only one at a time");
	close(r.fd);
	ok_is(restore_pending(path, sizeof(path)), 1, "and left behind after a crash");
	ok_is(restore_begin(&(struct restore){.fd = -1}), -EEXIST, "which stops the next");
	chmod(r.path, 0666);
	ok_is(restore_leftover(stderr), -EPERM, "one that others may write is not trusted");
	chmod(r.path, 0600);
	snprintf(state, sizeof(state), "%s/handoff", dir);
	chmod(state, 0777);
	ok_is(restore_begin(&(struct restore){.fd = -1}), -EPERM, "nor a directory of that kind");
	chmod(state, 0700);
	ok(restore_leftover(stderr) == 0 && restore_pending(path, sizeof(path)) == 0,
	   "an empty one is cleared away");
	ok_is(restore_leftover(stderr), -ENOENT, "then there is nothing");
}

/* Lines that are no settings are never written to. */
static void test_hostile(void)
{
	char victim[64], path[PATH_MAX];
	FILE *words = fopen("/dev/null", "w"), *f;
	struct stat st;

	snprintf(victim, sizeof(victim), "%s/victim", dir);
	f = fopen(victim, "w");
	fclose(f);
	restore_path(path, sizeof(path));
	f = fopen(path, "w");
	fprintf(f, "%s\tharm\n/sys/../%s\tharm\n", victim, victim);
	fclose(f);
	chmod(path, 0600);
	ok_is(restore_leftover(words), 2, "what is no setting is told");
	ok(!stat(victim, &st) && !st.st_size, "and not written");
	unlink(path);
	fclose(words);
}

#define BESIDE "page-cluster" /* of HARMLESS; a small number, which that takes too */

/* A setting that is to be what a file beside it says, when it is set. */
static void test_beside(void)
{
	char before[SETTING_VALUE], now[SETTING_VALUE], cluster[SETTING_VALUE];
	struct restore r = {.fd = -1};
	struct knobs k;

	if (geteuid() || setting_read(HARMLESS, before) || access(HARMLESS, W_OK) ||
	    setting_read("/proc/sys/vm/" BESIDE, cluster)) {
		skip("a value from another file", "needs root and a machine of its own");
		return;
	}
	ok(!reads(&k, "sysctl vm." BESIDE " = 5\nsysctl vm.swappiness = @" BESIDE "\n") &&
		   !restore_begin(&r) && !knobs_apply(&k, &r, error),
	   "a value from another file: %s", error);
	ok(!setting_read(HARMLESS, now) && !strcmp(now, "5"), "is what that says then: %s", now);
	knobs_free(&k);
	ok(!reads(&k, "sysctl vm.swappiness = @nothing\n") &&
		   knobs_apply(&k, &r, error) == -ENOENT &&
		   strstr(error, "cannot be set to @nothing: No such file"),
	   "a file that is not there: %s", error);
	knobs_free(&k);
	close(r.fd); /* as a SIGKILL does */
	ok(!restore_leftover(stderr) && !setting_read(HARMLESS, now) && !strcmp(now, before) &&
		   !setting_read("/proc/sys/vm/" BESIDE, now) && !strcmp(now, cluster),
	   "both are put back");
}

static void test_round_trip(void)
{
	char before[SETTING_VALUE], now[SETTING_VALUE], text[128];
	struct restore r;
	struct knobs k;

	if (geteuid() || setting_read(HARMLESS, before) || access(HARMLESS, W_OK)) {
		skip("settings are changed and put back", "needs root and a machine of its own");
		return;
	}
	snprintf(text, sizeof(text), "sysctl vm.swappiness = %d\n?file /sys/none = 1\n",
		 atoi(before) == 33 ? 34 : 33);
	ok(!reads(&k, text) && !restore_begin(&r) && !knobs_apply(&k, &r, error), "applied: %s",
	   error);
	setting_read(HARMLESS, now);
	ok(strcmp(now, before) != 0, "it is another value");
	ok(!restore_reset(&r, stderr) && !setting_read(HARMLESS, now) && !strcmp(now, before),
	   "reset between two treatments");
	ok(!knobs_apply(&k, &r, error), "and again");
	close(r.fd); /* as a SIGKILL does */
	ok(!restore_leftover(stderr) && !setting_read(HARMLESS, now) && !strcmp(now, before),
	   "the next run puts it back");
	ok(!reads(&k, "sysctl vm.swappiness = 9999\n") && !restore_begin(&r) &&
		   knobs_apply(&k, &r, error) == -EINVAL && strstr(error, "9999"),
	   "a value the kernel does not take: %s", error);
	ok(!restore_end(&r, stderr) && !setting_read(HARMLESS, now) && !strcmp(now, before),
	   "leaves nothing changed");
}

#define FORWARDING "/proc/sys/net/ipv4/conf/"

/* In a network of its own: to set one of these sets others, also when they are put back. */
static int change_network(void)
{
	static const char *const paths[] = {FORWARDING "all/forwarding",
					    FORWARDING "default/forwarding",
					    FORWARDING "lo/forwarding"};
	static const char *const orders[] = {"all lo", "lo all", "*"};
	char now[SETTING_VALUE], text[256];
	struct restore r = {.fd = -1};
	struct knobs k;
	int wrong = 0;

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		const char *rest = orders[i];

		for (size_t n = 0; n < 3; n++)
			wrong += setting_write(paths[n], n == 2 ? "1" : "0") != 0;
		*text = '\0';
		for (size_t len; *rest; rest += len + (rest[len] == ' ')) {
			len = strcspn(rest, " ");
			snprintf(text + strlen(text), sizeof(text) - strlen(text),
				 "file " FORWARDING "%.*s/forwarding = 1\n", (int)len, rest);
		}
		wrong += reads(&k, text) || restore_begin(&r) || knobs_apply(&k, &r, error);
		for (size_t n = 0; n < 3; n++)
			wrong += setting_read(paths[n], now) || strcmp(now, "1") != 0;
		if (i)
			wrong += restore_reset(&r, stderr) != 0;
		else
			close(r.fd); /* as a SIGKILL does */
		wrong += !i && restore_leftover(stderr);
		for (size_t n = 0; n < 3; n++)
			wrong += setting_read(paths[n], now) ||
				 (n != 1 && strcmp(now, n == 2 ? "1" : "0") != 0) ||
				 (i == 2 && n == 1 && strcmp(now, "0") != 0);
		wrong += i && restore_end(&r, stderr);
		knobs_free(&k);
	}
	return wrong;
}

static void test_that_change_others(void)
{
	int status = -1;
	pid_t child;

	if (geteuid() || access(FORWARDING "all/forwarding", W_OK)) {
		skip("settings that change others", "needs root and a machine of its own");
		return;
	}
	child = fork();
	if (!child)
		_exit(unshare(CLONE_NEWNET) ? 99 : change_network());
	waitpid(child, &status, 0);
	if (status == 99 << 8)
		skip("settings that change others", "needs a network of its own");
	else
		ok_is(status, 0, "settings that change others are put back, whichever comes first");
}

/*
 * Every file of the shelf says what it is for, and leaves the machine as it was; what cannot be set
 * says why.
 */
static void test_shelf(void)
{
	bool changes = !geteuid() && !access(HARMLESS, W_OK);
	char text[KNOBS_ERROR], line[256], now[SETTING_VALUE];
	glob_t found;
	size_t wrong;

	ok(!glob("scripts/profiles/*.knobs", 0, NULL, &found) && found.gl_pathc >= 25,
	   "25 profiles at least");
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];
		FILE *f = fopen(path, "r");
		struct restore r;
		struct knobs k;
		int err;

		ok(f && fgets(line, sizeof(line), f) && *line == '#', "%s says what it is for",
		   path);
		fclose(f);
		ok(!knobs_read(&k, path, error), "%s is read: %s", path, error);
		if (changes && !restore_begin(&r)) {
			char(*was)[SETTING_VALUE] = calloc(k.n, sizeof(*was));

			for (size_t n = 0; n < k.n; n++)
				setting_read(k.knob[n].path, was[n]);
			*error = '\0';
			err = knobs_apply(&k, &r, error);
			knobs_left_out(&k, text, sizeof(text));
			ok(!err || strstr(error, "cannot be set"), "%s: applied, or why not: %s%s",
			   path, error, text);
			knobs_release(&k);
			ok(!restore_end(&r, stderr), "%s: restored", path);
			wrong = 0;
			for (size_t n = 0; n < k.n; n++)
				wrong += !setting_read(k.knob[n].path, now) &&
					 strcmp(now, was[n]) != 0;
			ok_is(wrong, 0, "%s: all as it was", path);
			free(was);
		}
		knobs_free(&k);
	}
	globfree(&found);
}

int main(void)
{
	char clear[80];

	if (!ok(mkdtemp(dir) && !setenv("XDG_STATE_HOME", dir, 1), "a directory"))
		return done_testing();
	snprintf(file, sizeof(file), "%s/x.knobs", dir);
	test_read();
	test_refused();
	test_long();
	test_patterns();
	test_allowed();
	test_same();
	test_trust();
	test_hostile();
	test_round_trip();
	test_beside();
	test_that_change_others();
	test_shelf();
	snprintf(clear, sizeof(clear), "rm -r %.60s", dir);
	ok(!system(clear), "cleared away"); /* NOLINT(cert-env33-c): the path is ours */
	return done_testing();
}
