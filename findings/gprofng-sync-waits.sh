#!/bin/sh
# SPDX-License-Identifier: MIT
# gprofng of binutils 2.40 (Debian binutils-x86-64-linux-gnu 2.40-2) on x86-64. Needs gcc.
#
# Expected: -s all ("synchronization wait tracing", of "Pthreads") reports the time of all waits, whatever they are for.
# What happens: of seven waits, 0.2 s each, two are reported: the one for a mutex and the one in pthread_cond_wait().
# Those for a semaphore, a read-write lock, a barrier, a thread to join and in pthread_cond_clockwait() are missing.
# Why: the preloaded libgp-sync.so wraps no read-write lock, no barrier and no pthread_cond_clockwait(). It does wrap
# sem_wait() and pthread_join(), but as GLIBC_2.2.5. Programs linked with glibc 2.34 or later ask for GLIBC_2.34 and miss it.
# Who is hit: whoever compares locks by these reports. A program that has a semaphore for its mutex seems never to wait.
# In C++, wait_for() of a condition variable calls pthread_cond_clockwait().
# Remedy: run it under strace -f -T -e trace=futex, as all seven end in that system call.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download binutils-x86-64-linux-gnu=2.40-2 binutils-common libbinutils=2.40-2 \
	libgprofng0=2.40-2 libjansson4
for deb in *.deb; do dpkg-deb -x "$deb" root; done
gp=root/usr/bin/x86_64-linux-gnu-gp
libs=$tmp/root/usr/lib/x86_64-linux-gnu

cat >waits.c <<'EOF'
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static pthread_barrier_t barrier;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_t thread;
static sem_t ready, sem;
static int turn;

static void pass_turn(void)
{
	usleep(200000);
	pthread_mutex_lock(&mutex);
	turn++;
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
}

static void *let_wait(void *unused)
{
	pthread_mutex_lock(&mutex);
	pthread_rwlock_wrlock(&rwlock);
	sem_post(&ready);
	usleep(200000);
	pthread_mutex_unlock(&mutex);
	usleep(200000);
	pthread_rwlock_unlock(&rwlock);
	usleep(200000);
	sem_post(&sem);
	usleep(200000);
	pthread_barrier_wait(&barrier);
	pass_turn();
	pass_turn();
	usleep(200000);
	return unused;
}

static void mutex_wait(void)
{
	pthread_mutex_lock(&mutex);
}

static void rwlock_wait(void)
{
	pthread_rwlock_rdlock(&rwlock);
}

static void semaphore_wait(void)
{
	sem_wait(&sem);
}

static void barrier_wait(void)
{
	pthread_barrier_wait(&barrier);
}

static void cond_wait(void)
{
	while (turn < 1)
		pthread_cond_wait(&cond, &mutex);
}

static void cond_clock_wait(void)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += 60;
	while (turn < 2)
		pthread_cond_clockwait(&cond, &mutex, CLOCK_MONOTONIC, &end);
}

static void join_wait(void)
{
	pthread_join(thread, NULL);
}

static void measure(const char *what, void (*wait)(void))
{
	struct timespec t, u;

	clock_gettime(CLOCK_MONOTONIC, &t);
	wait();
	clock_gettime(CLOCK_MONOTONIC, &u);
	fprintf(stderr, "%s took %.2f s\n", what, (u.tv_sec - t.tv_sec) + (u.tv_nsec - t.tv_nsec) / 1e9);
}

int main(void)
{
	pthread_barrier_init(&barrier, NULL, 2);
	sem_init(&ready, 0, 0);
	sem_init(&sem, 0, 0);
	pthread_create(&thread, NULL, let_wait, NULL);
	sem_wait(&ready);
	measure("mutex_wait", mutex_wait);
	pthread_mutex_unlock(&mutex);
	measure("rwlock_wait", rwlock_wait);
	measure("semaphore_wait", semaphore_wait);
	measure("barrier_wait", barrier_wait);
	pthread_mutex_lock(&mutex);
	measure("cond_wait", cond_wait);
	measure("cond_clock_wait", cond_clock_wait);
	pthread_mutex_unlock(&mutex);
	measure("join_wait", join_wait);
}
EOF
gcc waits.c -o waits -lpthread
LD_LIBRARY_PATH=$libs $gp-collect-app -p off -s all -O waits.er ./waits >collect.log
LD_LIBRARY_PATH=$libs $gp-display-text -metrics i.sync:i.syncn:name -functions waits.er >report
sed 's/^/seen: /' report
{
	for wait in mutex rwlock semaphore barrier cond cond_clock join; do
		if grep -q " ${wait}_wait\$" report; then how=reported; else how=missing; fi
		echo "${wait}_wait: $how"
	done
	for file in "$libs/gprofng/libgp-sync.so" waits; do
		names=$(readelf -W --dyn-syms "$file" | grep -oE '(pthread_join|sem_wait)@[^ ]*' | sort | paste -s -d ' ')
		echo "${file##*/}: $names"
	done
} >seen
cat >expected <<'EOF'
mutex_wait: reported
rwlock_wait: missing
semaphore_wait: missing
barrier_wait: missing
cond_wait: reported
cond_clock_wait: missing
join_wait: missing
libgp-sync.so: pthread_join@@GLIBC_2.2.5 sem_wait@@GLIBC_2.2.5
waits: pthread_join@GLIBC_2.34 sem_wait@GLIBC_2.34
EOF
sed 's/^/seen: /' seen
diff expected seen
echo ok
