/* SPDX-License-Identifier: MIT */
/* Inside of a session: what its members and its driver share. */
#ifndef BENCH_MEASURE_IPC_SHARED_H
#define BENCH_MEASURE_IPC_SHARED_H

#include <stdalign.h>

#include "bench/measure/fan_out.h"
#include "bench/measure/ipc_session.h"
#include "bench/measure/together.h"

#define MEETINGS 3 /* see struct trial */

/* What the members of one link and the driver see. */
struct ipc_link_shared {
	struct ipc_control control;
	_Atomic unsigned prepared;
	_Atomic unsigned attached; /* producers that have attached */
	_Atomic unsigned ready;	   /* of sides started by hand: the initiator has, too */
	_Atomic bool timed;	   /* the timed part is at work */
	struct ipc_result result;
	uint64_t stood_at; /* driver: what the initiator had sent at the last looks_alike looks */
	unsigned looks_alike;
};

/* What all members and the driver see. */
struct ipc_shared {
	_Atomic unsigned ready[MEETINGS];   /* initiators at each meeting of the pairs' trials */
	_Atomic bool met[MEETINGS];	    /* all are there */
	_Atomic uint64_t end_ns;	    /* when their timed part ends */
	struct clock_line line[CREW_MAX];   /* fan-out: receivers compare clocks with the sender */
	struct fan_stamps stamps[CREW_MAX]; /* fan-out: of each receiver */
	struct {
		alignas(BENCH_ALIGN) uint64_t slept; /* see struct ipc_end */
		alignas(BENCH_ALIGN) uint64_t word;  /* what it writes beside a notification */
		alignas(BENCH_ALIGN) struct ipc_seen seen;
	} member_shared[CREW_MAX];
	struct ipc_link_shared link_shared[];
};

/* Each process has its own copy of these, from before the fork. */
struct ipc_member {
	struct ipc_session *session;
	unsigned number; /* in the crew */
	unsigned pair;
	struct ipc_link *link;
	struct ipc_link_shared *link_shared;
	struct ipc_end end;
	struct ipc_run run;
	int lost; /* -errno of what a peer was asked in between; 0 = it has answered */
};

struct ipc_session {
	const struct ipc_cell *cell;
	struct crew *crew; /* while it runs */
	const struct ipc_family *family;
	struct ipc_shared *shared;
	size_t shared_size; /* bytes */
	struct ipc_fan fan;
	struct fan_out fan_out;
	struct apart apart;	   /* its kind APART_NONE: none are */
	unsigned helper[CREW_MAX]; /* PUs, by member */
	int n_helpers;
	unsigned n_links, n; /* entries of link and member */
	struct ipc_link *link;
	struct ipc_member *member;
	uint64_t next_look_ns;	  /* driver; lossy round trips */
	struct together together; /* driver; sides that the scheduler places */
};

/* Whether this side asks one that was started by hand. */
static inline bool ipc_asks(const struct ipc_session *s)
{
	return s->cell->peer && !s->cell->peer->serves;
}

/* Whether the driver ends the wait for a message of `cell` that was lost. */
static inline bool ipc_is_nudged(const struct ipc_cell *cell)
{
	return ipc_is_lossy(cell->mode) && cell->ask.pattern != IPC_STREAM && !cell->peer;
}

/* Everything that one member does; as crew_run() wants it. */
int ipc_work(struct crew *crew, unsigned number);

/*
 * What the member that times does: the initiator of a pair, the receiver of a fan-in, the sender of
 * a fan-out. 0 or -errno.
 */
int ipc_measure(struct crew *crew, struct ipc_member *m);

/* Asks a side that was started by hand; 0, or -errno with this member's reason. */
int ipc_ask(struct ipc_member *m, struct peer_frame *f);

/* What the driver does while they are at work; when it is due next (ns). As crew_run() wants it. */
uint64_t ipc_watch(struct crew *crew, uint64_t now);

#endif
