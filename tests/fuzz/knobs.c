/* SPDX-License-Identifier: MIT */
/* Profile files: whatever the file says, only settings of the machine are named. */
#include "bench/machine/knobs.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct knobs k;
	char error[KNOBS_ERROR];

	if (knobs_read(&k, fuzz_file(data, size), error)) {
		CLAIM(strlen(error) < sizeof(error));
		return 0;
	}
	CLAIM(k.n > 0);
	for (size_t i = 0; i < k.n; i++) {
		const struct knob *knob = &k.knob[i];

		CLAIM(*knob->value && !strchr(knob->value, '\n') && !strstr(knob->path, ".."));
		if (knob->hold)
			CLAIM(!strcmp(knob->path, "/dev/cpu_dma_latency"));
		else
			CLAIM(!strncmp(knob->path, "/proc/sys/", 10) ||
			      !strncmp(knob->path, "/proc/irq/", 10) ||
			      !strncmp(knob->path, "/sys/", 5));
		CLAIM(strcmp(knob->path, "/proc/sys/kernel/core_pattern") != 0);
	}
	knobs_free(&k);
	return 0;
}
