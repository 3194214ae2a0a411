#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# handoff doctor on this machine: its lines, its CSV, and that it changes nothing. What it finds: tests/unit_doctor.c.
set -u
cd "$(dirname "$0")/.." || exit 1
handoff=$(cd "${BUILD:-build}" && pwd)/handoff || exit 1
. tests/tap.sh

ok 'runs here' exits 0 '' "$handoff" doctor
ok 'ends with the counts' [ "$(tail -n 1 "$work/out" | grep -Ec '^[0-9]+ warnings, [0-9]+ notes, [0-9]+ could not')" = 1 ]
ok 'what is no finding of level ok says why' \
	[ "$(grep -Ec '^(warning|note|unknown) ' "$work/out")" = "$(grep -c '^ *why: ' "$work/out")" ]
ok 'as CSV' exits 0 '' "$handoff" doctor --csv
ok 'with its header' [ "$(head -n 1 "$work/out")" = topic,level,finding,why,command ]
ok 'each line has five fields and a known level' \
	[ "$(tsv "$work/out" | awk -F '\t' 'NF != 5 || NR > 1 && $2 !~ /^(ok|note|warning|unknown)$/')" = '' ]
for topic in governor turbo idle-states spin-waits energy smt mitigations thp numa-balancing irqbalance interrupts isolation tick preemption autogroup busy-poll realtime-share \
	cgroup cpu-quota lsm seccomp audit hypervisor steal clocksource load throttling locked-memory realtime mq-bytes sysv-msgmnb new-pipe loopback-mtu; do
	ok "it looked at $topic" grep -q "^$topic," "$work/out"
done
# A user's pipes, 1 MiB each, until the kernel gives no more; then the doctor. Root has no such limit.
cat >"$work/full" <<'EOF'
$^F = 10000; # what follows inherits them
for (1 .. 200) {
	pipe(my $in, my $out) or last;
	push @held, $in, $out;
	$full = 1, last if !fcntl($in, 1031, 1 << 20); # F_SETPIPE_SZ
}
exit 77 if !$full;
exec @ARGV;
EOF
user=
if [ "$(id -u)" = 0 ]; then
	user='setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all'
	chmod 755 "$work"
fi
told='a user whose pipes are used up is told that new ones are small'
# shellcheck disable=SC2086 # words
if $user perl "$work/full" "$handoff" doctor --csv >"$work/pipes" 2>"$work/err"; then
	ok "$told" grep -q '^new-pipe,warning,' "$work/pipes"
else
	skip "$told" "this user has no limit, or cannot run it: $(head -n 1 "$work/err")"
fi
ok 'no such option' exits 64 'no such option' "$handoff" doctor --fix
ok 'an argument' exits 64 'takes no argument' "$handoff" doctor now
ok 'a full disk' exits 74 'cannot write' sh -c "'$handoff' doctor --csv >/dev/full"

# As where a comparison was made once.
[ "$(id -u)" != 0 ] || [ -d /var/lib/handoff ] || mkdir -m 700 /var/lib/handoff
if strace -f -qq -o "$work/calls" "$handoff" doctor >/dev/null 2>&1; then
	changes='O_WRONLY|O_RDWR|O_CREAT|^[0-9]+ +(unlink|rename|mkdir|fork|vfork|clone|execve|kill|mount|socket|sched_set|setrlimit|prlimit)'
	ok 'changes nothing: no file is opened for writing, nothing started' \
		[ "$(grep -E "$changes" "$work/calls" | grep -cv 'execve\|prlimit64(0, [A-Z_]*, NULL')" = 0 ]
else
	skip 'changes nothing' 'strace cannot trace here'
fi
echo "1..$n"
