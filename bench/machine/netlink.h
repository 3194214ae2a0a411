/* SPDX-License-Identifier: MIT */
/*
 * Network interfaces of the caller's network namespace: pairs, bridges, addresses (rtnetlink(7),
 * veth(4)).
 */
#ifndef BENCH_MACHINE_NETLINK_H
#define BENCH_MACHINE_NETLINK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Makes the interface `name` and its other end `peer_name`, that one in the namespace of the
 * descriptor `peer_ns`. 0 or -errno.
 */
int netlink_pair(const char *name, const char *peer_name, int peer_ns);

/* Makes the bridge `name`. 0 or -errno. */
int netlink_bridge(const char *name);

/* Sets the interface `name` up, as a port of `bridge` unless that is NULL. 0 or -errno. */
int netlink_up(const char *name, const char *bridge);

/* Whether it carries packets now; what is sent before is dropped. */
bool netlink_is_up(const char *name);

/*
 * Waits until it carries packets: its other end is up, and the kernel has taken note of that. 0 or
 * -ETIMEDOUT.
 */
int netlink_await(const char *name);

/*
 * Gives it an address of `family` (`len` bytes) in a net of `prefix` bits, without a search for
 * others that have it. 0 or -errno.
 */
int netlink_address(const char *name, int family, const void *address, size_t len,
		    unsigned char prefix);

#endif
