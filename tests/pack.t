#!/bin/sh
# SPDX-License-Identifier: MIT
# class: pure, quick
# handoff pack leaves out whose machine it was; handoff report reads packs, and takes nothing from one that is not a run's.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(cd "${BUILD:-build}" && pwd) || exit 1
handoff=$build/handoff
. tests/tap.sh
. tests/run.sh
USER=alice
export USER

# nowhere TEXT DIR: no file below DIR has the text.
nowhere() {
	! grep -rniF -- "$1" "$2"
}

# refuses NAME WORDS: evil.tar.gz, made of $work/evil, is refused with the words, and nothing of it stays.
refuses() {
	ok "refused: $1" exits 65 "$2" "$handoff" report --out="$work/to" "$work/evil.tar.gz"
	ok 'and nothing of it is left' [ -z "$(find "$work/to" -type f -o -type l -o -type p)" ]
	rm -rf "$work/to" "$work/evil"
	mkdir -p "$work/evil/run/settings"
	cp "$work/run/samples.csv" "$work/evil/run"
}

made_host=secretbox.corp.example
made_begin "$work/run"
made_cell op_p50_ns 5000 run_id=secretbox.corp.example-20260102T030405Z group=ipc mechanism=pipe variant=pair wait=block pattern=ping-pong \
	msg_size_b=64 placement=same-pu 'cflags=-O2 -I/home/alice/include' 'reason="a comma, and a ""quote"""'
mkdir "$work/run/settings" "$work/run/histograms"
{
	echo 'run: secretbox.corp.example-20260102T030405Z'
	echo '/proc/cmdline: root=UUID=2b4e1c9e-0f6a-4f4c-9d52-2f4b5c6d7e8f BOOTIF=01-52-54-00-12-34-56 hostname=secretbox'
	echo 'model name	: A Processor'
} >"$work/run/machine.txt"
{
	echo 'system:node=secretbox.corp.example'
	echo '/proc/self/cgroup=0::/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'
	echo '/proc/version=Linux version 6.1 (alice@secretbox) (gcc 12.2.0)'
	echo '/proc/self/status:CapEff=000001fffeffffff'
	echo 'environment:GLIBC_TUNABLES=/home/alice/x'
} >"$work/run/settings/before.txt"
{
	echo '<info name="DMIProductName" value="Server 9000"/>'
	echo '<info name="DMIProductSerial" value="SN12345"/>'
	echo '<info name="DMIChassisAssetTag" value="TAG678"/>'
	echo '<info name="Address" value="52:54:00:12:34:56"/>'
	echo '<info name="HostName" value="secretbox.corp.example"/>'
} >"$work/run/settings/topology.xml"

ok 'a run is packed' exits 0 '' "$handoff" pack --out="$work/run.tar.gz" "$work/run"
ok 'its name is printed' [ "$(cat "$work/out")" = "$work/run.tar.gz" ]
ok 'what is there is not written over' exits 73 'File exists' "$handoff" pack --out="$work/run.tar.gz" "$work/run"
echo half >"$work/killed.tar.gz.part"
ok 'what a killed pack left is no hindrance' exits 0 '' "$handoff" pack --out="$work/killed.tar.gz" "$work/run"
ok 'and goes' [ ! -e "$work/killed.tar.gz.part" ]
(cd "$work" && "$handoff" pack run >"$work/name")
ok 'unless told it is called by the time of the run, not by its host' [ "$(cat "$work/name")" = host-20260102T030405Z.tar.gz ]
ok 'the same run gives the same pack' cmp "$work/run.tar.gz" "$work/host-20260102T030405Z.tar.gz"
mkdir "$work/seen" "$work/kept"
tar xzf "$work/run.tar.gz" -C "$work/seen"
for secret in secretbox alice 2b4e1c9e 52:54:00 52-54-00 0123456789abcdef0123 SN12345 TAG678; do
	ok "a pack has no $secret" nowhere "$secret" "$work/seen"
done
ok 'what tells kinds of machines apart stays' grep -rq 'Server 9000' "$work/seen"
ok 'masks stay' grep -rq 000001fffeffffff "$work/seen"
ok 'so does a reason with a comma' grep -rq ',"a comma, and a ""quote""",' "$work/seen"
ok 'figures stay' grep -rq 5150.000 "$work/seen"
ok 'no charts, no page' [ -z "$(find "$work/seen" -name charts -o -name '*.html')" ]
ok 'with --keep-names' exits 0 '' "$handoff" pack --keep-names --out="$work/kept.tar.gz" "$work/run"
tar xzf "$work/kept.tar.gz" -C "$work/kept"
ok 'the names stay' grep -rq secretbox "$work/kept"
ok 'and files are as they were' cmp "$work/run/samples.csv" "$work/kept/secretbox.corp.example-20260102T030405Z/samples.csv"

ok 'a pack is reported on' exits 0 '' "$handoff" report --out="$work/one" "$work/run.tar.gz"
ok 'it has a page' grep -q 'ipc/pipe:pair block ping-pong same-pu 64 B' "$work/one/report.html"
ok 'with its settings' grep -q 'settings/before.txt' "$work/one/report.html"
ok 'two packs' exits 0 '' "$handoff" report --out="$work/two" "$work/run.tar.gz" "$work/kept.tar.gz"
ok 'are compared' grep -q '<section id="compare"' "$work/two/report.html"
ok 'a directory and a pack' exits 0 '' "$handoff" report --out="$work/both" "$work/run" "$work/run.tar.gz"
(cd "$work" && "$handoff" report run.tar.gz) >"$work/where" 2>/dev/null
ok 'without --out they go to results/' [ -s "$work/$(tail -n 1 "$work/where")/report.html" ]

mkdir -p "$work/evil/run/settings"
cp "$work/run/samples.csv" "$work/evil/run"
pack_evil() {
	tar czf "$work/evil.tar.gz" -C "$work/evil" "$@"
}
pack_evil -P --transform 's,run/samples,run/../samples,' run/samples.csv
refuses 'a path that leads out' 'not a file of a run'
pack_evil -P --transform "s,run/samples.csv,$work/samples.csv," run/samples.csv
refuses 'an absolute path' 'not a file of a run'
pack_evil -P --transform 's,run,..,' run/samples.csv
refuses 'a directory that is the one above' 'not a file of a run'
ln -s /etc/passwd "$work/evil/run/settings/before.txt"
pack_evil run
refuses 'a link' 'not an ordinary file'
ln -s "$work" "$work/evil/run/histograms"
pack_evil run
refuses 'a link in place of a directory' 'not an ordinary file'
ln "$work/evil/run/samples.csv" "$work/evil/run/summary.csv"
pack_evil run
refuses 'a hard link' 'not an ordinary file'
mkfifo "$work/evil/run/settings/before.txt"
pack_evil run
refuses 'a FIFO' 'not an ordinary file'
# Devices cannot be made by everybody: the type in the header of an empty file, and so its checksum, is changed.
for type in 3 4; do
	rm -f "$work/evil/run/samples.csv"
	: >"$work/evil/run/settings/before.txt"
	tar cf "$work/evil.tar" --format=ustar -C "$work/evil" run/settings/before.txt
	sum=$(dd if="$work/evil.tar" bs=1 skip=148 count=6 2>/dev/null)
	printf '%06o' $((0$sum + type)) | dd of="$work/evil.tar" bs=1 seek=148 conv=notrunc 2>/dev/null
	printf %d "$type" | dd of="$work/evil.tar" bs=1 seek=156 conv=notrunc 2>/dev/null
	gzip -c "$work/evil.tar" >"$work/evil.tar.gz"
	refuses "a device ($(tar tvzf "$work/evil.tar.gz" | cut -c 1))" 'not an ordinary file'
done
mkdir "$work/evil/run/histograms"
(cd "$work/evil/run/histograms" && seq 10001 | sed 's/$/.csv/' | xargs touch)
pack_evil run
refuses 'more files than any run has' 'more than 10000 files'
echo x >"$work/evil/run/report.html"
pack_evil run
refuses 'a page' 'not a file of a run'
echo x >"$work/evil/run/settings/.profile"
pack_evil run
refuses 'a hidden file' 'not a file of a run'
printf x >"$work/evil/run/settings/a b"
pack_evil run
refuses 'a name with a space' 'not a file of a run'
pack_evil run/samples.csv run/samples.csv
refuses 'a file that comes twice' 'is there twice\|not an ordinary file'
truncate -s 300M "$work/evil/run/plan.csv"
echo end >>"$work/evil/run/plan.csv" # after the hole, which else counts as nothing
pack_evil -S run
refuses 'more than is sane, unpacked' 'more than 256 MB'
pack_evil run
head -c 400 "$work/evil.tar.gz" >"$work/cut" && mv "$work/cut" "$work/evil.tar.gz"
refuses 'half a pack' 'evil.tar.gz: '
echo 'not an archive' >"$work/evil.tar.gz"
refuses 'something else by that name' 'not a .tar.gz\|nrecognized'
ok 'nothing came to where it does not belong' [ ! -e "$work/samples.csv" ]
ok 'no such pack' exits 66 'No such file' "$handoff" report --out="$work/none" "$work/none.tar.gz"
ok 'no run to pack' exits 66 'no file of a run' "$handoff" pack --out="$work/x.tar.gz" "$work/seen"
ok 'a name that would not be known again' exits 64 'ends in .tar.gz' "$handoff" pack --out="$work/x.zip" "$work/run"
echo "1..$n"
