#!/bin/sh
# SPDX-License-Identifier: MIT
# Qt 5.15.8 (Debian libqt5core5a and qtbase5-dev 5.15.8+dfsg-11+deb12u3): QLockFile. Needs g++.
#
# Expected: lock() waits "until any running operation finishes", so the waiter has the lock soon after the other's unlock().
# What happens: the waiter asks after 0.1, 0.3, 0.7, 1.5 and 3.1 s. A lock held for 1.52 s is then free for another 1.6 s.
# Whoever asks in that time gets it at once, before the one who has waited longest.
# Why: a failed try is followed by a sleep of 100 ms, the next by twice that, up to 6.4 s. Nothing wakes the sleeper
# (tryLock() in src/corelib/io/qlockfile.cpp). The documentation tells of no sleep.
# Who is hit: whoever times the hand-over from process to process, or lets runs follow each other by such a lock.
# It can lie idle for as long as it was held, so the result is the length of a sleep.
# Remedy: call tryLock(0) in a loop with a short sleep, or take fcntl() with F_SETLKW, where the kernel wakes the waiter.
set -eu

version=5.15.8+dfsg-11+deb12u3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download "libqt5core5a=$version" "qtbase5-dev=$version" libdouble-conversion3 \
	libglib2.0-0 libicu72 libpcre2-16-0 libzstd1
for deb in *.deb; do dpkg-deb -x "$deb" root; done

cat >wait.cpp <<'EOF'
#include <QLockFile>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <thread>
#include <unistd.h>

static thread_local bool is_waiter;
static std::atomic<int> sleeps;

/* Stands in front of that of the C library: shows how long QLockFile sleeps. */
extern "C" int nanosleep(const timespec *wanted, timespec *left)
{
	if (is_waiter) {
		printf("the waiter sleeps %ld ms\n", wanted->tv_sec * 1000 + wanted->tv_nsec / 1000000);
		sleeps++;
	}
	return clock_nanosleep(CLOCK_MONOTONIC, 0, wanted, left) ? -1 : 0;
}

static double now_s()
{
	timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int main()
{
	double began_s = now_s(), got_s = 0;
	QLockFile ours("lock"), late("lock");

	ours.lock();
	std::thread waiter([&got_s] {
		QLockFile theirs("lock");

		is_waiter = true;
		theirs.lock();
		got_s = now_s();
	});
	while (sleeps < 5)
		usleep(1000);
	ours.unlock();

	double free_s = now_s();

	printf("unlocked; one that asks now %s it\n", late.tryLock(0) ? "has" : "does not get");
	late.unlock();
	waiter.join();
	printf("the waiter gets it %s after the unlock\n", got_s - free_s > 0.5 ? "more than 0.5 s" : "at once");
	fprintf(stderr, "held for %.2f s, then free for %.2f s\n", free_s - began_s, got_s - free_s);
}
EOF
include=$(dirname "$(dirname "$(find root -name qlockfile.h)")")
libs=$(find "$tmp/root" -name '*.so*' -exec dirname {} + | sort -u | tr '\n' :)
g++ -fPIC -rdynamic -I"$include" -I"$include/QtCore" wait.cpp -o wait -pthread -Wl,--allow-shlib-undefined \
	"$(find root -name libQt5Core.so.5)"
LD_LIBRARY_PATH=$libs ./wait >seen
cat >expected <<'EOF'
the waiter sleeps 100 ms
the waiter sleeps 200 ms
the waiter sleeps 400 ms
the waiter sleeps 800 ms
the waiter sleeps 1600 ms
unlocked; one that asks now has it
the waiter gets it more than 0.5 s after the unlock
EOF
sed 's/^/seen: /' seen
diff expected seen
echo ok
