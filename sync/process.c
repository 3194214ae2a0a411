/* SPDX-License-Identifier: MIT */
/*
 * A child from its making to its reaping: fork(2), vfork(2), posix_spawn(3); it ends at once or
 * becomes a program of three instructions, exit_group(0), in an anonymous file: so exec is the
 * kernel's work without that of a dynamic loader. The option `mib` gives the parent memory of its
 * own, whose page tables fork copies; `cow` also writes to each page of it while the child lives,
 * so that each is a fault and a copy.
 */
#include <elf.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/measure/sync_loops.h"

#define COW_MIB 1 /* written by `cow` unless told */

/* The program, in a file that exists as long as it is open. */
struct program {
	int fd;
	char path[32]; /* of the open file, for those that want a name */
};

/* A thread's own. */
struct parent {
	char *memory; /* touched; NULL = none */
	size_t size;  /* bytes of it */
	int pipe[2];  /* cow: the child lives until a byte comes */
};

static char *const arguments[] = {(char *)"handoff-child", NULL};
static char *const environment[] = {NULL};

/* Reaps `pid`, which must have ended with 0; 1 or -errno. */
static inline int reap(pid_t pid)
{
	int status;

	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 1 : -ENOEXEC;
}

/*
 * An op, with its loops, that makes a child by `how`, which then does `what` and ends. After vfork
 * it borrows our memory and does no more than vfork(2) allows.
 */
#define CHILD(id, how, what)                                 \
	static inline int id##_op(void *shared, void *local) \
	{                                                    \
		const struct program *program = shared;      \
		pid_t pid = how();                           \
                                                             \
		if (!pid)                                    \
			_exit(what);                         \
		(void)program;                               \
		return reap(pid);                            \
	}                                                    \
	static const struct op_ops id = {.op = id##_op};     \
	OP_LOOPS(id)

CHILD(plain_fork, fork, 0);
CHILD(fork_exec, fork, execve(program->path, arguments, environment));
CHILD(fork_fexecve, fork, fexecve(program->fd, arguments, environment));
/* NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork): it is what is measured */
CHILD(plain_vfork, vfork, 0);
CHILD(vfork_exec, vfork, execve(program->path, arguments, environment));
/* NOLINTEND(clang-analyzer-security.insecureAPI.vfork) */

static inline int plain_spawn_op(void *shared, void *local)
{
	pid_t pid;
	int err = posix_spawn(&pid, ((struct program *)shared)->path, NULL, NULL, arguments,
			      environment);

	return err ? -err : reap(pid);
}

static inline int cow_op(void *shared, void *local)
{
	struct parent *me = local;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	pid_t pid = fork();
	char byte = 0;

	if (!pid)
		_exit(read(me->pipe[0], &byte, 1) == 1 ? 0 : 1);
	if (pid < 0)
		return -errno;
	for (size_t at = 0; at < me->size; at += page)
		((volatile char *)me->memory)[at]++;
	if (write(me->pipe[1], &byte, 1) != 1)
		return -errno;
	return reap(pid);
}

static const struct op_ops plain_spawn = {.op = plain_spawn_op};
static const struct op_ops cow = {.op = cow_op};
OP_LOOPS(plain_spawn);
OP_LOOPS(cow);

#define BASE 0x400000 /* where the program is mapped */

/* An ELF file of one segment: its headers, then exit_group(0). */
static const struct file {
	Elf64_Ehdr head;
	Elf64_Phdr segment;
	unsigned char code[12];
} file = {
	.head = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT},
		 .e_type = ET_EXEC,
		 .e_version = EV_CURRENT,
		 .e_entry = BASE + offsetof(struct file, code),
		 .e_phoff = offsetof(struct file, segment),
		 .e_ehsize = sizeof(Elf64_Ehdr),
		 .e_phentsize = sizeof(Elf64_Phdr),
		 .e_phnum = 1,
#if defined(__x86_64__)
		 .e_machine = EM_X86_64},
	/* mov $231, %eax; xor %edi, %edi; syscall */
	.code = {0xb8, 0xe7, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05},
#else
		 .e_machine = EM_AARCH64},
	/* mov x0, #0; mov x8, #94; svc #0 */
	.code = {0x00, 0x00, 0x80, 0xd2, 0xc8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4},
#endif
	.segment = {.p_type = PT_LOAD,
		    .p_flags = PF_R | PF_X,
		    .p_vaddr = BASE,
		    .p_filesz = sizeof(struct file),
		    .p_memsz = sizeof(struct file),
		    .p_align = 0x1000},
};

/* What is open for writing cannot be executed (ETXTBSY): it is opened once more, for reading. */
static int make_program(const struct sync_variant *v, void *shared, const struct sync_setup *setup)
{
	struct program *program = shared;
	int fd = memfd_create("handoff-child", MFD_CLOEXEC), err = 0;
	char path[32];

	if (fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, &file, sizeof(file)) != (ssize_t)sizeof(file))
		err = -EIO;
	program->fd = err ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (!err && program->fd < 0)
		err = -errno;
	close(fd);
	snprintf(program->path, sizeof(program->path), "/proc/self/fd/%d", program->fd);
	if (!err && fork_exec_op(program, NULL) != 1) {
		close(program->fd);
		return sync_fail(setup, -EOPNOTSUPP,
				 "programs in anonymous files cannot be executed: vm.memfd_noexec "
				 "or an emulator");
	}
	return err;
}

static void close_program(void *shared)
{
	close(((struct program *)shared)->fd);
}

static int attach(void *shared, void *local, const struct sync_setup *setup)
{
	uint64_t mib = setup->opt[0] ? setup->opt[0] : (uint64_t)setup->variant->arg;
	struct parent *me = local;

	*me = (struct parent){.pipe = {-1, -1}, .size = mib << 20};
	if (setup->variant->arg && pipe2(me->pipe, O_CLOEXEC))
		return -errno;
	if (!mib)
		return 0;
	me->memory =
		mmap(NULL, me->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (me->memory == MAP_FAILED) {
		me->memory = NULL;
		return -errno;
	}
	madvise(me->memory, me->size, MADV_NOHUGEPAGE); /* each page is to be a fault of its own */
	memset(me->memory, 1, me->size);
	return 0;
}

static void detach(void *shared, void *local)
{
	struct parent *me = local;

	if (me->memory)
		munmap(me->memory, me->size);
	for (int end = 0; end < 2; end++)
		if (me->pipe[end] >= 0)
			close(me->pipe[end]);
}

static const struct bench_option process_options[] = {
	{"mib", "MiB of touched memory that the parent has besides; 0, cow: 1", 1u << 14},
	{.name = NULL},
};

/* Of the parent; no more, for a machine with little memory is to measure it as well. */
static const uint64_t parents_mib[] = {4, 16, 64, 0};

/* Variants; the first for those that execute no program. */
#define FORKS(id, what, text, mib, ...)                                                            \
	{                                                                                          \
		.name = what, .summary = text, .flags = SYNC_TIMES_SETUP | SYNC_FORKS, .arg = mib, \
		.shared_size = sizeof(struct program), .local_size = sizeof(struct parent),        \
		.attach = attach, .detach = detach, .options = process_options,                    \
		.ladder = parents_mib, .op = &id##_loops, __VA_ARGS__                              \
	}
#define EXECS(id, what, text) \
	FORKS(id, what, text, 0, .init = make_program, .destroy = close_program)

static const struct sync_variant process_variants[] = {
	FORKS(plain_fork, "fork", "fork, the child ends, waitpid", 0, .init = NULL),
	FORKS(plain_vfork, "vfork", "vfork, the child ends, waitpid", 0, .init = NULL),
	EXECS(fork_exec, "fork_exec", "fork, execve, waitpid"),
	EXECS(vfork_exec, "vfork_exec", "vfork, execve, waitpid"),
	EXECS(fork_fexecve, "fork_fexecve", "fork, fexecve, waitpid"),
	EXECS(plain_spawn, "posix_spawn", "posix_spawn, waitpid"),
	FORKS(cow, "cow", "fork, the parent writes to each of its pages, waitpid", COW_MIB,
	      .init = NULL),
};
SYNC_MECHANISM(process);
