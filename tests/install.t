#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# make install: programs find each other and their scripts where they were put; the manual page knows what
# --help knows; make dist has what a build needs.
set -u
cd "$(dirname "$0")/.." || exit 1
given=${BUILD:-build} # as make knows it: by another name it would write other dependencies
build=$(cd "$given" && pwd) || exit 1
. tests/tap.sh
. tests/run.sh
unset DESTDIR PREFIX
root=$work/root

# What is built is installed: flags that make would choose here are no reason to build it anew.
ok 'make install' make -s -o "$given/flags" -o "$given/version.h" install "BUILD=$given" "DESTDIR=$root" PREFIX=/usr
handoff=$root/usr/bin/handoff
ok 'handoff is in the path' [ -x "$handoff" ]
ok 'every program is there' [ "$(find "$root/usr/lib/handoff/bin" -type f | wc -l)" = "$(find "$build" -maxdepth 1 -type f \( -name 'ipc_*' -o -name 'sync_*' -o -name handoff \) | wc -l)" ]
ok 'and can be moved' mv "$root" "$work/moved"
handoff=$work/moved/usr/bin/handoff

made_begin "$work/run"
made_cell op_p50_ns 5000 group=ipc mechanism=pipe variant=pair wait=block pattern=ping-pong msg_size_b=64 placement=same-pu
(cd / && "$handoff" report "$work/run") >"$work/said" 2>&1
ok 'it draws, away from the tree' [ -s "$work/run/charts/round_trip.svg" ]
ok 'and writes the page' [ -s "$work/run/report.html" ]
ok 'it finds the microbenchmarks' "$work/moved/usr/lib/handoff/bin/ipc_null" --iterations=100
(cd / && with_time figures "$work/sweep" "$handoff" sweep --only=ipc/null:floor) >"$work/said" 2>&1
ok 'and measures with them' grep -q ',ok,' "$work/sweep/samples.csv"
(cd / && "$handoff" profiles knobs:no-such --out="$work/profiles") >"$work/said" 2>&1
ok 'it looks for profiles there' grep -q 'no-such' "$work/said"

man=$work/moved/usr/share/man/man1/handoff.1
sed 's/\\&//; s/\\-/-/g; s/\\e/\\/g' "$man" >"$work/man"
for command in $("$handoff" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
	"$handoff" "$command" --help >"$work/help"
	# shellcheck disable=SC2016 # awk's
	ok "the manual has all of handoff $command --help" awk '
		NR == FNR { line[$0]; next }
		!($0 in line) { print "not in the manual: " $0; bad = 1 }
		END { exit bad }' "$work/man" "$work/help"
done
if command -v man >/dev/null && man --version >/dev/null 2>&1; then
	ok 'man formats it without complaint' [ -z "$(LC_ALL=C MANWIDTH=200 man --warnings -l "$man" 2>&1 >/dev/null)" ]
else
	skip 'man formats it without complaint' 'no man here'
fi

ok 'the completion is there' cmp scripts/dist/handoff.bash "$work/moved/usr/share/bash-completion/completions/handoff"
ok 'make uninstall' make -s uninstall "BUILD=$given" "DESTDIR=$work/moved" PREFIX=/usr
ok 'leaves nothing' [ -z "$(find "$work/moved" ! -type d)" ]

if git rev-parse HEAD >/dev/null 2>&1; then
	ok 'make dist' make -s dist "BUILD=$work/dist"
	archive=$(echo "$work"/dist/handoff-*.tar.gz)
	tar xzf "$archive" -C "$work"
	tree=$(echo "$work"/handoff-[0-9]*/)
	ok 'the source is whole' [ "$(cd "$tree" && find . -type f ! -path ./scripts/dist/revision | wc -l)" = "$(git ls-tree -r --name-only HEAD | grep -vcE '^(scripts/dist/revision$|results/)')" ]
	ok 'and knows its commit' grep -q "HANDOFF_GIT \"$(git rev-parse --short HEAD)\"" <<END
$("$tree/scripts/dist/version" 1 gcc '')
END
else
	skip 'make dist' 'no git here'
fi
echo "1..$n"
