/* SPDX-License-Identifier: MIT */
/* Maps, binds and checks shared memory by mmap(2), mbind(2) and move_pages(2). */
/* needs: numa */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <link.h>
#include <numaif.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/machine/memory.h"

#define THP "/sys/kernel/mm/transparent_hugepage/"
#define MOST_NODES 32768  /* bits of a page: the longest node mask that mbind(2) reads */
#define VERIFY_PAGES 1024 /* enough to see a wrong node, cheap enough for every invocation */
#define MASK_BITS (sizeof(unsigned long) * CHAR_BIT)

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

/*
 * libnuma's own, which may be replaced (numa(3)): what it says of a lack of descriptors is no line
 * that helps.
 */
void numa_warn(int number, char *format, ...);
void numa_warn(int number, char *format, ...)
{
	(void)number;
	(void)format;
}

static size_t base_page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* The number in the first line of `path` that `format` matches; 0 when there is none. */
static size_t read_number(const char *path, const char *format)
{
	FILE *in = fopen(path, "re");
	char line[256];
	size_t number = 0;

	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, format, &number) == 1)
			break;
	if (in)
		fclose(in);
	return number;
}

/* Whether the choice in brackets in the file `path` ("always [never]") is one of `words`. */
static bool is_set_to(const char *path, const char *const words[])
{
	FILE *in = fopen(path, "re");
	char line[256] = "";
	bool found = false;

	if (!in)
		return false;
	if (fgets(line, sizeof(line), in))
		for (; *words && !found; words++)
			found = strstr(line, *words);
	fclose(in);
	return found;
}

/*
 * Shared memory follows shmem_enabled, since Linux 6.10 one per size that may inherit from the
 * common one.
 */
static bool thp_for_shared(size_t size)
{
	static const char *const on[] = {"[always]", "[within_size]", "[advise]", "[force]", NULL};
	static const char *const inherit[] = {"[inherit]", NULL};
	char path[128];

	snprintf(path, sizeof(path), THP "hugepages-%zukB/shmem_enabled", size / 1024);
	if (access(path, F_OK))
		return is_set_to(THP "shmem_enabled", on);
	return is_set_to(path, on) ||
	       (is_set_to(path, inherit) && is_set_to(THP "shmem_enabled", on));
}

size_t memory_page_size(enum memory_pages pages)
{
	switch (pages) {
	case PAGES_HUGE:
		return read_number("/proc/meminfo", "Hugepagesize: %zu kB") * 1024;
	case PAGES_THP:
		return read_number(THP "hpage_pmd_size", "%zu");
	default:
		return base_page();
	}
}

int memory_map(size_t size, enum memory_pages pages, void **ret)
{
	size_t page = memory_page_size(pages), whole;
	int flags = MAP_SHARED | MAP_ANONYMOUS | (pages == PAGES_HUGE ? MAP_HUGETLB : 0);
	void *addr;

	if (!page || (pages == PAGES_THP && !thp_for_shared(page)))
		return -EOPNOTSUPP;
	if (!size || size > PTRDIFF_MAX - page)
		return -EINVAL;
	whole = (size + page - 1) / page * page;
	addr = mmap(NULL, whole, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (addr == MAP_FAILED)
		return -errno;
	if (pages == PAGES_THP && madvise(addr, whole, MADV_HUGEPAGE)) {
		int err = -errno;

		munmap(addr, whole);
		return err;
	}
	*ret = addr;
	return 0;
}

void memory_unmap(void *addr, size_t size, enum memory_pages pages)
{
	size_t page = memory_page_size(pages);

	if (addr && page)
		munmap(addr, (size + page - 1) / page * page);
}

const char *memory_explain(int err, enum memory_pages pages)
{
	switch (err) {
	case -ENOMEM:
		return pages == PAGES_HUGE
			       ? "no free huge pages: reserve some with sysctl vm.nr_hugepages=64"
			       : "not enough memory";
	case -EOPNOTSUPP:
		return pages == PAGES_THP ? "transparent huge pages are off for shared memory: "
					    "echo advise > " THP "shmem_enabled"
					  : "this kernel has no huge pages";
	case -EPERM:
		return "this user may not map such pages";
	case -EINVAL:
		return "not a size that can be mapped";
	default:
		return strerror(-err);
	}
}

int memory_bind(void *addr, size_t len, unsigned node)
{
	unsigned long *mask;
	size_t words = node / MASK_BITS + 1;
	int err;

	if (node >= MOST_NODES)
		return -EINVAL;
	mask = calloc(words, sizeof(*mask));
	if (!mask)
		return -ENOMEM;
	mask[node / MASK_BITS] = 1ul << node % MASK_BITS;
	/* the kernel reads one bit less than it is told (mbind(2), NOTES of get_mempolicy(2)) */
	err = mbind(addr, len, MPOL_BIND, mask, words * MASK_BITS + 1, 0) ? -errno : 0;
	free(mask);
	return err;
}

/*
 * Fills in the addresses to ask about, one in each of `n` of the `total` pages, and maps them here
 * by reading.
 */
static void sample_pages(const char *addr, size_t total, void **at, size_t n)
{
	size_t page = base_page();
	uintptr_t first = (uintptr_t)addr / page * page;

	for (size_t i = 0; i < n; i++) {
		const char *p = i ? (const char *)(first + total * i / n * page) : addr;

		(void)*(const volatile char *)p;
		at[i] = (void *)(uintptr_t)p;
	}
}

int memory_verify(const void *addr, size_t len, unsigned node)
{
	size_t page = base_page();
	size_t total = ((uintptr_t)addr % page + len + page - 1) / page;
	size_t n = total < VERIFY_PAGES ? total : VERIFY_PAGES;
	void **at = calloc(n + 1, sizeof(*at)); /* + 1: calloc(0) may be NULL */
	int *seen = calloc(n + 1, sizeof(*seen));
	int err = -ENOMEM;

	if (!at || !seen)
		goto out_free;
	sample_pages(addr, total, at, n);
	/* without nodes to move to, it only tells where each page is */
	err = move_pages(0, n, at, NULL, seen, 0) < 0 ? -errno : 0;
	for (size_t i = 0; i < n && (!err || err == -ENOENT); i++) {
		if (seen[i] < 0)
			err = -ENOENT;
		else if (seen[i] != (int)node)
			err = -EXDEV;
	}
out_free:
	free(seen);
	free(at);
	return err;
}

const char *memory_node_explain(int err)
{
	switch (err) {
	case -EPERM:
	case -EACCES:
		return "the container forbids placing memory on a node (CAP_SYS_NICE would allow "
		       "it)";
	case -ENOSYS:
		return "this kernel has no NUMA calls";
	case -EINVAL:
		return "no such NUMA node with memory that this process may use";
	case -EXDEV:
		return "the memory lies on another NUMA node";
	case -ENOENT:
		return "the kernel does not tell where the memory lies";
	default:
		return strerror(-err);
	}
}

/*
 * Of the mapping at `addr` in /proc/self/smaps (proc_pid_smaps(5)): the size of its pages, and how
 * much of it huge pages map, which a transparent one is only told by. False when it is not there.
 */
static bool read_smaps(const void *addr, size_t *page, size_t *huge)
{
	FILE *in = fopen("/proc/self/smaps", "re");
	uintptr_t begin, end;
	bool inside = false, found = false;
	char line[512], key[32];
	size_t kb;

	*page = *huge = 0;
	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2)
			inside = (uintptr_t)addr >= begin && (uintptr_t)addr < end;
		else if (!inside || sscanf(line, "%31[^:]: %zu kB", key, &kb) != 2)
			continue;
		else if (!strcmp(key, "MMUPageSize"))
			*page = kb * 1024;
		else if (strstr(key, "PmdMapped") || !strcmp(key, "AnonHugePages"))
			*huge += kb * 1024;
		found = found || *page;
	}
	if (in)
		fclose(in);
	return found;
}

int memory_verify_pages(const void *addr, size_t len, enum memory_pages pages)
{
	size_t page, huge;

	if (pages == PAGES_BASE)
		return 0;
	if (!read_smaps(addr, &page, &huge))
		return -ENOENT;
	return (pages == PAGES_HUGE ? page > base_page() : huge >= len) ? 0 : -EOPNOTSUPP;
}

int memory_prefault(void *addr, size_t len)
{
	/* unlike a store it returns an error where there is no page, and raises no SIGBUS */
	if (madvise(addr, len, MADV_POPULATE_WRITE) && errno != EINVAL && errno != ENOSYS)
		return errno == EFAULT ? -ENOMEM : -errno;
	/* older kernels do not know it, and emulators take it and do nothing */
	for (size_t i = 0, page = base_page(); i < len; i += page) {
		volatile char *p = (char *)addr + i;
		char held = *p;

		*p = held;
	}
	return 0;
}

/* dl_iterate_phdr(3) begins with the program itself. */
static int touch_code(struct dl_phdr_info *object, size_t size, void *unused)
{
	for (unsigned i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		uintptr_t from = object->dlpi_addr + part->p_vaddr, to = from + part->p_memsz;

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
			continue;
		for (from -= from % base_page(); from < to; from += base_page())
			(void)*(const volatile char *)from;
	}
	return 1;
}

void memory_prefault_code(void)
{
	dl_iterate_phdr(touch_code, NULL);
}
