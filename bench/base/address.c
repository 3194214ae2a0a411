/* SPDX-License-Identifier: MIT */
#include "bench/base/address.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/values.h"

#define PORT_MAX 65534u

static int parse_path(const char *text, struct socket_address *ret)
{
	size_t len = strlen(text);

	if (len >= sizeof(ret->un.sun_path))
		return -EINVAL;
	*ret = (struct socket_address){.un.sun_family = AF_UNIX};
	memcpy(ret->un.sun_path, text, len);
	ret->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	return 0;
}

static int parse_vsock(const char *cid, const char *colon, struct socket_address *ret)
{
	char number[16], want[OPTION_WANT];
	uint64_t where, port;

	snprintf(number, sizeof(number), "%.*s", (int)(colon - cid), cid);
	if (option_number(number, 0, UINT32_MAX, &where, want) ||
	    option_number(colon + 1, 1, PORT_MAX, &port, want))
		return -EINVAL;
	*ret = (struct socket_address){.vm = {.svm_family = AF_VSOCK,
					      .svm_cid = (unsigned)where,
					      .svm_port = (unsigned)port},
				       .len = sizeof(ret->vm)};
	return 0;
}

/* A name of a host or its number; of several addresses the first. */
static int parse_inet(const char *text, const char *colon, struct socket_address *ret)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	bool bracket = *text == '[' && colon > text && colon[-1] == ']';
	char host[256], want[OPTION_WANT];
	struct addrinfo *found;
	uint64_t port;
	int length = (int)(colon - text) - 2 * bracket;

	if (length <= 0 || length >= (int)sizeof(host) ||
	    option_number(colon + 1, 1, PORT_MAX, &port, want))
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", length, text + bracket);
	if (getaddrinfo(host, colon + 1, &hints, &found))
		return -EINVAL;
	*ret = (struct socket_address){.len = found->ai_addrlen};
	memcpy(&ret->any, found->ai_addr, found->ai_addrlen); /* of AF_INET or AF_INET6 */
	freeaddrinfo(found);
	return 0;
}

int address_parse(const char *text, struct socket_address *ret, char *want)
{
	const char *colon = strrchr(text, ':');
	int err = -EINVAL;

	if (strchr(text, '/'))
		err = parse_path(text, ret);
	else if (!strncmp(text, "vsock:", 6) && colon > text + 6)
		err = parse_vsock(text + 6, colon, ret);
	else if (colon)
		err = parse_inet(text, colon, ret);
	if (err)
		snprintf(
			want, OPTION_WANT,
			"the path of a socket (up to %zu bytes, with a slash), a HOST:PORT that is "
			"known here, or vsock:CID:PORT; ports from 1 to %u",
			sizeof(ret->un.sun_path) - 1, PORT_MAX);
	return err;
}

void address_next_port(struct socket_address *a)
{
	if (a->any.sa_family == AF_INET)
		a->in.sin_port = htons((uint16_t)(ntohs(a->in.sin_port) + 1));
	else if (a->any.sa_family == AF_INET6)
		a->in6.sin6_port = htons((uint16_t)(ntohs(a->in6.sin6_port) + 1));
	else if (a->any.sa_family == AF_VSOCK)
		a->vm.svm_port++;
}

/* What a killed program left: a socket of ours that refuses. */
static bool is_stale(const struct socket_address *a)
{
	struct stat st;
	int fd;

	if (a->any.sa_family != AF_UNIX || lstat(a->un.sun_path, &st) || !S_ISSOCK(st.st_mode) ||
	    st.st_uid != geteuid())
		return false;
	fd = address_connect(a, 1);
	if (fd >= 0)
		close(fd);
	return fd == -ECONNREFUSED;
}

int address_listen(const struct socket_address *a)
{
	int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, err = 0;

	if (fd < 0)
		return -errno;
	/* connections of a run before may still be ending (tcp(7), TIME_WAIT) */
	if (a->any.sa_family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (is_stale(a))
		unlink(a->un.sun_path);
	if (bind(fd, &a->any, a->len) || listen(fd, SOMAXCONN))
		err = -errno;
	if (err)
		close(fd);
	return err ? err : fd;
}

int address_connect(const struct socket_address *a, unsigned limit_s)
{
	int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), err;
	struct timeval limit = {.tv_sec = limit_s};

	if (fd < 0)
		return -errno;
	/* it bounds connect(2) as well (socket(7)) */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (!connect(fd, &a->any, a->len))
		return fd;
	err = errno == EINPROGRESS || errno == EAGAIN ? -ETIMEDOUT : -errno;
	close(fd);
	return err;
}
