#include "csv_row.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/device.h"
#include "policy/registered.h"
#include "policy/text.h"

/* What a line says, before it is a row; the texts are cells. */
struct reading {
	const char *serial; /* "" for none */
	enum csv_row_kind kind;
	uint16_t vendor, product;
	enum verdict verdict;
	modifier_set modifiers;
	function_set functions;
	enum bus bus;
	bool skip; /* it leaves no entry */
};

int csv_fail(const struct csv_context *context, const char *format, ...)
{
	char message[sizeof(context->error->message)];
	va_list arguments;

	*context->error = (struct rules_error){ .line = context->line };
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	text_sanitise(message, strlen(message), context->error->message,
		      sizeof(context->error->message));
	text_sanitise(context->file, strlen(context->file), context->error->path,
		      sizeof(context->error->path));
	return -EBADMSG;
}

/* The cell of @column, "" if there is no such column. */
static const char *cell(const struct csv_columns *columns, char *const *cells,
			enum csv_column column)
{
	return columns->at[column] < 0 ? "" : cells[columns->at[column]];
}

static int read_path(const struct csv_context *context, const struct csv_columns *columns,
		     char *const *cells, struct reading *reading)
{
	static const enum csv_column paths[] = { CSV_PATH, CSV_PARENT_PATH };
	bool usb = false;

	/* The device's own path, or its parent's, where a disk's serial is. */
	for (int i = 0; i < 2; i++) {
		const char *serial;

		if (csv_path(cell(columns, cells, paths[i]), &reading->vendor, &reading->product,
			     &serial) < 0)
			continue;
		usb = true;
		if (serial == NULL)
			continue;
		reading->serial = serial;
		reading->kind = CSV_ROW_MEDIUM;
		return 0;
	}
	if (!usb)
		return csv_fail(context,
				"\"%s\" is not the path of a USB device, like "
				"\"USB\\VID_0951&PID_1666\\001CC0EC\".",
				cell(columns, cells, CSV_PATH));
	reading->skip = true;
	return csv_note(context, IMPORT_STRICTER,
			"Not registered: the path names a port, since the device has no serial.");
}

static int read_id(const struct csv_context *context, const char *text, const char *what,
		   uint16_t *ret)
{
	const int id = csv_id(text);

	if (id < 0)
		return csv_fail(context,
				"\"%s\" is not a %s id of four hexadecimal digits, like "
				"\"0951\".",
				text, what);
	*ret = (uint16_t)id;
	return 0;
}

/* The bytes that a pattern may have as a glob (csv_rules.c). */
static size_t pattern_size(const char *pattern)
{
	size_t size = 0;

	for (; *pattern != '\0'; pattern++)
		size += *pattern == '*' ? 3 : *pattern == '\\' ? 2 : 1;
	return size;
}

static int read_serial(const struct csv_context *context, const struct csv_columns *columns,
		       struct reading *reading)
{
	if (strlen(reading->serial) >= DEVICE_TEXT_SIZE)
		return csv_fail(context, "The serial is longer than the 378 bytes that a device's "
					 "can have.");
	if (csv_is_rounded(reading->serial))
		return csv_fail(context,
				"The serial \"%s\" is a number that a spreadsheet has rounded: "
				"format the column as text and export the list again.",
				reading->serial);
	reading->kind = CSV_ROW_MEDIUM;
	if (columns->source != CSV_MANAGEENGINE || strpbrk(reading->serial, "*?") == NULL)
		return 0;
	reading->kind = CSV_ROW_PATTERN;
	return pattern_size(reading->serial) < DEVICE_TEXT_SIZE
		       ? 0
		       : csv_fail(context, "The pattern is too long for a rule.");
}

static int read_bus(const struct csv_context *context, const struct csv_columns *columns,
		    char *const *cells, struct reading *reading)
{
	const char *word = cell(columns, cells, CSV_BUS);
	int bus = word[0] == '\0' ? BUS_USB : bus_from_text(word);

	if (bus < 0)
		return csv_fail(context, "\"%s\" is no bus, like \"usb\", \"mmc\" or \"nvme\".",
				word);
	reading->bus = (enum bus)bus;
	return 0;
}

/* What is not on USB: single devices alone, and not every bus has ids. */
static int read_other_identity(const struct csv_context *context, const struct csv_columns *columns,
			       char *const *cells, struct reading *reading)
{
	const char *vendor = cell(columns, cells, CSV_VENDOR);
	const char *product = cell(columns, cells, CSV_PRODUCT);
	int r = 0;

	if (reading->serial[0] == '\0')
		return csv_fail(context, "On another bus than USB a device is listed by its "
					 "serial, and there is none.");
	if (vendor[0] != '\0')
		r = read_id(context, vendor, "vendor", &reading->vendor);
	if (r == 0 && product[0] != '\0')
		r = read_id(context, product, "product", &reading->product);
	return r < 0 ? r : read_serial(context, columns, reading);
}

static int read_identity(const struct csv_context *context, const struct csv_columns *columns,
			 char *const *cells, struct reading *reading)
{
	const char *vendor = cell(columns, cells, CSV_VENDOR);
	const char *product = cell(columns, cells, CSV_PRODUCT);
	int r;

	reading->serial = cell(columns, cells, CSV_SERIAL);
	if (reading->bus != BUS_USB)
		return read_other_identity(context, columns, cells, reading);
	if (vendor[0] == '\0' && product[0] == '\0' && reading->serial[0] == '\0' &&
	    (cell(columns, cells, CSV_PATH)[0] != '\0' ||
	     cell(columns, cells, CSV_PARENT_PATH)[0] != '\0'))
		r = read_path(context, columns, cells, reading);
	else
		r = read_id(context, vendor, "vendor", &reading->vendor);
	if (r < 0 || reading->skip || reading->kind != CSV_ROW_VENDOR)
		return r < 0 || reading->skip ? r : read_serial(context, columns, reading);
	if (product[0] == '\0' && reading->serial[0] != '\0')
		return csv_fail(context, "There is a serial, and no product id.");
	if (product[0] == '\0')
		return 0;
	r = read_id(context, product, "product", &reading->product);
	if (r < 0)
		return r;
	reading->kind = CSV_ROW_MODEL;
	return reading->serial[0] == '\0' ? 0 : read_serial(context, columns, reading);
}

static bool is_number(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* What the product says in general is not in the list: the device is left to the rules. */
static int leave_out(const struct csv_context *context, struct reading *reading)
{
	reading->skip = true;
	return csv_note(context, IMPORT_STRICTER,
			"Not registered: the list does not say what the device may do, only that "
			"general rights hold for it.");
}

static int read_verdict(const struct csv_context *context, const struct csv_columns *columns,
			char *const *cells, struct reading *reading)
{
	const char *right = cell(columns, cells, CSV_VERDICT);
	const char *type = cell(columns, cells, CSV_TYPE);

	reading->verdict = VERDICT_ALLOW;
	/* ManageEngine numbers the types; Endpoint Protector has their names. */
	if (columns->at[CSV_VERDICT] < 0)
		return columns->source == CSV_ENDPOINT_PROTECTOR ||
				       (type[0] != '\0' && !is_number(type))
			       ? leave_out(context, reading)
			       : 0;
	switch (csv_right(right, &reading->verdict)) {
	case CSV_RIGHT_SAME:
		return 0;
	case CSV_RIGHT_INHERITED:
		return leave_out(context, reading);
	case CSV_RIGHT_OWN_ENCRYPTION:
		return csv_note(context, IMPORT_STRICTER,
				"\"%s\" became encrypted-only: devices encrypted by Endpoint "
				"Protector are not told from others; LUKS and BitLocker are.",
				right);
	case CSV_RIGHT_UNKNOWN:
		break;
	}
	return csv_note(context, IMPORT_STRICTER, "\"%s\" is no verdict that is known: denied.",
			right);
}

static int read_functions(const struct csv_context *context, const struct csv_columns *columns,
			  char *const *cells, struct reading *reading)
{
	const char *functions = cell(columns, cells, CSV_FUNCTIONS);
	const char *type = cell(columns, cells, CSV_TYPE);

	if (functions[0] != '\0')
		return csv_functions(functions, &reading->functions) < 0
			       ? csv_fail(context, "\"%s\" are not functions, like \"storage\".",
					  functions)
			       : 0;
	/* To shut a device is to shut all of it. */
	reading->functions = reading->verdict <= VERDICT_CHARGE_ONLY
				     ? ~(function_set)0
				     : FUNCTION_BIT(FUNCTION_STORAGE);
	if (type[0] == '\0' || reading->verdict <= VERDICT_CHARGE_ONLY)
		return 0;
	reading->functions = csv_type(type);
	if (reading->functions != 0)
		return 0;
	reading->functions = ~(function_set)0;
	reading->verdict = VERDICT_DENY;
	return csv_note(context, IMPORT_STRICTER,
			"\"%s\" is no type of device that can be told here: denied.", type);
}

static int read_modifiers(const struct csv_context *context, const struct csv_columns *columns,
			  char *const *cells, struct reading *reading)
{
	const char *modifiers = cell(columns, cells, CSV_MODIFIERS);

	if (csv_modifiers(modifiers, &reading->modifiers) < 0)
		return csv_fail(context, "\"%s\" are not modifiers, like \"noexec\".", modifiers);
	if ((reading->verdict == VERDICT_READ_ONLY || reading->verdict == VERDICT_ENCRYPTED_ONLY) &&
	    reading->functions != FUNCTION_BIT(FUNCTION_STORAGE))
		return csv_note(context, IMPORT_STRICTER,
				"Only storage can be %s: what else the device is, is denied.",
				verdict_to_text(reading->verdict));
	return 0;
}

/* A copy of @text; NULL in *@ret for "". */
static int copy(const char *text, char **ret)
{
	if (text[0] == '\0')
		return 0;
	*ret = strdup(text);
	return *ret == NULL ? -ENOMEM : 0;
}

static int copy_texts(const struct csv_context *context, const struct csv_columns *columns,
		      char *const *cells, struct import_medium *medium)
{
	const char *tag = cell(columns, cells, CSV_TAG);
	int r = 0;

	if (strlen(tag) >= REGISTERED_TAG_SIZE) {
		r = csv_note(context, IMPORT_NOTE,
			     "The tag \"%s\" is left out: it is longer than %d bytes.", tag,
			     REGISTERED_TAG_SIZE - 1);
		tag = "";
	}
	if (r == 0)
		r = copy(tag, &medium->tag);
	if (r == 0)
		r = copy(cell(columns, cells, CSV_NAME), &medium->name);
	if (r == 0)
		r = copy(cell(columns, cells, CSV_CUSTODIAN), &medium->custodian);
	if (r == 0)
		r = copy(cell(columns, cells, CSV_UNIT), &medium->unit);
	return r;
}

int csv_row_read(const struct csv_context *context, const struct csv_columns *columns,
		 char *const *cells, struct csv_row *ret)
{
	static int (*const readers[])(const struct csv_context *, const struct csv_columns *,
				      char *const *, struct reading *) = {
		read_bus, read_identity, read_verdict, read_functions, read_modifiers,
	};
	struct reading reading = { .serial = "", .kind = CSV_ROW_VENDOR };
	struct csv_row row = { .file = context->file, .line = context->line };

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		const int r = readers[i](context, columns, cells, &reading);

		if (r < 0 || reading.skip)
			return r;
	}
	row.kind = reading.kind;
	row.medium = (struct import_medium){
		.bus = reading.bus,
		.vendor = reading.vendor,
		.product = reading.product,
		.serial = strdup(reading.serial),
		.verdict = reading.verdict,
		.modifiers = reading.modifiers,
		.functions = reading.functions,
		.line = context->line,
	};
	const int r = row.medium.serial == NULL ? -ENOMEM
						: copy_texts(context, columns, cells, &row.medium);
	if (r < 0) {
		csv_row_finish(&row);
		return r;
	}
	*ret = row;
	return 1;
}

void csv_row_finish(struct csv_row *row)
{
	free(row->medium.serial);
	free(row->medium.tag);
	free(row->medium.name);
	free(row->medium.custodian);
	free(row->medium.unit);
	row->medium = (struct import_medium){ 0 };
}

static int compare_devices(const struct csv_row *a, const struct csv_row *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->medium.bus != b->medium.bus)
		return a->medium.bus < b->medium.bus ? -1 : 1;
	if (a->medium.vendor != b->medium.vendor)
		return a->medium.vendor < b->medium.vendor ? -1 : 1;
	if (a->medium.product != b->medium.product)
		return a->medium.product < b->medium.product ? -1 : 1;
	return strcmp(a->medium.serial, b->medium.serial);
}

int csv_row_compare(const void *a, const void *b)
{
	const struct csv_row *x = a, *y = b;
	const int devices = compare_devices(x, y);

	return devices != 0 ? devices : x->order < y->order ? -1 : x->order > y->order;
}

bool csv_row_same(const struct csv_row *a, const struct csv_row *b)
{
	return compare_devices(a, b) == 0;
}
