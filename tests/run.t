#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring, quick
# handoff run: which rows its table has, in each format; what is refused and how; how it ends. No figure is judged.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
. tests/tap.sh
. tests/run.sh
export BUILD="$build" XDG_RUNTIME_DIR="$work/runtime"
mkdir -m 700 "$XDG_RUNTIME_DIR"

run() {
	"$build/handoff" run "$@"
}

# few NAMES [OPTION]...: as short as can be.
few() {
	run "$@" --duration=2ms
}

# names PATTERN...: the first column of the table is these, in this order, with a heading before and the trust line after. What
# all lines have in common stands above.
names() {
	cat "$work/out"
	sed -i '/ stalls above 1 ms a second /d; /^a second is one of /d' "$work/out"
	[ $# = 1 ] || {
		head -n 1 "$work/out" | grep '^all: ' >"$work/all" || return 1
		sed -i 1d "$work/out"
	}
	head -n 1 "$work/out" | grep -q '^configuration  *\(p50\|median\)  *95 % interval  *p99  *max  *CPU per operation$' || return 1
	tail -n 1 "$work/out" | grep -Eq '^([0-9]+ runs, 0 disturbed|[0-9]+ of [0-9]+ runs disturbed: .+)(;|$)' || return 1
	[ "$(wc -l <"$work/out")" = $(($# + 2)) ] || return 1
	line=1
	for names_pattern; do
		line=$((line + 1))
		sed -n ${line}p "$work/out" | grep -Eq "^$names_pattern(  |$)" || return 1
	done
}

# json FILE EXPRESSION: the file is one JSON object, $j, of which the expression holds.
json() {
	perl -MJSON::PP -0777 -ne 'my $j = decode_json($_); exit !('"$2"');' "$1"
}

# usage WORDS COMMAND...: exit code 64, and nothing but one line on stderr, with the words.
usage() {
	exits 64 "$@" && [ "$(wc -l <"$work/err")" = 1 ] && [ ! -s "$work/out" ]
}

cpu=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')

ok 'one mechanism' exits 0 '' run pipe --between=same-pu
ok 'its table has a line, with an interval' names 'ipc/pipe:pair block ping-pong same-pu 64 B  *[0-9.]* [num]*s  *[0-9.]*( [num]*s)? to [0-9.]* [num]*s'
ok 'a variant by its whole name' exits 0 '' few ipc/pipe:pair --runs=1 --between=same-pu
ok 'fewer than six runs have no interval' grep -q '; fewer than 6 runs give no interval' "$work/out"
ok 'several mechanisms and sizes' exits 0 '' few pipe,unix_stream --size=64,4k,64KiB --between=same-pu --runs=1
ok 'lines in the order in which they were asked for' names \
	'ipc/pipe:pair 64 B' 'ipc/pipe:pair 4 KiB' 'ipc/pipe:pair 64 KiB' \
	'ipc/unix_stream:socketpair 64 B' 'ipc/unix_stream:socketpair 4 KiB' 'ipc/unix_stream:socketpair 64 KiB'
ok 'above them what is the same' grep -qx 'all: block ping-pong same-pu' "$work/all"
ok 'what has no size has one line' exits 0 '' few ipc/futex --size=64,4k --between=same-pu --runs=1
ok 'namely this' names 'ipc/futex:pair block .*'
ok 'the CPUs by number, and block of shared memory' exits 0 '' few pipe,posix_shm --between="$cpu,$cpu" --wait=block --runs=1
ok 'is its mode futex' names 'ipc/pipe:pair block' 'ipc/posix_shm:ring futex'
ok 'a primitive, and an option of the microbenchmark in two words' exits 0 '' few sync/mutex --experiment uncontended --runs=1
ok 'its lock' names 'sync/mutex:normal .*uncontended .*'
ok 'wildcards' exits 0 '' few 'sync/null:*' --experiment=uncontended --runs=1
ok 'where nothing can run here, the exit code says so' exits 69 '' run posix_mq --between=same-pu --size=16M
ok 'and the line says why' names 'ipc/posix_mq:pair .* 16 MiB .*  skipped: message of 16777216 bytes is over .*'
ok 'where the scheduler places them' exits 0 '' run pipe --between=free --runs=2 --duration=30ms
ok 'the table says for how long they shared a CPU' names 'ipc/pipe:pair block ping-pong free .*  .*on one CPU [0-9]* % of the time'
ok 'a stream has no p50' exits 0 '' few pipe --pattern=stream --runs=1
ok 'but a rate' names 'ipc/pipe:pair block stream .*[0-9] [MG]B/s .*'

ok '--json' exits 0 '' few pipe,unix_stream --json --runs=6 --size=64,128 --between=same-pu
# shellcheck disable=SC2016 # of perl
ok 'is one object with its schema and four configurations' json "$work/out" \
	'$j->{schema} == 2 && $j->{command} eq "run" && $j->{n} == 24 && @{ $j->{rows} } == 4'
# shellcheck disable=SC2016
ok 'whose figures have units, and names their parts' json "$work/out" \
	'!grep { $_->{unit} ne "ns" || $_->{status} ne "ok" || !($_->{ci_lo} <= $_->{median} && $_->{median} <= $_->{ci_hi})
	|| $_->{n} != 6 || $_->{name} !~ m{^$_->{group}/$_->{mechanism}:$_->{variant} } } @{ $j->{rows} }'
ok '--csv' exits 0 '' few pipe --csv --runs=3
ok 'is as the schema says, to another reader' tests/read-csv "samples.csv:$work/out"
ok 'with a row for each run' [ "$(values "$work/out" block | sort | tr '\n' ' ')" = '1 2 3 ' ]
ok 'timed alike' [ "$(values "$work/out" sample_every | sort -u | wc -l)" = 1 ]
ok '--markdown' exits 0 '' few pipe --markdown --runs=1
ok 'has a rule below the heading' [ "$(sed -n 2p "$work/out" | tr -d '|:-')" = '' ]
ok 'and as many columns in each line' [ "$(head -n 3 "$work/out" | awk -F'|' '{ print NF }' | uniq | wc -l)" = 1 ]

# A pipe whose times are known: 6 runs of 19 stalls above 1 ms in 6.4 s; then one whose last run has all of them.
fake_begin "$work/fake"
fake_bench ipc_pipe --placement=same-pu <<'END'
$times = "100000,100001,63600\n1000000,1000001,1\n1050000,1050001,18\n20000000,20000001," . ($nth == 12 ? 120 : 0) . "\n";
$times =~ s/^.*,0\n//m;
END
ok 'a pipe with stalls' exits 0 '' "$work/fake/handoff" run pipe --between=same-pu
ok 'how many a second, between which limits, of how many' grep -qx \
	'2\.98 stalls above 1 ms a second (2\.46 to 3\.58), 114 seen, in sleeping round trips same-pu' "$work/out"
ok 'and what a second is' grep -qx 'a second is one of the operations that were timed alone' "$work/out"
ok 'stalls that cluster' exits 0 '' "$work/fake/handoff" run pipe --between=same-pu --json
# shellcheck disable=SC2016 # of perl
ok 'each limit is in the object' json "$work/out" \
	'join(" ", map { "$_->{kind} $_->{above_ns} $_->{seen}" } @{ $j->{stalls} }) eq
	join(" ", map { "sleeping round trips same-pu $_" } "100000 381834", "1000000 234", "10000000 120") &&
	$j->{stalls}[2]{clustered} && $j->{stalls}[2]{per_s_lo} < $j->{stalls}[2]{per_s} && $j->{stalls}[2]{timed_s} > 38'
fake_bench ipc_unix_stream --variant=socketpair --wait=poll --placement=same-pu <<'END'
$row{slept_share} = '0.012000';
END
ok 'poll() that spins' exits 0 '' "$work/fake/handoff" run unix_stream --between=same-pu --wait=poll --runs=1
ok 'the table says so' grep -q ' spins: slept in 1 % of its waits$' "$work/out"
fake_bench ipc_fifo --placement=same-pu <<'END'
$row{flags} = 'noisy';
$row{op_p50_ns} = '' if $nth > 1;
END
ok 'disturbed runs without the figure' exits 0 '' "$work/fake/handoff" run fifo --between=same-pu --runs=3
ok 'are counted among all of them' grep -q ' noisy in 3 of 3$' "$work/out"
ok 'a table in Markdown' exits 0 '' "$work/fake/handoff" run pipe --between=same-pu --runs=1 --markdown
ok 'has them in a list' grep -q '^- [0-9.]* stalls above 1 ms a second .* in sleeping round trips same-pu$' "$work/out"
ok 'with its real times' exits 0 '' few pipe --between=same-pu --runs=1
ok 'the sentence is there' grep -q '^[0-9.]* stalls above 1 ms a second ([0-9.]* to [0-9.]*), [0-9]* seen, in sleeping round trips same-pu$' "$work/out"
ok 'what has no times of its own has none' exits 0 '' few pipe --pattern=stream --between=same-pu --runs=1
ok 'as a stream' lacking 'stalls above' "$work/out"

ok 'no name' usage 'needs the name of a mechanism' run
ok 'a name that is nearly one' usage 'handoff run: pip: no such mechanism; did you mean pipe?' run pip
ok 'likewise with its variant' usage 'did you mean ipc/pipe:pair?' run pipe,ipc/pipe:par
ok 'one that is like no other' usage 'no such mechanism; handoff list' run banana
ok 'a command that is nearly one' usage 'handoff: swep: no such command; did you mean sweep?' "$build/handoff" swep
ok 'no number of runs' usage 'handoff run: --runs=0: not valid' run pipe --runs=0
ok 'no size' usage '--msg-size=0: not valid' run pipe --size=0
ok 'no wait mode' usage '^ipc_pipe: --wait=blok: no such wait mode here; it takes one of block spin poll' run pipe --wait=blok
ok 'no relation' usage '^handoff run: --between=same-pu,same-core: not valid; it takes two CPUs' run pipe --between=same-pu,same-core
ok 'a value for an option that takes none' usage '^handoff run: --json=x: takes no value; --help' run pipe --json=x
ok 'no option' usage '^handoff run: --banana: no such option; --help' run pipe --banana
ok 'nearly one of ours' usage '--betwen=0,1: no such option; did you mean --between?' run pipe --betwen=0,1
ok 'nearly one of the microbenchmarks' usage 'did you mean --duration?' run pipe --durration=1s
ok 'one that this mechanism lacks' usage '^ipc_pipe: --threads=2: no such option' run pipe --threads=2
ok 'what prints no row' usage 'printed no row' run pipe --list

# The shell ignores SIGINT in what it starts beside itself: perl gives it back.
perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$build/handoff" run pipe --duration=60s >"$work/out" 2>"$work/err" &
pid=$!
started() {
	[ -n "$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)" ] && grep -q '^ipc_pipe' /proc/"$(cut -d' ' -f1 "/proc/$pid/task/$pid/children")"/cmdline
}
ok 'a long run begins' await $pid started
child=$(cut -d' ' -f1 "/proc/$pid/task/$pid/children")
kill -INT $pid
wait $pid
ok 'Ctrl-C ends it' [ $? = 130 ]
gone() {
	[ ! -e "/proc/$child" ]
}
ok 'and its run' until_ok gone
ok 'no object is left' [ -z "$(ls -A "$XDG_RUNTIME_DIR")" ]
echo "1..$n"
