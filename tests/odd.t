#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# handoff settings, handoff odd, and the page of a fleet, on made-up machines; what handoff fleet refuses before it starts anything.
# tests/fleet.t runs it on a real Slurm and over ssh.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
handoff=$build/handoff
. tests/tap.sh
. tests/fleet.sh

# The settings of this machine.
ok 'settings' exits 0 '' "$handoff" settings --fold
cp "$work/out" "$work/fold"
ok 'a line is a key and a value' [ "$(grep -cv '^[^=][^=]*=' "$work/fold")" = 0 ]
ok 'sorted' sh -c "cut -d= -f1 '$work/fold' | LC_ALL=C sort -c"
# Tests beside this one may change values of the machine: keys stay, and so does the environment of this process.
# But for services, which systemd starts and ends.
cut -d= -f1 "$work/fold" | grep -v '^service:' >"$work/keys"
"$handoff" settings --fold >"$work/again"
ok 'a second call says the same' sh -c "cut -d= -f1 '$work/again' | grep -v '^service:' | diff - '$work/keys'"
MALLOC_ARENA_MAX=1 "$handoff" settings --fold >"$work/again"
diff "$work/fold" "$work/again" | grep environment: >"$work/changed"
ok 'what is set otherwise shows' grep -qx '> environment:MALLOC_ARENA_MAX=1' "$work/changed"
ok 'and nothing else' [ "$(grep -vc 'MALLOC_ARENA_MAX=' "$work/changed")" = 0 ]
ok 'no name of this machine' lacking '^system:node=' "$work/fold"
"$handoff" settings >"$work/all"
ok 'without --fold it is there' grep -q '^system:node=.' "$work/all"

# Ten machines: n3 is 5 % slower in one place, n5 is set otherwise.
for i in 1 2 4 6 7 8 9 10; do
	made_machine "$work/n$i" "n$i"
done
made_machine "$work/n3" n3 1.05 same-pu
made_machine "$work/n5" n5 1 - '/proc/sys/kernel/numa_balancing=1' 'environment:LD_PRELOAD=x.so'
# As if poll() spun on one of them: that is no other place.
awk -F, -v OFS=, 'NR == 1 { for (i = 1; i < NF && $i != "slept_share"; i++); } NR > 1 { $i = "0.010000" } { print }' \
	"$work/n1/summary.csv" >"$work/spun" && mv "$work/spun" "$work/n1/summary.csv"
for i in 1 2 3 4 5 6 7 8 9 10; do
	"$handoff" pack --keep-names --out="$work/$i.tar.gz" "$work/n$i" >/dev/null || echo "# no pack $i"
done
packs() {
	ls "$work"/*.tar.gz
}
# shellcheck disable=SC2046 # words
odd() {
	"$handoff" odd "$@" $(packs)
}
ok 'a fleet is judged' exits 0 '' odd --out="$work/fleet.html"
cp "$work/out" "$work/table"
ok 'one machine is odd' grep -qx '1 of 10 machines is odd' "$work/table"
ok 'it is slower where it is' grep -q '^n3  *slower  *+[345].*same-pu' "$work/table"
ok 'and it is no other' [ "$(awk '$1 != "place" && $2 == "slower" || $2 == "faster" { print $1 }' "$work/table" | sort -u)" = n3 ]
ok 'a setting that differs, with who has it' sh -c "grep -A 2 '^/proc/sys/kernel/numa_balancing' '$work/table' | grep -qx '  1: n5'"
ok 'and one that only one has' sh -c "grep -A 1 '^environment:LD_PRELOAD' '$work/table' | grep -q '^  (not there):.* and 4 more'"
ok 'no setting that differs by nature' lacking 'cmdline\|system:node' "$work/table"

ok 'as CSV' exits 0 '' odd --csv
cp "$work/out" "$work/odd.csv"
ok 'its lines have one length' rectangular "$work/odd.csv"
verdicts() {
	tsv "$work/odd.csv" | awk -F '\t' -v want="$1" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["odd_verdict"] == want && $at["configuration"] == "" { print $at["machine"] }' | sort -u
}
ok 'places are by the plan' sh -c "cut -d , -f 3- '$work/odd.csv' | grep -q ',same-pu,'"
ok 'it says the same' [ "$(verdicts slower)$(verdicts faster)" = n3 ]
ok 'the others are alike' [ "$(verdicts alike | grep -cvx n3)" -ge 8 ]
json_rows() {
	odd --json | /usr/bin/python3 -c 'import json, sys; print(len(json.load(sys.stdin)["rows"]))'
}
ok 'as JSON it has as many rows' [ "$(json_rows)" = $(($(wc -l <"$work/odd.csv") - 1)) ]
ok 'directories do as well' [ "$(cd "$work" && "$handoff" odd --csv n1 n2 n3 n4 n5 n6 n7 n8 n9 n10 | cksum)" = \
	"$(cd "$work" && "$handoff" odd --csv 1.tar.gz 2.tar.gz 3.tar.gz 4.tar.gz 5.tar.gz 6.tar.gz 7.tar.gz 8.tar.gz 9.tar.gz 10.tar.gz | cksum)" ]
ok 'a large effect of interest names nobody' sh -c "$handoff odd --effect=20% $work/*.tar.gz | grep -q '^0 of 10'"

# The page.
page=$work/fleet.html
ok 'the map begins with the odd machine' sh -c "sed -n '/id=\"map\"/,\$p' '$page' | grep -m 1 '^<tr><td>' | grep -q '^<tr><td>n3</td>'"
ok 'and has all machines' [ "$(sed -n '/id="map"/,/<\/section>/p' "$page" | grep -c '^<tr><td>')" = 10 ]
ok 'settings with who has what' grep -q '<td>/proc/sys/kernel/numa_balancing</td><td>1</td><td>1: n5</td>' "$page"
ok 'it is whole, and nothing half is left' [ "$(tail -n 1 "$page")$(find "$work" -name '*.part')" = '</html>' ]
ok 'it loads nothing' lacking 'src=\|href="http' "$page"
made_machine "$work/evil" '<b>n11</b>'
ok 'a name is text' sh -c "'$handoff' odd --out='$work/evil.html' '$work/evil' '$work/n1' >/dev/null && ! grep -q '<b>n11' '$work/evil.html'"
ok 'a place that cannot be written' exits 74 'cannot write' odd --out="$work/nowhere/fleet.html"

made_machine "$work/whole" whole 1.5 -
rates() {
	"$handoff" odd --csv "$work/whole" "$work"/n[12467] | tsv | awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["machine"] == "whole" && $at["to_others"] != "" && $at["metric"] ~ /per_s/ { n++; slower += $at["to_others"] > 1.3 }
		END { print n, slower; exit n < 20 || slower < n }'
}
ok 'a rate that falls is slower' rates

# Kinds, names that were left out.
for i in 1 2; do
	made_machine "$work/other$i" "other$i" 2 - '/proc/cpuinfo:model name=Another'
done
ok 'two kinds are two' sh -c "$handoff odd $work/*.tar.gz $work/other1 $work/other2 >$work/kinds && grep -q '^2 machines: Another' $work/kinds"
ok 'and not compared with each other' lacking '^other.*slower' "$work/kinds"
"$handoff" pack --out="$work/anonymous.gz.tar.gz" "$work/n1" >/dev/null
sed -i '/^system:node/d' "$work/n1/settings/before.txt"
ok 'a machine without a name is called by its file' sh -c "$handoff odd --csv $work/n1 $work/n2 | grep -q '^2,.*,n1,'"
rm "$work/anonymous.gz.tar.gz"

# Bad input: a line, and an exit code.
refuses() {
	ok "refused: $1" exits "$2" "$3" "$handoff" odd "$4" "$5"
	ok 'in one line' [ "$(wc -l <"$work/err")" = 1 ]
}
ok 'refused: one pack' exits 64 'at least two machines' "$handoff" odd "$work/1.tar.gz"
made_machine "$work/twin" n2
refuses 'two packs of one machine' 65 'are both of the machine n2' "$work/n2" "$work/twin"
made_machine "$work/old" old 1 - 'handoff:version=0.0 older'
refuses 'another version of handoff' 65 'handoff 0.0 older.* by 0.1 abc' "$work/n2" "$work/old"
mkdir -p "$work/newer/settings"
cp "$work/n4/settings/before.txt" "$work/newer/settings"
sed '2,$s/^2,/3,/' "$work/n4/summary.csv" >"$work/newer/summary.csv"
refuses 'a pack of a newer schema' 65 'newer' "$work/n2" "$work/newer"
head -n 1 "$work/n4/summary.csv" >"$work/newer/summary.csv"
refuses 'no figures' 65 'no row has figures' "$work/n2" "$work/newer"
rm "$work/newer/summary.csv"
"$handoff" pack --out="$work/lacks.tar.gz" "$work/newer" >/dev/null
refuses 'a pack of a sweep that was not ended' 65 'has no summary.csv' "$work/n2" "$work/lacks.tar.gz"
echo nonsense >"$work/broken.tar.gz"
refuses 'what is no pack' 65 'broken.tar.gz: ' "$work/n2" "$work/broken.tar.gz"
refuses 'what is not there' 66 'No such file' "$work/n2" "$work/nothing.tar.gz"
rm "$work/lacks.tar.gz" "$work/broken.tar.gz"

# handoff fleet, as far as it goes without an engine.
ok 'packs that were brought' exits 0 '' "$handoff" fleet --from="$work"
ok 'have their page' [ "$(tail -n 1 "$work/out")" = "$work/fleet.html" ]
cd "$work" || exit 1
ok 'no pack there' exits 66 'no pack' "$handoff" fleet --from="$work/n1"
ok 'an unknown engine' exits 64 'slurm, clush or parallel' "$handoff" fleet --engine=pbs --nodes=a
ok 'no nodes' exits 64 'nodes=SET is missing' "$handoff" fleet --engine=parallel
ok 'an option of the sweep before --' exits 64 'no such option' "$handoff" fleet --engine=parallel --nodes=a --budget=1m
ok 'one that is not for nodes' exits 64 'each node has a directory' "$handoff" fleet --engine=parallel --nodes=a -- --out=x
ok 'nothing to go on with' exits 66 'no fleet.txt' "$handoff" fleet --resume="$work/n1"
mkdir "$work/bin"
printf '#!/bin/sh\nexit 1\n' >"$work/bin/parallel"
cp "$work/bin/parallel" "$work/bin/ssh"
chmod +x "$work/bin/parallel" "$work/bin/ssh"
PATH=$work/bin:$PATH
ok 'a set without a node' exits 64 'no node is in it' "$handoff" fleet --engine=parallel --nodes=,, --out="$work/f"
# shellcheck disable=SC2016 # it is not to be expanded
ok 'a name that is a command' exits 64 'no host is called so' "$handoff" fleet --engine=parallel --nodes='n1,$(touch${IFS}x)' --out="$work/f"
ok 'a name that is an option' exits 64 'no host is called so' "$handoff" fleet --engine=parallel --nodes='-oProxyCommand=x' --out="$work/f"
ok 'a node twice' exits 64 'n1: is in it twice' "$handoff" fleet --engine=parallel --nodes='n1,n1' --out="$work/f"
ok 'and nothing is left of it' [ ! -e "$work/f" ]
ok 'a directory that is there' exits 73 'is there already' "$handoff" fleet --engine=parallel --nodes=n1 --out="$work/n1"
echo "1..$n"
