/* SPDX-License-Identifier: MIT */
/*
 * Makes every spin tight, for builds with -include tests/no_pause.h. A PAUSE takes 26 ns on some
 * machines (AMD family 26), which is a third of a round trip over shared memory: whether the line
 * arrives just before or just after one decides more than the loops around it, so two equal loops
 * differ by up to 40 % and a cost of some ns does not add up. arm64's YIELD is a nop on most cores.
 */
#ifndef TESTS_NO_PAUSE_H
#define TESTS_NO_PAUSE_H

#define __builtin_ia32_pause() __asm__ volatile("" ::: "memory")

#endif
