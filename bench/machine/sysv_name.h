/* SPDX-License-Identifier: MIT */
/* The System V part of names.c: objects that have a key of 32 bits instead of a name. */
#ifndef BENCH_MACHINE_SYSV_NAME_H
#define BENCH_MACHINE_SYSV_NAME_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "bench/machine/names.h"

#define SYSV_KEY 0x484f0000  /* "HO", the upper half of every key of ours */
#define SYSV_KEY_LOW 0xffffu /* the half that is free */

/*
 * Key of object `n` of the run `id` (16 hexadecimal digits). Half a key is all there is room for,
 * so two runs may meet: whoever creates or removes an object looks first whose it is.
 */
key_t sysv_key(const char *id, unsigned n);

/* Whether somebody has an object of `kind` under `key`. */
bool sysv_exists(enum name_kind kind, key_t key);

/*
 * Removes the object of `kind` under `key` if it is this user's and not younger than `last`: one
 * made after the last line of a journal is not that journal's. Returns whether it did.
 */
bool sysv_remove(enum name_kind kind, key_t key, time_t last);

#endif
