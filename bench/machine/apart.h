/* SPDX-License-Identifier: MIT */
/*
 * The sides of a measurement apart from each other: each in a control group or a namespace of its
 * own (cgroups(7), namespaces(7)), or under a filter of system calls of its own (seccomp(2)).
 * Namespaces end with the processes and descriptors that hold them, whatever ends those; groups are
 * named by names.h, so that a later run finds them.
 *
 * What an ordinary user may not do, it does in user namespaces of its own, where it may make those.
 */
#ifndef BENCH_MACHINE_APART_H
#define BENCH_MACHINE_APART_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define APART_NAME 16	   /* bytes that hold any name of a way */
#define APART_WHY 160	   /* bytes of a reason */
#define APART_NOTE 96	   /* bytes of what came of it */
#define APART_DEPTH_MAX 32 /* groups one in the other */
/* Network namespaces: what one message can carry (unix(7): SCM_MAX_FD). */
#define APART_NETS_MAX 192

enum apart_kind {
	APART_NONE,
	APART_CGROUP,  /* `depth` groups, one in the other, for each side */
	APART_NET,     /* joined by a veth pair, or each by one to a bridge in a third namespace */
	APART_IPC,     /* System V objects and POSIX message queues */
	APART_PID,     /* each side is the first process of its namespace */
	APART_USER,    /* its user is the same, and has rights only inside */
	APART_SECCOMP, /* a filter that looks at each call, as a container's does */
	APART_KINDS
};

struct apart_way {
	enum apart_kind kind;
	unsigned depth; /* of APART_CGROUP */
	bool bridge;	/* of APART_NET */
};

struct apart {
	struct apart_way way;
	unsigned n;		/* sides */
	bool by_user;		/* user namespaces are made for it */
	bool entered;		/* this process is where its side belongs */
	char note[APART_NOTE];	/* what came of it: items name=value joined by + */
	uint64_t home;		/* where the driver is: see apart_where() */
	int user_fd;		/* the user namespace that owns the network namespaces; -1 = none */
	int fd[APART_NETS_MAX]; /* network namespaces: those of the sides first */
	unsigned n_fds;		/* of those */
	char (*group)[PATH_MAX]; /* [n] directory of each side's group; NULL = none */
	char (*name)[40];	 /* [n] name of each side's outermost group */
	uid_t uid;		 /* whose they are */
	gid_t gid;
};

/* "cgroup:5", "net:bridge", "none" and so on into *ret. 0, or -EINVAL. */
int apart_parse(const char *text, struct apart_way *ret);

/*
 * The same the other way round, into `text` (APART_NAME bytes); what says nothing new is left out.
 */
void apart_name(const struct apart_way *way, char *text);

/*
 * Makes ready what `n` sides need. Driver, after names_begin(). 0; or -errno with `why` (APART_WHY
 * bytes), where this kernel, user or container has no such thing. apart_end() in any case.
 */
int apart_begin(struct apart *a, const struct apart_way *way, unsigned n, char *why);

/* Ends it; the sides have ended. */
void apart_end(struct apart *a);

/* fork(2) of a side. */
pid_t apart_fork(const struct apart *a);

/* The side, before all else: goes to where it belongs. 0 or -errno with `why`. */
int apart_enter(struct apart *a, unsigned side, char *why);

/*
 * Where the caller is: a number that is the same for any two that are not apart in that way; of
 * APART_SECCOMP, how many filters it has, or UINT64_MAX. 0 = it cannot be known.
 */
uint64_t apart_where(const struct apart *a);

/*
 * Whether two sides that were at those places at their end were apart, from each other and from the
 * driver.
 */
bool apart_were(const struct apart *a, uint64_t one, uint64_t other);

/* socket(2), for `side`, where its network is: in the driver, and in the side itself. */
int apart_socket(const struct apart *a, unsigned side, int domain, int type);

/*
 * The address of a side in a network of its own, of AF_INET or AF_INET6, into *ret; its length, 0 =
 * it has none.
 */
socklen_t apart_address(const struct apart *a, unsigned side, int domain,
			struct sockaddr_storage *ret);

#endif
