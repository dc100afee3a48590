#include "device_interfaces.h"

#include <errno.h>
#include <string.h>

#include "device_json.h"
#include "json_fields.h"
#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { CLASS_CDC_DATA = 0x0a };

/* "080650" or "08:06:50". */
static int read_class(struct rules_reader *reader, const char *path, json_t *value,
		      struct device_triple *ret)
{
	const char *text = json_string_value(value);
	char digits[] = "......";
	uint8_t class[3];

	if (text != NULL && strlen(text) == 8 && text[2] == ':' && text[5] == ':')
		text = memcpy(
			digits,
			(const char[]){ text[0], text[1], text[3], text[4], text[6], text[7] },
			sizeof(digits) - 1);
	if (text == NULL || text_unhex(text, class, sizeof(class)) < 0)
		return rules_fail(reader, path,
				  "Class, subclass and protocol are wanted here, as six "
				  "hexadecimal digits like \"080650\".");
	ret->class = class[0];
	ret->subclass = class[1];
	ret->protocol = class[2];
	return 0;
}

/* An interface being read. */
struct interface_given {
	struct device *device;
	struct device_interface interface;
	size_t n_classes;
};

/* What the class codes of @triple are for; those of a CDC data interface, what the control
 * interface before it is for (device.c). */
static enum function function_of(const struct device *device, const struct device_triple *triple)
{
	enum function function =
		function_of_usb(device->vendor, triple->class, triple->subclass, triple->protocol);

	if (triple->class != CLASS_CDC_DATA)
		return function;
	for (size_t i = device->n_triples; i-- > 0;) {
		const struct device_triple *before = &device->triples[i];

		if (before->class == CLASS_CDC_DATA)
			continue;
		function = function_of_usb(device->vendor, before->class, before->subclass,
					   before->protocol);
		if (before->config == triple->config &&
		    (function == FUNCTION_SERIAL || function == FUNCTION_NETWORK))
			return function;
		break;
	}
	return FUNCTION_OTHER;
}

static int add_class(struct rules_reader *reader, const char *path, json_t *value,
		     struct interface_given *given)
{
	struct device *device = given->device;
	struct device_interface *interface = &given->interface;
	struct device_triple triple = { interface->config, interface->number, 0, 0, 0 };
	int r = read_class(reader, path, value, &triple);

	if (r < 0)
		return r;
	if (device->n_triples == DEVICE_MAX_TRIPLES)
		return rules_fail(reader, path, "More than %d class codes.", DEVICE_MAX_TRIPLES);
	if (given->n_classes++ == 0) {
		interface->class = triple.class;
		interface->subclass = triple.subclass;
		interface->protocol = triple.protocol;
	}
	/* Somebody who says what CDC data is for knows. */
	if (triple.class != CLASS_CDC_DATA || interface->functions == 0)
		interface->functions |= FUNCTION_BIT(function_of(device, &triple));
	device->triples[device->n_triples++] = triple;
	return 0;
}

/* Have @read take @value, or each of its elements if it is a list. */
static int read_each(struct rules_reader *reader, const char *path, json_t *value,
		     const struct json_field *element, void *ret)
{
	json_t *one;
	size_t i;

	if (!json_is_array(value))
		return element->read(reader, path, value, ret);
	json_array_foreach (value, i, one) {
		char at[RULES_PATH_SIZE];

		rules_path_element(at, path, i);
		int r = element->read(reader, at, one, ret);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_one_class(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	return add_class(reader, path, value, ret);
}

static int read_classes(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	return read_each(reader, path, value, &(struct json_field){ .read = read_one_class }, ret);
}

static const char *function_word(int function)
{
	return function_to_text((enum function)function);
}

static int read_one_function(struct rules_reader *reader, const char *path, json_t *value,
			     void *ret)
{
	static const struct json_words words = { function_word, _FUNCTION_MAX };
	int function = json_fields_word(reader, path, value, &words);

	if (function < 0)
		return function;
	((struct interface_given *)ret)->interface.functions |= FUNCTION_BIT(function);
	return 0;
}

static int read_functions(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	return read_each(reader, path, value, &(struct json_field){ .read = read_one_function },
			 ret);
}

static int read_config(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	int64_t number = 0;
	int r = json_fields_number(reader, path, value, UINT8_MAX, &number);

	((struct interface_given *)ret)->interface.config = (uint8_t)number;
	return r;
}

static int read_number(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	int64_t number = 0;
	int r = json_fields_number(reader, path, value, UINT8_MAX, &number);

	((struct interface_given *)ret)->interface.number = (uint8_t)number;
	return r;
}

/* In this order: what a later one needs is before it. */
static const struct json_field fields[] = {
	{ "config", read_config },
	{ "number", read_number },
	{ "function", read_functions },
	{ "class", read_classes },
};

static int read_interface(struct rules_reader *reader, const char *path, json_t *value,
			  struct interface_given *given)
{
	if (json_is_string(value))
		return add_class(reader, path, value, given);
	if (!json_is_object(value))
		return rules_fail(reader, path,
				  "An interface is wanted here, an object { ... } or a class like "
				  "\"080650\".");
	int r = json_fields_read(reader, path, value, fields, COUNT(fields), given);
	if (r == 0 && given->interface.functions == 0)
		r = rules_fail(reader, path, "An interface has \"class\", \"function\" or both.");
	return r;
}

static int add_interface(struct rules_reader *reader, const char *path,
			 const struct interface_given *given)
{
	struct device *device = given->device;

	if (device->n_interfaces == DEVICE_MAX_INTERFACES)
		return rules_fail(reader, path, "More than %d interfaces.", DEVICE_MAX_INTERFACES);
	for (size_t i = 0; i < device->n_interfaces; i++)
		if (device->interfaces[i].config == given->interface.config &&
		    device->interfaces[i].number == given->interface.number)
			return rules_fail(reader, path,
					  "Interface %d of configuration %d is here twice.",
					  given->interface.number, given->interface.config);
	device->interfaces[device->n_interfaces++] = given->interface;
	return 0;
}

int device_interfaces_read(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	json_t *element;
	size_t i;

	if (!json_is_array(value))
		return rules_fail(reader, path, "A list of interfaces [ ... ] is wanted here.");
	json_array_foreach (value, i, element) {
		struct interface_given given = {
			.device = &((struct device_given *)ret)->device,
			.interface = { .config = 1, .number = (uint8_t)i },
		};
		char at[RULES_PATH_SIZE];

		rules_path_element(at, path, i);
		int r = read_interface(reader, at, element, &given);
		if (r == 0)
			r = add_interface(reader, at, &given);
		if (r < 0)
			return r;
	}
	return 0;
}

int device_interfaces_check(struct rules_reader *reader, const char *path, json_t *interfaces)
{
	json_t *interface;
	size_t i;

	json_array_foreach (interfaces, i, interface) {
		char at[RULES_PATH_SIZE];

		rules_path_element(at, path, i);
		int r = json_is_object(interface)
				? json_fields_check(reader, at, interface, fields, COUNT(fields))
				: 0;
		if (r < 0)
			return r;
	}
	return 0;
}
