/* SPDX-License-Identifier: MIT */
/*
 * Values go the way of a pack's files, which leave out the same words; keys go the way of
 * settings_fold().
 */
#include "bench/report/fold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/scrub.h"

/* Names by which the machine calls itself: with its domain, and without. */
static void add_names(struct scrub *scrub, const char *host)
{
	char first[256];

	scrub_add(scrub, host, "host");
	snprintf(first, sizeof(first), "%.*s", (int)strcspn(host, "."), host);
	scrub_add(scrub, first, "host");
}

int fold_read(FILE *in, const char *host, struct settings **ret)
{
	struct scrub scrub = {.n = 0};
	struct settings *s = NULL;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size), *scrubbed;
	int err = out ? 0 : -ENOMEM;

	add_names(&scrub, host);
	if (!err)
		err = scrub_copy(&scrub, "settings.txt", in, out);
	if (out && fclose(out) && !err)
		err = -ENOMEM;
	scrubbed = !err && size ? fmemopen(text, size, "r") : NULL;
	if (!err)
		err = scrubbed ? settings_parse(&s, scrubbed) : -EBADMSG;
	if (scrubbed)
		fclose(scrubbed);
	free(text);
	if (!err) {
		*ret = settings_fold(s);
		err = *ret ? 0 : -ENOMEM;
	}
	settings_free(s);
	return err;
}

int fold_settings(struct settings *s, const char *host, struct settings **ret)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	int err = file ? settings_write(s, file) : -ENOMEM;

	if (file && fclose(file) && !err)
		err = -ENOMEM;
	file = !err && size ? fmemopen(text, size, "r") : NULL;
	if (!err)
		err = file ? fold_read(file, host, ret) : -ENOMEM;
	if (file)
		fclose(file);
	free(text);
	return err;
}
