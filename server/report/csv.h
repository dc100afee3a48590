/* csv - write one CSV table: RFC 4180, CRLF line ends, UTF-8.
 * A text cell that begins with = + - @ TAB or CR gets a ' before it, since spreadsheets would run
 * it as a formula (OWASP, "CSV Injection"); device strings are chosen by whoever made the device.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

struct csv {
	FILE *stream; /* borrowed; the caller checks ferror */
	int column;   /* of the line being written */
};

/* Begin: writes the byte order mark that makes spreadsheets read UTF-8. */
void csv_init(struct csv *ret, FILE *stream);
void csv_text(struct csv *csv, const char *text);
void csv_number(struct csv *csv, uint64_t number);
void csv_end_line(struct csv *csv);
