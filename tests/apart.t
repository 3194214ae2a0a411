#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring
# --apart: each side in control groups, a namespace or under a filter of its own; nothing of them outlives a run.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
. tests/tap.sh
mkdir -m 700 "$work/runtime"
export XDG_RUNTIME_DIR="$work/runtime"

# one COLUMN: its value in the first row of $work/rows.
one() {
	values "$work/rows" "$1" | head -n 1
}

# measures PROGRAM OPTION...: its row into $work/rows.
measures() {
	program=$1
	shift
	case " $* " in *' --producers'*) ;; *) set -- --placement=same-pu "$@" ;; esac
	"$build/$program" --duration=5ms "$@" >"$work/rows" 2>"$work/err"
}

# is STATUS WORDS PROGRAM OPTION...: the row has that status, and its reason the words.
is() {
	is_status=$1
	is_words=$2
	shift 2
	measures "$@"
	if [ "$(one status)" != "$is_status" ] || ! one reason | grep -q -e "$is_words"; then
		echo "it is $(one status): $(one reason)"
		cat "$work/err"
		return 1
	fi
}

# cannot WAY: not in this kernel, or not for this user.
cannot() {
	is skipped "--apart=$1.*\(forbidden\|limit of namespaces\|no such thing\|no group\)" ipc_pipe --apart="$1" >/dev/null
}

# goes PROGRAM OPTION...: it has figures.
goes() {
	is ok '' "$@"
}

ok 'a way that does not exist' exits 64 'one of none cgroup cgroup:N net:veth' "$build"/ipc_pipe --apart=disk
ok 'no group is no group of its own' exits 64 'N from 1 to 32' "$build"/ipc_pipe --apart=cgroup:0
ok 'a namespace has no depth' exits 64 'net:bridge' "$build"/ipc_pipe --apart=ipc:2
ok 'threads of one process cannot be apart' is skipped 'leave --endpoints=thread out' ipc_pipe --apart=user --endpoints=thread
ok 'of a lock neither' is skipped 'add --endpoints=process' sync_mutex --variant=normal --experiment=contended --apart=user
ok 'and it has no use for a network' is skipped 'are for IPC' sync_mutex --variant=normal --experiment=contended \
	--endpoints=process --apart=net

# begins OPTION...: a measurement in the background, $driver, whose sides are $one and $two.
begins() {
	"$build"/ipc_pipe --variant=pair --wait=block --placement=same-pu --duration=100s "$@" >/dev/null 2>"$work/err" &
	driver=$!
	await $driver at_work
}

# Both sides are there and exchange messages, which comes after all else: each has slept more often than before the first one.
# Not that they are pinned: they are so from the beginning, as their driver is.
at_work() {
	sides=$(pgrep -P "$driver" | tr '\n' ' ')
	side2=${sides#* }
	side1=${sides%% *}
	side2=${side2% }
	[ -n "$side1" ] && [ -n "$side2" ] || return 1
	for pid in $side1 $side2; do
		awk '/^voluntary_ctxt_switches:/ { slept = $2 } END { exit slept < 100 }' "/proc/$pid/status" || return 1
	done
}

# ends SIGNAL
ends() {
	kill -"$1" $driver
	wait $driver 2>/dev/null
	until_ok [ ! -e "/proc/$side1" -a ! -e "/proc/$side2" ]
}

# three FILE: it leads elsewhere for each of the driver and its two sides.
three() {
	for pid in "$driver" "$side1" "$side2"; do
		readlink "/proc/$pid/$1" || cat "/proc/$pid/$1"
	done | sort -u | grep -c . | grep -qx 3
}

for way in net ipc pid user; do
	if ! cannot $way; then
		begins --apart=$way
		ok "$way: each side has a namespace of its own" three ns/$way
		ends TERM
	else
		skip "$way: each side has a namespace of its own" "$(one reason)"
	fi
done

if ! cannot net:veth; then
	ok 'veth: TCP finds the other side' goes ipc_tcp --variant=v4 --apart=net
	ok 'by a veth pair unless told' [ "$(one apart)" = net:veth ]
	ok 'so does UDP' goes ipc_udp --variant=v4 --apart=net
	ok 'bridge: TCP as well' goes ipc_tcp --variant=v4 --apart=net:bridge
	ok 'the row says so' [ "$(one apart)" = net:bridge ]
	ok 'several pairs, each with a network of its own' sh -c "'$build/ipc_tcp' --variant=v4 --wait=block --pairs=2 \
		--cpus=0,0,0,0 --apart=net --duration=5ms >'$work/rows' 2>&1 || taskset -cp $$ | grep -qv ': 0'"
	ok 'a path leads from one network to the other' goes ipc_unix_stream --variant=path --apart=net
	ok 'an abstract name does not: skipped with the reason' is skipped 'one network namespace only' \
		ipc_unix_stream --variant=abstract --apart=net
	ok 'nor that of a datagram' is skipped 'one network namespace only' ipc_unix_dgram --variant=abstract --apart=net
	ok 'producers are more than two sides' is skipped 'joins two sides' ipc_unix_dgram --variant=path --pattern=stream \
		--producers=2 --apart=net
else
	skip 'networks' "$(one reason)"
fi
if ! cannot ipc && ! cannot pid; then
	ok 'a queue of another IPC namespace: skipped' is skipped 'one IPC namespace only' ipc_sysv_msg --apart=ipc
	ok 'a process of another PID namespace: skipped' is skipped 'one PID namespace only' ipc_signal --variant=sigqueue --apart=pid
fi

if ! cannot seccomp; then
	begins --apart=seccomp
	ok 'seccomp: both sides have a filter' [ "$(sed -n 's/^Seccomp:[^0-9]*//p' /proc/"$side1"/status /proc/"$side2"/status | tr '\n' ' ')" = '2 2 ' ]
	ends TERM
else
	skip 'seccomp: both sides have a filter' "$(one reason)"
fi

# groups: those of the sides, as paths below the tree that has the CPU controller.
groups() {
	sed -n 's/^[0-9]*:[^:]*:\(.*handoff-.*\)/\1/p' "/proc/$side1/cgroup" "/proc/$side2/cgroup"
}
# left: the directories of the groups that were.
left() {
	for group in $(echo "$were" | sed 's,/1.*,,'); do
		find /sys/fs/cgroup -maxdepth 12 -type d -path "*$group" 2>/dev/null
	done | grep .
}
none_left() {
	! left
}
if ! cannot cgroup; then
	ok 'cgroup: each side in one of its own' goes ipc_pipe --apart=cgroup
	ok 'the row says where' grep -q 'cgroup_in=/sys/fs/cgroup' "$work/rows"
	ok 'a lock between processes, too' sh -c "'$build/sync_mutex' --variant=normal --experiment=contended --endpoints=process \
		--threads=2 --duration=5ms --apart=cgroup >'$work/rows' 2>&1 && grep -q ',ok,' '$work/rows'"
	begins --apart=cgroup:3
	were=$(groups)
	ok 'each side has a group of its own' [ "$(echo "$were" | sort -u | grep -c .)" = 2 ]
	ok 'and the driver neither' lacking handoff- "/proc/$driver/cgroup"
	ok 'which are three deep' [ "$(echo "$were" | grep -c '/handoff-[0-9a-f]*-[0-9]*/1/1$')" = 2 ]
	ok 'they are there' left
	ends TERM
	ok 'SIGTERM: and then not' none_left
	begins --apart=cgroup:2
	were=$(groups)
	ends KILL
	ok 'SIGKILL: they are left' left
	ok 'the next run removes them' exits 0 'removed 2 objects' "$build"/ipc_pipe --placement=same-pu --duration=1ms
	ok 'all of them' none_left
	ok 'nothing is noted any more' [ -z "$(ls -A "$work/runtime")" ]
else
	skip 'cgroup: each side has a group of its own' "$(one reason)"
fi

# An ordinary user, and one who may make no user namespaces.
user='setpriv --reuid=65534 --regid=65534 --clear-groups'
[ "$(id -u)" = 0 ] || user=
mkdir -m 777 "$work/user"
# as_user COMMAND...: its row into $work/rows
as_user() {
	# shellcheck disable=SC2086
	env XDG_RUNTIME_DIR="$work/user/runtime" $user "$@" >"$work/rows" 2>"$work/err"
}
chmod 755 "$work"
as_user mkdir -m 700 "$work/user/runtime"
if unshare --user true 2>/dev/null && as_user "$build"/ipc_pipe --list; then
	as_user "$build"/ipc_tcp --variant=v4 --placement=same-pu --duration=5ms --apart=net
	ok 'an ordinary user: networks in a user namespace' [ "$(one status) $(one apart)" = 'ok net:veth' ]
	ok 'the row says so' sh -c "grep -q 'user_namespace=1' '$work/rows'"
	as_user "$build"/ipc_pipe --placement=same-pu --duration=5ms --apart=pid
	ok 'and process numbers' [ "$(one status)" = ok ]
	# shellcheck disable=SC2016
	as_user unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces &&
		echo 0 >/proc/sys/user/max_net_namespaces && exec "$@"' sh "$build"/ipc_tcp --variant=v4 --placement=same-pu \
		--duration=5ms --apart=net
	ok 'where none may be made: skipped with the reason' sh -c "grep -q 'the limit of namespaces is reached' '$work/rows'"
else
	skip 'an ordinary user: networks in a user namespace' 'no user namespaces, or the build is not to be seen'
fi

ok 'a profile may have it' exits 64 'not valid; it takes one of none cgroup' "$build"/handoff profiles options:--apart=disk

echo "1..$n"
