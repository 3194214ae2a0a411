/* SPDX-License-Identifier: MIT */
/*
 * The ring family: message rings in memory that both sides map. A variant brings the memory (in its
 * attach a descriptor in end->fd[IPC_IN] or a mapping in end->memory, or in its open a mapping that
 * both inherit in link->memory) and, as its arg, the number of slots; the rest is here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/statvfs.h>

#include "bench/measure/fan_out.h"
#include "bench/measure/ring_all.h"
#include "bench/measure/ring_many.h"
#include "bench/measure/ring_wait.h"

#define RING_BYTES (1u << 20) /* slots of one direction take about this much */
#define RING_SLOTS_MAX 64
#define RING_SLOTS_MIN 2
_Static_assert(2 * RING_SLOTS_MAX <= FAN_STAMPS, "each stamp is filed before it is written over");

static const struct ipc_ops ring_copy = {
	.rings = true, .one_sender = true, .send = ring_send, .recv = ring_recv};
static const struct ipc_ops ring_inplace = {
	.rings = true,
	.one_sender = true,
	.reserve = ring_reserve,
	.commit = ring_commit,
	.peek = ring_peek,
	.release = ring_release,
};

IPC_SPIN_LOOPS(ring_copy, ring_spin);
IPC_LOOPS(ring_copy, ring_hybrid);
IPC_LOOPS(ring_copy, ring_futex);
IPC_LOOPS(ring_copy, ring_sem);
IPC_LOOPS(ring_copy, ring_condvar);
IPC_LOOPS(ring_copy, ring_eventfd);
IPC_SPIN_LOOPS(ring_inplace, ring_spin);
IPC_LOOPS(ring_inplace, ring_hybrid);
IPC_LOOPS(ring_inplace, ring_futex);
IPC_LOOPS(ring_inplace, ring_sem);
IPC_LOOPS(ring_inplace, ring_condvar);
IPC_LOOPS(ring_inplace, ring_eventfd);
IPC_SPIN_LOOPS(ring_many, many_spin);
IPC_LOOPS(ring_many, many_futex);
IPC_LOOPS(ring_all, ring_spin);
IPC_LOOPS(ring_all, all_futex);
FAN_OUT_LOOPS(ring_all, ring_spin);
FAN_OUT_LOOPS(ring_all, all_futex);

static const struct ipc_mode ring_all_modes[] = {
	IPC_MODE(ring_all, ring_spin, FAN_OUT_OF(ring_all, ring_spin)),
	IPC_MODE(ring_all, all_futex, FAN_OUT_OF(ring_all, all_futex)),
};

static const struct ipc_mode ring_many_modes[] = {
	IPC_SPIN_MODE(ring_many, many_spin),
	IPC_MODE(ring_many, many_futex),
};

static const struct ipc_mode ring_copy_modes[] = {
	IPC_SPIN_MODE(ring_copy, ring_spin), IPC_MODE(ring_copy, ring_hybrid),
	IPC_MODE(ring_copy, ring_futex),     IPC_MODE(ring_copy, ring_sem),
	IPC_MODE(ring_copy, ring_condvar),   IPC_MODE(ring_copy, ring_eventfd),
};

static const struct ipc_mode ring_inplace_modes[] = {
	IPC_SPIN_MODE(ring_inplace, ring_spin), IPC_MODE(ring_inplace, ring_hybrid),
	IPC_MODE(ring_inplace, ring_futex),	IPC_MODE(ring_inplace, ring_sem),
	IPC_MODE(ring_inplace, ring_condvar),	IPC_MODE(ring_inplace, ring_eventfd),
};

/* What open makes before the fork. */
struct ring_open {
	int fd[2][2]; /* eventfds: [sending side][0 = items, 1 = space] */
	void *base;   /* threads: the one mapping */
};

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/*
 * Bytes before the first slot: a payload that does not fit beside its number begins a line of its
 * own, so that a word of each of its lines (--touch=line) is a word of each line it lies in. Else
 * 64 bytes in place would be touched in one of two lines, and be cheaper than the copy for that
 * reason alone.
 */
static size_t ring_lead(const struct ipc_link *link)
{
	return sizeof(struct ring_slot) + link->msg_size > PAYLOAD_LINE
		       ? PAYLOAD_LINE - sizeof(struct ring_slot)
		       : 0;
}

static size_t ring_stride(const struct ipc_link *link)
{
	return round_up(ring_lead(link) + sizeof(struct ring_slot) + link->msg_size, BENCH_ALIGN);
}

/* Slots per direction, a power of two. */
static size_t ring_slots(const struct ipc_link *link)
{
	size_t slots = RING_SLOTS_MAX;

	if (link->variant->arg)
		return (size_t)link->variant->arg;
	while (slots > RING_SLOTS_MIN && slots * ring_stride(link) > RING_BYTES)
		slots /= 2;
	return slots;
}

/* Entries of struct ring_reader behind the head of a direction. */
static unsigned ring_readers(const struct ipc_link *link)
{
	return link->variant->flags & IPC_TO_ALL ? link->consumers : 0;
}

/* Bytes of a direction before the slots. */
static size_t ring_head_bytes(const struct ipc_link *link)
{
	return sizeof(struct ring_head) + ring_readers(link) * sizeof(struct ring_reader);
}

size_t ring_bytes(const struct ipc_link *link)
{
	size_t one = ring_head_bytes(link) + ring_slots(link) * ring_stride(link);
	size_t page = memory_page_size(link->pages);

	return round_up(2 * round_up(one, 4096), page ? page : 4096);
}

int ring_size_file(struct ipc_link *link, int fd)
{
	size_t size = ring_bytes(link);
	struct statvfs fs;

	/*
	 * Not fallocate(2): in tmpfs it would take the pages here and now, on the node of a driver
	 * that is not pinned. But a touch for which there is no room raises SIGBUS.
	 */
	if (fstatvfs(fd, &fs))
		return -errno;
	if (fs.f_blocks && fs.f_bavail < size / fs.f_frsize + 1) {
		snprintf(link->why, sizeof(link->why),
			 "no room for the %zu bytes of shared memory in its file system", size);
		return -ENOSPC;
	}
	return ftruncate(fd, (off_t)size) ? -errno : 0;
}

/* The two directions lie one after the other; a direction is named by its sending side. */
static struct ring_head *ring_head(void *base, size_t size, unsigned from)
{
	return (struct ring_head *)((uint8_t *)base + from * size / 2);
}

static int sleepers_init(struct ring_sleepers *sleepers)
{
	pthread_mutexattr_t mutex;
	pthread_condattr_t cond;
	int err;

	if (sem_init(&sleepers->sem, 1, 0))
		return -errno;
	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	err = pthread_mutex_init(&sleepers->mutex, &mutex);
	pthread_mutexattr_destroy(&mutex);
	if (err)
		return -err;
	pthread_condattr_init(&cond);
	pthread_condattr_setpshared(&cond, PTHREAD_PROCESS_SHARED);
	err = pthread_cond_init(&sleepers->cond, &cond);
	pthread_condattr_destroy(&cond);
	return -err;
}

static void ring_close(struct ipc_link *link)
{
	struct ring_open *open = link->state;

	if (!open)
		return;
	for (int from = 0; from < 2; from++)
		for (int i = 0; i < 2; i++)
			if (open->fd[from][i] >= 0)
				close(open->fd[from][i]);
	free(open);
	link->state = NULL;
}

static int ring_open(struct ipc_link *link)
{
	struct ring_open *open;

	if (link->pages == PAGES_HUGE && !(link->variant->flags & IPC_HUGETLB)) {
		snprintf(link->why, sizeof(link->why),
			 "this memory has no reserved huge pages: use base or thp");
		return -EOPNOTSUPP;
	}
	open = malloc(sizeof(*open));
	if (!open)
		return -ENOMEM;
	*open = (struct ring_open){.fd = {{-1, -1}, {-1, -1}}};
	link->state = open;
	for (int from = 0; from < 2; from++)
		for (int i = 0; i < 2; i++) {
			open->fd[from][i] = eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC);
			if (open->fd[from][i] < 0)
				return -errno;
		}
	ipc_note(link, "slots", ring_slots(link));
	ipc_note(link, "spin_ns", RING_SPIN_NS);
	return 0;
}

/* Says why pages of the kind asked for are not to be had. Returns `err`. */
static int ring_no_pages(struct ipc_link *link, int err)
{
	if (link->pages == PAGES_THP && err == -EOPNOTSUPP)
		snprintf(link->why, sizeof(link->why),
			 "no huge page came: needs shmem_enabled=advise; a tmpfs file its mount "
			 "option huge=advise");
	else if (link->pages != PAGES_BASE)
		snprintf(link->why, sizeof(link->why), "%s", memory_explain(err, link->pages));
	return err;
}

/* Touches each page of this side's mapping, so that no fault is left, and looks what came. */
static int ring_touch(struct ipc_link *link, struct ring_side *ring)
{
	int err = memory_prefault(ring->base, ring->size);

	if (!err && memory_verify_pages(ring->base, ring->size, link->pages) == -EOPNOTSUPP)
		err = -EOPNOTSUPP;
	return err ? ring_no_pages(link, err) : 0;
}

/* Side 0: the node, then the first touch, then the sleepers. */
static int ring_prepare(struct ipc_link *link, struct ring_side *ring)
{
	int err;

	/*
	 * what forbids binding is found out afterwards, by looking where the pages lie; a wrong
	 * node is not
	 */
	if (link->mem_node >= 0 &&
	    memory_bind(ring->base, ring->size, (unsigned)link->mem_node) == -EINVAL)
		return -EINVAL;
	err = ring_touch(link, ring);
	for (unsigned from = 0; from < 2 && !err; from++) {
		struct ring_head *head = ring_head(ring->base, ring->size, from);

		err = sleepers_init(&head->items);
		if (!err)
			err = sleepers_init(&head->space);
	}
	return err;
}

static void ring_view_init(struct ipc_end *end, enum ipc_dir dir)
{
	unsigned from = dir == IPC_OUT ? end->side : !end->side;
	const struct ring_open *open = end->link->state;
	struct ring_side *ring = &end->ring;
	struct ring_head *head = ring_head(ring->base, ring->size, from);

	ring->view[dir] = (struct ring_view){
		.head = head,
		.readers = (struct ring_reader *)(head + 1) + (dir == IPC_IN ? end->consumer : 0),
		.n_readers = from ? 1 : ring_readers(end->link),
		.slots = (uint8_t *)head + ring_head_bytes(end->link) + ring_lead(end->link),
		.stride = ring_stride(end->link),
		.mask = ring_slots(end->link) - 1,
		.items_fd = open->fd[from][0],
		.space_fd = open->fd[from][1],
	};
	ring_advance(&ring->view[dir], 0);
}

/* The end that prepares the memory for all others. */
static bool ring_is_first(const struct ipc_end *end)
{
	return !end->side && !end->producer;
}

/* The mapping of this side: each process its own, threads of one process the first one's. */
static int ring_map(struct ipc_link *link, struct ipc_end *end)
{
	struct ring_open *open = link->state;
	struct ring_side *ring = &end->ring;
	void *base = end->memory ? end->memory : link->memory;

	ring->size = ring_bytes(link);
	if (link->threads && !ring_is_first(end)) {
		if (end->memory)
			munmap(end->memory, ring->size);
		ring->base = open->base;
		return 0;
	}
	if (!base)
		base = mmap(NULL, ring->size, PROT_READ | PROT_WRITE, MAP_SHARED, end->fd[IPC_IN],
			    0);
	if (base == MAP_FAILED)
		return ring_no_pages(link, -errno);
	ring->base = open->base = base;
	ring->mapped = base != link->memory;
	/* it has no transparent huge pages: said when none has come */
	if (link->pages == PAGES_THP)
		madvise(base, ring->size, MADV_HUGEPAGE);
	return 0;
}

static int ring_attach(struct ipc_link *link, struct ipc_end *end)
{
	int err;

	memset(&end->ring, 0, sizeof(end->ring));
	if (!ring_is_first(end))
		ipc_await_prepared(link);
	err = ring_map(link, end);
	if (!err && ring_is_first(end))
		err = ring_prepare(link, &end->ring);
	if (end->fd[IPC_IN] >= 0)
		close(end->fd[IPC_IN]);
	end->fd[IPC_IN] = -1;
	if (err)
		return err;
	/* threads share one mapping and its pages: the first one has touched them */
	if (!link->threads || ring_is_first(end))
		err = ring_touch(link, &end->ring);
	if (err)
		return err;
	ring_view_init(end, IPC_IN);
	ring_view_init(end, IPC_OUT);
	if (ring_is_first(end))
		ipc_set_prepared(link);
	return 0;
}

/* Whether a message that is copied in fills a line, its turn being in another. */
static bool ring_fills_line(const struct ipc_link *link)
{
	return ring_lead(link) && link->msg_size <= PAYLOAD_LINE && ring_slots(link) > 1;
}

static int ring_copy_attach(struct ipc_link *link, struct ipc_end *end)
{
	int err = ring_attach(link, end);
	uint64_t *before;

	if (err || !ring_fills_line(link))
		return err;
	before = calloc(2 * ring_slots(link), sizeof(*before)); /* as the slots: zeros */
	if (!before)
		return -ENOMEM;
	end->ring.view[IPC_IN].before = before;
	end->ring.view[IPC_OUT].before = before + ring_slots(link);
	return 0;
}

static void ring_detach(struct ipc_end *end)
{
	free(end->ring.view[IPC_IN].before);
	end->ring.view[IPC_IN].before = NULL;
	if (end->ring.mapped)
		munmap(end->ring.base, end->ring.size);
	end->ring.mapped = false;
}

static void *ring_memory(struct ipc_end *end, size_t *len)
{
	*len = end->ring.size;
	return end->ring.base;
}

const struct ipc_family ring_family = {
	.open = ring_open,
	.attach = ring_copy_attach,
	.detach = ring_detach,
	.close = ring_close,
	.memory = ring_memory,
	.modes = ring_copy_modes,
	.n_modes = sizeof(ring_copy_modes) / sizeof(ring_copy_modes[0]),
};

const struct ipc_family ring_inplace_family = {
	.open = ring_open,
	.attach = ring_attach,
	.detach = ring_detach,
	.close = ring_close,
	.memory = ring_memory,
	.modes = ring_inplace_modes,
	.n_modes = sizeof(ring_inplace_modes) / sizeof(ring_inplace_modes[0]),
};

const struct ipc_family ring_many_family = {
	.open = ring_open,
	.attach = ring_attach,
	.detach = ring_detach,
	.close = ring_close,
	.memory = ring_memory,
	.modes = ring_many_modes,
	.n_modes = sizeof(ring_many_modes) / sizeof(ring_many_modes[0]),
};

const struct ipc_family ring_all_family = {
	.open = ring_open,
	.attach = ring_attach,
	.detach = ring_detach,
	.close = ring_close,
	.memory = ring_memory,
	.modes = ring_all_modes,
	.n_modes = sizeof(ring_all_modes) / sizeof(ring_all_modes[0]),
};
