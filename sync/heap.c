/* SPDX-License-Identifier: MIT */
/*
 * Memory from libc and from the kernel: system calls and page faults are here what is measured.
 * Threads of one process share its address space, so mmap, munmap and faults of n threads meet at
 * one lock of the kernel (mm->mmap_lock); processes do not.
 *
 * Other allocators take libc's place by LD_PRELOAD, in a process of their own, as most programs get
 * them: malloc is theirs everywhere, called as ever, and what they keep for each thread has its
 * place from the start. By dlopen(3) it would not fit any more where it is large (jemalloc: "cannot
 * allocate memory in static TLS block"), and calls would go through pointers of ours.
 */
#include <limits.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/base/library.h"
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
 * Blocks on their way to another thread; see sync/queue_spsc.c for the orders. Those that are left
 * in the end go with the process.
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

#define JEMALLOC "libjemalloc.so.2"
#define TCMALLOC "libtcmalloc_minimal.so.4"
#define MIMALLOC "libmimalloc.so.2"

/* Notes the version that the allocator in force says it has; libc's says nothing. */
static void note_version(const struct sync_setup *setup)
{
	int (*jemalloc)(const char *, void *, size_t *, void *, size_t) = library_symbol("mallctl");
	const char *(*tcmalloc)(int *, int *, const char **) = library_symbol("tc_version");
	int (*mimalloc)(void) = library_symbol("mi_version");
	const char *words = "";		   /* "5.3.0-0-g54eaed1d", "gperftools 2.10" */
	size_t length = sizeof(uintptr_t); /* of that pointer */
	char version[32];

	if (jemalloc)
		jemalloc("version", &words, &length, NULL, 0);
	else if (tcmalloc)
		words = tcmalloc(NULL, NULL, NULL);
	words += strcspn(words, "0123456789");
	snprintf(version, sizeof(version), "%.*s", (int)strspn(words, "0123456789."), words);
	if (mimalloc) /* 209: 2.0.9 */
		snprintf(version, sizeof(version), "%d.%d.%d", mimalloc() / 100,
			 mimalloc() / 10 % 10, mimalloc() % 10);
	if (*version)
		sync_note_word(setup, "version", version);
}

/* Whose malloc is measured; that it is the variant's own each thread asks in attach. */
static int blocks_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	char path[PATH_MAX];

	if (v->library && library_find(v->library, path, sizeof(path))) {
		snprintf(path, sizeof(path), "no %s here: Debian package %s", v->library,
			 !strcmp(v->library, JEMALLOC)	 ? "libjemalloc2"
			 : !strcmp(v->library, TCMALLOC) ? "libtcmalloc-minimal4"
							 : "libmimalloc2.0");
		return sync_fail(setup, -EOPNOTSUPP, path);
	}
	if (realpath(library_of(library_symbol("malloc")), path))
		sync_note_word(setup, "malloc", path);
	note_version(setup);
	return 0;
}

static int attach(void *shared, void *local, const struct sync_setup *setup)
{
	bool blocks = setup->variant->arg;
	struct mine *me = local;

	if (setup->variant->library && !library_gives("malloc", setup->variant->library))
		return sync_fail(setup, -EOPNOTSUPP,
				 "malloc of this process is not of its library: LD_PRELOAD was "
				 "not heeded");
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
#define BLOCKS .arg = true, .init = blocks_init, .attach = attach, .options = block_options, MINE
#define PAGED .attach = attach, .options = page_options, MINE

#define SAME_THREAD .flags = SYNC_TIMES_SETUP, BLOCKS, .op = &malloc_free_loops
#define OTHER_THREAD                                          \
	.flags = SYNC_PAIR | SYNC_PRIVATE | SYNC_TIMES_SETUP, \
	.shared_size = sizeof(struct handed), BLOCKS, .op = &malloc_away_loops
/* The two variants by one more allocator. */
#define ALLOCATOR(allocator, file)                                                           \
	{.name = allocator "_free",                                                          \
	 .summary = "malloc and free of " allocator " by the same thread",                   \
	 .library = (file),                                                                  \
	 SAME_THREAD},                                                                       \
	{                                                                                    \
		.name = allocator "_away",                                                   \
		.summary = "malloc of " allocator " here, free by another thread beside it", \
		.library = (file), OTHER_THREAD                                              \
	}

static const struct sync_variant heap_variants[] = {
	{.name = "malloc_free", .summary = "malloc and free by the same thread", SAME_THREAD},
	{.name = "malloc_away",
	 .summary = "malloc here, free by another thread beside it",
	 OTHER_THREAD},
	ALLOCATOR("jemalloc", JEMALLOC),
	ALLOCATOR("tcmalloc", TCMALLOC),
	ALLOCATOR("mimalloc", MIMALLOC),
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
