/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * Where the slots of a ring and the payloads in them lie, and when one of several consumers is used
 * again.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/measure/payload.h"
#include "bench/measure/ring.h"
#include "bench/measure/ring_all.h"
#include "tests/tap.h"

#define SLOTS 4

/* Lines that `touch` LINE writes to in the `len` bytes at `p`. */
static size_t touched_lines(size_t len)
{
	return (len + PAYLOAD_LINE - 1) / PAYLOAD_LINE;
}

static size_t lines_of(const uint8_t *p, size_t len)
{
	return ((uintptr_t)p + len - 1) / PAYLOAD_LINE - (uintptr_t)p / PAYLOAD_LINE + 1;
}

/* Fills a ring of messages of `len` bytes, looking where each lies. */
static void test_size(size_t len)
{
	static const struct ipc_variant variant = {.arg = SLOTS, .family = &ring_inplace_family};
	_Atomic unsigned prepared = 0;
	struct ipc_link link = {
		.variant = &variant,
		.msg_size = len,
		.producers = 1,
		.mem_node = -1,
		.prepared = &prepared,
	};
	struct ipc_end end = {.link = &link, .fd = {-1, -1}};
	size_t size = ring_bytes(&link), apart = 0, whole = 0;
	uint8_t *memory = NULL, *payload, *last = NULL;

	if (memory_map(size, PAGES_BASE, (void **)&memory))
		exit(1);
	link.memory = memory;
	ok(!ring_inplace_family.open(&link) && !ring_inplace_family.attach(&link, &end),
	   "%zu bytes: a ring", len);
	for (unsigned i = 0; i < SLOTS; i++) {
		payload = ring_reserve(&end);
		if (!payload)
			break;
		whole += lines_of(payload, len) == touched_lines(len);
		/* the number of a message lies before it, and nobody's bytes under it */
		apart += !last || payload - sizeof(struct ring_slot) >= last + len;
		apart -= payload + len > memory + size;
		last = payload;
		ring_commit(&end);
	}
	ok(!ring_reserve(&end), "holds %d, no more", SLOTS);
	ok_is(apart, SLOTS, "each apart from the others, all within its memory");
	ok_is(whole, SLOTS, "a word of each line of the payload is one of each line it lies in");
	ring_inplace_family.detach(&end);
	ring_inplace_family.close(&link);
	memory_unmap(memory, size, PAGES_BASE);
}

/* Reads what is there for the consumer; how many messages, of which each must be the one due. */
static unsigned read_all(struct ipc_end *end)
{
	const uint64_t *slot;
	unsigned n = 0;

	for (; (slot = ring_peek(end)) && *slot == end->ring.view[IPC_IN].next; n++)
		all_release(end);
	return n;
}

/* Sends as many as there is room for; how many. */
static unsigned fill_up(struct ipc_end *end)
{
	uint64_t *slot;
	unsigned n = 0;

	for (; (slot = all_reserve(end)); n++) {
		*slot = end->ring.view[IPC_OUT].next;
		ring_commit(end);
	}
	return n;
}

/* The slowest of several consumers says when there is room, whichever it is. */
static void test_all(void)
{
	static const struct ipc_variant variant = {
		.arg = SLOTS, .family = &ring_all_family, .flags = IPC_TO_ALL};
	_Atomic unsigned prepared = 0;
	struct ipc_link link = {.variant = &variant,
				.msg_size = sizeof(uint64_t),
				.producers = 1,
				.consumers = 2,
				.threads = true,
				.mem_node = -1,
				.prepared = &prepared};
	struct ipc_end end[3] = {{.link = &link, .fd = {-1, -1}},
				 {.link = &link, .fd = {-1, -1}, .side = 1},
				 {.link = &link, .fd = {-1, -1}, .side = 1, .consumer = 1}};
	size_t size = ring_bytes(&link);
	int err;

	if (memory_map(size, PAGES_BASE, &link.memory))
		exit(1);
	err = ring_all_family.open(&link);
	for (unsigned i = 0; i < 3 && !err; i++)
		err = ring_all_family.attach(&link, &end[i]);
	ok(!err, "a ring of two consumers");
	ok_is(fill_up(&end[0]), SLOTS, "it is full");
	for (unsigned i = 1; i < 3; i++) {
		unsigned other = 3 - i;

		ok_is(read_all(&end[i]), SLOTS, "consumer %u gets every message, in order", i);
		ok(!all_reserve(&end[0]) && all_taken(&end[0]) == (i - 1) * (SLOTS + 1),
		   "no slot is used again while consumer %u has not read it", other);
		all_release(&end[other]);
		ok_is(fill_up(&end[0]), 1, "it reads one, and one is");
		ok_is(read_all(&end[other]), SLOTS, "it gets that one too");
		ok_is(read_all(&end[i]), 1, "and so does the first");
		ok_is(fill_up(&end[0]), SLOTS, "then all are free");
	}
	read_all(&end[1]);
	read_all(&end[2]);
	end[0].one_by_one = true;
	ok_is(fill_up(&end[0]), 1, "one by one: none leaves while the last is on its way");
	ok(read_all(&end[1]) == 1 && !all_reserve(&end[0]), "to either of them");
	ok(read_all(&end[2]) == 1 && all_reserve(&end[0]), "and when both have it the next does");
	for (unsigned i = 0; i < 3; i++)
		ring_all_family.detach(&end[i]);
	ring_all_family.close(&link);
	memory_unmap(link.memory, size, PAGES_BASE);
}

#define FILL 64 /* bytes: a message that fills a line */

/*
 * Message `i` of those with few first words: what tells it from the others lies in its last word.
 */
static void fill_line(uint64_t *message, unsigned i)
{
	memset(message, 0, FILL);
	message[0] =
		i /
		(3 * SLOTS); /* the same for some laps, and for the first the zero of new memory */
	message[FILL / sizeof(*message) - 1] = i + 1;
}

/*
 * Messages sent with `ahead` of them in the ring; how many came whole and in order, and none before
 * it was sent.
 */
static unsigned through(struct ipc_end *end, unsigned n, unsigned ahead)
{
	uint64_t message[FILL / sizeof(uint64_t)], got[FILL / sizeof(uint64_t)];
	unsigned right = 0;

	for (unsigned i = 0; i < n + ahead; i++) {
		fill_line(message, i);
		if (i < n && ring_send(&end[0], message, FILL) != FILL)
			return right;
		if (i < ahead)
			continue;
		if (ahead == end[0].ring.view[IPC_OUT].mask && i < n &&
		    ring_reserve(&end[0])) /* it is full */
			return right;
		fill_line(message, i - ahead);
		right += ring_recv(&end[1], got, FILL) == FILL && !memcmp(got, message, FILL);
	}
	return right - (ring_recv(&end[1], got, FILL) != -EAGAIN);
}

/*
 * A ring of `slots` whose messages fill a line: their first word may tell that they came, and need
 * not.
 */
static void test_line(intptr_t slots)
{
	const struct ipc_variant variant = {.arg = slots, .family = &ring_family};
	_Atomic unsigned prepared = 0;
	struct ipc_link link = {.variant = &variant,
				.msg_size = FILL,
				.producers = 1,
				.threads = true,
				.mem_node = -1,
				.prepared = &prepared};
	struct ipc_end end[2] = {{.link = &link, .fd = {-1, -1}},
				 {.link = &link, .fd = {-1, -1}, .side = 1}};
	size_t size = ring_bytes(&link);
	int err;

	if (memory_map(size, PAGES_BASE, &link.memory))
		exit(1);
	err = ring_family.open(&link);
	for (unsigned i = 0; i < 2 && !err; i++)
		err = ring_family.attach(&link, &end[i]);
	ok(!err, "a ring of %d", (int)slots);
	ok(ring_by_line(&end[1].ring.view[IPC_IN]) == (slots > 1),
	   "the line tells, but of one slot");
	ok_is(through(end, 40 * SLOTS, 0), 40 * SLOTS, "each message comes when it is sent");
	ok_is(through(end, 40 * SLOTS, (unsigned)slots - 1), 40 * SLOTS,
	      "and in a ring that is full");
	for (unsigned i = 0; i < 2; i++)
		ring_family.detach(&end[i]);
	ring_family.close(&link);
	memory_unmap(link.memory, size, PAGES_BASE);
}

int main(void)
{
	static const size_t sizes[] = {1, 8, 47, 48, 49, 63, 64, 65, 112, 128, 4096, 65537};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		test_size(sizes[i]);
	test_all();
	test_line(SLOTS);
	test_line(1);
	return done_testing();
}
