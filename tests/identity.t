#!/bin/sh
# SPDX-License-Identifier: MIT
# class: settings
# A configuration is what was asked for. What the kernel made of it loses no pair and is said beside the verdict; in any
# list two configurations have two names.
# shellcheck disable=SC2317 # functions are called by name, through ok
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
. tests/tap.sh
. tests/run.sh
handoff=$build/handoff
XDG_STATE_HOME=$work/state
export XDG_STATE_HOME

# names FILE: configuration and metric of each line of a comparison of two, without the flags behind them.
names() {
	sed -n 's/^[a-z]* .*  \(\(ipc\|sync\)\/\)/\1/p' "$1" | sed 's/  .*//'
}

none_twice() {
	[ -s "$1" ] && ! sort "$1" | uniq -d | grep .
}

# A run in which every parameter varies, alone, between two values that nothing else has. $1 is the run, $2 a factor.
made_run() {
	mkdir -p "$work/$1"
	{
		sed -n 's/^PARAMETER(\([a-z_]*\),.*/parameter \1/p' bench/record/cell.def
		tsv "$work/schema" | awk -F '\t' '$1 == "samples.csv" { print "column", $2, $3 }'
	} | awk -v OFS=, -v run="$1" -v factor="$2" '
		function row(name, value,   i, b, line) {
			for (b = 1; b <= 6; b++) {
				split("", f)
				f["schema"] = 2; f["run_id"] = run; f["host"] = "made"; f["arm"] = "as-is"; f["block"] = b
				f["status"] = "ok"; f["used"] = "yes"; f["mechanism"] = "m"; f["variant"] = "v"
				f["group"] = "ipc"; f["pattern"] = "ping-pong"; f["effective"] = "size=" factor
				if (name != "experiment") f["endpoints"] = "process"
				f["op_p50_ns"] = factor * (1000 + b); f["time_utc"] = "2026-01-02T03:04:05Z"
				if (name == "experiment") f["pattern"] = ""
				f[name] = value
				if (f["experiment"] != "") f["group"] = "sync"
				line = f[column[1]]
				for (i = 2; i <= n; i++) line = line "," f[column[i]]
				print line
			}
		}
		$1 == "parameter" { parameter[++m] = $2 }
		$1 == "column" { column[++n] = $2; type[$2] = $3 }
		END {
			for (i = 1; i <= n; i++) printf "%s%s", column[i], i < n ? "," : "\n"
			row("options", "")
			for (i = 1; i <= m; i++) {
				text = type[parameter[i]] == "text"
				one = parameter[i] == "cpus" ? "1+2+3" : parameter[i] == "pattern" ? "stream" : text ? "one" : 3
				two = parameter[i] == "cpus" ? "1+2+4" : text ? "two" : 5
				if (parameter[i] == "options") { one = "size=1"; two = "size=2" }
				if (parameter[i] == "experiment") { one = "op"; two = "handoff" }
				if (parameter[i] == "placement") { one = "same-l3"; two = "other-package" }
				if (parameter[i] == "endpoints") { one = two = "thread" }
				if (parameter[i] != "pattern") row(parameter[i], one)
				row(parameter[i], two)
			}
		}' >"$work/$1/samples.csv"
}
parameters=$(grep -c '^PARAMETER(' bench/record/cell.def)

"$handoff" list --schema >"$work/schema"
made_run one 1
made_run two 2
ok 'a run in which every parameter varies, with itself' exits 0 '' "$handoff" compare "$work/one" "$work/one"
names "$work/out" >"$work/names"
ok 'compares all of it' [ "$(wc -l <"$work/names")" -ge $((2 * parameters - 2)) ]
ok 'and has no name twice' none_twice "$work/names"
ok 'nothing differs in what the kernel made of it' [ "$(grep -c '^differs: effective' "$work/out")" = 0 ]
ok 'by another path to it' exits 0 '' "$handoff" compare "$work/one" "$work/one/"
ok 'the same' [ "$(names "$work/out" | sort)" = "$(sort "$work/names")" ]
ok 'with another run' exits 0 '' "$handoff" compare "$work/one" "$work/two"
ok 'no configuration is lost' [ "$(grep -c '^not compared' "$work/out")" = 0 ]
ok 'what the kernel made of it is said once for all' grep -q \
	"^differs: effective of ipc/m:v .* and [0-9]* others: size=1 -> size=2 ($work/two)\$" "$work/out"
ok 'as CSV' exits 0 '' "$handoff" compare --csv "$work/one" "$work/two"
cp "$work/out" "$work/compare.csv"
identities "$work/compare.csv" >"$work/names"
ok 'none stands there twice' none_twice "$work/names"
"$handoff" report --out="$work/both" "$work/one" "$work/two" >"$work/out" 2>"$work/err" # no chart need be drawn of such rows
identities "$work/both/summary.csv" >"$work/names"
ok 'summary.csv has none twice' none_twice "$work/names"
page=$work/both/report.html
ok 'a page of both' [ -s "$page" ]
# part ID: the text of each line of the tables of that section, up to the figures.
part() {
	awk -v id="$1" '$0 ~ "<section id=\"" id "\"" { inside = 1 } inside { print } /<\/section>/ { inside = 0 }' "$page" |
		sed -n 's/^<tr[^>]*>\(.*\)<td class=n>.*/\1/p' | sed 's/<td class=n>.*//'
}
for id in compare figures; do
	part $id >"$work/names"
	ok "the page, section $id: no name twice" none_twice "$work/names"
	ok "the page, section $id: as many as there are" [ "$(wc -l <"$work/names")" -ge $((2 * parameters - 2)) ]
done
# What the picture shows of a configuration without words is its distance.
cat "$work/both/charts"/ratios*.svg 2>/dev/null | grep -o '>m:v[^<]*' >"$work/names"
if [ -s "$work/names" ]; then
	ok 'the chart of ratios has all of them' [ "$(wc -l <"$work/names")" = "$(($(wc -l <"$work/compare.csv") - 1))" ]
	ok 'and no name twice at one distance: three are of none, one and the other' \
		[ "$(sort "$work/names" | uniq -d; grep -c '^>m:v$' "$work/names")" = "$(printf '>m:v\n3')" ]
else
	skip 'the chart of ratios' 'no gnuplot here'
fi
ok 'the page says what the kernel made of it' grep -q '<td>size=1</td><td>size=2</td>' "$page"
# In sentences and tables about what is fastest: what tells a configuration from others is in its name there too.
made_begin "$work/best"
for touch in none:4000 all:6000; do
	made_cell op_p50_ns "${touch#*:}" group=ipc mechanism=pipe variant=pair wait=block pattern=ping-pong msg_size_b=64 \
		placement=same-l3 touch="${touch%:*}"
done
made_cell op_p50_ns 2000 group=sync mechanism=futex variant=wait_wake experiment=handoff threads=2 endpoints=thread placement=same-l3
"$handoff" report "$work/best" >"$work/out" 2>"$work/err"
page=$work/best/report.html
for id in verdict choose latency; do
	awk -v id="$id" '$0 ~ "<section id=\"" id "\"" { inside = 1 } inside { print } /<\/section>/ { inside = 0 }' "$page" >"$work/section"
	ok "the page, section $id: the whole name" grep -Eq 'pipe:pair block (ping-pong 64[^<]* )?touch none<' "$work/section"
done
touch "$work/one.tar.gz"
ok 'a pack is no run, which is said with what to do' exits 64 'one.tar.gz: a pack; handoff report --out=NEW' \
	"$handoff" compare "$work/one" "$work/one.tar.gz"

# A relation that the machine has not: the row says what was asked for.
ok 'a machine without SMT: --placement=smt' exits 69 'no core has two CPUs' \
	env HWLOC_THISSYSTEM=1 HWLOC_SYNTHETIC='numa:1 core:2 pu:1' "$build/ipc_pipe" --placement=smt
ok 'the row says so, and names no CPU' \
	[ "$(values "$work/out" placement)$(values "$work/out" cpus)$(values "$work/out" status)" = smtskipped ]

finish() {
	echo "1..$n"
	exit
}
apart() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --net sh -c 'ip link set lo up && exec "$@"' sh "$@"
}
if ! apart true 2>/dev/null; then
	skip 'what depends on the network' 'a network namespace needs root'
	finish
fi
if ! command -v ip >/dev/null; then
	skip 'what depends on the network' 'ip of iproute2 is not here'
	finish
fi

# Sweeps of one namespace before and after what the kernel has learnt of connections is forgotten, and of a fresh one.
# Beside load some configurations have no figures: then they get more time.
before_and_after() {
	# shellcheck disable=SC2016 # for the inner shell
	apart sh -c '"$@" --out="$out/before" && ip tcp_metrics flush && "$@" --out="$out/after"' sh \
		"$handoff" sweep --only='ipc/tcp:v4,ipc/udp:v4' --sizes=64 --seed=5 --budget="$1"
}
out=$work
export out
for budget in 3s 6s 12s 1m; do
	rm -rf "$work/before" "$work/after" "$work/fresh"
	before_and_after $budget >"$work/out" 2>&1
	apart "$handoff" sweep --only='ipc/tcp:v4,ipc/udp:v4' --sizes=64 --seed=5 --budget=$budget --out="$work/fresh" >"$work/out" 2>&1
	"$handoff" compare "$work/before" "$work/after" >"$work/out" 2>&1 && grep -q 'ipc/udp' "$work/out" && grep -q 'ipc/tcp' "$work/out" &&
		"$handoff" compare "$work/before" "$work/fresh" >"$work/out" 2>&1 && break
done
ran "$work/before/samples.csv" >"$work/before.ran"
for run in after fresh; do
	ok "two sweeps, $run: compared" exits 0 '' "$handoff" compare --csv "$work/before" "$work/$run"
	identities "$work/out" | cut -d , -f 3-5,7- | sort -u >"$work/compared"
	ran "$work/$run/samples.csv" | comm -12 "$work/before.ran" - >"$work/both.ran"
	ok "two sweeps, $run: have all in common that has figures in both" cmp "$work/both.ran" "$work/compared"
	ok "two sweeps, $run: which are some of TCP" grep -q '^ipc,tcp' "$work/compared"
done

# Profiles that set what sockets have.
cat >"$work/sockets.knobs" <<'END'
sysctl net.ipv4.tcp_wmem = 4096 16384 1048576
sysctl net.ipv4.tcp_rmem = 4096 65536 1048576
END
for name in wmem_default rmem_max; do # older kernels have one for all namespaces, which is not ours to change
	apart sh -c "v=\$(cat /proc/sys/net/core/$name) && echo \$v >/proc/sys/net/core/$name" 2>/dev/null &&
		echo "sysctl net.core.$name = 300000" >>"$work/sockets.knobs"
done
ok 'profiles that set the buffers of sockets' exits 0 'all settings are as they were' apart "$handoff" profiles \
	--only='ipc/tcp:v4,ipc/unix_stream:*' --cells=2 --rounds=7 --settle=0 --seed=1 --out="$work/run" "knobs:$work/sockets.knobs"
ok 'none is lost' [ "$(grep -c '^not compared' "$work/out")" = 0 ]
ok 'a verdict for each that ran in both' [ "$(identities "$work/run/compare.csv" | cut -d , -f 3-5,7- | sort -u | wc -l)" = 2 ]
ok 'and what was made of them is said beside' grep -Eq \
	'^differs: effective of ipc/tcp:v4 .*: sndbuf=.* -> .*\(knobs:' "$work/out"
ok 'on the page too' grep -q '<caption>What the kernel made of them differs' "$work/run/report.html"
finish
