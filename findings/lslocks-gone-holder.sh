#!/bin/sh
# SPDX-License-Identifier: MIT
# lslocks and flock of util-linux 2.38.1 (Debian 2.38.1-5+deb12u3).
#
# Expected: while a shell script holds a lock that it took with "flock 9", lslocks names the shell, and the file.
# What happens: it names a process that has ended, "(unknown)", and no file. lslocks -p of the shell prints nothing at all.
# Why: the kernel's list of locks keeps the number of the process that took the lock, and that was flock, which ended at
# once. The lock belongs to the open file, which the shell still has. Later versions (2.40) look into the open files instead.
# Who is hit: whoever looks for the one that holds a lock, to end it or to measure how long: the number may by then be that of
# another process.
# Remedy: compare /proc/*/fdinfo/*, where a lock stands with the open file that has it.
set -eu

version=2.38.1-5+deb12u3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download "util-linux=$version"
dpkg-deb -x util-linux_*.deb root

# The number of the lock's file tells it from others of this machine: lslocks has no such column, the kernel's list has.
cat >holder.sh <<'EOS'
exec 9>lock
root/usr/bin/flock 9
taken=$(awk -v file=":$(stat -c %i lock)$" '$2 == "FLOCK" && $6 ~ file { print $5 }' /proc/locks)
[ "$taken" != $$ ] && [ ! -e "/proc/$taken" ] && echo 'in the list: a process that has ended'
root/usr/bin/lslocks --noheadings --output COMMAND,PID,PATH | awk -v taken="$taken" '$2 == taken { print "lslocks: " $1 " " $3 }'
root/usr/bin/lslocks --noheadings --pid $$ | awk 'END { print "lslocks of the shell: " NR " locks" }'
grep -q '^lock:.* FLOCK ' "/proc/$$/fdinfo/9" && echo 'open files of the shell: one has the lock'
exec 8>lock
root/usr/bin/flock --nonblock 8 || echo 'it is held'
EOS
sh holder.sh | sed 's|/.*\.\.\.$|/...|' >seen
cat >expected <<'EOS'
in the list: a process that has ended
lslocks: (unknown) /...
lslocks of the shell: 0 locks
open files of the shell: one has the lock
it is held
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
