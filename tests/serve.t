#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring
# Two sides of one measurement that are started by hand: the same row as of one program, in other namespaces as well; what
# cannot be so is refused; a peer that is another, lies or dies keeps nobody waiting, and leaves nothing.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
. tests/tap.sh
mkdir -m 700 "$work/runtime" "$work/met" "$work/other"
export XDG_RUNTIME_DIR="$work/runtime"
at=$work/met/socket
server=

# serves NAME [ADDRESS [OPTION...]]: in the background, as $server, in the namespaces of $there.
there=
serves() {
	: >"$work/serves"
	# shellcheck disable=SC2086
	serves_name=$1 serves_at=${2:-$at}
	shift "$(($# < 2 ? $# : 2))"
	# shellcheck disable=SC2086
	$there "$build"/handoff serve "$serves_name" --listen="$serves_at" "$@" >"$work/serves" 2>"$work/served" &
	server=$!
	await $server grep -q 'is served at' "$work/serves"
}

# The processes below a process, all generations.
below() {
	for below_pid in $(pgrep -P "$1"); do
		echo "$below_pid"
		below "$below_pid"
	done
}

# stops [SIGNAL]: it ends, whatever it does: the server itself, and not what brought it where it is.
stops() {
	[ -n "$server" ] || return 0
	for stops_pid in $server $(below "$server"); do
		[ "$(cat "/proc/$stops_pid/comm" 2>/dev/null)" != handoff ] || kill -"${1:-TERM}" "$stops_pid"
	done
	wait "$server" 2>/dev/null
	server=
}
# nothing_left: no socket, and no directory of names: it stays as long as an object does that was made in it.
nothing_left() {
	find "$work/met" "$work/other" -mindepth 1 | grep . && return 1
	return 0
}
trap 'stops KILL; rm -rf "$work"' EXIT

# one COLUMN [FILE]
one() {
	values "${2:-$work/rows}" "$1" | head -n 1
}

# measures PROGRAM [OPTION...]: its row into $work/rows, from the namespaces of $here.
here=
measures() {
	measures_program=$1
	shift
	# shellcheck disable=SC2086
	$here timeout 60 "$build/ipc_$measures_program" --iterations=50 --warmup=0 --peer="$at" "$@" >"$work/rows" 2>"$work/err"
}

# is STATUS WORDS PROGRAM OPTION...
is() {
	is_status=$1
	is_words=$2
	shift 2
	measures "$@"
	one status
	one reason
	[ "$(one status)" = "$is_status" ] && one reason | grep -q -e "$is_words"
}
goes() {
	is ok '' "$@"
}
# all MECHANISM VARIANT...: each goes, with one server.
all() {
	all_name=$1
	shift
	serves "$all_name" || return 1
	for all_variant; do
		goes "$all_name" --variant="$all_variant" || {
			stops
			return 1
		}
	done
	stops
}

# A peer that says nothing is waited for ten seconds: meanwhile, all else.
perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1); print "on\n"; close STDOUT; sleep 300' \
	"$work/silent" >"$work/silent.on" &
silent=$!
await $silent test -s "$work/silent.on"
timeout 60 "$build"/ipc_fifo --peer="$work/silent" >"$work/silent.rows" 2>&1 &
waits=$!

# What needs no peer to be refused.
ok 'a server needs an address' exits 64 'and --listen=ADDRESS' "$build"/handoff serve tcp
ok 'which is one' exits 64 '--listen=7000: not valid; it takes the path' "$build"/handoff serve tcp --listen=7000
ok 'and a mechanism' exits 64 'did you mean tcp' "$build"/handoff serve tpc --listen="$at"
ok 'that others can find' exits 64 'no name and no address' "$build"/handoff serve pipe --listen="$at"
ok 'or a variant of it' exits 64 'no name and no address' "$build"/handoff serve unix_stream:socketpair --listen="$at"
ok 'its options are read at the start' exits 64 '--sched=high: not valid' "$build"/handoff serve tcp --listen="$at" --sched=high
ok 'no address of ours' exits 69 'Cannot assign requested address' "$build"/handoff serve tcp --listen=192.0.2.1:7000
ok 'nobody serves' exits 69 'no answer at .*; handoff serve is to run there' \
	"$build"/ipc_tcp --peer="$at"
ok 'both CPUs' exits 64 'takes one CPU' "$build"/ipc_tcp --peer="$at" --cpus=0,1
ok 'several pairs' exits 64 'one side of two' "$build"/ipc_tcp --peer="$at" --pairs=2
ok 'a load beside' exits 64 'one side of two' "$build"/ipc_tcp --peer="$at" --load=cpu
ok 'a lock has no peer' exits 64 'no such option' "$build"/sync_mutex --peer="$at"
ok 'a stream' is skipped 'round trips only' tcp --variant=v4 --pattern=stream
ok 'descriptors that only a fork hands on' is skipped 'only inherit it' posix_shm --variant=ring --wait=eventfd

# found: variants that look for their peer, and so have a name; all others say why they cannot.
found() {
	for found_program in "$build"/ipc_*; do
		"$found_program" --peer="$at" 2>/dev/null
	done | awk 'NR == 1 || !/^schema/' >"$work/all"
	values "$work/all" mechanism >"$work/m" && values "$work/all" variant >"$work/v"
	values "$work/all" reason | paste -d ' ' "$work/m" "$work/v" - | tee "$work/reasons" | grep 'no answer at' | cut -d ' ' -f 1,2
}
cat >"$work/named" <<'END'
fifo pair
mmap_file mailbox
mmap_file ring
posix_mq notify
posix_mq pair
posix_shm mailbox
posix_shm ring
posix_shm ring-inplace
posix_shm ring-many
sysv_msg pair
sysv_shm mailbox
sysv_shm ring
tcp v4
tcp v4-nagle
tcp v4-quickack
tcp v6
tcp v6-nagle
udp v4
udp v6
unix_dgram abstract
unix_dgram path
unix_seqpacket abstract
unix_seqpacket path
unix_stream abstract
unix_stream path
vsock loopback
END
found | sort >"$work/found"
ok 'what has a name or an address looks for its peer' diff "$work/named" "$work/found"
ok 'and all else says why not' [ -z "$(grep -v 'no answer at\|only inherit it\|number of its process\|has no peer\|without' "$work/reasons")" ]

# The row.
# filled FILE: the columns that have a value, but for those that say what else went on.
filled() {
	tsv "$1" | awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; next }
		{ for (i = 1; i <= NF; i++) if ($i != "" && name[i] !~ /^(reason|flags|load_|rtt_p99)/) print name[i] }' | sort
}
same_row() {
	goes posix_shm --variant=ring --wait=futex || return 1
	filled "$work/rows" >"$work/theirs"
	"$build"/ipc_posix_shm --variant=ring --wait=futex --iterations=50 --warmup=0 >"$work/ours.csv" 2>/dev/null
	filled "$work/ours.csv" >"$work/ours"
	[ "$(comm -3 "$work/ours" "$work/theirs" | tr -d '\t' | tr '\n' ' ')" = 'apart peer_host ' ]
}
serves posix_shm
ok 'the row of one program, and what says that it was two' same_row
ok 'apart' [ "$(one apart)" = peer ]
ok 'with the name of the other machine' [ "$(one peer_host)" = "$(uname -n)" ]
ok 'both CPUs are of this machine' sh -c "[ '$(one cpus)' = '$(one cpus_seen)' ] && [ '$(one cpus)' = '$(one cpus "$work/ours.csv")' ]"
ok 'and lie as they do' [ "$(one placement)" = "$(one placement "$work/ours.csv")" ]
ok 'the counters of both sides' [ "$(one slept_share | cut -c 1)" != '' -a "$(one cpu_ns_per_op_responder | tr -d .0)" != '' ]
ok 'what the other made of it' [ "$(one effective)" = "$(one effective "$work/ours.csv")" ]
ok 'in handoff run as well' sh -c "'$build/handoff' run posix_shm --runs=2 --iterations=50 --peer='$at' --csv >'$work/rows' 2>'$work/err'"
ok 'a row for each run, each a process' [ "$(values "$work/rows" status | tr '\n' ' ')" = 'ok ok ' ]
# paced: on a schedule that this machine keeps, busy as it may be.
paced() {
	for paced_every in 1ms 10ms 100ms; do
		! goes posix_shm --variant=ring --wait=futex --every=$paced_every --iterations=20 || return 0
	done
	return 1
}
ok 'on a schedule' paced
ok 'has its columns' [ -n "$(one resp_p50_ns)" ]
ok 'the other mechanism' is skipped 'its peer: this serves ipc/posix_shm, not ipc/fifo' fifo
ok 'still served' goes posix_shm --variant=mailbox
timeout 60 "$build"/ipc_posix_shm --variant=ring --wait=futex --duration=300ms --peer="$at" >"$work/first" 2>&1 &
first=$!
ok 'a second one waits for its turn' goes posix_shm --variant=ring
wait $first
ok 'both have their row' grep -q ',ok,' "$work/first"
stops
ok 'SIGTERM: the socket is removed' [ ! -e "$at" ]
ok 'by name: FIFO' all fifo pair
ok 'UNIX stream' all unix_stream path abstract
ok 'datagrams' all unix_dgram path abstract
ok 'packets' all unix_seqpacket path
ok 'message queues' all posix_mq pair notify
ok 'System V queues' all sysv_msg pair
ok 'System V memory' all sysv_shm ring
ok 'a file' all mmap_file ring
ok 'shared memory of each kind' all posix_shm ring-inplace ring-many
ok 'nothing is left' nothing_left

# One variant only; and what the other side is asked for.
serves posix_shm:mailbox
ok 'one variant is served alone' is skipped 'its peer: this serves posix_shm:mailbox, not posix_shm:ring' posix_shm --variant=ring
ok 'that one is' goes posix_shm --variant=mailbox
ok 'what the other user is told' grep -q 'posix_shm:mailbox .* 64 B, served' "$work/served"
stops

# Strangers. version: as both say it to each other.
version=$("$build"/handoff --version | sed 's/handoff \([^ ]*\) (\([^)]*\)).*/\1 \2/')
# says PERL: a client says what the expression packs, and prints what it hears.
says() {
	# shellcheck disable=SC2016 # of perl
	timeout 60 perl -MIO::Socket::UNIX -e '
		sub hello { pack "a8 L L a64 a40 a72", "handoff", $_[0], 0, $_[1], "", "here" }
		$SIG{PIPE} = "IGNORE";
		my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die;
		print $s eval $ARGV[1]; $s->flush; shutdown $s, 1;
		print <$s>' "$at" "$1" 2>/dev/null
	until_ok grep -q "$2" "$work/served"
}
serves fifo
ok 'a stranger is not answered' sh -c "[ -z '$(says '"GET / HTTP/1.0\r\n\r\n" x 40' 'is no handoff')' ]"
ok 'of what it says nothing gets to the terminal' lacking HTTP "$work/served"
ok 'nor one who goes at once' says '"hand"' 'says nothing'
ok 'another version' says 'hello(0x01020304, "0.0 old")' "its peer is handoff 0.0 old, and this is $version: both"
ok 'another byte order' says 'hello(0x04030201, "0.0")' 'another byte order'
good="hello(0x01020304, \"$version\")"
ok 'who says nothing more' says "$good" 'here: its peer has gone'
ok 'numbers without a limit' says "$good . pack('L l a64 a64 a32 Q*', 1, 0, 'fifo', 'pair', 'block', 1 << 60, (0) x 300)" 'beyond its range'
ok 'a variant that is not there' says "$good . pack('L l a64 a64 a32 Q*', 1, 0, 'fifo', '../x', 'block', 64, (0) x 300)" \
	'not fifo:../x'
ok 'another word' says "$good . pack('L l Q*', 7, 0, (0) x 300)" 'what was not asked'
ok 'after all of them it serves' goes fifo
stops

# A server that is none.
perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1); print "on\n"; close STDOUT;
	while ($c = $s->accept) { print $c "x" x 400; close $c }' "$work/met/none" >"$work/none.on" &
none=$!
await $none test -s "$work/none.on"
ok 'a server of something else' exits 69 'is no handoff' timeout 60 "$build"/ipc_fifo --peer="$work/met/none"
kill $none
rm "$work/met/none"

# Death. begins PROGRAM OPTION...: a long run, $client, under way: its sides and the other's are pinned.
begins() {
	begins_program=$1
	shift
	"$build/ipc_$begins_program" --iterations=1000000000 --peer="$at" "$@" >"$work/rows" 2>"$work/err" &
	client=$!
	await $client under_way
}
under_way() {
	theirs=$(below "$server" | tr '\n' ' ') ours=$(below $client | tr '\n' ' ')
	# shellcheck disable=SC2086
	set -- $theirs $ours
	[ $# = 3 ] && child=$1 member=$2 && [ "$(awk '{ print $14 + $15 }' "/proc/$3/stat" 2>/dev/null)" -gt 5 ]
}
# ended WORDS: the client has, with a row that says so.
ended() {
	await $client false
	cat "$work/rows"
	one reason | grep -q -e "$1"
}
dead() {
	# shellcheck disable=SC2086
	for dead_pid in $theirs $ours; do
		[ ! -e "/proc/$dead_pid" ] || return 1
	done
}
serves posix_shm
begins posix_shm --variant=ring
kill -9 "$member"
ok 'its side is killed: why' ended 'its peer: member 0 died: Killed'
ok 'the row is no figure' [ "$(one status)" = failed ]
ok 'nobody is left' until_ok dead
begins posix_shm --variant=ring
kill -9 "$child"
ok 'the process of its side is killed' ended 'its peer has gone'
ok 'and its side with it' until_ok dead
begins posix_shm --variant=ring
kill -9 "$client"
ok 'this process is killed: the other side ends' until_ok dead
ok 'and says why' until_ok grep -q 'its peer has gone' "$work/served"
wait $client 2>/dev/null
begins posix_shm --variant=ring
kill -INT "$client"
ok 'SIGINT here: interrupted' ended interrupted
ok 'there, too' until_ok grep -q 'its peer: interrupted' "$work/served"
begins posix_shm --variant=ring
kill -INT "$server"
ok 'SIGINT there: why' ended 'its peer: interrupted'
wait "$server"
ok 'and its socket is gone' [ ! -e "$at" ]
ok 'nobody is left of all these' until_ok dead
serves posix_shm
ok 'the next run removes what the killed left' goes posix_shm --variant=ring
begins posix_shm --variant=ring
stops KILL
ok 'the server is killed: its side ends' ended 'its peer'
ok 'its socket is left' [ -e "$at" ]
serves posix_shm
ok 'and taken over' goes posix_shm --variant=ring
stops
ok 'nothing is left' nothing_left

# Networks and other namespaces.
# holds: $held, a process that holds namespaces of its own.
holds() {
	unshare --net --ipc --mount sleep 300 &
	held=$!
	until_ok sh -c "[ \"\$(readlink /proc/$!/ns/net)\" != '$(readlink /proc/self/ns/net)' ] && [ \"\$(cat /proc/$!/comm)\" = sleep ]"
}
pids='unshare --pid --fork --mount-proc --kill-child'
if [ "$(id -u)" = 0 ] && command -v ip >/dev/null && unshare --net --ipc --mount true 2>/dev/null; then
	holds
	one_ns=$held
	holds
	two_ns=$held
	in_one="nsenter -t $one_ns --net --ipc --mount" in_two="nsenter -t $two_ns --net --ipc --mount"
	networks() {
		$in_one ip link add h1 type veth peer name h2 netns "$two_ns" && $in_one ip addr add 198.18.5.1/24 dev h1 &&
			$in_two ip addr add 198.18.5.2/24 dev h2 && $in_one ip link set h1 up && $in_two ip link set h2 up &&
			$in_two mount --bind "$work/met" "$work/other" && $in_one ip link set lo up
	}
	if networks 2>"$work/err"; then
		path=$at at=198.18.5.1:7000 there="$in_one $pids" here="$in_two $pids"
		serves tcp
		ok 'containers: TCP over a veth pair' goes tcp --variant=v4
		ok 'and again, at once' goes tcp --variant=v4
		ok 'the other version of IP' is skipped 'its peer: open: its sides meet at an address like that' tcp --variant=v6
		stops
		serves udp
		ok 'UDP' goes udp --variant=v4
		ok 'none is lost' [ "$(one lost_msgs)" = 0 ]
		stops
		at=$work/other/socket
		serves unix_stream "$path"
		ok 'a socket in a directory that both have, by another path' goes unix_stream --variant=path
		ok 'an abstract name is of one network' is skipped 'one network namespace only' unix_stream --variant=abstract
		stops
		serves fifo "$path"
		ok 'and a FIFO' goes fifo
		stops
		serves posix_mq "$path"
		ok 'a queue is of one IPC namespace' is skipped 'names are not known here' posix_mq --variant=pair
		stops
		at=$path there='' here=''
	else
		skip 'containers' "$(head -n 1 "$work/err")"
	fi
	kill "$one_ns" "$two_ns"
	wait "$one_ns" "$two_ns" 2>/dev/null
else
	skip 'containers' 'needs root, ip and unshare'
fi

# An ordinary user.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	user='setpriv --reuid=65534 --regid=65534 --clear-groups'
	chmod 755 "$work"
	mkdir -m 700 "$work/user"
	chown 65534:65534 "$work/user"
	# shellcheck disable=SC2086
	if $user "$build"/ipc_fifo --list >/dev/null 2>&1; then
		path=$at at=$work/user/socket there=$user here=$user
		serves posix_shm
		ok 'an ordinary user' goes posix_shm --variant=ring
		stops
		at=$path there='' here=''
	else
		skip 'an ordinary user' 'the build is not to be seen'
	fi
fi

# A datagram that never comes.
if unshare --net true 2>/dev/null; then
	at=127.0.0.1:7000
	unshare --net sleep 300 &
	net=$!
	until_ok grep -qx sleep "/proc/$net/comm"
	nsenter -t $net --net ip link set lo up
	there="nsenter -t $net --net" here=$there
	serves udp
	# shellcheck disable=SC2086
	$here "$build"/ipc_udp --variant=v4 --iterations=1000000000 --peer="$at" >"$work/rows" 2>"$work/err" &
	client=$!
	await $client under_way
	kill -STOP "$member"
	ok 'no reply: a row without figures, in time' ended 'no reply came for 2 s'
	kill -9 "$member" 2>/dev/null
	stops
	kill $net
	wait $net 2>/dev/null
fi

wait $waits
ok 'a server that says nothing is left after a while' grep -q 'its peer says nothing' "$work/silent.rows"
kill $silent
echo "1..$n"
