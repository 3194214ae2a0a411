/* SPDX-License-Identifier: MIT */
/* What the kernel did on one PU, by name: interrupts and softirqs. */
#ifndef BENCH_MACHINE_CAUSES_H
#define BENCH_MACHINE_CAUSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cause_kind { CAUSE_TIMER, CAUSE_INTERRUPT, CAUSE_SOFTIRQ, CAUSE_KINDS };

/* One line of /proc/interrupts or /proc/softirqs. */
struct cause {
	enum cause_kind kind;
	char label[16]; /* before the colon: "LOC", "36", "NET_RX" */
	char name[48];	/* for people: "Local timer", "virtio1-req.0", "NET_RX" */
	uint64_t count; /* times on the PU */
};

/* Zeroed before use. */
struct causes {
	bool have[CAUSE_KINDS]; /* whether the file with these could be read */
	size_t n, room;
	struct cause *cause; /* those that happened at least once */
};

/*
 * Reads the counters of PU `pu` since the boot, below the directory `root` ("" for the real ones).
 * What cannot be read leaves `have` clear. 0 or -ENOMEM; causes_free() in either case.
 */
int causes_read(const char *root, unsigned pu, struct causes *ret);

/* Makes `end` what happened since `begin`, most frequent first. */
void causes_since(struct causes *end, const struct causes *begin);

/* How often anything of `kind` happened. */
uint64_t causes_count(const struct causes *c, enum cause_kind kind);

void causes_free(struct causes *c);

#endif
