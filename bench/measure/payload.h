/* SPDX-License-Identifier: MIT */
/*
 * What a message carries: each word holds message number, sender and its own offset, so that a
 * lost, doubled, reordered, echoed or damaged message is seen by the one who reads it.
 */
#ifndef BENCH_MEASURE_PAYLOAD_H
#define BENCH_MEASURE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bench/base/template.h"

enum touch {
	TOUCH_NONE, /* the payload is neither written nor read */
	TOUCH_LINE, /* one word per cache line */
	TOUCH_ALL,  /* every byte */
	TOUCH_WORD, /* within the loops: what TOUCH_LINE is to a message of 8 to 64 bytes */
};

#define PAYLOAD_LINE 64 /* bytes: the cache line of x86-64 and of most arm64 */

/* Whether one word is all that is touched: then the loops need not find that out. */
TEMPLATE bool payload_is_one_word(size_t len, enum touch touch)
{
	return touch == TOUCH_WORD ||
	       (touch == TOUCH_LINE && len - sizeof(uint64_t) <= PAYLOAD_LINE - sizeof(uint64_t));
}

/*
 * First word of message `seq` from `side`; the side is in it so that an echo of one's own message
 * fails.
 */
TEMPLATE uint64_t payload_word(uint64_t seq, unsigned side)
{
	return seq << 1 | (side & 1);
}

/* Writes `seq` into the `len` bytes at `buf`, as far as `touch` says. Below 8 bytes it is cut. */
TEMPLATE void payload_write(void *buf, size_t len, uint64_t seq, unsigned side, enum touch touch)
{
	const size_t step = touch == TOUCH_ALL ? sizeof(uint64_t) : PAYLOAD_LINE;
	uint64_t word = payload_word(seq, side);
	uint8_t *p = buf;
	size_t at = 0;

	if (touch == TOUCH_NONE)
		return;
	if (likely(payload_is_one_word(len, touch))) {
		memcpy(p, &word, sizeof(word));
		return;
	}
	for (; at + sizeof(word) <= len; at += step, word += step)
		memcpy(p + at, &word, sizeof(word));
	for (; at < len; at++, word >>= 8)
		p[at] = (uint8_t)word;
}

/*
 * Reads what payload_write() wrote with the same arguments; true when every touched byte is right.
 */
TEMPLATE bool payload_check(const void *buf, size_t len, uint64_t seq, unsigned side,
			    enum touch touch)
{
	const size_t step = touch == TOUCH_ALL ? sizeof(uint64_t) : PAYLOAD_LINE;
	uint64_t word = payload_word(seq, side), wrong = 0, got;
	const uint8_t *p = buf;
	size_t at = 0;

	if (touch == TOUCH_NONE)
		return true;
	if (likely(payload_is_one_word(len, touch))) {
		memcpy(&got, p, sizeof(got));
		return got == word;
	}
	for (; at + sizeof(word) <= len; at += step, word += step) {
		memcpy(&got, p + at, sizeof(got));
		wrong |= got ^ word;
	}
	for (; at < len; at++, word >>= 8)
		wrong |= p[at] ^ (uint8_t)word;
	return !wrong;
}

#endif
