/* SPDX-License-Identifier: MIT */
/* One request to the kernel and its answer at a time. */
#include "bench/machine/netlink.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The other end has so long to come up; the kernel looks once a second (net/core/link_watch.c). */
#define AWAIT_MS 3000

#define OPER_UP 6      /* IF_OPER_UP of linux/if.h, which does not go with net/if.h */
#define ANSWER_B 16384 /* what the kernel says of a link: some 2 kB */

/* A message, its own header, and attributes. */
struct request {
	struct nlmsghdr head;
	char rest[512];
};

_Static_assert(sizeof(struct nlmsghdr) == NLMSG_HDRLEN, "what follows is aligned");

static void begin(struct request *r, unsigned short type, unsigned short flags, const void *header,
		  size_t len)
{
	memset(r, 0, sizeof(*r));
	r->head.nlmsg_type = type;
	r->head.nlmsg_flags = (unsigned short)(NLM_F_REQUEST | NLM_F_ACK | flags);
	memcpy(r->rest, header, len);
	r->head.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + NLMSG_ALIGN(len));
}

/* Adds bytes as they are: an attribute, or the header inside one. */
static void add_raw(struct request *r, const void *data, size_t len)
{
	memcpy((char *)r + r->head.nlmsg_len, data, len);
	r->head.nlmsg_len += (uint32_t)NLMSG_ALIGN(len);
}

/* An attribute; one without data holds those that follow, until close_nest(). Returns its place. */
static size_t add(struct request *r, unsigned short type, const void *data, size_t len)
{
	struct rtattr a = {.rta_len = (unsigned short)RTA_LENGTH(len), .rta_type = type};
	size_t at = r->head.nlmsg_len;

	add_raw(r, &a, sizeof(a));
	if (data)
		add_raw(r, data, len);
	return at;
}

static void close_nest(struct request *r, size_t at)
{
	struct rtattr a;

	memcpy(&a, (char *)r + at, sizeof(a));
	a.rta_len = (unsigned short)(r->head.nlmsg_len - at);
	memcpy((char *)r + at, &a, sizeof(a));
}

/*
 * Sends it and waits for the kernel's answer, of at most `size` bytes: how many they are, or
 * -errno.
 */
static ssize_t talk(const struct request *r, void *answer, size_t size)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = send(fd, r, r->head.nlmsg_len, 0);
	if (n >= 0)
		n = recv(fd, answer, size, 0);
	if (n < 0)
		n = -errno;
	close(fd);
	return n;
}

/* Sends what is to be done: 0 or -errno. */
static int ask(const struct request *r)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[512];
	} answer = {0};
	ssize_t n = talk(r, &answer, sizeof(answer));

	if (n < 0)
		return (int)n;
	if ((size_t)n < sizeof(answer.head) + sizeof(answer.error.error) ||
	    answer.head.nlmsg_type != NLMSG_ERROR)
		return -EIO;
	return answer.error.error; /* 0 = done */
}

static void add_name(struct request *r, const char *name)
{
	add(r, IFLA_IFNAME, name, strlen(name) + 1);
}

int netlink_pair(const char *name, const char *peer_name, int peer_ns)
{
	const struct ifinfomsg any = {.ifi_family = AF_UNSPEC};
	size_t info, data, peer;
	struct request r;

	begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &any, sizeof(any));
	add_name(&r, name);
	info = add(&r, IFLA_LINKINFO, NULL, 0);
	add(&r, IFLA_INFO_KIND, "veth", sizeof("veth"));
	data = add(&r, IFLA_INFO_DATA, NULL, 0);
	peer = add(&r, VETH_INFO_PEER, NULL, 0);
	add_raw(&r, &any, sizeof(any));
	add_name(&r, peer_name);
	add(&r, IFLA_NET_NS_FD, &peer_ns, sizeof(peer_ns));
	close_nest(&r, peer);
	close_nest(&r, data);
	close_nest(&r, info);
	return ask(&r);
}

int netlink_bridge(const char *name)
{
	const struct ifinfomsg any = {.ifi_family = AF_UNSPEC};
	struct request r;
	size_t info;

	begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &any, sizeof(any));
	add_name(&r, name);
	info = add(&r, IFLA_LINKINFO, NULL, 0);
	add(&r, IFLA_INFO_KIND, "bridge", sizeof("bridge"));
	close_nest(&r, info);
	return ask(&r);
}

int netlink_up(const char *name, const char *bridge)
{
	struct ifinfomsg link = {
		.ifi_index = (int)if_nametoindex(name), .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	uint32_t master = bridge ? if_nametoindex(bridge) : 0;
	struct request r;

	if (!link.ifi_index || (bridge && !master))
		return -ENODEV;
	begin(&r, RTM_NEWLINK, 0, &link, sizeof(link));
	if (bridge)
		add(&r, IFLA_MASTER, &master, sizeof(master));
	return ask(&r);
}

/*
 * RFC 2863's state, which the kernel sets in its own time
 * (Documentation/networking/operstates.rst). IFF_RUNNING is set earlier: with a state that is not
 * known yet, and before there is a queue. The question itself brings the state up to date (from
 * Linux 6.8 on: linkwatch_sync_dev() of net/core/link_watch.c).
 */
bool netlink_is_up(const char *name)
{
	struct ifinfomsg link = {.ifi_index = (int)if_nametoindex(name)};
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
		char rest[ANSWER_B];
	} answer = {0};
	const struct rtattr *a = (const struct rtattr *)answer.rest;
	struct request r;
	ssize_t n;

	begin(&r, RTM_GETLINK, 0, &link, sizeof(link));
	n = talk(&r, &answer, sizeof(answer));
	if (n < (ssize_t)offsetof(typeof(answer), rest) || answer.head.nlmsg_type != RTM_NEWLINK)
		return false;
	n = answer.head.nlmsg_len < n ? answer.head.nlmsg_len : n;
	n -= (ssize_t)offsetof(typeof(answer), rest);
	for (; RTA_OK(a, n); a = RTA_NEXT(a, n))
		if (a->rta_type == IFLA_OPERSTATE)
			return *(const uint8_t *)RTA_DATA(a) == OPER_UP;
	return false;
}

int netlink_await(const char *name)
{
	for (int ms = 0; ms < AWAIT_MS; ms++) {
		if (netlink_is_up(name))
			return 0;
		usleep(1000);
	}
	return -ETIMEDOUT;
}

int netlink_address(const char *name, int family, const void *address, size_t len,
		    unsigned char prefix)
{
	struct ifaddrmsg a = {.ifa_family = (unsigned char)family,
			      .ifa_prefixlen = prefix,
			      .ifa_flags = IFA_F_NODAD,
			      .ifa_index = if_nametoindex(name)};
	struct request r;

	if (!a.ifa_index)
		return -ENODEV;
	begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &a, sizeof(a));
	add(&r, IFA_LOCAL, address, len);
	add(&r, IFA_ADDRESS, address, len);
	return ask(&r);
}
