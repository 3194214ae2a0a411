/* SPDX-License-Identifier: MIT */
#include "bench/base/whole.h"

#include <errno.h>
#include <unistd.h>

static void name_part(const struct whole *w, char part[static sizeof(w->path) + sizeof(WHOLE_PART)])
{
	snprintf(part, sizeof(w->path) + sizeof(WHOLE_PART), "%s" WHOLE_PART, w->path);
}

int whole_open(struct whole *w, const char *path)
{
	char part[sizeof(w->path) + sizeof(WHOLE_PART)];

	if ((size_t)snprintf(w->path, sizeof(w->path), "%s", path) >= sizeof(w->path))
		return -ENAMETOOLONG;
	name_part(w, part);
	w->out = fopen(part, "we");
	return w->out ? 0 : -errno;
}

int whole_close(struct whole *w, int err)
{
	char part[sizeof(w->path) + sizeof(WHOLE_PART)];

	name_part(w, part);
	errno = 0;
	if (!err && (fflush(w->out) || ferror(w->out)))
		err = errno ? -errno : -EIO;
	/* pipes and some file systems have nothing to wait for */
	if (!err && fsync(fileno(w->out)) && errno != EINVAL && errno != ENOTSUP)
		err = -errno;
	if (fclose(w->out) && !err)
		err = -errno;
	if (!err && rename(part, w->path))
		err = -errno;
	if (err)
		unlink(part);
	return err;
}
