#!/bin/sh
# SPDX-License-Identifier: MIT
# sockperf 3.7 (Debian sockperf 3.7-1), option --full-log=FILE.
#
# Expected: as its help says, the times of all messages in CSV format: of a run of a second, those of a second.
# What happens: the messages of the first 0.4 s and of the last 0.05 s are not there, though the summary counts them as sent and
# received: of --time=1 the file has 0.55 s, and of a stall in the rest nothing. The CSV begins in line 21: before it stands the
# summary, two of its lines in colour, though nothing is a terminal. After it stands a line of dashes.
# Why: what is sent while client and server warm up and end is left out of the valid duration, and the file is written by the
# code that writes the summary.
# Who is hit: whoever looks for the worst messages in the file, or reads it with a CSV reader; and whoever runs 100 short tests
# of a second: nearly half of the time is not measured.
# Remedy: longer runs; sed -n '/^packet,/,/^---/p' FILE | sed '$d', and for the times of round trips twice the last column.
set -eu

tmp=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download sockperf=3.7-1
dpkg-deb -x sockperf*.deb root

port=$((20000 + $$ % 20000))
root/usr/bin/sockperf server -i 127.0.0.1 -p $port >server.out 2>&1 &
server=$!
# until it listens, or has ended
while kill -0 $server && ! grep -q "$(printf ':%04X ' $port)" /proc/net/udp; do :; done
root/usr/bin/sockperf ping-pong -i 127.0.0.1 -p $port --time=1 --full-log=file.csv >printed 2>&1

received=$(sed -n 's/.*Total Run.*ReceivedMessages=\([0-9]*\).*/\1/p' printed)
rows=$(grep -c '^[0-9][0-9]*, [0-9]' file.csv)
{
	echo "messages that were received and are not in the file: $([ "$rows" -lt "$received" ] && echo yes)"
	awk -F', ' '/^[0-9]+, / { if (!n++) first = $2; last = $3 }
		END { printf "seconds from the first to the last, of 1: %.2f\n", last - first }' file.csv
	echo "line of the CSV header: $(grep -n '^packet, txTime(sec), rxTime(sec), latency(usec)$' file.csv | cut -d : -f 1)"
	echo "lines in colour: $(grep -c "$(printf '\033')\[" file.csv)"
	echo "last line: $(tail -n 1 file.csv)"
} >seen
cat >expected <<'EOS'
messages that were received and are not in the file: yes
seconds from the first to the last, of 1: 0.55
line of the CSV header: 21
lines in colour: 2
last line: ------------------------------
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
