/* SPDX-License-Identifier: MIT */
/*
 * Command lines: the first byte says of what (a microbenchmark of IPC, of synchronization, or a
 * sweep), then come the arguments, a line each. What is taken is within the bounds that its readers
 * rely on.
 */
#include "bench/command/sweep.h"
#include "bench/program/ipc_options.h"
#include "bench/program/sync_options.h"
#include "tests/fuzz/fuzz.h"

#define ARGUMENTS_MAX 300 /* more than fit into any table behind them */

static void try_common(const struct options *o)
{
	CLAIM(o->ask.n_cpus <= CREW_MAX && o->repeat >= 1 && o->ask.load < LOAD_COUNT);
	CLAIM(o->ask.placement <= PLACEMENT_FREE && o->ask.mem_asked <= MEM_NODE);
	CLAIM(o->ask.mem_node < 4096 && o->ask.n_options <= BENCH_OPTIONS_MAX);
	CLAIM(o->ask.sched.priority >= 0 && o->ask.sched.priority <= 99);
	CLAIM(o->ask.order < ORDER_COUNT && o->ask.producers <= CREW_MAX);
}

static void try_ipc(int argc, char **argv)
{
	static struct options o;

	options_init(&o, argv[0], GROUP_IPC);
	o.ask.can = USE_IPC;
	if (options_read(&o, argc, argv))
		return;
	try_common(&o);
	CLAIM(o.ask.pattern <= IPC_STREAM && o.ask.msg_size_b >= 1 &&
	      o.ask.msg_size_b <= MSG_MAX_B);
	CLAIM(o.ask.pairs <= CREW_MAX / 2);
	for (const struct ipc_mechanism *m = ipc_mechanisms(); m; m = m->next)
		ipc_options_check(&o, m);
}

static void try_sync(int argc, char **argv)
{
	static struct options o;

	options_init(&o, argv[0], GROUP_SYNC);
	o.ask.can = USE_SYNC;
	if (options_read(&o, argc, argv))
		return;
	try_common(&o);
	CLAIM(o.ask.threads <= CREW_MAX && o.ask.readers_pct <= 100 && o.ask.fill <= FILL_FULL);
	for (const struct sync_mechanism *m = sync_mechanisms(); m; m = m->next)
		sync_options_check(&o, m);
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
