#include "device_spec.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "policy/text.h"

enum { CSV_FIELDS = 4, CSV_LINE_MAX = 1024 };

int device_spec_id(const char *text, uint16_t *ret)
{
	if (strlen(text) != 4 || strspn(text, "0123456789abcdefABCDEF") != 4)
		return -EINVAL;
	*ret = (uint16_t)strtoul(text, NULL, 16);
	return 0;
}

static int fault(char error[static 128], const char *what)
{
	snprintf(error, 128, "%s", what);
	return -EINVAL;
}

static int take_text(char *ret, size_t ret_size, const char *text, const char *what,
		     char error[static 128])
{
	size_t size = strlen(text);

	if (size == 0 || size >= ret_size || !text_is_clean(text, size)) {
		snprintf(error, 128,
			 _("%s must have 1 to %zu bytes, none of them control characters"), what,
			 ret_size - 1);
		return -EINVAL;
	}
	memcpy(ret, text, size + 1);
	return 0;
}

/* The bus before the slash in *@text, which goes on to what is after it. */
static int take_bus(const char **text, enum bus *ret)
{
	const char *slash = strchr(*text, '/'), *colon = strchr(*text, ':');
	char word[16];
	int bus;

	*ret = BUS_USB;
	if (!slash || (colon && colon < slash)) /* of the serial */
		return 0;
	if ((size_t)(slash - *text) >= sizeof(word))
		return -EINVAL;
	snprintf(word, sizeof(word), "%.*s", (int)(slash - *text), *text);
	bus = bus_from_text(word);
	if (bus < 0)
		return bus;
	*ret = (enum bus)bus;
	*text = slash + 1;
	return 0;
}

static int fill(struct device_spec *ret, const char *vendor, const char *product,
		const char *serial, const char *tag, char error[static 128])
{
	struct device_spec spec = { 0 };

	if (take_bus(&vendor, &spec.bus) < 0)
		return fault(error, _("before the slash there must be a bus, e.g. usb or mmc"));
	if (device_spec_id(vendor, &spec.vendor) < 0)
		return fault(error, _("the vendor id must be four hexadecimal digits, e.g. 0951"));
	if (device_spec_id(product, &spec.product) < 0)
		return fault(error, _("the product id must be four hexadecimal digits, e.g. 1666"));
	if (take_text(spec.serial, sizeof(spec.serial), serial, _("the serial"), error) < 0 ||
	    take_text(spec.tag, sizeof(spec.tag), tag, _("the tag"), error) < 0)
		return -EINVAL;
	*ret = spec;
	return 0;
}

int device_spec_parse(struct device_spec *ret, const char *text, char error[static 128])
{
	char copy[CSV_LINE_MAX];
	char *product, *serial, *tag;

	if (strlen(text) >= sizeof(copy))
		return fault(error, _("it is too long"));
	strcpy(copy, text);
	product = strchr(copy, ':');
	serial = product ? strchr(product + 1, ':') : NULL;
	tag = serial ? strrchr(serial + 1, ':') : NULL;
	if (!tag)
		return fault(error, _("it must be VENDOR:PRODUCT:SERIAL:TAG, "
				      "e.g. 0951:1666:60A44C3FACC9:A-001"));
	*product++ = *serial++ = *tag++ = '\0';
	return fill(ret, copy, product, serial, tag, error);
}

/* Take the next CSV field of [*@p, @end) to @out, which has room for the line.  Returns 0, or
 * -EINVAL for quotes that do not fit RFC 4180. */
static int next_field(const char **p, const char *end, char *out)
{
	const char *in = *p;
	bool quoted = in < end && *in == '"';

	if (quoted)
		in++;
	for (;; in++) {
		if (in == end) {
			if (quoted)
				return -EINVAL;
			break;
		}
		if (quoted && *in == '"') {
			if (in + 1 < end && in[1] == '"')
				in++; /* a doubled quote stands for one */
			else if (in + 1 == end || in[1] == ',') {
				in++;
				break;
			} else
				return -EINVAL;
		} else if (!quoted && *in == ',') {
			break;
		}
		*out++ = *in;
	}
	*out = '\0';
	*p = in;
	return 0;
}

int device_spec_parse_csv(struct device_spec *ret, const char *line, size_t size,
			  char error[static 128])
{
	char fields[CSV_FIELDS][CSV_LINE_MAX];
	const char *p = line, *end = line + size;

	if (size >= CSV_LINE_MAX || memchr(line, '\0', size))
		return fault(error, _("it is too long, or holds a NUL byte"));
	for (int i = 0; i < CSV_FIELDS; i++) {
		if (next_field(&p, end, fields[i]) < 0)
			return fault(error, _("its quotes do not close"));
		if ((i < CSV_FIELDS - 1) != (p < end && *p == ','))
			return fault(error,
				     _("it must have four columns: vendor,product,serial,tag"));
		p++;
	}
	return fill(ret, fields[0], fields[1], fields[2], fields[3], error);
}

void device_spec_key(const struct device_spec *spec, uint8_t ret[static DEVICE_KEY_SIZE])
{
	const struct device_claim claim = { spec->bus, spec->vendor, spec->product, spec->serial };

	device_claim_key(&claim, ret);
}
