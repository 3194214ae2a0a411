#!/bin/sh
# SPDX-License-Identifier: MIT
# Userspace RCU 0.13.2 (Debian liburcu-dev 0.13.2-1), the default flavour. Needs gcc.
#
# Expected: call_rcu() has its function called after a grace period, so after some microseconds where nobody reads.
# rcu_barrier() returns at once if no call is pending. A helper thread with URCU_CALL_RCU_RT is "to get real-time response".
# What happens: each of the three takes 10.2 ms. synchronize_rcu(), which waits for a whole grace period, takes 0.01 ms.
# Why: a helper that was woken sleeps for 10 ms before it looks at its list. The real-time one is never woken, but looks
# every 10 ms (call_rcu_thread() in src/urcu-call-rcu-impl.h). rcu_barrier() adds a call of its own to each helper's list.
# Who is hit: whoever times updates, or the end of a run, with rcu_barrier(): the result is that sleep. At a million
# updates a second, 10,000 old nodes wait for it, however short the readers are.
# Remedy: use synchronize_rcu() where someone waits for the end, and leave rcu_barrier() out of the time measured.
set -eu

version=0.13.2-1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download "liburcu-dev=$version"
dpkg-deb -x liburcu-dev_*.deb root

cat >grace.c <<'EOF'
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <urcu.h>

#define N 51

static sem_t called;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void wake(struct rcu_head *head)
{
	(void)head;
	sem_post(&called);
}

static void await_call(void)
{
	static struct rcu_head head;

	call_rcu(&head, wake);
	sem_wait(&called);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(const char *what, void (*wait)(void))
{
	double ms[N];

	for (int i = 0; i < N; i++) {
		double began_ms = now_ms();

		wait();
		ms[i] = now_ms() - began_ms;
	}
	qsort(ms, N, sizeof(*ms), ascending);
	printf("%s: %s\n", what, ms[N / 2] < 2 ? "less than 2 ms" : ms[N / 2] < 5 ? "2 to 5 ms" : "5 ms and more");
	fprintf(stderr, "%s: median %.3f ms\n", what, ms[N / 2]);
}

int main(void)
{
	sem_init(&called, 0, 0);
	rcu_register_thread();
	measure("synchronize_rcu()", synchronize_rcu);
	measure("from call_rcu() to the call", await_call);
	measure("rcu_barrier() with nothing pending", rcu_barrier);
	set_thread_call_rcu_data(create_call_rcu_data(URCU_CALL_RCU_RT, -1));
	measure("from call_rcu() to the call, real-time", await_call);
	rcu_unregister_thread();
}
EOF
lib=$(dirname "$(find root -name liburcu.a)")
gcc -Iroot/usr/include -I"$(dirname "$(dirname "$(find root -path '*/urcu/config.h')")")" grace.c -o grace \
	"$lib/liburcu.a" "$lib/liburcu-common.a" -lpthread
./grace >seen
cat >expected <<'EOF'
synchronize_rcu(): less than 2 ms
from call_rcu() to the call: 5 ms and more
rcu_barrier() with nothing pending: 5 ms and more
from call_rcu() to the call, real-time: 5 ms and more
EOF
sed 's/^/seen: /' seen
diff expected seen
echo ok
