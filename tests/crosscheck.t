#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# make crosscheck without the tools it compares with: made-up ones print what the real ones printed (tests/data/peers), and
# each figure must come out in ns, as docs/method.md says.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
. tests/tap.sh
tools='oslat perf pmqtest ptsematest svsematest sigwaittest cyclictest hackbench sysbench stress-ng sockperf qperf'

# Everything else that this machine has, and the made-up tools before it.
mkdir "$work/bare" "$work/fake"
ln -sf /usr/sbin/* /usr/bin/* "$work/bare"
cat >"$work/fake/tool" <<'END'
#!/bin/sh
# Prints $SAMPLE, into the file of --json=FILE where there is one; a server waits for its end.
case "$*" in
server*--tcp) exec perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => $ARGV[1], Listen => 1); sleep' "$3" "$5" ;;
server*) exec perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => $ARGV[1], Proto => "udp"); sleep' "$3" "$5" ;;
*listen_port*127.0.0.1*) ;;
*listen_port*) exec tail -f /dev/null ;;
esac
for word; do
	case $word in
	--json=*) exec cp "$SAMPLE" "${word#--json=}" ;;
	esac
done
exec cat "$SAMPLE"
END
chmod +x "$work/fake/tool"
for tool in $tools; do
	rm -f "$work/bare/$tool"
	ln -s tool "$work/fake/$tool"
done
pu=$(awk '/^Cpus_allowed_list/ { split($2, edge, /[-,]/); print edge[1] }' /proc/self/status)

# peer SAMPLE NAME: with the made-up tools.
peer() {
	SAMPLE=$1 PATH="$work/fake:$work/bare" scripts/check/peer "$2" "$pu"
}

# figure NAME NS: what comes out of the real tool's output.
figure() {
	got=$(peer "tests/data/peers/$1" "$1") || return 1
	[ "$got" = "$2" ] || {
		echo "$1: $got, not $2"
		return 1
	}
}

# Ours are made up too: a turn takes 20 ns, whatever else this machine does.
mkdir "$work/ours"
"$build/sync_null" --variant=lock --experiment=uncontended --iterations=1000 2>"$work/err" | awk -F, -v OFS=, '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
	NR == 2 { $at["status"] = "ok"; $at["op_ns"] = "20.000" }
	{ print }' >"$work/ours/row"
for program in sync_mutex ipc_syscall; do
	printf '#!/bin/sh\nexec cat "%s"\n' "$work/ours/row" >"$work/ours/$program"
	chmod +x "$work/ours/$program"
done

# table OPTION...: make crosscheck's, into $work/table.
table() {
	BUILD=$work/ours "$build/tests/bench_crosscheck" "$@" >"$work/table" 2>"$work/err"
}

# The list is docs/method.md's table.
in_method() {
	"$build/tests/bench_crosscheck" --list >"$work/list"
	sed -n '/<!-- begin peers -->/,/<!-- end peers -->/p' docs/method.md | sed '1d;$d' | diff - "$work/list"
}

# Each peer that the table names is one of scripts/check/peer's, and the other way round.
all_used() {
	grep -o '"peer [a-z][a-z-]*' tests/bench_peers.h | sed 's/.* //' | sort -u >"$work/used"
	sed -n 's/^\([a-z-]*\)).*/\1/p' scripts/check/peer | sort -u | diff - "$work/used"
}

# Figures by hand: us, times 1000; one way, twice; rates, 1e9 divided by them.
while read -r name ns how; do
	ok "$name: $how" figure "$name" "$ns"
done <<END
perf-pipe 5514.850 us
perf-syscall 581.253 us
perf-futex-hash 1388.010 calls a second
perf-futex-wake 67800.000 ms
perf-futex-lock-pi 153209.744 turns a second
pmqtest 8340.000 us one way make a round trip
ptsematest 6660.000 us one way make a round trip
svsematest 6580.000 us one way make a round trip
sigwaittest 9260.000 us one way make a round trip
cyclictest 85825.790 ns
cyclictest-fifo 28571.360 ns
oslat 7422619.050 s over 168 gaps
hackbench 3870.000 s over 100000 messages
sysbench-threads 1718.000 ms over 100 events of 1000 turns
sysbench-mutex 22.046 ms over 5000000 turns
stress-switch 12700.610 ns
stress-yield 9806.560 ns
stress-eventfd 35012.792 operations a second
stress-futex 96083.354 operations a second
stress-mutex 22817.303 operations a second
stress-pipe 7527.511 operations a second
stress-sem 24663.954 operations a second
stress-sem-sysv 2391.572 operations a second
sockperf-udp 11276.000 us, whole round trips
sockperf-tcp 13740.000 us, whole round trips
qperf-udp 25875.200 us, half round trips
qperf-tcp 26398.200 us, half round trips
END
ok 'every peer is used, and none is missing' all_used
names=$(cat "$work/used")

# Units of qperf, which picks them.
printf 'tcp_lat:\n    latency  =  900.5 ns\n' >"$work/sample"
ok 'qperf: ns' [ "$(peer "$work/sample" qperf-tcp)" = 1801.000 ]
printf 'tcp_lat:\n    latency  =  1.5 ms\n' >"$work/sample"
ok 'qperf: ms' [ "$(peer "$work/sample" qperf-tcp)" = 3000000.000 ]
sed '/Round trip/s/Round trip/Latency/' tests/data/peers/sockperf-udp >"$work/sample"
ok 'sockperf: half round trips are not taken for whole ones' exits 70 'not understood' peer "$work/sample" sockperf-udp

echo 'what is this' >"$work/garbage"
for name in $names; do
	ok "$name: other output is not understood" exits 70 "peer: the output of .* is not understood ($name): what is this" \
		peer "$work/garbage" "$name"
done
printf '#!/bin/sh\necho not allowed >&2\nexit 1\n' >"$work/fake/refuses"
chmod +x "$work/fake/refuses"
ln -sf refuses "$work/fake/hackbench"
ok 'a tool that cannot run: its own words' exits 69 'hackbench cannot run here: not allowed' peer "$work/garbage" hackbench
ln -sf tool "$work/fake/hackbench"
for name in $names; do
	ok "$name: without its tool" exits 69 ' is not here: make crosscheck-deps' env PATH="$work/bare" scripts/check/peer "$name" "$pu"
done
ok 'an unknown peer' exits 64 'no peer is called lmbench' scripts/check/peer lmbench 0
ok 'no PU' exits 64 'not a PU: x' scripts/check/peer pmqtest x

# The table.
PATH="$work/bare" table --only=test
ok 'without the tools: they are skipped' [ $? = 0 ]
ok 'without the tools: each says what to do' [ "$(grep -c 'skipped: .* is not here: make crosscheck-deps' "$work/table")" = 6 ]
SAMPLE=$work/garbage PATH="$work/fake:$work/bare" table --only=hackbench
ok 'output that is not understood: 1' [ $? = 1 ]
ok 'output that is not understood: a line' grep -q '^hackbench.*failed: peer: the output of hackbench is not understood' "$work/table"
SAMPLE=tests/data/peers/perf-futex-hash PATH="$work/fake:$work/bare" table --only='futex hash'
ok 'what has no counterpart: 0' [ $? = 0 ]
ok 'what has no counterpart: both figures, and why there is no ratio' \
	sh -c "grep -Eq '^perf bench futex hash .* 1388\.0 +20\.0 +no ratio: ' '$work/table' && grep -q 'no FUTEX_WAIT of ours' '$work/table'"
sed 's/sum:.*/sum: 1e9/' tests/data/peers/sysbench-mutex >"$work/sample"
SAMPLE=$work/sample PATH="$work/fake:$work/bare" table --only='sysbench mutex'
ok 'a difference that no reason accounts for: 1' [ $? = 1 ]
ok 'a difference that no reason accounts for: it is said' grep -q 'NOT EXPLAINED: between 0.4 and 0.95' "$work/table"
ok 'the ratio is ours by theirs, with its interval' grep -Eq '^sysbench mutex.* 200000000\.0 +20\.0 +0\.000  0\.000 to 0\.000$' "$work/table"
# A tool that says 400 ns and 0.04 ns in turns, two processes each, 5 times and a hundredth of ours: nothing is shown.
cat >"$work/fake/wavers" <<END
#!/bin/sh
n=\$((\$(cat "$work/calls") + 1))
echo \$n >"$work/calls"
[ \$((n / 2 % 2)) = 0 ] && sum=2000 || sum=0.2
echo "sum: \$sum"
END
chmod +x "$work/fake/wavers"
ln -sf wavers "$work/fake/sysbench"
echo 0 >"$work/calls"
PATH="$work/fake:$work/bare" table --only='sysbench mutex' --rounds=16
ok 'a difference that may be none: 0' [ $? = 0 ]
ok 'a difference that may be none: it is said, with the rounds that decide' \
	grep -Eq '^    undecided: it may be within 10 %; about [0-9]+ rounds would decide$' "$work/table"
ln -sf tool "$work/fake/sysbench"
rm "$work/table"
BUILD=$work/ours SAMPLE=$work/sample PATH="$work/fake:$work/bare" "$build/tests/bench_crosscheck" --only='sysbench mutex' \
	--rounds=10000 >"$work/table" 2>"$work/rounds" &
pid=$!
await $pid grep -qs 'round 8 of 10000' "$work/rounds"
kill -INT $pid
wait $pid
ok 'Ctrl-C: how many rounds are whole' grep -Eq '^interrupted: [0-9]+ of 10000 rounds are whole' "$work/rounds"
ok 'Ctrl-C: the table of those' grep -Eq '^sysbench mutex.* 200000000\.0 +20\.0 +0\.000  0\.000 to 0\.000$' "$work/table"
table --rounds=3
ok 'too few rounds' [ $? = 64 ]
table --only=nothing
ok 'no such pair' [ $? = 64 ]
ok "the table of docs/method.md is that of the program" in_method
echo "1..$n"
