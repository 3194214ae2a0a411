#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# The build itself, tried on a small tree of its own: flags, dependencies, new files, libraries, make deps, the check of
# timed loops, the test runner.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
root=$PWD
tree=$work/tree
mkdir "$tree"
unset BUILD CC CFLAGS CPPFLAGS LDFLAGS LDLIBS WERROR V TESTS LINT MAKEFLAGS MFLAGS MAKELEVEL

fails() {
	! "$@"
}

# holds FILE PATTERN..., lacks FILE PATTERN: extended regular expressions; the file is printed where they do not.
holds() {
	file=$1
	shift
	for pattern; do
		grep -Eq -e "$pattern" "$file" || {
			echo "no $pattern in:"
			cat "$file"
			return 1
		}
	done
}

lacks() {
	! holds "$1" "$2" >/dev/null || {
		echo "$2 in:"
		cat "$1"
		return 1
	}
}

# build ARGUMENT...: make, with its output in ./log.
build() {
	make "$@" >log 2>&1 || {
		cat log
		return 1
	}
}

# timed NAME BODY: a file with one timed loop.
timed() {
	cat <<END
struct ops { int (*op)(int); };
int puts(const char *);
int $1(struct ops *ops, int n);
__attribute__((section(".text.timed"), noinline)) static int loop_$1(struct ops *ops, int n)
{
	$2
}
int $1(struct ops *ops, int n)
{
	return loop_$1(ops, n);
}
END
}

cp -r "$root/Makefile" "$root/scripts" "$tree"
cd "$tree" || exit 1
mkdir -p bench/command bench/program bench/measure ipc sync tests
printf '#ifndef NUMBER\n#define NUMBER 7\n#endif\n' >bench/number.h
printf '#include "bench/number.h"\nint number(void);\nint number(void)\n{\n\treturn NUMBER;\n}\n' >bench/measure/number.c
for main in program/ipc_main program/sync_main command/handoff; do
	printf '#include <stdio.h>\n#include "version.h"\nint number(void);\nint main(void)\n{\n' >bench/$main.c
	printf '\tprintf("%%d %%s %%s\\n", number(), HANDOFF_COMPILER, HANDOFF_CFLAGS);\n}\n' >>bench/$main.c
done
timed one 'return ops && n ? puts("") : 1;' >ipc/one.c
timed two 'return ops && n ? puts("") : 2;' >sync/two.c
printf '#include <stdio.h>\nint main(void)\n{\n\tputs("ok 1 - unit\\n1..1");\n}\n' >tests/unit_pass.c
cp tests/unit_pass.c tests/conformance.c

ok 'a tree builds' build -j2 all tests
ok 'one program per mechanism, and handoff' ls build/ipc_one build/sync_two build/handoff build/tests/conformance
ok 'again: nothing to build' build all tests
ok 'again: nothing was built' lacks log 'CC|LINK'

ok 'a changed header' sed -i 's/7/8/' bench/number.h
ok 'a changed header: build' build
ok 'a changed header rebuilds what includes it' holds log 'CC +build/obj/bench/measure/number.o' 'LINK +build/ipc_one'
ok 'and nothing else' lacks log 'CC .*(one|two|main)'

ok 'other CFLAGS: build' build V=1 'CFLAGS=-O1 -DNAME="a,b"'
ok 'our flags stay' holds log '-O1 .*ipc/one.c' '-std=gnu11 .*ipc/one.c' '-I\. .*ipc/one.c' '-D_GNU_SOURCE .*ipc/one.c' \
	'-Wshadow .*ipc/one.c' '-falign-loops=32 .*ipc/one.c'
ok 'the default optimisation goes' lacks log '-O2'
build/ipc_one >log
ok 'a program knows its flags, without quotes' holds log '^8 gcc [0-9]+\.[0-9]+\.[0-9]+ .*-O1 -DNAME=a,b'
ok 'clang: build' build CC=clang
build/ipc_one >log
ok 'a program knows its compiler' holds log '^8 clang [0-9]+\.[0-9]+\.[0-9]+ '
ok 'outside git the version is unknown' holds build/version.h 'HANDOFF_GIT "unknown"'
build all

ok 'a new mechanism' cp ipc/one.c ipc/three.c
ok 'its names' sed -i 's/one/three/' ipc/three.c
ok 'a new mechanism: build' build
ok 'a new mechanism is a program and part of handoff, without an edit' holds log 'LINK +build/ipc_three' 'LINK +build/handoff'

echo '/* needs: numa */' >>ipc/three.c
ok 'a library: build' build V=1
ok 'a declared library is linked where needed' holds log 'ipc_three .*-lnuma' 'build/handoff .*-lnuma'
ok 'and only there' lacks log '-o build/ipc_one .*-lnuma'
echo '/* needs: no-such-library */' >>ipc/three.c
ok 'a library that is not there: build' build
ok 'a library that is not there is named' holds log 'building without no-such-library'
rm ipc/three.c build/ipc_three

echo 'static int unused;' >>ipc/one.c
ok 'a warning is not an error' build all
ok 'with WERROR=1 it is' fails build WERROR=1 all
sed -i '$d' ipc/one.c
build all

ok 'timed loops without indirect calls pass' scripts/check/objects build
ok 'calls through the GOT: build' build 'CFLAGS=-O2 -fno-plt'
ok 'calls through the GOT pass' scripts/check/objects build
for body in 'return ops->op(n) + 1;' 'return ops->op(n);' 'static int (*f)(int); if (n) f = ops->op; return f(n) + 1;'; do
	timed bad "$body" >sync/bad.c
	build all
	ok "an indirect call does not pass: $body" fails scripts/check/objects build
done
echo 'int bad;' >sync/bad.c
echo 'int number(void); int number(void) { return 0; }' >bench/measure/number.c
build all
ok 'a program without a timed loop does not pass' fails scripts/check/objects build
rm sync/bad.c build/sync_bad

printf '#!/bin/sh\necho ok 1\necho 1..1\n' >tests/pass.t
chmod +x tests/pass.t
ok 'tests: run' build test
ok 'tests: programs and scripts' holds log 'build/tests/unit_pass \.+ ok' 'build/tests/conformance \.+ ok' 'tests/pass.t \.+ ok'
tail -n 1 log >last
ok 'tests: the summary comes last' holds last '^Result: PASS'
# The name LINT has a value in make itself.
cp tests/pass.t tests/lint.t
ok 'tests: LINT=1 has lint beside them' build -n test LINT=1
ok 'lint beside them' holds log tests/lint.t
ok 'tests: without it there is none' build -n test
ok 'no lint' lacks log tests/lint.t
rm tests/lint.t
sed 's/ok/not ok/' tests/pass.t >tests/fail.t
chmod +x tests/fail.t
ok 'a failed test fails make test' fails build test
rm tests/fail.t

# given NAME CLASS CONDITION: a test that waits for the condition; it says so when it ends.
given() {
	{
		printf '#!/bin/sh\n%s\n' "$2"
		# shellcheck disable=SC2016 # for that test
		printf 'for try in $(seq 600); do\n\t%s && break\n\tsleep 0.05\ndone\n' "$3"
		printf '%s && echo ok 1 || echo not ok 1\ntouch %s.ended\necho 1..1\n' "$3" "$1"
	} >"tests/$1.t"
	chmod +x "tests/$1.t"
}
if [ "$(nproc)" -ge 2 ]; then
	given only '# class: alone' '[ -e beside.ended -a ! -e first.ended -a ! -e unnamed.ended ]'
	given unnamed '# of no class' '[ -e only.ended -a ! -e first.ended ]'
	given first '# class: measuring' '[ -e only.ended -a -e unnamed.ended ]'
	given second '# class: measuring' '[ -e first.ended ]'
	given beside '# class: pure, quick' true
	given sooner '# class: pure, long' '[ ! -e beside.ended ]'
	# two at a time, of which one waits: so what begins sooner has ended before the next begins
	ok 'tests run beside others as their class says' env OMP_NUM_THREADS=1 scripts/check/run tests/first.t tests/second.t tests/beside.t tests/only.t tests/unnamed.t tests/sooner.t
	rm ./*.ended
	ok 'quick ones alone' scripts/check/run --quick tests/first.t tests/beside.t tests/unnamed.t
	ok 'and no other' [ "$(ls ./*.ended)" = ./beside.ended ]
	given waits '# class: measuring' '[ -e setter.ended ]'
	given setter '# class: settings' true
	given next '# class: settings' '[ -e setter.ended ]'
	ok 'those of settings run beside measuring ones, one by one' scripts/check/run tests/waits.t tests/setter.t tests/next.t
	rm tests/waits.t tests/setter.t tests/next.t
	rm tests/first.t tests/second.t tests/beside.t tests/sooner.t tests/only.t tests/unnamed.t
else
	skip 'tests run beside others as their class says' 'one PU'
fi

make help >log
ok 'help names the targets' holds log '^all ' '^deps ' '^test ' '^asan ubsan tsan ' '^lint ' '^sweep ' '^arm64 ' '^clean '

# What make asks while it reads its files is asked after deps, and the other goals run once.
printf '#!/bin/sh\nsleep 0.2\necho installed "$@"\nmkdir pc\n' >scripts/deps
printf 'echo "Name: late\\nDescription: x\\nVersion: 1\\nLibs: -lm" >pc/late.pc\n' >>scripts/deps
echo '/* needs: late */' >>ipc/one.c
export PKG_CONFIG_PATH="$tree/pc"
ok 'deps: build' build -j4 deps all tests
ok 'a library that deps installed is found in the same command' lacks log 'without late'
head -n 1 log >first
ok 'deps comes first' holds first '^installed test'
ok 'the other goals run once' [ "$(grep -c 'LINK .*ipc_one' log)" = 1 ]
rm -rf pc
ok 'deps for the sweep: build' build -n deps sweep
ok 'the sweep needs no test tools' holds log 'scripts/deps run'
unset PKG_CONFIG_PATH

# scripts/deps with made-up package managers: they write down how they were called.
cp "$root/scripts/deps" scripts/deps
mkdir bin
ln -sf /usr/sbin/* /usr/bin/* bin/ # daemons are in sbin
rm -f bin/apt-get bin/dnf bin/zypper bin/pacman bin/apk bin/sudo
# deps_with MANAGER USER GROUP: in ./log what it printed, in ./calls what was called.
deps_with() {
	rm -f calls bin/apt-get bin/dnf bin/zypper bin/pacman bin/apk bin/id bin/sudo
	printf '#!/bin/sh\necho %s "$@" >>"%s/calls"\n' "$1" "$tree" >"bin/$1"
	printf '#!/bin/sh\necho "$@" >>"%s/sudo-calls"\nexec "$@"\n' "$tree" >bin/sudo
	printf '#!/bin/sh\necho %s\n' "$2" >bin/id
	chmod +x "bin/$1" bin/sudo bin/id
	rm -f sudo-calls
	touch calls sudo-calls
	PATH="$tree/bin" scripts/deps "$3" >log 2>&1
}

deps_with apt-get 0 test
ok 'nothing is missing: nothing is printed' lacks log .
ok 'nothing is missing: nothing is called' lacks calls .
rm bin/strace
deps_with apt-get 0 run
ok 'a test tool is not installed for the sweep' lacks calls .
deps_with apt-get 0 test
ok 'apt-get: what is missing, without recommended packages' holds calls 'apt-get update' \
	'apt-get .*install .*--no-install-recommends strace$'
ok 'what is run is printed' holds log '^\+ apt-get update' '^\+ .*apt-get .*install .*strace'
ok 'root needs no sudo' lacks sudo-calls .
deps_with apt-get 1000 test
ok 'others need sudo' holds sudo-calls 'apt-get update' 'apt-get .*install .*strace'

export PKG_CONFIG_LIBDIR="$tree/none"
for names in 'apt-get libhwloc-dev libnuma-dev liburing-dev' 'dnf hwloc-devel numactl-devel liburing-devel' \
	'zypper hwloc-devel libnuma-devel liburing-devel' 'pacman hwloc numactl liburing' \
	'apk hwloc-dev numactl-dev liburing-dev'; do
	# shellcheck disable=SC2086 # four words
	set -- $names
	ok "$1: fails while hwloc is missing" fails deps_with "$1" 0 run
	ok "$1: the libraries' packages" holds calls "$1.* $2( |\$)" " $3( |\$)" " $4( |\$)"
	ok "$1: what stays missing is said" holds log 'still missing: library hwloc'
done
rm bin/apk
ok 'no package manager: it fails' fails env PATH="$tree/bin" scripts/deps run
PATH="$tree/bin" scripts/deps run >log 2>&1
ok 'no package manager: what to install is said' holds log 'missing: library hwloc'

# A mechanism that was copied: under its old name it is none, and says so.
compile() {
	gcc -std=gnu11 -D_GNU_SOURCE -I"$root" -fsyntax-only "$1" >log 2>&1
}
for file in ipc/pipe sync/mutex; do
	copy=${file%/*}/copied.c
	cp "$root/$file.c" "$copy"
	compile "$copy"
	ok "$file under another name, with the old one in it" holds log 'a mechanism is called as its file, and this file says'
	sed "s/_MECHANISM(${file#*/}/_MECHANISM(copied/; s/${file#*/}_variants/copied_variants/" "$root/$file.c" >"$copy"
	ok 'and with its own' compile "$copy"
done

echo "1..$n"
