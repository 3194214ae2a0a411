#!/bin/sh
# SPDX-License-Identifier: MIT
# ministat 20150715 (Debian ministat 20150715-1+b1).
#
# Expected: "Difference at 95.0% confidence" takes into account that one of two sets varies much more than the other.
# What happens: 30 quiet runs from 1 to 30 and 3 wild ones of 10, 60 and 61 differ, it says: by 28 +- 14. With the variance
# of each set (Welch's test) the difference is 28 +- 73, which is none.
# Why: it is Student's test with one pooled deviation, 11.3, as its last line says: the quiet set is ten times as large, so
# its deviation of 8.8 hides the 29 of the other.
# Who is hit: whoever measures a base often and a change a few times, and the change brings a tail. Then three runs prove
# what they cannot.
# Remedy: as many runs of each, or a test by ranks.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download ministat=20150715-1+b1
dpkg-deb -x ministat*.deb root

seq 30 >base
printf '%s\n' 10 60 61 >new
root/usr/bin/ministat base new | sed -n '/^Difference/,$p' | sed 's/^[[:space:]]*//' >seen
# Welch: standard error and degrees of freedom by Welch and Satterthwaite; t(0.975, 2) is 4.303
awk '{ n[FILENAME]++; sum[FILENAME] += $1; squares[FILENAME] += $1 * $1 }
	function part(set) { return (squares[set] - sum[set] ^ 2 / n[set]) / (n[set] - 1) / n[set] }
	END {
		a = part("base"); b = part("new")
		printf "Welch: %.2f +/- %.0f with %.1f degrees of freedom\n", sum["new"] / n["new"] - sum["base"] / n["base"],
			4.303 * sqrt(a + b), (a + b) ^ 2 / (a ^ 2 / (n["base"] - 1) + b ^ 2 / (n["new"] - 1))
	}' base new >>seen
cat >expected <<'EOS'
Difference at 95.0% confidence
28.1667 +/- 13.9406
181.72% +/- 89.9396%
(Student's t, pooled s = 11.2854)
Welch: 28.17 +/- 73 with 2.0 degrees of freedom
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
