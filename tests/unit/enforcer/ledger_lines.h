/* ledger_lines - numbered events of a ledger: written, and read as a reader does. */
#pragma once

#include "ledger_folder.h"

static inline int append(const char *boot, int number)
{
	char body[200];

	snprintf(body, sizeof(body), "\"boot\":\"%s\",\"number\":%d", boot, number);
	return ledger_append(&ledger, body);
}

/* Read the ledger as a reader does, check its chain, and return how many lines it has.
 * @numbers: their "number", at most @max. */
static inline int read_all(const char *id, int *numbers, int max)
{
	struct ledger_reader *reader;
	struct ledger_chain chain;
	const char *line;
	size_t size;
	int n = 0, r;

	assert_int_equal(ledger_chain_start(&chain, id), 0);
	if (ledger_reader_new(ledgers_fd, id, 1, &reader) < 0)
		return 0;
	while ((r = ledger_reader_next(reader, &line, &size)) > 0) {
		const char *number = memmem(line, size, "\"number\":", 9);

		assert_int_equal(ledger_line_check(&chain, line, size, NULL), 0);
		assert_non_null(number);
		if (n < max)
			numbers[n] = atoi(number + 9);
		n++;
	}
	assert_int_equal(r, 0);
	ledger_reader_free(reader);
	return n;
}
