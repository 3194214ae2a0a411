/* SPDX-License-Identifier: MIT */
/*
 * Reading of the CSV files: the first byte says which, the rest is the file. A row that was read
 * can be written, and what was written is read as the same.
 */
#include "bench/record/csv.h"
#include "tests/fuzz/fuzz.h"

/* `row` as a file of `kind`; to be freed. */
static char *written(enum csv_file kind, const struct row *row, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	CLAIM(out && !csv_write_header(out, kind) && !csv_write_row(out, kind, row));
	fclose(out);
	return text;
}

static void read_again(enum csv_file kind, const struct row *row)
{
	static struct row again;
	struct csv_reader reader;
	size_t size, size_again;
	char *text = written(kind, row, &size), *text_again;

	CLAIM(!csv_open(&reader, fuzz_file(text, size), kind));
	CLAIM(csv_next(&reader, &again) == 1);
	csv_close(&reader);
	text_again = written(kind, &again, &size_again);
	CLAIM(size == size_again && !memcmp(text, text_again, size));
	free(text);
	free(text_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum csv_file kind = size ? data[0] % CSV_FILE_COUNT : 0;
	static struct row row, last;
	struct csv_reader reader;
	size_t rows = 0;

	if (!size || csv_open(&reader, fuzz_file(data + 1, size - 1), kind))
		return 0;
	while (csv_next(&reader, &row) == 1 && ++rows < 1000)
		last = row;
	CLAIM(reader.whole_b <= size - 1);
	csv_close(&reader);
	csv_close(&reader);
	if (rows)
		read_again(kind, &last);
	return 0;
}
