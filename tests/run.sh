# SPDX-License-Identifier: MIT
# A made-up run, whose figures are known, and which configurations a file speaks of; sourced by tests.
# shellcheck shell=sh

# made_begin DIR: an empty run with the header of samples.csv.
made_begin() {
	made=$1
	mkdir -p "$made/charts"
	"$build/ipc_null" --iterations=100 2>/dev/null | head -n 1 >"$made/samples.csv"
}

# made_cell METRIC VALUE COLUMN=VALUE...: six invocations of a cell; METRIC of the i-th is VALUE times 1 + i/100.
made_cell() {
	metric=$1
	value=$2
	shift 2
	header=$(head -n 1 "$made/samples.csv")
	printf '%s\n' schema=2 run_id=made-1 seed=7 arm=as-is status=ok used=yes options= n_ops=1000 \
		duration_ns=50000000 clock=counter clock_cost_ns=20.000 clock_tick_ns=1.000 time_utc=2026-01-02T03:04:05Z \
		"host=${made_host:-maker}" kernel=6.1.0 version=0.1 compiler=gcc cflags=-O2 "$@" |
		awk -F= -v metric="$metric" -v value="$value" -v header="$header" '
			{ name = $1; sub(/^[^=]*=/, ""); given[name] = $0 }
			END {
				if (!("endpoints" in given)) given["endpoints"] = given["group"] == "sync" ? "thread" : "process"
				n = split(header, columns, ",")
				for (i = 1; i <= 6; i++) {
					given["block"] = i
					if (given["status"] == "ok") given[metric] = sprintf("%.3f", value * (1 + i / 100))
					for (c = 1; c <= n; c++) printf "%s%s", given[columns[c]], c < n ? "," : "\n"
				}
			}' >>"$made/samples.csv"
}

# identities FILE: run, arm, group, name, metric and every parameter of each row.
identities() {
	tsv "$1" | awk -F '\t' -v names="run_id arm group mechanism variant metric $(sed -n 's/^PARAMETER(\([a-z_]*\),.*/\1/p' bench/record/cell.def | tr '\n' ' ')" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; n = split(names, name, " "); next }
		{ for (i = 1; i <= n; i++) printf "%s,", name[i] in at ? $at[name[i]] : ""; print "" }'
}

# ran FILE: group, name, metric and parameters of each configuration with figures in samples.csv; CPUs are none of them.
ran() {
	tsv "$1" | awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		NR > 1 { $at["cpus"] = $at["reason"] = "" } NR == 1 || $at["status"] == "ok" && $at["used"] != "no"' OFS=, >"$work/ran.csv"
	identities "$work/ran.csv" | cut -d , -f 3-5,7- | sort -u
}

# fake_begin DIR: a copy of handoff beside which microbenchmarks are made up.
fake_begin() {
	fakes=$1
	mkdir -p "$fakes"
	cp "$build/handoff" "$fakes"
}

# fake_bench PROGRAM [OPTION]...: one of these. It prints the row of the real one, changed by the perl code on stdin: %row; $nth, the how
# many-th run it is, from 1; %option, by name; and $times, the buckets "lower,upper,count\n" of its histogram.
fake_bench() {
	fake_of=$1
	fake=$fakes/$1
	shift
	"$build/$fake_of" "$@" --iterations=100 2>/dev/null | sed -n '1,2p' >"$fake.csv"
	{
		cat <<'END'
#!/usr/bin/perl
use strict;
use warnings;
my (%row, %option, $times);
open(my $in, '<', "$0.csv") or die;
chomp(my $header = <$in>);
chomp(my $line = <$in>);
my @columns = split /,/, $header, -1;
@row{@columns} = split /,/, $line, -1;
%option = map { /^--([a-z-]+)=(.*)$/ ? ($1 => $2) : () } @ARGV;
@row{qw(status used flags reason steal_ns foreign_cpu_ns run_delay_ns stood_ns major_faults throttled_ns)} = ('ok', 'yes', ('') x 3, (0) x 5);
open(my $count, '>>', "$0.n") or die;
syswrite $count, 'x';
my $nth = -s $count;
END
		cat
		cat <<'END'
print "$header\n", join(',', @row{@columns}), "\n";
if (defined $times && $option{histogram}) {
	my $key = join ',', @row{qw(mechanism variant wait placement)}, $row{pattern} || $row{experiment};
	open(my $out, '>>', $option{histogram}) or die;
	print $out "mechanism,variant,wait,placement,kind,lower_ns,upper_ns,count\n", map { "$key,$_\n" } split /\n/, $times;
}
END
	} >"$fake"
	chmod +x "$fake"
	rm -f "$fake.n"
}

# none FILE AWK: passes when no row of FILE makes the awk program print a word, and there is a row.
none() {
	awk -F, '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		function get(name) { return $at[name] }
		'"$2"'
		END { if (NR < 2) print "no row" }' "$1" >"$work/words" 2>&1
	cat "$work/words"
	! [ -s "$work/words" ]
}
