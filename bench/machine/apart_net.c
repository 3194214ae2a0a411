/* SPDX-License-Identifier: MIT */
/*
 * Network namespaces of the sides. A process of ours makes them and what joins them, hands over
 * their descriptors, and ends: they live as long as somebody holds one, and what is in them ends
 * with them.
 */
#include "bench/machine/apart_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/machine/netlink.h"

#define SIDE_LINK "eth0"
#define BRIDGE "br0"

/* Nets for benchmarks, which nothing else uses: RFC 2544, and RFC 5180 for IPv6. */
#define NET_V4 0xc6120000u /* 198.18.0.0 */
#define NET_V6 "2001:2::"
#define PREFIX_V4 24
#define PREFIX_V6 64

static void answer(int to, const struct apart_reply *r, const int *fds)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE((APART_NETS_MAX + 1) * sizeof(int))];
	} control = {.room = ""};
	struct iovec data = {(void *)(uintptr_t)r, sizeof(*r)};
	struct msghdr m = {.msg_iov = &data, .msg_iovlen = 1};

	if (r->n_fds) {
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(r->n_fds * sizeof(int));
		control.head = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
						.cmsg_type = SCM_RIGHTS,
						.cmsg_len = CMSG_LEN(r->n_fds * sizeof(int))};
		memcpy(CMSG_DATA(&control.head), fds, r->n_fds * sizeof(int));
	}
	sendmsg(to, &m, MSG_NOSIGNAL);
}

static int hear(int from, struct apart_reply *r, int *fds)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE((APART_NETS_MAX + 1) * sizeof(int))];
	} control = {.room = ""};
	struct iovec data = {r, sizeof(*r)};
	struct msghdr m = {.msg_iov = &data,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	ssize_t n;

	do
		n = recvmsg(from, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(*r))
		return n < 0 ? -errno : -ECHILD;
	if (r->n_fds && m.msg_controllen < CMSG_LEN(r->n_fds * sizeof(int)))
		return -EMFILE; /* the rest was dropped: no room for more descriptors */
	memcpy(fds, CMSG_DATA(&control.head), r->n_fds * sizeof(int));
	return r->err;
}

int apart_ask(void (*job)(const struct apart *a, struct apart_reply *r, int *fds),
	      const struct apart *a, struct apart_reply *r, int *fds)
{
	int pair[2], err;
	pid_t pid;

	*r = (struct apart_reply){.err = 0};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		job(a, r, fds);
		answer(pair[1], r, fds);
		_exit(0);
	}
	close(pair[1]);
	err = pid < 0 ? -errno : hear(pair[0], r, fds);
	close(pair[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return err;
}

int apart_net_enter(const struct apart *a, unsigned nth)
{
	if (a->user_fd >= 0 && setns(a->user_fd, CLONE_NEWUSER))
		return -errno;
	return setns(a->fd[nth], CLONE_NEWNET) ? -errno : 0;
}

/* Notes at what the job failed, the first time; the error. */
static int failed(struct apart_reply *r, int err, const char *step)
{
	if (err && !r->err) {
		r->err = err;
		snprintf(r->step, sizeof(r->step), "%s", step);
	}
	return r->err;
}

/*
 * In the namespace of a side: its end of the pair. A kernel without IPv6 has no such address, and
 * rows say so.
 */
static int set_side_up(struct apart_reply *r, int net, unsigned side)
{
	struct in_addr v4 = {htonl(NET_V4 + 1 + side % 2)};
	struct in6_addr v6;

	inet_pton(AF_INET6, NET_V6, &v6);
	v6.s6_addr[15] = (uint8_t)(1 + side % 2);
	if (setns(net, CLONE_NEWNET))
		return failed(r, -errno, "setns");
	failed(r, netlink_address(SIDE_LINK, AF_INET, &v4, sizeof(v4), PREFIX_V4), "address");
	netlink_address(SIDE_LINK, AF_INET6, &v6, sizeof(v6), PREFIX_V6);
	return failed(r, netlink_up(SIDE_LINK, NULL), "link up");
}

static const char *const ports[] = {"port0", "port1"};

/* In the namespace of a bridge. */
static void await_ports(struct apart_reply *r, int bridge)
{
	failed(r, setns(bridge, CLONE_NEWNET) ? -errno : 0, "setns");
	for (unsigned i = 0; !r->err && i < 2; i++)
		failed(r, netlink_await(ports[i]), "wait for the port");
}

/*
 * Joins sides `first` and `first` + 1: fd[] as apart.fd, of which `bridge` is where a bridge is
 * made.
 */
static void join(struct apart_reply *r, const int *fd, unsigned first, int bridge)
{
	if (setns(bridge < 0 ? fd[first] : bridge, CLONE_NEWNET)) {
		failed(r, -errno, "setns");
		return;
	}
	if (bridge < 0) {
		failed(r, netlink_pair(SIDE_LINK, SIDE_LINK, fd[first + 1]), "veth pair");
	} else {
		failed(r, netlink_bridge(BRIDGE), "bridge");
		failed(r, netlink_up(BRIDGE, NULL), "bridge up");
	}
	for (unsigned i = 0; bridge >= 0 && !r->err && i < 2; i++) {
		failed(r, netlink_pair(ports[i], SIDE_LINK, fd[first + i]), "veth pair");
		failed(r, netlink_up(ports[i], BRIDGE), "bridge port");
	}
	for (unsigned i = 0; !r->err && i < 2; i++)
		set_side_up(r, fd[first + i], first + i);
	for (unsigned i = 0; !r->err && i < 2; i++) {
		failed(r, setns(fd[first + i], CLONE_NEWNET) ? -errno : 0, "setns");
		failed(r, netlink_await(SIDE_LINK), "wait for the link");
	}
	if (bridge >= 0 && !r->err)
		await_ports(r, bridge);
}

/*
 * All namespaces, first those of the sides, then those of the bridges; then the user's, where there
 * is one.
 */
static void make_nets(const struct apart *a, struct apart_reply *r, int *fds)
{
	unsigned n = a->n + (a->way.bridge ? a->n / 2 : 0);

	for (unsigned i = 0; i < n && !r->err; i++) {
		failed(r,
		       i ? (unshare(CLONE_NEWNET) ? -errno : 0)
			 : apart_leave(a, CLONE_NEWNET, &r->by_user),
		       "unshare");
		fds[i] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
		failed(r, fds[i] < 0 ? -errno : 0, "/proc/self/ns/net");
	}
	for (unsigned i = 0; i + 1 < a->n && !r->err; i += 2)
		join(r, fds, i, a->way.bridge ? fds[a->n + i / 2] : -1);
	if (r->err)
		return;
	if (r->by_user) {
		fds[n] = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
		if (failed(r, fds[n] < 0 ? -errno : 0, "/proc/self/ns/user"))
			return;
	}
	r->n_fds = n + r->by_user;
}

int apart_net_begin(struct apart *a, struct apart_reply *r)
{
	int fds[APART_NETS_MAX + 1];
	int err = apart_ask(make_nets, a, r, fds);

	if (err)
		return err;
	a->n_fds = r->n_fds - r->by_user;
	memcpy(a->fd, fds, a->n_fds * sizeof(*fds));
	if (r->by_user)
		a->user_fd = fds[a->n_fds];
	return 0;
}

/* What a socket is to be, and of whom. */
struct socket_job {
	struct apart a;
	unsigned side;
	int domain, type;
};

static void make_socket(const struct apart *a, struct apart_reply *r, int *fds)
{
	/* apart_ask() hands on what it was given: the first member of a job */
	const struct socket_job *job = (const struct socket_job *)(const void *)a;

	if (failed(r, apart_net_enter(a, job->side), "setns"))
		return;
	fds[0] = socket(job->domain, job->type, 0);
	r->n_fds = !failed(r, fds[0] < 0 ? -errno : 0, "socket");
}

int apart_socket(const struct apart *a, unsigned side, int domain, int type)
{
	struct socket_job job;
	struct apart_reply r;
	int fds[APART_NETS_MAX + 1] = {-1}, err;

	if (!a || a->way.kind != APART_NET || a->entered) {
		fds[0] = socket(domain, type, 0);
		return fds[0] < 0 ? -errno : fds[0];
	}
	job = (struct socket_job){.a = *a, .side = side, .domain = domain, .type = type};
	err = apart_ask(make_socket, &job.a, &r, fds);
	return err ? err : fds[0];
}

socklen_t apart_address(const struct apart *a, unsigned side, int domain,
			struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

	if (!a || a->way.kind != APART_NET)
		return 0;
	memset(ret, 0, sizeof(*ret));
	if (domain == AF_INET) {
		v4->sin_family = AF_INET;
		v4->sin_addr.s_addr = htonl(NET_V4 + 1 + side % 2);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	inet_pton(AF_INET6, NET_V6, &v6->sin6_addr);
	v6->sin6_addr.s6_addr[15] = (uint8_t)(1 + side % 2);
	return sizeof(*v6);
}
