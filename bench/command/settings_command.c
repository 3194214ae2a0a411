/* SPDX-License-Identifier: MIT */
/* `handoff settings`: what on this machine is set by somebody, one setting a line. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sysexits.h>

#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/command/run_settings.h"
#include "bench/report/fold.h"

#define PROGRAM "handoff settings"

static const char help[] =
	"Usage: handoff settings [--fold]\n"
	"Prints every setting of this machine that a sweep records, sorted, as key=value.\n"
	"  --fold   leave out what differs on every machine by nature: names, counters, UUIDs,\n"
	"           hardware addresses, the last digits of the memory. Machines that are set "
	"alike\n"
	"           print the same: clush -b, dshbak -c or diff show who is set otherwise.\n"
	"  --help   this text\n";

/* --fold, the only one. */
static int take_option(void *to, int option, const char *value, char *want)
{
	*(bool *)to = true;
	return 0;
}

/* The settings that differ between machines for a reason, in place of all. 0 or -errno. */
static int fold(struct settings **s)
{
	struct settings *folded = NULL;
	struct utsname system;
	int err = uname(&system) ? -errno : fold_settings(*s, system.nodename, &folded);

	if (err)
		return err;
	settings_free(*s);
	*s = folded;
	return 0;
}

int command_settings(int argc, char **argv)
{
	static const struct option options[] = {
		{"fold", no_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	static const struct arguments arguments = {
		.program = PROGRAM, .help = help, .options = options, .take = take_option};
	struct settings *s;
	bool folded = false;
	int err = arguments_read(&arguments, &folded, argc, argv);

	if (err)
		return err < 0 ? 0 : err;
	s = run_settings_read();
	err = s ? 0 : -ENOMEM;
	if (!err && folded)
		err = fold(&s);
	if (err)
		fprintf(stderr, PROGRAM ": cannot read the settings: %s\n", strerror(-err));
	if (!err && (err = settings_write(s, stdout)))
		fprintf(stderr, PROGRAM ": cannot write: %s\n", strerror(-err));
	settings_free(s);
	return err ? EX_IOERR : 0;
}
