#!/bin/sh
# SPDX-License-Identifier: MIT
# sysbench 1.0.20 (Debian sysbench 1.0.20+ds-5): sysbench mutex.
#
# Expected: "Latency" is that of a lock, and --events or --time say how many are taken, as in sysbench's other tests.
# What happens: a thread is one event, whatever --events and --time say. Its latency is the time of the whole thread.
# So the percentiles are those of as many values as there are threads, and the first figure to fall is that of
# --mutex-loops: with 0 instead of 10000 the "latency" drops some hundredfold.
# Why: an event takes --mutex-locks (50,000) locks, and before each it counts to --mutex-loops without any lock, as
# "sysbench mutex help" says: "number of empty loops to do outside mutex lock".
# Who is hit: readers of the many posts that compare machines by "sysbench mutex": the figure is the speed of an empty loop.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download sysbench=1.0.20+ds-5 libaio1 libluajit-5.1-2 libluajit-5.1-common \
	libmariadb3 libpq5 libldap-2.5-0 libsasl2-2 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libcom-err2 \
	libkeyutils1
for deb in *.deb; do dpkg-deb -x "$deb" root; done
triplet=$(uname -m)-linux-gnu
LD_LIBRARY_PATH=$tmp/root/usr/lib/$triplet:$tmp/root/lib/$triplet
export LD_LIBRARY_PATH

mutex() { # options: events and mean latency
	root/usr/bin/sysbench mutex --threads=1 --events=100 --time=60 "$@" run |
		awk '/total number of events/ { events = $5 } $1 == "avg:" { ms = $2 } END { print events, "event of", ms, "ms" }'
}
{
	echo "as it is: $(mutex)"
	echo "half as many locks: $(mutex --mutex-locks=25000)"
	echo "no empty loops: $(mutex --mutex-loops=0)"
} >seen
sed 's/^/seen: /' seen
awk -F ': ' '{ split($2, f, " "); events[NR] = f[1]; ms[NR] = f[4] }
	END { exit !(events[1] == 1 && events[2] == 1 && events[3] == 1 && ms[1] > 10 * ms[3]) }' seen ||
	{ echo "changed: expected one event a thread, mostly of empty loops" >&2; exit 1; }
echo ok
