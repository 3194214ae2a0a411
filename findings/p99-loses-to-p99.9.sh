#!/bin/sh
# SPDX-License-Identifier: MIT
# Miller 6.6.0 (Debian miller 6.6.0-2+b3) and csvtojson 2.0.14 (npm), CSV to JSON.
#
# Expected: a CSV file with the columns p50, p99 and p99.9 becomes an object with three numbers.
# What happens: the value of p99 is gone. Miller nests p99.9 as field 9 of p99; csvtojson makes p99 an array of ten places.
# No message, exit status 0. With the columns in the other order csvtojson loses p99.9 instead.
# Why: both take a full stop in a column's name for nesting. Miller's page "Flatten/unflatten" says so of every
# conversion from a flat format to JSON; csvtojson's readme says it under "Nested JSON structure".
# Who is hit: everyone whose summary has the usual percentile columns and who turns it into JSON for a web page or jq.
# Remedy: mlr --no-auto-unflatten, csvtojson with flatKeys, or names without a full stop.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download miller=6.6.0-2+b3
dpkg-deb -x miller_*.deb root
npm install --silent --no-fund --no-audit --prefix "$tmp" csvtojson@2.0.14 >npm.log

printf 'p50,p99,p99.9\n10,20,30\n' >a.csv
printf 'p50,p99.9,p99\n10,30,20\n' >b.csv
cat >to-json.js <<'EOF'
const csv = require('csvtojson');
csv().fromFile(process.argv[2]).then(rows => console.log(JSON.stringify(rows[0])));
EOF
{
	echo "mlr: $(root/usr/bin/mlr --icsv --ojsonl cat a.csv)"
	echo "mlr --no-auto-unflatten: $(root/usr/bin/mlr --icsv --ojsonl --no-auto-unflatten cat a.csv)"
	echo "csvtojson: $(node to-json.js a.csv)"
	echo "csvtojson, other order: $(node to-json.js b.csv)"
} >seen
cat >expected <<'EOF'
mlr: {"p50": 10, "p99": {"9": 30}}
mlr --no-auto-unflatten: {"p50": 10, "p99": 20, "p99.9": 30}
csvtojson: {"p50":"10","p99":[null,null,null,null,null,null,null,null,null,"30"]}
csvtojson, other order: {"p50":"10","p99":"20"}
EOF
sed 's/^/seen: /' seen
diff expected seen
echo ok
