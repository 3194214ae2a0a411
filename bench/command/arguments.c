/* SPDX-License-Identifier: MIT */
#include "bench/command/arguments.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "bench/base/closest.h"

int arguments_read(const struct arguments *a, void *to, int argc, char **argv)
{
	char hint[CLOSEST_HINT];
	int option, which = 0;

	if (argc == 2 && !strcmp(argv[1], "help"))
		argv[1] = (char *)"--help";
	opterr = 0;
	optind = 0; /* main may have parsed before: makes glibc and musl start anew */
	while ((option = getopt_long(argc, argv, ":h", a->options, &which)) != -1) {
		char want[OPTION_WANT] = "";

		if (option == 'h') {
			fputs(a->help, stdout);
			return -1;
		}
		if (option == ':' || option == '?') {
			fprintf(stderr, "%s: %s: %s%s; --help lists the options\n", a->program,
				argv[optind - 1],
				option == ':' ? "needs a value" : closest_wrong(argv[optind - 1]),
				option == ':' ? ""
					      : closest_option(a->options, argv[optind - 1], hint,
							       sizeof(hint)));
			return EX_USAGE;
		}
		if (a->take(to, option, optarg, want)) {
			fprintf(stderr, "%s: --%s=%s: not valid; it takes %s\n", a->program,
				a->options[which].name, optarg, want);
			return EX_USAGE;
		}
	}
	if (a->operands || optind == argc)
		return 0;
	fprintf(stderr, "%s: %s: it takes no argument, only options; --help lists them\n",
		a->program, argv[optind]);
	return EX_USAGE;
}
