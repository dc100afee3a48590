/* A recursive descent over the plain form of JSON: no space between tokens, no escapes in texts,
 * numbers that are whole, not negative and of 18 digits at most, names that differ within each
 * object.  It keeps to what RFC 8259 and Jansson (JSON_REJECT_DUPLICATES) both take, and leaves
 * everything else to Jansson, so that it need not be right about it. */
#include <string.h>

#include "event_members.h"
#include "text.h"

enum { MAX_MEMBERS = 40, MAX_DIGITS = 18 };

struct scanner {
	const char *at, *end;
	struct event_members *members;
	char *texts, *texts_end; /* room for texts with their NUL */
	unsigned depth;
};

/* A piece of the line. */
struct span {
	const char *at;
	size_t size;
};

enum type { IS_TEXT, IS_NUMBER, IS_TRUE, IS_FALSE, IS_NULL, IS_OTHER };

struct scanned {
	enum type type;
	struct span text;
	uint64_t number;
};

static bool scan_value(struct scanner *s, bool is_device, struct scanned *ret);

static bool next_is(struct scanner *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static bool scan_text(struct scanner *s, struct span *ret)
{
	const char *from;

	if (!next_is(s, '"'))
		return false;
	from = s->at;
	while (s->at < s->end && *s->at != '"') {
		unsigned char c = (unsigned char)*s->at;
		size_t size = c < 0x80 ? 1 : text_character(s->at, (size_t)(s->end - s->at));

		if (c < 0x20 || c == '\\' || size == 0)
			return false;
		s->at += size;
	}
	*ret = (struct span){ from, (size_t)(s->at - from) };
	return next_is(s, '"');
}

static bool scan_number(struct scanner *s, uint64_t *ret)
{
	const char *from = s->at;
	uint64_t value = 0;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9' && s->at - from <= MAX_DIGITS)
		value = value * 10 + (uint64_t)(*s->at++ - '0');
	*ret = value;
	/* A zero in front, a fraction or more digits: what follows is then no ',', ']' or '}'. */
	return s->at > from && s->at - from <= MAX_DIGITS && (*from != '0' || s->at - from == 1);
}

static bool scan_word(struct scanner *s, const char *word)
{
	size_t size = strlen(word);

	if ((size_t)(s->end - s->at) < size || memcmp(s->at, word, size) != 0)
		return false;
	s->at += size;
	return true;
}

static bool is_named(const struct span *name, const char *word)
{
	return strlen(word) == name->size && memcmp(word, name->at, name->size) == 0;
}

/* A copy with a NUL; "" for null, NULL for another type.  False without room. */
static bool keep_text(struct scanner *s, const struct scanned *value, const char **ret)
{
	if (value->type != IS_TEXT) {
		*ret = value->type == IS_NULL ? "" : NULL;
		return true;
	}
	if (value->text.size >= (size_t)(s->texts_end - s->texts))
		return false;
	*ret = s->texts;
	s->texts = mempcpy(s->texts, value->text.at, value->text.size);
	*s->texts++ = '\0';
	return true;
}

static void keep_count(struct scanner *s, const struct scanned *value, uint64_t *ret)
{
	if (value->type == IS_NUMBER)
		*ret = value->number;
	else if (value->type != IS_NULL)
		s->members->wrong = true;
}

/* A member that becomes a column: where it is kept. */
static bool keep_of_device(struct scanner *s, const struct span *name, const struct scanned *value)
{
	struct event_members *m = s->members;
	const struct {
		const char *name;
		const char **ret;
	} texts[] = {
		{ "vendor", &m->vendor }, { "product", &m->product },
		{ "serial", &m->serial }, { "manufacturer", &m->manufacturer },
		{ "name", &m->name },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (is_named(name, texts[i].name))
			return keep_text(s, value, texts[i].ret);
	}
	return true;
}

static bool keep_of_event(struct scanner *s, const struct span *name, const struct scanned *value)
{
	struct event_members *m = s->members;
	const struct {
		const char *name;
		const char **text;
		uint64_t *count;
	} known[] = {
		{ "time", &m->time, NULL },
		{ "kind", &m->kind, NULL },
		{ "instance", &m->instance, NULL },
		{ "verdict", &m->verdict, NULL },
		{ "step", &m->step, NULL },
		{ "rule", &m->rule, NULL },
		{ "person", &m->person, NULL },
		{ "reason", &m->reason, NULL },
		{ "seq", NULL, &m->seq },
		{ "duration_s", NULL, &m->duration_s },
		{ "bytes_read", NULL, &m->bytes_read },
		{ "bytes_written", NULL, &m->bytes_written },
		{ "policy", NULL, &m->policy },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!is_named(name, known[i].name))
			continue;
		if (known[i].text != NULL)
			return keep_text(s, value, known[i].text);
		keep_count(s, value, known[i].count);
		return true;
	}
	if (is_named(name, "violation")) {
		m->violation = value->type == IS_TRUE;
		m->wrong = m->wrong || (value->type != IS_TRUE && value->type != IS_FALSE);
	} else if (is_named(name, "pre_agent")) {
		m->pre_agent = value->type == IS_TRUE;
		m->wrong = m->wrong || (value->type != IS_TRUE && value->type != IS_FALSE);
	} else if (is_named(name, "device") && !m->has_device) {
		m->wrong = m->wrong || value->type != IS_NULL;
	}
	return true;
}

/* Is @names[@n] none of those before it? */
static bool is_new(const struct span *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (names[i].size == names[n].size &&
		    memcmp(names[i].at, names[n].at, names[n].size) == 0)
			return false;
	}
	return true;
}

static bool scan_member(struct scanner *s, bool is_device, const struct span *name)
{
	bool is_event = s->depth == 1, begins_device = is_event && is_named(name, "device");
	struct scanned value;

	begins_device = begins_device && s->at < s->end && *s->at == '{';
	if (begins_device)
		s->members->has_device = true;
	if (!scan_value(s, begins_device, &value))
		return false;
	if (is_event)
		return keep_of_event(s, name, &value);
	return !is_device || keep_of_device(s, name, &value);
}

static bool scan_object(struct scanner *s, bool is_device)
{
	struct span names[MAX_MEMBERS];

	if (next_is(s, '}'))
		return true;
	for (size_t n = 0; n < MAX_MEMBERS; n++) {
		if (!scan_text(s, &names[n]) || !is_new(names, n) || !next_is(s, ':') ||
		    !scan_member(s, is_device, &names[n]))
			return false;
		if (next_is(s, '}'))
			return true;
		if (!next_is(s, ','))
			return false;
	}
	return false;
}

static bool scan_array(struct scanner *s)
{
	struct scanned value;

	if (next_is(s, ']'))
		return true;
	do {
		if (!scan_value(s, false, &value))
			return false;
	} while (next_is(s, ','));
	return next_is(s, ']');
}

/* An object or an array, of which the first character is read. */
static bool scan_inside(struct scanner *s, bool is_object, bool is_device)
{
	if (s->depth == EVENT_MAX_DEPTH)
		return false;
	s->depth++;
	if (!(is_object ? scan_object(s, is_device) : scan_array(s)))
		return false;
	s->depth--;
	return true;
}

static bool scan_value(struct scanner *s, bool is_device, struct scanned *ret)
{
	*ret = (struct scanned){ .type = IS_OTHER };
	if (s->at == s->end)
		return false;
	switch (*s->at) {
	case '"':
		ret->type = IS_TEXT;
		return scan_text(s, &ret->text);
	case '{':
	case '[':
		return scan_inside(s, *s->at++ == '{', is_device);
	case 't':
		ret->type = IS_TRUE;
		return scan_word(s, "true");
	case 'f':
		ret->type = IS_FALSE;
		return scan_word(s, "false");
	case 'n':
		ret->type = IS_NULL;
		return scan_word(s, "null");
	default:
		ret->type = IS_NUMBER;
		return scan_number(s, &ret->number);
	}
}

bool event_scan(struct event_members *ret, struct event_scratch *scratch, const char *line,
		size_t size)
{
	struct scanner s = { .at = line,
			     .end = line + size,
			     .members = ret,
			     .texts = scratch->texts,
			     .texts_end = scratch->texts + sizeof(scratch->texts) };

	*ret = (struct event_members){
		.time = "",
		.kind = "",
		.instance = "",
		.verdict = "",
		.step = "",
		.rule = "",
		.person = "",
		.reason = "",
		.vendor = "",
		.product = "",
		.serial = "",
		.manufacturer = "",
		.name = "",
	};
	return next_is(&s, '{') && scan_inside(&s, true, false) && s.at == s.end;
}
