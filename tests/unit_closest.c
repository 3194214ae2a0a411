/* SPDX-License-Identifier: MIT */
/* class: pure, quick */
/* What is suggested for a name that does not exist. */
#include <string.h>

#include "bench/base/closest.h"
#include "tests/tap.h"

/* The hint for `typed` among `names`, ended by NULL. */
static const char *hint(const char *typed, const char *const *names)
{
	static char text[CLOSEST_HINT];
	struct closest c = {.typed = typed};

	while (*names)
		closest_try(&c, *names++);
	return closest_hint(&c, text, sizeof(text));
}

int main(void)
{
	static const char *const names[] = {"fifo", "pipe", "pty", "unix_stream", "udp", NULL};
	char long_name[CLOSEST_NAME + 1];

	ok(edit_distance("", "") == 0, "nothing and nothing are the same");
	ok(edit_distance("", "pipe") == 4, "four letters from nothing");
	ok(edit_distance("pipe", "") == 4, "and back");
	ok(edit_distance("kitten", "sitting") == 3, "two changed, one more");
	ok(edit_distance("pipe", "pie") == 1, "one less");
	ok(edit_distance("pipe", "piep") == 1, "two neighbours swapped");
	ok(edit_distance("ab", "ba") == 1, "also at the beginning");
	ok(edit_distance("abc", "cab") == 2, "but not two that are apart");
	ok(!strcmp(hint("pip", names), "; did you mean pipe?"), "a letter is missing");
	ok(!strcmp(hint("piep", names), "; did you mean pipe?"), "two letters are swapped");
	ok(!strcmp(hint("unix-steam", names), "; did you mean unix_stream?"),
	   "a third of the letters may be wrong");
	ok(!*hint("banana", names), "nothing is close to this");
	ok(!*hint("pxxe", names), "half of a short name is too much");
	ok(!*hint("x", names), "one letter says nothing");
	ok(!*hint("", names), "no letter says nothing");
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	ok(!*hint(long_name, names), "what is longer than any name is not compared");
	return done_testing();
}
