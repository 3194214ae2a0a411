# SPDX-License-Identifier: MIT
# A made-up fleet: the figures of results/example with noise of each machine's own; sourced by tests.
# shellcheck shell=sh

# made_machine DIR NAME [FACTOR PLACE] [SETTING...]: a run on machine NAME, which is FACTOR times as slow where column placement is
# PLACE (- : everywhere). A setting replaces one of the same key.
made_machine() {
	made_dir=$1
	made_name=$2
	made_factor=${3:-1}
	made_place=${4:--}
	shift 2
	[ $# -lt 2 ] || shift 2
	mkdir -p "$made_dir/settings"
	awk -F, -v name="$made_name" -v factor="$made_factor" -v place="$made_place" '
		# Its noise is a function of its name: a fleet is the same each time.
		function normal() { return sqrt(-2 * log(1 - rand())) * cos(6.2831853 * rand()) }
		BEGIN { OFS = ","; for (i = 1; i <= length(name); i++) seed = seed * 31 + index("0123456789abcdefghijklmnopqrstuvwxyz-.", substr(name, i, 1)); srand(seed) }
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print; next }
		/"/ { next }
		{
			$at["run_id"] = name "-20260102T030405Z"
			if ($at["median"] != "") {
				rate = $at["metric"] ~ /_per_s$|_mb_s$/
				change = exp((place == "-" || $at["placement"] == place ? log(factor) : 0) + 0.01 * normal())
				$at["median"] = sprintf("%.3f", rate ? $at["median"] / change : $at["median"] * change)
			}
			print
		}' results/example/summary.csv >"$made_dir/summary.csv"
	{
		printf '%s\n' "$@"
		printf '%s\n' "system:node=$made_name" 'system:release=6.1.0' 'system:machine=x86_64' '/proc/cpuinfo:model name=A Processor' \
			'/sys/devices/system/cpu/online=0-1' 'handoff:version=0.1 abc' '/proc/sys/kernel/numa_balancing=0' \
			"/proc/cmdline=root=UUID=$(printf '%08d' "${#made_name}")-0f6a-4f4c-9d52-2f4b5c6d7e8f quiet"
	} | sed '/^$/d' | sort -s -t = -k 1,1 -u | LC_ALL=C sort >"$made_dir/settings/before.txt"
}
