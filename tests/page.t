#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# report.html, as far as it can be told without a browser: what it says is what summary.csv says, nothing in it is
# taken for markup or comes from elsewhere, and bad files are refused. `make test-page` looks at it in a browser.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
handoff=$build/handoff
. tests/tap.sh
. tests/run.sh

# part ID: the section of that name.
part() {
	awk -v id="$1" '$0 ~ "<section id=\"" id "\"" { inside = 1 } inside { print } /<\/section>/ { inside = 0 }' "$page"
}

# says ID TEXT: the section has the text.
says() {
	part "$1" | grep -Fq -- "$2" || {
		part "$1" | head -n 20
		return 1
	}
}

lacks() {
	! grep -Eq -- "$2" "$1" || {
		grep -En -- "$2" "$1" | cut -c 1-200 | head
		return 1
	}
}

# Every element that is opened is closed, and none overlaps another.
nested() {
	sed 's/<!--.*-->//' "$1" | awk '
		/<script>/ { script = 1 }
		/<\/script>/ { script = 0; next }
		/<style>/ { style = 1 }
		/<\/style>/ { style = 0; next }
		script || style { next }
		{ text = text $0 " " }
		END {
			while (match(text, /<[^>]*>/)) {
				tag = substr(text, RSTART + 1, RLENGTH - 2)
				text = substr(text, RSTART + RLENGTH)
				if (tag ~ /^!/ || tag ~ /\/$/) continue
				name = tag
				sub(/[ \t\n].*/, "", name)
				if (name ~ /^(meta|br|link|input|hr|img|wbr)$/) continue
				if (name !~ /^\//) { open[++depth] = name; continue }
				if (open[depth] != substr(name, 2)) { print "</" substr(name, 2) "> closes <" open[depth] ">"; exit 1 }
				depth--
			}
			if (depth) { print "open at the end: <" open[depth] ">"; exit 1 }
			if (text ~ /</) { print "a stray <"; exit 1 }
		}'
}

# Every figure in the sentences and in the table of choices stands in summary.csv as it is.
proved() {
	tr , '\n' <"$1/summary.csv" | sort -u >"$work/figures"
	for id in verdict choose; do part $id; done | grep -o '<data value="[^"]*"' | sed 's/.*"\(.*\)"/\1/' | sort -u >"$work/said"
	[ -s "$work/said" ] || return 1
	comm -23 "$work/said" "$work/figures" >"$work/unproved"
	cat "$work/unproved"
	[ ! -s "$work/unproved" ]
}

made_host='<script>alert(1)</script>&amp;'
made_begin "$work/run"
round_trip='group=ipc pattern=ping-pong msg_size_b=64'
# shellcheck disable=SC2086 # several words
{
	made_cell op_p50_ns 5000 $round_trip mechanism=pipe variant=pair wait=block placement=same-pu
	made_cell op_p50_ns 4000 $round_trip mechanism=fifo variant=pair wait=block placement=same-pu
	made_cell op_p50_ns 10 $round_trip mechanism=null variant=floor wait=none placement=same-pu
	made_cell op_p50_ns 45000 $round_trip mechanism=memfd variant=ring wait=spin placement=same-pu
	made_cell op_p50_ns 9000 $round_trip mechanism=pipe variant=pair wait=block placement=same-l3 flags=virtual+noise_unknown+traced \
		rtt_p99_ns=12420
	made_cell resp_p50_ns 9900 group=ipc pattern=paced msg_size_b=64 every_ns=100000 mechanism=pipe variant=pair wait=block placement=same-l3
	made_cell op_p50_ns 7000 $round_trip mechanism=udp variant=v4 wait=block placement=same-pu
	made_cell op_p50_ns 4500 $round_trip mechanism=pipe variant=pair wait=block placement=free same_cpu_share=0.972
	made_cell op_p50_ns 2000 $round_trip mechanism=unix_stream variant=socketpair wait=poll placement=same-l3 slept_share=0.03
	made_cell op_p50_ns 14000 $round_trip mechanism=udp variant=v4 wait=block placement=same-l3
	made_cell op_p50_ns 300 $round_trip mechanism=memfd variant=ring wait=spin placement=same-l3
	made_cell op_p50_ns 302 $round_trip mechanism=mmap_anon variant=ring wait=spin placement=same-l3 flags=virtual+noisy
	made_cell op_p50_ns 90 $round_trip mechanism=memfd variant=ring wait=spin placement=same-l3 pairs=2
	made_cell op_p50_ns 15000 $round_trip mechanism=udp variant=v4 wait=block placement=same-l3 msg_size_b=1024 flags=virtual+noisy
	made_cell op_p50_ns 5000 $round_trip mechanism=pipe variant=pair wait=block placement=same-pu msg_size_b=1024
	made_cell op_p50_ns 5010 $round_trip mechanism=memfd variant=ring wait=spin placement=same-pu msg_size_b=1024
}
made_cell throughput_mb_s 900 group=ipc pattern=stream mechanism=pipe variant=pair wait=block placement=same-l3 msg_size_b=65536
made_cell throughput_mb_s 2500 group=ipc pattern=stream mechanism=memfd variant=ring wait=spin placement=same-l3 msg_size_b=65536
made_cell op_p50_ns 120 group=sync experiment=handoff mechanism=cache_line variant=load_store wait=spin placement=same-l3
made_cell op_p50_ns 100 group=sync experiment=handoff mechanism=cache_line variant=compare_exchange wait=spin placement=same-l3
made_cell op_p50_ns 130 group=sync experiment=handoff mechanism=cache_line variant=load_store wait=spin placement=other-package
made_cell op_p50_ns 65 group=sync experiment=handoff mechanism=low variant=far wait=spin placement=other-package
made_cell op_p50_ns 60 group=sync experiment=handoff mechanism=low variant=sleeps placement=other-package
made_cell op_p50_ns 99 group=sync experiment=handoff mechanism=low variant=near wait=spin placement=same-l3
made_cell op_p50_ns 6000 group=sync experiment=handoff mechanism=futex variant=wait_wake placement=same-l3
made_cell op_p50_ns 17 group=sync experiment=uncontended mechanism=mutex variant=normal
made_cell op_p50_ns 5 group=sync experiment=uncontended mechanism=spin_tas variant=exchange wait=spin
made_cell op_p50_ns 1 group=sync experiment=uncontended mechanism=null variant=lock
made_cell jain 0.5 group=sync experiment=contended mechanism=spin_tas variant=exchange wait=spin threads=2 think_ns=200 \
	endpoints=thread ops_per_s=7000000
made_cell jain 0.9 group=sync experiment=contended mechanism=mutex variant=normal threads=2 think_ns=200 endpoints=thread \
	ops_per_s=3000000
made_cell none 0 group=ipc mechanism=vsock variant=loopback pattern=ping-pong status=skipped n_ops= time_utc= host= \
	'reason=</td><img src=x> & none'
mkdir "$work/run/settings"
printf 'a=1\nb=<i>x</i>\n' >"$work/run/settings/before.txt"
{
	echo 'topic,level,finding,why,command'
	echo 'governor,warning,powersave,it moves,cpupower frequency-set'
	echo 'thp,ok,madvise,"pages, small and large; both",'
} >"$work/run/doctor.csv"
page=$work/run/report.html

ok 'a page is written' exits 0 '' "$handoff" report "$work/run"
ok 'prose keeps its commas' grep -q '<td>pages, small and large; both</td>' "$page"
ok 'it says what the counters could not' grep -q 'Of 6 runs it is not known whether they were disturbed' "$page"
ok 'and that a debugger was attached' grep -q 'In 6 runs a debugger or strace was attached' "$page"
ok 'no placeholder is left in it' lacks "$page" '\{\{'
ok 'its elements are closed' nested "$page"
for id in verdict distrust choose latency sizes tails locks noise doctor method settings figures missing reproduce; do
	ok "it has the section $id" grep -q "<section id=\"$id\"" "$page"
done
ok 'each chart is in it' [ "$(grep -c '<figure id="chart-' "$page")" = "$(find "$work/run/charts" -name '*.svg' | wc -l)" ]
for section in $("$handoff" list --charts | sed '1d; s/^[^,]*,//; s/,.*//' | sort -u); do
	ok "the template has a place for the charts of $section" grep -q "^{{charts:$section}}\$" scripts/report.html
done
ok 'with its question as alternative text' grep -q '<title id="round_trip-title">How long does a round trip' "$page"
ok 'identifiers are unique' [ -z "$(grep -o " id=[\"'][^\"']*" "$page" | sort | uniq -d)" ]

# What a round trip is made of.
ok 'nothing is taken apart by a bare futex alone' lacks "$page" 'id="made_of"'
made_begin "$work/parts"
# shellcheck disable=SC2086 # several words
{
	trip='group=ipc pattern=ping-pong wait=block'
	made_cell op_p50_ns 100 $trip mechanism=syscall variant=getppid wait=none placement=same-l3
	made_cell op_p50_ns 5000 $trip mechanism=futex variant=pair placement=same-pu
	made_cell op_p50_ns 12000 $trip mechanism=futex variant=pair placement=same-l3
	made_cell op_p50_ns 7000 $trip mechanism=futex variant=pair placement=same-l3 load=same load_sched=idle
	made_cell op_p50_ns 13000 $trip mechanism=pipe variant=pair placement=same-l3 msg_size_b=64 syscalls_per_op=4
	made_cell op_p50_ns 13000 $trip mechanism=posix_shm variant=ring wait=futex placement=same-l3 msg_size_b=64
	made_cell op_p50_ns 9000 $trip mechanism=sysv_msg variant=pair placement=same-l3 msg_size_b=64 syscalls_per_op=4
}
"$handoff" report "$work/parts" >"$work/words" 2>&1
page=$work/parts/report.html
ok 'a sentence for each mechanism' says made_of 'pipe:pair block ping-pong 64 B</code>: of 13.5 µs between two cores (L3) 0.4 are system calls, 4.8 wake-up and switch, 2.1 the way to another CPU, 5.2 its way out of idle and 1.0 the rest: profiles that keep CPUs awake can help, cheaper system calls cannot.'
ok 'calls that are not known' says made_of '5.2 wake-up and switch, 2.1 the way to another CPU, 5.2 its way out of idle and 1.0 the rest (how many system calls depends on which side sleeps): profiles'
ok 'parts that are more than the whole' says made_of 'and -3.1 the rest (the parts are more than the whole): profiles'
ok 'a table with intervals' says made_of '<td class=n data-v="5175.000">5.17 µs<br><small>'
ok 'the fastest at the end of a report' grep -q '^sysv_msg:pair block: of 9.3 us between two cores (L3) 0.4 are system calls, ' "$work/words"
ok 'breakdown.csv is as the schema says' tests/read-csv "breakdown.csv:$work/parts/breakdown.csv"
ok 'and is named on the page' says reproduce '<a href="breakdown.csv">'
ok 'JSON has the same' [ "$("$handoff" report --json "$work/parts" | grep -c '"part": "idle".*"part_ns": 5175.000')" = 4 ]
made_begin "$work/no_control"
# shellcheck disable=SC2086 # several words
{
	made_cell op_p50_ns 5000 $trip mechanism=futex variant=pair placement=same-pu
	made_cell op_p50_ns 12000 $trip mechanism=futex variant=pair placement=same-l3
	made_cell op_p50_ns 90000 $trip mechanism=futex variant=pair placement=same-l3 load=same load_sched=idle
	made_cell op_p50_ns 13000 $trip mechanism=pipe variant=pair placement=same-l3 msg_size_b=64 syscalls_per_op=4
}
"$handoff" report "$work/no_control" >"$work/words" 2>&1
page=$work/no_control/report.html
ok 'a process that keeps CPUs awake and makes it slower' says made_of '7.2 the way to another, idle CPU and 1.0 the rest (how many system calls depends on which side sleeps) (beside a process that keeps the CPUs awake it was slower): profiles that keep CPUs awake may help'
# Where longer runs say something else, the page says so first.
made_begin "$work/unsettled"
for name in pipe fifo eventfd tcp; do
	made_cell op_p50_ns 12000 group=ipc pattern=ping-pong wait=block mechanism=$name variant=pair placement=same-l3 msg_size_b=64 later_ratio=1.25
done
"$handoff" report "$work/unsettled" >"$work/words" 2>&1
page=$work/unsettled/report.html
unsettled='round trips between two CPUs whose sides sleep took 1.25 (1.25 to 1.25) times as long in the second half of a run: longer runs give larger figures'
ok 'a machine that has not settled' says distrust "<li>The machine had <b>not settled</b>: $unsettled.</li>"
ok 'at the end of a report' [ "$(tr '\n' ' ' <"$work/words" | tr -s ' ' | grep -cF "not settled: $unsettled")" = 1 ]
page=$work/run/report.html

ok 'the fastest on one CPU' says verdict '<tr><td>64 B, one CPU</td><td><code>fifo:pair block</code></td>'
ok 'what cannot be told apart has no winner, and is not of concurrent pairs' says verdict \
	'<td>64 B, two cores (L3), may spin</td><td><code>memfd:ring spin</code> or <code>mmap_anon:ring spin</code>: cannot be told apart</td>'
ok 'the interval is of the best of them, all at once' says verdict '<td class=n>302 to 321 ns</td>'
ok 'the fastest that sleeps, which poll() that spins does not' says verdict '<td>64 B, two cores (L3), both sleep</td><td><code>pipe:pair block</code></td>'
ok 'median, interval, p99 and runs' says verdict \
	'<b><data value="9315.000">9.31 µs</data></b></td><td class=n>9.09 to 9.54 µs</td><td class=n><data value="12420.000">12.4 µs</data></td><td class=n>6</td>'
ok 'a larger message' says verdict '<td>1 KiB, two cores (L3), both sleep</td><td><code>udp:v4 block</code></td>'
ok 'a schedule, with its tail' says verdict '<td>64 B every 100 us, both sleep</td><td><code>pipe:pair block</code></td>'
ok 'the mark of a noisy answer' says verdict '<td class=n>6</td><td>noisy</td>'
ok 'the same mark where it is chosen from' says choose '</small> noisy'
ok 'a sleeper where it is faster than all that spin' says choose \
	'<code>fifo:pair block</code><br><b><data value="4140.000">4.14 µs</data></b> <small>4.04 to 4.24 µs</small><br><small>sleeping is faster here</small>'
ok 'or as fast' says choose 'cannot be told apart<br><b><data value="5175.000">5.17 µs</data></b> <small>5.04 to 5.32 µs</small><br><small>sleeping is as fast here</small>'
ok 'or where nothing that spins was measured' says choose 'nothing that spins was measured here'
ok 'sizes in KiB' says choose '<td class=n data-v="1024">1 KiB</td>'
ok 'bulk: more is better' says verdict '<td>payload one way, 64 KiB</td><td><code>memfd:ring spin</code></td>'
ok 'the cheapest lock, which is not the floor' says verdict '<td>lock that nobody else wants</td><td><code>spin_tas:exchange spin</code></td>'
ok 'the fairest lock' says verdict '<td>most even lock, 2 threads</td><td><code>mutex:normal think 200 ns</code></td>'
ok 'the floors stand below' says verdict '<td>floor: both spin</td><td><code>cache_line:compare_exchange spin</code></td>'
ok 'what a larger message costs' says sizes '<tr><td>udp:v4 block</td><td class=n>14.5 µs</td><td class=n>15.5 µs</td></tr>'
ok 'how long the slowest take' says tails '<tr><td>pipe:pair block</td><td>two cores (L3)</td><td class=n>9.31 µs</td><td class=n>12.4 µs</td><td class=n>1.3 ×</td>'
# The terminal has the same answers, from the same code.
"$handoff" report "$work/run" >"$work/words" 2>/dev/null
told() { grep -q -- "$1" "$work/words" || { cat "$work/words"; return 1; }; }
ok 'the terminal: the same answer' told '^64 B, two cores (L3), both sleep  *9.31 us  *9.09 to 9.54 us  *12.4 us  pipe:pair block$'
ok 'the terminal: the same ties' told '^64 B, two cores (L3), may spin .* memfd:ring spin or mmap_anon:ring spin$'
ok 'the terminal: all disturbed runs' told '^[0-9]* runs with figures, 12 of them disturbed; 0 failed$'
ok 'the terminal: what the doctor warns of, and where the page is' told '^doctor warns of: governor; handoff doctor says why$'
ok 'the terminal: where the page is' told "^page: $work/run/report.html$"
ok 'the terminal: the directory is last' [ "$(tail -n 1 "$work/words")" = "$work/run" ]
ok 'the terminal: at most 120 columns' [ "$(awk 'length > 120 && !/^page/' "$work/words" | wc -l)" = 0 ]
ok 'no figure in a sentence that is not in summary.csv' proved "$work/run"
ok 'multiples of the floor of spinners, which is the fastest variant' says latency '3.0 ×'
ok 'the floor by its name' says latency '<td>sync/cache_line:compare_exchange spin handoff</td><td class=n data-v="3.000">'
ok 'what is clearly faster than all that was measured as floor is the floor' says latency \
	'<code>sync/low:far spin handoff other-package</code> is the floor: it is faster than every variant of <code>cache_line</code>.'
ok 'and the others are multiples of it' says latency '<td>sync/low:far spin handoff</td><td class=n data-v="2.000">'
ok 'what the intervals do not tell from it is counted' says latency '1 of 11 have a median below their floor, but the intervals overlap'
ok 'and of sleepers' says latency '1.5 ×'
ok 'a mode that sleeps and spins all the same' says figures ' spins: slept in 3 % of its waits'
ok 'for how long unpinned sides were on one CPU' says figures ' on one CPU 97 % of the time'
ok 'what to distrust: noise' says distrust '<b>2 of 32</b> configurations are <b>noisy</b>'
ok 'and what the doctor warns of' says distrust '<b>governor</b>: powersave'

ok 'nothing of a CSV file becomes markup' lacks "$page" '<script>alert|<img|<i>x'
ok 'it is there as text' grep -q '&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;' "$page"
ok 'a reason too' says missing '&lt;/td&gt;&lt;img src=x&gt; &amp; none'
ok 'a setting too' says settings 'b=&lt;i&gt;x&lt;/i&gt;'
ok 'nothing comes from elsewhere' lacks "$page" '(src|href|action)=["'"'"']?(https?:)?//|url\(["'"'"']?(https?:|//)|@import|https?://'

# Block 7 has one row of a cell; in block 3 all round trips took twice as long.
mkdir "$work/drift"
awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
	NR > 1 && $at["op_p50_ns"] != "" && $at["block"] == 3 { $at["op_p50_ns"] *= 2 }
	{ print }
	NR == 2 { $at["block"] = 7; $at["op_p50_ns"] *= 9; late = $0 }
	END { print late }' "$work/run/samples.csv" >"$work/drift/samples.csv"
page=$work/drift/report.html
ok 'a run whose last block has one row' exits 0 '' "$handoff" report "$work/drift"
ok 'drift is told from the first to the last of the large blocks' says noise 'From block 1 to block 6 the times'
ok 'and between which two it was largest' says noise \
	'The farthest apart are block 1 (began 2026-01-02T03:04:05Z) and block 3 (began 2026-01-02T03:04:05Z), which was slower by 104.0 %.'
page=$work/run/report.html

# Three locks, of which two have intervals that overlap, and medians that differ in the fourth decimal.
made_begin "$work/even"
lock='group=sync experiment=contended variant=normal threads=2 think_ns=200 endpoints=thread'
# shellcheck disable=SC2086 # several words
{
	made_cell jain 0.9 $lock mechanism=mutex
	made_cell jain 0.901 $lock mechanism=rwlock
	made_cell jain 0.5 $lock mechanism=sem_posix
}
page=$work/even/report.html
ok 'locks that share evenly' exits 0 '' "$handoff" report "$work/even"
ok 'none of those that cannot be told apart is the winner' says verdict \
	'<td>most even lock, 2 threads</td><td><code>rwlock:normal think 200 ns</code> or <code>mutex:normal think 200 ns</code>: cannot be told apart</td>'
ok 'ratios have six decimals' grep -q ',jain,6,0,0.931500,' "$work/even/summary.csv"
ok 'in sentences as well' proved "$work/even"
page=$work/run/report.html

# Seven that are alike: all names are there, though the line has four.
made_begin "$work/alike"
for variant in a b c d e f g; do
	made_cell op_p50_ns 5000 group=ipc mechanism=pipe "variant=$variant" wait=block pattern=ping-pong msg_size_b=64 placement=same-l3
done
page=$work/alike/report.html
ok 'seven that are alike' exits 0 '' "$handoff" report "$work/alike"
ok 'four are named, the others are in a fold' says verdict 'or 3 more: cannot be told apart<details class=more><summary>the 3 more</summary>pipe:'
ok 'so that all are named' [ "$(part verdict | grep '64 B, two cores (L3), may spin' | grep -o 'pipe:[a-g] block' | sort -u | wc -l)" = 7 ]
ok 'its elements are closed' nested "$page"
page=$work/run/report.html

cp "$page" "$work/before"
ok 'the same page again' exits 0 '' "$handoff" report "$work/run"
ok 'to the byte' cmp "$page" "$work/before"

made_begin "$work/none"
ok 'a run without rows' exits 0 '' "$handoff" report "$work/none"
page=$work/none/report.html
ok 'has a page that says so' says empty 'nothing to say of this machine'
ok 'which is closed as well' nested "$page"
ok 'and has no verdict' lacks "$page" 'section id="verdict"'
made_cell none 0 group=ipc mechanism=vsock variant=loopback pattern=ping-pong status=skipped reason=forbidden n_ops= time_utc=
ok 'a run of skipped rows alone' exits 0 '' "$handoff" report "$work/none"
ok 'says that, and why' says missing forbidden

cp "$work/run/doctor.csv" "$work/doctor"
echo 'governor,warning,"half' >>"$work/run/doctor.csv"
ok 'a quote that never ends: file, line, column' exits 65 'doctor.csv:4:[0-9]*: a quote' "$handoff" report "$work/run"
echo 'governor,warning' >"$work/rows"
cat "$work/doctor" "$work/rows" >"$work/run/doctor.csv"
ok 'a line that is short: what is wrong with it' exits 65 'doctor.csv:4:1: 2 fields where the header has 5' \
	"$handoff" report "$work/run"
mv "$work/doctor" "$work/run/doctor.csv"
sed -i '2s/^2,/3,/' "$work/run/samples.csv"
ok 'a newer schema is refused with its version' exits 65 'samples.csv:2:1: schema 3 is newer' "$handoff" report "$work/run"
sed -i '2s/^3,/2,/; 3s/,5100.000,/,5100.x,/' "$work/run/samples.csv"
ok 'a wrong number: file, line, column, what was expected' exits 65 \
	'samples.csv:3:[0-9]*: column op_p50_ns: expected a decimal number, found "5100.x"' "$handoff" report "$work/run"
sed -i '3s/,5100.x,/,5100.000,/' "$work/run/samples.csv"

# Histograms, of which the percentiles are made.
cp -r "$work/run" "$work/tails"
mkdir "$work/tails/histograms"
awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "histogram") at = i } NR > 1 { $at = "one.csv" } { print }' \
	"$work/run/samples.csv" >"$work/tails/samples.csv"
printf 'block,lower_ns,upper_ns,count\n1,100,200,5\n1,200,150,5\n' >"$work/tails/histograms/one.csv"
ok 'a histogram whose bucket ends before it begins: file, line, column' exits 65 \
	'one.csv:3:1: expected block,lower_ns,upper_ns,count with lower_ns below upper_ns and a count, found "1,200,150,5"' \
	"$handoff" report "$work/tails"
sed -i '3s/.*/1,2o0,250,5/' "$work/tails/histograms/one.csv"
ok 'or one with a letter' exits 65 'one.csv:3:4: expected block' "$handoff" report "$work/tails"
printf 'block,lower_ns,upper_ns,count\n1,100,200,5\n1,200,2' >"$work/tails/histograms/one.csv"
ok 'a last line that was cut off does not count' exits 0 '' "$handoff" report "$work/tails"

sed 's/made-1/made-2/' "$work/run/samples.csv" >"$work/samples2"
mkdir -p "$work/two/settings"
awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR > 1 && $at["op_p50_ns"] != "" { $at["op_p50_ns"] = 2 * $at["op_p50_ns"] } { print }' \
	"$work/samples2" >"$work/two/samples.csv"
printf 'a=2\n' >"$work/two/settings/before.txt"
ok 'two runs' exits 0 '' "$handoff" report --out="$work/both" "$work/run" "$work/two"
page=$work/both/report.html
ok 'the comparison stands first, then what differed, then the charts' \
	[ "$(grep -o '<section id="[a-z]*"' "$page" | head -n 3 | cut -d '"' -f 2 | tr '\n' ' ')" = 'compare differences ratios ' ]
ok 'ratios of the two' says compare '2.000'
ok 'that they were not interleaved is said' says compare 'made one after the other'
ok 'the setting that differs' says differences '<td>a</td><td>1</td><td>2</td>'
ok 'a verdict for each run' [ "$(part verdict | grep -c '<h3>made-')" = 2 ]
ok 'its elements are closed' nested "$page"
ok 'and every figure is in summary.csv' proved "$work/both"
echo nonsense >>"$work/two/settings/before.txt"
ok 'settings that were edited' exits 0 '' "$handoff" report --out="$work/edited" "$work/run" "$work/two"
page=$work/edited/report.html
ok 'are not compared, which is said' says differences 'two/settings/before.txt</code>: a line is not a key'
echo "1..$n"
