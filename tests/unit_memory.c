/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* Shared memory: its kinds of pages, its node, and that a wrong node is seen. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/machine/memory.h"
#include "bench/machine/topology.h"
#include "tests/tap.h"

#define SIZE (256 * 1024)

static bool forbidden(int err)
{
	return err == -EPERM || err == -ENOSYS;
}

static long minor_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

static void test_map(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *map = NULL;
	volatile char *at;
	long before;
	pid_t child;
	int status;

	if (!ok(!memory_map(SIZE + 1, PAGES_BASE, &map), "memory is mapped"))
		return;
	at = map;
	at[3] = 7;
	ok(!memory_prefault(map, SIZE), "memory is touched beforehand");
	before = minor_faults();
	for (size_t i = page; i < SIZE; i += page)
		at[i] = 1;
	ok(minor_faults() - before < (long)(SIZE / page / 2), "no fault is left for later");
	ok(at[3] == 7 && at[SIZE] == 0, "touching keeps what is there");
	child = fork();
	if (!child) {
		at[SIZE] = 42;
		_exit(0);
	}
	ok(child > 0 && waitpid(child, &status, 0) == child && at[SIZE] == 42,
	   "what a child writes the parent reads");
	memory_unmap(map, SIZE + 1, PAGES_BASE);
	memory_unmap(NULL, SIZE, PAGES_BASE);
	ok(memory_map(0, PAGES_BASE, &map) == -EINVAL &&
		   memory_map(SIZE_MAX, PAGES_BASE, &map) == -EINVAL,
	   "sizes that cannot be are refused");
	ok_is(memory_map(SIZE_MAX / 4, PAGES_BASE, &map), -ENOMEM, "more than there is is refused");
}

/* Free reserved huge pages of the default size; overcommit is counted as free. */
static unsigned long free_huge_pages(void)
{
	static const char *const paths[] = {"/proc/sys/vm/nr_hugepages",
					    "/proc/sys/vm/nr_overcommit_hugepages"};
	unsigned long sum = 0, number;

	for (unsigned i = 0; i < 2; i++) {
		FILE *in = fopen(paths[i], "re");

		if (in && fscanf(in, "%lu", &number) == 1)
			sum += number;
		if (in)
			fclose(in);
	}
	return sum;
}

static void test_large_pages(enum memory_pages pages)
{
	static const char *const names[] = {
		[PAGES_BASE] = "base", [PAGES_THP] = "thp", [PAGES_HUGE] = "huge"};
	const char *name = names[pages];
	void *map = NULL;
	int err = memory_map(SIZE, pages, &map);

	if (err) {
		const char *why = memory_explain(err, pages);

		/* qemu-user maps at an address of its own choice, which need not be aligned. */
		if (err == -EINVAL && getenv("EMULATOR")) {
			skip(name, "the emulator maps none");
			return;
		}
		ok(err == -ENOMEM || err == -EOPNOTSUPP,
		   "%s pages that cannot be had are refused: %s", name, why);
		ok(!strchr(why, ',') && (err != -ENOMEM || strstr(why, "vm.nr_hugepages")) &&
			   (pages != PAGES_THP || strstr(why, "shmem_enabled")),
		   "the reason names what would help");
		return;
	}
	ok(pages != PAGES_HUGE || free_huge_pages() > 0, "%s pages are mapped where there are some",
	   name);
	ok(!memory_prefault(map, SIZE), "and touched");
	memory_unmap(map, SIZE, pages);
}

static void test_node(unsigned node, unsigned other)
{
	void *map = NULL;
	int err;

	if (!ok(!memory_map(SIZE, PAGES_BASE, &map), "memory is mapped"))
		return;
	err = memory_bind(map, SIZE, node);
	if (forbidden(err)) {
		skip("bind and verify", memory_node_explain(err));
		goto out_unmap;
	}
	ok(!err, "memory is bound to node %u", node);
	ok(!memory_prefault(map, SIZE), "and touched there");
	err = memory_verify(map, SIZE, node);
	if (forbidden(err)) {
		skip("verify", memory_node_explain(err));
		goto out_unmap;
	}
	ok(!err, "memory is verified to lie on node %u", node);
	ok_is(memory_verify(map, SIZE, other), -EXDEV, "and not on node %u", other);
	ok(memory_verify((char *)map + 100, 1, node) == 0 && memory_verify(map, 0, node) == 0,
	   "one byte and none are verified as well");
	err = memory_bind(map, SIZE, 32767);
	ok(err == -EINVAL && memory_bind(map, SIZE, -1u) == -EINVAL,
	   "a node that does not exist is refused");
out_unmap:
	memory_unmap(map, SIZE, PAGES_BASE);
}

/* More pages than are asked about. */
static void test_sample(unsigned node)
{
	size_t page = sysconf(_SC_PAGESIZE), len = 1500 * page;
	void *map = NULL;
	int err;

	if (!ok(!memory_map(len, PAGES_BASE, &map), "1500 pages are mapped"))
		return;
	err = memory_bind(map, len, node);
	err = err ? err : memory_verify(map, len, node);
	if (forbidden(err))
		skip("verify a sample", memory_node_explain(err));
	else
		ok(!err && memory_verify(map, len, node + 1) == -EXDEV,
		   "1500 pages are verified by sample");
	memory_unmap(map, len, PAGES_BASE);
}

/* Pages of [from, to) that are mapped here and now, by pagemap (Documentation/admin-guide/mm). */
static size_t pages_present(uintptr_t from, uintptr_t to)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry;

	for (; from < to; from += page)
		n += pread(fd, &entry, sizeof(entry), (off_t)(from / page * sizeof(entry))) ==
			     sizeof(entry) &&
		     entry >> 63;
	close(fd);
	return n;
}

/*
 * Code that nobody runs, and more than the kernel maps around a page that somebody does
 * (fault_around_bytes, 64 KiB).
 */
__asm__(".pushsection .text\n.space 1048576\n.popsection");

/* Code that was never run, or dropped, is there before a timed loop calls it. */
static void test_code(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), all, before;
	uintptr_t here = (uintptr_t)test_code / page * page, from = 0, to = 0;
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	while (maps && fgets(line, sizeof(line), maps) && !(from <= here && here < to))
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) != 2)
			from = to = 0;
	if (maps)
		fclose(maps);
	if (!(from <= here && here < to) || !pages_present(here, here + page)) {
		skip("this program's code is mapped", "pagemap knows nothing of it (an emulator)");
		return;
	}
	all = (to - from) / page;
	madvise((void *)from, to - from, MADV_DONTNEED);
	before = pages_present(from, to);
	memory_prefault_code();
	ok(before < all && pages_present(from, to) == all,
	   "this program's code is mapped: %zu pages of %zu were, all are", before, all);
}

static void test_names(void)
{
	static const int errors[] = {-EPERM, -ENOSYS, -EINVAL, -EXDEV, -ENOENT, -ENOMEM};

	for (unsigned i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		ok(*memory_node_explain(errors[i]) && !strchr(memory_node_explain(errors[i]), ','),
		   "error %d is explained: %s", -errors[i], memory_node_explain(errors[i]));
}

int main(void)
{
	struct topology *t;
	unsigned node;
	int remote;

	test_map();
	test_large_pages(PAGES_THP);
	test_large_pages(PAGES_HUGE);
	if (ok(!topology_load(&t), "this machine loads")) {
		node = topology_node(t, topology_allowed_pu(t, 0));
		remote = topology_remote_node(t, node);
		test_node(node, node + 1);
		test_sample(node);
		if (remote >= 0)
			test_node(remote, node);
		topology_free(t);
	}
	test_code();
	test_names();
	return done_testing();
}
