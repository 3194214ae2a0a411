#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# CSV between handoff and a reader and writer that is not ours. The files of a run: tests/sweep.t and tests/resume.t.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
build=$(cd "${BUILD:-build}" && pwd) || exit 1
handoff=$build/handoff

# reads KIND COMMAND...: what the command prints is a file of that kind.
reads() {
	kind=$1
	shift
	"$@" >"$work/printed.csv" 2>"$work/err" || {
		cat "$work/err"
		return 1
	}
	tests/read-csv "$kind:$work/printed.csv"
}

# run NAME: one with a cell of each room, 12 invocations.
run() {
	mkdir "$work/$1"
	{
		"$build/ipc_pipe" --placement=same-pu --iterations=300 --repeat=12
		"$build/sync_null" --variant=op --iterations=1000 --no-header --repeat=12
	} | awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		NR > 1 { $at["block"] = ++blocks[$at["mechanism"]] } { print }' >"$work/$1/samples.csv"
}

ok 'a microbenchmark of IPC' reads samples.csv "$build/ipc_pipe" --iterations=300 --repeat=2
ok 'one with skipped rows' reads samples.csv "$build/ipc_io_uring" --iterations=300 --placement=same-pu
ok 'one of synchronization' reads samples.csv "$build/sync_mutex" --experiment=contended --duration=100ms
ok 'queues' reads samples.csv "$build/sync_queue_mutex" --experiment=queue --duration=100ms
ok 'the list' reads 'handoff list --csv' "$handoff" list --csv
ok 'names hold no comma or quote: the key of --histogram needs none' [ "$(tsv "$work/printed.csv" | cut -f 1-4 | sed 1d |
	grep -Evc '^[a-z0-9_+	-]+$')" = 0 ]
ok 'the schema' reads 'handoff list --schema' "$handoff" list --schema
ok 'a reason is known by its name' [ "$(tsv "$work/printed.csv" | grep -c '^handoff list --csv	reason	text		why it cannot run here$')" = 1 ]
ok 'the doctor' reads doctor.csv "$handoff" doctor --csv

# prose COMMAND COLUMN: what a column of its CSV says is what its JSON says, and a comma is in it. Figures of a busy
# machine differ from call to call: of the doctor why it asks, and not what it finds.
prose() {
	"$handoff" "$1" --csv | tsv | awk -F '\t' -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next }
		$at != "" { print $at }' | sort -u >"$work/of-csv"
	"$handoff" "$1" --json | perl -ne 'while (/"'"$2"'": "((?:[^"\\]|\\.)*)"/g) { my $t = $1; $t =~ s/\\(.)/$1/g; print "$t\n" }' |
		sort -u >"$work/of-json"
	diff "$work/of-csv" "$work/of-json" && grep -q ', ' "$work/of-csv"
}
ok 'the prose of the doctor keeps its commas' prose doctor why
ok 'and that of the list' prose list summary
run one
run two
ok 'a comparison' reads compare.csv "$handoff" compare --csv "$work/one" "$work/two"
ok 'it has rows' [ "$(wc -l <"$work/printed.csv")" -gt 2 ]
if [ "$(nproc)" -gt 1 ]; then
	ok 'a matrix' reads matrix.csv "$handoff" matrix --budget=1s --out=-
else
	skip 'a matrix' 'needs two PUs'
fi

# The other way round: another program writes each field in quotes, one of them with all that needs quotes.
cat >"$work/quote" <<'END'
use strict;
use warnings;
use Text::CSV;
my ($text) = @ARGV;
my $csv = Text::CSV->new({ binary => 1, eol => "\n", always_quote => 1 });
my $header = $csv->getline(*STDIN);
my ($i) = grep { $header->[$_] eq 'options' } 0 .. $#$header;
$csv->print(*STDOUT, $header);
while (my $row = $csv->getline(*STDIN)) {
	$row->[$i] = $text if $text ne '';
	$csv->print(*STDOUT, $row);
}
END
# quoted NAME TEXT: run one as that program writes it, with TEXT for the column options.
quoted() {
	mkdir "$work/$1"
	perl "$work/quote" "$2" <"$work/one/samples.csv" >"$work/$1/samples.csv"
	"$handoff" report "$work/$1"
}
ok 'the summary of a run' "$handoff" report "$work/one"
ok 'the same run with quotes' quoted quotes ''
ok 'has the same summary' cmp "$work/one/summary.csv" "$work/quotes/summary.csv"
ok 'a comma, quotes and a newline in a field' quoted odd 'a,"b"
c'
ok 'the summary is as the schema says' tests/read-csv "summary.csv:$work/odd/summary.csv"
ok 'the comma and the quotes are there, the newline is not' [ "$(values "$work/odd/summary.csv" options | head -n 1)" = 'a,"b"_c' ]
ok 'and has the same figures' [ "$(values "$work/odd/summary.csv" median)" = "$(values "$work/one/summary.csv" median)" ]

# The reader itself: what is wrong does not pass.
refused() {
	! tests/read-csv "summary.csv:$work/wrong.csv" 2>"$work/err" && grep -q "$1" "$work/err"
}
sed '2s/$/,1/' "$work/one/summary.csv" >"$work/wrong.csv"
ok 'a field too many' refused 'row 1: .* fields, not '
sed '1s/median/mean/' "$work/one/summary.csv" >"$work/wrong.csv"
ok 'another header' refused 'header: '
sed '2s/\.[0-9][0-9][0-9],/.1,/' "$work/one/summary.csv" >"$work/wrong.csv"
ok 'a number that is not of its type' refused 'is no decimal'
printf '%s' "$(cat "$work/one/summary.csv")" >"$work/wrong.csv"
ok 'a last line without an end' refused 'no newline at the end'
sed '2s/,/,"/' "$work/one/summary.csv" >"$work/wrong.csv"
ok 'a quote that is never closed' refused 'behind row 0: '
echo "1..$n"
