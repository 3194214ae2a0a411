#!/bin/sh
# SPDX-License-Identifier: MIT
# Papa Parse 5.7.1 (npm). Needs node.
#
# Expected: with dynamicTyping: true a column of integers becomes numbers, perhaps rounded above 2^53.
# What happens: integers above 2^53 stay strings, and the others in the same column become numbers. Times since the boot
# change from number to string after 104 days; stamps since 1970 are always strings. A sum of the column joins digits.
# Why: what a double cannot hold is left as it is, field by field (papaparse.js, testFloat(): MIN_FLOAT and MAX_FLOAT).
# Who is hit: whoever draws nanoseconds in a web page: sums turn into text, and d3 or a chart takes the field for a category.
# Remedy: dynamicTyping by column, and BigInt() for stamps.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
npm install --silent --no-fund --no-audit --prefix "$tmp" papaparse@5.7.1 >npm.log

cat >types.mjs <<'EOS'
import Papa from 'papaparse';

const text = 'start_ns\n9007199254740000\n9007199254742000\n1764426661123456789\n';
const rows = Papa.parse(text, { header: true, dynamicTyping: true, skipEmptyLines: true }).data;
for (const { start_ns } of rows)
	console.log(typeof start_ns, start_ns);
console.log('first + second =', rows[0].start_ns + rows[1].start_ns);
EOS
node types.mjs >seen
cat >expected <<'EOS'
number 9007199254740000
string 9007199254742000
string 1764426661123456789
first + second = 90071992547400009007199254742000
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
