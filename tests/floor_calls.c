/* SPDX-License-Identifier: MIT */
/* needs: liburing */
/*
 * Floors of make bench-self: for each mechanism that sleeps, the least that a round trip of SIZE
 * bytes can be with the same system calls: one to send, one to receive, a word of the payload
 * written before and checked after. Both sides on one PU, so that a round trip is these calls and
 * two switches. Shares nothing with bench/, so that a fault there cannot be on both sides.
 * usage: floor_calls MECHANISM PU ROUND_TRIPS SIZE; prints the mean round trip in ns.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#if __has_include(<liburing.h>)
#include <liburing.h>
#define RINGS 1
#endif

#define WARM_NS 5e7 /* before the clock starts, the longest that bench/ warms up */
#define WARM_TRIPS 100
#define SIZE_MAX_B 4096

/* Per direction, 0 = there, 1 = back: descriptors, queues, semaphores, words. */
static int out[2], in[2];
static struct {
	sem_t sem[2];
	_Atomic uint32_t word[2];
} * shared;
static int me;
static size_t size;
static struct {
	long type;
	uint8_t bytes[SIZE_MAX_B];
} message = {.type = 1};

#define PAGE_B 4096
#define PAGES 33 /* as ipc/pipe_vmsplice.c goes round in */
static pid_t peer;
static int passed;
static uint8_t *pages;
static unsigned next_page;
static sigset_t awaited[2]; /* by each side */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int sure(int result, const char *what)
{
	if (result < 0)
		die(what);
	return result;
}

static void open_pipe(void)
{
	for (int d = 0; d < 2; d++) {
		int fd[2];

		sure(pipe(fd), "pipe");
		in[d] = fd[0];
		out[d] = fd[1];
	}
}

static void open_fifo(void)
{
	for (int d = 0; d < 2; d++) {
		char name[] = "/tmp/handoff-floor-XXXXXX";

		sure(mkstemp(name), "mkstemp");
		unlink(name);
		sure(mkfifo(name, 0600), "mkfifo");
		in[d] = sure(open(name, O_RDWR), "open");
		out[d] = sure(open(name, O_WRONLY), "open");
		unlink(name);
	}
}

static void open_pair(int type)
{
	int fd[2];

	sure(socketpair(AF_UNIX, type, 0, fd), "socketpair");
	out[0] = in[1] = fd[0];
	out[1] = in[0] = fd[1];
}

static int bound(int type, struct sockaddr_in *at)
{
	int fd = sure(socket(AF_INET, type, 0), "socket");
	socklen_t len = sizeof(*at);

	*at = (struct sockaddr_in){.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	sure(bind(fd, (struct sockaddr *)at, len), "bind");
	sure(getsockname(fd, (struct sockaddr *)at, &len), "getsockname");
	return fd;
}

static void open_udp(void)
{
	struct sockaddr_in at[2];
	int fd[2] = {bound(SOCK_DGRAM, &at[0]), bound(SOCK_DGRAM, &at[1])};

	for (int side = 0; side < 2; side++)
		sure(connect(fd[side], (struct sockaddr *)&at[!side], sizeof(at[0])), "connect");
	out[0] = in[1] = fd[0];
	out[1] = in[0] = fd[1];
}

static void open_tcp(void)
{
	int fd[2], yes = 1, listener;
	struct sockaddr_in at;

	listener = bound(SOCK_STREAM, &at);
	sure(listen(listener, 1), "listen");
	fd[0] = sure(socket(AF_INET, SOCK_STREAM, 0), "socket");
	sure(connect(fd[0], (struct sockaddr *)&at, sizeof(at)), "connect");
	fd[1] = sure(accept(listener, NULL, NULL), "accept");
	for (int side = 0; side < 2; side++)
		setsockopt(fd[side], IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	out[0] = in[1] = fd[0];
	out[1] = in[0] = fd[1];
}

static void open_mq(void)
{
	for (int d = 0; d < 2; d++) {
		struct mq_attr attr = {.mq_maxmsg = 8, .mq_msgsize = (long)size};
		char name[64];

		snprintf(name, sizeof(name), "/handoff-floor-%d-%d", getpid(), d);
		in[d] = out[d] =
			sure(mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr), "mq_open");
		mq_unlink(name);
	}
}

static void open_eventfd(void)
{
	for (int d = 0; d < 2; d++)
		in[d] = out[d] = sure(eventfd(0, 0), "eventfd");
}

/* Removed when the last message is over: System V objects outlive their processes. */
static void open_msg(void)
{
	for (int d = 0; d < 2; d++)
		in[d] = out[d] = sure(msgget(IPC_PRIVATE, 0600), "msgget");
}

static void open_semop(void)
{
	for (int d = 0; d < 2; d++)
		in[d] = out[d] = sure(semget(IPC_PRIVATE, 1, 0600), "semget");
}

/* The initiator has the master. */
static void open_pty(void)
{
	int master = sure(posix_openpt(O_RDWR | O_NOCTTY), "posix_openpt"), slave;
	struct termios raw;

	sure(grantpt(master), "grantpt");
	sure(unlockpt(master), "unlockpt");
	slave = sure(open(ptsname(master), O_RDWR | O_NOCTTY), "open");
	sure(tcgetattr(slave, &raw), "tcgetattr");
	cfmakeraw(&raw);
	sure(tcsetattr(slave, TCSANOW, &raw), "tcsetattr");
	out[0] = in[1] = master;
	out[1] = in[0] = slave;
}

/* What is sent is one and the same eventfd; see ipc/unix_descriptor.c. */
static void open_descriptor(void)
{
	open_pair(SOCK_SEQPACKET);
	passed = sure(eventfd(0, 0), "eventfd");
}

/* A page that is sent must stay as it is until it is read: a pipe of 16 has 16 behind it. */
static void open_pages(void)
{
	open_pipe();
	pages = mmap(NULL, PAGES * PAGE_B, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (pages == MAP_FAILED)
		die("floor_calls: mmap");
}

static void open_signal(void)
{
	sigset_t both;

	sigemptyset(&both);
	for (int side = 0; side < 2; side++) {
		sigemptyset(&awaited[side]);
		sigaddset(&awaited[side], SIGRTMIN + 1 + side);
		sigaddset(&both, SIGRTMIN + 1 + side);
	}
	sigprocmask(SIG_BLOCK, &both, NULL);
}

static void nothing(void)
{
}

static ssize_t send_fd(void)
{
	return write(out[me], message.bytes, size);
}

static ssize_t recv_fd(void)
{
	return read(in[!me], message.bytes, size);
}

static ssize_t send_mq(void)
{
	return mq_send(out[me], (char *)message.bytes, size, 0) ? -1 : (ssize_t)size;
}

static ssize_t recv_mq(void)
{
	return mq_receive(in[!me], (char *)message.bytes, size, NULL);
}

static ssize_t send_msg(void)
{
	return msgsnd(out[me], &message, size, 0) ? -1 : (ssize_t)size;
}

static ssize_t recv_msg(void)
{
	return msgrcv(in[!me], &message, size, 0, 0);
}

static ssize_t send_event(void)
{
	uint64_t one = 1;

	return write(out[me], &one, sizeof(one)) < 0 ? -1 : (ssize_t)size;
}

static ssize_t recv_event(void)
{
	uint64_t count;

	return read(in[!me], &count, sizeof(count)) < 0 ? -1 : (ssize_t)size;
}

static ssize_t send_sem(void)
{
	return sem_post(&shared->sem[me]) ? -1 : (ssize_t)size;
}

static ssize_t recv_sem(void)
{
	return sem_wait(&shared->sem[!me]) ? -1 : (ssize_t)size;
}

static ssize_t send_semop(void)
{
	struct sembuf up = {.sem_op = 1};

	return semop(out[me], &up, 1) ? -1 : (ssize_t)size;
}

static ssize_t recv_semop(void)
{
	struct sembuf down = {.sem_op = -1};

	return semop(in[!me], &down, 1) ? -1 : (ssize_t)size;
}

static ssize_t send_futex(void)
{
	atomic_store_explicit(&shared->word[me], 1, memory_order_release);
	return syscall(SYS_futex, &shared->word[me], FUTEX_WAKE, 1, NULL, NULL, 0) < 0
		       ? -1
		       : (ssize_t)size;
}

static ssize_t recv_futex(void)
{
	while (!atomic_exchange_explicit(&shared->word[!me], 0, memory_order_acquire))
		syscall(SYS_futex, &shared->word[!me], FUTEX_WAIT, 0, NULL, NULL, 0);
	return (ssize_t)size;
}

static ssize_t send_signal(void)
{
	siginfo_t info = {.si_signo = SIGRTMIN + 1 + !me, .si_code = SI_QUEUE};

	return syscall(SYS_rt_sigqueueinfo, peer, info.si_signo, &info) ? -1 : (ssize_t)size;
}

static ssize_t recv_signal(void)
{
	siginfo_t info;

	return sigwaitinfo(&awaited[me], &info) < 0 ? -1 : (ssize_t)size;
}

/* A descriptor beside the bytes; the receiver closes what it got. */
union beside {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static ssize_t send_descriptor(void)
{
	union beside b = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct iovec bytes = {message.bytes, size};
	struct msghdr m = {.msg_iov = &bytes,
			   .msg_iovlen = 1,
			   .msg_control = &b,
			   .msg_controllen = sizeof(b.room)};

	memcpy(CMSG_DATA(&b.header), &passed, sizeof(passed));
	return sendmsg(out[me], &m, 0);
}

static ssize_t recv_descriptor(void)
{
	union beside b;
	struct iovec bytes = {message.bytes, size};
	struct msghdr m = {.msg_iov = &bytes,
			   .msg_iovlen = 1,
			   .msg_control = &b,
			   .msg_controllen = sizeof(b.room)};
	ssize_t n = recvmsg(in[!me], &m, 0);
	int got;

	memcpy(&got, CMSG_DATA(&b.header), sizeof(got));
	return close(got) ? -1 : n;
}

static ssize_t send_page(void)
{
	struct iovec page = {pages + next_page * PAGE_B, size};

	next_page = next_page + 1 < PAGES ? next_page + 1 : 0;
	memcpy(page.iov_base, message.bytes, sizeof(uint64_t)); /* the word that was written */
	return vmsplice(out[me], &page, 1, 0);
}

/* The message is at the same address on the other side, for one was forked from the other. */
static ssize_t recv_vm(void)
{
	struct iovec bytes = {message.bytes, size};

	recv_futex();
	return process_vm_readv(peer, &bytes, 1, &bytes, 1, 0);
}

static void open_stream(void)
{
	open_pair(SOCK_STREAM);
}

#ifdef RINGS
#define ENTRIES 4
static struct io_uring ring[2]; /* of each side */

static void make_ring(int side)
{
	if (io_uring_queue_init(ENTRIES, &ring[side], 0))
		die("floor_calls: io_uring_queue_init");
}

static void make_own_ring(void)
{
	make_ring(me);
}

/* Each posts into the other's, so both are there before the fork. */
static void open_rings(void)
{
	make_ring(0);
	make_ring(1);
}

/* Takes the completion that was waited for: its result. */
static ssize_t completed(void)
{
	struct io_uring_cqe *cqe;
	ssize_t n = io_uring_wait_cqe(&ring[me], &cqe);

	if (n)
		return n;
	n = cqe->res;
	io_uring_cqe_seen(&ring[me], cqe);
	return n;
}

/* One call submits and waits. */
static ssize_t send_uring(void)
{
	io_uring_prep_send(io_uring_get_sqe(&ring[me]), out[me], message.bytes, size, MSG_NOSIGNAL);
	return io_uring_submit_and_wait(&ring[me], 1) < 0 ? -1 : completed();
}

static ssize_t recv_uring(void)
{
	io_uring_prep_recv(io_uring_get_sqe(&ring[me]), in[!me], message.bytes, size, 0);
	return io_uring_submit_and_wait(&ring[me], 1) < 0 ? -1 : completed();
}

/* The other's completion carries `size`; of ours there is none. */
static ssize_t send_ring_message(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring[me]);

	io_uring_prep_msg_ring(sqe, ring[!me].ring_fd, (unsigned)size, 0, 0);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	return io_uring_submit(&ring[me]) == 1 ? (ssize_t)size : -1;
}
#endif

static void open_dgram(void)
{
	open_pair(SOCK_DGRAM);
}

static void open_seqpacket(void)
{
	open_pair(SOCK_SEQPACKET);
}

static const struct mechanism {
	const char *name;
	void (*open)(void);
	ssize_t (*send)(void);
	ssize_t (*recv)(void);
	bool notifies;	     /* carries no payload: none is written or checked */
	void (*start)(void); /* what a side needs of its own, after the fork */
} mechanisms[] = {
	{"pipe", open_pipe, send_fd, recv_fd, false, NULL},
	{"fifo", open_fifo, send_fd, recv_fd, false, NULL},
	{"unix_stream", open_stream, send_fd, recv_fd, false, NULL},
	{"unix_dgram", open_dgram, send_fd, recv_fd, false, NULL},
	{"unix_seqpacket", open_seqpacket, send_fd, recv_fd, false, NULL},
	{"tcp", open_tcp, send_fd, recv_fd, false, NULL},
	{"udp", open_udp, send_fd, recv_fd, false, NULL},
	{"posix_mq", open_mq, send_mq, recv_mq, false, NULL},
	{"sysv_msg", open_msg, send_msg, recv_msg, false, NULL},
	{"eventfd", open_eventfd, send_event, recv_event, true, NULL},
	{"sem_pair_posix", nothing, send_sem, recv_sem, true, NULL},
	{"sem_pair_sysv", open_semop, send_semop, recv_semop, true, NULL},
	{"futex", nothing, send_futex, recv_futex, true, NULL},
	{"signal", open_signal, send_signal, recv_signal, true, NULL},
	{"pty", open_pty, send_fd, recv_fd, false, NULL},
	{"unix_descriptor", open_descriptor, send_descriptor, recv_descriptor, false, NULL},
	{"pipe_vmsplice", open_pages, send_page, recv_fd, false, NULL},
	{"process_vm", nothing, send_futex, recv_vm, false, NULL},
#ifdef RINGS
	{"io_uring", open_stream, send_uring, recv_uring, false, make_own_ring},
	{"io_uring_msg", open_rings, send_ring_message, completed, true, NULL},
#endif
};

static void pin(const char *pu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)atoi(pu), &set);
	sure(sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void send_checked(const struct mechanism *m, uint64_t word)
{
	if (!m->notifies)
		memcpy(message.bytes, &word, sizeof(word));
	if (m->send() != (ssize_t)size)
		die("floor_calls: send");
}

static void receive_checked(const struct mechanism *m, uint64_t word)
{
	if (m->recv() != (ssize_t)size ||
	    (!m->notifies && memcmp(message.bytes, &word, sizeof(word))))
		die("floor_calls: receive");
}

/* `n` round trips after the first `done`; the number of them all. */
static uint64_t ping(const struct mechanism *m, uint64_t done, uint64_t n)
{
	for (uint64_t i = done; i < done + n; i++) {
		send_checked(m, i << 1);
		receive_checked(m, i << 1 | 1);
	}
	return done + n;
}

/* Until it is killed. */
static void pong(const struct mechanism *m)
{
	for (uint64_t i = 0;; i++) {
		receive_checked(m, i << 1);
		send_checked(m, i << 1 | 1);
	}
}

static void begin_side(const struct mechanism *m, int side, pid_t other)
{
	me = side;
	peer = other;
	if (m->start)
		m->start();
}

static const struct mechanism *find(const char *name)
{
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
		if (!strcmp(name, mechanisms[i].name))
			return &mechanisms[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct mechanism *m = argc == 5 ? find(argv[1]) : NULL;
	long n = m ? atol(argv[3]) : 0;
	uint64_t done = 0;
	double begin;
	pid_t child;

	size = m ? (size_t)atol(argv[4]) : 0;
	if (n <= 0 || size < sizeof(uint64_t) || size > SIZE_MAX_B) {
		fprintf(stderr, "usage: floor_calls MECHANISM PU ROUND_TRIPS SIZE\n");
		return 64;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		die("floor_calls: mmap");
	for (int d = 0; d < 2; d++)
		sem_init(&shared->sem[d], 1, 0);
	m->open();
	pin(argv[2]);
	child = fork();
	if (!child) {
		begin_side(m, 1, getppid());
		pong(m);
	}
	begin_side(m, 0, child);
	for (begin = now_ns(); now_ns() - begin < WARM_NS;)
		done = ping(m, done, WARM_TRIPS);
	begin = now_ns();
	ping(m, done, (uint64_t)n);
	printf("%.3f\n", (now_ns() - begin) / (double)n);
	kill(child, SIGKILL);
	wait(NULL);
	for (int d = 0; d < 2; d++) {
		if (m->send == send_msg)
			msgctl(out[d], IPC_RMID, NULL);
		if (m->send == send_semop)
			semctl(out[d], 0, IPC_RMID);
	}
	return 0;
}
