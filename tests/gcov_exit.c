/* SPDX-License-Identifier: MIT */
/*
 * For scripts/check/coverage alone, which links it with --wrap=_exit: gcc's counters are written at
 * exit(3), which sides that are processes do not call.
 */
void __gcov_dump(void);		       /* NOLINT: of gcov.h, which clang does not have */
_Noreturn void __real__exit(int code); /* NOLINT: the linker's names */
_Noreturn void __wrap__exit(int code); /* NOLINT */

_Noreturn void __wrap__exit(int code) /* NOLINT */
{
	__gcov_dump();
	__real__exit(code);
}
