#!/bin/sh
# SPDX-License-Identifier: MIT
# libstdc++ of GCC 12.2.0 (Debian libstdc++-12-dev 12.2.0-14+deb12u1): std::atomic<T>::notify_one(). Needs g++ 12.
#
# Expected: notify_one() wakes one of several waiters, whatever T is, and makes no system call where nobody waits.
# What happens: of three waiters it wakes one if T is int, and all three if T is long or bool. While they wait, notify_one()
# of another atomic makes a system call, too. If T is long or bool, this call wakes the three, although the two atomics lie
# on cache lines of their own.
# Why: a futex has 4 bytes. For other sizes the waiters sleep on a version number, and such a notification wakes all of them
# (bits/atomic_wait.h, __waiter_base::_M_notify). A program has 16 version numbers and counts of waiters for all its atomics.
# Which one is used, (address >> 2) % 16, is the same for all multiples of 64 (__waiter_pool_base::_S_for). The standard
# allows that: it asks for "at least one" to be woken.
# Who is hit: whoever times wake-ups by a uint64_t or a bool: the figure is that of a herd. Pairs of threads that have
# nothing in common wake each other, and padding to cache lines makes it certain.
# Remedy: T of 4 bytes, and another offset in the cache line for each pair.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download libstdc++-12-dev=12.2.0-14+deb12u1
dpkg-deb -x libstdc++-12-dev_*.deb root

cat >notify.cc <<'EOS'
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <dlfcn.h>
#include <linux/futex.h>
#include <string>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

static int calls, woken;                // of the last notification
static int tids[3];                     // of the waiters
static int in_wait;                     // how many of them are in their system call
static thread_local bool is_waiter;
static const auto next = reinterpret_cast<long (*)(long, ...)>(dlsym(RTLD_NEXT, "syscall"));

/* All futex calls of the atomics come through here. */
extern "C" long syscall(long number, ...) noexcept
{
	va_list list;

	va_start(list, number);
	void *address = va_arg(list, void *);
	int operation = va_arg(list, int), value = va_arg(list, int);
	va_end(list);
	if (is_waiter)
		__atomic_add_fetch(&in_wait, 1, __ATOMIC_SEQ_CST);
	long result = next(number, address, operation, value, nullptr, nullptr, 0);
	if (is_waiter)
		__atomic_sub_fetch(&in_wait, 1, __ATOMIC_SEQ_CST);
	if (number == SYS_futex && (operation & FUTEX_CMD_MASK) == FUTEX_WAKE)
		calls++, woken += static_cast<int>(result);
	return result;
}

/* Returns when all waiters sleep in the kernel. */
static void settle()
{
	for (int asleep = 0; asleep < 3; usleep(1000)) {
		asleep = 0;
		for (int &tid : tids) {
			char state = 0;
			std::string name = "/proc/self/task/" + std::to_string(__atomic_load_n(&tid, __ATOMIC_SEQ_CST)) + "/stat";
			FILE *file = std::fopen(name.c_str(), "r");

			if (!file)
				continue;
			asleep += std::fscanf(file, "%*d (%*[^)]) %c", &state) == 1 && state == 'S';
			std::fclose(file);
		}
		if (__atomic_load_n(&in_wait, __ATOMIC_SEQ_CST) != 3)
			asleep = 0;
	}
}

template <typename T> struct apart {
	alignas(64) T waited_for{};
	alignas(64) T other{};
	alignas(8) T further_on{};
};

template <typename T> static void notify(const char *which, T &atomic)
{
	calls = woken = 0;
	atomic.notify_one();
	std::printf("%s: calls %d, woken %d", which, calls, woken);
}

template <typename T, typename V> static void show(const char *type, V before, V after)
{
	static apart<T> atomics;
	std::vector<std::thread> waiters;

	std::printf("%s:", type);
	notify(" nobody waits", atomics.waited_for);
	for (int &tid : tids) {
		tid = 0;
		waiters.emplace_back([&tid, before] {
			is_waiter = true;
			__atomic_store_n(&tid, gettid(), __ATOMIC_SEQ_CST);
			atomics.waited_for.wait(before);
		});
	}
	settle();
	notify("; three wait", atomics.waited_for);
	settle();
	notify("; other line", atomics.other);
	settle();
	notify("; 8 bytes on", atomics.further_on);
	std::puts("");
	settle();
	atomics.waited_for = after;
	atomics.waited_for.notify_all();
	for (auto &waiter : waiters)
		waiter.join();
}

int main()
{
	show<std::atomic<int>>("int", 0, 1);
	show<std::atomic<long>>("long", 0L, 1L);
	show<std::atomic<bool>>("bool", false, true);
}
EOS
system=$tmp/root/usr/include
g++ -std=c++20 -O2 -nostdinc++ -isystem "$system/c++/12" -isystem "$system/$(uname -m)-linux-gnu/c++/12" notify.cc -o notify \
	-pthread -ldl
timeout 60 ./notify >seen
cat >expected <<'EOS'
int: nobody waits: calls 0, woken 0; three wait: calls 1, woken 1; other line: calls 1, woken 0; 8 bytes on: calls 0, woken 0
long: nobody waits: calls 0, woken 0; three wait: calls 1, woken 3; other line: calls 1, woken 3; 8 bytes on: calls 0, woken 0
bool: nobody waits: calls 0, woken 0; three wait: calls 1, woken 3; other line: calls 1, woken 3; 8 bytes on: calls 0, woken 0
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
