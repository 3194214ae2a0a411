#!/bin/sh
# SPDX-License-Identifier: MIT
# perf of Linux 6.1 (Debian linux-perf 6.1.176-1): perf stat -r.
#
# Expected: "-r: repeat command and print average + stddev", says perf-stat(1): of each event the mean of the runs.
# What happens: of each event it prints the last run. After four runs of 0.1 s and one of 0.5 s, duration_time is 0.5 s,
# while "seconds time elapsed" below it is 0.2 s, the mean. So are the other events, user_time and task-clock among them.
# Why: the number printed is the last count; that of all runs goes into the percentage alone (counter_aggr_cb() and
# print_noise() in tools/perf/util/stat-display.c). And behind +- stands not the standard deviation but that of the mean,
# which is smaller by the root of the number of runs; in the line of an event it is a percentage of the last run besides.
# Who is hit: whoever counts context switches or instructions of a hand-over in ten runs: nine are thrown away. "CPUs
# utilized" is the CPU time of the last run by the mean time, so that one thread can use 1.5 CPUs.
# Remedy: a loop around perf stat -x, --append -o FILE, or the lines of -v.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download linux-perf=6.1.176-1 libbabeltrace1 libcap2 libdw1 libelf1 libexpat1 \
	libglib2.0-0 libnuma1 libopencsd1 libperl5.36 libpython3.11 libslang2 libunwind8
for deb in *.deb; do dpkg-deb -x "$deb" root; done
triplet=$(uname -m)-linux-gnu

cat >command.sh <<'EOS'
echo >>runs
[ "$(wc -l <runs)" -lt 5 ] && exec sleep 0.1
exec sleep 0.5
EOS
LD_LIBRARY_PATH=$tmp/root/usr/lib/$triplet:$tmp/root/lib/$triplet LC_ALL=C \
	root/usr/bin/perf stat -v -r 5 -e duration_time sh command.sh 2>out

# -v: a line "duration_time: N N N" for each run
awk '$1 == "duration_time:" { last = $2; sum += $2; squares += $2 * $2; n++ }
	$3 == "duration_time" { printed = $1; of_event = $(NF - 1) + 0 }
	/seconds time elapsed/ { elapsed = $1; deviation = $3 }
	function same(a, b) { return a < 1.01 * b && b < 1.01 * a ? "yes" : "no" }
	END {
		mean = sum / n
		stddev = sqrt((squares - n * mean * mean) / (n - 1))
		print n " runs"
		print "seconds elapsed is the mean: " same(elapsed, mean / 1e9)
		print "duration_time is the mean: " same(printed, mean)
		print "duration_time is the last run: " (printed == last ? "yes" : "no")
		print "+- of the seconds is the standard deviation: " same(deviation, stddev / 1e9)
		print "+- of the seconds is that by the root of 5: " same(deviation, stddev / sqrt(n) / 1e9)
		print "+- of duration_time is this as a percentage of the last run: " same(of_event, 100 * stddev / sqrt(n) / last)
	}' out >seen
cat >expected <<'EOS'
5 runs
seconds elapsed is the mean: yes
duration_time is the mean: no
duration_time is the last run: yes
+- of the seconds is the standard deviation: no
+- of the seconds is that by the root of 5: yes
+- of duration_time is this as a percentage of the last run: yes
EOS
sed 's/^/seen: /' seen
grep -E 'duration_time|seconds' out | tr -s ' ' | sed 's/^ *//; s/^/seen: /'
diff expected seen
echo ok
