/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * Counters of perf: names, what a known amount of work counts, and the reason where nothing can be
 * read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/base/values.h"
#include "bench/machine/counters.h"
#include "tests/tap.h"

#define PAGES 100
#define SLEEPS 20

static struct counters counters;

static void test_names(void)
{
	char want[OPTION_WANT];
	unsigned bits;

	ok(!counters_parse("cycles,faults", &bits, want) &&
		   bits == (1u << COUNTER_CYCLES | 1u << COUNTER_FAULTS),
	   "two names");
	ok(counters_parse("cycles,cache", &bits, want) == -EINVAL && strstr(want, "cache-misses"),
	   "one that is none: the names are said");
	ok(counters_parse("cycles,", &bits, want) == -EINVAL, "nothing behind a comma");
	ok(counters_parse("", &bits, want) == -EINVAL, "nothing at all");
	ok(!strcmp(counters_name(COUNTER_CYCLES, true), "cycles:u"), "outside the kernel only");
}

/* So many first touches of pages, and so many sleeps. */
static void work(void)
{
	size_t page_b = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *memory = mmap(NULL, PAGES * page_b, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise((void *)memory, PAGES * page_b, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < PAGES; i++)
		memory[i * page_b] = 1;
	munmap((void *)memory, PAGES * page_b);
	for (int i = 0; i < SLEEPS; i++)
		nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL);
}

static void test_counts(void)
{
	struct noise_task tasks[2] = {{.pid = getpid(), .tid = getpid()},
				      {.pid = getppid(), .beside = true}};
	unsigned software = 1u << COUNTER_SWITCHES | 1u << COUNTER_FAULTS;

	counters.asked = software | 1u << COUNTER_CYCLES;
	counters_begin(&counters, tasks, 2);
	ok_is(counters.n, 1u, "who is no side is not counted");
	work();
	counters_end(&counters);
	for (enum counter i = 0; i < COUNTER_COUNT; i++)
		if (counters.asked >> i & 1 && !(counters.have >> i & 1))
			ok(counters.err[i] < 0 && *counters_why(i, counters.err[i]), "%s: %s",
			   counters_name(i, false), counters_why(i, counters.err[i]));
	if ((counters.have & software) != software)
		return; /* the kernel forbids it, or a filter does */
	ok(counters.value[COUNTER_FAULTS] >= PAGES && counters.value[COUNTER_FAULTS] < 2 * PAGES,
	   "%g faults of %d pages", counters.value[COUNTER_FAULTS], PAGES);
	ok(counters.value[COUNTER_SWITCHES] >= SLEEPS, "%g switches of %d sleeps",
	   counters.value[COUNTER_SWITCHES], SLEEPS);
	ok(!(counters.have >> COUNTER_MIGRATIONS & 1), "what was not asked for is not read");
}

/* A task that is gone: no figure, and a reason. */
static void test_gone(void)
{
	struct noise_task gone = {.pid = 0x3fffff, .tid = 0x3fffff};

	counters.asked = 1u << COUNTER_FAULTS;
	counters_begin(&counters, &gone, 1);
	counters_end(&counters);
	ok(!counters.have && counters.err[COUNTER_FAULTS] < 0, "no figure of a task that is gone");
}

/*
 * What libpfm4 says of a processor `pmu`, in a process that has not loaded it. Its exit code: 0, or
 * the error.
 */
static int hitm_of(const char *pmu, uint64_t config)
{
	uint64_t found = 0;
	uint32_t type;
	int status, err;
	pid_t pid = fork();

	if (!pid) {
		setenv("LIBPFM_FORCE_PMU", pmu, 1);
		err = counters_hitm(&type, &found);
		_exit(err ? -err : found == config ? 0 : 255);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Umask and event as Intel's lists of events have them, for which the library is asked by name. */
static void test_hitm(void)
{
	if (hitm_of("skx", 0x4d2) == ENOPKG) {
		skip("lines modified elsewhere", "needs libpfm4");
		return;
	}
	ok_is(hitm_of("snb", 0x4d2), 0, "lines modified elsewhere: Sandy Bridge");
	ok_is(hitm_of("hsw", 0x4d2), 0, "Haswell");
	ok_is(hitm_of("skx", 0x4d2), 0, "Skylake");
	ok_is(hitm_of("spr", 0x4d2), 0, "Sapphire Rapids, by another name");
	ok_is(hitm_of("amd64_fam17h_zen2", 0), ENOMSG, "a processor without");
	ok(strstr(counters_why(COUNTER_HITM, -ENOMSG), "knows no such event"), "is said");
}

int main(void)
{
	test_names();
	test_counts();
	test_gone();
	test_hitm();
	return done_testing();
}
