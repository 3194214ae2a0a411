/* SPDX-License-Identifier: MIT */
/*
 * Memory from libc and from the kernel: system calls and page faults are here what is measured.
 * Threads of one process share its address space, so mmap, munmap and faults of n threads meet at
 * one lock of the kernel (mm->mmap_lock); processes do not.
 */
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/measure/sync_loops.h"

#define BLOCK_B 64	 /* bytes of a block unless told */
#define PAGES 1		 /* pages of a mapping unless told */
#define REGION_PAGES 512 /* touched in turn, then given back */
#define HANDED 256	 /* blocks between the thread that allocates and the one that frees */

/* A thread's own. */
struct mine {
	size_t size;   /* bytes of a block or a mapping */
	size_t page;   /* bytes of a page */
	char *region;  /* first touch: REGION_PAGES pages */
	unsigned next; /* first touch: page to be touched next */
};

/*
 * Blocks on their way to another thread; see sync/queue_spsc.c for the orders. Those that are left in
 * the end go with the process.
 */
struct handed {
	alignas(BENCH_ALIGN) _Atomic uint64_t put;
	alignas(BENCH_ALIGN) _Atomic uint64_t got;
	alignas(BENCH_ALIGN) void *block[HANDED];
};

/* Keeps the compiler from leaving out a block that nobody reads. */
static inline void escape(void *block)
{
	__asm__ volatile("" ::"r"(block) : "memory");
}

static inline int malloc_free_op(void *shared, void *local)
{
	void *block = malloc(((struct mine *)local)->size);

	escape(block);
	free(block);
	return block ? 1 : -ENOMEM;
}

static inline int malloc_away_op(void *shared, void *local)
{
	struct handed *h = shared;
	uint64_t put = atomic_load_explicit(&h->put, memory_order_relaxed);
	void *block;

	if (put - atomic_load_explicit(&h->got, memory_order_acquire) == HANDED)
		return -EAGAIN;
	block = malloc(((struct mine *)local)->size);
	if (!block)
		return -ENOMEM;
	h->block[put % HANDED] = block;
	atomic_store_explicit(&h->put, put + 1, memory_order_release);
	return 1;
}

static inline int free_next(void *shared, void *local)
{
	struct handed *h = shared;
	uint64_t got = atomic_load_explicit(&h->got, memory_order_relaxed);

	if (got == atomic_load_explicit(&h->put, memory_order_acquire))
		return -EAGAIN;
	free(h->block[got % HANDED]);
	atomic_store_explicit(&h->got, got + 1, memory_order_release);
	return 1;
}

static inline int sbrk_op(void *shared, void *local)
{
	intptr_t size = (intptr_t)((struct mine *)local)->size;
	void *grown = sbrk(size);

	return grown == (void *)-1 || sbrk(-size) == (void *)-1 ? -errno : 1;
}

static inline int map(const struct mine *me, bool touch)
{
	char *memory =
		mmap(NULL, me->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	for (size_t at = 0; touch && at < me->size; at += me->page)
		*(volatile char *)(memory + at) = 1;
	return munmap(memory, me->size) ? -errno : 1;
}

static inline int mmap_munmap_op(void *shared, void *local)
{
	return map(local, false);
}

static inline int mmap_touch_op(void *shared, void *local)
{
	return map(local, true);
}

static inline int first_touch_op(void *shared, void *local)
{
	struct mine *me = local;

	if (me->next == REGION_PAGES) {
		me->next = 0;
		if (madvise(me->region, REGION_PAGES * me->page, MADV_DONTNEED))
			return -errno;
	}
	*(volatile char *)(me->region + me->page * me->next++) = 1;
	return 1;
}

static int attach(void *shared, void *local, const struct sync_setup *setup)
{
	bool blocks = setup->variant->arg;
	struct mine *me = local;

	me->page = (size_t)sysconf(_SC_PAGESIZE);
	me->size = blocks ? setup->opt[0] ? setup->opt[0] : BLOCK_B
			  : me->page * (setup->opt[0] ? setup->opt[0] : PAGES);
	return 0;
}

/* A region without huge pages: each touch is to be a fault of its own. */
static int attach_region(void *shared, void *local, const struct sync_setup *setup)
{
	struct mine *me = local;
	int err = attach(shared, local, setup);

	me->region = mmap(NULL, REGION_PAGES * me->page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (me->region == MAP_FAILED) {
		me->region = NULL;
		return -errno;
	}
	madvise(me->region, REGION_PAGES * me->page, MADV_NOHUGEPAGE);
	return err;
}

static void detach_region(void *shared, void *local)
{
	struct mine *me = local;

	if (me->region)
		munmap(me->region, REGION_PAGES * me->page);
}

static const struct op_ops malloc_free = {.op = malloc_free_op};
static const struct op_ops malloc_away = {.op = malloc_away_op, .partner = free_next};
static const struct op_ops sbrk_pair = {.op = sbrk_op};
static const struct op_ops mmap_munmap = {.op = mmap_munmap_op};
static const struct op_ops mmap_touch = {.op = mmap_touch_op};
static const struct op_ops first_touch = {.op = first_touch_op};
OP_LOOPS(malloc_free);
OP_PARTNER_LOOPS(malloc_away);
OP_LOOPS(sbrk_pair);
OP_LOOPS(mmap_munmap);
OP_LOOPS(mmap_touch);
OP_LOOPS(first_touch);

static const struct bench_option block_options[] = {
	{"size", "bytes of a block; 64", 1u << 30},
	{.name = NULL},
};
static const struct bench_option page_options[] = {
	{"pages", "pages of a mapping; 1", 1u << 18},
	{.name = NULL},
};

#define MINE .local_size = sizeof(struct mine)
#define BLOCKS .arg = true, .attach = attach, .options = block_options, MINE
#define PAGED .attach = attach, .options = page_options, MINE

static const struct sync_variant heap_variants[] = {
	{.name = "malloc_free",
	 .summary = "malloc and free by the same thread",
	 .flags = SYNC_TIMES_SETUP,
	 BLOCKS,
	 .op = &malloc_free_loops},
	{.name = "malloc_away",
	 .summary = "malloc here, free by another thread beside it",
	 .flags = SYNC_PAIR | SYNC_PRIVATE | SYNC_TIMES_SETUP,
	 .shared_size = sizeof(struct handed),
	 BLOCKS,
	 .op = &malloc_away_loops},
	{.name = "sbrk",
	 .summary = "break up by some pages and down again, untouched",
	 /* Each time the kernel frees a VMA by RCU, a thread of its own (ksoftirqd) on this PU. */
	 .flags = SYNC_SINGLE | SYNC_TIMES_SETUP | SYNC_FORKS,
	 PAGED,
	 .op = &sbrk_pair_loops},
	{.name = "mmap_munmap",
	 .summary = "mmap and munmap, untouched",
	 .flags = SYNC_TIMES_SETUP,
	 PAGED,
	 .op = &mmap_munmap_loops},
	{.name = "mmap_touch",
	 .summary = "mmap, first touch of each page, munmap",
	 .flags = SYNC_TIMES_SETUP,
	 PAGED,
	 .op = &mmap_touch_loops},
	{.name = "first_touch",
	 .summary = "first touch of the next page, each 512 are given back in between",
	 .attach = attach_region,
	 .detach = detach_region,
	 MINE,
	 .op = &first_touch_loops},
};
SYNC_MECHANISM(heap);
