/* SPDX-License-Identifier: MIT */
/* futex(2), which libc does not wrap. Not private: the word may be shared between processes. */
#ifndef BENCH_MEASURE_FUTEX_H
#define BENCH_MEASURE_FUTEX_H

#include <errno.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Since Linux 6.7, of the same number on every processor (include/uapi/asm-generic/unistd.h,
 * linux/futex.h).
 */
#ifndef SYS_futex_wake
#define SYS_futex_wake 454
#define SYS_futex_wait 455
#endif
#ifndef FUTEX2_SIZE_U32
#define FUTEX2_SIZE_U32 0x02
#endif

/* Flags of these calls, and of io_uring's, for a word between processes or of one. */
static inline unsigned futex2_flags(bool processes)
{
	return FUTEX2_SIZE_U32 | (processes ? 0 : FUTEX_PRIVATE_FLAG);
}

/*
 * FUTEX_WAIT (n: the value that lets us sleep) or FUTEX_WAKE (n: how many), with FUTEX_PRIVATE_FLAG
 * between threads of one process, as libc does. 0; -errno: -EAGAIN and -EINTR mean look again.
 */
static inline int futex_call(_Atomic uint32_t *word, int op, uint32_t n)
{
	return syscall(SYS_futex, word, op, n, (void *)0, (void *)0, 0) < 0 ? -errno : 0;
}

/* Sleeps while *word is `expected`; 0, -EAGAIN when it is not, -EINTR. */
static inline int futex_wait(_Atomic uint32_t *word, uint32_t expected)
{
	return syscall(SYS_futex, word, FUTEX_WAIT, expected, (void *)0, (void *)0, 0) ? -errno : 0;
}

/* Wakes up to `n` sleepers. */
static inline void futex_wake(_Atomic uint32_t *word, int n)
{
	syscall(SYS_futex, word, FUTEX_WAKE, n, (void *)0, (void *)0, 0);
}

#endif
