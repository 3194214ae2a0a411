/* SPDX-License-Identifier: MIT */
/*
 * Pages put into a pipe without a copy (vmsplice(2)). The pipe then refers to the sender's memory:
 * a page that is written again before the receiver has read it changes the message under way. A
 * pipe holds a known number of pages, first in, first out: so a page is free again once that many
 * more have gone in behind it. The sender goes round in so many buffers, and never has to ask.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bench/measure/fd_wait.h"
#include "bench/measure/ipc_loops.h"
#include "bench/measure/pipes.h"

/* One side; each has a pipe of its own behind the one that it reads. */
struct splice_side {
	uint8_t *buffers; /* of messages on their way out, each from the start of a page */
	size_t stride;	  /* bytes between them */
	unsigned n;	  /* of them */
	unsigned next;	  /* to be lent */
	int behind[2];	  /* the pipe: what arrived and is not copied yet */
	int null;	  /* takes pages that were read by way of another pipe */
	ssize_t copied;	  /* bytes that were, and are not all gone yet ... */
	ssize_t left;	  /* ... but for these */
};

static inline void *lend(struct ipc_end *end)
{
	struct splice_side *own = end->own;

	if (++own->next == own->n)
		own->next = 0;
	return own->buffers + own->next * own->stride;
}

static inline ssize_t put_pages(struct ipc_end *end, const void *buf, size_t len)
{
	struct iovec pages = {(void *)(uintptr_t)buf, len};
	ssize_t n = vmsplice(end->fd[IPC_OUT], &pages, 1, 0);

	return n < 0 ? -errno : n;
}

static inline ssize_t copy_out(struct ipc_end *end, void *buf, size_t len)
{
	ssize_t n = read(end->fd[IPC_IN], buf, len);

	return n < 0 ? -errno : n;
}

/* The pages move on into the pipe behind, and are copied from there. */
static inline ssize_t splice_out(struct ipc_end *end, void *buf, size_t len)
{
	const struct splice_side *own = end->own;
	ssize_t n = splice(end->fd[IPC_IN], NULL, own->behind[1], NULL, len, 0);

	if (n <= 0)
		return n ? -errno : 0;
	return read(own->behind[0], buf, (size_t)n) == n ? n : -EIO;
}

/*
 * The pages are doubled (tee(2)): one set is copied from, the other, left where it was, goes away.
 * A signal may come before that: then the next attempt goes on there.
 */
static inline ssize_t tee_out(struct ipc_end *end, void *buf, size_t len)
{
	struct splice_side *own = end->own;
	ssize_t n = own->copied;

	if (!n) {
		n = tee(end->fd[IPC_IN], own->behind[1], len, 0);
		if (n <= 0)
			return n ? -errno : 0;
		if (read(own->behind[0], buf, (size_t)n) != n)
			return -EIO;
		own->copied = own->left = n;
	}
	n = splice(end->fd[IPC_IN], NULL, own->null, NULL, (size_t)own->left, 0);
	if (n < 0)
		return -errno;
	own->left -= n;
	if (own->left)
		return -EINTR;
	n = own->copied;
	own->copied = 0;
	return n;
}

static const struct ipc_ops read_ops = {
	.one_sender = true, .reserve = lend, .send = put_pages, .recv = copy_out};
static const struct ipc_ops splice_ops = {
	.one_sender = true, .reserve = lend, .send = put_pages, .recv = splice_out};
static const struct ipc_ops tee_ops = {
	.one_sender = true, .reserve = lend, .send = put_pages, .recv = tee_out};

IPC_LOOPS(read_ops, fd_block);
IPC_LOOPS(splice_ops, fd_block);
IPC_LOOPS(tee_ops, fd_block);

/* As many buffers as both pipes on the way can hold pages of later messages, and the one in use. */
static int make_buffers(struct ipc_link *link, struct splice_side *own, int size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE),
	       per_message = (link->msg_size + page - 1) / page;
	size_t held = 2 * (size_t)size / page;
	void *buffers;
	int err;

	own->stride = per_message * page;
	own->n = (unsigned)((held + per_message - 1) / per_message + 1);
	err = memory_map(own->n * own->stride, PAGES_BASE, &buffers);
	if (err)
		return err;
	own->buffers = buffers;
	return memory_prefault(buffers, own->n * own->stride);
}

static int splice_attach(struct ipc_link *link, struct ipc_end *end)
{
	struct splice_side *own = calloc(1, sizeof(*own));
	int err = fd_attach(link, end), size;

	if (err || !own) {
		free(own);
		return err ? err : -ENOMEM;
	}
	end->own = own;
	own->null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (own->null < 0 || pipe2(own->behind, O_CLOEXEC))
		return -errno;
	size = fcntl(end->fd[IPC_OUT], F_GETPIPE_SZ);
	if (size < 0 || fcntl(own->behind[1], F_SETPIPE_SZ, size) != size)
		return -errno;
	return make_buffers(link, own, size);
}

static void splice_detach(struct ipc_end *end)
{
	struct splice_side *own = end->own;

	memory_unmap(own->buffers, own->n * own->stride, PAGES_BASE);
	close(own->behind[0]);
	close(own->behind[1]);
	close(own->null);
	free(own);
	end->own = NULL;
}

#define FAMILY(ops)                                                                                \
	{                                                                                          \
		.attach = splice_attach, .detach = splice_detach, .close = fd_close, .n_modes = 1, \
		.modes = &(const struct ipc_mode)IPC_MODE(ops, fd_block)                           \
	}

static const struct ipc_family read_family = FAMILY(read_ops);
static const struct ipc_family splice_family = FAMILY(splice_ops);
static const struct ipc_family tee_family = FAMILY(tee_ops);

#define PIPES .open = pipe_pair, .options = pipe_options

static const struct ipc_variant pipe_vmsplice_variants[] = {
	{.name = "vmsplice", .summary = "pages lent, copied out by read", PIPES},
	{.name = "splice",
	 .summary = "pages lent, moved into a second pipe, copied from there",
	 .family = &splice_family,
	 .more_calls = 1,
	 PIPES},
	{.name = "tee",
	 .summary = "pages lent, doubled into a second pipe, copied from there",
	 .family = &tee_family,
	 .more_calls = 2,
	 PIPES},
};
IPC_MECHANISM(pipe_vmsplice, &read_family);
