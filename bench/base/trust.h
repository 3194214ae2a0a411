/* SPDX-License-Identifier: MIT */
/*
 * Whether files can be trusted on a machine with other users: those made by this user or by root
 * that nobody else can change. And opening of files that are named by the user without going where
 * somebody else leads.
 */
#ifndef BENCH_MACHINE_TRUST_H
#define BENCH_MACHINE_TRUST_H

#include <stdio.h>
#include <sys/types.h>

/*
 * Whether the open file or directory is ours or root's and nobody else can write to it. 0, -EPERM,
 * -errno.
 */
int trust_fd(int fd);

/* The same of what is at `path`, and of the link, if it is one. */
int trust_path(const char *path);

/*
 * Whether names in the directory of `path` stay what they are: it is ours, root's or the owner's of
 * its parent, and others cannot rename what is ours in it. 0, -EPERM, -errno.
 */
int trust_beside(const char *path);

/*
 * Like fopen() for writing, but neither a link nor a FIFO of another user is followed: then NULL
 * with EPERM.
 */
FILE *trust_fopen(const char *path, const char *mode);

#endif
