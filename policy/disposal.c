#include "disposal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "text.h"

static const char opening[] = "{\"disposed\":\"";

static bool is_kind(const char *kind)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_()";
	size_t size = strlen(kind);

	return size > 0 && size < DISPOSAL_KIND_SIZE && strspn(kind, good) == size;
}

/* "2026-11-22" */
static bool is_day(const char *day)
{
	char time[CHECKPOINT_TIME_SIZE];
	int64_t ignored;

	return strlen(day) == DISPOSAL_DAY_SIZE - 1 &&
	       snprintf(time, sizeof(time), "%sT00:00:00Z", day) == CHECKPOINT_TIME_SIZE - 1 &&
	       text_time_parse(time, &ignored) == 0;
}

static struct disposal_kind *find_kind(struct disposal *disposal, const char *kind)
{
	struct disposal_kind *at = disposal->kinds;

	for (; at < disposal->kinds + disposal->n_kinds; at++) {
		if (strcmp(at->name, kind) == 0)
			return at;
	}
	/* The last place is for all others. */
	if (disposal->n_kinds == DISPOSAL_MAX_KINDS)
		return at - 1;
	if (disposal->n_kinds == DISPOSAL_MAX_KINDS - 1)
		kind = DISPOSAL_OTHER;
	snprintf(at->name, sizeof(at->name), "%s", kind);
	at->n = 0;
	disposal->n_kinds++;
	return at;
}

static void widen(struct disposal *disposal, const char *from, const char *to)
{
	if (*disposal->from == '\0' || strcmp(from, disposal->from) < 0)
		snprintf(disposal->from, sizeof(disposal->from), "%s", from);
	if (strcmp(to, disposal->to) > 0)
		snprintf(disposal->to, sizeof(disposal->to), "%s", to);
}

void disposal_count(struct disposal *disposal, const char *kind, const char *day, uint64_t n)
{
	find_kind(disposal, is_kind(kind) ? kind : DISPOSAL_OTHER)->n += n;
	widen(disposal, day, day);
}

int disposal_join(struct disposal *disposal, const struct disposal *next)
{
	if (next->first != disposal->last + 1 || strcmp(next->ledger, disposal->ledger) != 0 ||
	    strcmp(next->host, disposal->host) != 0 ||
	    memcmp(next->before, disposal->after, sizeof(next->before)) != 0)
		return -EINVAL;
	for (size_t i = 0; i < next->n_kinds; i++)
		find_kind(disposal, next->kinds[i].name)->n += next->kinds[i].n;
	widen(disposal, next->from, next->to);
	disposal->last = next->last;
	memcpy(disposal->after, next->after, sizeof(disposal->after));
	if (strcmp(next->time, disposal->time) > 0) {
		memcpy(disposal->time, next->time, sizeof(disposal->time));
		disposal->settings = next->settings;
	}
	return 0;
}

static bool has_form(const struct disposal *disposal)
{
	uint8_t id[(LEDGER_ID_SIZE - 1) / 2];
	uint64_t n = 0;
	int64_t ignored;

	for (size_t i = 0; i < disposal->n_kinds; i++) {
		if (!is_kind(disposal->kinds[i].name) || disposal->kinds[i].n == 0 ||
		    disposal->kinds[i].n > INT64_MAX - n)
			return false;
		n += disposal->kinds[i].n;
	}
	return strlen(disposal->host) == CHECKPOINT_HOST_SIZE - 1 &&
	       strspn(disposal->host, "0123456789abcdef-") == CHECKPOINT_HOST_SIZE - 1 &&
	       text_unhex(disposal->ledger, id, sizeof(id)) == 0 && disposal->first > 0 &&
	       disposal->last >= disposal->first && disposal->last <= INT64_MAX &&
	       n == disposal->last - disposal->first + 1 && disposal->settings <= INT64_MAX &&
	       is_day(disposal->from) && is_day(disposal->to) &&
	       strcmp(disposal->from, disposal->to) <= 0 &&
	       text_time_parse(disposal->time, &ignored) == 0;
}

/* The text that is signed.  Returns 0; -EINVAL. */
static int to_text(const struct disposal *disposal, const char *origin,
		   char ret[static DISPOSAL_TEXT_SIZE])
{
	char before[2 * LEDGER_HASH_SIZE + 1], after[2 * LEDGER_HASH_SIZE + 1];
	size_t n;

	if (!has_form(disposal))
		return -EINVAL;
	text_hex(disposal->before, sizeof(disposal->before), before);
	text_hex(disposal->after, sizeof(disposal->after), after);
	n = (size_t)snprintf(ret, DISPOSAL_TEXT_SIZE,
			     "%s\ndevgate disposal 1\nledger %s %s\nlines %" PRIu64 " %" PRIu64
			     "\nbefore %s\nafter %s\ndays %s %s\nsettings %" PRIu64 "\ntime %s\n",
			     origin, disposal->host, disposal->ledger, disposal->first,
			     disposal->last, before, after, disposal->from, disposal->to,
			     disposal->settings, disposal->time);
	for (size_t i = 0; i < disposal->n_kinds; i++)
		n += (size_t)snprintf(ret + n, DISPOSAL_TEXT_SIZE - n, "kind %s %" PRIu64 "\n",
				      disposal->kinds[i].name, disposal->kinds[i].n);
	return 0;
}

ptrdiff_t disposal_seal(const struct disposal *disposal, const struct note_key *key,
			const uint8_t secret[static crypto_sign_SECRETKEYBYTES],
			char ret[static DISPOSAL_LINE_SIZE])
{
	char text[DISPOSAL_TEXT_SIZE], note[DISPOSAL_NOTE_SIZE];
	json_t *json;
	size_t size = 0;

	if (to_text(disposal, key->name, text) < 0 ||
	    note_sign(text, key, secret, note, sizeof(note)) < 0)
		return -EINVAL;
	json = json_pack("{ss}", "disposed", note);
	if (json != NULL)
		size = json_dumpb(json, ret, DISPOSAL_LINE_SIZE - 1, JSON_COMPACT);
	json_decref(json);
	if (size == 0 || size >= DISPOSAL_LINE_SIZE)
		return -EINVAL;
	ret[size] = '\0';
	return (ptrdiff_t)size;
}

bool disposal_is_line(const char *line, size_t size)
{
	return size >= sizeof(opening) - 1 && memcmp(line, opening, sizeof(opening) - 1) == 0;
}

static bool read_hash(const char *hex, uint8_t ret[static LEDGER_HASH_SIZE])
{
	return text_unhex(hex, ret, LEDGER_HASH_SIZE) == 0;
}

/* The lines "kind NAME N" that @text ends with. */
static int read_kinds(const char *text, struct disposal *ret)
{
	int n = 0;

	for (; *text != '\0'; text += n) {
		struct disposal_kind *kind = &ret->kinds[ret->n_kinds];

		if (ret->n_kinds == DISPOSAL_MAX_KINDS ||
		    sscanf(text, "kind %47s %" SCNu64 "\n%n", kind->name, &kind->n, &n) != 2 ||
		    n == 0)
			return -EBADMSG;
		ret->n_kinds++;
	}
	return 0;
}

/* @text, NUL-terminated, after the origin's line.  Not all of its form is judged here: what was
 * read is written again, and must be the same. */
static int read_text(const char *text, struct disposal *ret)
{
	char before[2 * LEDGER_HASH_SIZE + 1], after[2 * LEDGER_HASH_SIZE + 1];
	int n = 0;

	if (sscanf(text,
		   "devgate disposal 1 ledger %36s %32s lines %" SCNu64 " %" SCNu64
		   " before %64s after %64s days %10s %10s settings %" SCNu64 " time %20s\n%n",
		   ret->host, ret->ledger, &ret->first, &ret->last, before, after, ret->from,
		   ret->to, &ret->settings, ret->time, &n) != 10 ||
	    n == 0 || !read_hash(before, ret->before) || !read_hash(after, ret->after))
		return -EBADMSG;
	return read_kinds(text + n, ret);
}

/* @note is NUL-terminated. */
static int open_note(struct disposal *ret, const char *note, size_t size,
		     const struct note_key *key)
{
	char text[DISPOSAL_TEXT_SIZE], again[DISPOSAL_TEXT_SIZE];
	struct disposal disposal = { 0 };
	size_t text_size;
	int r = note_open(note, size, key, &text_size);

	if (r < 0)
		return r;
	if (text_size >= sizeof(text))
		return -EBADMSG;
	memcpy(text, note, text_size);
	text[text_size] = '\0';
	if (read_text(strchr(text, '\n') + 1, &disposal) < 0 ||
	    to_text(&disposal, key->name, again) < 0 || strcmp(text, again) != 0)
		return -EBADMSG;
	*ret = disposal;
	return 0;
}

int disposal_open(struct disposal *ret, const char *line, size_t size, const struct note_key *key)
{
	const char *note;
	json_t *json;
	int r;

	if (!disposal_is_line(line, size) || size >= DISPOSAL_LINE_SIZE)
		return -EBADMSG;
	json = json_loadb(line, size, JSON_REJECT_DUPLICATES, NULL);
	note = json_string_value(json_object_get(json, "disposed"));
	r = note == NULL || json_object_size(json) != 1 ? -EBADMSG
							: open_note(ret, note, strlen(note), key);
	json_decref(json);
	return r;
}

int disposal_check(struct ledger_chain *chain, const struct disposal_reader *reader,
		   const char *line, size_t size, struct disposal *ret)
{
	struct disposal disposal;
	int r = disposal_open(&disposal, line, size, reader->key);

	if (r < 0)
		return r;
	if (strcmp(disposal.ledger, reader->ledger) != 0)
		return -EXDEV;
	if (disposal.first != chain->next_seq)
		return -ESTALE;
	if (memcmp(disposal.before, chain->hash, sizeof(chain->hash)) != 0)
		return -EKEYREJECTED;
	chain->next_seq = disposal.last + 1;
	memcpy(chain->hash, disposal.after, sizeof(chain->hash));
	if (ret != NULL)
		*ret = disposal;
	return 0;
}
