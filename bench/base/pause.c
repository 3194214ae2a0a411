/* SPDX-License-Identifier: MIT */
#include "bench/base/pause.h"

#include <stddef.h>

#if defined(__x86_64__)
#include <cpuid.h>

#define WAITPKG (1u << 5)   /* leaf 7, ECX (Intel SDM volume 2, CPUID) */
#define MONITORX (1u << 29) /* leaf 0x80000001, ECX (AMD APM volume 3, CPUID) */

static bool has(unsigned leaf, unsigned bit)
{
	unsigned a, b, c = 0, d;

	return __get_cpuid_count(leaf, 0, &a, &b, &c, &d) && c & bit;
}
#endif

enum pause pause_asked;

const char *pause_name(enum pause how)
{
	static const char *const names[PAUSE_COUNT] = {
		"auto", "pause", "none", "tpause", "umwait", "mwaitx", "yield", "isb", "wfe"};

	return names[how];
}

bool pause_is_foreign(enum pause how)
{
#if defined(__x86_64__)
	return how >= PAUSE_YIELD;
#else
	return how != PAUSE_AUTO && how != PAUSE_NONE && how < PAUSE_YIELD;
#endif
}

const char *pause_missing(enum pause how)
{
	if (pause_is_foreign(how))
		return "an instruction of another architecture";
#if defined(__x86_64__)
	switch (how) {
	case PAUSE_TPAUSE:
	case PAUSE_UMWAIT:
		return has(7, WAITPKG) ? NULL : "the processor has no WAITPKG (CPUID)";
	case PAUSE_MWAITX:
		return has(0x80000001, MONITORX) ? NULL : "the processor has no MONITORX (CPUID)";
	default:
		break;
	}
#endif
	return NULL;
}
