#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# What other programs read: JSON of each command that prints it, by its schema; node_exporter's text files; HdrHistogram's
# distributions. Of a made-up run, and of this machine where a command is about that.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
handoff=$build/handoff
. tests/tap.sh
. tests/run.sh
python=/usr/bin/python3
mkdir -m 700 "$work/runtime"
export XDG_RUNTIME_DIR="$work/runtime"

# A label with all that is awkward in a string: bytes that are no UTF-8, too. What the page must do with it: tests/page.t.
label=$(printf '"a""b\\c\377\303\251"')
made_begin "$work/run"
made_cell op_p50_ns 5000 group=ipc mechanism=pipe variant=pair wait=block pattern=ping-pong msg_size_b=64 placement=same-pu \
	rtt_p99_ns=9000 arm="$label" flags=virtual+noisy histogram=ipc_pipe_pair_1.csv
made_cell throughput_mb_s 2000 group=ipc mechanism=pipe variant=pair wait=block pattern=stream msg_size_b=4096 placement=same-l3
made_cell op_p50_ns 1 group=ipc mechanism=udp variant=v4 wait=block pattern=ping-pong placement=same-pu status=failed
mkdir "$work/run/histograms" "$work/two"
printf 'block,lower_ns,upper_ns,count\n1,100,101,50\n1,200,201,40\n2,1000,1004,10\n' >"$work/run/histograms/ipc_pipe_pair_1.csv"
# A discarded run, behind those that count: its times are in a file of its own.
printf 'block,lower_ns,upper_ns,count\n6,900000,900001,70\n' >"$work/run/histograms/ipc_pipe_pair_1_discarded.csv"
sed -n '/ipc_pipe_pair_1.csv/s/,yes,ipc,/,no,ipc,/; s/ipc_pipe_pair_1.csv/ipc_pipe_pair_1_discarded.csv/p' \
	"$work/run/samples.csv" | tail -n 1 >"$work/discarded"
cat "$work/discarded" >>"$work/run/samples.csv"
ok 'a discarded run' [ "$(grep -ac ',no,ipc,.*_discarded.csv' "$work/discarded")" = 1 ]
sed 's/made-1/made-2/' "$work/run/samples.csv" >"$work/two/samples.csv"

# perl EXPRESSION: it holds for the JSON object $j in $work/out.
json() {
	perl -MJSON::PP -0777 -ne 'my $j = decode_json($_); exit !('"$1"');' "$work/out"
}

# valid COMMAND...: what it prints is as the schema says, that of the tree and one made anew.
valid() {
	"$@" >"$work/out" 2>"$work/err" || {
		cat "$work/err"
		return 1
	}
	$python tests/check-json docs/handoff.schema.json <"$work/out" && $python tests/check-json --strict "$work/schema" <"$work/out"
}

if $python -c 'import jsonschema' 2>/dev/null; then
	"$handoff" list --schema | tsv | scripts/dist/json-schema 2 >"$work/schema"
	for command in 'list' 'doctor' "report $work/run" "report $work/run $work/two" "compare $work/run $work/two" \
		'run pipe --runs=1 --duration=1ms'; do
		# shellcheck disable=SC2086 # words
		ok "handoff $command --json" valid "$handoff" $command --json
	done
	echo '{"schema": 2, "command": "list", "version": "", "rows": [{"waits": 1}]}' >"$work/bad"
	ok 'a field of another type is found' sh -c "! $python tests/check-json '$work/schema' <'$work/bad'"
else
	skip 'handoff ... --json' 'no python3-jsonschema'
fi
ok 'report --json' exits 0 '' "$handoff" report --json "$work/run"
# shellcheck disable=SC2016 # of perl
ok 'has the figures of summary.csv, as numbers, and leaves out what is empty' json \
	'$j->{schema} == 2 && 1 == grep { $_->{mechanism} eq "pipe" && $_->{msg_size_b} == 64 && $_->{median} == 5175
	&& $_->{p99_median} == 9000 && $_->{n} == 6 && !exists $_->{reason} } @{ $j->{rows} }'
# shellcheck disable=SC2016
ok 'texts are whole' json 'grep { ($_->{arm} // "") eq "a\"b\\c\x{fffd}\x{e9}" } @{ $j->{rows} }'
ok 'and writes nothing' [ "$(ls "$work/run")" = "$(printf 'charts\nhistograms\nsamples.csv')" ]
ok 'a pack is not read so' exits 64 'result directories' "$handoff" report --json x.tar.gz
ok 'nor with --out' exits 64 'without --out' "$handoff" report --json --out=x "$work/run"
ok 'a full disk' exits 74 'cannot write' sh -c "'$handoff' report --json '$work/run' >/dev/full"

ok 'node-exporter' exits 0 '' "$handoff" export --format=node-exporter --out="$work/handoff.prom" "$work/run"
ok 'prints nothing into a file' [ ! -s "$work/out" ]
ok 'and leaves nothing beside it' [ "$(ls "$work"/handoff.prom*)" = "$work/handoff.prom" ]
ok 'times are seconds' grep -aq '^handoff_median_seconds{.*metric="op_p50_ns"} 5.175e-06$' "$work/handoff.prom"
ok 'p99 too' grep -aq '^handoff_p99_seconds{.*} 9e-06$' "$work/handoff.prom"
ok 'payload is bytes' grep -aq '^handoff_median_bytes_per_second{.*placement="same-l3".*} 2.07e+09$' "$work/handoff.prom"
ok 'what is disturbed says so' grep -aq '^handoff_noisy{.*"} 1$' "$work/handoff.prom"
ok 'what failed has no sample' lacking 'udp' "$work/handoff.prom"
if $python -c 'import prometheus_client' 2>/dev/null; then
	cat >"$work/read.py" <<-'END'
		import sys
		from prometheus_client.parser import text_string_to_metric_families as parse
		text = open(sys.argv[1], "rb").read().decode("utf-8")
		names = [f.name for f in parse(text)]
		samples = [s for f in parse(text) for s in f.samples]
		keys = {(s.name, tuple(sorted(s.labels.items()))) for s in samples}
		assert len(names) == len(set(names)), "the samples of a metric are apart"
		assert len(keys) == len(samples) > 8, "two samples with the same labels"
		assert any(s.labels["arm"] == 'a"b\\c\ufffd\u00e9' for s in samples), "a label is not whole"
	END
	ok "Prometheus' own reader takes it" $python "$work/read.py" "$work/handoff.prom"
else
	skip "Prometheus' own reader takes it" 'no python3-prometheus-client'
fi
ln -s handoff.prom "$work/link"
ok 'where a link leads' exits 0 '' "$handoff" export --format=node-exporter --out="$work/link" "$work/run"
ok 'the link stays' [ -L "$work/link" ]
mkfifo "$work/fifo"
timeout 20 cat "$work/fifo" >"$work/through" 2>/dev/null &
ok 'into a pipe' exits 0 '' "$handoff" export --format=node-exporter --out="$work/fifo" "$work/run"
ok 'which stays' [ -p "$work/fifo" ]
[ -p "$work/fifo" ] && wait
ok 'and has it all' cmp "$work/through" "$work/handoff.prom"
mkdir "$work/both"
sed 1d "$work/two/samples.csv" | cat "$work/run/samples.csv" - >"$work/both/samples.csv"
ok 'two runs in one file' exits 0 '' "$handoff" export --format=node-exporter --out="$work/both.prom" "$work/both"
ok 'by their run_id' [ "$(grep -ac '^handoff_p99_seconds.*,run_id="made-[12]"' "$work/both.prom")" = 2 ]
# shellcheck disable=SC2016 # of awk
ok 'each has its own labels' awk '/^#/ { next } { sub(/ [^ ]*$/, "") } seen[$0]++ { bad = 1 } END { exit bad }' "$work/both.prom"
ok 'one run has no such label' lacking 'run_id=' "$work/handoff.prom"
ok 'to standard output' exits 0 '' "$handoff" export --format=node-exporter "$work/run"
ok 'the same' cmp "$work/out" "$work/handoff.prom"

# A distribution's lines as HdrHistogram's plotter takes them: four numbers, or a comment; the rest it passes over.
# shellcheck disable=SC2016 # of awk
hgrm='/^#/ || !NF || NR == 1 { next }
	NF == 3 { last++; next }
	NF != 4 || $2 < share || $3 < number || $1 < value || $4 !~ /^[0-9.]+$/ { print "wrong: " $0; bad = 1 }
	{ share = $2; number = $3; value = $1; n++ }
	END { exit bad || last != 1 || n < 10 }'
ok 'hgrm' exits 0 '' "$handoff" export --format=hgrm "$work/run"
ok 'names its directory' [ "$(cat "$work/out")" = "$work/run/hgrm" ]
file=$(echo "$work/run/hgrm"/*.hgrm)
ok 'one file, with the name of the configuration' \
	[ "$(basename "$file" | sed 's/^[^i]*//')" = ipc_pipe_pair_block_ping-pong_same-pu_64_B.hgrm ]
ok 'its lines are as they should be' awk "$hgrm" "$file"
ok 'the median, of values in us' grep -q '^ *0.100 0.500000000000 *50 *2.00$' "$file"
ok 'nine in ten' grep -q '^ *0.200 0.900000000000 *90 *10.00$' "$file"
ok 'the end' grep -q '^ *1.003 1.000000000000 *100$' "$file"
ok 'into another directory' exits 0 '' "$handoff" export --format=hgrm --out="$work/other" "$work/run"
ok 'the same file' cmp "$file" "$work/other/$(basename "$file")"
rm -r "$work/run/histograms" "$work/run/hgrm"
mkdir "$work/empty"
ok 'nothing for a directory' exits 66 'no times in histograms/' "$handoff" export --format=hgrm --out="$work/empty" "$work/run"
ok 'that was there: it stays' [ -d "$work/empty" ]
ok 'without histograms' exits 66 'no times in histograms/' "$handoff" export --format=hgrm "$work/run"
ok 'no directory is left' [ ! -e "$work/run/hgrm" ]
ok 'no format' exits 64 'needs --format' "$handoff" export "$work/run"
ok 'a wrong one' exits 64 'one of node-exporter hgrm' "$handoff" export --format=xml "$work/run"
ok 'no run' exits 64 'name one result directory' "$handoff" export --format=hgrm
ok 'one that is not there' exits 66 'No such file' "$handoff" export --format=node-exporter "$work/none"
ok 'no such place' exits 73 'cannot write' "$handoff" export --format=node-exporter --out="$work/none/x.prom" "$work/run"
ok 'a full disk' exits 74 'cannot write' sh -c "'$handoff' export --format=node-exporter '$work/run' >/dev/full"
echo "1..$n"
