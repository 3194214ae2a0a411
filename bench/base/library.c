/* SPDX-License-Identifier: MIT */
#include "bench/base/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether `directory` has `name`: then its path. */
static bool is_in(const char *directory, const char *name, char *path, size_t size)
{
	int n = snprintf(path, size, "%s/%s", directory, name);

	return n > 0 && (size_t)n < size && !access(path, R_OK);
}

#ifdef __GLIBC__
int library_find(const char *name, char *path, size_t size)
{
	void *self = dlopen(NULL, RTLD_LAZY);
	Dl_serinfo sizes, *all = NULL;
	bool found = false;

	if (!self)
		return -ENOENT;
	if (!dlinfo(self, RTLD_DI_SERINFOSIZE, &sizes))
		all = malloc(sizes.dls_size);
	if (all) {
		*all = sizes;
		if (!dlinfo(self, RTLD_DI_SERINFO, all))
			for (unsigned i = 0; i < all->dls_cnt && !found; i++)
				found = is_in(all->dls_serpath[i].dls_name, name, path, size);
	}
	free(all);
	dlclose(self);
	return found ? 0 : -ENOENT;
}
#else
int library_find(const char *name, char *path, size_t size)
{
	static const char *const usual[] = {"/lib", "/usr/local/lib", "/usr/lib"}; /* musl's */

	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
		if (is_in(usual[i], name, path, size))
			return 0;
	return -ENOENT;
}
#endif

void *library_symbol(const char *name)
{
	return dlsym(RTLD_DEFAULT, name);
}

const char *library_of(const void *address)
{
	Dl_info info;

	return address && dladdr(address, &info) && info.dli_fname ? info.dli_fname : "";
}

bool library_gives(const char *function, const char *name)
{
	const char *file = library_of(library_symbol(function)), *slash = strrchr(file, '/');

	return !strcmp(slash ? slash + 1 : file, name);
}
