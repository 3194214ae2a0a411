#!/bin/sh
# SPDX-License-Identifier: MIT
# class: settings
# handoff profiles and restore: what is refused; a comparison from beginning to end; settings put back, also after SIGKILL.
# shellcheck disable=SC2086,SC2317 # words; functions are called by name, through ok
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
. tests/tap.sh
. tests/run.sh
handoff=$build/handoff
XDG_STATE_HOME=$work/state
export XDG_STATE_HOME
setting=/proc/sys/vm/swappiness
undrawn='env PATH=/nowhere' # a comparison whose charts nobody looks at

profiles() {
	"$handoff" profiles --only='sync/null:op' --settle=0 --duration=1ms "$@"
}

ok 'no arm' exits 64 'name the profiles' profiles
ok 'no such kind' exits 64 'takes none, knobs:NAME, tuned' profiles magic
ok 'no such file' exits 64 'nothing.knobs: No such file' profiles knobs:nothing
ok 'an arm twice' exits 64 'named twice' profiles none
ok 'no such option' exits 64 'no such option' profiles --fast none
ok 'no cells' exits 64 '--cells=0: not valid' profiles --cells=0 none
ok 'too few rounds to ask for' exits 64 'from 6 to' profiles --rounds=5 knobs:no-thp
ok 'too few rounds for a verdict' exits 64 'need .* rounds' "$handoff" profiles --only='*' --rounds=6 --settle=0 knobs:no-thp
ok 'cells that are not there' exits 64 'matches nothing' "$handoff" profiles --only='ipc/nothing' knobs:no-thp
printf 'file /etc/passwd = x\n' >"$work/bad.knobs"
ok 'a treatment that is no setting' exits 64 'below /proc/sys or /sys' profiles "knobs:$work/bad.knobs"
ok 'restore takes no arguments' exits 64 'takes no argument' "$handoff" restore now
ok 'nothing to restore' exits 0 '' "$handoff" restore
for profile in scripts/profiles/*.knobs; do
	name=$(basename "$profile" .knobs)
	ok "profile $name can be read" exits 64 'no such kind' profiles "knobs:$name" magic
done
ok 'what the sides do is no profile' exits 64 'expected one of --sched' profiles options:--msg-size=64
ok 'a scheduler that is not there' exits 64 'no such program' profiles scx:/nonexistent
if [ ! -e /sys/kernel/sched_ext/state ]; then
	ok 'a kernel without sched_ext: skipped with the reason' exits 69 'skipped: scx:.*has no sched_ext' profiles scx:/bin/true
	skipped=scx:/bin/true
else
	skip 'a kernel without sched_ext: skipped with the reason' 'this one has it'
	skipped=
fi

ok 'a few configurations' exits 0 '' "$handoff" profiles --plan-only --cells=3 env:NOTHING=1
ok 'are of what most people ask for, not floors' [ "$(values "$work/out" mechanism | grep -c .)/$(values "$work/out" group | sort -u)/$(values "$work/out" wait | grep -c none)" = 3/ipc/0 ]
ok 'many of them' exits 0 '' "$handoff" profiles --plan-only env:NOTHING=1
ok 'begin with the floors' [ "$(values "$work/out" mechanism | head -n 1)" = null ]

# Arms that differ by what their sides are given: as an ordinary user, too. Rows are of the planned configuration.
# shellcheck disable=SC2086 # one word or none
ok 'options and variables of the sides' exits 0 'as they were found' $undrawn "$handoff" profiles --only=sync/null:op --name='*1 thread*' \
	--cells=1 --settle=0 --rounds=7 --load=same --duration=1ms --out="$work/sides" \
	options:--slice=1ms+env:GLIBC_TUNABLES=glibc.malloc.tcache_count=0 $skipped
cp "$work/out" "$work/said"
rows=$work/sides/samples.csv
# of ARM COLUMN...: the values of used rows of the arm, each once.
of() {
	awk -F, -v arm="$1" -v columns="$2" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["arm"] == arm && $at["status"] == "ok" { n = split(columns, c, " "); line = ""
			for (i = 1; i <= n; i++) line = line "[" $at[c[i]] "]"
			print line }' "$rows" | sort -u
}
arm=options:--slice=1ms+env:GLIBC_TUNABLES=glibc.malloc.tcache_count=0
ok 'the rows are of the planned configuration' [ "$(of $arm 'slice_ns load')" = '[][same]' ]
ok 'and of the base likewise' [ "$(of none 'slice_ns load')" = '[][same]' ]
case $(of $arm slice_seen_ns) in
'[]') skip 'the slice was in force' 'this kernel does not say it' ;;
*) ok 'the slice was in force' [ "$(of $arm slice_seen_ns)" = '[1000000]' ] ;;
esac
ok 'so was the variable' sh -c "grep -c 'GLIBC_TUNABLES=glibc.malloc.tcache_count=0' '$rows' | grep -v '^0'"
ok 'but not in the base' [ -z "$(of none environment | grep GLIBC)" ]
ok 'the arms are paired' [ "$(values "$work/sides/compare.csv" arm | sort -u)" = "$arm" ]
ok 'and what differs is said' grep -q 'its sides have GLIBC_TUNABLES=.* in their environment' "$work/said"
if [ -n "$skipped" ]; then
	ok 'the one that was skipped has its row' grep -q "scx:/bin/true,skipped,.*has no sched_ext" "$rows"
	ok 'and its line' grep -q '^skipped: scx:/bin/true' "$work/said"
fi

ok 'the plan alone' exits 0 '' "$handoff" profiles --plan-only none --baseline=knobs:no-thp
cells=$(($(wc -l <"$work/out") - 1))
ok 'at most 150 cells, and not few' [ $((cells <= 150 && cells >= 20)) = 1 ]

finish() {
	echo "1..$n"
	exit
}
if [ "$(id -u)" != 0 ] || [ ! -w "$setting" ]; then
	skip 'settings are changed and put back' 'needs root and a machine of its own'
	finish
fi
before=$(cat "$setting")
other=$((before == 33 ? 34 : 33))
printf 'sysctl vm.swappiness = %s\n' $other >"$work/other.knobs"
printf 'sysctl vm.dirty_expire_centisecs = %s\n' "$(cat /proc/sys/vm/dirty_expire_centisecs)" >"$work/inert.knobs"

as_before() {
	now=$(cat "$setting")
	[ "$now" = "$before" ] || {
		echo "$setting is $now; it was $before, the treatment is $other"
		return 1
	}
}

ok 'a comparison' exits 0 'all settings are as they were' profiles --rounds=8 --seed=2 --out="$work/run" \
	"knobs:$work/other.knobs" "knobs:$work/inert.knobs"
ok 'says what differed' grep -q "swappiness: $before -> $other" "$work/out"
ok 'and what did not' grep -q 'none: the profile is inert' "$work/out"
ok 'prints the directory last' [ "$(tail -n 1 "$work/out")" = "$work/run" ]
ok 'the machine is as it was' as_before
for file in samples.csv compare.csv summary.csv blocks.csv machine.txt settings/0-none report.html charts/ratios.svg \
	charts/arms_heat.svg charts/drift.svg; do
	ok "$file is there" [ -s "$work/run/$file" ]
done
used=$(values "$work/run/samples.csv" used | grep -c yes)
ok 'rows that count' [ "$used" -gt 0 ]
ok 'every cell in three arms and eight blocks' [ $((used % 24)) = 0 ]
ok 'a verdict for each arm' [ "$(values "$work/run/compare.csv" arm | sort -u | wc -l)" = 2 ]
ok 'the order of the arms changes' [ "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	$at["order_in_block"] == 1 { print $at["arm"] }' "$work/run/samples.csv" | sort -u | wc -l)" -gt 1 ]
ok 'compare says the same of it' exits 0 '' "$handoff" compare --base=none "$work/run"
ok 'the summary has each arm' [ "$(values "$work/run/summary.csv" arm | sort -u | wc -l)" = 3 ]
ok 'every CSV file is as the schema says' tests/read-csv "$work/run"
ok 'the treatment came before the baseline' [ "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	$at["block"] == 1 { print $at["order_in_block"], $at["arm"] }' "$work/run/samples.csv" | sort -n | awk '!seen[$2]++ {
	printf "%s ", $2 ~ /other/ ? "other" : $2 ~ /inert/ ? "inert" : $2 }' | grep -c 'other.*none')" = 1 ]
ok 'and was put back for it' grep -q "swappiness=$before\$" "$work/run/settings/0-none"

# busy_poll is real: across two CPUs poll() on a socket hardly sleeps any more, at some time when nobody disturbs.
busy=/proc/sys/net/core/busy
slept() {
	"$build/ipc_unix_stream" --variant=socketpair --wait=poll --duration=20ms >"$work/poll" 2>/dev/null
	values "$work/poll" slept_share | awk -v what="$1" '{ exit !($1 != "" && (what == "seldom") == ($1 < 0.25)) }'
}
if [ -w ${busy}_poll ] && [ "$(nproc)" -gt 1 ]; then
	ok 'poll() sleeps' until_ok slept often
	was_read=$(cat ${busy}_read) was_poll=$(cat ${busy}_poll)
	trap 'echo $was_read >${busy}_read; echo $was_poll >${busy}_poll; rm -rf "$work"' EXIT
	echo 50 >${busy}_read
	echo 50 >${busy}_poll
	ok 'with busy_poll it spins' until_ok slept seldom
	ok 'and doctor says so' sh -c "'$handoff' doctor --csv | grep -q '^busy-poll,warning,'"
	echo "$was_read" >${busy}_read
	echo "$was_poll" >${busy}_poll
else
	skip 'with busy_poll it spins' 'needs root, a machine of its own and two CPUs'
fi

ok 'report reads all of it again' exits 0 '' "$handoff" report "$work/run"
for part in 'section id="compare"' 'section id="differences"' 'figure id="chart-ratios"' 'figure id="chart-drift"'; do
	ok "the page has the $part" grep -q "<$part" "$work/run/report.html"
done
ok 'a cell whose times are kept' exits 0 '1 configuration, 2 profiles' "$handoff" profiles --only=sync/futex:wait_wake --name='*handoff*' --cells=1 \
	--settle=0 --rounds=7 --out="$work/times" "knobs:$work/inert.knobs"
ok 'percentiles of each arm' [ "$(values "$work/times/percentiles.csv" arm | sort -u | wc -l)" = 2 ]
ok 'from files of their own' [ "$(find "$work/times/histograms" -name '*.csv' ! -name '*_discarded.csv' | wc -l)" = 2 ]
ok 'of all blocks' [ "$(cut -d , -f 1 "$work/times/histograms/"*.csv | sort -u | tr '\n' ' ')" = '1 2 3 4 5 6 7 block ' ]
ok 'their chart' [ -s "$work/times/charts/arms_percentiles.svg" ]

# The first run is disturbed: the one that is made in its place says how those of all profiles are timed.
fake_begin "$work/fake"
fake_bench sync_null --variant=op <<'END'
my $first = !$option{'sample-every'} && $nth <= 3;
$row{sample_every} = $option{'sample-every'} // ($first ? 640 : 64);
$row{stood_ns} = 50_000_000 if $first;
END
ok 'a disturbed beginning' exits 0 '' $undrawn "$work/fake/handoff" profiles --only=sync/null:op --cells=1 --settle=0 \
	--rounds=7 --out="$work/timing" env:HANDOFF_NOTHING=1
ok 'how discarded runs were timed does not bind the others' [ "$(tsv "$work/timing/samples.csv" | awk -F '\t' '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	$at["status"] == "ok" && ($at["used"] == "yes" || $at["sample_every"] != 64) { print $at["used"], $at["sample_every"] }' |
	sort -u | tr '\n' ' ')" = 'no 640 yes 64 ' ] # a later run may be disturbed as well, by what else is at work

# Nothing can be compared: the line says why, and the rows are there.
fake_begin "$work/failing"
fake_bench sync_null --variant=op <<'END'
%row = (%row, status => 'invalid', reason => 'two messages were lost');
END
ok 'runs without figures' exits 70 'no configuration has figures in two profiles: two messages were lost' "$work/failing/handoff" profiles \
	--only=sync/null:op --cells=1 --settle=0 --rounds=7 --out="$work/nothing" env:HANDOFF_NOTHING=1
ok 'are in the file' [ "$(values "$work/nothing/samples.csv" status | grep -c '^invalid$')" = 14 ]

# Somebody else changes a setting while the treatment is measured. A made-up microbenchmark does, so that it is within the visit.
third=$((before == 44 ? 45 : 44))
fake_begin "$work/changing"
fake_bench sync_null --variant=op <<END
sub setting { open(my \$file, \$_[0], '$setting') or die; \$_[1] ? print \$file \$_[1] : <\$file> }
setting('>', $third) if setting('<') == $other;
END
$undrawn "$work/changing/handoff" profiles --only='sync/null:op' --cells=1 --settle=0 --rounds=8 --seed=3 --out="$work/drift" \
	"knobs:$work/other.knobs" >"$work/drift.out" 2>"$work/drift.err"
ok 'a setting that changes during a visit: exit code' [ $? = 0 ]
ok 'the visits are counted' grep -Eq '^settings changed during [1-9][0-9]* visits' "$work/drift.out"
ok 'and what changed is told' grep -q "^  knobs:.*, block [1-8]: .*swappiness: $other -> $third\$" "$work/drift.out"
# flagged FILE: the arms of its rows that have the flag.
flagged() {
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } $at["flags"] ~ /(^|\+)drifted(\+|$)/ { print $at["arm"] }' "$1" | sort -u
}
ok 'rows of that arm are flagged, and no others' [ "$(flagged "$work/drift/samples.csv")" = "knobs:$work/other.knobs" ]
ok 'so are the comparisons' [ "$(flagged "$work/drift/compare.csv")" = "knobs:$work/other.knobs" ]
ok 'the treatment is put back all the same' as_before

# changed: waits until the setting is the treatment's, or the run has ended.
changed() {
	while [ "$(cat "$setting")" != $other ] && kill -0 $pid 2>/dev/null; do
		:
	done
	[ "$(cat "$setting")" = $other ]
}

# With some of the shelf beside it: files of several words, choices, patterns.
shelf='tcp-small-buffers deep-queues no-thp mthp-64k resume-latency-none no-watchdogs'
for name in $shelf; do
	cat "scripts/profiles/$name.knobs"
done | cat "$work/other.knobs" - >"$work/all.knobs"
shelf_files() {
	sed -n 's/^?*file \([^ ]*\) = .*/\1/p; s/^?*sysctl \([^ ]*\) = .*/\1/p' "$work/all.knobs" | while read -r path; do
		case $path in
		/*) ;;
		*) path=/proc/sys/$(echo "$path" | tr . /) ;;
		esac
		# shellcheck disable=SC2086 # a pattern
		grep -s . $path /dev/null
	done
}
shelf_files >"$work/shelf"
shelf_as_before() {
	shelf_files | diff "$work/shelf" -
}

start() {
	$undrawn "$handoff" profiles --only=sync/null:op --settle=0 --rounds=1000 --budget=50m --out="$work/$1" "knobs:$work/all.knobs" >"$work/$1.out" 2>"$work/$1.err" &
	pid=$!
}

start interrupted
changed
kill -INT $pid
wait $pid
ok 'Ctrl-C: exit code' [ $? = 130 ]
ok 'Ctrl-C: the machine is as it was' as_before
for signal in HUP USR1 XCPU; do # a closed terminal, and what batch systems send before the end
	start signal$signal
	changed
	kill -s $signal $pid
	wait $pid
	ok "SIG$signal: exit code" [ $? = 130 ]
	ok "SIG$signal: the machine is as it was" as_before
	ok "SIG$signal: the rows are there" [ -s "$work/signal$signal/samples.csv" ]
done
profiles --rounds=7 --cells=1 --out="$work/unread" "knobs:$work/other.knobs" 2>&1 | head -n 1 >/dev/null
ok 'a reader that ends: the run goes on to its end' [ -s "$work/unread/compare.csv" ]
ok 'a reader that ends: the machine is as it was' as_before

# Killed while the setting is the treatment's, at six moments (KILLS: another number); the next command says so, restore
# mends it.
killed_within() { # and not after the visit, between the look and the kill
	rm -rf "$work/killed$i"
	start killed$i
	changed
	kill -KILL $pid
	wait $pid 2>/dev/null
	[ "$(cat "$setting")" != $other ] || return 0
	"$handoff" restore >"$work/out" 2>&1
	return 1
}
i=0
while [ $i -lt "${KILLS:-6}" ]; do
	i=$((i + 1))
	until_ok killed_within
	ok "killed $i: the next command says so" exits 0 'handoff restore puts them back' "$handoff" topology
	[ $i != 1 ] || ok 'and a comparison refuses' exits 73 'run handoff restore first' \
		profiles --rounds=8 --out="$work/refused" "knobs:$work/other.knobs"
	ok "killed $i: restore" exits 0 '' "$handoff" restore
	ok "killed $i: the machine is as it was" as_before
	ok "killed $i: so is what the shelf changed" shelf_as_before
done
ok 'then nothing is said' exits 0 '' "$handoff" topology
ok 'nothing at all' [ ! -s "$work/err" ]
finish
