/* SPDX-License-Identifier: MIT */
/*
 * The rings of shared memory, each wait mode: no message is lost, doubled, reordered or seen before
 * it is whole, and nobody sleeps on while there is something for him. The steps are those of the
 * timed loops; the file of the rings is taken in whole, for the parts of it that are its own.
 */
#include "tests/models/model.h"
/* After it, so that its time is the model's. */
#include "bench/measure/fan_out.h"

/* One message each, as of the other loops. */
#undef FAN_OUT_LOOPS
#define FAN_OUT_LOOPS(ops, wait)                                           \
	static int ops##_##wait##_publish(struct ipc_run *run, bool paced) \
	{                                                                  \
		int err;                                                   \
                                                                           \
		run->end->one_by_one = !paced;                             \
		err = fan_out_send(&ops, &wait, run, run->end, 0, paced);  \
		fan_out_file(&ops, run->fan_out, run->end);                \
		return err;                                                \
	}                                                                  \
	static int ops##_##wait##_subscribe(struct ipc_run *run)           \
	{                                                                  \
		return fan_out_read(&ops, &wait, run, run->end);           \
	}                                                                  \
	_Static_assert(1, "ends with a semicolon")

/* After it: with what it makes of the loops. NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "bench/measure/ring_family.c"

enum pause pause_asked; /* no situation has another than the usual one */

#define SIDES_MAX 4
#define WORD sizeof(uint64_t) /* bytes of a message */

static struct ring_open opened;
static struct ipc_variant variant;
static struct ipc_link channel = {.variant = &variant, .msg_size = WORD, .state = &opened};
static struct ipc_end end[SIDES_MAX];
static struct ipc_run run[SIDES_MAX];
static struct ipc_fan fan;
static struct fan_out fan_out;
static uint64_t out[SIDES_MAX], in[SIDES_MAX];

/* What arg[] holds; of a fan-out, whether it is on a schedule. */
enum { SLOTS, MESSAGES, ROUND_TRIPS, PRODUCERS, PACED = ROUND_TRIPS };

static bool is_to_all(const struct model_case *c)
{
	return ((const struct ipc_mode *)c->of)->loops.publish;
}

static void line_thread(const struct model_case *c, unsigned me);

/*
 * One after the other: producers are the first, the receiver the last; or a sender and then its
 * receivers.
 */
static void ring_before(const struct model_case *c)
{
	struct fan_stamps *stamps = model_memory(c->threads * sizeof(*stamps));
	bool to_all = is_to_all(c);
	size_t size;
	void *base;

	variant.arg = c->arg[SLOTS];
	variant.flags = to_all ? IPC_TO_ALL : 0;
	channel.consumers = c->threads - 1;
	fan_out.receivers = c->threads - 1; /* field by field: larger than a simulated stack */
	fan_out.stamps = stamps;
	fan_out.filed = 0;
	size = 2 *
	       round_up(ring_head_bytes(&channel) + ring_slots(&channel) * ring_stride(&channel),
			BENCH_ALIGN);
	base = model_memory(size);
	for (unsigned from = 0; from < 2; from++)
		for (unsigned i = 0; i < 2; i++)
			opened.fd[from][i] = model_eventfd();
	memset(&fan, 0, sizeof(fan));
	fan.producers = c->arg[PRODUCERS];
	for (unsigned i = 0; i < c->threads; i++) {
		bool last = to_all ? i > 0 : i + 1 == c->threads;

		end[i] = (struct ipc_end){.link = &channel,
					  .ring = {.base = base, .size = size},
					  .msg_size = WORD,
					  .slept = model_memory(sizeof(uint64_t)),
					  .side = last,
					  .producer = last ? 0 : i,
					  .consumer = to_all && last ? i - 1 : 0};
		ring_view_init(&end[i], IPC_IN);
		ring_view_init(&end[i], IPC_OUT);
		if (c->thread == line_thread)
			end[i].ring.view[last ? IPC_IN : IPC_OUT].before =
				model_memory(c->arg[SLOTS] * WORD);
		run[i].end = &end[i];
		run[i].out = &out[i];
		run[i].in = &in[i];
		run[i].msg_size = WORD;
		run[i].touch = TOUCH_ALL;
		run[i].sent = run[i].received = 0;
		run[i].fan = fan.producers ? &fan : NULL;
		run[i].fan_out = &fan_out;
		run[i].stamps = &stamps[end[i].consumer];
	}
}

/* One message; a hybrid wait begins where its spinning ends. */
static void move(const struct ipc_mode *mode, unsigned me, bool send)
{
	end[me].ring.spins = 31;
	end[me].ring.spin_end_ns = 1;
	model_check(!(send ? mode->loops.stream : mode->loops.sink)(&run[me]),
		    send ? "send" : "not the message that is due");
}

static void ring_thread(const struct model_case *c, unsigned me)
{
	const struct ipc_mode *mode = c->of;
	bool last = me + 1 == c->threads;
	unsigned n = c->arg[MESSAGES] * (last && c->arg[PRODUCERS] ? c->arg[PRODUCERS] : 1);

	for (unsigned i = 0; i < n; i++) {
		move(mode, me, !last);
		if (c->arg[ROUND_TRIPS])
			move(mode, me, last);
	}
}

/*
 * A sender and a receiver of messages that fill a line; of two in turn the first word is the same.
 */
static void line_thread(const struct model_case *c, unsigned me)
{
	const struct ipc_wait *wait = ((const struct ipc_mode *)c->of)->wait;
	enum ipc_dir dir = me ? IPC_IN : IPC_OUT;

	for (unsigned i = 0; i < c->arg[MESSAGES]; i++) {
		uint64_t message[2] = {i / 2, i + 1}, got[2];

		while ((me ? ring_recv(&end[1], got, sizeof(got))
			   : ring_send(&end[0], message, sizeof(message))) == -EAGAIN)
			model_check(!wait->again(&end[me], dir), "wait");
		model_check(!me || (got[0] == message[0] && got[1] == message[1]),
			    "not the message that is due, or not all of it");
		model_check(!wait->moved || !wait->moved(&end[me], dir), "wake");
	}
}

/* The sender of a fan-out and its receivers. */
static void to_all_thread(const struct model_case *c, unsigned me)
{
	const struct ipc_loops *loops = &((const struct ipc_mode *)c->of)->loops;

	for (unsigned i = 0; i < c->arg[MESSAGES]; i++) {
		if (me)
			model_check(!loops->subscribe(&run[me]), "not the message that is due");
		else
			model_check(!loops->publish(&run[0], c->arg[PACED]), "send");
	}
}

static void to_all_after(const struct model_case *c)
{
	model_check(c->arg[PACED] || fan_out.filed == c->arg[MESSAGES],
		    "a message left that not all have");
}

const struct model_blind model_blind[] = {{.where = NULL}};

static struct model_case cases[40]; /* at most 64 */
static char names[64][80];
static unsigned n_cases;

static void add(const char *ring, const struct ipc_mode *mode, const char *what,
		struct model_case c)
{
	snprintf(names[n_cases], sizeof(names[0]), "%s, %s: %s", ring, mode->wait->name, what);
	c.what = names[n_cases];
	c.of = mode;
	c.before = ring_before;
	if (!c.thread)
		c.thread = is_to_all(&c) ? to_all_thread : ring_thread;
	c.after = is_to_all(&c) ? to_all_after : NULL;
	cases[n_cases++] = c;
}

static void add_lines(const struct ipc_mode *mode)
{
	add("ring", mode, "4 messages of a line through 2 slots",
	    (struct model_case){.threads = 2, .arg = {[SLOTS] = 2, 4}, .thread = line_thread});
}

static void add_pairs(const char *ring, const struct ipc_mode *mode)
{
	add(ring, mode, "3 messages through a mailbox",
	    (struct model_case){.threads = 2, .arg = {[SLOTS] = 1, [MESSAGES] = 3}});
	add(ring, mode, "4 messages through 2 slots",
	    (struct model_case){.threads = 2, .arg = {[SLOTS] = 2, [MESSAGES] = 4}});
	add(ring, mode, "2 round trips",
	    (struct model_case){.threads = 2, .arg = {[SLOTS] = 2, 2, [ROUND_TRIPS] = 1}});
}

unsigned model_cases(const struct model_case **ret)
{
	for (size_t i = 0; i < sizeof(ring_copy_modes) / sizeof(ring_copy_modes[0]); i++)
		add_pairs("ring", &ring_copy_modes[i]);
	for (size_t i = 0; i < sizeof(ring_copy_modes) / sizeof(ring_copy_modes[0]); i++)
		if (ring_copy_modes[i].wait == &ring_spin || ring_copy_modes[i].wait == &ring_futex)
			add_lines(&ring_copy_modes[i]);
	for (size_t i = 0; i < sizeof(ring_inplace_modes) / sizeof(ring_inplace_modes[0]); i++)
		if (ring_inplace_modes[i].wait == &ring_futex)
			add_pairs("ring in place", &ring_inplace_modes[i]);
	for (size_t i = 0; i < sizeof(ring_many_modes) / sizeof(ring_many_modes[0]); i++) {
		add("fan-in", &ring_many_modes[i], "2 producers, 2 messages each",
		    (struct model_case){.threads = 3, .arg = {[SLOTS] = 2, 2, [PRODUCERS] = 2}});
		add("fan-in", &ring_many_modes[i], "3 producers, 1 message each",
		    (struct model_case){.threads = 4, .arg = {[SLOTS] = 2, 1, [PRODUCERS] = 3}});
	}
	for (size_t i = 0; i < sizeof(ring_all_modes) / sizeof(ring_all_modes[0]); i++) {
		add("fan-out", &ring_all_modes[i], "2 receivers, 2 messages one by one",
		    (struct model_case){.threads = 3, .arg = {[SLOTS] = 2, 2}});
		add("fan-out", &ring_all_modes[i], "2 receivers, 3 messages through 2 slots",
		    (struct model_case){.threads = 3, .arg = {[SLOTS] = 2, 3, [PACED] = 1}});
		add("fan-out", &ring_all_modes[i], "2 receivers, 2 messages through a mailbox",
		    (struct model_case){.threads = 3, .arg = {[SLOTS] = 1, 2, [PACED] = 1}});
	}
	*ret = cases;
	return n_cases;
}
