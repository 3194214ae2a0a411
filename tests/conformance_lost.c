/* SPDX-License-Identifier: MIT */
/* class: pure, long */
/*
 * Datagrams that are dropped: round trips go on, each loss is counted once and no sample holds one.
 * The kernel does the dropping, by a filter on the sockets, and keeps its own count.
 */
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include "bench/program/ipc_to_row.h"
#include "tests/conformance.h"

#define ROUND_TRIPS 200
#define FATAL 150u /* number of the message that is dropped: after the warm-up, before the end */
#define UDP_HEADER 8
#define SIZE 64 /* bytes of a message */

static const struct ipc_variant *real; /* the variant under test */
static bool all;		       /* every message is dropped, not one by chance */
static int sock[2] = {-1, -1};	       /* copies, to ask for the count of drops */
static unsigned dropped[2];	       /* [side]: by its socket in the last run */
static unsigned seen[2];	       /* likewise, of all round trips without a schedule */

/*
 * The first word of a message is its number, doubled, and its sender (bench/measure/payload.h); one
 * with that number is dropped every other time, or the request with it would be for ever. An empty
 * message passes.
 */
static int drop_at(int fd, unsigned sender)
{
	unsigned word = FATAL << 1 | sender, swapped = (word & 0xff) << 8 | word >> 8;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UDP_HEADER, 4, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, UDP_HEADER),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, swapped, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)(SKF_AD_OFF + SKF_AD_RANDOM)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog filter = {sizeof(code) / sizeof(code[0]), code};

	if (all) /* whatever is not empty */
		code[2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) ? -errno : 0;
}

/* An empty message is there from the start: it says nothing of those that come. */
static int open_lossy(struct ipc_link *link)
{
	int err = real->open(link);

	for (unsigned side = 0; side < 2 && !err; side++) {
		sock[side] = dup(link->fd[side][IPC_IN]);
		err = drop_at(sock[side], !side);
	}
	if (!err)
		fd_lossy_family.nudge(link);
	return err;
}

static void close_lossy(struct ipc_link *link)
{
	uint32_t about[SK_MEMINFO_VARS] = {0};

	for (int side = 0; side < 2; side++) {
		socklen_t len = sizeof(about);

		if (getsockopt(sock[side], SOL_SOCKET, SO_MEMINFO, about, &len))
			perror("SO_MEMINFO");
		dropped[side] = about[SK_MEMINFO_DROPS];
		close(sock[side]);
	}
	if (real->close)
		real->close(link);
}

/* What the row says of `lost` round trips. */
static bool row_says(const struct ipc_cell *cell, const struct ipc_result *r, unsigned lost)
{
	static struct row row;

	row_clear(&row);
	ipc_fill_figures(&row, cell, r);
	return row_get_u64(&row, COL_lost_msgs, UINT64_MAX) == lost &&
	       row_list_has(row_get_text(&row, COL_flags), "lost") == (lost > 0);
}

static void run(struct ipc_cell *cell, const char *what, const char *how)
{
	static struct ipc_result r;
	char why[CREW_REASON] = "";
	uint64_t n = cell->size.iterations;
	int err = ipc_session_run(cell, &r, why);
	/* one that ends what comes after the timed part is not in the row */
	unsigned lost = n < FATAL ? 0 : dropped[0] + dropped[1];

	if (!ok(!err && r.lost == lost && r.meter.done == n - lost &&
			r.meter.each.count == r.meter.done && row_says(cell, &r, lost),
		"%s, %s: what is lost is counted, the rest arrives", what, how))
		fprintf(stderr, "# %s: dropped %u requests and %u replies; %llu lost, %llu done\n",
			why, dropped[1], dropped[0], (unsigned long long)r.lost,
			(unsigned long long)r.meter.done);
}

/* Puts the filter into the channel of `cell`. */
static void make_lossy(struct ipc_cell *cell, uint64_t iterations)
{
	static struct ipc_variant v;

	v = *cell->variant;
	real = cell->variant;
	v.open = open_lossy;
	v.close = close_lossy;
	cell->variant = &v;
	cell->ask.msg_size_b = SIZE;
	cell->size.iterations = iterations;
}

static void test_lost(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	if (!ipc_is_lossy(cell->mode))
		return;
	make_lossy(cell, ROUND_TRIPS);
	for (int i = 0; i < 20 && (!i || !seen[0] || !seen[1]); i++) {
		run(cell, what, "round trips");
		seen[0] += dropped[0];
		seen[1] += dropped[1];
	}
	if (ipc_has_threads(cell))
		return;
	/* One to warm up, so many, and a last one: that is the one dropped. */
	cell->ask.pattern = IPC_PACED;
	cell->ask.every_ns = 20000;
	cell->size.iterations = FATAL - 1;
	run(cell, what, "the last");
	cell->size.iterations = ROUND_TRIPS;
	run(cell, what, "on a schedule");
}

/* Nothing arrives: no figures, and an end. */
static void test_all_lost(const struct machine *m, struct ipc_cell *cell, const char *what)
{
	static struct ipc_result r;
	char why[CREW_REASON] = "";
	int err;

	if (!ipc_is_lossy(cell->mode) || ipc_has_threads(cell) ||
	    cell->mode != ipc_mode_of(cell->mechanism, cell->variant, 0))
		return;
	make_lossy(cell, 2);
	all = true;
	err = ipc_session_run(cell, &r, why);
	all = false;
	if (!ok(err == METER_LOST && strstr(why, "all of its 2 messages were lost"),
		"%s: all are lost, and it ends", what))
		fprintf(stderr, "# %s (%s)\n", why, strerror(-err));
}

/*
 * Whether it is told how many datagrams a socket has dropped: qemu-user gives the first word of
 * all.
 */
static bool drops_are_told(void)
{
	uint32_t about[SK_MEMINFO_VARS];
	socklen_t len = sizeof(about);
	int fd = socket(AF_INET, SOCK_DGRAM, 0), err;

	err = getsockopt(fd, SOL_SOCKET, SO_MEMINFO, about, &len);
	close(fd);
	return !err && len == sizeof(about);
}

int main(int argc, char **argv)
{
	struct machine m;

	if (!drops_are_told()) {
		skip("datagrams that are dropped", "the kernel does not say how many");
		return done_testing();
	}
	only_names = argv + 1;
	if (!ok(machine_load(&m) && !names_begin(), "the machine is read"))
		return done_testing();
	for_each_ipc(&m, test_lost);
	ok(seen[0] && seen[1], "requests and replies were dropped");
	for_each_ipc(&m, test_all_lost);
	names_end();
	ok(machine_free(&m), "the private directory is gone");
	return done_testing();
}
