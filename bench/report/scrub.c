/* SPDX-License-Identifier: MIT */
/* Line by line: files of a run are text, and none of what is looked for goes over a line. */
#include "bench/report/scrub.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 512

/* What is replaced wherever it stands. */
static const struct pattern {
	const char *regex, *by;
} patterns[] = {
	{"[[:xdigit:]]{8}-[[:xdigit:]]{4}-[[:xdigit:]]{4}-[[:xdigit:]]{4}-[[:xdigit:]]{12}",
	 "uuid"},
	{"([[:xdigit:]]{2}[:-]){5,}[[:xdigit:]]{2}", "address"},
	{"[[:xdigit:]]{32,}", "id"},
	{"/home/[^/[:space:]+:,;\"'<]+", "/home/user"},
};

#define N_PATTERNS (sizeof(patterns) / sizeof(patterns[0]))

/*
 * Infos of topology.xml that tell one machine from others of its kind (hwloc's manual, "Object
 * attributes").
 */
#define XML_TELLING "<info name=\"[^\"]*(Serial|UUID|AssetTag|Address|HostName|GUID|NodeGUID)"

struct copying {
	const struct scrub *names;
	regex_t regex[N_PATTERNS], telling;
	FILE *out;
	bool csv, xml;
	int of_host[COLUMNS_MAX]; /* per column: 1 host, 2 run_id, 0 another */
	size_t line;
};

void scrub_add(struct scrub *s, const char *name, const char *by)
{
	if (!name || !*name || !strcmp(name, "root") || !strcmp(name, "localhost") ||
	    !strcmp(name, "(none)") || s->n == SCRUB_NAMES)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(name, s->names[i]))
			return;
	snprintf(s->names[s->n], sizeof(s->names[s->n]), "%s", name);
	s->by[s->n++] = by;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Length of the name that stands at `at` as a word of its own; 0: none. */
static size_t name_at(const struct scrub *s, const char *line, const char *at, size_t *which)
{
	if (at > line && (is_word(at[-1]) || at[-1] == '-' || at[-1] == '.'))
		return 0;
	for (size_t i = 0; i < s->n; i++) {
		size_t n = strlen(s->names[i]);
		/* "/proc/sys/vm/" is no machine called vm. */
		bool path = !strcmp(s->by[i], "host") && at > line && at[-1] == '/';

		if (!path && !strncmp(at, s->names[i], n) && !is_word(at[n])) {
			*which = i;
			return n;
		}
	}
	return 0;
}

/* The first match of any pattern in `text` that begins at its start; 0: none. */
static size_t pattern_at(const struct copying *c, const char *text, size_t *which)
{
	regmatch_t match;

	for (size_t i = 0; i < N_PATTERNS; i++)
		if (!regexec(&c->regex[i], text, 1, &match, 0) && match.rm_so == 0) {
			*which = i;
			return (size_t)match.rm_eo;
		}
	return 0;
}

/* Writes `text`; `names` says whether names are looked for as well. */
static void write_text(const struct copying *c, const char *text, bool names)
{
	for (const char *at = text; *at;) {
		size_t which, n = names ? name_at(c->names, text, at, &which) : 0;

		if (n) {
			fputs(c->names->by[which], c->out);
		} else if ((at == text || !isxdigit((unsigned char)at[-1])) &&
			   (isxdigit((unsigned char)*at) || *at == '/') &&
			   (n = pattern_at(c, at, &which))) {
			fputs(patterns[which].by, c->out);
		} else {
			fputc(*at, c->out);
			n = 1;
		}
		at += n;
	}
}

/* A run is called by host and time: "db01-20260102T030405Z". */
static void write_run(const struct copying *c, const char *run)
{
	size_t which, n;

	if (*run == '"')
		fputc(*run++, c->out);
	n = name_at(c->names, run, run, &which);
	if (n)
		fputs(c->names->by[which], c->out);
	fputs(run + n, c->out);
}

/* Cuts the next field off `*line`, with its quotes; NULL after the last. */
static char *next_field(char **line)
{
	char *field = *line, *at = field;
	bool quoted = false;

	if (!field)
		return NULL;
	for (; *at && (quoted || *at != ','); at++)
		quoted ^= *at == '"';
	*line = *at ? at + 1 : NULL;
	*at = '\0';
	return field;
}

/* Whether `field` of a header, in quotes or not, is `name`. */
static bool is_called(const char *field, const char *name)
{
	size_t n = strlen(name);

	field += *field == '"';
	return !strncmp(field, name, n) && !is_word(field[n]);
}

static void write_record(struct copying *c, char *line)
{
	size_t column = 0;

	for (char *field; (field = next_field(&line)); column++) {
		int kind = column < COLUMNS_MAX ? c->of_host[column] : 0;

		if (column)
			fputc(',', c->out);
		if (c->line == 1 && column < COLUMNS_MAX)
			c->of_host[column] = is_called(field, "host")	  ? 1
					     : is_called(field, "run_id") ? 2
									  : 0;
		if (c->line == 1 || !*field)
			fputs(field, c->out);
		else if (kind == 1)
			fputs("host", c->out);
		else if (kind == 2)
			write_run(c, field);
		else
			write_text(c, field, false);
	}
}

static void write_line(struct copying *c, char *line)
{
	bool end = line[strcspn(line, "\n")] == '\n';

	c->line++;
	line[strcspn(line, "\n")] = '\0';
	if (c->xml && !regexec(&c->telling, line, 0, NULL, 0))
		return;
	if (c->csv)
		write_record(c, line);
	else
		write_text(c, line, true);
	if (end)
		fputc('\n', c->out);
}

int scrub_copy(const struct scrub *s, const char *name, FILE *in, FILE *out)
{
	const char *ending = strrchr(name, '.');
	struct copying c = {.names = s, .out = out};
	char *line = NULL;
	size_t room = 0;

	c.csv = ending && !strcmp(ending, ".csv");
	c.xml = ending && !strcmp(ending, ".xml");
	for (size_t i = 0; i < N_PATTERNS; i++)
		if (regcomp(&c.regex[i], patterns[i].regex, REG_EXTENDED))
			return -ENOMEM;
	if (regcomp(&c.telling, XML_TELLING, REG_EXTENDED | REG_NOSUB))
		return -ENOMEM;
	while (getline(&line, &room, in) > 0)
		write_line(&c, line);
	free(line);
	for (size_t i = 0; i < N_PATTERNS; i++)
		regfree(&c.regex[i]);
	regfree(&c.telling);
	return ferror(in) || ferror(out) ? -EIO : 0;
}
