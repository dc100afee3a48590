/* The names that Windows gives to devices (Microsoft Learn, "Standard USB Identifiers", "Device
 * instance IDs"), as far as Linux knows the same of them.  Windows compares them in any letter
 * case, and writes '_' for what a name may not have. */
#include "mde.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PATH = 4 * DEVICE_TEXT_SIZE };

/* "0951", "09*", "*" or "". */
static int read_id(struct mde *mde, const char *text, const struct mde_ids **ret)
{
	const size_t digits = strspn(text, "0123456789abcdefABCDEF");
	const bool wild = text[digits] == '*' && text[digits + 1] == '\0';
	const unsigned shift = 4 * (4 - (unsigned)digits);

	*ret = NULL;
	if (digits > 4 || (text[digits] != '\0' && !wild))
		return -EINVAL;
	if (digits == 0) /* any */
		return 0;
	if (digits < 4 && !wild)
		return -EINVAL;
	const unsigned long first = strtoul(text, NULL, 16) << shift;
	return mde_ids_of(mde, (uint16_t)first, (uint16_t)(first + (1ul << shift) - 1), ret);
}

static int read_ids(struct mde *mde, const char *vendor, const char *product, struct mde_match *ret)
{
	*ret = mde_match_all;
	int r = read_id(mde, vendor, &ret->vendor);
	return r == 0 ? read_id(mde, product, &ret->product) : r;
}

int mde_ids(struct mde *mde, const char *vendor, const char *product, struct mde_expression **ret)
{
	struct mde_match match;
	int r = read_ids(mde, vendor, product, &match);

	return r == 0 ? mde_matching(mde, &match, MDE_YES, MDE_NO, ret) : r;
}

int mde_vid_pid(struct mde *mde, const char *text, struct mde_expression **ret)
{
	const char *product = strchr(text, '_');
	char vendor[8] = "";

	if (product == NULL || (size_t)(product - text) >= sizeof(vendor))
		return -EINVAL;
	memcpy(vendor, text, (size_t)(product - text));
	return mde_ids(mde, vendor, product + 1, ret);
}

/* Something that we know nothing of. */
static int unknown(struct mde *mde, struct mde_expression **ret)
{
	int r = mde_constant(mde, 0, MDE_ALL_FAMILIES, ret);

	return r < 0 ? r : MDE_GRIP_PART;
}

static bool starts(const char *text, const char *with)
{
	return strncasecmp(text, with, strlen(with)) == 0;
}

/* The last part of an instance path is the serial and "&" with a number; without a serial, one that
 * Windows made, with more '&' in it.  Leaves the serial's pattern in @part; false for no serial. */
static bool cut_serial(char *part)
{
	char *end = strrchr(part, '&');

	if (end != NULL &&
	    (strcmp(end, "&*") == 0 || end[1 + strspn(end + 1, "0123456789")] == '\0'))
		*end = '\0';
	else if (end == NULL && strchr(part, '*') == NULL)
		return false; /* no path ends without the number */
	return strchr(part, '&') == NULL && part[strspn(part, "*")] != '\0';
}

/* "VID_0951&PID_1666" of @size bytes; @ret_whole: nothing comes after. */
static int read_device_part(struct mde *mde, const char *text, struct mde_match *ret,
			    bool *ret_whole)
{
	char vendor[8] = "", product[8] = "";
	const char *from = text + strlen("VID_");
	const size_t n_vendor = strcspn(from, "&");

	if (!starts(text, "VID_") || n_vendor >= sizeof(vendor) ||
	    !starts(from + n_vendor, "&PID_"))
		return -EINVAL;
	memcpy(vendor, from, n_vendor);
	from += n_vendor + strlen("&PID_");
	const size_t n_product = strcspn(from, "&");
	if (n_product >= sizeof(product) || n_vendor == 0 || n_product == 0)
		return -EINVAL;
	memcpy(product, from, n_product);
	*ret_whole = from[n_product] == '\0';
	return read_ids(mde, vendor, product, ret);
}

/* Both: those ids, and @serial. */
static int join(struct mde *mde, const struct mde_match *match, enum mde_truth truth,
		const char *serial, struct mde_expression **ret)
{
	struct mde_expression *all, *child;
	int r = mde_new(mde, MDE_ALL, &all);

	if (r == 0)
		r = mde_matching(mde, match, truth, MDE_NO, &child);
	if (r == 0)
		r = mde_add_child(mde, all, child);
	if (r == 0)
		r = mde_serial(mde, serial, true, &child);
	if (r == 0)
		r = mde_add_child(mde, all, child);
	*ret = all;
	return r;
}

/* "VID_...&PID_...", and @serial if that is not NULL; after "USB\". */
static int read_usb(struct mde *mde, const char *device, const char *serial,
		    struct mde_expression **ret)
{
	struct mde_match match;
	bool whole;
	int r = read_device_part(mde, device, &match, &whole);

	if (r == -EINVAL)
		return unknown(mde, ret);
	if (r < 0)
		return r;
	/* One that Windows made for want of a serial. */
	if (serial != NULL && (strchr(serial, '&') != NULL || *serial == '\0'))
		whole = false;
	const enum mde_truth truth = whole ? MDE_YES : MDE_MAYBE;
	if (serial == NULL || strchr(serial, '&') != NULL || strcmp(serial, "*") == 0 ||
	    *serial == '\0')
		r = mde_matching(mde, &match, truth, MDE_NO, ret);
	else
		r = join(mde, &match, truth, serial, ret);
	return r < 0 ? r : whole ? MDE_GRIP_WHOLE : MDE_GRIP_PART;
}

int mde_path(struct mde *mde, const char *text, struct mde_expression **ret)
{
	const size_t size = strlen(text) + 1;
	char *path;

	/* The manual shows '*' alone; '?' may be a wildcard, too. */
	if (size > MAX_PATH || strchr(text, '?') != NULL)
		return unknown(mde, ret);
	int r = mde_take(mde, size, &path);
	if (r < 0)
		return r;
	memcpy(path, text, size);
	char *device = strchr(path, '\\');
	if (device == NULL)
		return unknown(mde, ret);
	*device++ = '\0';
	char *serial = strchr(device, '\\');
	if (serial != NULL)
		*serial++ = '\0';
	if (serial != NULL && strchr(serial, '\\') != NULL)
		return unknown(mde, ret);
	if (strcasecmp(path, "USB") == 0)
		return read_usb(mde, device, serial, ret);
	if (strcasecmp(path, "USBSTOR") != 0 || serial == NULL || !cut_serial(serial))
		return unknown(mde, ret);
	r = mde_serial(mde, serial, true, ret);
	return r < 0 ? r : MDE_GRIP_SERIAL;
}

int mde_friendly_name(struct mde *mde, const char *text, struct mde_expression **ret)
{
	static const char suffix[] = " USB Device";
	const size_t length = strlen(text), n = strlen(suffix);
	struct mde_match match = mde_match_all;
	struct mde_text name = { .glob = strchr(text, '*') != NULL };
	char *glob;

	int r = mde_take(mde, 2 * length + 1, &glob);
	if (r < 0)
		return r;
	name.text = glob;
	for (size_t i = 0; i < length; i++) {
		if (name.glob && (text[i] == '?' || text[i] == '\\'))
			*glob++ = '\\';
		*glob++ = text[i];
	}
	/* What Windows' disk driver adds to what the disk calls itself. */
	if (length > n && strcmp(text + length - n, suffix) == 0)
		*(glob - n) = '\0';
	if (strlen(name.text) == 0 || strlen(name.text) > MDE_MAX_TEXT)
		return mde_constant(mde, 0, MDE_ALL_FAMILIES, ret);
	r = mde_texts_of(mde, &name, &match.name);
	return r == 0 ? mde_matching(mde, &match, MDE_YES, MDE_MAYBE, ret) : r;
}
