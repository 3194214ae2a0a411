/* SPDX-License-Identifier: MIT */
/*
 * What the situations and the sources under test call (model.h): memory, and the part of the kernel and
 * of libc that lets threads sleep. Part of simulate.cpp.
 */
#ifndef TESTS_MODELS_SYSTEM_HPP
#define TESTS_MODELS_SYSTEM_HPP

extern "C" {
/* What the situations use; see model.h. */
void *model_memory(size_t size)
{
	char *p = memory + memory_used;

	memory_used += (size + ALIGN - 1) / ALIGN * ALIGN;
	if (memory_used > sizeof(memory))
		abort();
	return p;
}

void model_check(bool right, const char *what)
{
	if (!right)
		fail(what, rl::test_result_user_assert_failed);
}

void model_pause()
{
	if (phase == THREADS)
		last[me()].pause = true;
}

uint64_t model_count(uint64_t *word, uint64_t more)
{
	step(0);
	late_flush();
	return word_of<uint64_t>(cell_at<uint64_t>(word))
		.fetch_add(more, rl::mo_seq_cst, info_of("count", 0));
}

uint64_t model_clock_ns()
{
	return clock_ns += SPIN_STEP_NS;
}

void *model_memcpy(void *to, const void *from, size_t len)
{
	plain_access(from, len, false, PC);
	plain_access(to, len, true, PC);
	return memcpy(to, from, len);
}

/* Puts this thread to sleep on up to two addresses; false: it was woken by nobody (a signal). */
static bool sleep_on(const void *a, const void *b)
{
	unsigned i = me();

	sleepers[i].on[0] = a;
	sleepers[i].on[1] = b;
	bool woken = ctx().park_current_thread(false, signals, false, info_of("sleep", 0)) ==
		     rl::unpark_reason_normal;
	sleepers[i].on[0] = NULL;
	return woken;
}

/* Wakes up to `n` of those who sleep on `p`, whichever; returns how many. */
static int wake(const void *p, unsigned n)
{
	unsigned found[8], k, done;

	for (done = 0; done < n; done++) {
		k = 0;
		for (unsigned i = 0; i < now->threads; i++)
			if (sleepers[i].on[0] && (sleepers[i].on[0] == p || sleepers[i].on[1] == p))
				found[k++] = i;
		if (!k)
			break;
		k = found[k == 1 ? 0 : ctx().rand(k, rl::sched_type_user)];
		sleepers[k].on[0] = NULL;
		ctx().unpark_thread((rl::thread_id_t)k, false, info_of("wake", 0));
	}
	return (int)done;
}

static int requeue(const void *from, const void *to)
{
	int moved = 0;

	for (unsigned i = 0; i < now->threads; i++)
		if (sleepers[i].on[0] == from) {
			sleepers[i].on[0] = to;
			moved++;
		}
	return moved;
}

/* What the kernel sees: the newest value, at the moment at which it lets sleep (futex(2)). */
static uint32_t newest(const void *p)
{
	return word_of<uint32_t>(cell_at<uint32_t>(p)).debug_value();
}

static long refuse(int err)
{
	errno = err;
	return -1;
}

/* The calls of Linux 6.7 by number, which older headers lack: the word, its value or a mask, then the rest. */
#define MODEL_FUTEX_WAKE2 454
#define MODEL_FUTEX_WAIT2 455

/*
 * futex(2) without any order of its own: what it promises of memory is written nowhere, so nothing
 * here may need it.
 */
long model_syscall(long number, ...)
{
	va_list list;
	void *p;
	int op;
	uint32_t value;

	va_start(list, number);
	p = va_arg(list, void *);
	if (number == MODEL_FUTEX_WAKE2 || number == MODEL_FUTEX_WAIT2) {
		unsigned long first = va_arg(list, unsigned long);
		int n = va_arg(list, int);

		va_end(list);
		if (!p)
			return refuse(EINVAL);
		late_flush();
		ctx().sched();
		if (number == MODEL_FUTEX_WAKE2)
			return wake(p, (unsigned)n);
		if (newest(p) != (uint32_t)first)
			return refuse(EAGAIN);
		return sleep_on(p, NULL) ? 0 : refuse(EINTR);
	}
	op = va_arg(list, int);
	if (number == SYS_futex_waitv) {
		struct futex_waitv *both = (struct futex_waitv *)p;

		va_end(list);
		if (op < 1)
			return refuse(EINVAL);
		late_flush();
		ctx().sched();
		for (int i = 0; i < op; i++)
			if (newest((void *)both[i].uaddr) != both[i].val)
				return refuse(EAGAIN);
		return sleep_on((void *)both[0].uaddr, (void *)both[1].uaddr) ? 0 : refuse(EINTR);
	}
	value = va_arg(list, uint32_t);
	unsigned long more = va_arg(list, unsigned long);
	void *second = va_arg(list, void *);
	uint32_t third = va_arg(list, uint32_t);
	va_end(list);
	if (number != SYS_futex)
		abort();
	late_flush();
	ctx().sched();
	switch (op & ~FUTEX_PRIVATE_FLAG) {
	case FUTEX_WAIT:
		if (newest(p) != value)
			return refuse(EAGAIN);
		return sleep_on(p, NULL) ? 0 : refuse(EINTR);
	case FUTEX_WAKE:
		return wake(p, value);
	case FUTEX_CMP_REQUEUE: {
		if (newest(p) != third)
			return refuse(EAGAIN);
		int woken = wake(p, value);

		return woken + (more ? requeue(p, second) : 0);
	}
	}
	abort();
}

/* A count of tokens at `p`; take waits for one, both order memory (POSIX XBD 4.12). */
static bool token_take(void *p, bool wait)
{
	rl::atomic<uint32_t> &word = word_of<uint32_t>(cell_at<uint32_t>(p));

	late_flush();
	for (;;) {
		ctx().sched();
		if (word.debug_value()) {
			rl::preemption_disabler whole(ctx());

			word.fetch_sub(1, rl::mo_acq_rel, info_of("take a token", 0));
			return true;
		}
		if (!wait)
			return false;
		sleep_on(p, NULL);
	}
}

static void token_put(void *p)
{
	late_flush();
	word_of<uint32_t>(cell_at<uint32_t>(p))
		.fetch_add(1, rl::mo_acq_rel, info_of("put a token", 0));
	wake(p, 1);
}

int model_sem_wait(sem_t *sem)
{
	token_take(sem, true);
	return 0;
}

int model_sem_trywait(sem_t *sem)
{
	return token_take(sem, false) ? 0 : (int)refuse(EAGAIN);
}

int model_sem_post(sem_t *sem)
{
	token_put(sem);
	return 0;
}

/* A mutex is a token that is there until somebody holds it: here what is taken is counted. */
int model_mutex_lock(pthread_mutex_t *mutex)
{
	rl::atomic<uint32_t> &word = word_of<uint32_t>(cell_at<uint32_t>(mutex));

	late_flush();
	for (;;) {
		ctx().sched();
		if (!word.debug_value()) {
			rl::preemption_disabler whole(ctx());

			word.exchange(1, rl::mo_acquire, info_of("lock", 0));
			return 0;
		}
		sleep_on(mutex, NULL);
	}
}

int model_mutex_unlock(pthread_mutex_t *mutex)
{
	late_flush();
	word_of<uint32_t>(cell_at<uint32_t>(mutex)).store(0, rl::mo_release, info_of("unlock", 0));
	wake(mutex, 1);
	return 0;
}

/* Gives the mutex back and sleeps in one step; may return unasked. */
int model_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	ctx().sched();
	{
		rl::preemption_disabler whole(ctx());

		model_mutex_unlock(mutex);
	}
	sleep_on(cond, NULL);
	return model_mutex_lock(mutex);
}

int model_cond_signal(pthread_cond_t *cond)
{
	late_flush();
	ctx().sched();
	wake(cond, 1);
	return 0;
}

/* A descriptor is an eventfd that counts (EFD_SEMAPHORE): where in `memory` its tokens are. */
static void *eventfd_of(int fd)
{
	return memory + fd;
}

int model_eventfd()
{
	return (int)((char *)model_memory(sizeof(uint32_t)) - memory);
}

ssize_t model_read(int fd, void *buf, size_t len)
{
	token_take(eventfd_of(fd), true);
	return (ssize_t)len;
}

ssize_t model_write(int fd, const void *buf, size_t len)
{
	token_put(eventfd_of(fd));
	return (ssize_t)len;
}
}

#endif
