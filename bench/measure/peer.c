/* SPDX-License-Identifier: MIT */
/* The control connection of two sides that were started by hand. */
#include "bench/measure/peer.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench/base/tree.h"
#include "bench/machine/limits.h"
#include "version.h"

#define SOON_NS 1000000u  /* until a driver looks again whether what is asked is so */
#define LAST_WORD_MS 1000 /* for the reason why the other side has gone */

__attribute__((format(printf, 3, 4))) static int fail(char *reason, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, CREW_REASON, fmt, args);
	va_end(args);
	return err;
}

void peer_share_names(const struct socket_address *a)
{
	char path[sizeof(a->un.sun_path)], whole[PATH_MAX];
	char *slash;

	if (a->any.sa_family != AF_UNIX)
		return;
	snprintf(path, sizeof(path), "%s", a->un.sun_path);
	slash = strrchr(path, '/');
	slash[slash == path] = '\0';
	if (realpath(path, whole))
		setenv("XDG_RUNTIME_DIR", whole, 1);
}

/* What the other side sent as text: it ends, and holds nothing but what is printed. */
static void seal(char *text, size_t size)
{
	text[size - 1] = '\0';
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static int send_all(const struct peer *p, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t n = send(p->control.fd, at, size, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/*
 * All of `size` bytes; -ECONNRESET: the connection has ended; -ETIMEDOUT: they did not come in
 * time.
 */
static int receive_all(const struct peer *p, void *data, size_t size)
{
	ssize_t n;

	do
		n = recv(p->control.fd, data, size, MSG_WAITALL);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)size)
		return 0;
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return n ? -ETIMEDOUT : -ECONNRESET;
}

static void say_self(struct peer_hello *own, unsigned pu)
{
	struct utsname system;

	*own = (struct peer_hello){.magic = PEER_MAGIC, .order = PEER_ORDER, .pu = pu};
	snprintf(own->version, sizeof(own->version), "%s %s", HANDOFF_VERSION, HANDOFF_GIT);
	if (tree_read("", own->boot_id, sizeof(own->boot_id), "/proc/sys/kernel/random/boot_id") <
	    0)
		own->boot_id[0] = '\0';
	if (!uname(&system))
		snprintf(own->host, sizeof(own->host), "%s", system.nodename);
}

/* Whether the two can talk; 0 or -errno. */
static int compare(struct peer *p, char *reason)
{
	struct peer_hello *other = &p->hello;

	if (memcmp(other->magic, PEER_MAGIC, sizeof(other->magic)) != 0) {
		*other = (struct peer_hello){.order = 0}; /* nothing of it is printed */
		return fail(reason, -EPROTO, "the other end of the connection is no handoff");
	}
	seal(other->version, sizeof(other->version));
	seal(other->boot_id, sizeof(other->boot_id));
	seal(other->host, sizeof(other->host));
	if (other->order != PEER_ORDER)
		return fail(reason, -EPROTO, "its peer's machine has another byte order");
	if (strcmp(other->version, p->own.version) != 0)
		return fail(reason, -EPROTO,
			    "its peer is handoff %s, and this is %s: both must be one version",
			    other->version, p->own.version);
	p->same_kernel = *p->own.boot_id && !strcmp(p->own.boot_id, other->boot_id);
	return 0;
}

/* The side that serves waits for the first word, as strangers may connect to it. */
static int greet(struct peer *p, unsigned pu, char *reason)
{
	struct timeval limit = {.tv_sec = PEER_ANSWER_S};
	int err;

	setsockopt(p->control.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(p->control.fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	say_self(&p->own, pu);
	if (!p->serves)
		send_all(p, &p->own, sizeof(p->own)); /* what went wrong, the answer tells */
	err = receive_all(p, &p->hello, sizeof(p->hello));
	if (err) {
		p->hello = (struct peer_hello){.order = 0};
		return fail(reason, err, "its peer says nothing: %s%s", strerror(-err),
			    err == -ETIMEDOUT && !p->serves ? "; it serves another?" : "");
	}
	err = compare(p, reason);
	/* the other then says the same of versions */
	if (p->serves && !memcmp(p->hello.magic, PEER_MAGIC, sizeof(p->hello.magic)) &&
	    send_all(p, &p->own, sizeof(p->own)) && !err)
		err = fail(reason, -ECONNRESET, "its peer has gone");
	return err;
}

int peer_connect(struct peer *p, const struct socket_address *a, const char *text, unsigned pu,
		 char *reason)
{
	int fd = address_connect(a, PEER_ANSWER_S), err;

	*p = (struct peer){.control = {.fd = fd, .events = POLLRDHUP}, .at = *a};
	if (fd < 0)
		return fail(reason, fd, "no answer at %.70s: %s; handoff serve is to run there",
			    text, limits_explain(fd));
	address_next_port(&p->at);
	err = greet(p, pu, reason);
	if (err)
		peer_close(p); /* a stranger is told nothing */
	return err;
}

int peer_accept(struct peer *p, int fd, unsigned pu, char *reason)
{
	*p = (struct peer){.control = {.fd = fd, .events = POLLIN | POLLRDHUP}, .serves = true};
	p->at.len = sizeof(p->at.un);
	if (getsockname(fd, &p->at.any, &p->at.len))
		return fail(reason, -errno, "descriptor %d: %s", fd, strerror(errno));
	address_next_port(&p->at);
	return greet(p, pu, reason);
}

void peer_close(struct peer *p)
{
	if (p->control.fd >= 0)
		close(p->control.fd);
	p->control.fd = -1;
}

int peer_send(struct peer *p, const struct peer_frame *f)
{
	return send_all(p, f, sizeof(*f));
}

/*
 * Why the other side has failed: what it says, but not that its user has interrupted it: ours has
 * not.
 */
static int take_failure(struct peer_frame *f, char *reason)
{
	seal(f->reason, sizeof(f->reason));
	fail(reason, 0, "its peer: %.140s", f->reason);
	return f->err < 0 && f->err > -4096 && f->err != -EINTR ? f->err : -ECHILD;
}

/* The next frame, whichever it is. */
static int receive(struct peer *p, struct peer_frame *f, char *reason)
{
	int err = receive_all(p, f, sizeof(*f));

	if (err == -ECONNRESET || err == -EPIPE)
		return fail(reason, -ECONNRESET, "its peer has gone");
	if (err)
		return fail(reason, err, "its peer does not answer: %s", strerror(-err));
	switch (f->word) {
	case PEER_FAIL:
		return take_failure(f, reason);
	case PEER_CELL:
		seal(f->cell.mechanism, sizeof(f->cell.mechanism));
		seal(f->cell.variant, sizeof(f->cell.variant));
		seal(f->cell.wait, sizeof(f->cell.wait));
		break;
	case PEER_OPEN:
		seal(f->open.name[0], sizeof(f->open.name[0]));
		seal(f->open.name[1], sizeof(f->open.name[1]));
		break;
	case PEER_READY:
		seal(f->notes, sizeof(f->notes));
		break;
	case PEER_LOOK:
		f->look.noise.n_tasks = f->look.noise.n_tasks ? 1 : 0;
		break;
	default:
		break;
	}
	return 0;
}

int peer_receive(struct peer *p, enum peer_word word, struct peer_frame *f, char *reason)
{
	int err = receive(p, f, reason);

	if (!err && f->word != word)
		err = fail(reason, -EPROTO, "its peer answers what was not asked");
	return err;
}

int peer_ask(struct peer *p, struct peer_frame *f, char *reason)
{
	enum peer_word word = f->word;

	/* what cannot be sent has an answer all the same: why */
	peer_send(p, f);
	return peer_receive(p, word, f, reason);
}

/* The driver's word for the end. */
static void end_crew(struct crew *crew, int err, const char *reason)
{
	crew->failed = err;
	snprintf(crew->why, sizeof(crew->why), "%s", reason);
}

/* What there is to read, or that there never will be: events of poll(2). */
static short look_at(const struct peer *p, int wait_ms)
{
	struct pollfd control = {.fd = p->control.fd, .events = POLLIN | POLLRDHUP};

	return poll(&control, 1, wait_ms) > 0 ? control.revents : 0;
}

/* Its last word may still lie there: for the member that waits for an answer, or for peer_end(). */
bool peer_gone(struct peer *p, struct crew *crew)
{
	if (!(look_at(p, 0) & (POLLRDHUP | POLLHUP | POLLERR)))
		return false;
	end_crew(crew, -ECONNRESET, "its peer has gone");
	return true;
}

/* The counters of the only member, at the first of two looks and at the second. */
static void look(struct peer *p, struct crew *crew, struct peer_frame *f)
{
	struct noise_task task = {crew_member(crew, 0)->pid, crew_member(crew, 0)->tid, false,
				  false};

	f->look.slept = __atomic_load_n(p->words.slept, __ATOMIC_RELAXED);
	noise_read(&p->look[p->looks % 2], &task, 1, crew->pus, 1);
	if (p->looks++ % 2 && noise_delta(&p->look[0], &p->look[1], &f->look.noise))
		f->look.noise.have = 0;
}

/* Whether what is asked can be answered. */
static bool is_so(const struct peer *p)
{
	const struct peer_words *w = &p->words;

	if (p->asked.word == PEER_ATTACH)
		return !w->prepared || atomic_load(w->prepared);
	return p->asked.word != PEER_READY || atomic_load(w->attached);
}

/* 0, or -EPROTO: there is no answer to that. */
static int answer(struct peer *p, struct crew *crew)
{
	const struct peer_words *w = &p->words;
	struct peer_frame f = {.word = p->asked.word};

	switch (p->asked.word) {
	case PEER_ATTACH:
		break;
	case PEER_READY:
		memcpy(f.notes, w->notes, sizeof(f.notes));
		atomic_store(w->ready, 1);
		break;
	case PEER_LOOK:
		look(p, crew, &f);
		break;
	case PEER_LIMIT:
		atomic_store(w->limit, p->asked.limit);
		p->control.events = POLLRDHUP; /* the next word is for peer_end() */
		break;
	default:
		return -EPROTO;
	}
	p->asked.word = 0;
	return peer_send(p, &f);
}

uint64_t peer_answer(struct peer *p, struct crew *crew, uint64_t now)
{
	char reason[CREW_REASON] = "its peer asks for what there is not";
	int err = 0;

	if (peer_gone(p, crew))
		return UINT64_MAX;
	if (!p->asked.word && p->control.events & POLLIN && look_at(p, 0) & POLLIN)
		err = receive(p, &p->asked, reason);
	if (!err && p->asked.word && !is_so(p))
		return now + SOON_NS;
	if (!err && p->asked.word)
		err = answer(p, crew);
	if (err)
		end_crew(crew, err, reason);
	return UINT64_MAX;
}

int peer_part(struct peer *p, int err, char *reason)
{
	struct peer_frame own = {.word = PEER_FAIL, .err = err}, last = {.word = 0};
	char other[CREW_REASON];

	if (p->control.fd < 0)
		return err;
	snprintf(own.reason, sizeof(own.reason), "%s", reason);
	if ((err == -ECONNRESET || err == -EPIPE) && look_at(p, LAST_WORD_MS) & POLLIN) {
		int why = receive(p, &last, other);

		if (last.word == PEER_FAIL)
			return fail(reason, why, "%s", other);
	}
	peer_send(p, &own);
	return err;
}

int peer_end(struct peer *p, const struct crew_member *own, struct crew_member *other, char *reason)
{
	struct peer_frame f = {.word = PEER_DONE};
	int err;

	if (!p->serves) {
		err = peer_ask(p, &f, reason);
		*other = (struct crew_member){.cpu_seen = f.done.cpu_seen,
					      .traced = f.done.traced != 0,
					      .sched = f.done.sched};
		return err;
	}
	err = peer_receive(p, PEER_DONE, &f, reason);
	if (err)
		return err;
	f = (struct peer_frame){.word = PEER_DONE};
	f.done.cpu_seen = own->cpu_seen;
	f.done.traced = own->traced;
	f.done.sched = own->sched;
	return peer_send(p, &f);
}
