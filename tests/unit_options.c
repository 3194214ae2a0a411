/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* The readers of option values: each limit from both sides, and what is no number at all. */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/program/options.h"
#include "tests/tap.h"

#define UNTOUCHED 12345 /* what a refused value must leave as it was */

static char want[OPTION_WANT];

/* A refused value: -EINVAL, words for the user, the result untouched. */
static void refused(int err, uint64_t ret, const char *what, const char *text)
{
	ok(err == -EINVAL && *want && ret == UNTOUCHED, "%s '%s': refused (it takes %s)", what,
	   text, want);
}

static void test_number(void)
{
	static const char *const wrong[] = {
		"",
		" ",
		"x",
		"-1",
		"+3",
		" 3",
		"3 ",
		"3x",
		"3.0",
		"1e3",
		"0x3",
		"2",
		"11",
		"18446744073709551616",
		"99999999999999999999999",
	};
	uint64_t n;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		want[0] = '\0';
		n = UNTOUCHED;
		refused(option_number(wrong[i], 3, 10, &n, want), n, "number", wrong[i]);
	}
	ok(!option_number("3", 3, 10, &n, want) && n == 3, "number: the least");
	ok(!option_number("10", 3, 10, &n, want) && n == 10, "number: the most");
	ok(!option_number("007", 3, 10, &n, want) && n == 7, "number: decimal, not octal");
	ok(!option_number("18446744073709551615", 0, UINT64_MAX, &n, want) && n == UINT64_MAX,
	   "number: 2^64 - 1");
	ok(option_number("11", 3, 10, &n, want) && strstr(want, "3 to 10"),
	   "number: the limits are named");
}

static void test_time(void)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} right[] = {
		{"0", 0},
		{"0s", 0},
		{"1ns", 1},
		{"100us", 100000},
		{"250ms", 250000000},
		{"1s", 1000000000},
		{"60m", 3600000000000},
		{"3600s", 3600000000000},
		{"0.5s", 500000000},
		{"1.5ms", 1500000},
		{"0.001us", 1},
		{"59.5m", 3570000000000},
		{"2\302\265s", 2000},
	};
	uint64_t ns;

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		ns = UNTOUCHED;
		ok(!option_time(right[i].text, &ns, want) && ns == right[i].ns,
		   "time '%s': %" PRIu64 " ns", right[i].text, right[i].ns);
	}
}

static void test_no_time(void)
{
	static const char *const wrong[] = {
		"",
		"1",
		"ns",
		"-1s",
		"+1s",
		" 1s",
		"1 s",
		"1s ",
		"1.s",
		".5s",
		"1.5",
		"0.5ns",
		"1.1234567890s",
		"1e3s",
		"1S",
		"1sec",
		"1h",
		"61m",
		"3601s",
		"3600000000001ns",
		"18446744073709551616ns",
		"307445734561825861m",
	};
	uint64_t ns;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		want[0] = '\0';
		ns = UNTOUCHED;
		refused(option_time(wrong[i], &ns, want), ns, "time", wrong[i]);
	}
	ok(!!strstr(want, "ns us ms s or m"), "time: the units are named");
}

static void test_size(void)
{
	static const char *const wrong[] = {
		"",
		"-1",
		"+1",
		" 1",
		"1b",
		"1kiB",
		"1 K",
		"1.0001K",
		"1G",
		"1KB",
		"4097",
		"5K",
		"1M",
		"18446744073709551616",
		"18014398509481984K",
		"17592186044416M",
	};
	uint64_t n;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		want[0] = '\0';
		n = UNTOUCHED;
		refused(option_size(wrong[i], 4096, &n, want), n, "size", wrong[i]);
	}
	ok(option_size("0", 4096, &n, want) == -EINVAL && option_size("0K", 4096, &n, want),
	   "size: 0 is refused");
	ok(!option_size("1", 4096, &n, want) && n == 1, "size: the least");
	ok(!option_size("4096", 4096, &n, want) && n == 4096, "size: the most");
	ok(!option_size("4K", 4096, &n, want) && n == 4096, "size: K is 1024");
	ok(!option_size("4k", 4096, &n, want) && n == 4096 &&
		   !option_size("4KiB", 4096, &n, want) && n == 4096 &&
		   !option_size("64B", 4096, &n, want) && n == 64,
	   "size: k, KiB and B as people write them");
	ok(!option_size("1.5K", 4096, &n, want) && n == 1536, "size: a part of K");
	ok(!option_size("16M", 16u << 20, &n, want) && n == 16u << 20, "size: M is 1024^2");
	ok(option_size("17M", 16u << 20, &n, want) && strstr(want, "16777216"),
	   "size: the limit is named");
}

static void test_choice(void)
{
	static const char *const names[] = {"none", "line", "all"};
	static const char *const wrong[] = {"", "lin", "lines", "Line", " line", "1"};
	unsigned i;

	ok(!option_choice("none", names, 3, &i, want) && i == 0, "choice: the first");
	ok(!option_choice("all", names, 3, &i, want) && i == 2, "choice: the last");
	ok_is(option_choice("all", names, 2, &i, want), -EINVAL, "choice: beyond the last");
	for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
		i = UNTOUCHED;
		want[0] = '\0';
		refused(option_choice(wrong[k], names, 3, &i, want), i, "choice", wrong[k]);
	}
	ok(!strcmp(want, "one of none line all"), "choice: all are named");
}

/* More names than OPTION_WANT holds are cut, not written past its end. */
static void test_choice_long(void)
{
	static const char *names[64];
	struct {
		char text[OPTION_WANT];
		char guard[8];
	} room;
	unsigned i;

	for (int k = 0; k < 64; k++)
		names[k] = "a-name-of-twenty-one-";
	memset(&room, 'x', sizeof(room));
	ok(option_choice("?", names, 64, &i, room.text) == -EINVAL &&
		   strlen(room.text) == OPTION_WANT - 1 && !memcmp(room.guard, "xxxxxxxx", 8),
	   "choice: a long list is cut at %d bytes", OPTION_WANT);
}

/* options_read() of `arg` alone, its line on stderr thrown away. */
static int read_one(struct options *o, const char *arg)
{
	char program[] = "dir/test", copy[CREW_MAX * 8];
	char *argv[] = {program, copy, NULL};

	snprintf(copy, sizeof(copy), "%s", arg);
	options_init(o, program, GROUP_IPC);
	return options_read(o, 2, argv);
}

static void test_cpus(void)
{
	static const char *const wrong[] = {"",	   ",",	  "0,", ",0",	   "0,,1",	 "x",  "-1",
					    "1-0", "0 1", "0-", "1048577", "4294967296", "0;1"};
	char text[5 * (CREW_MAX + 1) + 16] = "--cpus=0";
	static struct options o;
	size_t used;

	ok(!read_one(&o, "--cpus=0-2,8") && o.ask.n_cpus == 4 && o.ask.cpus[2] == 2 &&
		   o.ask.cpus[3] == 8,
	   "cpus: a range");
	ok(!read_one(&o, "--cpus=3") && o.ask.n_cpus == 1 && o.ask.cpus[0] == 3, "cpus: one");
	ok(!read_one(&o, "--cpus=5,0,5") && o.ask.n_cpus == 3 && o.ask.cpus[0] == 5 &&
		   o.ask.cpus[1] == 0 && o.ask.cpus[2] == 5,
	   "cpus: several, in order");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char arg[64];

		snprintf(arg, sizeof(arg), "--cpus=%s", wrong[i]);
		ok_is(read_one(&o, arg), EX_USAGE, "%s: refused", arg);
	}
	used = strlen(text);
	for (int i = 1; i < CREW_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, ",%d", i);
	ok(!read_one(&o, text) && o.ask.n_cpus == CREW_MAX,
	   "cpus: as many as there may be threads");
	snprintf(text + used, sizeof(text) - used, ",1");
	ok_is(read_one(&o, text), EX_USAGE, "cpus: one more is refused");
}

static void test_sched(void)
{
	static const char *const right[] = {"other", "batch", "idle", "fifo:1", "fifo:99", "rr:50"};
	static const char *const wrong[] = {"",		"fifo",	   "fifo:", "fifo:0",
					    "fifo:100", "fifo:-1", "rr:1x", "other:1",
					    "batch:1",	"idle:1",  "FIFO:1"};
	static struct options o;
	char arg[64], name[32];

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		snprintf(arg, sizeof(arg), "--sched=%s", right[i]);
		name[0] = '\0';
		if (!read_one(&o, arg))
			scheduling_name(&o.ask.sched, name);
		ok(!strcmp(name, right[i]), "%s: read, and said again", arg);
	}
	ok(!read_one(&o, "--sched=rr:50") && o.ask.sched.policy == SCHED_RR &&
		   o.ask.sched.priority == 50,
	   "sched: class and priority");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(arg, sizeof(arg), "--sched=%s", wrong[i]);
		ok_is(read_one(&o, arg), EX_USAGE, "%s: refused", arg);
	}
}

static void test_load(void)
{
	static struct options o;
	struct {
		int n;
		char *argv[6];
	} wrong[] = {{2, {"p", "--load-nice=5"}},
		     {2, {"p", "--load-sched=idle"}},
		     {3, {"p", "--load=same", "--load-nice=21"}}};
	char *same[] = {"p", "--load=same", "--load-nice=5", "--load-sched=batch", NULL};
	char name[SCHEDULING_NAME];

	options_init(&o, "p", GROUP_IPC);
	ok(!options_read(&o, 4, same) && o.ask.load == LOAD_SAME, "a load on the measured CPUs");
	scheduling_name(&o.ask.load_sched, name);
	ok(!strcmp(name, "batch+nice:5"), "its class and nice value, in whatever order: %s", name);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		options_init(&o, "p", GROUP_IPC);
		ok_is(options_read(&o, wrong[i].n, wrong[i].argv), EX_USAGE, "%s: refused",
		      wrong[i].argv[wrong[i].n - 1]);
	}
}

static void test_rest(void)
{
	static struct options o;

	ok(!read_one(&o, "--nice=-20") && o.ask.sched.nice == -20, "nice: the least");
	ok(!read_one(&o, "--nice=19") && o.ask.sched.nice == 19, "nice: the most");
	ok(read_one(&o, "--nice=-21") == EX_USAGE && read_one(&o, "--nice=20") == EX_USAGE &&
		   read_one(&o, "--nice=--1") == EX_USAGE && read_one(&o, "--nice=") == EX_USAGE,
	   "nice: beyond both is refused");
	ok(!read_one(&o, "--mem=node:7") && o.ask.mem_asked == MEM_NODE && o.ask.mem_node == 7,
	   "mem: a node");
	ok(!read_one(&o, "--mem=remote") && o.ask.mem_asked == MEM_REMOTE, "mem: remote");
	ok(read_one(&o, "--mem=node:") == EX_USAGE && read_one(&o, "--mem=node:-1") == EX_USAGE &&
		   read_one(&o, "--mem=far") == EX_USAGE,
	   "mem: else refused");
	ok(!read_one(&o, "--warmup=0") && o.size.warm_ns == 1, "warmup: none is one operation");
	ok(!read_one(&o, "--warmup=3ms") && o.size.warm_ns == 3000000, "warmup: as asked");
	ok(!read_one(&o, "--duration=1ms") && o.size.duration_ns == 1000000, "duration: the least");
	ok(!read_one(&o, "--sample-every=1") && o.size.stride == 1 &&
		   read_one(&o, "--sample-every=0") == EX_USAGE,
	   "sample-every: 1 times all, 0 is refused");
	ok(read_one(&o, "--duration=999us") == EX_USAGE && read_one(&o, "--duration=0") == EX_USAGE,
	   "duration: less is refused");
	ok(!read_one(&o, "--iterations=1000000000000") && o.size.iterations == 1000000000000,
	   "iterations: the most");
	ok(read_one(&o, "--iterations=0") == EX_USAGE &&
		   read_one(&o, "--iterations=1000000000001") == EX_USAGE,
	   "iterations: beyond is refused");
	ok(read_one(&o, "--placement=free") == 0 && o.ask.placement == PLACEMENT_FREE,
	   "placement: free is no relation");
	ok(read_one(&o, "--placement=same-pu") == 0 && o.ask.placement == RELATION_SAME_PU,
	   "placement: a relation");
	ok_is(read_one(&o, "--placement=near"), EX_USAGE, "placement: else refused");
}

int main(void)
{
	test_number();
	test_time();
	test_no_time();
	test_size();
	test_choice();
	test_choice_long();
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	test_cpus();
	test_sched();
	test_load();
	test_rest();
	return done_testing();
}
