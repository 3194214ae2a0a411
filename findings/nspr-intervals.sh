#!/bin/sh
# SPDX-License-Identifier: MIT
# Netscape Portable Runtime 4.35 (Debian libnspr4 2:4.35-1). Needs gcc.
#
# Expected: PR_MicrosecondsToInterval(400) is what a wait of 400 us takes; at worst it is rounded up, as timeouts are
# elsewhere (poll(2) and sem_timedwait(3) never end early).
# What happens: it is 0, which is PR_INTERVAL_NO_WAIT. A timed wait does not wait, PR_Sleep() returns at once. 500 us become 1 ms
# and 1499 us, too.
# Why: an interval counts ticks, of which NSPR has 1000 a second on Linux, and conversions round to the nearest one.
# Who is hit: a thread that polls with such a timeout never sleeps and keeps its CPU busy. A figure of microseconds that was
# taken with PR_IntervalNow() is a whole number of milliseconds.
# Remedy: ask PR_TicksPerSecond(); measure with PR_Now() or clock_gettime().
set -eu

version=2:4.35-1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download "libnspr4=$version" "libnspr4-dev=$version"
for deb in *.deb; do dpkg-deb -x "$deb" root; done
lib=$(dirname "$(find "$tmp/root" -name libnspr4.so)")

cat >intervals.c <<'EOS'
#include <nspr.h>
#include <stdio.h>

int main(void)
{
	static const PRUint32 asked_us[] = {100, 400, 499, 500, 1499, 1500};

	PR_Init(PR_USER_THREAD, PR_PRIORITY_NORMAL, 0);
	printf("%u ticks a second\n", (unsigned)PR_TicksPerSecond());
	for (int i = 0; i < 6; i++) {
		PRIntervalTime ticks = PR_MicrosecondsToInterval(asked_us[i]);

		printf("%u us: %u us%s\n", (unsigned)asked_us[i],
		       (unsigned)PR_IntervalToMicroseconds(ticks),
		       ticks == PR_INTERVAL_NO_WAIT ? ", no wait" : "");
	}
}
EOS
gcc -Iroot/usr/include/nspr intervals.c -o intervals "$lib/libnspr4.so" -Wl,-rpath,"$lib"
./intervals >seen
cat >expected <<'EOS'
1000 ticks a second
100 us: 0 us, no wait
400 us: 0 us, no wait
499 us: 0 us, no wait
500 us: 1000 us
1499 us: 1000 us
1500 us: 2000 us
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
