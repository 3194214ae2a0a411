# SPDX-License-Identifier: MIT
# The family of a mechanism by its name (a new one that no rule knows is among the others), the family's name and its hue in
# three depths: Okabe and Ito's, told apart by the colour-blind; the deepest is for text. Placements in the order of shapes.
BEGIN {
	n_families = split("mutexes|reader-writer locks|semaphores|spin locks|file locks|condition variables, barriers|" \
		"shared memory|pipes|local sockets|network|message queues|queues|atomics|others|floor", family_name, "|")
	split("1 2 6 4 7 5 4 1 2 6 5 3 3 7 8", hue_of, " ")
	split("0072b2 009e73 56b4e9 d55e00 cc79a7 e69f00 555555 999999", hue, " ")
	split("00507d 00664a 1f6f9e 9c4400 8f4370 8a5f00 222222 666666", deep, " ")
	split("4aa3d9 4cc29f 8accf0 f0925a e3abc8 f2c14e 8a8a8a b5b5b5", pale, " ")
	split("same-pu smt same-l2 same-l3 same-node same-package other-package free", relation, " ")
	for (i in relation) shape_of[relation[i]] = i
	split("alone one-line own-lines one-word", sharing, " ")
	for (i in sharing) shape_of[sharing[i]] = i
}
function family(name) {
	return name ~ /^(null|syscall|yield)$/ ? 15 : name ~ /^(mutex|futex_mutex)/ ? 1 : name ~ /^(rwlock|rcu|seqlock)/ ? 2 : \
		name ~ /^sem_/ ? 3 : name ~ /^spin/ ? 4 : name ~ /^file_lock/ ? 5 : name ~ /^(condvar|barrier)/ ? 6 : \
		name ~ /(_shm|_vm)$|^(memfd|mmap_)/ ? 7 : name ~ /^(pipe|fifo)/ ? 8 : name ~ /^unix_/ ? 9 : \
		name ~ /^(tcp|udp|vsock)/ ? 10 : name ~ /(_mq|_msg)$/ && name !~ /^io_uring/ ? 11 : name ~ /^queue/ ? 12 : \
		name ~ /^(atomic|fence)/ ? 13 : 14
}
function shape(placement) { return placement in shape_of ? shape_of[placement] : 1 }
