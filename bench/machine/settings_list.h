/* SPDX-License-Identifier: MIT */
/*
 * Which files are settings. "*" is a pattern of glob(3), "#" a number that stands for many alike. A
 * stable one tells one machine, kernel and build from another; what is chosen is the kernel's
 * choice within a setting; the others are tuning.
 */
#ifndef BENCH_MACHINE_SETTINGS_LIST_H
#define BENCH_MACHINE_SETTINGS_LIST_H

#include "bench/machine/settings.h"

#define SETTINGS_CPU "/sys/devices/system/cpu/"

/* How keys begin that are no paths. */
#define SETTINGS_MODULE "module:"
#define SETTINGS_SERVICE "service:" /* systemd starts and ends some by itself */
#define SETTINGS_CONFIG "kernel-config:"

static const struct settings_file {
	const char *path;
	enum settings_part part;
} settings_files[] = {
	/* kernel and machine */
	{"/proc/version", SETTINGS_STABLE},
	{"/proc/cmdline", SETTINGS_STABLE},
	{"/proc/sys/kernel/tainted", SETTINGS_TUNING},
	{"/sys/kernel/realtime", SETTINGS_STABLE},
	{"/sys/kernel/debug/sched/*_ns", SETTINGS_TUNING},
	{"/sys/kernel/debug/sched/features", SETTINGS_TUNING},
	{"/sys/kernel/debug/sched/nr_migrate", SETTINGS_TUNING},
	{"/sys/kernel/debug/sched/preempt", SETTINGS_TUNING},
	{"/sys/kernel/debug/sched/tunable_scaling", SETTINGS_TUNING},
	{"/sys/kernel/debug/sched/numa_balancing/*", SETTINGS_TUNING},
	{"/sys/kernel/debug/sched/fair_server/cpu#/*", SETTINGS_TUNING},
	{"/sys/kernel/sched_ext/state", SETTINGS_TUNING},
	{"/sys/kernel/sched_ext/root/ops", SETTINGS_TUNING},
	{"/sys/kernel/security/lsm", SETTINGS_STABLE},
	{"/sys/fs/selinux/enforce", SETTINGS_TUNING},
	{"/sys/fs/selinux/avc/cache_threshold", SETTINGS_TUNING},
	{"/sys/fs/resctrl/schemata", SETTINGS_TUNING},
	{"/sys/fs/resctrl/cpus_list", SETTINGS_TUNING},
	{"/sys/fs/resctrl/*/schemata", SETTINGS_TUNING},
	{"/sys/fs/resctrl/*/cpus_list", SETTINGS_TUNING},
	{"/sys/devices/system/machinecheck/machinecheck#/ignore_ce", SETTINGS_TUNING},
	{"/sys/devices/system/machinecheck/machinecheck#/check_interval", SETTINGS_TUNING},
	{"/sys/class/dmi/id/sys_vendor", SETTINGS_STABLE},
	{"/sys/class/dmi/id/product_name", SETTINGS_STABLE},
	{"/sys/class/dmi/id/bios_version", SETTINGS_STABLE},
	{"/sys/hypervisor/type", SETTINGS_STABLE},
	/* processors and caches */
	{SETTINGS_CPU "online", SETTINGS_STABLE},
	{SETTINGS_CPU "isolated", SETTINGS_STABLE},
	{SETTINGS_CPU "nohz_full", SETTINGS_STABLE},
	{SETTINGS_CPU "smt/control", SETTINGS_STABLE},
	{SETTINGS_CPU "smt/active", SETTINGS_STABLE},
	{SETTINGS_CPU "vulnerabilities/*", SETTINGS_STABLE},
	{SETTINGS_CPU "cpu#/microcode/version", SETTINGS_STABLE},
	{SETTINGS_CPU "cpu#/cache/index*/level", SETTINGS_STABLE},
	{SETTINGS_CPU "cpu#/cache/index*/type", SETTINGS_STABLE},
	{SETTINGS_CPU "cpu#/cache/index*/size", SETTINGS_STABLE},
	{SETTINGS_CPU "cpu#/cache/index*/coherency_line_size", SETTINGS_STABLE},
	{SETTINGS_CPU "cpu#/cache/index*/shared_cpu_list", SETTINGS_STABLE},
	{"/sys/devices/system/node/node#/distance", SETTINGS_STABLE},
	/* frequency and idle states */
	{SETTINGS_CPU "cpu#/cpufreq/scaling_driver", SETTINGS_TUNING},
	{SETTINGS_CPU "cpu#/cpufreq/scaling_governor", SETTINGS_TUNING},
	{SETTINGS_CPU "cpu#/cpufreq/scaling_min_freq", SETTINGS_TUNING},
	{SETTINGS_CPU "cpu#/cpufreq/scaling_max_freq", SETTINGS_TUNING},
	{SETTINGS_CPU "cpu#/cpufreq/energy_performance_preference", SETTINGS_TUNING},
	{SETTINGS_CPU "cpu#/power/energy_perf_bias", SETTINGS_TUNING},
	{SETTINGS_CPU "cpu#/power/pm_qos_resume_latency_us", SETTINGS_TUNING},
	{SETTINGS_CPU "cpufreq/boost", SETTINGS_TUNING},
	{SETTINGS_CPU "intel_pstate/*", SETTINGS_TUNING},
	{SETTINGS_CPU "amd_pstate/*", SETTINGS_TUNING},
	{SETTINGS_CPU "intel_uncore_frequency/*/m??_freq_khz", SETTINGS_TUNING},
	{SETTINGS_CPU "cpuidle/*", SETTINGS_TUNING},
	{SETTINGS_CPU "cpu#/cpuidle/state*/name", SETTINGS_TUNING},
	{SETTINGS_CPU "cpu#/cpuidle/state*/latency", SETTINGS_TUNING},
	{SETTINGS_CPU "cpu#/cpuidle/state*/disable", SETTINGS_TUNING},
	{"/sys/module/haltpoll/parameters/*", SETTINGS_TUNING},
	{"/sys/module/intel_idle/parameters/*", SETTINGS_TUNING},
	{"/sys/firmware/acpi/platform_profile", SETTINGS_TUNING},
	{SETTINGS_CPU "cpu#/thermal_throttle/core_throttle_count", SETTINGS_TUNING},
	{SETTINGS_CPU "cpu#/thermal_throttle/package_throttle_count", SETTINGS_TUNING},
	{"/sys/devices/system/clocksource/clocksource0/current_clocksource", SETTINGS_TUNING},
	{"/sys/devices/system/clocksource/clocksource0/available_clocksource", SETTINGS_TUNING},
	/* memory */
	{"/sys/kernel/mm/transparent_hugepage/*", SETTINGS_TUNING},
	{"/sys/kernel/mm/transparent_hugepage/hugepages-*/enabled", SETTINGS_TUNING},
	{"/sys/kernel/mm/transparent_hugepage/hugepages-*/shmem_enabled", SETTINGS_TUNING},
	{"/sys/kernel/mm/transparent_hugepage/khugepaged/defrag", SETTINGS_TUNING},
	{"/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs", SETTINGS_TUNING},
	{"/sys/kernel/mm/hugepages/*/nr_hugepages", SETTINGS_TUNING},
	{"/sys/kernel/mm/ksm/run", SETTINGS_TUNING},
	{"/proc/sys/kernel/numa_balancing", SETTINGS_TUNING},
	{"/proc/sys/vm/swappiness", SETTINGS_TUNING},
	{"/proc/sys/vm/dirty_*", SETTINGS_TUNING},
	{"/proc/sys/vm/stat_interval", SETTINGS_TUNING},
	{"/proc/sys/vm/min_free_kbytes", SETTINGS_TUNING},
	{"/proc/sys/vm/overcommit_memory", SETTINGS_TUNING},
	{"/proc/sys/vm/zone_reclaim_mode", SETTINGS_TUNING},
	{"/proc/sys/vm/compaction_proactiveness", SETTINGS_TUNING},
	{"/proc/sys/vm/laptop_mode", SETTINGS_TUNING},
	{"/proc/sys/vm/max_map_count", SETTINGS_TUNING},
	/* scheduling and interrupts */
	{"/proc/sys/kernel/sched_*", SETTINGS_TUNING},
	{"/proc/sys/kernel/split_lock_mitigate", SETTINGS_TUNING},
	{"/proc/sys/kernel/rseq_slice_extension_nsec", SETTINGS_TUNING},
	{"/proc/sys/kernel/timer_migration", SETTINGS_TUNING},
	{"/proc/sys/kernel/nmi_watchdog", SETTINGS_TUNING},
	{"/proc/sys/kernel/watchdog", SETTINGS_TUNING},
	{"/proc/sys/kernel/watchdog_thresh", SETTINGS_TUNING},
	{"/proc/sys/kernel/hung_task_timeout_secs", SETTINGS_TUNING},
	{"/proc/sys/kernel/randomize_va_space", SETTINGS_TUNING},
	{"/proc/sys/kernel/perf_event_paranoid", SETTINGS_TUNING},
	{"/proc/sys/kernel/perf_event_max_sample_rate", SETTINGS_TUNING},
	{"/proc/sys/kernel/io_uring_*", SETTINGS_TUNING},
	{"/proc/sys/kernel/yama/ptrace_scope", SETTINGS_TUNING},
	{"/sys/devices/virtual/workqueue/cpumask", SETTINGS_TUNING},
	{"/sys/devices/virtual/workqueue/*/cpumask", SETTINGS_TUNING},
	{"/sys/module/workqueue/parameters/*", SETTINGS_TUNING},
	{"/proc/irq/default_smp_affinity", SETTINGS_TUNING},
	{"/proc/irq/#/smp_affinity_list", SETTINGS_TUNING},
	{"/proc/irq/#/effective_affinity_list", SETTINGS_CHOSEN},
	/* IPC */
	{"/proc/sys/kernel/sem", SETTINGS_TUNING},
	{"/proc/sys/kernel/msgmax", SETTINGS_TUNING},
	{"/proc/sys/kernel/msgmnb", SETTINGS_TUNING},
	{"/proc/sys/kernel/msgmni", SETTINGS_TUNING},
	{"/proc/sys/kernel/shmmax", SETTINGS_TUNING},
	{"/proc/sys/kernel/shmall", SETTINGS_TUNING},
	{"/proc/sys/kernel/shmmni", SETTINGS_TUNING},
	{"/proc/sys/fs/mqueue/*", SETTINGS_TUNING},
	{"/proc/sys/fs/pipe-*", SETTINGS_TUNING},
	{"/proc/sys/fs/epoll/max_user_watches", SETTINGS_TUNING},
	{"/proc/sys/fs/aio-max-nr", SETTINGS_TUNING},
	{"/proc/sys/fs/nr_open", SETTINGS_TUNING},
	/* network */
	{"/proc/sys/net/core/busy_*", SETTINGS_TUNING},
	{"/proc/sys/net/core/[rw]mem_*", SETTINGS_TUNING},
	{"/proc/sys/net/core/somaxconn", SETTINGS_TUNING},
	{"/proc/sys/net/core/netdev_budget*", SETTINGS_TUNING},
	{"/proc/sys/net/core/netdev_max_backlog", SETTINGS_TUNING},
	{"/proc/sys/net/core/dev_weight", SETTINGS_TUNING},
	{"/proc/sys/net/core/default_qdisc", SETTINGS_TUNING},
	{"/proc/sys/net/core/rps_sock_flow_entries", SETTINGS_TUNING},
	{"/proc/sys/net/core/bpf_jit_*", SETTINGS_TUNING},
	{"/proc/sys/net/unix/max_dgram_qlen", SETTINGS_TUNING},
	{"/proc/sys/net/ipv4/tcp_[rw]mem", SETTINGS_TUNING},
	{"/proc/sys/net/ipv4/udp_*", SETTINGS_TUNING},
	{"/proc/sys/net/ipv4/tcp_fastopen", SETTINGS_TUNING},
	{"/proc/sys/net/ipv4/tcp_autocorking", SETTINGS_TUNING},
	{"/proc/sys/net/ipv4/tcp_congestion_control", SETTINGS_TUNING},
	{"/proc/sys/net/ipv4/tcp_timestamps", SETTINGS_TUNING},
	{"/proc/sys/net/ipv4/tcp_low_latency", SETTINGS_TUNING},
	{"/proc/sys/net/netfilter/nf_conntrack_max", SETTINGS_TUNING},
	{"/proc/sys/net/bridge/bridge-nf-call-iptables", SETTINGS_TUNING},
	{"/proc/net/ip_tables_names", SETTINGS_TUNING},
	{"/proc/net/ip6_tables_names", SETTINGS_TUNING},
	{"/sys/class/net/lo/mtu", SETTINGS_TUNING},
	{"/sys/class/net/lo/queues/*/rps_cpus", SETTINGS_TUNING},
	/* confinement */
	{"/proc/self/cgroup", SETTINGS_TUNING},
	/* what tunes */
	{"/etc/tuned/active_profile", SETTINGS_TUNING},
	{"/etc/tuned/profile_mode", SETTINGS_TUNING},
	{"/etc/tuned/bootcmdline", SETTINGS_TUNING},
	{"/etc/tuned/tuned-main.conf", SETTINGS_TUNING},
	{"/etc/tuned/*/tuned.conf", SETTINGS_TUNING},
};

/* Keys of files of keys and values: the first that has the key counts. */
static const struct settings_key {
	const char *path, *key;
	enum settings_part part;
} settings_keys[] = {
	{"/proc/cpuinfo", "vendor_id", SETTINGS_STABLE},
	{"/proc/cpuinfo", "cpu family", SETTINGS_STABLE},
	{"/proc/cpuinfo", "model", SETTINGS_STABLE},
	{"/proc/cpuinfo", "model name", SETTINGS_STABLE},
	{"/proc/cpuinfo", "stepping", SETTINGS_STABLE},
	{"/proc/cpuinfo", "microcode", SETTINGS_STABLE},
	{"/proc/cpuinfo", "flags", SETTINGS_STABLE},
	{"/proc/cpuinfo", "CPU implementer", SETTINGS_STABLE},
	{"/proc/cpuinfo", "CPU part", SETTINGS_STABLE},
	{"/proc/cpuinfo", "CPU revision", SETTINGS_STABLE},
	{"/proc/cpuinfo", "Features", SETTINGS_STABLE},
	{"/proc/meminfo", "MemTotal", SETTINGS_TUNING},
	{"/proc/meminfo", "HugePages_Total", SETTINGS_TUNING},
	{"/proc/meminfo", "Hugepagesize", SETTINGS_TUNING},
	{"/proc/self/status", "Cpus_allowed_list", SETTINGS_STABLE},
	{"/proc/self/status", "Mems_allowed_list", SETTINGS_STABLE},
	{"/proc/self/status", "Seccomp", SETTINGS_STABLE},
	{"/proc/self/status", "NoNewPrivs", SETTINGS_TUNING},
	{"/proc/self/status", "CapEff", SETTINGS_TUNING},
	{"/proc/self/limits", "Max locked memory", SETTINGS_TUNING},
	{"/proc/self/limits", "Max stack size", SETTINGS_TUNING},
	{"/proc/self/limits", "Max open files", SETTINGS_TUNING},
	{"/proc/self/limits", "Max msgqueue size", SETTINGS_TUNING},
	{"/proc/self/limits", "Max nice priority", SETTINGS_TUNING},
	{"/proc/self/limits", "Max realtime priority", SETTINGS_TUNING},
	{"/proc/self/limits", "Max processes", SETTINGS_TUNING},
};

/*
 * Options of the kernel's configuration, without CONFIG_: what it can do, and what each entry to it
 * costs.
 */
static const char *const settings_config[] = {
	"HZ",		   /* ticks per second: slices and waits are multiples */
	"NO_HZ_IDLE",	   /* no ticks on idle CPUs */
	"NO_HZ_FULL",	   /* none on busy CPUs: each entry to the kernel is counted */
	"HIGH_RES_TIMERS", /* timers between two ticks */
	"PREEMPT_NONE",	   /* when a woken task takes over a busy CPU ... */
	"PREEMPT_VOLUNTARY",
	"PREEMPT",
	"PREEMPT_LAZY",
	"PREEMPT_RT",		   /* ... locks of the kernel sleep */
	"PREEMPT_DYNAMIC",	   /* ... chosen at boot */
	"SCHED_CLASS_EXT",	   /* scx: profiles */
	"SCHED_CORE",		   /* a core's threads only beside their like */
	"SCHED_AUTOGROUP",	   /* nice values act within a session */
	"FAIR_GROUP_SCHED",	   /* groups have run queues: each level costs at every wake-up */
	"RT_GROUP_SCHED",	   /* and real-time tasks need a share of their group's */
	"CFS_BANDWIDTH",	   /* quotas */
	"UCLAMP_TASK",		   /* frequency by a task's wish */
	"RCU_NOCB_CPU",		   /* callbacks of RCU on other CPUs */
	"IRQ_TIME_ACCOUNTING",	   /* time in interrupts is not the task's */
	"VIRT_CPU_ACCOUNTING_GEN", /* reads the clock at each entry */
	"PSI",			   /* pressure, counted at each sleep and wake-up */
	"CPU_MITIGATIONS",	   /* against speculation: each entry to the kernel ... */
	"MITIGATION_PAGE_TABLE_ISOLATION",
	"MITIGATION_RETPOLINE", /* ... and each indirect call in it */
	"MITIGATION_RETHUNK",
	"NET_RX_BUSY_POLL",	    /* busy_read and busy_poll */
	"NUMA_BALANCING",	    /* pages that are taken away to see who uses them */
	"AUDITSYSCALL",		    /* rules at each system call */
	"SECURITY_SELINUX",	    /* a check at each send */
	"HARDENED_USERCOPY",	    /* a check at each copy */
	"INIT_ON_ALLOC_DEFAULT_ON", /* memory of the kernel is cleared */
	"FUTEX_PRIVATE_HASH",	    /* a table of futexes for each process */
	"RSEQ_SLICE_EXTENSION",	    /* a task may ask for more time */
	"PARAVIRT_SPINLOCKS",	    /* a guest's waiter for a lock gives its CPU up */
	"HALTPOLL_CPUIDLE",	    /* an idle guest looks for work before it halts */
	"PROVE_LOCKING",	    /* debugging, which makes all else many times slower */
	"DEBUG_PREEMPT",
	"KASAN",
};

/* Variables that change how programs run, by how their names begin. */
static const char *const settings_variables[] = {
	"GLIBC_TUNABLES=", "MALLOC_", "LD_",	 "HWLOC_", "OMP_", "GOMP_", "KMP_",
	"URCU_",	   "TZ=",     "LC_ALL=", "LANG=",
};

#endif
