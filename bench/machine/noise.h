/* SPDX-License-Identifier: MIT */
/* What else happened while we measured: the kernel's counters of our tasks and our PUs. */
#ifndef BENCH_MACHINE_NOISE_H
#define BENCH_MACHINE_NOISE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/machine/cgroup.h"

#define NOISE_TASKS_MAX 64 /* further tasks are not read */
#define NOISE_PUS_MAX 64   /* further PUs are not read */
#define NOISE_ZONES_MAX 16 /* RAPL packages */

/* Which fields could be read; the others are empty in the CSV, never 0. */
enum noise_have {
	NOISE_STEAL = 1u << 0,	     /* steal_ns */
	NOISE_PSI = 1u << 1,	     /* psi_us */
	NOISE_RUN_DELAY = 1u << 2,   /* run_delay_ns */
	NOISE_FOREIGN_CPU = 1u << 3, /* foreign_cpu_ns */
	NOISE_IRQS = 1u << 4,	     /* irqs */
	NOISE_FAULTS = 1u << 5,	     /* minor_faults, major_faults */
	NOISE_SWITCHES = 1u << 6,    /* vol_switches, invol_switches */
	NOISE_MIGRATIONS = 1u << 7,  /* migrations */
	NOISE_CPU = 1u << 8,	     /* cpu_ns[] */
	NOISE_ENERGY = 1u << 9,	     /* energy_nj */
	NOISE_FREQ = 1u << 10,	     /* freq_mhz */
	NOISE_THROTTLED = 1u << 11,  /* throttled */
};

/* A thread whose counters are read: of this process or of another of the same user. */
struct noise_task {
	pid_t pid;   /* process, as getpid() */
	pid_t tid;   /* thread, as gettid(); equals pid for the main thread */
	bool spawns; /* makes threads or children that run on its PU: their time is its own */
	bool beside; /* a process of ours that is no side: only its time is known, as not foreign */
};

/* Counters of one task since it started. */
struct noise_task_counts {
	uint64_t cpu_ns;	 /* time run */
	uint64_t run_delay_ns;	 /* time runnable but waiting for a PU */
	uint64_t minor_faults;	 /* page faults without I/O */
	uint64_t major_faults;	 /* page faults with I/O */
	uint64_t vol_switches;	 /* gave the PU up: slept or waited */
	uint64_t invol_switches; /* was preempted */
	uint64_t migrations;	 /* moved to another PU */
};

/* The tasks at one time. */
struct noise_tasks {
	unsigned have;	     /* enum noise_have: read for every task */
	uint64_t spawned_ns; /* time run by ended threads and reaped children of those that spawn
				... */
	uint64_t beside_ns;  /* ... and by the processes of ours that are no sides */
	struct noise_task_counts task[NOISE_TASKS_MAX]; /* in the order of the tasks asked for */
};

/*
 * All counters at one time; plain memory, may live in shared memory. The tasks are read before and
 * after the machine, because the reading itself takes CPU time and faults pages: noise_delta() goes
 * from the `after` of the begin to the `before` of the end.
 */
struct noise_snapshot {
	unsigned have;	       /* enum noise_have: what was read of the machine */
	unsigned n_tasks;      /* tasks read */
	unsigned n_pus;	       /* PUs read, each once */
	unsigned n_zones;      /* energy zones read */
	uint64_t when_ns;      /* CLOCK_MONOTONIC as the PUs were read */
	uint64_t suspended_ns; /* time since the boot in which the machine was suspended */
	uint64_t idle_ns;      /* our PUs' idle and iowait time, sum */
	uint64_t busy_ns;      /* time in which ticks found our PUs at work, sum */
	uint64_t steal_ns;     /* our PUs' time taken by the hypervisor, sum */
	uint64_t psi_us;       /* time some task of the machine waited for a PU */
	uint64_t irqs;	       /* interrupts on our PUs, sum */
	uint64_t freq_mhz;     /* mean of our PUs */
	struct cgroup_throttled throttled;    /* of our control groups */
	uint64_t energy_uj[NOISE_ZONES_MAX];  /* each package's counter, wraps ... */
	uint64_t energy_max[NOISE_ZONES_MAX]; /* ... after this value, uJ */
	struct noise_tasks before;	      /* the tasks, read first */
	struct noise_tasks after;	      /* the tasks, read last */
};

/*
 * What happened between two snapshots. Fields whose bit in `have` is not set hold 0 and mean
 * nothing.
 */
struct noise {
	unsigned have;		 /* enum noise_have */
	unsigned n_tasks;	 /* entries of cpu_ns */
	uint64_t tick_ns;	 /* resolution per PU of steal_ns and foreign_cpu_ns (USER_HZ) */
	uint64_t steal_ns;	 /* hypervisor ran others on our PUs */
	uint64_t suspended_ns;	 /* the machine was suspended: always known */
	uint64_t psi_us;	 /* some task of the machine waited for a PU */
	uint64_t run_delay_ns;	 /* our tasks waited for a PU, sum */
	uint64_t foreign_cpu_ns; /* our PUs ran what is neither our tasks nor made by them, sum */
	uint64_t irqs;		 /* interrupts on our PUs, IPIs of our own wake-ups included */
	uint64_t minor_faults;	 /* our tasks, sum */
	uint64_t major_faults;	 /* our tasks, sum */
	uint64_t vol_switches;	 /* our tasks, sum */
	uint64_t invol_switches; /* our tasks, sum */
	uint64_t migrations;	 /* our tasks, sum */
	uint64_t cpu_ns[NOISE_TASKS_MAX];  /* time each task ran */
	uint64_t energy_nj;		   /* all packages, sum */
	uint64_t freq_mhz;		   /* mean of our PUs at the end */
	struct cgroup_throttled throttled; /* by the quota of our control group or of one above */
};

/*
 * Reads all counters of `tasks` and of the PUs `pus` (the kernel's CPU numbers) as they are now.
 * A PU may be named twice; tasks `beside` come last. Beyond NOISE_TASKS_MAX or NOISE_PUS_MAX only
 * the first are read. What this kernel or user cannot read, or a task that has ended, leaves its
 * bit in `have` clear. Returns 0 or -ENOMEM.
 */
int noise_read(struct noise_snapshot *ret, const struct noise_task *tasks, unsigned n_tasks,
	       const unsigned *pus, unsigned n_pus);

/*
 * Reads the tasks of the snapshot `s` again, those of noise_read(). To read it all takes some 0.3
 * ms of a PU; the kernel adds the time that a task has waited for this PU to its counter when it
 * runs again, which would be in the measured part. Returns 0 or -ENOMEM, and then `s` is as it was.
 */
int noise_read_again(struct noise_snapshot *s, const struct noise_task *tasks, unsigned n_tasks);

/* noise_read() on a copy of /proc and /sys below the directory `root` ("" for the real ones). */
int noise_read_below(const char *root, struct noise_snapshot *ret, const struct noise_task *tasks,
		     unsigned n_tasks, const unsigned *pus, unsigned n_pus);

/*
 * What happened from `begin` to `end`, which must be of the same tasks and PUs; else -EINVAL, or 0.
 */
int noise_delta(const struct noise_snapshot *begin, const struct noise_snapshot *end,
		struct noise *ret);

/*
 * Adds to `n` what happened meanwhile to the tasks and PUs that another process has looked at;
 * `same_pus`: they are those of `n`. What is of the whole machine (psi_us, energy_nj) and freq_mhz
 * stay as they are.
 */
void noise_add(struct noise *n, const struct noise *other, bool same_pus);

/*
 * Reads clock_now_ns() back to back for `spin_ns`; the largest gap between two reads, in ns. A gap
 * far above the clock's cost is time somebody took: interrupt, preemption, hypervisor, firmware.
 */
uint64_t noise_clock_gap_max(uint64_t spin_ns);

#endif
