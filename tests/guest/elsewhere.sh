#!/bin/sh
# SPDX-License-Identifier: MIT
# Inside a guest with 8 PUs: what many machines lack. vsock, huge pages, kernel threads of io_uring with PUs of their own,
# message queues without their file system.
set -u
. tests/guest/guest.sh

# rows_ok PROGRAM OPTION...: its rows are all ok.
rows_ok() {
	program=$1
	shift
	"$BUILD/$program" "$@" >"$work/row" 2>"$work/err" || {
		cat "$work/err"
		return 1
	}
	values "$work/row" status | sort -u | tee "$work/status"
	[ "$(cat "$work/status")" = ok ]
}

# tap PROGRAM ARGUMENT...: a test of ours that speaks TAP.
tap() {
	program=$1
	shift
	ok "$program $*" "$BUILD/tests/$program" "$@"
}

for wait in block spin poll epoll io_uring; do
	ok "ipc_vsock $wait" rows_ok ipc_vsock --wait=$wait --iterations=200
done
ok 'ipc_vsock stream' rows_ok ipc_vsock --pattern=stream --msg-size=65536 --iterations=200
ok 'ipc_vsock buffer' rows_ok ipc_vsock --opt=buffer=1048576 --iterations=200
ok 'the buffer is noted' grep -q 'buffer=1048576' "$work/row"
tap conformance_ipc vsock
tap conformance_faults vsock
"$BUILD/handoff" serve vsock --listen=vsock:1:7000 >"$work/serves" 2>&1 &
server=$!
until_ok grep -q 'is served' "$work/serves"
ok 'vsock: two sides started by hand' rows_ok ipc_vsock --peer=vsock:1:7000 --iterations=200
kill $server

# 2 MiB pages of which nothing is reserved at the start.
exits 0 '' "$BUILD/ipc_memfd" --variant=ring --pages=huge --iterations=100 >"$work/said"
ok 'huge pages, none reserved: skipped with how to get them' grep -q 'vm.nr_hugepages' "$work/out"
echo 32 >/proc/sys/vm/nr_hugepages
for program in ipc_memfd ipc_mmap_anon ipc_sysv_shm; do
	ok "huge pages: $program" rows_ok $program --pages=huge --iterations=100
	ok "huge pages: $program says so" [ "$(column "$work/row" pages)" = huge ]
done
ok 'huge pages: a lock' rows_ok sync_spin_ttas --variant=plain --experiment=uncontended --pages=huge --iterations=100
ok 'huge pages: a lock says so' [ "$(column "$work/row" pages)" = huge ]
tap unit_memory
echo 0 >/proc/sys/vm/nr_hugepages

tap conformance_ipc io_uring:socketpair-sqpoll io_uring_msg

# PUs that the kernel lets its threads for rings run on, a line each; fails below two.
polling() {
	grep -l '^iou-sqp' /proc/[0-9]*/task/*/comm 2>/dev/null | while read -r comm; do
		sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "${comm%comm}status"
	done | sort >"$work/polling"
	[ "$(wc -l <"$work/polling")" = 2 ]
}

"$BUILD/ipc_io_uring" --variant=socketpair-sqpoll --wait=spin --duration=3s >"$work/row" 2>"$work/err" &
ok 'io_uring, SQPOLL: a thread of the kernel for each side' until_ok polling
wait
ok 'each is pinned where the row says' [ "$(column "$work/row" helper_cpus | tr + '\n' | sort)" = "$(cat "$work/polling")" ]
ok 'not on the PUs of the sides, nor both on one' [ "$(column "$work/row" cpus | tr + '\n' | cat - "$work/polling" | sort -u | wc -l)" = 4 ]
tap conformance_ipc posix_mq
umount /dev/mqueue
ok 'message queues work without /dev/mqueue' rows_ok ipc_posix_mq --iterations=100
mount -o remount,ro /dev/shm
exits 0 '' "$BUILD/ipc_posix_shm" --variant=ring --iterations=100 >"$work/said"
ok 'a read-only /dev/shm: skipped, and says so' [ "$(column "$work/out" status)" = skipped ]
ok 'a read-only /dev/shm: memfd runs' rows_ok ipc_memfd --iterations=100
umount /dev/shm
exits 0 '' "$BUILD/ipc_posix_shm" --variant=ring --iterations=100 >"$work/said"
explained() {
	[ "$(column "$1" status)" = ok ] || [ -n "$(column "$1" reason)" ]
}
ok 'no /dev/shm: runs or says why not' explained "$work/out"
mount -t tmpfs shm /dev/shm

ok 'a priority-protect mutex in a real-time class' rows_ok sync_mutex --variant=protect --experiment=uncontended --sched=fifo:10 --iterations=1000
echo "1..$n"
