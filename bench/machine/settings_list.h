/* SPDX-License-Identifier: MIT */
/*
 * Which files are settings. "*" is a pattern of glob(3), "#" a number that stands for many alike. A
 * stable one tells one machine, kernel and build from another; the others are tuning.
 */
#ifndef BENCH_MACHINE_SETTINGS_LIST_H
#define BENCH_MACHINE_SETTINGS_LIST_H

#define SETTINGS_CPU "/sys/devices/system/cpu/"

static const struct settings_file {
	const char *path;
	int stable; /* 1 = belongs to the fingerprint */
} settings_files[] = {
	/* kernel and machine */
	{"/proc/version", 1},
	{"/proc/cmdline", 1},
	{"/proc/sys/kernel/tainted", 0},
	{"/sys/kernel/realtime", 1},
	{"/sys/kernel/debug/sched/*_ns", 0},
	{"/sys/kernel/debug/sched/features", 0},
	{"/sys/kernel/debug/sched/nr_migrate", 0},
	{"/sys/kernel/debug/sched/preempt", 0},
	{"/sys/kernel/debug/sched/tunable_scaling", 0},
	{"/sys/kernel/debug/sched/numa_balancing/*", 0},
	{"/sys/kernel/security/lsm", 1},
	{"/sys/class/dmi/id/sys_vendor", 1},
	{"/sys/class/dmi/id/product_name", 1},
	{"/sys/class/dmi/id/bios_version", 1},
	{"/sys/hypervisor/type", 1},
	/* processors and caches */
	{SETTINGS_CPU "online", 1},
	{SETTINGS_CPU "isolated", 1},
	{SETTINGS_CPU "nohz_full", 1},
	{SETTINGS_CPU "smt/control", 1},
	{SETTINGS_CPU "smt/active", 1},
	{SETTINGS_CPU "vulnerabilities/*", 1},
	{SETTINGS_CPU "cpu#/microcode/version", 1},
	{SETTINGS_CPU "cpu#/cache/index*/level", 1},
	{SETTINGS_CPU "cpu#/cache/index*/type", 1},
	{SETTINGS_CPU "cpu#/cache/index*/size", 1},
	{SETTINGS_CPU "cpu#/cache/index*/coherency_line_size", 1},
	{SETTINGS_CPU "cpu#/cache/index*/shared_cpu_list", 1},
	{"/sys/devices/system/node/node#/distance", 1},
	/* frequency and idle states */
	{SETTINGS_CPU "cpu#/cpufreq/scaling_driver", 0},
	{SETTINGS_CPU "cpu#/cpufreq/scaling_governor", 0},
	{SETTINGS_CPU "cpu#/cpufreq/scaling_min_freq", 0},
	{SETTINGS_CPU "cpu#/cpufreq/scaling_max_freq", 0},
	{SETTINGS_CPU "cpu#/cpufreq/energy_performance_preference", 0},
	{SETTINGS_CPU "cpu#/power/energy_perf_bias", 0},
	{SETTINGS_CPU "cpu#/power/pm_qos_resume_latency_us", 0},
	{SETTINGS_CPU "cpufreq/boost", 0},
	{SETTINGS_CPU "intel_pstate/*", 0},
	{SETTINGS_CPU "amd_pstate/*", 0},
	{SETTINGS_CPU "cpuidle/*", 0},
	{SETTINGS_CPU "cpu#/cpuidle/state*/name", 0},
	{SETTINGS_CPU "cpu#/cpuidle/state*/latency", 0},
	{SETTINGS_CPU "cpu#/cpuidle/state*/disable", 0},
	{"/sys/module/haltpoll/parameters/*", 0},
	{"/sys/module/intel_idle/parameters/*", 0},
	{"/sys/firmware/acpi/platform_profile", 0},
	{SETTINGS_CPU "cpu#/thermal_throttle/core_throttle_count", 0},
	{SETTINGS_CPU "cpu#/thermal_throttle/package_throttle_count", 0},
	{"/sys/devices/system/clocksource/clocksource0/current_clocksource", 0},
	{"/sys/devices/system/clocksource/clocksource0/available_clocksource", 0},
	/* memory */
	{"/sys/kernel/mm/transparent_hugepage/*", 0},
	{"/sys/kernel/mm/transparent_hugepage/khugepaged/defrag", 0},
	{"/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs", 0},
	{"/sys/kernel/mm/hugepages/*/nr_hugepages", 0},
	{"/sys/kernel/mm/ksm/run", 0},
	{"/proc/sys/kernel/numa_balancing", 0},
	{"/proc/sys/vm/swappiness", 0},
	{"/proc/sys/vm/dirty_*", 0},
	{"/proc/sys/vm/stat_interval", 0},
	{"/proc/sys/vm/min_free_kbytes", 0},
	{"/proc/sys/vm/overcommit_memory", 0},
	{"/proc/sys/vm/zone_reclaim_mode", 0},
	{"/proc/sys/vm/compaction_proactiveness", 0},
	{"/proc/sys/vm/laptop_mode", 0},
	{"/proc/sys/vm/max_map_count", 0},
	/* scheduling and interrupts */
	{"/proc/sys/kernel/sched_*", 0},
	{"/proc/sys/kernel/timer_migration", 0},
	{"/proc/sys/kernel/nmi_watchdog", 0},
	{"/proc/sys/kernel/watchdog", 0},
	{"/proc/sys/kernel/watchdog_thresh", 0},
	{"/proc/sys/kernel/hung_task_timeout_secs", 0},
	{"/proc/sys/kernel/randomize_va_space", 0},
	{"/proc/sys/kernel/perf_event_paranoid", 0},
	{"/proc/sys/kernel/perf_event_max_sample_rate", 0},
	{"/proc/sys/kernel/io_uring_*", 0},
	{"/proc/sys/kernel/yama/ptrace_scope", 0},
	{"/sys/devices/virtual/workqueue/cpumask", 0},
	{"/sys/devices/virtual/workqueue/*/cpumask", 0},
	{"/sys/module/workqueue/parameters/*", 0},
	{"/proc/irq/default_smp_affinity", 0},
	{"/proc/irq/#/smp_affinity_list", 0},
	{"/proc/irq/#/effective_affinity_list", 0},
	/* IPC */
	{"/proc/sys/kernel/sem", 0},
	{"/proc/sys/kernel/msgmax", 0},
	{"/proc/sys/kernel/msgmnb", 0},
	{"/proc/sys/kernel/msgmni", 0},
	{"/proc/sys/kernel/shmmax", 0},
	{"/proc/sys/kernel/shmall", 0},
	{"/proc/sys/kernel/shmmni", 0},
	{"/proc/sys/fs/mqueue/*", 0},
	{"/proc/sys/fs/pipe-*", 0},
	{"/proc/sys/fs/epoll/max_user_watches", 0},
	{"/proc/sys/fs/aio-max-nr", 0},
	{"/proc/sys/fs/nr_open", 0},
	/* network */
	{"/proc/sys/net/core/busy_*", 0},
	{"/proc/sys/net/core/[rw]mem_*", 0},
	{"/proc/sys/net/core/somaxconn", 0},
	{"/proc/sys/net/core/netdev_budget*", 0},
	{"/proc/sys/net/core/netdev_max_backlog", 0},
	{"/proc/sys/net/core/dev_weight", 0},
	{"/proc/sys/net/core/default_qdisc", 0},
	{"/proc/sys/net/core/rps_sock_flow_entries", 0},
	{"/proc/sys/net/core/bpf_jit_*", 0},
	{"/proc/sys/net/unix/max_dgram_qlen", 0},
	{"/proc/sys/net/ipv4/tcp_[rw]mem", 0},
	{"/proc/sys/net/ipv4/udp_*", 0},
	{"/proc/sys/net/ipv4/tcp_fastopen", 0},
	{"/proc/sys/net/ipv4/tcp_autocorking", 0},
	{"/proc/sys/net/ipv4/tcp_congestion_control", 0},
	{"/proc/sys/net/ipv4/tcp_timestamps", 0},
	{"/proc/sys/net/ipv4/tcp_low_latency", 0},
	{"/sys/class/net/lo/mtu", 0},
	{"/sys/class/net/lo/queues/*/rps_cpus", 0},
	/* confinement */
	{"/proc/self/cgroup", 0},
	{"/sys/fs/cgroup/cpu.max", 0},
	/* who tunes */
	{"/etc/tuned/active_profile", 0},
	{"/etc/tuned/profile_mode", 0},
	{"/etc/tuned/bootcmdline", 0},
	{"/etc/tuned/tuned-main.conf", 0},
	{"/etc/tuned/*/tuned.conf", 0},
};

/* Keys of files of keys and values: the first that has the key counts. */
static const struct settings_key {
	const char *path, *key;
	int stable;
} settings_keys[] = {
	{"/proc/cpuinfo", "vendor_id", 1},
	{"/proc/cpuinfo", "cpu family", 1},
	{"/proc/cpuinfo", "model", 1},
	{"/proc/cpuinfo", "model name", 1},
	{"/proc/cpuinfo", "stepping", 1},
	{"/proc/cpuinfo", "microcode", 1},
	{"/proc/cpuinfo", "flags", 1},
	{"/proc/cpuinfo", "CPU implementer", 1},
	{"/proc/cpuinfo", "CPU part", 1},
	{"/proc/cpuinfo", "CPU revision", 1},
	{"/proc/cpuinfo", "Features", 1},
	{"/proc/meminfo", "MemTotal", 0},
	{"/proc/meminfo", "HugePages_Total", 0},
	{"/proc/meminfo", "Hugepagesize", 0},
	{"/proc/self/status", "Cpus_allowed_list", 1},
	{"/proc/self/status", "Mems_allowed_list", 1},
	{"/proc/self/status", "Seccomp", 1},
	{"/proc/self/status", "NoNewPrivs", 0},
	{"/proc/self/status", "CapEff", 0},
	{"/proc/self/limits", "Max locked memory", 0},
	{"/proc/self/limits", "Max stack size", 0},
	{"/proc/self/limits", "Max open files", 0},
	{"/proc/self/limits", "Max msgqueue size", 0},
	{"/proc/self/limits", "Max nice priority", 0},
	{"/proc/self/limits", "Max realtime priority", 0},
	{"/proc/self/limits", "Max processes", 0},
};

/* Variables that change how programs run, by how their names begin. */
static const char *const settings_variables[] = {
	"GLIBC_TUNABLES=", "MALLOC_", "LD_",	 "HWLOC_", "OMP_", "GOMP_", "KMP_",
	"URCU_",	   "TZ=",     "LC_ALL=", "LANG=",
};

#endif
