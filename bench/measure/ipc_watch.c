/* SPDX-License-Identifier: MIT */
/* What the driver of an IPC session looks at while its members are at work. */
#include <errno.h>
#include <stdio.h>

#include "bench/measure/ipc_shared.h"

/*
 * A message that was dropped leaves both sides waiting, and without a timer of their own. The
 * driver sees that nothing moves; its empty message ends the initiator's wait, in whatever wait
 * mode. Two looks may come at once after the whole machine stood still: of three, two are
 * LOST_LOOK_NS apart.
 */
#define LOST_LOOK_NS 125000000u
#define LOST_LOOKS 3
#define REPLY_LOOKS 16 /* without a look at the other side */

static void look_for_lost(struct ipc_session *s, unsigned pair)
{
	struct ipc_link_shared *link_shared = &s->shared->link_shared[pair];
	const struct ipc_seen *initiator = &s->shared->member_shared[2 * pair].seen;
	const struct ipc_seen *responder = &s->shared->member_shared[2 * pair + 1].seen;
	uint64_t sent = atomic_load(&initiator->sent), got = atomic_load(&responder->received);
	bool both_wait =
		sent != atomic_load(&initiator->received) && got == atomic_load(&responder->sent);

	link_shared->looks_alike =
		both_wait && sent == link_shared->stood_at ? link_shared->looks_alike + 1 : 1;
	link_shared->stood_at = sent;
	if (!both_wait || link_shared->looks_alike < LOST_LOOKS)
		return;
	link_shared->looks_alike = 0;
	atomic_store(&link_shared->control.got, got);
	atomic_store(&link_shared->control.stuck, sent);
	s->family->nudge(&s->link[pair]);
}

static uint64_t look_at_pairs(struct crew *crew, uint64_t now)
{
	struct ipc_session *s = crew->arg;

	if (now < s->next_look_ns)
		return s->next_look_ns;
	for (unsigned i = 0; i < s->n_links; i++)
		look_for_lost(s, i);
	s->next_look_ns = now + LOST_LOOK_NS;
	return s->next_look_ns;
}

/*
 * A peer's side cannot be seen. Where nothing moves for as long, and this side waits, a message was
 * lost, or its peer stands still: which of the two is not known, nor what it has received.
 */
static uint64_t await_reply(struct ipc_session *s, struct crew *crew, uint64_t now)
{
	struct ipc_link_shared *link_shared = &s->shared->link_shared[0];
	const struct ipc_seen *seen = &s->shared->member_shared[0].seen;
	uint64_t sent = atomic_load(&seen->sent);

	if (now < s->next_look_ns)
		return s->next_look_ns;
	link_shared->looks_alike =
		sent != atomic_load(&seen->received) && sent == link_shared->stood_at
			? link_shared->looks_alike + 1
			: 0;
	link_shared->stood_at = sent;
	if (link_shared->looks_alike == REPLY_LOOKS) {
		crew->failed = METER_LOST;
		snprintf(crew->why, sizeof(crew->why),
			 "no reply came for %u s: a message was lost, or its peer stands still",
			 REPLY_LOOKS * (LOST_LOOK_NS / 1000000) / 1000);
	}
	s->next_look_ns = now + LOST_LOOK_NS;
	return s->next_look_ns;
}

static uint64_t look_at_peer(struct crew *crew, uint64_t now)
{
	struct ipc_session *s = crew->arg;

	if (!ipc_asks(s))
		return peer_answer(s->cell->peer, crew, now);
	if (peer_gone(s->cell->peer, crew) || !ipc_is_lossy(s->cell->mode))
		return UINT64_MAX;
	return await_reply(s, crew, now);
}

uint64_t ipc_watch(struct crew *crew, uint64_t now)
{
	struct ipc_session *s = crew->arg;
	uint64_t lost = UINT64_MAX, look = UINT64_MAX;

	if (s->cell->peer)
		return look_at_peer(crew, now);
	if (ipc_is_nudged(s->cell))
		lost = look_at_pairs(crew, now);
	if (s->cell->seats.free && !s->cell->ask.producers)
		look = together_look(&s->together, crew,
				     atomic_load(&s->shared->link_shared[0].timed), now);
	return lost < look ? lost : look;
}
