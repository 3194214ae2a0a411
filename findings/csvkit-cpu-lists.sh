#!/bin/sh
# SPDX-License-Identifier: MIT
# csvkit 1.0.7 with agate 1.6.3 (Debian python3-csvkit 1.0.7-1, python3-agate 1.6.3-2). Needs python3.
#
# Expected: csvsort changes the order of the rows and no field; csvjoin joins rows whose fields are equal.
# What happens: csvsort writes the CPU lists "0,2", "0,12" and "2,4,6" as 2, 12 and 246. csvjoin takes "1,2" and 12 for equal.
# A column in which every CPU is 0 or 1 becomes False and True. No message says so, and the status is 0.
# Why: both programs guess the type of a column and write its values in the form of that type. Commas are removed wherever
# they stand (agate/data_types/number.py). The type Boolean is tried first, and it takes 1 and 0 (agate/data_types/boolean.py).
# Who is hit: whoever sorts or joins results with a column of CPU lists, even if all of them are quoted. The new file names
# other CPUs than those of the run, and rows of different placements are pooled.
# Remedy: --no-inference (-I), with which csvsort compares figures as text, too.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download python3-csvkit=1.0.7-1 python3-agate=1.6.3-2 python3-babel \
	python-babel-localedata python3-isodate python3-leather python3-parsedatetime python3-pytimeparse python3-six \
	python3-slugify python3-text-unidecode python3-tz
for deb in *.deb; do dpkg-deb -x "$deb" root; done
kit() { # PROGRAM ARGUMENT...: its output in one line
	program=$1
	shift
	PYTHONPATH=root/usr/lib/python3/dist-packages python3 -S -m "csvkit.utilities.$program" "$@" >out
	paste -s -d ' ' out
}

printf 'cpus,us\n"2,4,6",9\n"0,12",7\n"0,2",5\n' >lists.csv
printf 'cpus,us\n1,7\n0,5\n' >single.csv
printf 'cpus,us\n"1,2",50\n' >left.csv
printf 'cpus,cache\n12,L3\n' >right.csv
{
	echo "sorted: $(kit csvsort -c us lists.csv)"
	echo "sorted, -I: $(kit csvsort -I -c us lists.csv)"
	echo "one CPU each: $(kit csvsort -c us single.csv)"
	echo "joined: $(kit csvjoin -c cpus left.csv right.csv)"
	echo "joined, -I: $(kit csvjoin -I -c cpus left.csv right.csv)"
} >seen
cat >expected <<'EOS'
sorted: cpus,us 2,5 12,7 246,9
sorted, -I: cpus,us "0,2",5 "0,12",7 "2,4,6",9
one CPU each: cpus,us False,5 True,7
joined: cpus,us,cache 12,50,L3
joined, -I: cpus,us,cache
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
