#!/bin/sh
# SPDX-License-Identifier: MIT
# sysstat 12.6.1 (Debian sysstat 12.6.1-1): pidstat -w, watching cyclictest of rt-tests 2.4 (Debian rt-tests 2.4-1).
#
# Expected: pidstat -w -p PID shows the context switches of the process, as pidstat -u shows the CPU time of all its threads.
# What happens: it shows those of the main thread. Of a process whose two other threads wake 5000 times a second each, it
# says some 100. With -t the line of the whole process (the one with a TGID) repeats that figure above the true ones.
# Why: the figures come from /proc/PID/status, where the kernel keeps them for one thread (seen with strace). The CPU time
# in /proc/PID/stat is that of the process. pidstat(1) says "the task" of both.
# Who is hit: whoever checks whether a mechanism sleeps or spins. A process that hands over in its threads looks like one
# that never switches.
# Remedy: pidstat -wt, and add up the lines of the threads.
set -eu

tmp=$(mktemp -d)
watched=
trap '[ -z "$watched" ] || kill "$watched"; rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download sysstat=12.6.1-1 rt-tests=2.4-1 libnuma1
for deb in *.deb; do dpkg-deb -x "$deb" root; done

LD_LIBRARY_PATH=root/usr/lib/$(uname -m)-linux-gnu root/usr/bin/cyclictest --default-system --quiet \
	--threads=2 --interval=200 --distance=0 --duration=1h >cyclictest.out 2>&1 &
watched=$!
until [ "$(find "/proc/$watched/task" -mindepth 1 -maxdepth 1 | wc -l)" -ge 3 ]; do kill -0 "$watched"; done
LC_ALL=C root/usr/bin/pidstat -wt -p "$watched" 2 1 >pidstat.out
LC_ALL=C root/usr/bin/pidstat -w -p "$watched" 2 1 >alone.out

# Average: UID TGID TID cswch/s nvcswch/s Command, a dash instead of the TID for the process, of the TGID for a thread
awk '/^Average/ && $3 ~ /[0-9]/ { process = $5 } /^Average/ && $4 ~ /[0-9]/ { threads += $5 }
	END { printf "-wt: process %.0f, sum of its threads %.0f\n", process, threads }' pidstat.out >seen
awk '/^Average/ && $3 ~ /[0-9]/ { printf "-w: process %.0f\n", $4 }' alone.out >>seen
sed 's/^/seen: /; s/$/ voluntary switches a second/' seen
awk '{ gsub(/[^0-9 ]/, "") } NR == 1 { process = $1; threads = $2 } NR == 2 { alone = $1 }
	END { exit !(process > 0 && alone > 0 && threads > 5 * process && threads > 5 * alone) }' seen ||
	{ echo "changed: expected the threads to switch more than five times as often as the process" >&2; exit 1; }
echo ok
