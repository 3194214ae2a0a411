#!/bin/sh
# SPDX-License-Identifier: MIT
# class: settings
# What a sweep keeps of the machine's settings, what it says when one changes, and the topology that it hands on.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
handoff=$build/handoff
. tests/tap.sh

run=$work/run
"$handoff" sweep --only='sync/null:lock' --budget=4s --seed=1 --out="$run" >"$work/out" 2>"$work/err" &
pid=$!
await $pid grep -qs ',sync,' "$run/samples.csv"
kill -STOP $pid # so that it does not read what is being written
cp "$run/settings/before.txt" "$work/before.txt"
# As if somebody had set these while it ran.
sed -e 's/^libc=.*/libc=0.1/' -e '/^handoff:flags=/d' "$work/before.txt" >"$run/settings/before.txt"
kill -CONT $pid
wait $pid
for file in before.txt after.txt topology.xml changed.txt; do
	ok "settings/$file is there" [ -s "$run/settings/$file" ]
done
ok 'each line of a snapshot is a key and a value' [ "$(grep -cv '^[^=][^=]*=' "$work/before.txt")" = 0 ]
ok 'they are sorted by key' sh -c "cut -d= -f1 '$work/before.txt' | LC_ALL=C sort -c"
for key in /proc/version /proc/cmdline handoff:version handoff:compiler handoff:flags libc system:node /proc/sys/kernel/sem \
	/proc/self/status:Cpus_allowed_list; do
	ok "it has $key" grep -q "^$key=." "$work/before.txt"
done
ok 'nothing else changed meanwhile' [ "$(wc -l <"$run/settings/changed.txt")" -ge 2 ]
ok 'a value that changed is in the file' grep -Eq '^libc: 0.1 -> [0-9.]+$' "$run/settings/changed.txt"
ok 'one that came' grep -q '^handoff:flags: (not there) -> ' "$run/settings/changed.txt"
ok 'and on stderr' grep -Eq '^handoff sweep: libc: 0.1 -> [0-9.]+$' "$work/err"
ok 'the findings of the doctor are there' grep -q '^governor,' "$run/doctor.csv"

"$handoff" sweep --only='sync/null:lock' --budget=2s --out="$work/quiet" >"$work/out" 2>"$work/err"
if [ -e "$work/quiet/settings/changed.txt" ]; then
	ok 'what did change for real differs between the snapshots' \
		sh -c "! cmp -s '$work/quiet/settings/before.txt' '$work/quiet/settings/after.txt'"
else
	ok 'nothing changed: nothing is said' sh -c "! grep -q 'settings changed' '$work/err'"
fi

# The topology that a driver hands on is the one that a benchmark would have read; what this process may use is asked anew.
xml=$run/settings/topology.xml
ok 'handed on, the machine is the same' \
	[ "$(HANDOFF_TOPOLOGY=$xml "$handoff" topology)" = "$("$handoff" topology)" ]
last=$(sed 's/.*[,-]//' /sys/devices/system/cpu/online)
if taskset -c "$last" true 2>/dev/null; then
	ok 'and what taskset leaves of it too' \
		[ "$(HANDOFF_TOPOLOGY=$xml taskset -c "$last" "$handoff" topology)" = "$(taskset -c "$last" "$handoff" topology)" ]
fi
echo garbage >"$work/bad.xml"
ok 'a file that is no topology is refused' sh -c "! HANDOFF_TOPOLOGY='$work/bad.xml' '$build/ipc_pipe' --iterations=10 >/dev/null 2>&1"
echo "1..$n"
