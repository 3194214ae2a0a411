/* SPDX-License-Identifier: MIT */
/*
 * Peer of make bench-self: the queues of atomic_queue (https://github.com/max0x7ba/atomic_queue) as
 * its own benchmarks use them: push and pop, which wait by themselves. One producer and one
 * consumer, each item checked by the consumer: all of them come, once, in order. The first half
 * warms up. Shares nothing with bench/.
 * usage: floor_queue spsc|mpmc CAPACITY PU PU ITEMS
 * prints the mean time per item of the second half in ns.
 */
#include <atomic_queue/atomic_queue.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <pthread.h>

#include "tests/floor.h"

template <unsigned CAPACITY, bool SPSC>
using Queue = atomic_queue::AtomicQueue<uint64_t, CAPACITY, 0, true, true, false, SPSC>;

static std::atomic<unsigned> ready;

static void meet()
{
	ready++;
	while (ready < 2)
		atomic_queue::spin_loop_pause();
}

template <class Q> struct Work {
	Q queue;
	uint64_t items; /* of a half */
	const char *pu; /* the consumer's */
	double took_ns; /* by the second half */
	bool wrong;

	static void *consume(void *arg)
	{
		Work *work = static_cast<Work *>(arg);
		const uint64_t items = work->items;
		double begin = 0;
		bool wrong = false;

		pin(work->pu);
		meet();
		for (uint64_t i = 1; i <= 2 * items; i++) {
			wrong |= work->queue.pop() != i;
			if (i == items)
				begin = now_ns();
		}
		work->took_ns = now_ns() - begin;
		work->wrong = wrong;
		return nullptr;
	}
};

template <class Q> static int run(char **argv)
{
	const uint64_t items = strtoull(argv[5], nullptr, 10);
	auto work = std::make_unique<Work<Q>>();
	pthread_t consumer;

	work->items = items;
	work->pu = argv[4];
	if (!items || pthread_create(&consumer, nullptr, Work<Q>::consume, work.get()))
		die("no consumer");
	pin(argv[3]);
	meet();
	for (uint64_t i = 1; i <= 2 * items; i++)
		work->queue.push(i);
	pthread_join(consumer, nullptr);
	if (work->wrong || !work->queue.was_empty()) {
		fputs("floor_queue: an item is lost or comes twice\n", stderr);
		return 1;
	}
	printf("%.3f\n", work->took_ns / static_cast<double>(items));
	return 0;
}

template <bool SPSC> static int run_capacity(char **argv)
{
	switch (atoi(argv[2])) {
	case 64:
		return run<Queue<64, SPSC>>(argv);
	case 1024:
		return run<Queue<1024, SPSC>>(argv);
	case 65536:
		return run<Queue<65536, SPSC>>(argv);
	}
	return 64;
}

int main(int argc, char **argv)
{
	int err = 64;

	if (argc == 6 && !strcmp(argv[1], "spsc"))
		err = run_capacity<true>(argv);
	else if (argc == 6 && !strcmp(argv[1], "mpmc"))
		err = run_capacity<false>(argv);
	if (err == 64)
		fputs("usage: floor_queue spsc|mpmc 64|1024|65536 PU PU ITEMS\n", stderr);
	return err;
}
