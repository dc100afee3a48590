/* generate_words - the alphabets that generated documents and generated devices share. */
#pragma once

#include "generate.h"

#define PICK(generator, list) ((list)[generate_below(generator, sizeof(list) / sizeof((list)[0]))])

static const uint16_t vendors[] = { 0x0951, 0x0952, 0x046d, 0xffff };
static const uint16_t products[] = { 0x0001, 0x1666, 0x1667 };
static const char *const serials[] = {
	"A001", "A002", "A017", "A1", "AB*", "a001", "\xe4\xb8\xad"
};
static const char *const names[] = { "DataTraveler", "Data", "Da\xc3\xa9", "*", "a\\b", "Blade" };
static const char *const ports[] = { "1-1", "1-2", "1-2.3", "2-1" };
static const char *const people[] = { "alice", "alan", "bob" };
static const char *const hosts[] = { "pc-1", "pc-2", "lab-1" };
static const char *const classes[] = { "secret", "open" };
static const char *const labels[] = { "BACKUP", "BOOK", "\xe5\x82\x99\xe4\xbb\xbd" };
static const int64_t sizes[] = { 0, 4096, 500000000, 500000001, (int64_t)32 << 30 };
static const uint32_t speeds[] = { 0, 1, 12, 480, 5000, 10000, 20000 };
static const char *const triple_patterns[] = { "08:*:*",   "08:06:50", "08:06:*",  "03:*:*",
					       "03:01:01", "03:00:*",  "ff:42:01", "e0:01:03" };
static const uint8_t triples[][3] = { { 0x08, 0x06, 0x50 },
				      { 0x08, 0x06, 0x62 },
				      { 0x03, 0x01, 0x01 },
				      { 0x03, 0x00, 0x00 },
				      { 0xff, 0x42, 0x01 } };

enum { DIGESTS = 3 }; /* bytes all 0, all 1, all 2 */
