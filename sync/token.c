/* SPDX-License-Identifier: MIT */
/*
 * One token in a kernel object that several threads wait for: who takes it has it, as the jobs of
 * make(1) do with a pipe. It tells how the object treats those who wait: experiments `order` and
 * `herd`, and nothing that is timed. Of msgsnd and mq_send the
 * token is the room for one message, and those who wait are senders.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/msg.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "bench/machine/names.h"
#include "bench/measure/sync_loops.h"

#define TOKEN_SIGNAL (SIGRTMIN + 1) /* blocked in all threads: bench/measure/crew.c */
#define TOKEN_B 8		    /* an eventfd takes no less */

struct token {
	int in, out;	      /* descriptors: taken from, put into; of a queue its number */
	char name[NAME_SIZE]; /* of a queue */
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool here; /* condvar; signalfd: the first has been brought */
};

struct message {
	long type;
	char text[TOKEN_B];
};

static inline int fd_take(void *shared, void *local)
{
	char buf[sizeof(struct signalfd_siginfo)];
	ssize_t n;

	do
		n = read(((struct token *)shared)->in, buf, sizeof(buf));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static inline int fd_give(void *shared, void *local)
{
	const uint64_t one = 1;

	return write(((struct token *)shared)->out, &one, TOKEN_B) < 0 ? -errno : 0;
}

/* A stream takes what it gets: a token is one byte of it, else two would share one. */
static inline int byte_take(void *shared, void *local)
{
	char one;
	ssize_t n;

	do
		n = read(((struct token *)shared)->in, &one, 1);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static inline int byte_give(void *shared, void *local)
{
	return write(((struct token *)shared)->out, "", 1) < 0 ? -errno : 0;
}

static inline int timer_give(void *shared, void *local)
{
	const struct itimerspec soon = {.it_value.tv_nsec = 1};

	return timerfd_settime(((struct token *)shared)->in, 0, &soon, NULL) ? -errno : 0;
}

static inline int signal_give(void *shared, void *local)
{
	return kill(getpid(), TOKEN_SIGNAL) ? -errno : 0;
}

static inline int mq_take(void *shared, void *local)
{
	char buf[TOKEN_B];
	ssize_t n;

	do
		n = mq_receive(((struct token *)shared)->in, buf, sizeof(buf), NULL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static inline int mq_give(void *shared, void *local)
{
	return mq_send(((struct token *)shared)->in, "", 1, 0) ? -errno : 0;
}

static inline int message_take(void *shared, void *local)
{
	struct message message;
	ssize_t n;

	do
		n = msgrcv(((struct token *)shared)->in, &message, TOKEN_B, 0, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static inline int message_give(void *shared, void *local)
{
	static const struct message message = {.type = 1};
	int err;

	do
		err = msgsnd(((struct token *)shared)->in, &message, TOKEN_B, 0) ? -errno : 0;
	while (err == -EINTR);
	return err;
}

static inline int condition_take(void *shared, void *local)
{
	struct token *t = shared;
	int err = pthread_mutex_lock(&t->mutex);

	while (!t->here && !err)
		err = pthread_cond_wait(&t->cond, &t->mutex);
	t->here = false;
	return -(err | pthread_mutex_unlock(&t->mutex));
}

static inline int condition_give(void *shared, void *local)
{
	struct token *t = shared;
	int err = pthread_mutex_lock(&t->mutex);

	t->here = true;
	err |= pthread_mutex_unlock(&t->mutex);
	return -(err | pthread_cond_signal(&t->cond));
}

static int pipe_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC))
		return -errno;
	*(struct token *)shared = (struct token){.in = fd[0], .out = fd[1]};
	return byte_give(shared, NULL);
}

static int unix_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	int fd[2];

	if (socketpair(AF_UNIX, (int)v->arg | SOCK_CLOEXEC, 0, fd))
		return -errno;
	*(struct token *)shared = (struct token){.in = fd[0], .out = fd[1]};
	return byte_give(shared, NULL);
}

static int eventfd_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	int fd = eventfd(1, (int)v->arg | EFD_CLOEXEC);

	*(struct token *)shared = (struct token){.in = fd, .out = fd};
	return fd < 0 ? -errno : 0;
}

static int timerfd_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	*(struct token *)shared = (struct token){.in = fd, .out = fd};
	return fd < 0 ? -errno : timer_give(shared, NULL);
}

/* The token is a signal of the process whose threads wait: the first of them brings it. */
static int signalfd_attach(void *shared, void *local, const struct sync_setup *setup)
{
	bool *brought = &((struct token *)shared)->here;

	return __atomic_exchange_n(brought, true, __ATOMIC_RELAXED) ? 0
								    : signal_give(shared, local);
}

static int signalfd_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, TOKEN_SIGNAL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	*(struct token *)shared = (struct token){.in = fd, .out = fd};
	return fd < 0 ? -errno : 0;
}

static void fd_destroy(void *shared)
{
	struct token *t = shared;

	close(t->in);
	if (t->out != t->in)
		close(t->out);
}

static int mq_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = TOKEN_B};
	struct token *t = shared;
	int err = name_new(NAME_MQ, t->name, sizeof(t->name));

	if (err)
		return err;
	t->in = mq_open(t->name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
	if (t->in < 0)
		return errno == ENOSYS ? -EOPNOTSUPP : -errno;
	err = v->arg ? 0 : mq_give(shared, NULL);
	if (err)
		mq_close(t->in);
	return err;
}

static void mq_destroy(void *shared)
{
	struct token *t = shared;

	mq_close(t->in);
	name_remove(NAME_MQ, t->name);
}

/* `arg`: the token is the room, of which a message takes all. */
static int message_init(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	struct token *t = shared;
	struct msqid_ds about;
	int err = name_new(NAME_SYSV_MSG, t->name, sizeof(t->name));

	if (err)
		return err;
	t->in = msgget(name_key(t->name), IPC_CREAT | IPC_EXCL | 0600);
	if (t->in < 0)
		return errno == ENOSYS ? -EOPNOTSUPP : -errno;
	if (!v->arg)
		return message_give(shared, NULL);
	if (msgctl(t->in, IPC_STAT, &about))
		return -errno;
	about.msg_qbytes = TOKEN_B; /* anybody may have less (msgctl(2)) */
	return msgctl(t->in, IPC_SET, &about) ? -errno : 0;
}

static void message_destroy(void *shared)
{
	name_remove(NAME_SYSV_MSG, ((struct token *)shared)->name);
}

static int condition_init(const struct sync_variant *v, void *shared,
			  const struct sync_setup *setup)
{
	int sharing = setup->processes ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE, err = 0;
	struct token *t = shared;
	pthread_mutexattr_t mutex;
	pthread_condattr_t cond;

	t->here = true;
	pthread_mutexattr_init(&mutex);
	pthread_condattr_init(&cond);
	err |= pthread_mutexattr_setpshared(&mutex, sharing);
	err |= pthread_condattr_setpshared(&cond, sharing);
	err |= pthread_mutex_init(&t->mutex, &mutex);
	err |= pthread_cond_init(&t->cond, &cond);
	pthread_condattr_destroy(&cond);
	pthread_mutexattr_destroy(&mutex);
	return -err;
}

/* Only what is asked one step at a time: no loops, so no experiment that times it. */
#define TOKEN(name, take, give)                                                       \
	static const struct lock_ops name##_ops = {.enter = (take), .leave = (give)}; \
	static const struct lock_loops name##_loops = {.ops = &name##_ops}
TOKEN(bytes, byte_take, byte_give);
TOKEN(counter, fd_take, fd_give);
TOKEN(timer, fd_take, timer_give);
TOKEN(signals, fd_take, signal_give);
TOKEN(mq_receivers, mq_take, mq_give);
TOKEN(mq_senders, mq_give, mq_take);
TOKEN(receivers, message_take, message_give);
TOKEN(senders, message_give, message_take);
TOKEN(condition, condition_take, condition_give);

#define VARIANT(name_, summary_, arg_, init_, destroy_, loops_)                      \
	.name = name_, .summary = summary_, .flags = SYNC_TSAN_BLIND, .arg = (arg_), \
	.init = init_, .destroy = destroy_, .shared_size = sizeof(struct token), .lock = &loops_

static const struct sync_variant token_variants[] = {
	{VARIANT("pipe", "a byte in a pipe, as the jobs of make(1)", 0, pipe_init, fd_destroy,
		 bytes_loops)},
	{VARIANT("unix_stream", "a byte in a UNIX stream socket", SOCK_STREAM, unix_init,
		 fd_destroy, bytes_loops)},
	{VARIANT("unix_dgram", "a datagram in a UNIX socket", SOCK_DGRAM, unix_init, fd_destroy,
		 bytes_loops)},
	{VARIANT("unix_seqpacket", "a packet in a UNIX socket", SOCK_SEQPACKET, unix_init,
		 fd_destroy, bytes_loops)},
	{VARIANT("eventfd", "the count of an eventfd", 0, eventfd_init, fd_destroy, counter_loops)},
	{VARIANT("eventfd_semaphore", "one of an eventfd of EFD_SEMAPHORE", EFD_SEMAPHORE,
		 eventfd_init, fd_destroy, counter_loops)},
	{VARIANT("timerfd", "an expiration of a timerfd", 0, timerfd_init, fd_destroy,
		 timer_loops)},
	{.name = "signalfd",
	 .summary = "a signal, read from a signalfd",
	 .flags = SYNC_TSAN_BLIND | SYNC_PRIVATE,
	 .init = signalfd_init,
	 .destroy = fd_destroy,
	 .attach = signalfd_attach,
	 .shared_size = sizeof(struct token),
	 .lock = &signals_loops},
	{VARIANT("posix_mq", "a message in a POSIX message queue", 0, mq_init, mq_destroy,
		 mq_receivers_loops)},
	{VARIANT("posix_mq_room", "room in a POSIX message queue, which mq_send waits for", 1,
		 mq_init, mq_destroy, mq_senders_loops)},
	{VARIANT("sysv_msg", "a message in a System V message queue", 0, message_init,
		 message_destroy, receivers_loops)},
	{VARIANT("sysv_msg_room", "room in a System V message queue, which msgsnd waits for", 1,
		 message_init, message_destroy, senders_loops)},
	{VARIANT("condvar", "a flag under a mutex, which pthread_cond_wait waits for", 0,
		 condition_init, NULL, condition_loops)},
};
SYNC_MECHANISM(token);
