#!/bin/sh
# SPDX-License-Identifier: MIT
# class: settings
# One of settings, for it looks whether one was written.
# Other users of the machine, and strangers whose runs are read: whatever they prepare, they get no write of ours through
# a link of theirs, no object of theirs is removed, and nothing they wrote is run. As root with two more users.
# shellcheck disable=SC2016,SC2086 # what must not be run stands in quotes; words
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
handoff=$build/handoff
. tests/tap.sh
. tests/run.sh
chmod 755 "$work"
alice=64001
mallory=64002

# as USER COMMAND...: not longer than a minute, so that a FIFO that is waited for is a failure.
as() {
	user=$1
	shift
	timeout 60 setpriv --reuid="$user" --regid="$user" --clear-groups env -u XDG_RUNTIME_DIR -u XDG_STATE_HOME HOME="$work/$user" "$@"
}

is() {
	[ "$(cat "$1")" = "$2" ] || {
		cat "$1"
		return 1
	}
}

made_begin "$work/stranger"
made_cell op_p50_ns 5000 run_id=x-1 group=ipc mechanism=pipe 'variant=`touch owned`' wait=block pattern=ping-pong msg_size_b=64 \
	placement=same-pu 'compiler=gcc `touch owned`' 'cflags=$(touch owned)' 'load=`touch owned`'
made_cell op_p50_ns 5000 run_id=x-1 group=ipc mechanism=fifo "variant=a'.system('touch owned').'" wait=block pattern=ping-pong \
	msg_size_b=64 placement=same-l3
mkdir "$work/stranger/settings" "$work/cwd"
printf 'model name\t: A `touch owned` Processor"; system("touch owned"); x="\n' >"$work/stranger/machine.txt"
printf 'schema,run_id,status,mechanism,variant,placement,first_pu,second_pu,first_index,second_index,median\n%s\n' \
	'1,x-1,ok,cache_line,`touch owned`,same-l3,0,1,0,1,5.000' >"$work/stranger/matrix.csv"
printf 'schema,arm,base_arm,design,mechanism,variant,metric,ratio,ratio_lo,ratio_hi,verdict\n%s\n' \
	'1,`>owned`,`>owned `,blocks,pipe,x'"'"';system(`touch owned`);x=,op_p50_ns,1.5,1.4,1.6,slower' >"$work/stranger/compare.csv"
tar czf "$work/stranger.tar.gz" -C "$work" stranger
(cd "$work/cwd" && "$handoff" report --out=to ../stranger.tar.gz) >"$work/out" 2>&1
ok "a stranger's run is drawn" [ -s "$work/cwd/to/charts/round_trip.svg" ]
ok 'and its matrix' [ -s "$work/cwd/to/charts/matrix.svg" ]
ok 'and its comparison' [ -s "$work/cwd/to/charts/ratios.svg" ]
ok 'nothing that is written in it is run' [ -z "$(find "$work/cwd" -name owned)" ]
cp -r "$work/stranger" "$work/cwd/plain"
(cd "$work/cwd" && "$handoff" plot plain) >"$work/out" 2>&1
ok 'nor by handoff plot alone' [ -z "$(find "$work/cwd" -name owned)" ]

mkdir -p "$work/alone" "$work/bait/scripts/charts"
cp "$handoff" "$work/alone/handoff" # with no scripts beside it
printf 'system("touch %s/owned")\n' "$work" >"$work/bait/scripts/charts/draw.gp"
chmod -R 777 "$work/bait"
rm -f "$work/stranger/compare.csv"
chmod -R go-w "$work/stranger"
(cd "$work/bait" && "$work/alone/handoff" report ../stranger) >"$work/out" 2>&1
ok 'no script of a directory that others write to is run' [ ! -e "$work/owned" ]

printf 'sysctl kernel.core_pattern = |/tmp/x\n' >"$work/x.knobs"
ok 'no profile names a program for the kernel' exits 64 'names no program' "$handoff" profiles --plan-only "knobs:$work/x.knobs"
(umask 0 && "$handoff" sweep --plan-only --only=ipc/pipe:pair --budget=9s --out="$work/open" 2>/dev/null) >"$work/out"
ok 'whatever the umask, nobody else may write to a run' [ -s "$work/open/plan.csv" -a -z "$(find "$work/open" -perm /022)" ]

# Everything that a mechanism makes has a private mode and is new; sockets are local; nothing else is started.
# made_safely FILE: strace's lines.
made_safely() {
	awk '
		/EINPROGRESS|resumed>/ { next }
		/O_CREAT|IPC_CREAT/ && !/O_EXCL|IPC_EXCL/ { print; bad = 1 }
		/O_CREAT/ && !/, 0600/ { print; bad = 1 }
		/IPC_CREAT/ && !/\|0600/ { print; bad = 1 }
		/mknod/ && !/S_IFIFO\|0600/ { print; bad = 1 }
		/mkdir/ && !/, 0700/ { print; bad = 1 }
		/bind\(/ && !/"127\.0\.0\.1"|"::1"|sun_path=@|handoff[^"]*\/|VMADDR_CID_LOCAL|svm_cid=0x1[,}]/ { print; bad = 1 }
		/execve\(/ && !/build[^"]*\/(ipc|sync)_|\/proc\/self\/(exe|fd\/)/ { print; bad = 1 }
		/O_CREAT|IPC_CREAT|mknod|bind/ { n++ }
		END { exit bad || n < 20 }' "$1"
}

if command -v strace >/dev/null && strace -o "$work/trace" true 2>/dev/null; then
	for program in ipc_fifo ipc_mmap_file ipc_posix_mq ipc_posix_shm ipc_sem_pair_posix ipc_sem_pair_sysv ipc_sysv_msg ipc_sysv_shm \
		ipc_tcp ipc_udp ipc_unix_dgram ipc_unix_seqpacket ipc_unix_stream ipc_vsock sync_file_lock sync_sem_posix sync_sem_sysv; do
		strace -f -qq -A -o "$work/trace.all" -s 200 \
			-e trace=open,openat,mkdir,mkdirat,mknod,mknodat,mq_open,shmget,msgget,semget,bind,execve \
			"$build/$program" --iterations=10 --placement=same-pu >/dev/null 2>&1
	done
	ok 'what mechanisms make is new and private, sockets are local' made_safely "$work/trace.all"
else
	skip 'what mechanisms make is new and private, sockets are local' 'no strace here'
fi

if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null || ! as $alice test -x "$handoff"; then
	skip 'another user in the way' 'needs root, setpriv, and a build that other users can run'
	echo "1..$n"
	exit 0
fi

# The place that all share: no sticky bit protects anybody in it, and no sysctl (fs.protected_symlinks) us.
mkdir -m 777 "$work/shared"
mkdir "$work/$alice" "$work/$mallory"
chown $alice "$work/$alice"
chown $mallory "$work/$mallory"
shared=$work/shared
precious=$work/$alice/precious
as $alice sh -c "echo precious >'$precious'"

# private_is NAME CODE: alice's run with what is in place of her private directory.
private_is() {
	ok "in place of the private directory: $1" exits 73 'no private directory' as $alice "$build/ipc_posix_shm" --iterations=10
	rm -rf "/tmp/handoff-$alice"
}

rm -rf "/tmp/handoff-$alice"
as $mallory mkdir -m 777 "/tmp/handoff-$alice"
private_is "another's directory"
as $alice mkdir "$work/$alice/real"
as $mallory ln -s "$work/$alice/real" "/tmp/handoff-$alice"
private_is "another's link to a directory of hers"
ok 'which is as it was' [ -z "$(ls -A "$work/$alice/real")" ]
as $mallory mkfifo "/tmp/handoff-$alice"
private_is "another's FIFO"
as $mallory ln -s "$precious" "/tmp/handoff-$alice"
private_is "another's link to a file of hers"
ok 'a runtime directory whose parent others can write to' exits 73 'no private directory' as $alice \
	env XDG_RUNTIME_DIR="$shared" "$build/ipc_posix_shm" --iterations=10
ok 'without all that it runs' as $alice "$build/ipc_posix_shm" --iterations=10
ok 'and leaves nothing' [ ! -e "/tmp/handoff-$alice" ]

# Names like ours, and keys like ours, of another user: neither used nor removed, by users and by root.
taken=/dev/shm/handoff-0123456789abcdef-0
as $mallory sh -c "umask 0; echo his >'$taken'"
as $mallory mkdir -m 700 "/tmp/handoff-$mallory"
as $mallory sh -c "printf 'shm 0\nsysv-sem 1\n' >/tmp/handoff-$mallory/0123456789abcdef.lock"
keys=$(as $mallory perl -MIPC::SysV=IPC_CREAT -e 'for (0 .. 99) { my $id = semget(0x484f0000 + 600 * $_, 1, IPC_CREAT | 0666); print "$id " if defined $id; }')
for user in 0 $alice; do
	ok "names and keys like ours in the way of user $user" as $user "$build/sync_sem_sysv" --experiment=uncontended --iterations=10
	ok 'are not in the way' as $user "$build/ipc_posix_shm" --iterations=10
	ok 'and stay' is "$taken" his
	ok 'as does his journal' [ -s "/tmp/handoff-$mallory/0123456789abcdef.lock" ]
done
left=0
for id in $keys; do
	ipcrm -s "$id" 2>/dev/null && left=$((left + 1))
done
ok 'and his keys' [ "$left" = "$(echo "$keys" | wc -w)" -a "$left" -gt 0 ]
rm -rf "$taken" "/tmp/handoff-$mallory"

# Results.
plan='sweep --plan-only --only=ipc/pipe:pair --budget=9s'
as $mallory mkdir "$shared/run"
as $mallory chmod 777 "$shared/run"
ok "results into another's directory" exits 73 'other users could redirect' as $alice "$handoff" $plan --out="$shared/run"
as $mallory rm -rf "$shared/run"
as $mallory ln -s "$work/$alice/real" "$shared/run"
ok "results through another's link" exits 73 'other users could redirect' as $alice "$handoff" $plan --out="$shared/run"
ok 'nothing went there' [ -z "$(ls -A "$work/$alice/real")" ]
as $mallory mkdir "$shared/there"
as $mallory ln -s "$shared/there" "$shared/results"
for user in 0 $alice; do
	ok "results/ of another, as user $user" exits 73 'other users could redirect' as $user sh -c "cd '$shared' && exec '$handoff' $plan"
done
ok 'and nothing is in it' [ -z "$(ls -A "$shared/there")" ]
as $alice "$handoff" $plan --out="$work/$alice/run" >/dev/null 2>&1
ok 'her own directory does' [ -s "$work/$alice/run/plan.csv" ]

cp -r "$work/stranger" "$shared/lure"
rm -f "$shared/lure/summary.csv"* "$shared/lure/report.html"*
rm -rf "$shared/lure/charts"
for name in summary.csv.part report.html.part percentiles.csv.part; do
	ln -s "$precious" "$shared/lure/$name"
done
ln -s "$work/$alice/real" "$shared/lure/charts"
chown -hR $mallory "$shared/lure"
chmod -R a+rX "$shared/lure"
for user in 0 $alice; do
	ok "a report into another's run, as user $user" exits 77 'not trusted' as $user "$handoff" report "$shared/lure"
	ok "and a resumed sweep" exits 77 'not trusted' as $user "$handoff" sweep --resume="$shared/lure"
done
ok 'what its links lead to is as it was' is "$precious" precious
ok 'also the directory' [ -z "$(ls -A "$work/$alice/real")" ]
ok 'elsewhere his figures can be reported' as $alice "$handoff" report --out="$work/$alice/report" "$shared/lure"
chmod 775 "$work/$alice/run"
ok 'a run that the group may write to is not resumed' exits 77 'not trusted' as $alice "$handoff" sweep --resume="$work/$alice/run"
chmod 755 "$work/$alice/run"
chown $mallory "$work/$alice/run/plan.csv"
ok 'nor one with a plan of another' exits 77 'plan.csv: not trusted' as $alice "$handoff" sweep --resume="$work/$alice/run"

as $mallory ln -s "$precious" "$shared/histogram"
ok "a histogram through another's link" exits 73 'another user' as $alice "$build/ipc_pipe" --iterations=100 --placement=same-pu \
	--histogram="$shared/histogram"
as $mallory mkfifo "$shared/fifo"
chmod 666 "$shared/fifo"
ok "into another's FIFO" exits 73 'another user' as $alice "$build/ipc_pipe" --iterations=100 --placement=same-pu --histogram="$shared/fifo"
as $alice ln -s "$work/$alice/histogram" "$work/$alice/link"
ok 'through a link of her own it goes' as $alice "$build/ipc_pipe" --iterations=100 --placement=same-pu --histogram="$work/$alice/link"
ok 'to where it leads' [ -s "$work/$alice/histogram" ]
as $mallory ln -s "$precious" "$shared/run.tar.gz"
ok "a pack through another's link" exits 73 'File exists' as $alice "$handoff" pack --out="$shared/run.tar.gz" "$work/stranger"
ok 'her file is as it was' is "$precious" precious

# The journal of settings.
# journal_is NAME: handoff restore of alice and of root, with what stands in place of the journal or its directory.
journal_is() {
	for user in 0 $alice; do
		ok "$1, as user $user" exits 77 'not trusted' as $user env XDG_STATE_HOME="$shared/state" "$handoff" restore
	done
	rm -rf "$shared/state"
}
swappiness=/proc/sys/vm/swappiness
was=$(cat $swappiness)
journal="$swappiness	$((was == 1 ? 2 : 1))"
as $mallory sh -c "mkdir -p '$shared/state/handoff' && echo '$journal' >'$shared/state/handoff/restore'"
journal_is "another's journal"
as $mallory sh -c "mkdir -p '$shared/state/other' && ln -s other '$shared/state/handoff' && echo '$journal' >'$shared/state/other/restore'"
journal_is "another's link in place of its directory"
for kind in file link fifo; do
	for user in 0 $alice; do
		mkdir -p "$shared/state/handoff"
		case $kind in
		file) echo "$journal" >"$shared/state/handoff/restore" && chmod 666 "$shared/state/handoff/restore" && chown $mallory "$shared/state/handoff/restore" ;;
		link) ln -s "$precious" "$shared/state/handoff/restore" ;;
		fifo) mkfifo -m 666 "$shared/state/handoff/restore" && chown $mallory "$shared/state/handoff/restore" ;;
		esac
		chown $user "$shared/state/handoff"
		ok "a $kind of another as journal, as user $user" exits 77 'not trusted' as $user env XDG_STATE_HOME="$shared/state" \
			"$handoff" restore
		rm -rf "$shared/state"
	done
done
ok 'no setting was written' [ "$(cat $swappiness)" = "$was" ]
[ "$(cat $swappiness)" = "$was" ] || echo "$was" >$swappiness
ok 'nor her file' is "$precious" precious

if command -v tuned >/dev/null || [ -x /usr/sbin/tuned ]; then
	as $mallory sh -c "mkdir '$shared/profile' && printf '[script]\nscript=$shared/profile/x\n' >'$shared/profile/tuned.conf'"
	ok "another's profile of tuned, whose scripts would run as root" exits 64 "must be root's" "$handoff" profiles --plan-only \
		"tuned:$shared/profile"
else
	skip "another's profile of tuned" 'no tuned here'
fi
echo "1..$n"
