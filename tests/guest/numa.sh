#!/bin/sh
# SPDX-License-Identifier: MIT
# Inside a guest with several nodes: PUs, nodes and relations are what the kernel says, watched while it measures.
# usage: sh tests/guest/numa.sh RELATION...   those that this guest has
set -u
. tests/guest/guest.sh
relations=$*

# Every relation of this guest has PUs in `handoff topology`, and no other has.
shown() {
	"$BUILD/handoff" topology >"$work/topology" || return 1
	cat "$work/topology"
	awk 'NR > 4 && $2 != "missing:" { print $1 }' "$work/topology" | sort >"$work/has"
	echo "$relations" | tr ' ' '\n' | sort | cmp - "$work/has"
}

# Every relation has a row that counts.
swept() {
	"$BUILD/handoff" sweep --budget=60s --only=ipc/pipe:pair --out="$work/run" >"$work/out" 2>"$work/err"
	# 69: no gnuplot here
	[ $? = 69 ] || {
		cat "$work/err"
		return 1
	}
	for r in $relations; do
		[ "$(awk -F, -v r="$r" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
			$at["status"] == "ok" && $at["used"] == "yes" && $at["placement"] == r' "$work/run/samples.csv" | wc -l)" -gt 0 ] || {
			echo "no row of $r"
			return 1
		}
	done
	! values "$work/run/samples.csv" status | grep -Evqx 'ok|skipped|overload|not_planned' || {
		awk -F, '$7 != "ok" { print $7, $9, $11, $12, $13 }' "$work/run/samples.csv" | sort | uniq -c
		return 1
	}
}

# order_right N: the first PUs of the two orders, which the threads in $work/row have, by what the kernel says of them.
order_right() {
	order=$(column "$work/row" order)
	# shellcheck disable=SC2046 # one word per PU
	set -- $(column "$work/row" cpus | tr + ' ')
	first=$(relation "$1" "$2")
	case $order in
	compact) [ "$first" = "$closest" ] ;;
	scatter) [ "$first" = other-package ] ;;
	esac || {
		echo "$order $*: the first two are $first"
		return 1
	}
	[ $# -ge 4 ] || return 0
	packages=$(for pu in "$1" "$2" "$3" "$4"; do cat "$cpu/cpu$pu/topology/physical_package_id"; done | sort -u | wc -l)
	cores=$(for pu in "$1" "$2" "$3" "$4"; do cat "$cpu/cpu$pu/topology/thread_siblings_list"; done | sort -u | wc -l)
	echo "$order $*: the first four are of $packages packages and $cores cores"
	case $order in
	compact) [ "$packages" = 1 ] ;;
	scatter) [ "$packages $cores" = '2 4' ] ;;
	esac
}

# The matrix has pairs of every relation, the relation is the kernel's, and no package is cut in two by the order.
matrix_right() {
	"$BUILD/handoff" matrix --budget=20s --out=- >"$work/matrix.csv" 2>"$work/err" || {
		cat "$work/err"
		return 1
	}
	for r in $relations; do
		[ "$r" = same-pu ] || values "$work/matrix.csv" placement | grep -qx "$r" || {
			echo "no pair of $r"
			return 1
		}
	done
	awk -F, '
		FNR == NR { split($0, f, " "); relation[f[1] "+" f[2]] = f[3]; next }
		FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{
			pair = $at["first_pu"] "+" $at["second_pu"]
			if (relation[pair] != $at["placement"]) { print pair " is not " $at["placement"]; bad = 1 }
			pu[$at["first_index"]] = $at["first_pu"]; pu[$at["second_index"]] = $at["second_pu"]
			if ($at["second_index"] > last) last = $at["second_index"]
		}
		END {
			# neighbours that are not of one package: one border between two packages
			before = pu[0]
			for (i = 1; i <= last; i++) {
				if (!(i in pu)) continue
				borders += relation[before "+" pu[i]] == "other-package"
				before = pu[i]
			}
			print borders + 0 " borders"
			exit bad || borders != 1
		}' "$work/pairs" "$work/matrix.csv"
}

read_pairs
ok "topology: $relations" shown
for r in $relations; do
	ok "$r: measures" watched ipc_pipe --placement="$r" --duration=500ms
	ok "$r: the relation of PUs $(column "$work/row" cpus) is the kernel's" relations_right "$work/row"
	ok "$r: each side has its PU" pinned
done
closest=$(echo "$relations" | cut -d ' ' -f 2)
for order in compact scatter; do
	for threads in 2 4 8; do
		ok "$threads threads, $order: measures" watched sync_spin_ttas --variant=plain --experiment=contended --threads=$threads --order=$order --duration=500ms
		ok "$threads threads, $order: each has its PU" pinned
		ok "$threads threads, $order: by the kernel's topology" order_right
	done
done
ok 'two pairs: measures' watched ipc_pipe --placement="$closest" --pairs=2 --duration=500ms
ok 'two pairs: the relation of both' relations_right "$work/row"
ok 'two pairs: each side has its PU' pinned

for node in /sys/devices/system/node/node*; do
	node=${node##*node}
	for program in ipc_posix_shm ipc_memfd; do
		ok "$program, memory of node $node: measures" watched $program --variant=ring --wait=futex --placement=other-package --mem=node:"$node" --duration=500ms
		ok "$program: it lies on node $node" on_node "$node"
	done
done
a=$(column "$work/row" cpus | sed 's/+.*//')
b=$(column "$work/row" cpus | sed 's/.*+//')
watched ipc_memfd --variant=ring --wait=futex --placement=other-package --mem=first --duration=500ms
first=$(node_of "$a")
second=$(node_of "$b")
ok 'memory of the first side' on_node "${first#node}"
watched ipc_memfd --variant=ring --wait=futex --placement=other-package --mem=second --duration=500ms
ok 'memory of the second side' on_node "${second#node}"
watched ipc_memfd --variant=ring --wait=futex --placement=same-pu --mem=remote --duration=500ms
ok 'remote memory is of the other package' [ "$(relation "$(column "$work/row" cpus | sed 's/+.*//')" \
	"$(sed 's/[-,].*//' "/sys/devices/system/node/node$(column "$work/row" mem_node)/cpulist")")" = other-package ]
ok 'remote memory lies where the row says' on_node "$(column "$work/row" mem_node)"
ok 'the lock of a spinlock: measures' watched sync_spin_ttas --variant=plain --experiment=contended --threads=2 --mem=node:1 --duration=500ms
ok 'the lock of a spinlock lies on node 1' on_node 1

ok 'sweep: a row of every relation' swept
ok 'sweep: relations and distances are the kernel'"'"'s' relations_right "$work/run/samples.csv"
ok 'matrix: all pairs, relations and order are the kernel'"'"'s' matrix_right
ok 'unit_placement' "$BUILD/tests/unit_placement"
ok 'unit_memory' "$BUILD/tests/unit_memory"
echo "1..$n"
