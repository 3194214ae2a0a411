/* SPDX-License-Identifier: MIT */
/* What apart.c has in common with apart_net.c. */
#ifndef BENCH_MACHINE_APART_NET_H
#define BENCH_MACHINE_APART_NET_H

#include "bench/machine/apart.h"

/* What a process that goes elsewhere for us says of it. */
struct apart_reply {
	int err;	/* 0 or -errno */
	bool by_user;	/* a user namespace was made for it */
	unsigned n_fds; /* descriptors that it hands over */
	char step[48];	/* at what it failed */
};

/*
 * Runs `job` in a process of its own, which may go where this one is not to; its descriptors into
 * fds (APART_NETS_MAX
 * + 1 of them). 0, or what the job says, or -errno.
 */
int apart_ask(void (*job)(const struct apart *a, struct apart_reply *r, int *fds),
	      const struct apart *a, struct apart_reply *r, int *fds);

/* unshare(2); where that takes more rights, in a user namespace of its own as well. 0 or -errno. */
int apart_leave(const struct apart *a, int flags, bool *by_user);

/* The user of a new user namespace is the one it was. 0 or -errno. */
int apart_map_self(const struct apart *a);

/* The network namespaces and what joins them. 0 or -errno with `step`. */
int apart_net_begin(struct apart *a, struct apart_reply *r);

/* The caller goes to network namespace `nth`. 0 or -errno. */
int apart_net_enter(const struct apart *a, unsigned nth);

#endif
