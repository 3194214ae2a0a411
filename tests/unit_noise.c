/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* Noise counters: parsing of made-up /proc and /sys trees, and the real ones of this machine. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/analyse/gate.h"
#include "bench/base/clock.h"
#include "bench/machine/noise.h"
#include "bench/program/to_row.h"
#include "tests/tree.h"

#define NOBODY 4999999 /* above PID_MAX_LIMIT of Linux: no such task, so no CPU clock of one */

static struct noise_snapshot begin, end;
static struct noise delta;
static const struct noise_task ghost = {NOBODY, NOBODY, false, false};

static void drop(const char *path)
{
	char full[256];

	snprintf(full, sizeof(full), "%s%s", tree_root, path);
	ok(!unlink(full), "without %s", path);
}

static void put_task(unsigned cpu, unsigned wait, unsigned minor, unsigned major, unsigned vol,
		     unsigned invol, unsigned migrations)
{
	char text[512];

	snprintf(text, sizeof(text), "%u %u 17\n", cpu, wait);
	tree_put("/proc/4999999/task/4999999/schedstat", text);
	/* a name made to mislead */
	snprintf(text, sizeof(text),
		 "4999999 (a) R 1 (b) S 1 4999999 1 0 -1 4194304 %u 77 %u 88 5 6 7 8 20 0 1 0 99\n",
		 minor, major);
	tree_put("/proc/4999999/task/4999999/stat", text);
	snprintf(text, sizeof(text),
		 "Name:\ta) R 1 (b\nThreads:\t1\nvoluntary_ctxt_switches:\t%u\n"
		 "nonvoluntary_ctxt_switches:\t%u\n",
		 vol, invol);
	tree_put("/proc/4999999/task/4999999/status", text);
	snprintf(text, sizeof(text),
		 "x (4999999, #threads: 1)\n-----\nse.exec_start     :   5.1\n"
		 "se.nr_migrations                             :                 %u\n",
		 migrations);
	tree_put("/proc/4999999/task/4999999/sched", text);
}

/* CPUs 0, 2 and 10 are online; ours are 2 and 10. */
static void put_machine_begin(void)
{
	tree_put("/proc/stat", "cpu  99 99 99 99 99 99 99 99 0 0\n"
			       "cpu0 1 1 1 1000 1 1 1 1000 0 0\n"
			       "cpu2 10 0 10 500 20 0 0 3 0 0\n"
			       "cpu10 10 0 10 600 0 0 0 4 0 0\n"
			       "intr 12345 0 0\n");
	tree_put("/proc/interrupts",
		 "           CPU0       CPU2       CPU10      \n"
		 "  0:        100        200        300   IO-APIC   2-edge      timer\n"
		 " 24:          1          2          3   PCI-MSI 9-edge  dev 4 5 6\n"
		 "LOC:         10         20         30   Local timer interrupts\n"
		 "ERR:          1000\n"
		 "MIS:          2000\n");
	tree_put("/proc/pressure/cpu", "some avg10=1.00 avg60=2.00 avg300=3.00 total=5000\n"
				       "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");
	tree_put("/proc/cpuinfo",
		 "processor\t: 0\ncpu MHz\t\t: 9000.000\n\nprocessor\t: 2\n"
		 "cpu MHz\t\t: 2000.400\n\nprocessor\t: 10\ncpu MHz\t\t: 3000.400\n");
	tree_put("/sys/class/powercap/intel-rapl/uevent", "");
	tree_put("/sys/class/powercap/intel-rapl:0/name", "package-0\n");
	tree_put("/sys/class/powercap/intel-rapl:0/energy_uj", "1000\n");
	tree_put("/sys/class/powercap/intel-rapl:0/max_energy_range_uj", "9999\n");
	tree_put("/sys/class/powercap/intel-rapl:1/name", "psys\n");
	tree_put("/sys/class/powercap/intel-rapl:1/energy_uj", "5\n");
	tree_put("/sys/class/powercap/intel-rapl:1/max_energy_range_uj", "9999\n");
	tree_put("/sys/class/powercap/intel-rapl:2/name", "package-1\n");
	tree_put("/sys/class/powercap/intel-rapl:2/energy_uj", "9000\n");
	tree_put("/sys/class/powercap/intel-rapl:2/max_energy_range_uj", "9999\n");
	put_task(1000000, 10, 20, 30, 40, 50, 60);
}

static void put_machine_end(void)
{
	tree_put("/proc/stat", "cpu  99 99 99 99 99 99 99 99 0 0\n"
			       "cpu0 9 9 9 9000 9 9 9 9000 0 0\n"
			       "cpu2 60 2 40 510 25 3 5 5 0 0\n"
			       "cpu10 40 0 40 620 0 0 0 5 0 0\n"
			       "intr 12345 0 0\n");
	tree_put("/proc/interrupts",
		 "           CPU0       CPU2       CPU10      \n"
		 "  0:        900        201        302   IO-APIC   2-edge      timer\n"
		 " 24:          1          2          3   PCI-MSI 9-edge  dev 4 5 6\n"
		 "LOC:         90         24         38   Local timer interrupts\n"
		 "ERR:          5000\n"
		 "MIS:          6000\n");
	tree_put("/proc/pressure/cpu", "some avg10=1.00 avg60=2.00 avg300=3.00 total=5123\n"
				       "full avg10=0.00 avg60=0.00 avg300=0.00 total=9\n");
	tree_put("/sys/class/powercap/intel-rapl:0/energy_uj", "1500\n");
	tree_put("/sys/class/powercap/intel-rapl:1/energy_uj", "3000\n");
	tree_put("/sys/class/powercap/intel-rapl:2/energy_uj", "101\n");
	put_task(4000000, 110, 21, 32, 43, 54, 65);
}

static void read_tree(struct noise_snapshot *s)
{
	static const unsigned pus[] = {10, 2, 10};

	ok(!noise_read_below(tree_root, s, &ghost, 1, pus, 3), "reads the tree");
}

static void test_tree(void)
{
	uint64_t tick = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);

	put_machine_begin();
	read_tree(&begin);
	put_machine_end();
	read_tree(&end);
	ok_is(begin.n_pus, 2, "a PU named twice counts once");
	end.when_ns = begin.when_ns + 100 * tick; /* 200 ticks of two PUs */
	ok(!noise_delta(&begin, &end, &delta), "a delta");
	ok_is(delta.have, (1u << 11) - 1, "everything could be read");
	ok(delta.steal_ns == 3 * tick && delta.tick_ns == tick, "steal of our PUs");
	ok_is(delta.psi_us, 123, "pressure: the total of `some`");
	ok_is(delta.irqs, 3 + 12, "interrupts: columns of our PUs, not ERR and MIS (%lu)",
	      (unsigned long)delta.irqs);
	ok_is(delta.freq_mhz, 2500, "frequency: mean of our PUs from cpuinfo");
	ok_is(delta.energy_nj, (500 + 1100) * 1000, "energy: packages only, wrap-around (%lu)",
	      (unsigned long)delta.energy_nj);
	ok(delta.cpu_ns[0] == 3000000 && delta.run_delay_ns == 100, "schedstat");
	ok(delta.minor_faults == 1 && delta.major_faults == 2, "faults behind a misleading name");
	ok(delta.vol_switches == 3 && delta.invol_switches == 4, "switches");
	ok_is(delta.migrations, 5, "migrations");
	/* the task's 3 ms came before the end's first reading */
	ok_is(delta.foreign_cpu_ns, 150 * tick - 3000000,
	      "foreign: not ours, and at work when a tick came");
	end.busy_ns += 20 * tick; /* 200 ticks - 35 idle - 3 stolen */
	ok(!noise_delta(&begin, &end, &delta) && delta.foreign_cpu_ns == 162 * tick - 3000000,
	   "neither idle, nor stolen, nor ours, where ticks found more at work");
	end.busy_ns -= 20 * tick;
	end.idle_ns = begin.idle_ns;
	ok(!noise_delta(&begin, &end, &delta) && delta.foreign_cpu_ns == 197 * tick - 3000000,
	   "and where there is no idle time, whatever the ticks found");
	ok(!noise_delta(&end, &begin, &delta) && !delta.steal_ns && !delta.irqs && !delta.cpu_ns[0],
	   "a counter that steps back counts as 0");
	end.n_pus++;
	ok_is(noise_delta(&begin, &end, &delta), -EINVAL, "snapshots of different PUs are refused");
}

static unsigned have_now(void)
{
	read_tree(&end);
	return !noise_delta(&begin, &end, &delta) ? delta.have : 0;
}

/* Each file that is missing takes its own fields away and no others. */
static void test_missing(void)
{
	static const struct {
		const char *path;
		unsigned lost;
	} missing[] = {
		{"/proc/pressure/cpu", NOISE_PSI},
		{"/proc/interrupts", NOISE_IRQS},
		{"/proc/cpuinfo", NOISE_FREQ},
		{"/sys/class/powercap/intel-rapl:2/energy_uj", NOISE_ENERGY},
		{"/proc/4999999/task/4999999/sched", NOISE_MIGRATIONS},
		{"/proc/4999999/task/4999999/status", NOISE_SWITCHES},
		{"/proc/4999999/task/4999999/stat", NOISE_FAULTS},
		{"/proc/stat", NOISE_STEAL | NOISE_FOREIGN_CPU},
		{"/proc/4999999/task/4999999/schedstat", NOISE_CPU | NOISE_RUN_DELAY},
	};
	unsigned expect = (1u << 11) - 1;

	put_machine_begin();
	read_tree(&begin);
	for (unsigned i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
		drop(missing[i].path);
		expect &= ~missing[i].lost;
		ok_is(have_now(), expect, "only its fields are lost");
	}
}

/* Files that hold something else than expected. */
static void test_odd(void)
{
	put_machine_begin();
	read_tree(&begin);
	tree_put("/proc/stat", "cpu  2 2 2 2 2 2 2 2 2 2\ncpu0 1 1 1 1 1 1 1 1 0 0\n");
	tree_put("/proc/interrupts", "           CPU0       CPU20     \n  0:    1    2  x\n");
	tree_put("/proc/pressure/cpu", "full avg10=0.00 avg60=0.00 avg300=0.00 total=9\n");
	ok(!(have_now() & (NOISE_STEAL | NOISE_FOREIGN_CPU | NOISE_IRQS | NOISE_PSI)),
	   "PUs that are offline, CPU20 for CPU2, no `some` line: not read");
	tree_put("/proc/stat", "");
	tree_put("/proc/interrupts", "");
	tree_put("/proc/4999999/task/4999999/stat", "4999999 (cut");
	ok(!(have_now() & (NOISE_STEAL | NOISE_IRQS | NOISE_FAULTS)),
	   "empty and cut files: not read");
	put_machine_begin();
	tree_put("/sys/devices/system/cpu/cpu2/cpufreq/scaling_cur_freq", "1200000\n");
	tree_put("/sys/devices/system/cpu/cpu10/cpufreq/scaling_cur_freq", "1400000\n");
	ok(have_now() & NOISE_FREQ && delta.freq_mhz == 1300, "cpufreq goes before cpuinfo");
}

/* 512 CPUs and 1,000 interrupts: the text is 5.5 MB. */
static void test_large_interrupts(void)
{
	static const unsigned last = 511;
	char *text = malloc(8 << 20), *at = text;

	for (unsigned c = 0; c < 512; c++)
		at += sprintf(at, "       CPU%u", c);
	for (unsigned row = 0; row < 1000; row++) {
		at += sprintf(at, "\n%4u:", row);
		for (unsigned c = 0; c < 512; c++)
			at += sprintf(at, " %10u", c);
		at += sprintf(at, "  PCI-MSI %u-edge", row);
	}
	tree_put("/proc/interrupts", text);
	free(text);
	noise_read_below(tree_root, &end, NULL, 0, &last, 1);
	ok(end.have & NOISE_IRQS && end.irqs == 511000, "the last column of a large table");
}

/* On one PU a counter of the whole machine looks like a column. */
static void test_one_pu(void)
{
	static const unsigned first = 0;

	tree_put("/proc/interrupts",
		 "           CPU0       \n  0:         7   IO-APIC   2-edge      timer\n"
		 "ERR:         100\nMIS:        1000\n");
	noise_read_below(tree_root, &end, NULL, 0, &first, 1);
	ok(end.have & NOISE_IRQS && end.irqs == 7, "one PU: ERR and MIS are not its own");
	tree_put("/proc/interrupts",
		 "           CPU0       \nIPI0:        8   Rescheduling interrupts\n"
		 " Err:        100\n");
	noise_read_below(tree_root, &end, NULL, 0, &first, 1);
	ok(end.have & NOISE_IRQS && end.irqs == 8, "nor is arm64's Err");
}

static void snapshot(struct noise_snapshot *s, const struct noise_task *t)
{
	static const unsigned pus[] = {0};

	noise_read(s, t, 1, pus, 1);
}

#define BURN_NS 20000000 /* two ticks of the kernel's coarsest clock */

/* Runs for BURN_NS of its own CPU time. */
static void *burn(void *unused)
{
	struct timespec now, from;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	while ((now.tv_sec - from.tv_sec) * 1000000000 + now.tv_nsec - from.tv_nsec < BURN_NS);
	return unused;
}

/*
 * What a task did after the snapshot is seen by the second look alone, and then is not of the
 * measured part.
 */
static void test_again(void)
{
	const struct noise_task self = {getpid(), (pid_t)syscall(SYS_gettid), false, false};
	uint64_t first;

	snapshot(&begin, &self);
	first = begin.after.task[0].cpu_ns;
	end = begin;
	burn(NULL);
	ok(!noise_read_again(&begin, &self, 1) && begin.after.task[0].cpu_ns >= first + BURN_NS,
	   "a second look at the tasks sees what they did since");
	ok(begin.when_ns == end.when_ns && begin.irqs == end.irqs &&
		   begin.before.task[0].cpu_ns == end.before.task[0].cpu_ns,
	   "and looks at nothing else");
	snapshot(&end, &self);
	noise_delta(&begin, &end, &delta);
	ok_is(delta.cpu_ns[0], end.before.task[0].cpu_ns - begin.after.task[0].cpu_ns,
	      "what was before it is not in the difference");
}

/* A child of the caller that burns and is reaped. */
static void burn_child(void)
{
	pid_t pid = fork();

	if (!pid) {
		burn(NULL);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* A child that echoes bytes until its pipe is closed; at a 1 a child of its own burns first. */
static pid_t start_echo(int to[2], int from[2])
{
	char byte;
	pid_t pid;

	if (pipe(to) || pipe(from))
		return -1;
	fflush(NULL);
	pid = fork();
	if (pid)
		return pid;
	close(to[1]);
	while (read(to[0], &byte, 1) == 1) {
		if (byte == 1)
			burn_child();
		if (write(from[1], &byte, 1) != 1)
			break;
	}
	_exit(0);
}

/* A load of ours is no side: of its counters only its time is taken, as what is known. */
static void test_beside(pid_t load)
{
	const struct noise_task tasks[] = {
		{getpid(), (pid_t)syscall(SYS_gettid), false, false},
		{load, load, false, true},
	};

	noise_read(&begin, tasks, 2, NULL, 0);
	end = begin;
	ok_is(begin.n_tasks, 1, "a load beside: one side");
	ok(begin.after.beside_ns > 0, "and the load's time (%lu ns)",
	   (unsigned long)begin.after.beside_ns);
	begin.have |= NOISE_FOREIGN_CPU;
	begin.n_pus = 1;
	end = begin;
	end.when_ns += BURN_NS;
	noise_delta(&begin, &end, &delta);
	ok_is(delta.foreign_cpu_ns, BURN_NS, "what nobody of ours ran is foreign");
	end.after.beside_ns += BURN_NS;
	noise_delta(&begin, &end, &delta);
	ok_is(delta.foreign_cpu_ns, 0, "what the load ran is not");
}

/* The child sleeps in read() each time, unless its answer is read before it comes back to it. */
static void test_other_process(void)
{
	int to[2] = {-1, -1}, from[2] = {-1, -1};
	pid_t pid = start_echo(to, from);
	struct noise_task t = {pid, pid, false, false};
	char byte = 0;
	bool echoed = true;

	snapshot(&begin, &t);
	for (int i = 0; i < 2000; i++)
		echoed &= write(to[1], &byte, 1) == 1 && read(from[0], &byte, 1) == 1;
	snapshot(&end, &t);
	noise_delta(&begin, &end, &delta);
	ok(echoed && delta.have & NOISE_SWITCHES && delta.vol_switches > 0,
	   "a task that waits on a pipe switches voluntarily (%lu)",
	   (unsigned long)delta.vol_switches);
	ok(delta.have & NOISE_CPU && delta.cpu_ns[0] > 0, "another process's CPU time (%lu ns)",
	   (unsigned long)delta.cpu_ns[0]);
	t.spawns = true;
	byte = 1;
	snapshot(&begin, &t);
	for (int i = 0; i < 3; i++)
		echoed &= write(to[1], &byte, 1) == 1 && read(from[0], &byte, 1) == 1;
	snapshot(&end, &t);
	/* The kernel gives them in ticks of 10 ms, user and system time apart. */
	ok(echoed && end.after.spawned_ns - begin.after.spawned_ns >= 2 * BURN_NS,
	   "and the time of its children (%lu ns)",
	   (unsigned long)(end.after.spawned_ns - begin.after.spawned_ns));
	test_beside(pid);
	close(to[1]);
	waitpid(pid, NULL, 0);
	snapshot(&end, &t);
	noise_delta(&begin, &end, &delta);
	ok(!(delta.have & (NOISE_CPU | NOISE_SWITCHES | NOISE_FAULTS)),
	   "a task that has ended has no counters");
	close(to[0]);
	close(from[0]);
	close(from[1]);
}

/* Two children and a thread burn BURN_NS each and are gone: what is counted of them (ns). */
static uint64_t spawned_ns(bool spawns)
{
	struct noise_task t = {getpid(), (pid_t)syscall(SYS_gettid), spawns, false};
	pthread_t thread;

	snapshot(&begin, &t);
	burn_child();
	burn_child();
	if (!pthread_create(&thread, NULL, burn, NULL))
		pthread_join(thread, NULL);
	snapshot(&end, &t);
	return end.after.spawned_ns - begin.after.spawned_ns;
}

#if defined(__has_feature)
#define INSTRUMENTED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INSTRUMENTED 1
#else
#define INSTRUMENTED 0
#endif

/*
 * Into a snapshot whose pages are fresh; the kernel may take a page of ours away in one try of ten.
 */
static void test_own_faults(const struct noise_task *t)
{
	uint64_t least = UINT64_MAX;

	snapshot(&begin, t);
	for (int i = 0; i < 10; i++) {
		struct noise_snapshot *fresh = mmap(NULL, sizeof(*fresh), PROT_READ | PROT_WRITE,
						    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		snapshot(&begin, t);
		snapshot(fresh, t);
		noise_delta(&begin, fresh, &delta);
		if (delta.have & NOISE_FAULTS && delta.minor_faults < least)
			least = delta.minor_faults;
		munmap(fresh, sizeof(*fresh));
	}
	if (INSTRUMENTED)
		skip("reading counts no fault of its own", "the sanitizer faults");
	else
		ok_is(least, 0, "reading counts no fault of its own");
}

static void test_own_thread(void)
{
	struct noise_task t = {getpid(), (pid_t)syscall(SYS_gettid), false, false};
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = 64;
	char *fresh = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	madvise(fresh, pages * page, MADV_NOHUGEPAGE);
	test_own_faults(&t);
	snapshot(&begin, &t);
	for (size_t i = 0; i < pages; i++)
		fresh[i * page] = 1;
	snapshot(&end, &t);
	noise_delta(&begin, &end, &delta);
	ok(delta.minor_faults >= pages, "%lu fresh pages are %lu minor faults",
	   (unsigned long)pages, (unsigned long)delta.minor_faults);
	ok(delta.have & NOISE_CPU && delta.cpu_ns[0] > 0, "own CPU time below the tick: %lu ns",
	   (unsigned long)delta.cpu_ns[0]);
	ok(delta.have & NOISE_STEAL && delta.have & NOISE_IRQS, "PU 0's own counters are read");
	munmap(fresh, pages * page);
}

/* Raw counters of a snapshot later are never lower. */
static void test_never_back(void)
{
	struct noise_task t = {getpid(), (pid_t)syscall(SYS_gettid), false, false};
	bool back = false;

	snapshot(&begin, &t);
	for (int i = 0; i < 20; i++) {
		const struct noise_task_counts *a = &begin.before.task[0],
					       *b = &begin.after.task[0];
		const struct noise_task_counts *c = &end.before.task[0];

		snapshot(&end, &t);
		back |= b->cpu_ns < a->cpu_ns || c->cpu_ns < b->cpu_ns ||
			b->minor_faults < a->minor_faults || c->minor_faults < b->minor_faults ||
			c->vol_switches < b->vol_switches ||
			c->invol_switches < b->invol_switches ||
			c->run_delay_ns < b->run_delay_ns || end.irqs < begin.irqs ||
			end.psi_us < begin.psi_us || end.when_ns <= begin.when_ns;
		begin = end;
	}
	ok(!back, "no counter of this machine goes back");
}

static void test_spawned(void)
{
	uint64_t ns = spawned_ns(true);

	ok(ns >= 3 * BURN_NS - BURN_NS / 10, "children and threads that are gone are ours: %lu ns",
	   (unsigned long)ns);
	ok_is(spawned_ns(false), 0, "not of a task that makes none");
}

static void test_gap(void)
{
	uint64_t before, gap;

	clock_init(CLOCK_KIND_AUTO);
	before = clock_now_ns();
	gap = noise_clock_gap_max(1000000);
	ok(clock_now_ns() - before >= 1000000, "looks for gaps as long as told");
	ok(gap > 0 && gap <= clock_now_ns() - before, "the largest gap, %lu ns, is part of it",
	   (unsigned long)gap);
}

/* A machine that was suspended while we measured; which of the row's fields and reasons say so. */
static void test_suspended(void)
{
	static struct trial trial;
	static struct row row;
	struct meter meter = {.done = 0};
	char why[GATE_WHY];

	ok(!noise_read(&begin, NULL, 0, NULL, 0) && !noise_read(&end, NULL, 0, NULL, 0) &&
		   !noise_delta(&begin, &end, &delta) && !delta.suspended_ns,
	   "a machine that is not suspended: 0");
	end.suspended_ns = begin.suspended_ns + 1000000;
	ok(!noise_delta(&begin, &end, &delta) && !delta.suspended_ns,
	   "what two reads differ by: 0");
	end.suspended_ns = begin.suspended_ns + 3000000000;
	ok(!noise_delta(&begin, &end, &delta) && delta.suspended_ns == 3000000000,
	   "one that was suspended for 3 s");
	trial.begin = begin;
	trial.end = end;
	row_clear(&row);
	row_set_u64(&row, COL_duration_ns, 50000000);
	fill_stood(&row, &meter, &trial, 0);
	ok(row_get_u64(&row, COL_stood_ns, 0) == 3000000000 && gate_noisy(&row, why) &&
		   !strcmp(why, "stood still for 3 s"),
	   "its row is noisy and says so");
}

int main(void)
{
	tree_new();
	signal(SIGPIPE, SIG_IGN);
	test_tree();
	test_missing();
	test_odd();
	test_large_interrupts();
	test_one_pu();
	test_other_process();
	test_again();
	test_own_thread();
	test_never_back();
	test_spawned();
	test_gap();
	test_suspended();
	tree_remove();
	ok(access(tree_root, F_OK), "cleans up");
	return done_testing();
}
