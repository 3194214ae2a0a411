# SPDX-License-Identifier: MIT
# Looks at process PID and its descendants in /proc while it lives, and prints what the kernel says of them, each thing once:
#   side PUS PROCESSOR   a thread that may run on one PU alone, and where it ran
#   driver PUS           where the first process might run when such threads were there last
#   memory N2+N3         nodes on which pages of memory bound by mbind(2) lie
# usage: awk -v pid=PID -f tests/guest/watch.awk

function say(what) {
	if (!(what in said)) {
		said[what] = 1
		print what
	}
}

# Text behind "Cpus_allowed_list:" in the status of a thread; "" when it is gone.
function allowed(path, line, list) {
	list = ""
	while ((getline line < path) > 0)
		if (line ~ /^Cpus_allowed_list:/) {
			list = line
			sub(/.*:[ \t]*/, "", list)
		}
	close(path)
	return list
}

# Field 39 of stat(5); the name in field 2 may hold blanks.
function processor(path, line, field) {
	if ((getline line < path) <= 0)
		line = ""
	close(path)
	sub(/.*\) /, "", line)
	return split(line, field, " ") >= 37 ? field[37] : ""
}

# A thread that is pinned when its binding is read runs there when its place is read. Not the first thread: hwloc sends it
# from PU to PU while it reads the machine.
function look_at_threads(root, command, task, list, place, pinned) {
	command = "ls /proc/" root "/task 2>/dev/null"
	while ((command | getline task) > 0) {
		if (task == pid)
			continue
		list = allowed("/proc/" root "/task/" task "/status")
		place = processor("/proc/" root "/task/" task "/stat")
		if (list ~ /^[0-9]+$/ && place != "") {
			say("side " list " " place)
			pinned = 1
		}
	}
	close(command)
	return pinned
}

function look_at_memory(path, line, field, i, n, nodes) {
	while ((getline line < path) > 0) {
		if (line !~ /^[0-9a-f]+ bind/)
			continue
		nodes = ""
		n = split(line, field, " ")
		for (i = 2; i <= n; i++)
			if (field[i] ~ /^N[0-9]+=/)
				nodes = nodes (nodes == "" ? "" : "+") substr(field[i], 1, index(field[i], "=") - 1)
		if (nodes != "")
			say("memory " nodes)
	}
	close(path)
}

# Whether a thread of `root` or of a process below it is pinned.
function look(root, path, line, children, i, n, pinned) {
	pinned = look_at_threads(root)
	look_at_memory("/proc/" root "/numa_maps")
	path = "/proc/" root "/task/" root "/children"
	line = ""
	if ((getline line < path) <= 0)
		line = ""
	close(path)
	n = split(line, children, " ")
	for (i = 1; i <= n; i++)
		pinned += look(children[i])
	return pinned
}

# Whether the process is there and no zombie.
function lives(pid, line, path) {
	path = "/proc/" pid "/stat"
	if ((getline line < path) <= 0)
		line = ""
	close(path)
	return line != "" && line !~ /\) [ZX] /
}

BEGIN {
	while (lives(pid)) {
		list = allowed("/proc/" pid "/status")
		# before and after: it is moved at the beginning and at the end
		if (look(pid) && list == allowed("/proc/" pid "/status"))
			driver = list
	}
	if (driver != "")
		say("driver " driver)
}
