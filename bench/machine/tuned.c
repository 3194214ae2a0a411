/* SPDX-License-Identifier: MIT */
/* Starting, asking and ending a daemon of our own. */
#include "bench/machine/tuned.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "bench/base/tree.h"
#include "bench/base/trust.h"
#include "bench/machine/undo.h"

#define STEP_NS 10000000 /* between two looks */
#define STOP_STEPS 3000	 /* 30 s: its roll-back ends services and scripts too */
#define ASK_STEPS 300	 /* 3 s until its socket is there, which it looks at once a second */
#define ASK_S 10	 /* for its answer */

static const char *const programs[] = {"/usr/sbin/tuned", "/usr/bin/tuned",
				       "/usr/local/sbin/tuned"};

static void step(void)
{
	nanosleep(&(struct timespec){.tv_nsec = STEP_NS}, NULL);
}

static const char *program(void)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (!access(programs[i], X_OK))
			return programs[i];
	return NULL;
}

const char *const tuned_places[] = {"/etc/tuned", "/usr/lib/tuned", "/etc/tuned/profiles",
				    "/usr/lib/tuned/profiles", NULL};

void tuned_list(FILE *out)
{
	char path[PATH_MAX];
	glob_t found;

	for (const char *const *place = tuned_places; *place; place++) {
		snprintf(path, sizeof(path), "%s/*/tuned.conf", *place);
		if (glob(path, 0, NULL, &found))
			continue;
		for (size_t k = 0; k < found.gl_pathc; k++) {
			const char *name = found.gl_pathv[k] + strlen(*place) + 1;

			fprintf(out, "tuned:%.*s\n", (int)strcspn(name, "/"), name);
		}
		globfree(&found);
	}
}

/* Whether tuned has a profile of that name. */
static bool is_known(const char *name)
{
	char path[PATH_MAX];

	for (const char *const *place = tuned_places; *place; place++) {
		snprintf(path, sizeof(path), "%s/%s/tuned.conf", *place, name);
		if (!access(path, R_OK))
			return true;
	}
	return false;
}

/* A directory with a tuned.conf. */
static int find_dir(struct tuned_profile *p, const char *text, char *error)
{
	char conf[PATH_MAX + 16];
	const char *name;

	if (!realpath(text, p->dir)) {
		snprintf(error, TUNED_ERROR, "tuned:%s: %s", text, strerror(errno));
		return -ENOENT;
	}
	snprintf(conf, sizeof(conf), "%s/tuned.conf", p->dir);
	name = strrchr(p->dir, '/') + 1;
	if (access(conf, R_OK) || strlen(name) >= TUNED_NAME) {
		snprintf(error, TUNED_ERROR,
			 "tuned:%s: expected a directory with a tuned.conf that can be read", text);
		return -ENOENT;
	}
	if (trust_path(p->dir) || trust_path(conf)) {
		snprintf(error, TUNED_ERROR,
			 "tuned:%s: tuned runs scripts of a profile as root: the directory and its "
			 "tuned.conf must be root's, and not writable by others",
			 text);
		return -ENOENT;
	}
	snprintf(p->name, sizeof(p->name), "%s", name);
	return 0;
}

int tuned_find(struct tuned_profile *p, const char *text, char *error)
{
	*p = (struct tuned_profile){0};
	if (!program()) {
		snprintf(error, TUNED_ERROR,
			 "tuned:%s: tuned is not installed here; apt-get install tuned (Debian, "
			 "Ubuntu), "
			 "dnf install tuned (Fedora), zypper install tuned (openSUSE)",
			 text);
		return -ENOPKG;
	}
	if (strchr(text, '/')) {
		if (find_dir(p, text, error))
			return -ENOENT;
	} else if (strlen(text) >= TUNED_NAME || strpbrk(text, " \t") || !is_known(text)) {
		snprintf(error, TUNED_ERROR,
			 "tuned:%s: tuned has no profile of that name; tuned-adm list shows them, "
			 "and a "
			 "path of a directory with a tuned.conf is taken as well",
			 text);
		return -ENOENT;
	} else {
		snprintf(p->name, sizeof(p->name), "%s", text);
	}
	if (!geteuid())
		return 0;
	snprintf(error, TUNED_ERROR,
		 "tuned:%s: tuned changes settings of the machine: it needs root", text);
	return -EPERM;
}

int tuned_begin(struct restore *r, char *error)
{
	char line[32];
	int err = 0, pid;

	if (!undo_systemctl("is-active")) {
		err = restore_write(r, "service tuned", "active");
		if (!err)
			err = restore_sync(r);
		if (!err)
			err = undo_systemctl("stop");
		if (err) {
			snprintf(error, TUNED_ERROR,
				 "the service tuned cannot be stopped for the comparison: %s",
				 strerror(-err));
			return err;
		}
	}
	pid = tree_find_process("", "tuned");
	/* One that has ended and waits for its parent has no command line any more. */
	if (pid > 0 && tree_read("", line, sizeof(line), "/proc/%d/cmdline", pid) > 0) {
		snprintf(error, TUNED_ERROR,
			 "process %d is a tuned daemon that is not systemd's: two daemons would "
			 "undo each "
			 "other's settings; end it first",
			 pid);
		return -EBUSY;
	}
	/*
	 * Debian and others make it at boot or installation; tuned makes it where it is not there.
	 */
	if (mkdir("/run/tuned", 0755) && errno != EEXIST)
		err = -errno;
	if (!err)
		err = tuned_note(r);
	if (err)
		snprintf(error, TUNED_ERROR, "%.200s: the machine's settings cannot be noted: %s",
			 r->path, strerror(-err));
	return err;
}

/* The child's side of tuned_start(): never returns. */
static void become(const struct tuned_profile *p, int log, int go, const sigset_t *mask,
		   pid_t parent)
{
	const char *path = program(), *what = "";
	char *argv[] = {"tuned", "--no-dbus", "-p", (char *)p->name, "-P", "/run/tuned/tuned.pid",
			NULL};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), err;
	char noted;

	/* With SIGTERM it rolls back by itself; SIGINT of a terminal is for us alone. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setpgid(0, 0);
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (getppid() != parent || read(go, &noted, 1) != 1)
		_exit(EX_SOFTWARE);
	err = tuned_view(p, &what);
	if (err) {
		dprintf(log, "handoff: no private view of %s for tuned: %s\n", what,
			strerror(-err));
		_exit(EX_OSERR);
	}
	if (dup2(null, STDIN_FILENO) >= 0 && dup2(log, STDOUT_FILENO) >= 0 &&
	    dup2(log, STDERR_FILENO) >= 0 && path)
		execv(path, argv);
	dprintf(log, "handoff: tuned cannot be started: %s\n", strerror(errno));
	_exit(127);
}

int tuned_start(struct tuned *t, const struct tuned_profile *p, struct restore *r,
		const sigset_t *mask, char *error)
{
	char key[UNDO_KEY], start[32];
	pid_t parent = getpid();
	int go[2], err = 0;

	if (!undo_systemctl("is-active")) {
		snprintf(error, TUNED_ERROR,
			 "somebody has started the service tuned: two daemons would undo "
			 "each other's settings");
		return -EBUSY;
	}
	t->log = memfd_create("tuned", MFD_CLOEXEC);
	t->verified = -ENODATA;
	if (t->log < 0 || pipe2(go, O_CLOEXEC)) {
		err = -errno;
		goto out;
	}
	fflush(NULL);
	t->pid = fork();
	if (!t->pid) {
		close(go[1]);
		become(p, t->log, go[0], mask, parent);
	}
	if (t->pid < 0) {
		err = -errno;
		t->pid = 0;
	} else {
		snprintf(key, sizeof(key), "daemon %d", t->pid);
		snprintf(start, sizeof(start), "%llu", undo_start_time(t->pid, t->pid));
		err = restore_write(r, key, start);
		if (!err)
			err = restore_sync(r);
		if (!err && write(go[1], "", 1) != 1)
			err = -errno;
	}
	close(go[0]);
	close(go[1]);
out:
	if (err)
		snprintf(error, TUNED_ERROR, "tuned cannot be started: %s", strerror(-err));
	return err;
}

char *tuned_log(const struct tuned *t)
{
	struct stat st;
	char *text;
	ssize_t n;

	if (t->log <= 0 || fstat(t->log, &st))
		return strdup("");
	text = calloc(1, (size_t)st.st_size + 1);
	n = text ? pread(t->log, text, (size_t)st.st_size, 0) : 0;
	if (n < 0)
		*text = '\0';
	return text;
}

static bool is_alive(const struct tuned *t)
{
	siginfo_t info = {0};

	return t->pid > 0 && !waitid(P_PID, (id_t)t->pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       !info.si_pid;
}

/* The last line of `text`, cut to fit a message. */
static void last_line(char *text, char *error, const char *what)
{
	char *line;

	while (*text && text[strlen(text) - 1] == '\n')
		text[strlen(text) - 1] = '\0';
	line = strrchr(text, '\n');
	snprintf(error, TUNED_ERROR, "%s; its last word: %.600s", what,
		 line	 ? line + 1
		 : *text ? text
			 : "none");
}

int tuned_applied(const struct tuned *t, char *error)
{
	static const char failed[] = "Cannot set initial profile. No tunings will be enabled: ";
	bool alive = is_alive(t); /* before the log is read, so that its last words are in it */
	char *text = tuned_log(t), *why;
	int ret = 0;

	if (!text) {
		snprintf(error, TUNED_ERROR, "no memory");
		return -ENOMEM;
	}
	why = strstr(text, failed);
	if (why) {
		why[strcspn(why, "\n")] = '\0';
		snprintf(error, TUNED_ERROR, "tuned refuses the profile: %.800s",
			 why + strlen(failed));
		ret = -EINVAL;
	} else if (!alive) {
		last_line(text, error, "tuned ended before it had applied the profile");
		ret = -ECHILD;
	} else {
		char *applied = strstr(text, "static tuning from profile '");

		ret = applied && strstr(applied, " applied\n");
	}
	free(text);
	return ret;
}

/* Its socket, seen through the daemon's own view of the files; -errno. */
static int reach(const struct tuned *t)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), err;
	struct timeval patience = {.tv_sec = ASK_S};

	if (fd < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/%d/root/run/tuned/tuned.sock",
		 t->pid);
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* It answers, in JSON-RPC, once our side is shut (tuned/exports/unix_socket_exporter.py). */
void tuned_verify(struct tuned *t)
{
	static const char question[] =
		"{\"jsonrpc\": \"2.0\", \"method\": \"verify_profile\", \"id\": 1}";
	char answer[256];
	int fd = -ENOTSUP;
	ssize_t n;

	for (int i = 0; !t->told_nothing && i < ASK_STEPS && (fd = reach(t)) < 0; i++)
		step();
	t->told_nothing |= fd < 0;
	t->verified = fd < 0 ? fd : -ETIMEDOUT;
	if (fd < 0)
		return;
	if (send(fd, question, strlen(question), MSG_NOSIGNAL) == (ssize_t)strlen(question) &&
	    !shutdown(fd, SHUT_WR)) {
		n = recv(fd, answer, sizeof(answer) - 1, MSG_WAITALL);
		answer[n > 0 ? n : 0] = '\0';
		if (strstr(answer, "\"result\""))
			t->verified = strstr(answer, "true") != NULL;
	}
	close(fd);
}

int tuned_stop(struct tuned *t)
{
	int ret = 0, status;

	if (t->pid > 0) {
		if (!is_alive(t))
			ret = -ECHILD;
		kill(t->pid, SIGTERM);
		for (int i = 0; i < STOP_STEPS && is_alive(t); i++)
			step();
		if (is_alive(t)) {
			ret = -ETIMEDOUT;
			kill(-t->pid, SIGKILL);
		}
		waitpid(t->pid, &status, 0);
	}
	t->pid = 0;
	if (t->log > 0)
		close(t->log);
	t->log = 0;
	return ret;
}

/* What a line of its log says, without time and module; NULL when it is no complaint. */
static char *complaint(char *line)
{
	static const char *const levels[] = {" ERROR ", " WARNING ", " CRITICAL "};
	char *level = NULL, *colon;

	for (size_t i = 0; !level && i < sizeof(levels) / sizeof(levels[0]); i++)
		level = strstr(line, levels[i]);
	if (!level)
		return NULL;
	colon = strstr(level, ": ");
	return colon ? colon + 2 : level + 1;
}

char *tuned_complaints(const struct tuned *t)
{
	char *log = tuned_log(t), *rest = log, *line, *text = NULL;
	size_t size;
	FILE *out = log ? open_memstream(&text, &size) : NULL;

	while (out && (line = strsep(&rest, "\n"))) {
		char *words = complaint(line);

		if (words)
			fprintf(out, "%s\n", words);
	}
	free(log);
	if (out && !fclose(out))
		return text;
	return NULL;
}
