# SPDX-License-Identifier: MIT
# What the tests inside a guest have in common, beside tests/tap.sh; sourced by them.
# shellcheck shell=sh
. tests/tap.sh
cpu=/sys/devices/system/cpu

# column FILE NAME [LINE]: the value in the first row, or in line LINE.
column() {
	awk -F, -v name="$2" -v line="${3:-2}" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i } NR == line { print $c }' "$1"
}

# same FILE A B: sysfs says the same of two PUs.
same() {
	cmp -s "$cpu/cpu$2/$1" "$cpu/cpu$3/$1"
}

node_of() {
	basename "$cpu/cpu$1"/node*
}

# relation A B: how two PUs lie to each other by the kernel's own account. The domains nest (bench/machine/topology.h).
relation() {
	if [ "$1" = "$2" ]; then
		echo same-pu
	elif ! same topology/physical_package_id "$1" "$2"; then
		echo other-package
	elif [ "$(node_of "$1")" != "$(node_of "$2")" ]; then
		echo same-package
	elif ! same cache/index3/shared_cpu_list "$1" "$2"; then
		echo same-node
	elif ! same cache/index2/shared_cpu_list "$1" "$2"; then
		echo same-l3
	elif ! same topology/thread_siblings_list "$1" "$2"; then
		echo same-l2
	else
		echo smt
	fi
}

# Distance of the nodes of two PUs, as the kernel has it from the firmware.
distance() {
	from=$(node_of "$1")
	to=$(node_of "$2")
	cut -d ' ' -f $((${to#node} + 1)) "/sys/devices/system/node/$from/distance"
}

# All pairs of PUs, one line each, "A B RELATION DISTANCE", into $work/pairs.
read_pairs() {
	pus=$(seq 0 $(($(nproc) - 1)))
	for a in $pus; do
		for b in $pus; do
			echo "$a $b $(relation "$a" "$b") $(distance "$a" "$b")"
		done
	done >"$work/pairs"
}

# watched PROGRAM OPTION...: runs it; its CSV into $work/row, what the kernel says meanwhile into $work/seen.
watched() {
	program=$1
	shift
	"$BUILD/$program" "$@" >"$work/row" 2>"$work/err" &
	awk -v pid=$! -f tests/guest/watch.awk >"$work/seen"
	wait $!
	rc=$?
	cat "$work/err"
	return $rc
}

# pinned: each side of the row in $work/row had the PU that the row says, alone, and ran there; the driver kept off it if it could.
pinned() {
	asked=$(column "$work/row" cpus)
	[ "$(column "$work/row" status)" = ok ] || {
		echo "status $(column "$work/row" status): $(column "$work/row" reason)"
		return 1
	}
	echo "cpus $asked, cpus_seen $(column "$work/row" cpus_seen); the kernel:"
	cat "$work/seen"
	[ "$asked" = "$(column "$work/row" cpus_seen)" ] || return 1
	echo "$asked" | tr + '\n' | sort -u | sed 's/.*/side & &/' >"$work/right"
	grep '^side' "$work/seen" | sort -u | cmp - "$work/right" || return 1
	[ "$(wc -l <"$work/right")" -lt "$(nproc)" ] || return 0
	for list in $(sed -n 's/^driver //p' "$work/seen" | tr , '\n'); do
		for pu in $(seq "${list%-*}" "${list#*-}"); do
			! grep -q "side $pu " "$work/right" || return 1
		done
	done
}

# on_node NODE: the memory that was bound lies there and nowhere else, and the row says so.
on_node() {
	echo "mem_node $(column "$work/row" mem_node), flags $(column "$work/row" flags); the kernel:"
	grep memory "$work/seen"
	[ "$(column "$work/row" status)" = ok ] && [ "$(column "$work/row" mem_node)" = "$1" ] &&
		[ "$(grep memory "$work/seen")" = "memory N$1" ]
}

# The rows of file $1 that are ok and name two PUs or pairs of them: relation and distance are those of the kernel.
relations_right() {
	awk -F, '
		FNR == NR { split($0, f, " "); relation[f[1] "+" f[2]] = f[3]; distance[f[1] "+" f[2]] = f[4]; next }
		FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["status"] != "ok" || $at["placement"] == "" || $at["placement"] == "free" { next }
		{
			n = split($at["cpus"], pu, "+")
			for (i = 1; i < n; i += 2) {
				pair = pu[i] "+" pu[i + 1]
				if (relation[pair] != $at["placement"] || (n == 2 && distance[pair] != $at["numa_distance"])) {
					print $at["mechanism"] " " pair " is " relation[pair] " " distance[pair] ", not " \
						$at["placement"] " " $at["numa_distance"]
					bad = 1
				}
			}
			rows++
		}
		END { print rows + 0 " rows"; exit bad || !rows }' "$work/pairs" "$1"
}
