/* SPDX-License-Identifier: MIT */
/*
 * What gcc -fsanitize=thread calls for each access of the source under test, on Relacy's atomics and
 * races. Part of simulate.cpp.
 */
#ifndef TESTS_MODELS_ACCESSES_HPP
#define TESTS_MODELS_ACCESSES_HPP

#define ALIGN 128
#define SPIN_STEP_NS 30000 /* more than any wait mode spins before it sleeps */

/* As in model.h, which C++ cannot read. */
extern "C" {
struct model_case {
	const char *what;
	unsigned threads;
	unsigned arg[4];
	const void *of;
	void (*before)(const struct model_case *);
	void (*thread)(const struct model_case *, unsigned);
	void (*after)(const struct model_case *);
};
unsigned model_cases(const struct model_case **ret);
struct model_blind {
	const char *where, *why;
};
extern const struct model_blind model_blind[];
}

/* The shared memory, always at one address: runs can be repeated. */
alignas(4096) static char memory[1 << 16];
static size_t memory_used;

enum phase { ALONE, THREADS }; /* before and after: one thread, straight on memory */
static enum phase phase;
static const struct model_case *now;
static unsigned now_index; /* of it among all */
static uint64_t clock_ns, iterations, most_iterations;
static bool at_random;
/*
 * Sleepers may be woken by nobody: in every other random run, for it would hide that somebody forgot
 * to; in a search of all there is no end of it.
 */
static bool signals;

/* A word accessed atomically, known from an earlier run of the case; made anew for each run. */
struct cell {
	char *at;
	unsigned size; /* bytes */
	alignas(16) char word[sizeof(rl::atomic<uint64_t>)];
};
static struct cell cells[256];
static unsigned n_cells;
static bool cells_grew; /* one was missing: the run does not count */

#define PLAIN 4 /* bytes */
/* What plain accesses are checked by, for so many bytes each; NULL = none yet in this run. */
static rl::var_data *plain[sizeof(memory) / PLAIN];

/* A place in the source with an order. */
struct place {
	const char *pc; /* of the call */
	const char *op;
	int order;
	uint64_t in;	/* cases that come to it, a bit each */
	char name[160]; /* function, file and line, once asked for */
};
static struct place places[512];
static unsigned n_places;
static int weakened = -1, weakened_to; /* index and the order that it has instead; -1 = none */

static struct sleeper {
	const void *on[2]; /* addresses */
} sleepers[8];		   /* by thread; on[0] NULL = awake */

/* The last access of each thread: the same again means that it spins. */
static struct last {
	const char *pc;
	uint64_t value;
	bool pause; /* it said so itself */
} last[8];

static rl::debug_info info_of(const char *what, const void *pc)
{
	return rl::debug_info(what, "", (unsigned)(uintptr_t)pc);
}

static rl::context &ctx()
{
	return rl::ctx();
}

static unsigned me()
{
	return (unsigned)ctx().threadx_->index_;
}

static void fail(const char *why, rl::test_result_e kind)
{
	ctx().fail_test(why, kind, info_of("", 0));
}

/* One word as Relacy's, by its size. */
template <typename T> static rl::atomic<T> &word_of(struct cell *c)
{
	return *reinterpret_cast<rl::atomic<T> *>(c->word);
}

template <typename T> static void cell_make(struct cell *c)
{
	T value;

	memcpy(&value, c->at, sizeof(value));
	::new (c->word) rl::atomic<T>(value);
}

template <typename T> static void cell_end(struct cell *c)
{
	T value = word_of<T>(c).debug_value();

	memcpy(c->at, &value, sizeof(value));
	word_of<T>(c).~atomic();
}

/* `what`<T>(c) for the T of its size */
#define BY_SIZE(what, c)                      \
	((c)->size == 1	  ? what<uint8_t>(c)  \
	 : (c)->size == 2 ? what<uint16_t>(c) \
	 : (c)->size == 4 ? what<uint32_t>(c) \
			  : what<uint64_t>(c))

template <typename T> static struct cell *cell_at(const volatile void *p)
{
	char *at = (char *)p;

	for (unsigned i = 0; i < n_cells; i++)
		if (cells[i].at == at && cells[i].size == sizeof(T))
			return &cells[i];
	if (at < memory || at >= memory + sizeof(memory) || n_cells == 256) {
		fprintf(stderr, "model: an atomic outside of model_memory()\n");
		abort();
	}
	rl::preemption_disabler whole(ctx());
	struct cell *c = &cells[n_cells++];
	cells_grew = true;
	c->at = at;
	c->size = sizeof(T);
	cell_make<T>(c);
	return c;
}

/* The order that the access at `pc` has in this run. */
static int order_at(const char *pc, const char *op, int order)
{
	unsigned i = 0;

	while (i < n_places && places[i].pc != pc)
		i++;
	if (i == n_places) {
		if (n_places == 512)
			abort();
		places[n_places].pc = pc;
		places[n_places].op = op;
		places[n_places++].order = order;
	}
	places[i].in |= (uint64_t)1 << now_index;
	return (int)i == weakened ? weakened_to : order;
}

/*
 * Relacy puts stores into their order of modification as they are executed. C11 and arm64 let a
 * store take effect after later accesses of its thread, until one with release order or to the same
 * word; so it may be kept back here, one at a time of each thread.
 */
static struct late {
	struct cell *cell; /* NULL = none */
	uint64_t value;
	int order;
	const char *pc;
} late[8];

static void late_store(struct late *l)
{
	struct cell *c = l->cell;
	rl::debug_info info = info_of("store, late", l->pc);
	rl::memory_order mo = (rl::memory_order)l->order;

	l->cell = NULL;
	if (c->size == 1)
		word_of<uint8_t>(c).store((uint8_t)l->value, mo, info);
	else if (c->size == 2)
		word_of<uint16_t>(c).store((uint16_t)l->value, mo, info);
	else if (c->size == 4)
		word_of<uint32_t>(c).store((uint32_t)l->value, mo, info);
	else
		word_of<uint64_t>(c).store(l->value, mo, info);
}

static void late_flush()
{
	if (late[me()].cell)
		late_store(&late[me()]);
}

/* Before an access of `order` to `c` (NULL: a fence). */
static void late_before(struct cell *c, int order)
{
	struct late *l = &late[me()];

	if (l->cell &&
	    (l->cell == c || order >= rl::mo_release || !ctx().rand(2, rl::sched_type_user)))
		late_store(l);
}

/* Before each access: whoever repeats itself lets the others go on. */
static void step(const char *pc)
{
	struct last *l = &last[me()];

	if (!l->pause)
		return;
	late_flush();
	ctx().yield(1, info_of("pause", pc));
	l->pause = false;
}

static void stepped(const char *pc, uint64_t value)
{
	struct last *l = &last[me()];

	l->pause = pc && l->pc == pc && l->value == value;
	l->pc = pc;
	l->value = value;
}

template <typename T> static T do_load(const volatile T *p, int order, const char *pc)
{
	T value;

	if (phase == ALONE)
		return *p;
	order = order_at(pc, "load", order);
	step(pc);
	struct cell *c = cell_at<T>(p);
	if (late[me()].cell == c) {
		ctx().sched();
		value = (T)late[me()].value;
	} else {
		late_before(c, order);
		value = word_of<T>(c).load((rl::memory_order)order, info_of("load", pc));
	}
	stepped(pc, value);
	return value;
}

template <typename T> static void do_store(volatile T *p, T value, int order, const char *pc)
{
	if (phase == ALONE) {
		*p = value;
		return;
	}
	order = order_at(pc, "store", order);
	step(pc);
	struct cell *c = cell_at<T>(p);
	struct late *l = &late[me()];
	late_before(c, order);
	if (!l->cell && order != rl::mo_seq_cst && ctx().rand(2, rl::sched_type_user))
		*l = {c, value, order, pc};
	else
		word_of<T>(c).store(value, (rl::memory_order)order, info_of("store", pc));
	stepped(0, 0);
}

enum rmw { EXCHANGE, ADD, SUB, AND, OR };

template <typename T>
static T do_rmw(volatile T *p, enum rmw what, T value, int order, const char *pc)
{
	static const char *const op[] = {"exchange", "fetch_add", "fetch_sub", "fetch_and",
					 "fetch_or"};
	T before = *p;

	if (phase == ALONE) {
		*p = what == EXCHANGE ? value
		     : what == ADD    ? before + value
		     : what == SUB    ? before - value
		     : what == AND    ? before & value
				      : before | value;
		return before;
	}
	rl::memory_order mo = (rl::memory_order)order_at(pc, op[what], order);
	rl::debug_info info = info_of(op[what], pc);
	step(pc);
	struct cell *c = cell_at<T>(p);
	late_before(c, mo);
	rl::atomic<T> &word = word_of<T>(c);
	before = what == EXCHANGE ? word.exchange(value, mo, info)
		 : what == ADD	  ? word.fetch_add(value, mo, info)
		 : what == SUB	  ? word.fetch_sub(value, mo, info)
		 : what == AND	  ? word.fetch_and(value, mo, info)
				  : word.fetch_or(value, mo, info);
	stepped(pc, before);
	return before;
}

/*
 * One that fails is a load, which may see an old value; Relacy lets it see the newest only, so such a
 * load is tried first.
 */
template <typename T>
static bool do_compare(volatile T *p, T *expected, T value, bool weak, int order, int failed,
		       const char *pc)
{
	if (phase == ALONE) {
		bool same = *p == *expected;

		if (same)
			*p = value;
		else
			*expected = *p;
		return same;
	}
	if (failed != rl::mo_relaxed) {
		fprintf(stderr, "model: compare-exchange with an order when it fails\n");
		abort();
	}
	order = order_at(pc, "compare_exchange", order);
	rl::debug_info info = info_of("compare_exchange", pc);
	step(pc);
	struct cell *c = cell_at<T>(p);
	late_before(c, order);
	rl::atomic<T> &word = word_of<T>(c);
	if (ctx().rand(2, rl::sched_type_user)) {
		T seen = word.load(rl::mo_relaxed, info);

		if (seen != *expected) {
			*expected = seen;
			stepped(pc, seen);
			return false;
		}
	}
	bool done = weak ? word.compare_exchange_weak(*expected, value, (rl::memory_order)order,
						      info, rl::mo_relaxed, info)
			 : word.compare_exchange_strong(*expected, value, (rl::memory_order)order,
							info, rl::mo_relaxed, info);
	stepped(done ? 0 : pc, *expected);
	return done;
}

/* A plain access of `size` bytes at `p`. */
static void plain_access(const void *p, size_t size, bool write, const char *pc)
{
	const char *at = (const char *)p;

	if (phase == ALONE || at < memory || at >= memory + sizeof(memory))
		return;
	for (size_t i = (size_t)(at - memory) / PLAIN; i * PLAIN < (size_t)(at - memory) + size;
	     i++) {
		if (!plain[i])
			plain[i] = ctx().var_ctor();
		if (write ? !plain[i]->store(*ctx().threadx_) : !plain[i]->load(*ctx().threadx_))
			ctx().fail_test(write ? "a plain write races" : "a plain read races",
					rl::test_result_data_race, info_of("plain", pc));
	}
}

#define PC ((const char *)__builtin_return_address(0))

/* What gcc -fsanitize=thread calls (gcc/sanitizer.def). */
extern "C" {
#define ATOMIC(bits, T)                                                                      \
	T __tsan_atomic##bits##_load(const volatile T *p, int mo)                            \
	{                                                                                    \
		return do_load<T>(p, mo, PC);                                                \
	}                                                                                    \
	void __tsan_atomic##bits##_store(volatile T *p, T v, int mo)                         \
	{                                                                                    \
		do_store<T>(p, v, mo, PC);                                                   \
	}                                                                                    \
	T __tsan_atomic##bits##_exchange(volatile T *p, T v, int mo)                         \
	{                                                                                    \
		return do_rmw<T>(p, EXCHANGE, v, mo, PC);                                    \
	}                                                                                    \
	T __tsan_atomic##bits##_fetch_add(volatile T *p, T v, int mo)                        \
	{                                                                                    \
		return do_rmw<T>(p, ADD, v, mo, PC);                                         \
	}                                                                                    \
	T __tsan_atomic##bits##_fetch_sub(volatile T *p, T v, int mo)                        \
	{                                                                                    \
		return do_rmw<T>(p, SUB, v, mo, PC);                                         \
	}                                                                                    \
	T __tsan_atomic##bits##_fetch_and(volatile T *p, T v, int mo)                        \
	{                                                                                    \
		return do_rmw<T>(p, AND, v, mo, PC);                                         \
	}                                                                                    \
	T __tsan_atomic##bits##_fetch_or(volatile T *p, T v, int mo)                         \
	{                                                                                    \
		return do_rmw<T>(p, OR, v, mo, PC);                                          \
	}                                                                                    \
	bool __tsan_atomic##bits##_compare_exchange_strong(volatile T *p, T *e, T v, int mo, \
							   int failed)                       \
	{                                                                                    \
		return do_compare<T>(p, e, v, false, mo, failed, PC);                        \
	}                                                                                    \
	bool __tsan_atomic##bits##_compare_exchange_weak(volatile T *p, T *e, T v, int mo,   \
							 int failed)                         \
	{                                                                                    \
		return do_compare<T>(p, e, v, true, mo, failed, PC);                         \
	}
ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)

void __tsan_atomic_thread_fence(int mo)
{
	const char *pc = PC;

	if (phase == ALONE)
		return;
	mo = order_at(pc, "fence", mo);
	late_before(NULL, mo);
	if (mo != rl::mo_relaxed)
		rl::atomic_thread_fence((rl::memory_order)mo, info_of("fence", pc));
}

#define ACCESS(n)                               \
	void __tsan_read##n(void *p)            \
	{                                       \
		plain_access(p, n, false, PC);  \
	}                                       \
	void __tsan_write##n(void *p)           \
	{                                       \
		plain_access(p, n, true, PC);   \
	}                                       \
	void __tsan_unaligned_read##n(void *p)  \
	{                                       \
		plain_access(p, n, false, PC);  \
	}                                       \
	void __tsan_unaligned_write##n(void *p) \
	{                                       \
		plain_access(p, n, true, PC);   \
	}
ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

void __tsan_read_range(void *p, size_t n)
{
	plain_access(p, n, false, PC);
}

void __tsan_write_range(void *p, size_t n)
{
	plain_access(p, n, true, PC);
}

void __tsan_init()
{
}

void __tsan_func_entry(void *)
{
}

void __tsan_func_exit()
{
}
}

#endif
