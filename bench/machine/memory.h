/* SPDX-License-Identifier: MIT */
/*
 * Memory that both sides share: page size, NUMA node, and the proof that it is where it was asked
 * for.
 */
#ifndef BENCH_MACHINE_MEMORY_H
#define BENCH_MACHINE_MEMORY_H

#include <stddef.h>

/* Kinds of pages; the names are "base", "thp", "huge". */
enum memory_pages {
	PAGES_BASE, /* the processor's smallest */
	PAGES_THP,  /* transparent huge pages, asked for with madvise() */
	PAGES_HUGE  /* reserved huge pages of the default size (MAP_HUGETLB) */
};

/*
 * Maps `size` bytes of zeroes, shared over fork(), into *ret: rounded up to whole pages of its kind
 * and not yet touched. 0; -EINVAL: size 0 or too large; -ENOMEM: no memory, no free huge page;
 * -EOPNOTSUPP: the kernel would give base pages instead; memory_explain() has the words.
 */
int memory_map(size_t size, enum memory_pages pages, void **ret);

/* Unmaps what memory_map() gave for the same size and pages; NULL is fine. */
void memory_unmap(void *addr, size_t size, enum memory_pages pages);

/* Bytes of a page of this kind; 0 when the kernel has none. */
size_t memory_page_size(enum memory_pages pages);

/*
 * Whether all `len` bytes of the mapping that begins at `addr`, already touched, have pages of this
 * kind here. 0; -EOPNOTSUPP: the kernel gave smaller ones; -ENOENT: it does not tell.
 */
int memory_verify_pages(const void *addr, size_t len, enum memory_pages pages);

/* Why memory_map() failed with `err` and what would help: one clause. */
const char *memory_explain(int err, enum memory_pages pages);

/*
 * Lets the pages of [addr, addr + len) come from `node` only; before the first touch, `addr` on a
 * page boundary. 0; -EINVAL: no such node, or none with memory; -EPERM, -ENOSYS: the container or
 * kernel forbids it.
 */
int memory_bind(void *addr, size_t len, unsigned node);

/*
 * Asks the kernel where [addr, addr + len) lies: every page up to 1024, else 1024 spread evenly;
 * each is read first, since another process's touch maps nothing here. 0: all on `node`; -EXDEV:
 * verified wrong; -EPERM, -ENOSYS, -ENOENT (no word on some page): could not verify; -ENOMEM.
 */
int memory_verify(const void *addr, size_t len, unsigned node);

/* Why memory_bind() or memory_verify() failed with `err`: one clause. */
const char *memory_node_explain(int err);

/*
 * Touches each page of [addr, addr + len) for writing and keeps what it holds, so that no fault is
 * left for later; `addr` on a page boundary. 0; -ENOMEM: no room, also where the node has no free
 * huge page.
 */
int memory_prefault(void *addr, size_t len);

/*
 * Touches each page of this program's code, so that none of its loops faults when it first runs.
 * For each process by itself: what fork(2) copies has no pages of files.
 */
void memory_prefault_code(void);

#endif
