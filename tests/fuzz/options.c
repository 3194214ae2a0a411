/* SPDX-License-Identifier: MIT */
/*
 * Command lines: the first byte says of what (a microbenchmark of IPC, of synchronization, or a sweep),
 * then come the arguments, a line each. What is taken is within the bounds that its readers rely on.
 */
#include "bench/command/sweep.h"
#include "bench/program/ipc_options.h"
#include "bench/program/sync_options.h"
#include "tests/fuzz/fuzz.h"

#define ARGUMENTS_MAX 300 /* more than fit into any table behind them */

static void try_common(const struct options *o)
{
	CLAIM(o->n_cpus <= CREW_MAX && o->repeat >= 1 && o->load < LOAD_COUNT);
	CLAIM(o->relation < RELATION_COUNT && o->mem <= MEM_NODE && o->node < 4096);
	CLAIM(o->sched.priority >= 0 && o->sched.priority <= 99);
}

static void try_ipc(int argc, char **argv)
{
	const struct ipc_mechanism *m = ipc_mechanisms();
	struct ipc_options io;
	struct options o;

	options_init(&o, argv[0]);
	ipc_options_init(&io);
	if (ipc_options_read(&o, &io, argc, argv))
		return;
	try_common(&o);
	CLAIM(io.pattern <= IPC_STREAM && io.msg_size >= 1 && io.msg_size <= IPC_MSG_MAX);
	CLAIM(io.pairs <= CREW_MAX / 2 && io.producers < CREW_MAX &&
	      io.given.n <= BENCH_OPTIONS_MAX);
	for (; m; m = m->next)
		ipc_options_check(&o, &io, m);
}

static void try_sync(int argc, char **argv)
{
	const struct sync_mechanism *m = sync_mechanisms();
	struct sync_options so;
	struct options o;

	options_init(&o, argv[0]);
	sync_options_init(&so);
	if (sync_options_read(&o, &so, argc, argv))
		return;
	try_common(&o);
	CLAIM(so.threads <= CREW_MAX && so.producers <= CREW_MAX && so.readers_pct <= 100);
	CLAIM(so.given.n <= BENCH_OPTIONS_MAX && so.order < ORDER_COUNT);
	for (; m; m = m->next)
		sync_options_check(&o, &so, m);
}

static void try_sweep(int argc, char **argv)
{
	static struct sweep s;

	s = (struct sweep){.plan_only = false};
	if (!sweep_options(&s, argc, argv)) {
		CLAIM(strlen(s.dir.label) < sizeof(s.dir.label) && !strchr(s.dir.label, '/'));
		CLAIM(s.request.load < LOAD_COUNT);
	}
	free(s.only_and_floor);
}

/* The values of other commands, which are read by the same functions. */
static void try_values(char **argv)
{
	char want[OPTION_WANT];
	uint64_t n;
	double share;

	for (; *argv; argv++) {
		if (!option_number(*argv, 3, 1u << 20, &n, want))
			CLAIM(n >= 3 && n <= 1u << 20);
		if (!option_size(*argv, IPC_MSG_MAX, &n, want))
			CLAIM(n >= 1 && n <= IPC_MSG_MAX);
		if (!option_time(*argv, &n, want))
			CLAIM(n <= 3600ull * 1000000000);
		if (!option_percent(*argv, &share, want))
			CLAIM(share > 0 && share <= 10);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const rooms[])(int argc, char **argv) = {try_ipc, try_sync, try_sweep};
	char *argv[ARGUMENTS_MAX + 2] = {"handoff"};
	char *text = size ? strndup((const char *)data + 1, size - 1) : NULL, *rest = text, *line;
	int argc = 1;

	while (text && argc <= ARGUMENTS_MAX && (line = strsep(&rest, "\n")))
		argv[argc++] = line;
	argv[argc] = NULL;
	if (text) {
		try_values(argv + 1);
		rooms[data[0] % 3](argc, argv);
	}
	free(text);
	return 0;
}
