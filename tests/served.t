#!/bin/sh
# SPDX-License-Identifier: MIT
# class: measuring, quick
# Experiments order and herd count what the kernel's and libc's sources say: how many waiters one event wakes, and who is
# served first. fs/eventfd.c and net/unix (streams) wake all; fs/pipe.c one; kernel/futex and ipc/mqueue.c queue by priority.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
. tests/tap.sh

# row NAME OPTION...: its figures, "woken order in_order_share last_first_share". The duration is for the watchdog alone: beside
# other load a waiter may have no CPU for seconds.
row() {
	name=$1
	shift
	"$BUILD/sync_$name" --iterations=20 --duration=10s --threads=5 "$@" 2>"$work/err" | awk -F, '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ print $at["woken_per_event"], $at["served_order"], $at["in_order_share"], $at["last_first_share"] }'
	cat "$work/err" >&2
}

# says WORDS NAME OPTION...: the row's figures match the extended regular expression
says() {
	words=$1
	shift
	row "$@" >"$work/row"
	cat "$work/row"
	grep -Eqx -- "$words" "$work/row"
}

one='1\.000000 1\+2\+3\+4 1\.000000 0\.000000'
favoured='1\.000000 4\+1\+2\+3 0\.000000 1\.000000'
all='(3\.[5-9]|4\.0)[0-9]* [1-4+]* [01]\.[0-9]* [01]\.[0-9]*'
ok 'a mutex wakes one, in the order in which they came' says "$one" mutex --variant=normal --experiment=herd
ok 'so does a pipe' says "$one" token --variant=pipe --experiment=herd
ok 'an eventfd wakes all' says "$all" token --variant=eventfd --experiment=herd
ok 'so does a stream socket, between processes too' says "$all" token --variant=unix_stream --experiment=herd \
	--endpoints=process
ok 'a message queue goes by nice value' says "$favoured" token --variant=posix_mq --experiment=order --last=nice
ok 'a semaphore does not' says "$one" sem_posix --variant=unnamed --experiment=order --last=nice
row sem_posix --variant=unnamed --experiment=order --last=fifo >"$work/fifo" 2>"$work/err"
if grep -q 'class fifo is not allowed' "$work/err"; then
	skip 'a waiter of class fifo is served first by a semaphore' 'this user may not have class fifo'
else
	ok 'a waiter of class fifo is served first by a semaphore' says "$favoured" sem_posix --variant=unnamed \
		--experiment=order --last=fifo
fi
ok 'and not by a System V semaphore, or skipped' says "$one|   " sem_sysv --variant=plain --experiment=order --last=fifo
ok 'two are refused: nobody could be first' exits 64 'three threads or more' "$BUILD/sync_mutex" --experiment=order --threads=2
ok 'a lock that spins has no such experiment' exits 64 'no variant has it' "$BUILD/sync_spin_tas" --experiment=herd
"$BUILD/sync_mutex" --variant=normal --duration=1ms --no-header >"$work/all.csv" 2>/dev/null
ok 'neither is run unless asked for' lacking ',herd,\|,order,' "$work/all.csv"

"$BUILD/handoff" run sync/token:eventfd --experiment=herd --runs=6 --iterations=20 >"$work/run" 2>"$work/err"
ok 'a token has nothing else, so it runs them' [ "$("$BUILD/sync_token" --variant=pipe --iterations=5 --no-header | wc -l)" = 2 ]
ok 'handoff run says how many are woken' grep -q 'eventfd herd.* 8' "$work/run"

# What the page says, and what is seen: the script that runs its entries.
cat >"$work/page.md" <<'EOF'
## 1. Five is more than four
    a: printf 'schema,status,reason,ns\n1,ok,,5\n'
    b: printf 'schema,status,reason,ns\n1,ok,,4\n'
    holds: a.ns > b.ns
    here: 
## 2. Five is more than six
    a: printf 'schema,status,reason,ns\n1,ok,,5\n'
    holds: a.ns > 6
    here: 
## 3. What cannot run
    a: printf 'schema,status,reason,ns\n1,skipped,not here,\n'
    holds: a.ns > 6
    here: 
## 4. A setting
    a: /SETTING=2 printf 'schema,status,reason,ns\n1,ok,,%s\n' "$(cat /SETTING)"
    holds: a.ns == 2
    here: 
EOF
echo 1 >"$work/setting"
sed -i "s,/SETTING,$work/setting,g" "$work/page.md"
ok 'surprises: one that differs is status 1' exits 1 '' scripts/check/surprises --write --page="$work/page.md"
ok 'holds' grep -q '^holds    *1  Five is more than four: a.ns = 5, b.ns = 4$' "$work/out"
ok 'differs' grep -q '^differs  *2 ' "$work/out"
ok 'skipped, with the reason' grep -q '^skipped  *3  What cannot run: not here$' "$work/out"
ok 'a setting is there while the command runs' grep -q '^holds    *4 ' "$work/out"
ok 'and is put back' [ "$(cat "$work/setting")" = 1 ]
ok 'what was seen is written into the page' grep -qx '    here: a.ns = 5, b.ns = 4' "$work/page.md"
echo "1..$n"
