/* SPDX-License-Identifier: MIT */
/* What a cell of IPC asks for that cannot be, whatever the machine does. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#include "bench/base/pause.h"
#include "bench/measure/ipc_session.h"

__attribute__((format(printf, 3, 4))) static int refuse(char *reason, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, CREW_REASON, fmt, args);
	va_end(args);
	return err;
}

/* A stream where messages may be lost is known by numbers in the payload. */
static int check_lossy(const struct ipc_cell *cell, char *reason)
{
	if (cell->ask.window)
		return refuse(reason, -EOPNOTSUPP,
			      "messages may be lost: a window would wait for ever");
	if (cell->ask.msg_size_b < sizeof(uint64_t) || cell->ask.touch == TOUCH_NONE)
		return refuse(reason, -EOPNOTSUPP,
			      "messages may be lost: they are counted by a number in the payload; "
			      "8 bytes touched at least");
	return 0;
}

/* Several producers: a message must not be mixed with another's, and says whose it is. */
static int check_fan_in(const struct ipc_cell *cell, char *reason)
{
	bool whole = cell->mode->ops && cell->mode->ops->whole;

	if (!(cell->variant->flags & IPC_FAN_IN))
		return refuse(reason, -EOPNOTSUPP,
			      "its channel has one sender: several producers cannot share it");
	if (cell->ask.msg_size_b < sizeof(uint64_t) || cell->ask.touch == TOUCH_NONE)
		return refuse(
			reason, -EOPNOTSUPP,
			"several producers: a message carries its producer and number; 8 bytes "
			"touched at least");
	if (!whole && cell->ask.msg_size_b > PIPE_BUF)
		return refuse(reason, -EOPNOTSUPP,
			      "several producers: a write of more than %d bytes may be mixed with "
			      "another's (pipe(7), PIPE_BUF)",
			      PIPE_BUF);
	return 0;
}

/* Several consumers, each of which is to have every message. */
static int check_fan_out(const struct ipc_cell *cell, char *reason)
{
	if (!(cell->variant->flags & IPC_TO_ALL))
		return refuse(
			reason, -EOPNOTSUPP,
			"gives a message to one receiver: --pattern=fan-out needs a channel that "
			"gives it to all");
	if (cell->seats.free)
		return refuse(reason, -EOPNOTSUPP,
			      "--pattern=fan-out compares the clocks of the sides' CPUs: leave "
			      "--placement=free out");
	return 0;
}

/* What size and pattern ask of the variant. */
static int check_message(const struct ipc_cell *cell, char *reason)
{
	const struct ipc_variant *v = cell->variant;
	bool stream = cell->ask.pattern == IPC_STREAM;
	size_t max;

	if (stream && !ipc_can_stream(v, cell->mode))
		return refuse(reason, -EOPNOTSUPP, "moves no payload: there is nothing to stream");
	if (!ipc_has_payload(v))
		return 0;
	max = ipc_max_msg(v);
	if (cell->ask.msg_size_b > max)
		return refuse(reason, -EMSGSIZE,
			      "message of %zu bytes is over the limit of %zu%s%s",
			      cell->ask.msg_size_b, max, v->raise_max ? "; raise it with " : "",
			      v->raise_max ? v->raise_max : "");
	return stream && ipc_is_lossy(cell->mode) ? check_lossy(cell, reason) : 0;
}

bool ipc_shares_pu(const struct ipc_cell *cell)
{
	const struct seats *s = &cell->seats;

	if (s->free || cell->ask.producers)
		return false;
	return cell->ask.pattern == IPC_FAN_OUT ? seats_shared(s, false)
						: s->n > 1 && s->pu[0] == s->pu[1];
}

/*
 * Another pause between two looks than the usual one: of a mode that spins, if the processor has
 * it.
 */
static int check_pause(const struct ipc_cell *cell, char *reason)
{
	const char *missing = pause_missing(cell->ask.pause);

	if (!cell->ask.pause)
		return 0;
	if (!cell->mode->paused)
		return refuse(reason, -EOPNOTSUPP, "%s",
			      cell->mode->wait->flags & IPC_SPINS
				      ? "spins in a loop that --pause does not change"
				      : "--pause is of sides that spin: --wait=spin");
	if (pause_watches(cell->ask.pause) && !(cell->mode->wait->flags & IPC_WATCHES))
		return refuse(reason, -EOPNOTSUPP,
			      "%s watches a cache line and this mode asks the kernel",
			      pause_name(cell->ask.pause));
	return missing ? refuse(reason, -EOPNOTSUPP, "%s", missing) : 0;
}

/* Sides that are to be apart. */
static int check_apart(const struct ipc_cell *cell, char *reason)
{
	enum apart_kind kind = cell->ask.apart.kind;

	if (kind && ipc_has_threads(cell))
		return refuse(reason, -EOPNOTSUPP,
			      "--apart keeps processes apart: leave --endpoints=thread out");
	if (kind == APART_NET && cell->ask.producers)
		return refuse(reason, -EOPNOTSUPP,
			      "--apart=net joins two sides: leave --producers out");
	if (kind == APART_PID && cell->variant->flags & IPC_BY_PID)
		return refuse(reason, -EOPNOTSUPP,
			      "--apart=pid: finds its peer by the number of its process, which is "
			      "known in one PID namespace only");
	return 0;
}

/* A side that was started by hand somewhere else. */
static int check_peer(const struct ipc_cell *cell, char *reason)
{
	unsigned flags = cell->variant->flags;

	if (flags & IPC_FLOOR)
		return refuse(reason, -EOPNOTSUPP, "has no peer: leave --peer out");
	if (flags & IPC_BY_PID)
		return refuse(reason, -EOPNOTSUPP,
			      "finds its peer by the number of its process: both must be of one "
			      "program");
	if (!(flags & IPC_BY_NAME) || cell->mode->wait->flags & IPC_BY_FORK)
		return refuse(
			reason, -EOPNOTSUPP,
			"what it uses has no name and no address: a peer can only inherit it");
	if (cell->ask.pattern != IPC_PING_PONG && cell->ask.pattern != IPC_PACED)
		return refuse(reason, -EOPNOTSUPP,
			      "with a peer started by hand, round trips only: leave --pattern out");
	return 0;
}

int ipc_session_check(const struct ipc_cell *cell, char *reason)
{
	const struct ipc_wait *wait = cell->mode->wait;
	int err;

	if (cell->mechanism->missing || wait->missing)
		return refuse(reason, -EOPNOTSUPP, "%s",
			      cell->mechanism->missing ? cell->mechanism->missing : wait->missing);
	if (!ipc_can_wait(cell->variant, wait))
		return refuse(reason, -EOPNOTSUPP, "this variant cannot wait so");
	if (cell->ask.pages != PAGES_BASE && !ipc_family_of(cell->mechanism, cell->variant)->memory)
		return refuse(reason, -EOPNOTSUPP,
			      "shares no memory of ours: --pages has nothing to act on");
	if (wait->flags & IPC_SPINS && ipc_shares_pu(cell))
		return refuse(reason, -EDEADLK,
			      "a side that spins on the CPU of the other would livelock");
	if (cell->ask.pairs > 1 && cell->variant->flags & IPC_FLOOR)
		return refuse(reason, -EOPNOTSUPP, "has no peer: there are no pairs of it");
	if (ipc_members(cell) > CREW_MAX)
		return refuse(reason, -EOPNOTSUPP, "%u members: no more than %d can be measured",
			      ipc_members(cell), CREW_MAX);
	err = check_apart(cell, reason);
	if (!err && cell->peer)
		err = check_peer(cell, reason);
	if (!err)
		err = check_pause(cell, reason);
	if (!err)
		err = check_message(cell, reason);
	if (!err && cell->ask.producers)
		err = check_fan_in(cell, reason);
	return !err && cell->ask.pattern == IPC_FAN_OUT ? check_fan_out(cell, reason) : err;
}

unsigned ipc_has(const struct ipc_mechanism *m, const struct ipc_variant *v)
{
	return (ipc_has_payload(v) ? HAS_PAYLOAD : 0) |
	       (ipc_family_of(m, v)->memory ? HAS_MEMORY : 0);
}
