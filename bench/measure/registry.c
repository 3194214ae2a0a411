/* SPDX-License-Identifier: MIT */
/* The mechanisms linked into this program; each adds itself before main. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/ipc.h"
#include "bench/sync.h"

#define SIGNALS_PENDING 16 /* at least: of this user, whose other programs may have some */

static struct ipc_mechanism *ipc_first;
static struct sync_mechanism *sync_first;

void ipc_register(struct ipc_mechanism *m)
{
	struct ipc_mechanism **at = &ipc_first;

	while (*at && strcmp((*at)->name, m->name) < 0)
		at = &(*at)->next;
	m->next = *at;
	*at = m;
}

const struct ipc_mechanism *ipc_mechanisms(void)
{
	return ipc_first;
}

/* Appends name=word to `notes` (BENCH_NOTES bytes), items joined by +. */
static void add_word(char *notes, const char *name, const char *word)
{
	size_t used = strlen(notes);

	snprintf(notes + used, BENCH_NOTES - used, "%s%s=%s", used ? "+" : "", name, word);
}

static void add_note(char *notes, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	add_word(notes, name, text);
}

bool ipc_can_wait(const struct ipc_variant *v, const struct ipc_wait *w)
{
	size_t len = strlen(w->name);
	const char *at = v->waits;

	if (!at)
		return true;
	while ((at = strstr(at, w->name))) {
		bool begins = at == v->waits || at[-1] == ' ';

		at += len;
		if (begins && (!*at || *at == ' '))
			return true;
	}
	return false;
}

const struct ipc_mode *ipc_mode_of(const struct ipc_mechanism *m, const struct ipc_variant *v,
				   size_t nth)
{
	const struct ipc_family *f = ipc_family_of(m, v);

	for (size_t i = 0; i < f->n_modes; i++)
		if (ipc_can_wait(v, f->modes[i].wait) && !nth--)
			return &f->modes[i];
	return NULL;
}

void ipc_note(struct ipc_link *link, const char *name, uint64_t value)
{
	add_note(link->notes, name, value);
}

int ipc_check_signals(struct ipc_link *link)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_SIGPENDING, &limit) || limit.rlim_cur >= SIGNALS_PENDING)
		return 0;
	snprintf(link->why, sizeof(link->why),
		 "too few signals may be pending: ulimit -i is %llu and has to be %d",
		 (unsigned long long)limit.rlim_cur, SIGNALS_PENDING);
	return -EAGAIN;
}

/* There is nothing to sleep on yet. */
unsigned ipc_await(_Atomic unsigned *word)
{
	unsigned now;

	while (!(now = atomic_load_explicit(word, memory_order_acquire)))
		usleep(100);
	return now;
}

void ipc_await_prepared(struct ipc_link *link)
{
	ipc_await(link->prepared);
}

void ipc_set_prepared(struct ipc_link *link)
{
	atomic_store_explicit(link->prepared, 1, memory_order_release);
}

void ipc_note_word(struct ipc_link *link, const char *name, const char *word)
{
	add_word(link->notes, name, word);
}

size_t ipc_max_msg(const struct ipc_variant *v)
{
	size_t max = v->max_msg ? v->max_msg() : IPC_MSG_MAX;

	return max < IPC_MSG_MAX ? max : IPC_MSG_MAX;
}

void sync_note(const struct sync_setup *setup, const char *name, uint64_t value)
{
	if (setup->notes)
		add_note(setup->notes, name, value);
}

void sync_note_word(const struct sync_setup *setup, const char *name, const char *word)
{
	if (setup->notes)
		add_word(setup->notes, name, word);
}

int sync_fail(const struct sync_setup *setup, int err, const char *why)
{
	if (setup->why)
		snprintf(setup->why, BENCH_NOTES, "%s", why);
	return err;
}

void sync_register(struct sync_mechanism *m)
{
	struct sync_mechanism **at = &sync_first;

	while (*at && strcmp((*at)->name, m->name) < 0)
		at = &(*at)->next;
	m->next = *at;
	*at = m;
}

const struct sync_mechanism *sync_mechanisms(void)
{
	return sync_first;
}
