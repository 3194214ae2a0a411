/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* The payload: what one side wrote the other accepts; any other byte, message or sender is seen. */
#include <string.h>

#include "bench/measure/payload.h"
#include "tests/tap.h"

#define ROOM 4200 /* bytes: over the largest size tried */
#define GUARD 0xa5

static const size_t sizes[] = {1,  2,  3,  7,  8,   9,	 15,   16,   63,
			       64, 65, 71, 72, 127, 128, 4095, 4096, 4097};
static const char *const names[] = {"none", "line", "all"};
static uint8_t buf[ROOM];

#define N_SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* Whether byte `at` of a message of `len` bytes is one that `touch` writes and reads. */
static bool is_touched(size_t len, size_t at, enum touch touch)
{
	size_t line = at / PAYLOAD_LINE * PAYLOAD_LINE, end;

	if (touch == TOUCH_ALL)
		return true;
	/* one word per line; what is left of a last line too short for a word is touched whole */
	end = line + sizeof(uint64_t);
	return end <= len ? at < end : true;
}

/* Each touched byte, flipped, makes the message wrong; no other does. */
static bool sees_every_byte(size_t len, enum touch touch)
{
	payload_write(buf, len, 77, 0, touch);
	for (size_t at = 0; at < len; at++) {
		bool right;

		buf[at] ^= 0x10;
		right = payload_check(buf, len, 77, 0, touch);
		buf[at] ^= 0x10;
		if (right == is_touched(len, at, touch))
			return false;
	}
	return payload_check(buf, len, 77, 0, touch);
}

/* Only touched bytes are written: none beyond the end, none between two lines' words. */
static bool writes_no_more(size_t len, enum touch touch)
{
	uint8_t other[ROOM];

	memset(buf, GUARD, sizeof(buf));
	memset(other, (uint8_t)~GUARD, sizeof(other));
	payload_write(buf, len, 0x1122334455667788, 1, touch);
	payload_write(other, len, 0x1122334455667788, 1, touch);
	for (size_t at = 0; at < sizeof(buf); at++)
		if ((buf[at] == other[at]) != (at < len && is_touched(len, at, touch)))
			return false;
	return true;
}

static void test_size(size_t len, enum touch touch)
{
	const char *name = names[touch];
	bool next, echo;

	ok(sees_every_byte(len, touch), "%s, %zu bytes: each touched byte counts", name, len);
	ok(writes_no_more(len, touch), "%s, %zu bytes: nothing else is written", name, len);
	payload_write(buf, len, 41, 0, touch);
	next = payload_check(buf, len, 42, 0, touch) || payload_check(buf, len, 40, 0, touch);
	echo = payload_check(buf, len, 41, 1, touch);
	ok(!next, "%s, %zu bytes: the message before and the one after are refused", name, len);
	ok(!echo, "%s, %zu bytes: the other side's message is refused", name, len);
}

static void test_none(void)
{
	uint8_t before[64];

	memset(buf, GUARD, sizeof(buf));
	memcpy(before, buf, sizeof(before));
	payload_write(buf, sizeof(before), 1, 0, TOUCH_NONE);
	ok(!memcmp(before, buf, sizeof(before)), "none: writes nothing");
	ok(payload_check(buf, sizeof(before), 1, 0, TOUCH_NONE), "none: reads nothing");
}

/* Two words of one message differ, so that a message made of pieces of it is seen. */
static void test_offsets(void)
{
	payload_write(buf, 4096, 5, 0, TOUCH_ALL);
	memmove(buf + 1024, buf, 1024);
	ok(!payload_check(buf, 4096, 5, 0, TOUCH_ALL), "all: a piece in the wrong place is seen");
	payload_write(buf, 4096, 5, 0, TOUCH_LINE);
	memmove(buf + 1024, buf, 1024);
	ok(!payload_check(buf, 4096, 5, 0, TOUCH_LINE), "line: a piece in the wrong place is seen");
}

int main(void)
{
	for (size_t i = 0; i < N_SIZES; i++) {
		test_size(sizes[i], TOUCH_LINE);
		test_size(sizes[i], TOUCH_ALL);
	}
	test_none();
	test_offsets();
	return done_testing();
}
