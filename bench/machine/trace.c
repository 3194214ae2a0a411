/* SPDX-License-Identifier: MIT */
/*
 * See bench/machine/trace.h. libtracefs makes the instance and reads its pages; formats differ from
 * kernel to kernel.
 */
/* needs: libtracefs */
#include "bench/machine/trace.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/grow.h"
#include "bench/machine/names.h"
#include "bench/machine/tracefs.h"

void trace_events_free(struct trace_events *e)
{
	free(e->event);
	*e = (struct trace_events){0};
}

#if __has_include(<tracefs.h>)
#include <tracefs.h>

#define ROOM_KIB 32768	   /* of each CPU on which a side runs: 0.5 s of hand-overs every 10 us */
#define ROOM_LEAST_KIB 256 /* of any other */
/* PROC_PID_INIT_INO of Linux' include/linux/proc_ns.h */
#define INITIAL_PID_NAMESPACE 0xEFFFFFFCu

/*
 * What came after libtracefs 1.0; without it that would mount tracefs where all see it, for good.
 */
__attribute__((weak)) int tracefs_set_tracing_dir(char *tracing_dir); /* NOLINT: weak */

/* Events that are asked for where the kernel has them: irq_vectors are x86's. */
static const struct known {
	const char *system, *name;
	enum trace_kind kind;
	const char *field; /* ENTRY: that says which */
	const char *title; /* ENTRY: before it */
} known[] = {
	{"sched", "sched_switch", TRACE_SWITCH, NULL, NULL},
	{"sched", "sched_waking", TRACE_WAKING, NULL, NULL},
	{"sched", "sched_wakeup", TRACE_WAKEUP, NULL, NULL},
	{"irq", "irq_handler_entry", TRACE_ENTRY, "name", "interrupt "},
	{"irq", "irq_handler_exit", TRACE_EXIT, NULL, NULL},
	{"irq", "softirq_entry", TRACE_ENTRY, "vec", "softirq "},
	{"irq", "softirq_exit", TRACE_EXIT, NULL, NULL},
	{"irq_vectors", "local_timer_entry", TRACE_ENTRY, NULL, "local timer"},
	{"irq_vectors", "local_timer_exit", TRACE_EXIT, NULL, NULL},
	{"irq_vectors", "call_function_entry", TRACE_ENTRY, NULL, "function call interrupt"},
	{"irq_vectors", "call_function_exit", TRACE_EXIT, NULL, NULL},
	{"irq_vectors", "call_function_single_entry", TRACE_ENTRY, NULL, "function call interrupt"},
	{"irq_vectors", "call_function_single_exit", TRACE_EXIT, NULL, NULL},
	{"irq_vectors", "irq_work_entry", TRACE_ENTRY, NULL, "irq_work interrupt"},
	{"irq_vectors", "irq_work_exit", TRACE_EXIT, NULL, NULL},
	{"timer", "hrtimer_expire_entry", TRACE_ENTRY, NULL, "hrtimer"},
	{"timer", "hrtimer_expire_exit", TRACE_EXIT, NULL, NULL},
	{"exceptions", "page_fault_user", TRACE_FAULT, NULL, NULL},
	{"exceptions", "page_fault_kernel", TRACE_FAULT, NULL, NULL},
};

#define KNOWN (sizeof(known) / sizeof(known[0]))

/* What the kernel calls the fields that are read, of one event. */
struct fields {
	int id; /* of the event; -1 = this kernel has none */
	struct tep_format_field *pid, *next, *state, *target, *name;
};

struct trace {
	struct tracefs_instance *instance;
	struct tep_handle *formats;
	struct fields fields[KNOWN];
	char name[NAME_SIZE];
	bool ticks;			   /* its clock is the counter itself */
	uint64_t system_ns[2], ours_ns[2]; /* both clocks at the begin and at the end */
};

static int fail(char *why, int err, const char *what)
{
	snprintf(why, TRACE_WHY, "%s: %s%s", what, strerror(-err),
		 err == -EPERM || err == -EACCES ? "; needs root (CAP_SYS_ADMIN)" : "");
	return err;
}

/* Whether the process numbers of the trace are those of this process's /proc. */
static bool knows_pids(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) || st.st_ino == INITIAL_PID_NAMESPACE;
}

/* Writes into a file of the instance; 0 or -errno. */
static int set(const struct trace *t, const char *file, const char *text)
{
	errno = 0;
	if (tracefs_instance_file_write(t->instance, file, text) >= 0)
		return 0;
	return errno ? -errno : -EIO;
}

static int set_clock(struct trace *t, char *why)
{
	/* "x86-tsc" is what RDTSC says (Documentation/trace/ftrace.rst) */
	t->ticks = bench_clock.kind == CLOCK_KIND_COUNTER && !set(t, "trace_clock", "x86-tsc");
	if (t->ticks || !set(t, "trace_clock", "mono"))
		return 0;
	return fail(why, -EOPNOTSUPP, "no trace clock that compares with ours");
}

/*
 * Room on one CPU, named by the directory of its files, as much as there is memory for. 0 or
 * -errno.
 */
static int set_room_of(const struct trace *t, const char *directory, unsigned kib)
{
	char file[64], text[32];
	int err;

	snprintf(file, sizeof(file), "%sbuffer_size_kb", directory);
	do {
		snprintf(text, sizeof(text), "%u", kib);
		err = set(t, file, text);
		kib /= 2;
	} while (err && kib >= ROOM_LEAST_KIB);
	return err;
}

/* The CPUs of the sides have most of the room; with none named, all have the same. */
static int set_room(const struct trace *t, const unsigned *cpus, unsigned n, char *why)
{
	unsigned all = (unsigned)sysconf(_SC_NPROCESSORS_CONF);
	int err = set_room_of(t, "", n ? ROOM_LEAST_KIB : ROOM_LEAST_KIB + 2 * ROOM_KIB / all);
	char directory[32];

	for (unsigned i = 0; i < n && !err; i++) {
		snprintf(directory, sizeof(directory), "per_cpu/cpu%u/", cpus[i]);
		err = set_room_of(t, directory, ROOM_KIB);
	}
	return err ? fail(why, err, "no room for a trace") : 0;
}

static void find_fields(const struct known *k, struct tep_event *event, struct fields *f)
{
	bool sched = k->kind <= TRACE_WAKEUP;

	f->id = event->id;
	f->pid =
		!sched ? NULL : tep_find_field(event, k->kind == TRACE_SWITCH ? "prev_pid" : "pid");
	f->next = tep_find_field(event, "next_pid");
	f->state = tep_find_field(event, "prev_state");
	f->target = tep_find_field(event, "target_cpu");
	f->name = tep_find_field(event, k->kind == TRACE_SWITCH ? "next_comm"
					: k->field		? k->field
								: "-");
}

/* Asks for what there is; hand-overs cannot be told without the first three. */
static int enable_events(struct trace *t, char *why)
{
	for (size_t i = 0; i < KNOWN; i++) {
		const struct known *k = &known[i];
		struct tep_event *event = tep_find_event_by_name(t->formats, k->system, k->name);
		char file[96];

		snprintf(file, sizeof(file), "events/%s/%s/enable", k->system, k->name);
		t->fields[i].id = -1;
		if (event && !set(t, file, "1"))
			find_fields(k, event, &t->fields[i]);
		else if (k->kind <= TRACE_WAKEUP)
			return fail(why, -EOPNOTSUPP, k->name);
	}
	return 0;
}

static int make_instance(struct trace *t, const char *path, char *why)
{
	static const char *const systems[] = {"sched", "irq",	     "irq_vectors",
					      "timer", "exceptions", NULL};
	int err = name_new(NAME_TRACE, t->name, sizeof(t->name));

	if (err)
		return fail(why, err, "no name for a trace");
	if (!tracefs_set_tracing_dir)
		return fail(why, -EOPNOTSUPP, "libtracefs is too old");
	if (tracefs_set_tracing_dir((char *)path))
		return fail(why, errno ? -errno : -EIO, path);
	errno = 0;
	t->instance = tracefs_instance_create(t->name);
	if (!t->instance)
		return fail(why, errno ? -errno : -EPERM, "no trace of our own");
	set(t, "tracing_on", "0");
	t->formats = tracefs_local_events_system(path, systems);
	return t->formats ? 0 : fail(why, errno ? -errno : -EIO, "formats of events");
}

int trace_open(struct trace **ret, const unsigned *cpus, unsigned n, char *why)
{
	const char *path = tracefs_path();
	struct trace *t;
	int err;

	if (!path)
		return fail(why, -errno, "no tracefs");
	if (!knows_pids())
		return fail(why, -EOPNOTSUPP,
			    "a PID namespace of its own, whose numbers a trace does not have");
	t = calloc(1, sizeof(*t));
	if (!t)
		return fail(why, -ENOMEM, "no trace");
	err = make_instance(t, path, why);
	if (!err)
		err = set_clock(t, why);
	if (!err)
		err = set_room(t, cpus, n, why);
	if (!err)
		err = enable_events(t, why);
	if (err)
		trace_close(t);
	else
		*ret = t;
	return err;
}

static void read_clocks(struct trace *t, unsigned i)
{
	t->system_ns[i] = clock_system_now_ns();
	t->ours_ns[i] = clock_now_ns();
}

int trace_start(struct trace *t)
{
	int err = set(t, "trace", ""); /* opening it to write empties it */

	if (!err)
		err = set(t, "tracing_on", "1");
	read_clocks(t, 0);
	return err;
}

/* A stamp of the trace in ns of our clock. */
static uint64_t convert(const struct trace *t, uint64_t ts)
{
	double rate = (double)(t->ours_ns[1] - t->ours_ns[0]) /
		      (double)(t->system_ns[1] - t->system_ns[0]);

	if (t->ticks)
		return clock_ns_of_ticks(ts);
	return t->ours_ns[0] + (uint64_t)(int64_t)((double)(int64_t)(ts - t->system_ns[0]) * rate);
}

static uint64_t number_of(const struct tep_format_field *field, const struct tep_record *record)
{
	unsigned long long value = 0;

	if (field)
		tep_read_number_field((struct tep_format_field *)field, record->data, &value);
	return value;
}

/* The text of a field: in the event, or where the field says (__data_loc: length and place). */
static void text_of(const struct tep_format_field *field, const struct tep_record *record,
		    char *text, size_t size)
{
	unsigned at = (unsigned)field->offset, length = (unsigned)field->size;
	const char *data = record->data;

	if (field->flags & TEP_FIELD_IS_DYNAMIC) {
		uint64_t place = number_of(field, record);

		at = place & 0xffff;
		length = (unsigned)(place >> 16) & 0xffff;
	}
	if (at + length <= (unsigned)record->size)
		snprintf(text, size, "%.*s", (int)strnlen(data + at, length), data + at);
}

/* What begins, in `e->name`. */
static void name_entry(const struct known *k, const struct fields *f,
		       const struct tep_record *record, struct trace_event *e)
{
	/* include/linux/interrupt.h */
	static const char *const softirqs[] = {"HI",	   "TIMER",   "NET_TX", "NET_RX",  "BLOCK",
					       "IRQ_POLL", "TASKLET", "SCHED",	"HRTIMER", "RCU"};
	size_t used = (size_t)snprintf(e->name, sizeof(e->name), "%s", k->title);
	uint64_t vec;

	if (!f->name)
		return;
	if (strcmp(k->field, "vec") != 0) {
		text_of(f->name, record, e->name + used, sizeof(e->name) - used);
		return;
	}
	vec = number_of(f->name, record);
	snprintf(e->name + used, sizeof(e->name) - used, "%s",
		 vec < sizeof(softirqs) / sizeof(softirqs[0]) ? softirqs[vec] : "?");
}

/*
 * TASK_INTERRUPTIBLE and TASK_UNINTERRUPTIBLE are 1 and 2, __TASK_STOPPED and __TASK_TRACED 4 and
 * 8; a task that was preempted shows a bit above these (include/linux/sched.h,
 * include/trace/events/sched.h).
 */
static enum trace_left left_of(uint64_t state)
{
	if (state & 0xc)
		return LEFT_STOPPED;
	return state & 0xff ? LEFT_ASLEEP : LEFT_RUNNABLE;
}

struct reading {
	struct trace *trace;
	struct trace_events *events;
	int err;
};

static int take(struct tep_event *event, struct tep_record *record, int cpu, void *arg)
{
	struct reading *r = arg;
	struct trace_events *all = r->events;
	struct trace_event *e;
	size_t i = 0;

	while (i < KNOWN && r->trace->fields[i].id != event->id)
		i++;
	if (i == KNOWN)
		return 0;
	r->err = array_grow(&all->event, all->n, &all->room, sizeof(*all->event));
	if (r->err)
		return r->err;
	e = &all->event[all->n++];
	*e = (struct trace_event){
		.ns = convert(r->trace, record->ts), .kind = known[i].kind, .cpu = (unsigned)cpu};
	e->pid = (pid_t)number_of(r->trace->fields[i].pid, record);
	e->target = (unsigned)number_of(r->trace->fields[i].target, record);
	if (e->kind == TRACE_SWITCH) {
		e->next = (pid_t)number_of(r->trace->fields[i].next, record);
		e->left = left_of(number_of(r->trace->fields[i].state, record));
		text_of(r->trace->fields[i].name, record, e->name, sizeof(e->name));
	} else if (e->kind == TRACE_WAKING) {
		e->next = tep_data_pid(r->trace->formats, record);
	} else if (e->kind == TRACE_FAULT) {
		e->pid = tep_data_pid(r->trace->formats, record);
	} else if (e->kind == TRACE_ENTRY) {
		name_entry(&known[i], &r->trace->fields[i], record, e);
	}
	return 0;
}

int trace_stop(struct trace *t, struct trace_events *ret)
{
	struct reading r = {.trace = t, .events = ret};

	read_clocks(t, 1);
	r.err = set(t, "tracing_on", "0");
	if (r.err)
		return r.err;
	if (tracefs_iterate_raw_events(t->formats, t->instance, NULL, 0, take, &r) < 0 && !r.err)
		return errno ? -errno : -EIO;
	return r.err;
}

const char *trace_clock_text(const struct trace *t)
{
	return t->ticks ? "x86-tsc, the counter that all stamps here are made of"
			: "mono, CLOCK_MONOTONIC, compared with ours at both ends";
}

void trace_close(struct trace *t)
{
	if (!t)
		return;
	if (t->formats)
		tep_free(t->formats);
	if (t->instance)
		tracefs_instance_free(t->instance);
	if (*t->name)
		name_remove(NAME_TRACE, t->name);
	free(t);
}
#else
int trace_open(struct trace **ret, const unsigned *cpus, unsigned n, char *why)
{
	snprintf(why, TRACE_WHY, "no tracing: built without libtracefs; make deps installs it");
	return -EOPNOTSUPP;
}

int trace_start(struct trace *t)
{
	return -EOPNOTSUPP;
}

int trace_stop(struct trace *t, struct trace_events *ret)
{
	return -EOPNOTSUPP;
}

const char *trace_clock_text(const struct trace *t)
{
	return "";
}

void trace_close(struct trace *t)
{
}
#endif
