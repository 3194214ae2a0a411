/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * The instructions of --pause. Where the processor lacks one, a handler of SIGILL does what it
 * would do, and notes its operands: that the line watched is the one waited for, and that the wait
 * has an end, is the same everywhere. A processor may have one that the CPUID of its guest
 * conceals.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <ucontext.h>

#include "bench/base/pause.h"
#include "tests/tap.h"

static _Atomic uint64_t word;
static unsigned looks, until; /* the look that sees it */

static bool waits_on(void)
{
	return ++looks < until;
}

/* Spins until the `n`th look; the number of looks. */
static unsigned spin(enum pause how, unsigned n)
{
	pause_asked = how;
	looks = 0;
	until = n;
	SPIN_WHILE(true, &word, waits_on());
	return looks;
}

#if defined(__x86_64__)
static struct {
	unsigned watches, waits;
	const void *watched;
	int64_t ticks; /* until the end of the last wait */
	bool light;    /* the lighter of its two states */
} seen;

/* General registers by their numbers in an instruction. */
static uint64_t reg(const ucontext_t *u, unsigned n)
{
	static const int of[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
				 REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
				 REG_R12, REG_R13, REG_R14, REG_R15};

	return (uint64_t)u->uc_mcontext.gregs[of[n]];
}

/*
 * umonitor is F3 0F AE /6, umwait F2, tpause 66; monitorx is 0F 01 FA, mwaitx 0F 01 FB (SDM, APM).
 */
static void emulate(int sig, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	greg_t *gregs = u->uc_mcontext.gregs;
	const uint8_t *at = (const uint8_t *)gregs[REG_RIP]; /* NOLINT: the instruction */
	unsigned rex = 0, prefix = 0;
	uint64_t end = (uint64_t)gregs[REG_RDX] << 32 | (uint32_t)gregs[REG_RAX];

	if (*at == 0xf3 || *at == 0xf2 || *at == 0x66)
		prefix = *at++;
	if ((*at & 0xf0) == 0x40)
		rex = *at++;
	if (at[0] != 0x0f || (at[1] != 0xae && at[1] != 0x01))
		_Exit(1); /* another one: not ours */
	if (prefix == 0xf3 || (!prefix && at[2] == 0xfa)) {
		seen.watches++;
		/* NOLINTNEXTLINE: an address in a register */
		seen.watched = (const void *)reg(u, prefix ? (at[2] & 7) | (rex & 1) << 3 : 0);
	} else {
		seen.waits++;
		seen.ticks = prefix ? (int64_t)(end - __builtin_ia32_rdtsc()) : (int64_t)reg(u, 3);
		seen.light = prefix ? reg(u, (at[2] & 7) | (rex & 1) << 3) & 1
				    : gregs[REG_RAX] == 0xf0 && gregs[REG_RCX] == 2;
	}
	gregs[REG_RIP] = (greg_t)(at + 3);
}

/*
 * Whether the processor lacks the instruction, whatever CPUID says: it is executed here, and ends
 * at once.
 */
static bool is_lacking(enum pause how)
{
	memset(&seen, 0, sizeof(seen));
	if (how == PAUSE_MWAITX)
		__asm__ volatile("monitorx" ::"a"(&word), "c"(0), "d"(0) : "memory");
	else
		__asm__ volatile("tpause %0" ::"r"(1), "a"(0), "d"(0) : "cc", "memory");
	return seen.watches + seen.waits;
}

static void test_operands(enum pause how, unsigned watches, int64_t most)
{
	struct sigaction action = {.sa_sigaction = emulate, .sa_flags = SA_SIGINFO};
	bool lacking;

	sigaction(SIGILL, &action, NULL);
	lacking = is_lacking(how);
	ok(!lacking || pause_missing(how), "%s: what the processor lacks is missing",
	   pause_name(how));
	memset(&seen, 0, sizeof(seen));
	ok(spin(how, 5) == 5, "%s: waits until it is seen", pause_name(how));
	if (!lacking) {
		skip("its operands", "the processor has it, so nobody sees them");
		return;
	}
	ok_is(seen.waits, 2, "two waits between four looks");
	ok_is(seen.watches, 2 * watches, "each after it began to watch the line, if it does");
	ok(!watches || seen.watched == &word, "the line of the word waited for");
	ok(seen.ticks <= most && seen.ticks > -1000000000, "it ends: %ld ticks", (long)seen.ticks);
	ok(seen.light, "in the lightest state");
	seen.waits = 0;
	ok(spin(how, 2) == 3 && !seen.waits,
	   "what comes while the line is begun to be watched is seen before the wait");
}
#endif

int main(void)
{
	unsigned available = 0;

	for (enum pause how = PAUSE_AUTO; how < PAUSE_COUNT; how++) {
		const char *missing = pause_missing(how);

		if (missing)
			continue;
		available++;
		ok(spin(how, 7) == 7, "%s: spins until it is seen", pause_name(how));
		ok(!pause_is_foreign(how), "%s: is of this architecture", pause_name(how));
	}
	ok(available >= 3, "there are some: %u", available);
#if defined(__x86_64__)
	test_operands(PAUSE_TPAUSE, 0, PAUSE_TPAUSE_TICKS);
	test_operands(PAUSE_UMWAIT, 1, PAUSE_WATCH_TICKS);
	test_operands(PAUSE_MWAITX, 1, PAUSE_WATCH_TICKS);
#endif
	return done_testing();
}
