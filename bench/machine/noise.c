/* SPDX-License-Identifier: MIT */
/*
 * Noise counters, from proc(5), Documentation/accounting/psi.rst and Documentation/power/powercap/.
 * Everything here is off the timed path.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/machine/noise.h"

#define TASK_HAVE (NOISE_RUN_DELAY | NOISE_FAULTS | NOISE_SWITCHES | NOISE_MIGRATIONS | NOISE_CPU)
#define MAX_COLUMNS 8192	   /* CPUs that Linux can be built for (NR_CPUS of x86) */
#define SUSPENDED_LEAST_NS 2000000 /* less is between two reads */
#define FIRST_BYTES 65536 /* /proc/interrupts of 256 PUs is some megabytes, the rest is small */

/* One file's text at a time, in a buffer that grows. */
struct reader {
	const char *root; /* directory before every path */
	char *text;	  /* the file last read, NUL-terminated */
	size_t size;	  /* bytes allocated */
};

/* Our PUs, each once. */
struct pus {
	unsigned n;		     /* of them */
	unsigned cpu[NOISE_PUS_MAX]; /* the kernel's CPU numbers */
};

/* Reads a whole file into r->text. Returns it, or NULL if it cannot be read. */
__attribute__((format(printf, 2, 3))) static char *read_text(struct reader *r, const char *fmt, ...)
{
	char path[PATH_MAX], *larger;
	va_list args;
	size_t used = 0;
	ssize_t got;
	int fd, n = snprintf(path, sizeof(path), "%s", r->root);

	if (n >= PATH_MAX)
		return NULL;
	va_start(args, fmt);
	vsnprintf(path + n, sizeof(path) - (size_t)n, fmt, args);
	va_end(args);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	while ((got = read(fd, r->text + used, r->size - used - 1)) > 0) {
		used += (size_t)got;
		if (used < r->size - 1)
			continue;
		larger = realloc(r->text, r->size * 2);
		if (!larger) {
			got = -1;
			break;
		}
		r->text = larger;
		r->size *= 2;
	}
	close(fd);
	r->text[used] = '\0';
	return got < 0 ? NULL : r->text;
}

/* The number `text` begins with. Returns whether there is one. */
static bool parse_u64(const char *text, uint64_t *ret)
{
	char *end;

	if (!text)
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return end != text && !errno;
}

/* The number after the first `label`, blanks and colons skipped. Returns whether it is there. */
static bool parse_after(const char *text, const char *label, uint64_t *ret)
{
	const char *at = text ? strstr(text, label) : NULL;

	if (!at)
		return false;
	at += strlen(label);
	return parse_u64(at + strspn(at, ": \t"), ret);
}

static bool is_ours(const struct pus *pus, uint64_t cpu)
{
	for (unsigned i = 0; i < pus->n; i++)
		if (pus->cpu[i] == cpu)
			return true;
	return false;
}

static uint64_t tick_ns(void)
{
	return 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

/*
 * /proc/stat: "cpuN user nice system idle iowait irq softirq steal ...", in USER_HZ ticks. Idle
 * time is exact below the tick on kernels that stop it, while the others may be sampled: see
 * foreign_ns(). Returns whether all of our PUs are there.
 */
static bool parse_stat(char *text, const struct pus *pus, struct noise_snapshot *s)
{
	uint64_t cpu, user, nice, kernel, idle, iowait, irq, soft, steal;
	unsigned found = 0;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		if (sscanf(line,
			   "cpu%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
			   " %" SCNu64 " %" SCNu64 " %" SCNu64,
			   &cpu, &user, &nice, &kernel, &idle, &iowait, &irq, &soft, &steal) != 9 ||
		    !isdigit((unsigned char)line[3]) || !is_ours(pus, cpu))
			continue;
		s->idle_ns += (idle + iowait) * tick_ns();
		s->busy_ns += (user + nice + kernel + irq + soft) * tick_ns();
		s->steal_ns += steal * tick_ns();
		found++;
	}
	return found && found == pus->n;
}

/* One row of /proc/interrupts: sums the columns set in `column`. A row too short is not per PU. */
static uint64_t sum_row(const char *line, const bool *column, unsigned n_columns)
{
	const char *at = strchr(line, ':');
	uint64_t sum = 0;
	char *end;

	line += strspn(line, " ");
	if (!at)
		return 0;
	if (!strncasecmp(line, "ERR:", 4) || !strncasecmp(line, "MIS:", 4))
		return 0; /* of the machine, though on one PU they look like a column */
	at++;
	for (unsigned c = 0; c < n_columns; c++) {
		uint64_t count;

		at += strspn(at, " ");
		if (!isdigit((unsigned char)*at))
			return 0;
		count = strtoull(at, &end, 10);
		at = end;
		sum += column[c] ? count : 0;
	}
	return sum;
}

/* /proc/interrupts: a header "CPU0 CPU2 ..." (online ones only), then a row per interrupt. */
static bool parse_interrupts(char *text, const struct pus *pus, uint64_t *ret)
{
	const char *at = strsep(&text, "\n");
	char *line;
	unsigned n_columns = 0, found = 0;
	bool *column = calloc(MAX_COLUMNS, sizeof(*column));

	if (!column)
		return false;
	for (at = at ? strstr(at, "CPU") : NULL; at && n_columns < MAX_COLUMNS;
	     at = strstr(at, "CPU")) {
		at += strlen("CPU");
		column[n_columns] = is_ours(pus, strtoull(at, NULL, 10));
		found += column[n_columns++];
	}
	*ret = 0;
	while ((line = strsep(&text, "\n")))
		*ret += sum_row(line, column, n_columns);
	free(column);
	return found && found == pus->n;
}

/* /proc/cpuinfo: "processor : N" then "cpu MHz : x" (x86 only). The sum over our PUs, in MHz. */
static bool parse_cpuinfo(char *text, const struct pus *pus, double *sum_mhz)
{
	uint64_t cpu = UINT64_MAX;
	unsigned found = 0;
	double mhz;
	char *line;

	*sum_mhz = 0;
	while ((line = strsep(&text, "\n"))) {
		if (sscanf(line, "processor : %" SCNu64, &cpu) == 1)
			continue;
		if (is_ours(pus, cpu) && sscanf(line, "cpu MHz : %lf", &mhz) == 1) {
			*sum_mhz += mhz;
			found++;
		}
	}
	return found && found == pus->n;
}

/* The mean frequency of our PUs: what cpufreq says in kHz, else /proc/cpuinfo. */
static bool read_freq(struct reader *r, const struct pus *pus, uint64_t *ret)
{
	double sum_mhz = 0;
	uint64_t khz;
	unsigned i;

	if (!pus->n)
		return false;
	for (i = 0; i < pus->n; i++) {
		if (!parse_u64(read_text(r,
					 "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_cur_freq",
					 pus->cpu[i]),
			       &khz))
			break;
		sum_mhz += (double)khz / 1000;
	}
	if (i < pus->n && !parse_cpuinfo(read_text(r, "/proc/cpuinfo"), pus, &sum_mhz))
		return false;
	*ret = (uint64_t)(sum_mhz / pus->n + 0.5);
	return true;
}

/*
 * RAPL: intel-rapl:N is a package ("package-0") or the platform ("psys"); AMD uses the same names.
 */
static unsigned read_energy(struct reader *r, struct noise_snapshot *s)
{
	unsigned n = 0;

	if (!read_text(r, "/sys/class/powercap/intel-rapl/uevent")) /* no driver, no zones */
		return 0;
	for (unsigned zone = 0; zone < 2 * NOISE_ZONES_MAX && n < NOISE_ZONES_MAX; zone++) {
		const char *dir = "/sys/class/powercap/intel-rapl:";
		const char *name = read_text(r, "%s%u/name", dir, zone);

		if (!name || strncmp(name, "package-", 8) != 0)
			continue;
		if (!parse_u64(read_text(r, "%s%u/energy_uj", dir, zone), &s->energy_uj[n]) ||
		    !parse_u64(read_text(r, "%s%u/max_energy_range_uj", dir, zone),
			       &s->energy_max[n]))
			return 0; /* a package that only root may read: no sum */
		n++;
	}
	return n;
}

/*
 * CLOCK_BOOTTIME goes on where CLOCK_MONOTONIC stands (clock_gettime(2)). They are read in turn,
 * until nothing came between.
 */
static uint64_t read_suspended(void)
{
	uint64_t before, after = clock_system_now_ns();
	struct timespec ts = {0};
	unsigned tries = 0;

	do {
		before = after;
		if (clock_gettime(CLOCK_BOOTTIME, &ts))
			return 0;
		after = clock_system_now_ns();
	} while (after - before > SUSPENDED_LEAST_NS && ++tries < 10);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec - before;
}

static void read_machine(struct reader *r, struct noise_snapshot *s, const struct pus *pus)
{
	char *psi;

	if (parse_interrupts(read_text(r, "/proc/interrupts"), pus, &s->irqs))
		s->have |= NOISE_IRQS;
	psi = read_text(r, "/proc/pressure/cpu");
	if (psi && !strncmp(psi, "some ", 5) && parse_after(psi, "total=", &s->psi_us))
		s->have |= NOISE_PSI;
	if (read_freq(r, pus, &s->freq_mhz))
		s->have |= NOISE_FREQ;
	if (cgroup_throttled(r->root, &s->throttled))
		s->have |= NOISE_THROTTLED;
	s->n_zones = read_energy(r, s);
	if (s->n_zones)
		s->have |= NOISE_ENERGY;
	if (parse_stat(read_text(r, "/proc/stat"), pus, s))
		s->have |= NOISE_STEAL | NOISE_FOREIGN_CPU;
	s->when_ns = clock_system_now_ns();
	s->suspended_ns = read_suspended();
}

/*
 * The time a task ran up to this moment. The kernel gives a clock of single threads only to their
 * own process and the clock of a process to all; schedstat lacks what ran since the last tick.
 */
static bool read_cpu_clock(const struct noise_task *t, uint64_t n_threads, uint64_t *ret)
{
	/* as pthread_getcpuclockid() makes it: ~tid << 3 | CPUCLOCK_PERTHREAD | CPUCLOCK_SCHED */
	clockid_t id = (clockid_t)(~(unsigned)t->tid << 3 | 4 | 2);
	struct timespec ts;

	if (t->pid != getpid() &&
	    (n_threads != 1 || t->pid != t->tid || clock_getcpuclockid(t->pid, &id)))
		return false;
	if (clock_gettime(id, &ts))
		return false;
	*ret = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	return true;
}

/*
 * Reads one task; returns what could be read. The clock comes last, nearest to the measured part.
 */
static unsigned read_task(struct reader *r, const struct noise_task *t, struct noise_task_counts *c)
{
	char dir[64];
	const char *text;
	uint64_t n_threads = 0;
	unsigned have = 0;

	snprintf(dir, sizeof(dir), "/proc/%d/task/%d", (int)t->pid, (int)t->tid);
	text = read_text(r, "%s/sched", dir);
	if (parse_after(text, "se.nr_migrations", &c->migrations))
		have |= NOISE_MIGRATIONS;
	text = read_text(r, "%s/status", dir);
	if (parse_after(text, "\nvoluntary_ctxt_switches", &c->vol_switches) &&
	    parse_after(text, "\nnonvoluntary_ctxt_switches", &c->invol_switches))
		have |= NOISE_SWITCHES;
	parse_after(text, "\nThreads", &n_threads);
	text = read_text(r, "%s/stat", dir); /* "tid (name) S ppid ...": a name may hold anything */
	text = text ? strrchr(text, ')') : NULL;
	if (text && sscanf(text, ") %*c %*d %*d %*d %*d %*d %*u %" SCNu64 " %*u %" SCNu64,
			   &c->minor_faults, &c->major_faults) == 2)
		have |= NOISE_FAULTS;
	text = read_text(r, "%s/schedstat", dir); /* ns run, ns waited, times run */
	if (text && sscanf(text, "%" SCNu64 " %" SCNu64, &c->cpu_ns, &c->run_delay_ns) == 2)
		have |= NOISE_CPU | NOISE_RUN_DELAY;
	if (read_cpu_clock(t, n_threads, &c->cpu_ns))
		have |= NOISE_CPU;
	return have;
}

/* Time run by the children of `pid` that it has reaped; 0 = none or not to be known. */
static uint64_t read_children(struct reader *r, pid_t pid)
{
	uint64_t user = 0, system = 0;
	struct rusage usage;
	const char *text;

	if (pid == getpid() && !getrusage(RUSAGE_CHILDREN, &usage)) /* in us, not in ticks */
		return 1000 * (1000000 * (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec));
	text = read_text(r, "/proc/%d/stat", (int)pid);
	text = text ? strrchr(text, ')') : NULL;
	if (text)
		sscanf(text,
		       ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
		       &user, &system);
	return (user + system) * tick_ns();
}

/* Time run by the process `pid`: by all threads that it has or had, and its reaped children. */
static uint64_t read_family(struct reader *r, pid_t pid)
{
	struct timespec ts = {0, 0};
	clockid_t id;

	if (clock_getcpuclockid(pid, &id) || clock_gettime(id, &ts))
		return 0;
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec + read_children(r, pid);
}

/* What the tasks that spawn have made and is gone: each process once. */
static uint64_t read_spawned(struct reader *r, const struct noise_tasks *now,
			     const struct noise_task *tasks, unsigned n)
{
	uint64_t family = 0, own = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned first = 0;

		while (tasks[first].pid != tasks[i].pid)
			first++;
		if (!tasks[i].spawns)
			continue;
		own += now->task[i].cpu_ns;
		family += first == i ? read_family(r, tasks[i].pid) : 0;
	}
	return family > own ? family - own : 0;
}

/* Reads the `n` sides, and what the `beside` tasks after them have run. */
static void read_tasks(struct reader *r, struct noise_tasks *ret, const struct noise_task *tasks,
		       unsigned n, unsigned beside)
{
	ret->have = n ? TASK_HAVE : 0;
	for (unsigned i = 0; i < n; i++)
		ret->have &= read_task(r, &tasks[i], &ret->task[i]);
	ret->spawned_ns = read_spawned(r, ret, tasks, n);
	ret->beside_ns = 0;
	for (unsigned i = n; i < n + beside; i++)
		ret->beside_ns += read_family(r, tasks[i].pid);
}

/*
 * How many of `tasks`, n of them, are sides; *beside: how many of ours stand beside them, after
 * them.
 */
static unsigned split(const struct noise_task *tasks, unsigned n, unsigned *beside)
{
	unsigned sides = n = n < NOISE_TASKS_MAX ? n : NOISE_TASKS_MAX;

	while (sides && tasks[sides - 1].beside)
		sides--;
	*beside = n - sides;
	return sides;
}

int noise_read_below(const char *root, struct noise_snapshot *ret, const struct noise_task *tasks,
		     unsigned n_tasks, const unsigned *pus, unsigned n_pus)
{
	struct reader r = {.root = root, .text = malloc(FIRST_BYTES), .size = FIRST_BYTES};
	unsigned beside, n = split(tasks, n_tasks, &beside);
	struct noise_tasks before = {0};
	struct pus ours = {0};

	if (!r.text)
		return -ENOMEM;
	/*
	 * not to *ret, whose pages may be fresh: our own faults would count as the measured part's
	 */
	read_tasks(&r, &before, tasks, n, beside);
	memset(ret, 0, sizeof(*ret));
	ret->before = before;
	for (unsigned i = 0; i < n_pus && ours.n < NOISE_PUS_MAX; i++)
		if (!is_ours(&ours, pus[i]))
			ours.cpu[ours.n++] = pus[i];
	ret->n_tasks = n;
	ret->n_pus = ours.n;
	read_machine(&r, ret, &ours);
	read_tasks(&r, &ret->after, tasks, n, beside);
	free(r.text);
	return 0;
}

int noise_read(struct noise_snapshot *ret, const struct noise_task *tasks, unsigned n_tasks,
	       const unsigned *pus, unsigned n_pus)
{
	return noise_read_below("", ret, tasks, n_tasks, pus, n_pus);
}

int noise_read_again(struct noise_snapshot *s, const struct noise_task *tasks, unsigned n_tasks)
{
	struct reader r = {.root = "", .text = malloc(FIRST_BYTES), .size = FIRST_BYTES};
	unsigned beside, n = split(tasks, n_tasks, &beside);

	if (!r.text)
		return -ENOMEM;
	read_tasks(&r, &s->after, tasks, n, beside);
	free(r.text);
	return 0;
}

/*
 * Differences are never negative: counters of a guest or of idle time are known to step back a
 * little.
 */
static uint64_t minus(uint64_t end, uint64_t begin)
{
	return end > begin ? end - begin : 0;
}

static void delta_machine(const struct noise_snapshot *begin, const struct noise_snapshot *end,
			  struct noise *ret)
{
	ret->steal_ns = minus(end->steal_ns, begin->steal_ns);
	ret->suspended_ns = minus(end->suspended_ns, begin->suspended_ns);
	if (ret->suspended_ns < SUSPENDED_LEAST_NS)
		ret->suspended_ns = 0;
	ret->psi_us = minus(end->psi_us, begin->psi_us);
	ret->irqs = minus(end->irqs, begin->irqs);
	ret->freq_mhz = end->freq_mhz;
	ret->throttled.ns = minus(end->throttled.ns, begin->throttled.ns);
	ret->throttled.periods = minus(end->throttled.periods, begin->throttled.periods);
	if (begin->n_zones != end->n_zones)
		ret->have &= ~(unsigned)NOISE_ENERGY;
	for (unsigned z = 0; z < end->n_zones; z++) {
		uint64_t from = begin->energy_uj[z], to = end->energy_uj[z];

		ret->energy_nj += 1000 * (to >= from ? to - from : end->energy_max[z] - from + to);
	}
}

static void delta_tasks(const struct noise_tasks *begin, const struct noise_tasks *end,
			struct noise *ret)
{
	for (unsigned i = 0; i < ret->n_tasks; i++) {
		const struct noise_task_counts *a = &begin->task[i], *b = &end->task[i];

		ret->cpu_ns[i] = minus(b->cpu_ns, a->cpu_ns);
		ret->run_delay_ns += minus(b->run_delay_ns, a->run_delay_ns);
		ret->minor_faults += minus(b->minor_faults, a->minor_faults);
		ret->major_faults += minus(b->major_faults, a->major_faults);
		ret->vol_switches += minus(b->vol_switches, a->vol_switches);
		ret->invol_switches += minus(b->invol_switches, a->invol_switches);
		ret->migrations += minus(b->migrations, a->migrations);
	}
}

/*
 * What the PUs did besides idling, being stolen and running us and what we made, while both were
 * being read. The kernel's way into idle and out of it is neither idle nor of a task, and on a
 * virtual machine whose sides sleep it takes a sixth of the time: where there is idle time, foreign
 * time is no more than what ticks found at work besides us.
 */
static uint64_t foreign_ns(const struct noise_snapshot *begin, const struct noise_snapshot *end,
			   unsigned n_tasks)
{
	uint64_t total = minus(end->when_ns, begin->when_ns) * end->n_pus;
	uint64_t idle = minus(end->idle_ns, begin->idle_ns), ours = 0, rest, seen;

	for (unsigned i = 0; i < n_tasks; i++)
		ours += minus(end->after.task[i].cpu_ns, begin->after.task[i].cpu_ns);
	ours += minus(end->after.spawned_ns, begin->after.spawned_ns);
	ours += minus(end->after.beside_ns, begin->after.beside_ns);
	rest = minus(total, idle + minus(end->steal_ns, begin->steal_ns) + ours);
	seen = minus(minus(end->busy_ns, begin->busy_ns), ours);
	return idle && seen < rest ? seen : rest;
}

int noise_delta(const struct noise_snapshot *begin, const struct noise_snapshot *end,
		struct noise *ret)
{
	if (begin->n_tasks != end->n_tasks || begin->n_pus != end->n_pus)
		return -EINVAL;
	memset(ret, 0, sizeof(*ret));
	ret->n_tasks = end->n_tasks;
	ret->tick_ns = tick_ns();
	ret->have = (begin->have & end->have) | (begin->after.have & end->before.have);
	delta_machine(begin, end, ret);
	delta_tasks(&begin->after, &end->before, ret);

	ret->foreign_cpu_ns = foreign_ns(begin, end, ret->n_tasks);
	if (ret->n_tasks && !(ret->have & NOISE_CPU))
		ret->have &= ~(unsigned)NOISE_FOREIGN_CPU;
	return 0;
}

/* Of PUs that both looked at, each took the other's tasks for foreign. */
static void add_pus(struct noise *n, const struct noise *other, bool same_pus)
{
	uint64_t tasks_ns = 0;

	for (unsigned i = 0; i < other->n_tasks; i++)
		tasks_ns += other->cpu_ns[i];
	if (same_pus) {
		n->foreign_cpu_ns = minus(n->foreign_cpu_ns, tasks_ns);
		return;
	}
	n->foreign_cpu_ns += other->foreign_cpu_ns;
	n->steal_ns += other->steal_ns;
	n->irqs += other->irqs;
}

void noise_add(struct noise *n, const struct noise *other, bool same_pus)
{
	n->have &= other->have | NOISE_PSI | NOISE_ENERGY | NOISE_FREQ;
	add_pus(n, other, same_pus);
	n->run_delay_ns += other->run_delay_ns;
	n->minor_faults += other->minor_faults;
	n->major_faults += other->major_faults;
	n->vol_switches += other->vol_switches;
	n->invol_switches += other->invol_switches;
	n->migrations += other->migrations;
	n->throttled.ns += other->throttled.ns;
	n->throttled.periods += other->throttled.periods;
	for (unsigned i = 0; i < other->n_tasks && n->n_tasks < NOISE_TASKS_MAX; i++)
		n->cpu_ns[n->n_tasks++] = other->cpu_ns[i];
}

uint64_t noise_clock_gap_max(uint64_t spin_ns)
{
	uint64_t begin = clock_now_ns(), last = begin, gap = 0;

	while (last - begin < spin_ns) {
		uint64_t now = clock_now_ns();

		gap = now - last > gap ? now - last : gap;
		last = now;
	}
	return gap;
}
