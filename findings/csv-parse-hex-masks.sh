#!/bin/sh
# SPDX-License-Identifier: MIT
# csv-parse 7.0.3 (npm). Needs node.
#
# Expected: with cast: true a field such as 0x00000003, as taskset and hwloc-calc print CPU masks, becomes the number 3, or
# stays a string because it is no decimal number.
# What happens: it becomes 0, whatever the mask is. Fields such as 0b11 or 0o17 become 0, too, and 0xff,0xf0 both do.
# Why: a field is a number if arithmetic takes it for one, which reads hexadecimal ("0x3" - 0 is 3), and it is then read with
# parseFloat(), which stops at the x (lib/api/index.js, is_float and cast).
# Who is hit: whoever groups rows by a column of CPU masks: all masks are equal, and rows of different placements are pooled.
# Remedy: cast: (value, context) => ..., by column.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
npm install --silent --no-fund --no-audit --prefix "$tmp" csv-parse@7.0.3 >npm.log

cat >masks.mjs <<'EOS'
import { parse } from 'csv-parse/sync';

const text = 'mask,us\n0x00000003,4.8\n0x0000000c,52\n0b11,7\nff,8\n';
for (const { mask, us } of parse(text, { columns: true, cast: true }))
	console.log(typeof mask, mask, us);
EOS
node masks.mjs >seen
cat >expected <<'EOS'
number 0 4.8
number 0 52
number 0 7
string ff 8
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
