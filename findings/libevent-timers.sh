#!/bin/sh
# SPDX-License-Identifier: MIT
# libevent 2.1.12 (Debian libevent-dev 2.1.12-stable-8). Needs gcc.
#
# Expected: a timer of 100 us, which its struct timeval can say, ends after 100 us, or after the next millisecond, because epoll
# counts in these.
# What happens: it takes a whole tick of the kernel, 4.3 ms where there are 250 a second. A timer of 5 ms takes 8.3 ms. With
# EVENT_BASE_FLAG_PRECISE_TIMER they take 0.12 and 5.05 ms.
# Why: an event base asks CLOCK_MONOTONIC_COARSE what time it is unless that flag is set, and that clock moves with the
# tick. Until it has moved, the timer is not over, and epoll_wait() is called again and again for 1 ms.
# Who is hit: whoever paces messages by libevent: asked for 10,000 a second, it sends 230. The flag is described as one about
# the cost of asking for the time.
# Remedy: that flag, or event_base_loop() around a timerfd of one's own.
set -eu

version=2.1.12-stable-8
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download "libevent-dev=$version"
dpkg-deb -x libevent-dev_*.deb root

cat >timers.c <<'EOS'
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define N 51

static double took_ms[N], began_ms;
static const struct timeval asked = {.tv_usec = 100};
static struct event_base *base;
static struct event *timer;
static int n;

static double now_ms(clockid_t clock, int (*get)(clockid_t, struct timespec *))
{
	struct timespec t;

	get(clock, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void fired(evutil_socket_t fd, short what, void *arg)
{
	double end_ms = now_ms(CLOCK_MONOTONIC, clock_gettime);

	(void)fd;
	(void)what;
	(void)arg;
	took_ms[n++] = end_ms - began_ms;
	if (n == N) {
		event_base_loopbreak(base);
		return;
	}
	began_ms = now_ms(CLOCK_MONOTONIC, clock_gettime);
	event_add(timer, &asked);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* How long timers of 100 us take in a base with `flags`, sorted. */
static void measure(int flags)
{
	struct event_config *config = event_config_new();

	event_config_set_flag(config, flags);
	base = event_base_new_with_config(config);
	timer = evtimer_new(base, fired, NULL);
	n = 0;
	began_ms = now_ms(CLOCK_MONOTONIC, clock_gettime);
	event_add(timer, &asked);
	event_base_dispatch(base);
	qsort(took_ms, N, sizeof(*took_ms), ascending);
}

int main(void)
{
	double tick_ms = now_ms(CLOCK_MONOTONIC_COARSE, clock_getres);

	measure(0);
	fprintf(stderr, "a tick is %.2f ms; plain: median %.2f ms\n", tick_ms, took_ms[N / 2]);
	printf("plain: half of the timers took %s\n",
	       took_ms[N / 2] >= tick_ms ? "a tick and more" : "less than a tick");
	measure(EVENT_BASE_FLAG_PRECISE_TIMER);
	fprintf(stderr, "precise: median %.2f ms\n", took_ms[N / 2]);
	printf("precise: the shortest took %s\n",
	       took_ms[0] < tick_ms / 2 ? "less than half a tick" : "half a tick and more");
}
EOS
gcc -Iroot/usr/include -I"$(dirname "$(dirname "$(find root -name event-config.h)")")" timers.c -o timers \
	"$(find root -name libevent_core.a)"
./timers >seen
cat >expected <<'EOS'
plain: half of the timers took a tick and more
precise: the shortest took less than half a tick
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
