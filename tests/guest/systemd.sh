#!/bin/sh
# SPDX-License-Identifier: MIT
# Inside a guest whose first process is systemd: handoff profiles tuned:NAME where the service tuned is at work. It is stopped
# for the comparison and is back after it, with its profile; so it is by restore after SIGKILL.
# shellcheck disable=SC2317 # functions are called by name, through ok
set -u
. tests/guest/guest.sh
handoff=$BUILD/handoff
chmod 755 "$work"

# What nobody can set, or is another at each look, is left out.
settings() {
	find /proc/sys -type f -perm -u+rw ! -path '*/random/*' ! -path '*/ns_last_pid' ! -path '*/binfmt_misc/*' \
		-exec grep -H . {} +
	grep -H . /sys/kernel/mm/transparent_hugepage/*
}

# state: what must be as it was, by other means than handoff's.
state() {
	settings
	systemctl is-active tuned
	tuned-adm active
	find /etc /boot /var/lib ! -path '/var/lib/systemd/*' ! -path '/var/lib/handoff*'
	find /etc /boot /var/lib -type f ! -path '/var/lib/systemd/*' ! -path '/var/lib/handoff/*' -exec sha256sum {} +
	cat /proc/1/mountinfo
	systemctl list-units --type=service --state=active --plain --no-legend
}

# noted NAME: state, into a file.
noted() {
	state 2>/dev/null | sort >"$work/state-$1"
	wc -l <"$work/state-$1"
}

as_before() {
	noted now
	diff "$work/state-before" "$work/state-now"
}

# The service applies its profile some time after systemd calls it started: some looks more.
as_before_soon() {
	until_ok as_before >/dev/null || as_before
}

setting_is() {
	[ "$(cat "/proc/sys/$1")" = "$2" ]
}

# at_work PROFILE: the service is not at work; a daemon of this comparison is, with that profile.
at_work() {
	[ "$(systemctl is-active tuned)" = inactive ] && pgrep -P $pid -f "no-dbus -p $1 " >"$work/daemon"
}

is_stopped() {
	! systemctl --quiet is-active handoff-victim
}

main_process() {
	systemctl show --property=MainPID --value "$1"
}

# start NAME ARM OPTION...: a comparison in the background.
start() {
	run=$work/$1
	shift
	"$handoff" profiles --baseline=none --only=sync/null:op --cells=1 --settle=0 --out="$run" "$@" >"$run.out" 2>"$run.err" &
	pid=$!
}

# entered NAME: a comparison with a profile that does more than set values, until it is in it.
entered() {
	start "$1" "tuned:$work/handoff-more" --rounds=1000 --budget=60m
	until_ok at_work handoff-more && until_ok setting_is vm/dirty_ratio 10
}

# Of tuned's plugins, those that write files and ask systemd.
mkdir "$work/handoff-more"
cat >"$work/handoff-more/tuned.conf" <<END
[main]
include=latency-performance
[systemd]
cpu_affinity=0
[bootloader]
cmdline=handoff_test=1
[service]
service.handoff-victim=stop
END
# A service of no consequence, and one that needs tuned, as tuned-ppd does: what systemd stops with it.
for unit in handoff-victim needs-tuned; do
	printf '[Service]\nExecStart=sleep infinity\n' >/etc/systemd/system/$unit.service
done
printf '[Unit]\nRequires=tuned.service\nAfter=tuned.service\n' >>/etc/systemd/system/needs-tuned.service

ok 'systemd is the first process' [ "$(cat /proc/1/comm)" = systemd ]
systemctl is-system-running --wait >/dev/null
ok 'it reads two more services' systemctl daemon-reload
ok 'and starts them' systemctl start handoff-victim needs-tuned
ok 'the service tuned is active' systemctl --quiet is-active tuned
ok 'a profile is chosen through D-Bus' tuned-adm profile throughput-performance
ok 'and applied' until_ok setting_is vm/dirty_ratio 40
ok 'what must be as it was is noted' [ "$(noted before)" -gt 1000 ]
needing=$(main_process needs-tuned)

start whole tuned:latency-performance --rounds=6
ok 'the service is stopped, the baseline has a daemon of its own' until_ok at_work handoff-none
ok 'the profile of the service is gone' setting_is vm/dirty_ratio 20
ok 'who needs the service is left at work' [ "$(main_process needs-tuned)" = "$needing" ]
ok 'the arm has a daemon' until_ok at_work latency-performance
ok 'and its profile' until_ok setting_is vm/dirty_ratio 10
wait $pid
ok 'a comparison: exit code' [ $? = 0 ]
ok 'a difference of settings is said' grep -q '/proc/sys/vm/dirty_ratio: 20 -> 10' "$work/whole.out"
ok 'what tuned could verify, too' grep -q 'tuned says: applied; verified' "$work/whole.out"
ok 'what is not as it was found, at most by dynamic tuning' \
	[ -z "$(grep -e ' -> ' "$work/whole.err" | grep -v cpu_dma_latency)" ]
ok 'settings, the service, its profile, files, mounts and other services are as they were' as_before
ok 'who needs the service was restarted with it' [ "$(main_process needs-tuned)" != "$needing" ]

entered interrupted
ok 'a profile that writes files and stops a service' [ $? = 0 ]
ok 'it is stopped' until_ok is_stopped
ok 'files are written, where only the daemon sees them' until_ok grep -qx 'CPUAffinity=0' \
	"/proc/$(cat "$work/daemon")/root/etc/systemd/system.conf"
kill -INT $pid
wait $pid
ok 'Ctrl-C: exit code' [ $? = 130 ]
ok 'Ctrl-C: all is as it was' as_before_soon

entered killed
ok 'once more' [ $? = 0 ]
kill -KILL $pid
wait $pid 2>/dev/null
ok 'killed: the service is not at work' [ "$(systemctl is-active tuned)" = inactive ]
ok 'killed: restore' "$handoff" restore
ok 'killed: all is as it was' as_before_soon

start both tuned:latency-performance --rounds=1000 --budget=60m
ok 'the arm, once more' until_ok at_work latency-performance
until_ok setting_is vm/dirty_ratio 10
# shellcheck disable=SC2046 # one word
kill -KILL $pid $(cat "$work/daemon")
wait $pid 2>/dev/null
ok 'killed with the daemon: its profile stays' setting_is vm/dirty_ratio 10
ok 'the service is started by somebody, as at the next boot' systemctl start tuned
until_ok setting_is vm/dirty_ratio 40
ok 'restore' "$handoff" restore
ok 'all is as it was' as_before_soon
systemctl stop tuned
ok 'what the service rolls back to, too' setting_is vm/dirty_ratio 20
systemctl start tuned needs-tuned

entered started
ok 'once more' [ $? = 0 ]
ok 'the service is started during the comparison' systemctl start tuned
ok 'which says so' until_ok grep -q 'somebody has started the service tuned' "$work/started.err"
grep -q somebody "$work/started.err" || kill -TERM $pid
wait $pid
ok 'and ends: exit code' [ $? = 74 ]
ok 'all is as it was' as_before_soon
ok 'no journal is left' [ ! -e /var/lib/handoff/restore ]
echo "1..$n"
