#!/bin/sh
# SPDX-License-Identifier: MIT
# class: settings
# handoff profiles with the real tuned: profiles applied, told, inert, failing; a daemon that dies; files left alone;
# settings and threads put back, also after SIGKILL of both; a service of systemd stopped and started again.
# shellcheck disable=SC2317 # functions are called by name, through ok
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
. tests/tap.sh
. tests/run.sh
handoff=$build/handoff
XDG_STATE_HOME=$work/state
export XDG_STATE_HOME
poll=/proc/sys/net/core/busy_poll

finish() {
	echo "1..$n"
	exit
}

profiles() {
	"$handoff" profiles --only='sync/null:op' --settle=0 "$@"
}

# One that has ended and waits for its parent has no command line any more.
no_daemon() {
	for p in $(pgrep -x tuned); do
		[ -z "$(tr -d '\0' <"/proc/$p/cmdline")" ] || return 1
	done
}

# In a view of the files where tuned cannot be started.
without_tuned() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare -m sh -c 'for f in /usr/sbin/tuned /usr/bin/tuned /usr/local/sbin/tuned; do
		[ ! -e $f ] || mount --bind /dev/null $f; done; exec "$0" "$@"' "$@"
}

if ! command -v tuned >/dev/null; then
	ok 'tuned is not here' exits 69 'tuned is not installed' profiles tuned:latency-performance
	skip 'tuned is driven' 'tuned is not installed'
	finish
fi
if [ "$(id -u)" != 0 ] || [ ! -w "$poll" ] || ! unshare -m true; then
	skip 'tuned is driven' 'needs root and a machine of its own'
	finish
fi
if systemctl --quiet is-active tuned 2>/dev/null || ! no_daemon; then
	skip 'tuned is driven' 'a tuned daemon is at work here'
	finish
fi
chmod 755 "$work"
# Without gnuplot: nobody looks at the charts.
mkdir "$work/bare"
ln -s /usr/sbin/* /usr/bin/* "$work/bare" 2>/dev/null
rm -f "$work/bare/gnuplot"
# shellcheck disable=SC2123 # it is the search path that is meant
PATH=$work/bare

# profile NAME: a profile of the test's own from stdin.
profile() {
	mkdir -p "$work/$1" && cat >"$work/$1/tuned.conf"
}

before=$(cat "$poll")
other=$((before == 7 ? 8 : 7))
cp "$(command -v sleep)" "$work/handoff-victim"
"$work/handoff-victim" 3600 &
victim=$!
trap 'kill $victim; rm -rf "$work"' EXIT

profile handoff-good <<END
[sysctl]
net.core.busy_poll=$other
vm.dirty_bytes=123456789
[vm]
transparent_hugepages=$(grep -q '\[never\]' /sys/kernel/mm/transparent_hugepage/enabled && echo madvise || echo never)
[scheduler]
runtime=0
group.victim=0:f:3:*:.*handoff-victim.*
[systemd]
cpu_affinity=0
[bootloader]
cmdline=handoff_test=1
END
profile handoff-inert </dev/null
profile handoff-bad <<END
[sysctl]
net.core.nonsense=1
END
profile handoff-broken <<END
[main]
include=handoff-no-such-profile
END

ok 'no such profile' exits 64 'tuned has no profile of that name' profiles tuned:handoff-no-such
ok 'no such directory' exits 64 'No such file' profiles "tuned:$work/nothing"
ok 'a directory that is no profile' exits 64 'expected a directory with a tuned.conf' profiles "tuned:$work"
ok 'without tuned: how to get it' exits 69 'apt-get install tuned' without_tuned "$handoff" profiles tuned:latency-performance
ok 'without root' exits 69 'it needs root' setpriv --reuid=65534 --regid=65534 --clear-groups \
	"$handoff" profiles tuned:latency-performance

# state: what must be as it was: settings, how the victim is scheduled, files that tuned writes.
state() {
	cat "$poll" /proc/sys/vm/dirty_bytes /proc/sys/vm/dirty_ratio /proc/sys/vm/min_free_kbytes \
		/sys/kernel/mm/transparent_hugepage/enabled
	chrt -p $victim
	taskset -p $victim
	find /etc/tuned /etc/systemd /etc/modprobe.d /etc/grub.d /etc/default /boot /var/lib/tuned /run/tuned \
		-type f -exec sha256sum {} + 2>/dev/null
}
state >"$work/state-before"

as_before() {
	state >"$work/state-now"
	diff "$work/state-before" "$work/state-now"
}

# A systemctl that only keeps books: a service is stopped before the comparison and started after it, also by restore.
# The real one is asked by make test-systemd.
mkdir "$work/bin"
cat >"$work/bin/systemctl" <<END
#!/bin/sh
case \$2 in
is-active) [ -e "$work/active" ] ;;
stop)
	rm "$work/active"
	[ ! -e "$work/rolls-back" ] || echo $other >$poll
	;;
start | restart) touch "$work/active" ;;
*) exit 1 ;;
esac || exit
echo "\$2 \$3" >>"$work/asked"
END
chmod +x "$work/bin/systemctl"
old_path=$PATH
PATH=$work/bin:$PATH
touch "$work/active"
ok 'a comparison' exits 0 'all settings are as they were found: no difference' profiles --rounds=8 --seed=3 \
	--out="$work/run" "tuned:$work/handoff-good" "tuned:$work/handoff-inert"
PATH=$old_path
ok 'a service at work was stopped' grep -q 'stop tuned' "$work/asked"
ok 'and is started again' [ -e "$work/active" ]
# told OPTION... PATTERN: it is in the words of the comparison.
told() {
	grep -q "$@" "$work/out" || {
		cat "$work/out"
		return 1
	}
}
ok 'says what differed, and from which file' told -x "  .*busy_poll: $before -> $other ($work/handoff-good/tuned.conf)"
ok 'and what did not' told 'none: the profile is inert'
ok 'what tuned could verify' told 'tuned says: applied; verified'
ok 'what tuned could not' told "cmdline arg 'handoff_test' is missing"
[ -d /sys/devices/system/cpu/cpu0/cpufreq ] ||
	ok 'what no profile can set here' grep -q 'no cpufreq' "$work/out"
ok 'that the daemon is in all arms' grep -q 'with an empty one where' "$work/out"
ok 'the machine is as it was, and its files' as_before
ok 'no daemon is left' no_daemon
log=$(ls "$work"/run/settings/1-*.log)
ok 'tuned did write files' grep -q "setting 'CPUAffinity' to '0'" "$log"
ok 'dynamic tuning was off' grep -q 'dynamic tuning is globally disabled' "$log"
ok 'a verdict for each arm' [ "$(values "$work/run/compare.csv" arm | sort -u | wc -l)" = 2 ]

# With a file in sysctl.d, in a copy of /etc: tuned applies it again over the profile, which has a parent.
interval=$(cat /proc/sys/vm/stat_interval)
with_sysctl_d() {
	mkdir -p "$work/etc"
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount sh -c 'mount -t tmpfs none "$0" && mkdir "$0/upper" "$0/work" &&
		mount -t overlay overlay -o "lowerdir=/etc,upperdir=$0/upper,workdir=$0/work" /etc && mkdir -p /etc/sysctl.d &&
		echo "vm.stat_interval = $1" >/etc/sysctl.d/98-handoff.conf && shift && exec "$@"' "$work/etc" "$@"
}
parent=/usr/lib/tuned/latency-performance/tuned.conf
if [ -e $parent ] && with_sysctl_d 1 true 2>/dev/null; then
	profile handoff-child <<-END
		[main]
		include=latency-performance
		[sysctl]
		net.core.busy_poll=$other
	END
	ok 'a profile with a parent' exits 0 '' with_sysctl_d $((interval + 1)) "$handoff" profiles --only=sync/null:op --cells=1 --settle=0 \
		--rounds=7 --out="$work/child" "tuned:$work/handoff-child"
	ok 'what is its own' grep -qx "  .*busy_poll: $before -> $other ($work/handoff-child/tuned.conf)" "$work/out"
	ok "what is its parent's" grep -qx "  /dev/cpu_dma_latency: .* ($parent)" "$work/out"
	ok 'what was applied again' grep -qx "  .*vm/stat_interval: $interval -> $((interval + 1)) (/etc/sysctl.d/98-handoff.conf)" "$work/out"
	ok 'all of it is put back' as_before
	ok 'also what is from sysctl.d' [ "$(cat /proc/sys/vm/stat_interval)" = "$interval" ]
else
	skip 'a profile with a parent' 'needs latency-performance and overlays'
fi

# tuned's own profiles that change sockets and narrow every process's mask, to which the kernel has nothing else than
# the processes and the network of this comparison.
last=$(sed -n 's/^Cpus_allowed_list:.*[^0-9]\([0-9]*\)$/\1/p' /proc/self/status)
isolated() {
	echo "isolated_cores=$last" >"$work/variables"
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --net --pid --fork --kill-child --mount-proc sh -c 'for name in realtime cpu-partitioning; do
		mount --bind "$0" /etc/tuned/$name-variables.conf || exit; done
		ip link set lo up && exec "$@"' "$work/variables" "$@"
}
if [ -n "$last" ] && [ -e /etc/tuned/realtime-variables.conf ] && [ -e /etc/tuned/cpu-partitioning-variables.conf ] &&
	command -v ip >/dev/null && isolated true 2>/dev/null; then
	ok 'throughput and isolated cores' exits 0 '' isolated "$handoff" profiles --only='ipc/tcp:v4,ipc/pipe:pair' --cells=3 \
		--rounds=9 --settle=0 --seed=1 --out="$work/real" tuned:network-throughput tuned:realtime tuned:cpu-partitioning
	ok 'no configuration is lost' [ "$(grep -c '^not compared' "$work/out")" = 0 ]
	ok 'sides run on the CPUs that were asked for, also isolated' \
		[ "$(values "$work/real/samples.csv" cpus | tr '+' '\n' | grep -cx "$last")" -ge 32 ]
	for arm in tuned:network-throughput tuned:realtime tuned:cpu-partitioning; do
		for of in none $arm; do
			{ head -n 1 "$work/real/samples.csv"; grep ",$of," "$work/real/samples.csv"; } >"$work/$of.csv"
			ran "$work/$of.csv" >"$work/$of.ran"
		done
		{ head -n 1 "$work/real/compare.csv"; grep ",$arm," "$work/real/compare.csv"; } >"$work/arm.csv"
		identities "$work/arm.csv" | cut -d , -f 3-5,7- | sort -u >"$work/compared"
		comm -12 "$work/none.ran" "$work/$arm.ran" >"$work/both.ran"
		ok "$arm: a verdict for every configuration that ran in both" cmp "$work/both.ran" "$work/compared"
		ok "$arm: of TCP as well" grep -q '^ipc,tcp' "$work/compared"
	done
	ok 'no daemon of these is left' no_daemon
else
	skip "tuned's own profiles" 'needs their files, ip of iproute2, two CPUs and namespaces'
fi

# start NAME ARM: a comparison in the background.
start() {
	"$handoff" profiles --only=sync/null:op --settle=0 --rounds=1000 --budget=60m --out="$work/$1" "$2" \
		>"$work/$1.out" 2>"$work/$1.err" &
	pid=$!
}

# daemon PROFILE: the daemon of this comparison that has this profile.
daemon() {
	pgrep -P $pid -f "no-dbus -p $1 " >"$work/daemon"
}

changed() {
	[ "$(cat "$poll")" = "$other" ]
}

start dies "tuned:$work/handoff-good"
ok 'the baseline has a daemon' await $pid daemon handoff-none
ok 'the arm is entered' await $pid changed
daemon handoff-good
kill -KILL "$(cat "$work/daemon")"
wait $pid
ok 'the daemon is killed: exit code' [ $? = 74 ]
ok 'the daemon is killed: words' grep -q 'tuned.*ended' "$work/dies.err"
ok 'the daemon is killed: the machine is as it was' as_before

ok 'a profile that tuned refuses' exits 74 'tuned refuses the profile: .*handoff-no-such-profile' \
	profiles --rounds=9 --out="$work/broken" "tuned:$work/handoff-broken"

start bad "tuned:$work/handoff-bad"
await $pid grep -q 'block 1 of' "$work/bad.err"
kill -TERM $pid
wait $pid
ok 'SIGTERM: exit code' [ $? = 130 ]
start interrupted "tuned:$work/handoff-good"
await $pid changed
kill -INT $pid
wait $pid
ok 'Ctrl-C: exit code' [ $? = 130 ]
ok 'Ctrl-C: the machine is as it was' as_before
ok 'Ctrl-C: no daemon is left' no_daemon

cp "$(command -v sleep)" "$work/tuned"
"$work/tuned" 3600 &
foreign=$!
ok "somebody else's daemon" exits 69 "process $foreign is a tuned daemon" profiles --rounds=9 --out="$work/foreign" \
	"tuned:$work/handoff-inert"
ok 'is left alone' kill -0 $foreign
kill $foreign
wait $foreign 2>/dev/null

# Killed at random moments of the treatment, every other time the daemon with it: then only the journal knows. Words of
# a shell that sees its jobs killed are not for the reader.
i=0
while [ $i -lt "${KILLS:-2}" ]; do
	i=$((i + 1))
	start killed$i "tuned:$work/handoff-good"
	await $pid changed
	sleep "0.$(awk "BEGIN { srand($(date +%N)); print int(rand() * 5) }")"
	daemon handoff-
	if [ $((i % 2)) = 1 ]; then
		# shellcheck disable=SC2046 # one word or none
		kill -KILL $pid $(cat "$work/daemon")
	else
		kill -KILL $pid
	fi 2>/dev/null
	wait $pid 2>/dev/null
	ok "killed $i: restore" exits 0 '' "$handoff" restore
	ok "killed $i: the machine is as it was" as_before
	ok "killed $i: no daemon is left" no_daemon
done

PATH=$work/bin:$PATH
start service-killed "tuned:$work/handoff-good"
await $pid changed
kill -KILL $pid
wait $pid 2>/dev/null
ok 'killed: the service is not there' [ ! -e "$work/active" ]
ok 'killed: restore' exits 0 '' "$handoff" restore
ok 'killed: it is started again' [ -e "$work/active" ]
ok 'killed: the machine is as it was' as_before

start service-again "tuned:$work/handoff-good"
await $pid changed
kill -KILL $pid
wait $pid 2>/dev/null
touch "$work/active" "$work/rolls-back"
: >"$work/asked"
ok 'killed, the service started by somebody: restore' exits 0 '' "$handoff" restore
ok 'it ends first, and is started last' [ "$(grep -v is-active "$work/asked" | xargs)" = 'stop tuned restart tuned' ]
ok 'so that what it rolls back to does not stay' as_before
rm "$work/rolls-back"

start service-started "tuned:$work/handoff-good"
await $pid changed
touch "$work/active"
ok 'the service is started during the comparison' await $pid grep -q 'somebody has started the service tuned' \
	"$work/service-started.err"
grep -q somebody "$work/service-started.err" || kill -TERM $pid
wait $pid
ok 'which ends: exit code' [ $? = 74 ]
ok 'the machine is as it was' as_before
ok 'and the service at work' [ -e "$work/active" ]
finish
