#!/bin/sh
# SPDX-License-Identifier: MIT
# class: alone
# handoff fleet over a real Slurm, and over ssh by GNU parallel and ClusterShell: one node is slow, one dies, one is drained or cannot be
# reached. Everything lives in namespaces of the test's own: daemons, ports on loopback, host names, /run. As root; make deps test-fleet
# installs what it needs.
set -u
cd "$(dirname "$0")/.." || exit 1
for command in munged slurmctld slurmd srun sinfo scontrol sshd ssh-keygen parallel clush nodeset unshare ip gcc; do
	command -v $command >/dev/null || {
		echo "1..0 # SKIP $command is not here: make deps test-fleet"
		exit 0
	}
done
if [ -z "${FLEET_INSIDE:-}" ]; then
	unshare --mount --pid --net --ipc --uts true 2>/dev/null || {
		echo '1..0 # SKIP no namespaces: needs root'
		exit 0
	}
	# When the first process of a PID namespace ends, the kernel ends all others in it.
	FLEET_INSIDE=1 exec unshare --mount --pid --fork --kill-child --mount-proc --net --ipc --uts "$0"
fi
build=$(cd "${BUILD:-build}" && pwd) || exit 1
handoff=$build/handoff
. tests/tap.sh
. tests/fleet.sh
chmod 755 "$work"
# Names are looked up as a machine with a network does it: addresses of 127/8 alone would count as none.
ip link set lo up
for i in 0 1 2 3 4 5 6; do
	ip address add 10.77.0.$((i + 1))/24 dev lo
	[ $i = 0 ] || echo "10.77.0.$((i + 1)) n$i"
done >"$work/hosts"
printf '127.0.0.1 localhost\n10.77.0.1 master\n' >>"$work/hosts"
mount --bind "$work/hosts" /etc/hosts
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/tmp
mkdir -p /run/sshd
hostname master

# in_line NODE WORDS: what nodes.txt says of it.
in_line() {
	grep -q "^$1: $2" "$fleet/nodes.txt" || {
		cat "$fleet/nodes.txt"
		tail -n 5 "$fleet"/log/"$1"* 2>/dev/null
		return 1
	}
}
# left_on_nodes: directories of fleets.
left_on_nodes() {
	ls /var/tmp
}

no_job() {
	[ -z "$(squeue -h)" ]
}

# A node's handoff: one measures at a time, for all nodes are this machine; n2 has a delay in every write(2), n5 says when it began.
mkdir -p "$work/node/build" "$work/node/scripts"
ln -s "$PWD/scripts/fleet-node" "$work/node/scripts/fleet-node"
cat >"$work/slow.c" <<'END'
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
ssize_t write(int fd, const void *data, size_t n)
{
	struct timespec t, until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += 200000;
	do
		clock_gettime(CLOCK_MONOTONIC, &t);
	while ((t.tv_sec - until.tv_sec) * 1000000000 + t.tv_nsec < until.tv_nsec);
	return syscall(SYS_write, fd, data, n);
}
END
gcc -shared -fPIC -O -o "$work/slow.so" "$work/slow.c" || echo '# no shim'
cat >"$work/node/build/handoff" <<END
#!/bin/sh
case \$1 in sweep) ;; *) exec '$handoff' "\$@" ;; esac
if [ "\$(uname -n)" = n5 ] && [ ! -e '$work/n5.dead' ]; then
	echo \$\$ >'$work/n5.began'
	exec sleep 600
fi
[ "\$(uname -n)" != n2 ] || export LD_PRELOAD='$work/slow.so'
exec flock '$work/turn' '$handoff' "\$@"
END
chmod +x "$work/node/build/handoff"

# Slurm: n1 to n7, of which n6 is drained.
mkdir -p "$work/state"
head -c 1024 /dev/urandom >"$work/munge.key"
chmod 600 "$work/munge.key"
munged --force --key-file="$work/munge.key" --socket="$work/munge.socket" --pid-file="$work/munge.pid" \
	--log-file="$work/munge.log" --seed-file="$work/munge.seed"
cat >"$work/slurm.conf" <<END
ClusterName=test
SlurmctldHost=master(10.77.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool.%n
SlurmdPidFile=$work/slurmd.%n.pid
SlurmctldPidFile=$work/slurmctld.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.%n.log
SlurmctldPort=17000
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2
MpiDefault=none
ReturnToService=1
SlurmdTimeout=20
KillWait=5
MessageTimeout=30
NodeName=n[1-6] NodeHostname=master NodeAddr=10.77.0.1 Port=[17001-17006] CPUs=$(nproc)
PartitionName=all Nodes=n[1-6] Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF="$work/slurm.conf"
slurmctld -D >"$work/slurmctld.out" 2>&1 &
for i in 1 2 3 4 5 6; do
	mkdir -p "$work/spool.n$i"
	# shellcheck disable=SC2016 # for the inner shell
	unshare --uts sh -c 'hostname "$1" && exec slurmd -D -N "$1"' slurmd n$i >"$work/slurmd.n$i.out" 2>&1 &
done
idle() {
	[ "$(sinfo -h -N -o %T 2>/dev/null | grep -c '^idle$')" = "$1" ]
}
ok 'six nodes are there' until_ok idle 6
idle 6 || {
	tail -n 3 "$work"/slurm*.out >&2
	echo 'Bail out! Slurm does not start here'
	exit 1
}
scontrol update nodename=n6 state=drain reason=test
ok 'one is drained' until_ok idle 5

fleet=$work/slurm
"$handoff" fleet --engine=slurm --nodes='n[1-6]' --program="$work/node/build/handoff" --out="$fleet" --late=10m -- --budget=6s \
	--only='ipc/pipe,ipc/fifo,ipc/unix_stream' >"$work/fleet.out" 2>"$work/fleet.err" &
pid=$!
ok 'the node that is to die began' await $pid [ -s "$work/n5.began" ]
# The daemons of n5 and what they started.
for dead in $(cat "$work/slurmd.n5.pid") $(pgrep -f 'slurmstepd: \[' | while read -r step; do
	! nsenter --uts --target "$step" uname -n 2>/dev/null | grep -qx n5 || echo "$step"
done) $(cat "$work/n5.began"); do
	kill -KILL "$dead"
done
echo >"$work/n5.dead"
wait $pid
code=$?
ok 'some nodes are not done' [ $code = 75 ]
for node in n1 n2 n3 n4; do
	ok "$node is done" in_line $node "done"
done
ok 'the dead one is told' in_line n5 'failed: ..*'
ok 'and the drained one' in_line n6 'not started: Slurm says: drain'
ok 'four packs' [ "$(ls "$fleet/packs")" = 'n1.tar.gz
n2.tar.gz
n3.tar.gz
n4.tar.gz' ]
ok 'the same seed on each' [ "$(for node in n1 n2 n3 n4; do tar xzOf "$fleet/packs/$node.tar.gz" --wildcards '*/samples.csv' >"$work/s.csv" && values "$work/s.csv" seed; done | sort -u | wc -l)" = 1 ]
ok 'nothing is left on the nodes that are done' [ -z "$(left_on_nodes | grep -v 'n5$')" ]

ok 'the dead node comes back' sh -c "unshare --uts sh -c 'hostname n5 && exec slurmd -D -N n5' >>'$work/slurmd.n5.out' 2>&1 &"
scontrol update nodename=n6 state=resume
ok 'so does the drained one' until_ok idle 6
ok 'the rest is done later' exits 0 '' "$handoff" fleet --resume="$fleet"
cp "$work/out" "$work/table"
ok 'six packs' [ "$(find "$fleet/packs" -name '*.tar.gz' | wc -l)" = 6 ]
ok 'the slow node is named' grep -q '^n2  *slower ' "$work/table"
ok 'and what is set otherwise on it' sh -c "grep -A 2 '^environment:LD_PRELOAD' '$work/table' | grep -q 'slow.so: n2'"
ok 'a page' grep -q '</html>' "$fleet/fleet.html"
ok 'nothing is left on the nodes' [ -z "$(left_on_nodes)" ]
ok 'and no job' no_job
ok 'a set that is none' exits 64 'no host is called so' "$handoff" fleet --engine=slurm --nodes='n[' --out="$work/none"

# A fleet that is ended: no half file, and --resume goes on.
fleet=$work/ended
rm "$work/n5.dead" "$work/n5.began"
"$handoff" fleet --engine=slurm --nodes=n5 --program="$work/node/build/handoff" --out="$fleet" -- --budget=6s >/dev/null 2>&1 &
pid=$!
ok 'another fleet began' await $pid [ -s "$work/n5.began" ]
kill -TERM $pid
wait $pid
ok 'it is interrupted' [ $? = 130 ]
ok 'its job ends' until_ok no_job

ok 'no half file' [ -z "$(find "$fleet" -name '*.part')$(ls "$fleet/packs")" ]


rm -rf /var/tmp/handoff-* # what --resume would go on with

# By ssh: five hosts, one of which does not answer. Their figures are made up, so n3 is slower by what is known.
mkdir -p "$work/ssh/build" "$work/ssh/scripts"
ln -s "$PWD/scripts/fleet-node" "$work/ssh/scripts/fleet-node"
for i in 1 2 3 4 5; do
	made_machine "$work/made/n$i" n$i "$([ $i = 3 ] && echo 1.1 || echo 1)" -
done
cat >"$work/ssh/build/handoff" <<END
#!/bin/sh
case \$1 in
sweep)
	for option; do
		case \$option in --out=*) cp -r "$work/made/\$(uname -n)" "\${option#--out=}" ;; --label=late) [ "\$(uname -n)" != n4 ] || exec sleep 600 ;; --label=*) echo "\$(uname -n) \${option#--label=}" >>"$work/labels" ;; esac
	done
	[ "\$(uname -n)" != n5 ] || { echo 'no such luck' >&2; exit 3; }
	;;
*) exec '$handoff' "\$@" ;;
esac
END
chmod +x "$work/ssh/build/handoff"
ssh-keygen -q -t ed25519 -N '' -f "$work/key"
ssh-keygen -q -t ed25519 -N '' -f "$work/host_key"
for i in 1 2 3 4 5; do
	# shellcheck disable=SC2016 # for the inner shell
	unshare --uts sh -c 'hostname "$1" && exec /usr/sbin/sshd -D -f /dev/null -h "$2/host_key" -o ListenAddress="$3" -o StrictModes=no \
		-o AuthorizedKeysFile="$2/key.pub" -o UsePAM=no -o PermitRootLogin=yes -o PidFile=none' sshd n$i "$work" 10.77.0.$((i + 1)) \
		>"$work/sshd.n$i" 2>&1 &
done
printf '%s\n' 'Host *' "IdentityFile $work/key" 'StrictHostKeyChecking no' 'UserKnownHostsFile /dev/null' 'LogLevel ERROR' 'ConnectTimeout 5' \
	>"$work/ssh_config"
mount --bind "$work/ssh_config" /etc/ssh/ssh_config
ok 'sshd answers' until_ok ssh -o BatchMode=yes n5 true
for engine in parallel clush; do
	fleet=$work/$engine
	case $engine in parallel) set=n1,n2,n3,n4,n5,n6 ;; clush) set='n[1-6]' ;; esac
	ok "$engine: one fails, one is not there" exits 75 'resume' "$handoff" fleet --engine=$engine --nodes="$set" \
		--program="$work/ssh/build/handoff" --out="$fleet" -- --label="it's-\$(touch\${IFS}$work/hit)"
	cp "$work/out" "$work/table"
	for node in n1 n2 n3 n4; do
		ok "$engine: $node is done" in_line $node "done"
	done
	ok "$engine: what failed is told" in_line n5 'failed: .*exit code 3'
	ok "$engine: so is who is not there" in_line n6 'failed: ..*'
	ok "$engine: the table has four machines" grep -q '^4 machines' "$work/table"
	ok "$engine: no half file" [ -z "$(find "$fleet" -name '*.part')" ]
	ok "$engine: only the one that failed has kept its directory" [ "$(left_on_nodes | grep -c .)$(left_on_nodes | grep -c 'n5$')" = 11 ]
	rm -rf /var/tmp/handoff-*
	fleet=$work/late-$engine
	ok "$engine: one is late" exits 75 'resume' "$handoff" fleet --engine=$engine --nodes="n4" --late=5s \
		--program="$work/ssh/build/handoff" --out="$fleet" -- --label=late
	ok "$engine: which is told" in_line n4 'late: '
	rm -rf /var/tmp/handoff-*
done
ok 'options are data' [ "$(sort -u "$work/labels" | cut -d ' ' -f 2 | sort -u)" = "it's-\$(touch\${IFS}$work/hit)" ]
ok 'not commands' [ ! -e "$work/hit" ]

# The figures of many machines: memory and size are bounded by configurations, not by rows.
for i in $(seq 100 599); do
	mkdir -p "$work/many/m$i/settings"
	made_machine "$work/many/m$i" "m$i"
done
ok '500 machines in 500 MB' sh -c "ulimit -v 500000; cd '$work/many' && '$handoff' odd --out='$work/many.html' m* >'$work/many.out'"
ok 'nobody is odd' grep -q '^0 of 500' "$work/many.out"
ok 'a page of less than 5 MB' [ "$(wc -c <"$work/many.html")" -lt 5000000 ]
echo "1..$n"
