#include "hid_report.h"

#include <errno.h>

/* Items, by the type and tag of their first byte (6.2.2.2, 6.2.2.4 to 8). */
enum item {
	ITEM_INPUT = 0x80,
	ITEM_OUTPUT = 0x90,
	ITEM_COLLECTION = 0xa0,
	ITEM_FEATURE = 0xb0,
	ITEM_END_COLLECTION = 0xc0,
	ITEM_USAGE_PAGE = 0x04,
	ITEM_PUSH = 0xa4,
	ITEM_POP = 0xb4,
	ITEM_USAGE = 0x08,
	ITEM_USAGE_MINIMUM = 0x18,
	ITEM_USAGE_MAXIMUM = 0x28,
};

enum { ITEM_LONG = 0xfe, COLLECTION_APPLICATION = 1 };

/* Usages with their page in the upper half, @first to @last, that are one use. */
struct usages {
	uint32_t first, last;
	hid_use_set use;
};

static const struct usages table[] = {
	{ 0x00010001, 0x00010002, HID_POINTER },  /* pointer, mouse */
	{ 0x00010004, 0x00010005, HID_GAME },	  /* joystick, game pad */
	{ 0x00010006, 0x00010006, HID_KEYBOARD }, /* keyboard */
	{ 0x00010007, 0x00010007, HID_KEYPAD },	  /* keypad */
	{ 0x00010008, 0x00010008, HID_GAME },	  /* multi-axis controller */
	{ 0x0001000c, 0x0001000d, HID_SYSTEM },	  /* wireless radio controls */
	{ 0x00010080, 0x00010080, HID_SYSTEM },	  /* system control */
	/* 1 to 3 are no keys but errors of a keyboard; letters begin at 4. */
	{ 0x00070004, 0x000700ff, HID_KEYBOARD },
	{ 0x000b0001, 0x000bffff, HID_TELEPHONY },
	{ 0x000c0001, 0x000cffff, HID_CONSUMER },
	{ 0x000d0001, 0x000dffff, HID_TOUCH },
	{ 0x008c0001, 0x008cffff, HID_SCANNER },
	{ 0xf1d00001, 0xf1d0ffff, HID_FIDO },
	{ 0xff000000, 0xffffffff, HID_VENDOR },
};

/* Pages whose usages the table tells apart; what is on any other is HID_OTHER. */
static const uint16_t pages[] = { 0x01, 0x07, 0x0b, 0x0c, 0x0d, 0x8c, 0xf1d0, 0xff00 };

enum { N_PAGES = sizeof(pages) / sizeof(pages[0]), MAX_USAGES = 12288 /* HID_MAX_USAGES */ };

/* Usages since the last field or collection. */
struct locals {
	hid_use_set given;	 /* by the page in force when they were given, or their own */
	hid_use_set as[N_PAGES]; /* of those without a page of their own, if they were of each */
	bool any;
	bool has_short; /* the minimum has no page of its own */
	uint32_t minimum;
};

struct parser {
	struct hid_report report;
	struct locals locals;
	uint16_t page; /* in force */
	size_t depth, n_pushed;
	uint16_t pushed[HID_REPORT_MAX_DEPTH];
};

struct short_item {
	unsigned kind; /* enum item, or another */
	unsigned size; /* of its data */
	uint32_t data;
};

static hid_use_set uses_of(uint32_t first, uint32_t last)
{
	hid_use_set uses = 0;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].first <= last && table[i].last >= first)
			uses |= table[i].use;
	}
	return uses == 0 ? HID_OTHER : uses;
}

/* Usages @first to @last, as if they were of page @page. */
static hid_use_set uses_as(uint16_t page, uint32_t first, uint32_t last)
{
	const uint32_t top = (uint32_t)page << 16;

	if (last - first >= UINT16_MAX)
		return uses_of(top, top | UINT16_MAX);
	if ((first & UINT16_MAX) <= (last & UINT16_MAX))
		return uses_of(top | (first & UINT16_MAX), top | (last & UINT16_MAX));
	return uses_of(top, top | (last & UINT16_MAX)) |
	       uses_of(top | (first & UINT16_MAX), top | UINT16_MAX);
}

static void add_usages(struct locals *locals, uint32_t first, uint32_t last, bool is_short)
{
	locals->any = true;
	locals->given |= uses_of(first, last);
	for (size_t i = 0; is_short && i < N_PAGES; i++)
		locals->as[i] |= uses_as(pages[i], first, last);
}

/* A range without a minimum begins at 0, and one that ends before it begins is as long as can be:
 * so the kernel has it (drivers/hid/hid-core.c, hid_parser_local()). */
static void add_range(struct locals *locals, uint32_t last, bool is_short)
{
	const uint32_t first = locals->minimum;

	if (last < first)
		last = first > UINT32_MAX - MAX_USAGES ? UINT32_MAX : first + MAX_USAGES;
	add_usages(locals, first, last, is_short || locals->has_short);
}

/* A usage of four bytes has its page in the upper two (6.2.2.8). */
static void take_usage(struct parser *parser, const struct short_item *item)
{
	const bool is_short = item->size < 4;
	const uint32_t usage = is_short ? (uint32_t)parser->page << 16 | item->data : item->data;

	switch (item->kind) {
	case ITEM_USAGE_MINIMUM:
		parser->locals.has_short = is_short;
		parser->locals.minimum = usage;
		break;
	case ITEM_USAGE_MAXIMUM:
		add_range(&parser->locals, usage, is_short);
		break;
	default:
		add_usages(&parser->locals, usage, usage, is_short);
	}
}

/* What the usages before this field or collection are, by either page that they may be of. */
static hid_use_set end_locals(struct parser *parser)
{
	const struct locals *locals = &parser->locals;
	hid_use_set uses = locals->given;

	for (size_t i = 0; locals->any && i < N_PAGES; i++) {
		if (pages[i] == parser->page || (pages[i] >= 0xff00 && parser->page >= 0xff00))
			uses |= locals->as[i];
	}
	parser->locals = (struct locals){ 0 };
	return uses;
}

/* The outermost collection is the application, whatever type it gives. */
static int take_collection(struct parser *parser, uint32_t type)
{
	hid_use_set uses = end_locals(parser);

	if (parser->depth == HID_REPORT_MAX_DEPTH)
		return -E2BIG;
	if (parser->depth++ == 0 || type == COLLECTION_APPLICATION) {
		parser->report.applications |= uses == 0 ? HID_OTHER : uses;
		parser->report.n_applications++;
	}
	return 0;
}

static int take_pop(struct parser *parser)
{
	if (parser->n_pushed == 0)
		return -EBADMSG;
	parser->page = parser->pushed[--parser->n_pushed];
	return 0;
}

static int take_push(struct parser *parser)
{
	if (parser->n_pushed == HID_REPORT_MAX_DEPTH)
		return -E2BIG;
	parser->pushed[parser->n_pushed++] = parser->page;
	return 0;
}

static int take(struct parser *parser, const struct short_item *item)
{
	switch (item->kind) {
	case ITEM_USAGE_PAGE:
		parser->page = (uint16_t)item->data;
		return 0;
	case ITEM_PUSH:
		return take_push(parser);
	case ITEM_POP:
		return take_pop(parser);
	case ITEM_USAGE:
	case ITEM_USAGE_MINIMUM:
	case ITEM_USAGE_MAXIMUM:
		take_usage(parser, item);
		return 0;
	case ITEM_COLLECTION:
		return take_collection(parser, item->data);
	case ITEM_END_COLLECTION:
		end_locals(parser);
		return parser->depth-- == 0 ? -EBADMSG : 0;
	case ITEM_INPUT:
		parser->report.inputs |= end_locals(parser);
		return 0;
	case ITEM_OUTPUT:
	case ITEM_FEATURE:
		end_locals(parser);
		return 0;
	default:
		return 0; /* sizes, ranges, units, texts, what is reserved */
	}
}

/* The item at *@at, which is moved behind it.  Returns 0 or -EBADMSG. */
static int next(const uint8_t *bytes, size_t size, size_t *at, struct short_item *ret)
{
	static const uint8_t sizes[4] = { 0, 1, 2, 4 };
	const uint8_t prefix = bytes[*at];
	size_t left = size - *at - 1;

	if (prefix == ITEM_LONG) { /* none is defined, and the kernel refuses them */
		if (left < 2 || left - 2 < bytes[*at + 1])
			return -EBADMSG;
		*ret = (struct short_item){ .kind = ITEM_LONG };
		*at += 3 + (size_t)bytes[*at + 1];
		return 0;
	}
	*ret = (struct short_item){ .kind = prefix & 0xfcu, .size = sizes[prefix & 3] };
	if (left < ret->size)
		return -EBADMSG;
	for (unsigned i = 0; i < ret->size; i++)
		ret->data |= (uint32_t)bytes[*at + 1 + i] << (8 * i);
	*at += 1 + (size_t)ret->size;
	return 0;
}

int hid_report_parse(const uint8_t *bytes, size_t size, struct hid_report *ret)
{
	struct parser parser = { 0 };
	struct short_item item;
	size_t at = 0;
	int r = 0;

	if (size > HID_REPORT_MAX_BYTES)
		return -E2BIG;
	while (r == 0 && at < size) {
		r = next(bytes, size, &at, &item);
		if (r == 0)
			r = take(&parser, &item);
	}
	if (r < 0)
		return r;
	if (parser.depth > 0 || parser.report.n_applications == 0)
		return -EBADMSG;
	*ret = parser.report;
	return 0;
}

bool hid_report_types(const struct hid_report *report)
{
	return (report->applications & (HID_KEYBOARD | HID_KEYPAD)) != 0 ||
	       (report->inputs & HID_KEYBOARD) != 0;
}

bool hid_report_is_fido(const struct hid_report *report)
{
	return report->applications == HID_FIDO && (report->inputs & ~HID_FIDO) == 0;
}

function_set hid_report_functions(const struct hid_report *report)
{
	function_set functions = 0;

	if (hid_report_types(report))
		functions |= FUNCTION_BIT(FUNCTION_KEYBOARD);
	if ((report->applications & HID_POINTER) != 0)
		functions |= FUNCTION_BIT(FUNCTION_POINTER);
	if ((report->applications & ~(HID_KEYBOARD | HID_KEYPAD | HID_POINTER)) != 0 ||
	    functions == 0)
		functions |= FUNCTION_BIT(FUNCTION_HID);
	return functions;
}
