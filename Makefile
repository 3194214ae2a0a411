# SPDX-License-Identifier: MIT
# Builds and tests handoff. `make help` lists the targets; V=1 shows the commands, WERROR=1 makes warnings errors.
# A mechanism is one file in ipc/ or sync/; a library it needs stands in it as /* needs: NAME */ (a pkg-config name).

BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
PKG_CONFIG ?= pkg-config
# Line tables alone: with types and variables (-g, for gdb) what is built takes three times the room.
CFLAGS ?= -O2 -g1
PREFIX ?= /usr/local
VERSION := 0.1

# Ours are apart from CFLAGS, so that `make CFLAGS=-O1` cannot drop them. Loops are aligned because a shift by 8 bytes
# moves a loop of a few nanoseconds by 9 %.
# arm64: an atomic is an instruction in the loop, not a call that picks one; CFLAGS=-march=armv8.1-a gives the newer ones.
need_language := -std=gnu11 -pthread -falign-loops=32 \
	$(if $(findstring aarch64,$(shell $(CC) -dumpmachine 2>/dev/null)),-mno-outline-atomics)
need_cppflags := -I. -I$(BUILD) -D_GNU_SOURCE
need_warnings := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wno-unused-parameter \
	$(if $(filter 1,$(WERROR)),-Werror)
# Calls are resolved at the start: not by each side for itself after the fork, nor where time is measured.
need_libs := -pthread -lrt -lm -Wl,-z,now
compile := $(CC) $(need_cppflags) $(CPPFLAGS) $(need_language) $(need_warnings) $(CFLAGS)

obj := $(BUILD)/obj
mains := bench/program/ipc_main.c bench/program/sync_main.c bench/command/handoff.c
# Only handoff reads and writes archives: a microbenchmark would start slower with one more library to load.
archive_src := $(wildcard bench/report/pack.c bench/command/pack.c bench/command/compare.c \
	bench/command/report_command.c bench/report/fleet_pack.c bench/command/odd.c \
	bench/command/fleet.c)
common_src := $(filter-out $(mains) $(archive_src),$(sort $(wildcard bench/*/*.c)))
mechanism_src := $(sort $(wildcard ipc/*.c sync/*.c))
test_src := $(sort $(wildcard tests/unit_*.c tests/conformance*.c tests/floor_*.c tests/bench_*.c))
fuzz_src := $(sort $(wildcard tests/fuzz/*.c))
sources := $(common_src) $(archive_src) $(wildcard $(mains)) $(mechanism_src) $(test_src) $(fuzz_src)
objects := $(sources:%.c=$(obj)/%.o)
common := $(common_src:%.c=$(obj)/%.o)
# Of an archive a program takes the objects that it calls, and no other: it is small, and linked in a third of the time.
# The first is of what a microbenchmark never has: it plans, reports and commands nothing (tests/layers.t).
driver := $(filter $(obj)/bench/plan/% $(obj)/bench/report/% $(obj)/bench/command/%,$(common))
bench := $(filter-out $(driver),$(common))
mechanisms := $(mechanism_src:%.c=$(obj)/%.o)
programs := $(patsubst ipc/%.c,$(BUILD)/ipc_%,$(filter ipc/%,$(mechanism_src))) \
	$(patsubst sync/%.c,$(BUILD)/sync_%,$(filter sync/%,$(mechanism_src))) $(BUILD)/handoff
tests := $(test_src:tests/%.c=$(BUILD)/tests/%)
floors := $(filter $(BUILD)/tests/floor_%,$(tests))
fuzzers := $(fuzz_src:tests/fuzz/%.c=$(BUILD)/fuzz/%)
tap := $(filter-out $(floors) $(BUILD)/tests/bench_%,$(tests))

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-5s %s\n' $1 $@)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all help deps tests objects fuzzers fuzz valgrind coverage soak tap test check test-page test-numa test-systemd test-fleet test-long sweep bench-self crosscheck crosscheck-deps bench-compare asan ubsan tsan \
	lint format check-objects mutants models surprises truth test-bare man docs install uninstall dist deb test-deb example \
	arm64 clean distclean FORCE

ifneq ($(filter deps,$(MAKECMDGOALS)),)
# What is installed is asked while make reads this file, so the goals beside deps run in a make of their own, after it.
rest := $(filter-out deps,$(MAKECMDGOALS))
.PHONY: again $(rest)
deps_of := $(sort $(patsubst test-%,%,$(patsubst crosscheck,cross,$(patsubst soak,cross,$(patsubst bench-self,bench,$(filter bench-self crosscheck soak test-page \
	test-numa test-systemd test-fleet test-bare deb test-deb,$(rest)))))))
deps: ## install what the goals beside it need (alone: what make test needs)
	@set -e; $(foreach goal,$(or $(deps_of),$(if $(rest),$(if $(filter-out all help sweep install man example,$(rest)),test,run),test)), \
		BUILD=$(BUILD) scripts/deps $(goal);)
again: deps
	+@$(MAKE) --no-print-directory $(rest)
$(rest): again
	@:
else

# "file:package" for each declared need; the flags of each package that pkg-config knows.
needs := $(if $(sources),$(shell awk '/\/\* needs: .*\*\//{for(i=3;i<NF;i++)print FILENAME":"$$i}' $(sources)))
packages := $(sort $(foreach n,$(needs),$(lastword $(subst :, ,$n))))
$(foreach p,$(packages),$(eval libs_$p := $(shell $(PKG_CONFIG) --libs $p 2>/dev/null)) \
	$(eval cflags_$p := $(shell $(PKG_CONFIG) --cflags $p 2>/dev/null)))
lacking := $(strip $(foreach p,$(packages),$(if $(libs_$p),,$p)))
needs_of = $(sort $(foreach s,$1,$(patsubst $s:%,%,$(filter $s:%,$(needs)))))
define link
	$(call say,LINK)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS) $(LDFLAGS) $(filter %.o,$^) $(filter %.a,$^) -o $@ $(LDLIBS) \
		$(foreach p,$(call needs_of,$(patsubst $(obj)/%.o,%.c,$(filter %.o,$^)) $(if $(filter %.a,$^),$(common_src))),$(libs_$p)) $(need_libs)
endef

all: $(programs) ## build every microbenchmark and build/handoff

tests: $(tests)
fuzzers: $(fuzzers)
objects: $(objects)
tap: tests ## unit and conformance tests only
	@BUILD=$(BUILD) scripts/check/run $(tap)

# What some sources have besides: loops what scripts/check/fuzz says of them; a test that measures nothing -O1, in two thirds
# of the time; and what libraries ask for.
flags_of = $(if $(filter bench/measure/% ipc/% sync/%,$1),$(LOOPS_CFLAGS)) \
	$(if $(filter tests/unit_% tests/conformance_%,$1),$(patsubst -O2,-O1,$(filter -O2,$(CFLAGS)))) \
	$(foreach p,$(call needs_of,$1),$(cflags_$p))
$(objects): $(obj)/%.o: %.c $(BUILD)/flags | $(BUILD)/version.h
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(compile) $(call flags_of,$<) -MMD -MP -c $< -o $@

# A thin archive names its objects: it takes no room. The compiler knows whose objects they are.
$(BUILD)/driver.a: $(driver)
$(BUILD)/bench.a: $(bench)
$(BUILD)/driver.a $(BUILD)/bench.a:
	$(call say,AR)
	$(Q)mkdir -p $(@D) && rm -f $@ && $$($(CC) -print-prog-name=ar) qcsT $@ $^

# Mechanisms are linked as objects, never from an archive: nobody calls them, they register themselves.
$(BUILD)/ipc_%: $(obj)/ipc/%.o $(obj)/bench/program/ipc_main.o $(BUILD)/bench.a
	$(link)
$(BUILD)/sync_%: $(obj)/sync/%.o $(obj)/bench/program/sync_main.o $(BUILD)/bench.a
	$(link)
$(BUILD)/handoff: $(obj)/bench/command/handoff.o $(archive_src:%.c=$(obj)/%.o) $(mechanisms) $(BUILD)/driver.a $(BUILD)/bench.a
	$(link)
$(filter-out $(floors),$(tests)): $(BUILD)/tests/%: $(obj)/tests/%.o $(BUILD)/driver.a $(BUILD)/bench.a
	$(link)
$(filter $(BUILD)/tests/conformance%,$(tap)): $(mechanisms)
$(floors): $(BUILD)/tests/%: $(obj)/tests/%.o
	$(link)
# A library of C++ headers; make bench-self has it made where they are.
$(BUILD)/tests/floor_queue: tests/floor_queue.cpp tests/floor.h $(BUILD)/flags
	$(call say,CXX)
	$(Q)mkdir -p $(@D) && $(CXX) -std=gnu++17 $(need_cppflags) $(CPPFLAGS) -pthread $(CFLAGS) $< -o $@
# Some mechanisms of each kind: a plan and a command line need some, not all.
$(fuzzers): $(BUILD)/fuzz/%: $(obj)/tests/fuzz/%.o $(archive_src:%.c=$(obj)/%.o) \
		$(addprefix $(obj)/,ipc/pipe.o ipc/mmap_anon.o sync/atomic.o sync/condvar.o sync/mutex.o sync/queue_mutex.o) \
		$(BUILD)/driver.a $(BUILD)/bench.a
	$(link)

# Both are written anew only when their text changes.
$(BUILD)/flags: FORCE
	@$(if $(lacking),echo "note: building without $(lacking); make deps installs what can be had")
	@mkdir -p $(@D) && echo '$(subst ','\'',$(compile) $(LDFLAGS) $(LDLIBS) $(foreach p,$(packages),$(libs_$p)) $(need_libs))' | scripts/dist/update $@
$(BUILD)/version.h: FORCE
	@mkdir -p $(@D) && scripts/dist/version $(VERSION) '$(CC)' '$(subst ','\'',$(need_language) $(CPPFLAGS) $(CFLAGS))' | scripts/dist/update $@

# Unit tests (TAP), conformance over every mechanism, and the shell tests; prove's summary comes last.
test: all tests ## build, then run every test (TESTS='tests/build.t ...' picks; LINT=1: make lint beside them)
	@BUILD=$(BUILD) scripts/check/run $(or $(TESTS),$(filter-out $(if $(filter 1,$(LINT)),,tests/lint.t) tests/fleet.t,$(wildcard tests/*.t)) $(tap))
check: all tests ## what a change breaks, in a minute and a half: units, shell tests that measure nothing, one conformance test of each kind
	@BUILD=$(BUILD) scripts/check/run --quick $(wildcard tests/*.t) $(tap)

test-page: all ## the page of a full sweep in a browser, and its accessibility (ARGS=DIR: of that run)
	$(Q)BUILD=$(BUILD) scripts/check/page $(ARGS)

test-numa: all tests ## in guests: several NUMA nodes and packages, vsock, one PU (ARGS='relations caches elsewhere one' picks)
	$(Q)BUILD=$(BUILD) scripts/check/guests $(ARGS)

test-systemd: all ## in a guest: tuned as a service of systemd, stopped for a comparison and started again, as root (MIRROR=)
	$(Q)BUILD=$(BUILD) scripts/check/guests systemd

test-fleet: all ## handoff fleet over a real Slurm, GNU parallel and ClusterShell, in namespaces of the test's own, as root
	@BUILD=$(BUILD) scripts/check/run tests/fleet.t

test-long: all ## what takes long: a sweep killed 200 times and resumed, comparisons killed 50 times and restored, every command killed 300 times, sweeps in every start state, full disks page by page
	@KILLS=200 PAGES=1 BUILD=$(BUILD) scripts/check/run tests/resume.t tests/full.t
	@KILLS=50 STORM=300 BUILD=$(BUILD) scripts/check/run tests/profiles.t tests/tuned.t tests/storm.t
	@SWEEPS=all BUILD=$(BUILD) scripts/check/run tests/inherit.t

test-bare: ## README's two commands in a bare Debian 12, as root (ARGS= for its sweeps, TESTS= picks, MIRROR=)
	$(Q)scripts/check/bare

# gcc's TSan knows no atomic_thread_fence; UBSan exits 0 unless told not to recover.
sanitize_asan := -fsanitize=address
sanitize_ubsan := -fsanitize=undefined -fno-sanitize-recover=all
sanitize_tsan := -fsanitize=thread
asan ubsan tsan: ## unit and conformance tests under a sanitizer
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)-$@ CC=$(if $(filter tsan,$@),clang,$(CC)) \
		CFLAGS='-O1 -g -fno-omit-frame-pointer $(sanitize_$@)' tap

# Programs find each other and ../scripts from where they are; bin/handoff is a link to the one among them.
lib := $(DESTDIR)$(PREFIX)/lib/handoff
share := $(DESTDIR)$(PREFIX)/share
$(BUILD)/handoff.1: scripts/dist/manual $(BUILD)/handoff
	$(Q)scripts/dist/manual $(BUILD)/handoff >$@.part && mv $@.part $@
man: $(BUILD)/handoff.1 ## the manual page, from --help
docs: $(BUILD)/handoff ## docs/columns.md and docs/mechanisms.md anew, and how long the sentences of the written pages are
	$(Q)BUILD=$(BUILD) scripts/dist/reference && scripts/check/prose
install: all man ## below PREFIX=/usr/local (DESTDIR= goes before it)
	$(Q)install -d $(lib)/bin $(lib)/scripts/charts $(lib)/scripts/profiles $(DESTDIR)$(PREFIX)/bin $(share)/man/man1 \
		$(share)/bash-completion/completions
	$(Q)install -m 755 $(programs) $(lib)/bin
	$(Q)install -m 644 scripts/report.html scripts/fleet.html $(lib)/scripts
	$(Q)install -m 755 scripts/fleet scripts/fleet-node $(lib)/scripts
	$(Q)install -m 644 scripts/charts/draw.gp $(lib)/scripts/charts
	$(Q)install -m 644 scripts/profiles/*.knobs $(lib)/scripts/profiles
	$(Q)install -m 644 $(BUILD)/handoff.1 $(share)/man/man1
	$(Q)install -m 644 scripts/dist/handoff.bash $(share)/bash-completion/completions/handoff
	$(Q)ln -sfn ../lib/handoff/bin/handoff $(DESTDIR)$(PREFIX)/bin/handoff
uninstall: ## what install put there
	$(Q)rm -rf $(lib) $(DESTDIR)$(PREFIX)/bin/handoff $(share)/man/man1/handoff.1 \
		$(share)/bash-completion/completions/handoff
dist: ## the source of the last commit as $(BUILD)/handoff-VERSION.tar.gz
	$(Q)mkdir -p $(BUILD) && git archive --format=tar --prefix=handoff-$(VERSION)/ HEAD | gzip -9n \
		>$(BUILD)/handoff-$(VERSION).tar.gz && echo $(BUILD)/handoff-$(VERSION).tar.gz
deb: dist ## a Debian package of it
	+$(Q)scripts/dist/deb $(BUILD) $(VERSION)
test-deb: dist ## the package in a clean root, as root (ARGS=ROOT: a copy of that; else debootstrap makes one)
	+$(Q)scripts/dist/deb $(BUILD) $(VERSION) --try $(ARGS)
example: all ## results/example anew, from this machine (BUDGET=30m)
	$(Q)BUILD=$(BUILD) scripts/dist/example $(BUDGET)

sweep: all ## measure this machine into results/ (ARGS='--quick' passes options on)
	$(Q)$(BUILD)/handoff sweep $(ARGS)
bench-self: all tests ## measure handoff itself against hand-written loops, and its driver (ARGS="--only=pipe" picks claims; BASE=DIR: an older build)
	$(Q)status=0; BUILD=$(BUILD) scripts/check/self $(ARGS) || status=$$?; \
		BUILD=$(BUILD) BASE='$(BASE)' scripts/check/driver $(filter-out --seed=%,$(ARGS)) && exit $$status
crosscheck: all tests ## tools that others know beside ours, as paired ratios (ARGS="--only=pipe" picks pairs)
	$(Q)BUILD=$(BUILD) $(BUILD)/tests/bench_crosscheck $(ARGS)
crosscheck-deps: ## install those tools
	$(Q)BUILD=$(BUILD) scripts/deps cross
lint: $(BUILD)/version.h ## format, clang-tidy, its analyzer, cppcheck, shellcheck, headers, mutants, -Werror builds (CHECKS=format ... picks)
	+@BUILD=$(BUILD) FLAGS='$(need_cppflags) $(need_language) $(need_warnings)' MAKE='$(MAKE)' scripts/check/lint $(CHECKS)
check-objects: all ## no indirect call in a timed loop
	$(Q)scripts/check/objects $(BUILD)
bench-compare: all ## can a change be told from none here? handoff selftest, with an injected delay
	+$(Q)BUILD=$(BUILD) MAKE='$(MAKE)' scripts/check/compare $(ARGS)
mutants: ## every injected fault is caught by its test
	+$(Q)MAKE='$(MAKE)' scripts/check/mutants $(ARGS)
models: ## memory orders and wake-ups of what is lock-free, simulated as C11 allows (ARGS=ring picks)
	$(Q)BUILD=$(BUILD) scripts/check/models $(ARGS)
valgrind: all ## the driver, and set-up and tear-down of each mechanism, under memcheck (ARGS='handoff ipc_pipe' picks)
	$(Q)BUILD=$(BUILD) scripts/check/valgrind $(ARGS)
coverage: ## which lines of bench/ the tests run, and what they never enter (ARGS= picks tests)
	+$(Q)MAKE='$(MAKE)' scripts/check/coverage $(ARGS)
fuzz: ## what reads files and options, under ASan and UBSan (SECONDS=600 each; ARGS='csv pack' picks)
	+$(Q)FUZZ_SECONDS='$(SECONDS)' MAKE='$(MAKE)' scripts/check/fuzz $(ARGS)
soak: all ## sweeps in a loop beside load: nothing grows, nothing is left (ARGS='60 --quick': minutes, options of a sweep)
	$(Q)BUILD=$(BUILD) scripts/check/soak $(ARGS)
surprises: ## entries of docs/surprises.md that hold on this machine
	$(Q)BUILD=$(BUILD) scripts/check/surprises $(ARGS)
truth: ## injected costs show up in the figures
	+$(Q)MAKE='$(MAKE)' scripts/check/truth $(ARGS)
arm64: ## cross-build, then unit and conformance tests under qemu-user
	+$(Q)MAKE='$(MAKE)' scripts/check/arm64
format: ## rewrite the C files in the house format
	$(Q)clang-format -i $(sources) $(wildcard bench/*.h bench/*/*.h tests/*.h tests/*/*.h)

help: ## list the targets
	@awk -F ': .*## ' '/^[a-z][a-z0-9 -]*:.*## /{printf "%-18s %s\n", $$1, $$2}' Makefile
clean: ## remove what was built
	$(Q)rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-ubsan $(BUILD)-tsan $(BUILD)-lint $(BUILD)-arm64 build-fuzz build-coverage
distclean: clean ## clean, and the downloaded arm64 sysroot, guest kernel and guest Debian
	$(Q)rm -rf $(BUILD)-arm64-sysroot build-guest

-include $(objects:.o=.d)
endif
