/* SPDX-License-Identifier: MIT */
#include "bench/base/hash_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct hash_slot {
	uint64_t hash;
	size_t number; /* from 1; 0 = free */
};

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
	for (const uint8_t *p = bytes, *end = p + n; p < end; p++)
		hash = (hash ^ *p) * UINT64_C(0x100000001b3);
	return hash;
}

uint64_t hash_text(uint64_t hash, const char *text)
{
	return hash_bytes(hash, text, strlen(text) + 1);
}

/* The slot of `hash`, or the free one that it may have. There is always one. */
static struct hash_slot *slot_of(struct hash_slot *slots, size_t room, uint64_t hash)
{
	size_t i = hash & (room - 1);

	while (slots[i].number && slots[i].hash != hash)
		i = (i + 1) & (room - 1);
	return &slots[i];
}

/* Twice as much room. 0 or -ENOMEM. */
static int grow(struct hash_index *all)
{
	size_t room = all->room ? 2 * all->room : 64;
	struct hash_slot *slots = calloc(room, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < all->room; i++)
		if (all->slots[i].number)
			*slot_of(slots, room, all->slots[i].hash) = all->slots[i];
	free(all->slots);
	all->slots = slots;
	all->room = room;
	return 0;
}

ssize_t hash_index_find(struct hash_index *all, uint64_t hash)
{
	struct hash_slot *slot;

	if (2 * all->n >= all->room && grow(all))
		return -ENOMEM;
	slot = slot_of(all->slots, all->room, hash);
	if (!slot->number)
		*slot = (struct hash_slot){hash, ++all->n};
	return (ssize_t)slot->number - 1;
}

void hash_index_free(struct hash_index *all)
{
	free(all->slots);
	*all = (struct hash_index){.n = 0};
}
