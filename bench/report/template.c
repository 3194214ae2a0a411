/* SPDX-License-Identifier: MIT */
#include "bench/report/template.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TEMPLATE_MAX_B (1u << 20)

char *template_read(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = in ? calloc(1, TEMPLATE_MAX_B) : NULL;

	if (text)
		errno = 0;
	if (text && !fread(text, 1, TEMPLATE_MAX_B - 1, in)) {
		free(text);
		text = NULL;
	}
	if (in)
		fclose(in);
	return text;
}

#define TAG_B 256 /* room for what stands between the braces */

struct filling {
	template_lookup lookup;
	void *arg;
	FILE *out;
	bool inside;	 /* between if and end */
	bool shown;	 /* what stands here goes to `out` */
	const char *why; /* what is wrong */
};

/* Whether one of the names in `list` has text. */
static int any_text(struct filling *f, char *list, bool *ret)
{
	char *save = NULL;

	*ret = false;
	for (char *name = strtok_r(list, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
		const char *text = f->lookup(f->arg, name);

		if (!text)
			return -EBADMSG;
		*ret |= *text != '\0';
	}
	return 0;
}

static int tag(struct filling *f, char *name)
{
	const char *text;

	f->why = "if and end do not nest, and each if has its end";
	if (!strncmp(name, "if ", 3)) {
		if (f->inside)
			return -EBADMSG;
		f->inside = true;
		f->why = "nothing is called like one of the names";
		return any_text(f, name + 3, &f->shown);
	}
	if (!strcmp(name, "end")) {
		if (!f->inside)
			return -EBADMSG;
		f->inside = false;
		f->shown = true;
		return 0;
	}
	f->why = "nothing is called so";
	text = f->lookup(f->arg, name);
	if (!text)
		return -EBADMSG;
	if (f->shown)
		fputs(text, f->out);
	return 0;
}

int template_fill(const char *text, template_lookup lookup, void *arg, FILE *out, unsigned *line,
		  const char **why)
{
	struct filling f = {.lookup = lookup, .arg = arg, .out = out, .shown = true};
	const char *begin = text, *open, *close;
	char name[TAG_B];
	int err = 0;

	while (!err && (open = strstr(text, "{{"))) {
		close = strstr(open, "}}");
		if (f.shown)
			fwrite(text, 1, (size_t)(open - text), out);
		text = open;
		f.why = "{{ without }}";
		if (!close || close - open >= TAG_B)
			err = -EBADMSG;
		else {
			snprintf(name, sizeof(name), "%.*s", (int)(close - open - 2), open + 2);
			err = tag(&f, name);
			text = close + 2;
		}
	}
	if (!err && f.inside) {
		f.why = "an if has no end";
		err = -EBADMSG;
	}
	if (!err)
		fputs(text, out);
	*line = 1;
	for (const char *at = begin; at < text; at++)
		*line += *at == '\n';
	*why = f.why;
	return err;
}
