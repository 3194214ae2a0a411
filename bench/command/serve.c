/* SPDX-License-Identifier: MIT */
/*
 * `handoff serve`: waits for the other side of measurements, and starts a fresh process for each.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/base/address.h"
#include "bench/command/arguments.h"
#include "bench/command/child.h"
#include "bench/command/command.h"
#include "bench/command/suggest.h"
#include "bench/ipc.h"
#include "bench/machine/limits.h"
#include "bench/measure/peer.h"
#include "bench/record/cell.h"

#define PROGRAM "handoff serve"
/* A run takes no longer; a microbenchmark has its own, shorter watchdog. */
#define LIMIT_NS (2ull * TIME_MAX_NS)
#define PASSED 8

static const char help[] =
	"Usage: handoff serve NAME --listen=ADDRESS [option]...\n"
	"Waits to be the other side of measurements that are started elsewhere: in another\n"
	"container, in a guest, in another shell. There:\n"
	"  handoff run NAME --peer=ADDRESS\n"
	"NAME is a mechanism of IPC, such as tcp, fifo or posix_shm:ring.\n"
	"  --listen=ADDRESS  /path/of.socket, HOST:PORT, [HOST]:PORT or vsock:CID:PORT\n"
	"  --cpus=N          the CPU of this side\n"
	"  --placement=P     or the second of two CPUs that lie so, such as same-pu\n"
	"  --sched=CLASS     scheduling class and priority of this side\n"
	"  --nice=N          its nice value\n"
	"  --slice=T         its slice\n"
	"  --lock-memory     keep all its pages in memory\n"
	"  --help            this text\n"
	"TCP, UDP and vsock use the port after that of ADDRESS, too. Named objects lie beside a\n"
	"socket at a path: choose a directory that both sides see, and that is yours alone.\n"
	"Whoever reaches ADDRESS can measure here: use it in a network that you trust.\n";

static const struct option options[] = {OPTION("cpus", 'c'),	  SWITCH("lock-memory", 'k'),
					OPTION("listen", 'a'),	  OPTION("nice", 'n'),
					OPTION("placement", 'p'), OPTION("sched", 's'),
					OPTION("slice", 't'),	  OPTIONS_END};

struct serve {
	struct children children;
	const char *address; /* as it was given */
	struct socket_address at;
	struct cell ask; /* of this side: only to look at what was given */
	char program[64], variant[80], fd[24];
	char passed[PASSED][OPTION_WANT];
	unsigned n_passed;
};

/* What this side's microbenchmark gets as well: once each, the last that was given. */
static int pass(struct serve *s, int option, const char *value)
{
	const struct option *o = options;
	size_t len;

	while (o->val != option)
		o++;
	len = strlen(o->name);
	for (unsigned i = 0; i < s->n_passed; i++)
		if (!strncmp(s->passed[i] + 2, o->name, len))
			memmove(s->passed[i], s->passed[--s->n_passed], sizeof(s->passed[i]));
	if (s->n_passed == PASSED || (value && strlen(value) + len + 4 > sizeof(s->passed[0])))
		return -EINVAL;
	snprintf(s->passed[s->n_passed++], sizeof(s->passed[0]), "--%s%s%s", o->name,
		 value ? "=" : "", value ? value : "");
	return 0;
}

static int take_option(void *to, int option, const char *value, char *want)
{
	struct serve *s = to;
	int err = 0;

	switch (option) {
	case 'a':
		s->address = value;
		return address_parse(value, &s->at, want);
	case 'c':
		err = cell_read(&s->ask, PARAMETER_cpus, value, want);
		break;
	case 'n':
		err = sched_read_nice(value, &s->ask.sched.nice, want);
		break;
	case 'p':
		err = cell_read(&s->ask, PARAMETER_placement, value, want);
		break;
	case 's':
		err = cell_read(&s->ask, PARAMETER_sched, value, want);
		break;
	case 't':
		err = cell_read(&s->ask, PARAMETER_slice_ns, value, want);
		break;
	default:
		break;
	}
	return err ? err : pass(s, option, value);
}

/*
 * NAME, the only one: its program and, where it has one, its variant. 0 or an exit code after a
 * line.
 */
static int find_name(struct serve *s, const char *typed)
{
	const char *name = strncmp(typed, "ipc/", 4) ? typed : typed + 4;
	size_t len = strcspn(name, ":");
	const struct ipc_mechanism *m = ipc_mechanisms();
	bool any = false, by_name = false;

	while (m && (strlen(m->name) != len || strncmp(m->name, name, len) != 0))
		m = m->next;
	for (size_t i = 0; m && i < m->n_variants; i++) {
		bool meant = !name[len] || !strcmp(m->variants[i].name, name + len + 1);

		any |= meant;
		by_name |= meant && m->variants[i].flags & IPC_BY_NAME;
	}
	if (!any)
		fprintf(stderr,
			PROGRAM ": %s: no such mechanism of IPC%s; handoff list shows them\n",
			typed, suggest_mechanism(typed));
	else if (!by_name)
		fprintf(stderr,
			PROGRAM ": %s: it has no name and no address: a peer elsewhere could not "
				"find it\n",
			typed);
	if (!by_name)
		return EX_USAGE;
	snprintf(s->program, sizeof(s->program), "ipc_%s", m->name);
	if (name[len])
		snprintf(s->variant, sizeof(s->variant), "--variant=%s", name + len + 1);
	return 0;
}

static int parse(struct serve *s, int argc, char **argv)
{
	static const struct arguments arguments = {PROGRAM, help, options, take_option, true};
	int code = arguments_read(&arguments, s, argc, argv);

	if (code)
		return code;
	if (optind + 1 != argc || !s->address) {
		fprintf(stderr,
			PROGRAM ": needs the name of one mechanism, and --listen=ADDRESS\n");
		return EX_USAGE;
	}
	return find_name(s, argv[optind]);
}

/* One peer: a fresh process, which has the connection. 0; an exit code after a line; or 130. */
static int serve_one(struct serve *s, int connection)
{
	char path[PATH_MAX + sizeof(s->program)];
	char *argv[PASSED + 5] = {s->program, s->fd, (char *)"--no-header"};
	unsigned n = 3;
	int status, err;

	snprintf(path, sizeof(path), "%s/%s", s->children.beside, s->program);
	snprintf(s->fd, sizeof(s->fd), "--serve=%d", connection);
	if (*s->variant)
		argv[n++] = s->variant;
	for (unsigned i = 0; i < s->n_passed; i++)
		argv[n++] = s->passed[i];
	err = child_run(&s->children, path, argv, STDERR_FILENO, STDERR_FILENO, LIMIT_NS, &status);
	if (!err || err == -ETIMEDOUT)
		return 0;
	if (err == -EINTR)
		return 130;
	fprintf(stderr, PROGRAM ": cannot run %s: %s\n", path, limits_explain(err));
	return EX_OSERR;
}

/* The next connection; -EINTR: a signal asks to end. */
static int next_connection(int listener, int signals)
{
	struct pollfd either[] = {{.fd = listener, .events = POLLIN},
				  {.fd = signals, .events = POLLIN}};

	for (;;) {
		struct signalfd_siginfo came;
		int fd;

		poll(either, 2, -1);
		while (read(signals, &came, sizeof(came)) == sizeof(came))
			if (came.ssi_signo != SIGCHLD) /* of a child that has been waited for */
				return -EINTR;
		if (!(either[0].revents & POLLIN))
			continue;
		/* not closed by exec: it is for the child */
		fd = accept(listener, NULL, NULL); /* NOLINT(android-cloexec-accept) */
		if (fd >= 0 || (errno != ECONNABORTED && errno != EINTR))
			return fd >= 0 ? fd : -errno;
	}
}

/* One peer after the other; the next ones wait. */
static int serve_all(struct serve *s, int listener, int signals)
{
	int code = 0;

	while (!code) {
		int fd = next_connection(listener, signals);

		if (fd == -EINTR)
			return 130;
		if (fd < 0) {
			fprintf(stderr, PROGRAM ": %s: %s\n", s->address, limits_explain(fd));
			return EX_OSERR;
		}
		code = serve_one(s, fd);
		close(fd);
	}
	return code;
}

int command_serve(int argc, char **argv)
{
	static struct serve s;
	int code = parse(&s, argc, argv), listener, signals;

	if (code)
		return code < 0 ? 0 : code;
	code = children_begin(&s.children);
	if (code) {
		fprintf(stderr, PROGRAM ": /proc/self/exe: %s\n", strerror(-code));
		return EX_OSERR;
	}
	listener = address_listen(&s.at);
	signals = signalfd(-1, &s.children.caught, SFD_CLOEXEC | SFD_NONBLOCK);
	if (listener < 0 || signals < 0) {
		fprintf(stderr, PROGRAM ": --listen=%s: %s\n", s.address,
			limits_explain(listener < 0 ? listener : -errno));
		return EX_UNAVAILABLE;
	}
	peer_share_names(&s.at);
	printf("ipc/%s is served at %s\n", s.program + 4, s.address);
	fflush(stdout);
	code = serve_all(&s, listener, signals);
	if (s.at.any.sa_family == AF_UNIX)
		unlink(s.at.un.sun_path);
	close(signals);
	close(listener);
	return code;
}
