/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/*
 * Microbenchmarks and the sweep's planning where not everything is allowed: by a seccomp filter
 * such as Docker's, by an affinity, by limits, by a mount that is read-only. They run, or are
 * skipped with a reason that a user understands. With arguments: runs that command as in Docker.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/record/csv.h"
#include "tests/tree.h"

#define CANNOT 99 /* exit code of a child that could not confine itself */

static struct row row;	/* what the last program printed */
static char said[4096]; /* on stderr */

#define CALLS_MAX 56 /* of a filter: a jump spans 255 instructions, each call takes two */

/*
 * A filter that answers EPERM to the `n` calls and to sockets of AF_VSOCK; no privilege is needed
 * after NO_NEW_PRIVS.
 */
static int forbid(const long *calls, unsigned n)
{
	struct sock_filter code[2 * CALLS_MAX + 8] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_VSOCK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.filter = code};
	unsigned used = 6;

	for (unsigned i = 0; i < n && i < CALLS_MAX; i++) {
		code[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							    (unsigned)calls[i], 0, 1);
		code[used++] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	}
	code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = (unsigned short)used;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ? -errno : 0;
}

/*
 * What Docker's default profile refuses to a container without capabilities, as far as anybody here
 * might ask for it (docs.docker.com/engine/security/seccomp; io_uring and AF_VSOCK in newer ones;
 * process_vm_* and ptrace in older).
 */
static int like_docker(void)
{
	static const long calls[] = {
		__NR_mbind,
		__NR_set_mempolicy,
		__NR_get_mempolicy,
		__NR_move_pages,
		__NR_migrate_pages,
		__NR_io_uring_setup,
		__NR_io_uring_enter,
		__NR_io_uring_register,
		__NR_process_vm_readv,
		__NR_process_vm_writev,
		__NR_ptrace,
		__NR_kcmp,
		__NR_perf_event_open,
		__NR_bpf,
		__NR_userfaultfd,
		__NR_fanotify_init,
		__NR_add_key,
		__NR_request_key,
		__NR_keyctl,
		__NR_unshare,
		__NR_setns,
		__NR_mount,
		__NR_umount2,
		__NR_pivot_root,
		__NR_chroot,
		__NR_acct,
		__NR_quotactl,
		__NR_swapon,
		__NR_swapoff,
		__NR_syslog,
		__NR_sethostname,
		__NR_setdomainname,
		__NR_clock_settime,
		__NR_settimeofday,
		__NR_clock_adjtime,
		__NR_adjtimex,
		__NR_open_by_handle_at,
		__NR_name_to_handle_at,
		__NR_init_module,
		__NR_finit_module,
		__NR_delete_module,
		__NR_kexec_load,
		__NR_reboot,
		__NR_vhangup,
	};

	return forbid(calls, sizeof(calls) / sizeof(calls[0]));
}

/* Only the last PU: an odd one on any machine with two. */
static int last_pu(void)
{
	cpu_set_t allowed, one;
	int pu = CPU_SETSIZE - 1;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return -errno;
	while (pu > 0 && !CPU_ISSET(pu, &allowed))
		pu--;
	CPU_ZERO(&one);
	CPU_SET(pu, &one);
	return sched_setaffinity(0, sizeof(one), &one) ? -errno : 0;
}

static int no_locked_memory(void)
{
	return setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){0, 0}) ? -errno : 0;
}

static int small_queues(void)
{
	return setrlimit(RLIMIT_MSGQUEUE, &(struct rlimit){1024, 1024}) ? -errno : 0;
}

/* /dev/shm of our own, read-only; needs a mount namespace. */
static int read_only_shm(void)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/dev/shm", "tmpfs", MS_RDONLY, NULL))
		return -errno;
	return 0;
}

/*
 * No queues to be seen in /dev/mqueue, as in containers that do not mount it; calls need no mount.
 */
static int no_mqueue(void)
{
	if (!access("/dev/mqueue", F_OK) &&
	    (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	     mount("none", "/dev/mqueue", "tmpfs", MS_RDONLY, NULL)))
		return -errno;
	return 0;
}

static char group[128]; /* of a cgroup of ours; "" = none */

static int write_group(const char *file, const char *text)
{
	char path[160];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", group, file);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* A fifth of a PU: of version 2 of cgroups, or of version 1. */
static int make_quota(void)
{
	static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/cpu"};

	for (unsigned i = 0; i < 2; i++) {
		snprintf(group, sizeof(group), "%s/handoff-test-%d", roots[i], (int)getpid());
		if (mkdir(group, 0700))
			continue;
		if (!write_group(i ? "cpu.cfs_quota_us" : "cpu.max", i ? "20000" : "20000 100000"))
			return 0;
		rmdir(group);
	}
	*group = '\0';
	return -ENOENT;
}

static int with_quota(void)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	return *group ? write_group("cgroup.procs", pid) : -ENOENT;
}

static int unconfined(void)
{
	return 0;
}

/* Runs build/`program` confined; its exit code, CANNOT. What it printed is in `row` and `said`. */
static int run(int (*confine)(void), const char *program, const char *a, const char *b)
{
	const char *build = getenv("BUILD");
	char path[512], out[160], err[160];
	struct csv_reader reader;
	int status, fd;
	ssize_t n;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/%s", build ? build : "build", program);
	snprintf(out, sizeof(out), "%s/out", tree_root);
	snprintf(err, sizeof(err), "%s/err", tree_root);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		int to = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		int words = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		if (to < 0 || words < 0 || confine())
			_exit(CANNOT);
		dup2(to, STDOUT_FILENO);
		dup2(words, STDERR_FILENO);
		execl(path, path, a, b, NULL);
		_exit(CANNOT);
	}
	waitpid(pid, &status, 0);
	fd = open(err, O_RDONLY);
	n = fd < 0 ? 0 : read(fd, said, sizeof(said) - 1);
	said[n > 0 ? n : 0] = '\0';
	close(fd);
	row_clear(&row);
	if (!csv_open(&reader, out, CSV_SAMPLES)) {
		csv_next(&reader, &row);
		csv_close(&reader);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool is(enum column column, const char *text)
{
	return !strcmp(row_get_text(&row, column), text);
}

/* A row with figures, where such a confinement is possible at all. */
static bool runs(int code, const char *what)
{
	if (code == CANNOT) {
		ok(true, "%s # SKIP it cannot be set up here", what);
		return false;
	}
	ok(!code && is(COL_status, "ok"), "%s: runs (%d, %s, %s)", what, code,
	   row_get_text(&row, COL_status), row_get_text(&row, COL_reason));
	return true;
}

static void skipped(int code, const char *what, const char *reason)
{
	if (code == CANNOT)
		ok(true, "%s # SKIP it cannot be set up here", what);
	else
		ok(code == 69 && is(COL_status, "skipped") &&
			   strstr(row_get_text(&row, COL_reason), reason),
		   "%s: skipped with the reason (%d, %s, %s)", what, code,
		   row_get_text(&row, COL_status), row_get_text(&row, COL_reason));
}

/* An ordinary user without any memory to lock is told so; with some, or as root, it is done. */
static void lock_memory(const char *few)
{
	int code = run(unconfined, "ipc_pipe", few, "--lock-memory");

	if (code == 69)
		skipped(code, "--lock-memory beyond the limit", "ulimit -l");
	else if (runs(code, "--lock-memory"))
		ok(row_list_has(row_get_text(&row, COL_flags), "memory_locked"),
		   "it is in the row (%s)", row_get_text(&row, COL_flags));
	if (geteuid())
		skipped(run(no_locked_memory, "ipc_pipe", few, "--lock-memory"),
			"--lock-memory where nothing may be locked", "ulimit -l");
}

int main(int argc, char **argv)
{
	static const char few[] = "--iterations=500";

	if (argc > 1) {
		if (!like_docker())
			execvp(argv[1], argv + 1);
		perror(argv[1]);
		return CANNOT;
	}
	tree_new();
	if (run(unconfined, "ipc_pipe", few, "--placement=same-pu") == CANNOT) {
		printf("1..0 # SKIP the microbenchmarks are not built\n");
		tree_remove();
		return 0;
	}
	runs(run(like_docker, "ipc_pipe", few, "--wait=block"), "like Docker");
	if (runs(run(like_docker, "ipc_posix_shm", few, "--variant=ring"),
		 "shared memory like Docker"))
		ok(row_list_has(row_get_text(&row, COL_flags), "node_unverified"),
		   "where it lies could not be checked: flagged (%s)",
		   row_get_text(&row, COL_flags));
	skipped(run(like_docker, "ipc_pipe", few, "--wait=io_uring"), "io_uring like Docker",
		"seccomp");
	runs(run(last_pu, "ipc_pipe", few, "--wait=block"), "only the last PU");
	ok(!strcmp(row_get_text(&row, COL_placement), "same-pu"), "both sides are on it (%s)",
	   row_get_text(&row, COL_placement));
	runs(run(no_locked_memory, "ipc_pipe", few, "--wait=block"), "no locked memory");
	if (runs(run(unconfined, "ipc_pipe", few, "--nice=1"), "a nice value"))
		ok(is(COL_sched, "other+nice:1"), "it is in the row (%s)",
		   row_get_text(&row, COL_sched));
	lock_memory(few);
	skipped(run(small_queues, "ipc_posix_mq", few, "--wait=block"), "small RLIMIT_MSGQUEUE",
		"ulimit -q");
	skipped(run(read_only_shm, "ipc_posix_shm", few, "--variant=ring"), "read-only /dev/shm",
		"ead-only");
	runs(run(read_only_shm, "ipc_pipe", few, "--wait=block"),
	     "a pipe beside read-only /dev/shm");
	runs(run(no_mqueue, "ipc_posix_mq", few, "--wait=block"), "without /dev/mqueue");
	make_quota();
	runs(run(with_quota, "ipc_pipe", few, "--wait=block"), "a fifth of a PU");
	if (*group)
		ok(!rmdir(group), "no process of ours is left in its group");
	ok_is(run(like_docker, "handoff", "doctor", "--csv"), 0, "the doctor runs confined");
	tree_remove();
	return done_testing();
}
