/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* Where the slots of a ring and the payloads in them lie. */
#include <stdlib.h>
#include <string.h>

#include "bench/measure/payload.h"
#include "bench/measure/ring.h"
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

int main(void)
{
	static const size_t sizes[] = {1, 8, 47, 48, 49, 63, 64, 65, 112, 128, 4096, 65537};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		test_size(sizes[i]);
	return done_testing();
}
