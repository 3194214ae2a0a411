#!/bin/sh
# SPDX-License-Identifier: MIT
# cyclictest 2.40 (Debian rt-tests 2.4-1), option --json with a histogram (-h).
#
# Expected: the JSON file says what the printed summary says, also how many cycles were later than the histogram reaches.
# What happens: these overflows stand in the printed text alone. The file has neither their number nor the limit of -h, and
# says 0 for the resolution of its keys, which are microseconds. The keys "cmdline:" and "rt_test_version:" end in a colon.
# Why: the writer of the file knows the buckets, cycles, min, avg and max, and no more.
# Who is hit: whoever takes a percentile of wake-ups from the file. The late ones are missing, so p99 is too low; where all are
# late, the histogram is empty. jq .cmdline, to find the limit, is null.
# Remedy: subtract the sum of the counts from "cycles"; read ."cmdline:"; choose -h above "max".
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download rt-tests=2.4-1 libnuma1
for deb in *.deb; do dpkg-deb -x "$deb" root; done
LD_LIBRARY_PATH=$tmp/root/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH

# 200 timers of 500 us, in a histogram that reaches to 1 us: nearly all are later
root/usr/bin/cyclictest -q -l 200 -i 500 -h 1 --json=file.json >printed
late=$(sed -n 's/^# Histogram Overflows: *0*\([0-9]*\)$/\1/p' printed)
# "histogram": { "0": 3 }, with a line for each bucket that has any
inside=$(sed -n '/"histogram"/,/}/s/^ *"[0-9]*": \([0-9]*\),*$/\1/p' file.json | awk '{ sum += $1 } END { print sum + 0 }')
cycles=$(sed -n 's/.*"cycles": \([0-9]*\).*/\1/p' file.json)
{
	echo "printed: overflows, more than 0: $([ "$late" -gt 0 ] && echo yes)"
	echo "printed and file: overflows and counts make the cycles: $([ $((late + inside)) = "$cycles" ] && echo yes)"
	echo "file: words about overflows: $(grep -ic overflow file.json || :)"
	sed -n 's/^ *\("cmdline:*"\|"rt_test_version:*"\|"resolution_in_ns": 0\).*/file: \1/p' file.json
} >seen
cat >expected <<'EOS'
printed: overflows, more than 0: yes
printed and file: overflows and counts make the cycles: yes
file: words about overflows: 0
file: "cmdline:"
file: "rt_test_version:"
file: "resolution_in_ns": 0
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
