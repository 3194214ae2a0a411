#!/bin/sh
# SPDX-License-Identifier: MIT
# renice, taskset and chrt of util-linux 2.38.1 (Debian bsdutils and util-linux 2.38.1-5+deb12u3). Needs gcc.
#
# Expected: renice -n 5 -p PID makes a process nicer, taskset -p pins it and chrt -p changes its class. POSIX says of renice
# that the nice value is one of the process.
# What happens: the main thread alone is changed. A process with two more threads keeps them at nice value 0, on all CPUs.
# Why: on Linux these are properties of a thread, and the number of a process is that of its main thread (setpriority(2), BUGS).
# taskset and chrt have --all-tasks; renice has nothing of the kind.
# Who is hit: whoever makes a running program give way to a benchmark, or pins one: its workers go on as before.
# Remedy: renice -n 5 -p $(ls /proc/PID/task).
set -eu

version=2.38.1-5+deb12u3
tmp=$(mktemp -d)
watched=
trap '[ -z "$watched" ] || kill "$watched"; rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download "bsdutils=1:$version" "util-linux=$version"
for deb in *.deb; do dpkg-deb -x "$deb" root; done

cat >threads.c <<'EOS'
#include <pthread.h>
#include <unistd.h>

static void *worker(void *arg)
{
	(void)arg;
	pause();
	return NULL;
}

int main(void)
{
	pthread_t thread[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, worker, NULL);
	pause();
}
EOS
gcc -pthread threads.c -o threads
./threads &
watched=$!
until [ "$(find "/proc/$watched/task" -mindepth 1 -maxdepth 1 | wc -l)" -ge 3 ]; do kill -0 "$watched"; done

root/usr/bin/renice -n 5 -p "$watched" >renice.out
root/usr/bin/chrt --batch -p 0 "$watched"
# stat(5): after the name in brackets, nice is the 17th field and policy the 39th; SCHED_BATCH is 3
for task in "/proc/$watched/task/"*; do
	name=worker
	[ "${task##*/}" = "$watched" ] && name=main
	sed 's/.*) //' "$task/stat" | awk -v name=$name '{ print name ": nice " $17 ", class " $39 }'
done | sort >seen
cat >expected <<'EOS'
main: nice 5, class 3
worker: nice 0, class 0
worker: nice 0, class 0
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
