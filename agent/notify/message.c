#include "message.h"

#include <errno.h>
#include <libintl.h>
#include <stdio.h>
#include <string.h>

#include "agent/common/language.h"
#include "policy/verdict.h"

#define _(text) gettext(text)

enum { NAME_SIZE = 160, MAX_WHERE = 4, MAX_CODE = 6 };

static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? "" : text;
}

/* How many bytes the character at @text has, as UTF-8 says it. */
static size_t length_of(const char *text)
{
	size_t n = 1;

	while ((text[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* Append @text; what does not fit is cut between characters. */
static void append(char *ret, size_t size, const char *text)
{
	size_t used = strlen(ret);

	while (*text != '\0' && used + length_of(text) < size) {
		size_t n = length_of(text);

		memcpy(ret + used, text, n);
		used += n;
		text += n;
	}
	ret[used] = '\0';
}

/* What the device calls itself; else its numbers. */
static void name_device(const json_t *device, char ret[static NAME_SIZE])
{
	const char *manufacturer = member(device, "manufacturer"), *name = member(device, "name");

	ret[0] = '\0';
	if (*manufacturer == '\0' && *name == '\0') {
		snprintf(ret, NAME_SIZE, _("The device %.8s:%.8s"), member(device, "vendor"),
			 member(device, "product"));
		return;
	}
	append(ret, NAME_SIZE / 2, manufacturer);
	if (*manufacturer != '\0' && *name != '\0')
		append(ret, NAME_SIZE, " ");
	append(ret, NAME_SIZE, name);
}

static const char *reason_of(const json_t *notice)
{
	const json_t *reason = json_object_get(notice, "reason");
	const char *chinese = member(reason, "zh-TW");

	return language_is_chinese() && *chinese != '\0' ? chinese : member(reason, "en");
}

static int write_decided(const json_t *notice, const char *name, struct message *ret)
{
	int verdict = verdict_from_text(member(notice, "verdict"));
	bool partial = json_is_true(json_object_get(notice, "partial"));
	char *summary = ret->summary;
	const size_t size = sizeof(ret->summary);

	if (verdict < 0)
		return -EBADMSG;
	if (partial && verdict != VERDICT_DENY)
		snprintf(summary, size, _("%s is blocked in part"), name);
	else if (verdict == VERDICT_DENY)
		snprintf(summary, size, _("%s is blocked"), name);
	else if (verdict == VERDICT_CHARGE_ONLY)
		snprintf(summary, size, _("%s can only be charged"), name);
	else if (verdict == VERDICT_ENCRYPTED_ONLY)
		snprintf(summary, size, _("%s can be used where it is encrypted"), name);
	else if (verdict == VERDICT_READ_ONLY)
		snprintf(summary, size, _("%s can be read, not written"), name);
	else
		snprintf(summary, size, _("%s can be used"), name);
	append(ret->body, sizeof(ret->body), reason_of(notice));
	ret->urgent = verdict == VERDICT_DENY;
	return 0;
}

/* Where it is in use, a line each. */
static void append_mounts(const json_t *mounts, char *text, size_t size)
{
	const json_t *mount;
	size_t i;

	json_array_foreach (mounts, i, mount) {
		if (i == MAX_WHERE)
			break;
		append(text, size, "\n");
		append(text, size, member(mount, "where"));
	}
}

static int write_withdrawing(const json_t *notice, unsigned gone_s, const char *name,
			     struct message *ret)
{
	json_int_t seconds = json_integer_value(json_object_get(notice, "seconds"));
	unsigned left_s = seconds > (json_int_t)gone_s ? (unsigned)seconds - gone_s : 0;

	if (seconds < 0 || seconds > 24 * 3600)
		return -EBADMSG;
	snprintf(ret->summary, sizeof(ret->summary), _("%s is about to be disconnected"), name);
	snprintf(ret->body, sizeof(ret->body),
		 ngettext("It is disconnected in %u second. Save and close the files on it.",
			  "It is disconnected in %u seconds. Save and close the files on it.",
			  left_s),
		 left_s);
	append_mounts(json_object_get(notice, "mounts"), ret->body, sizeof(ret->body));
	append(ret->body, sizeof(ret->body), "\n");
	append(ret->body, sizeof(ret->body), reason_of(notice));
	ret->urgent = true;
	ret->seconds = (unsigned)seconds;
	return 0;
}

/* Of more figures than a code has, or of others, is none of the enforcer's. */
static int write_code(const json_t *notice, unsigned gone_s, const char *name, struct message *ret)
{
	json_int_t seconds = json_integer_value(json_object_get(notice, "seconds"));
	unsigned left_s = seconds > (json_int_t)gone_s ? (unsigned)seconds - gone_s : 0;
	const char *code = member(notice, "code");

	if (seconds < 0 || seconds > 24 * 3600 || *code == '\0' ||
	    strspn(code, "0123456789") != strlen(code) || strlen(code) > MAX_CODE)
		return -EBADMSG;
	snprintf(ret->summary, sizeof(ret->summary), _("New keyboard: type %s on it"), code);
	append(ret->body, sizeof(ret->body), name);
	append(ret->body, sizeof(ret->body), "\n");
	snprintf(
		ret->body + strlen(ret->body), sizeof(ret->body) - strlen(ret->body),
		ngettext(
			"Type %s on the new keyboard, and then Enter, within %u second. If you did "
			"not plug one in, do nothing, and tell your security officer.",
			"Type %s on the new keyboard, and then Enter, within %u seconds. If you "
			"did not plug one in, do nothing, and tell your security officer.",
			left_s),
		code, left_s);
	ret->urgent = true;
	ret->seconds = (unsigned)seconds;
	return 0;
}

int message_make(const json_t *notice, unsigned gone_s, struct message *ret)
{
	struct message message = { 0 };
	char name[NAME_SIZE];
	const char *kind = member(notice, "notice");
	int r;

	name_device(json_object_get(notice, "device"), name);
	snprintf(message.instance, sizeof(message.instance), "%s", member(notice, "instance"));
	if (strcmp(kind, "decided") == 0) {
		r = write_decided(notice, name, &message);
	} else if (strcmp(kind, "withdrawing") == 0) {
		r = write_withdrawing(notice, gone_s, name, &message);
	} else if (strcmp(kind, "kept") == 0) {
		snprintf(message.summary, sizeof(message.summary),
			 _("%s is not disconnected after all"), name);
		append(message.body, sizeof(message.body), _("It can be used as before."));
		r = 0;
	} else if (strcmp(kind, "withdrawn") == 0) {
		snprintf(message.summary, sizeof(message.summary), _("%s has been disconnected"),
			 name);
		append(message.body, sizeof(message.body), reason_of(notice));
		message.urgent = true;
		r = 0;
	} else if (strcmp(kind, "code") == 0) {
		r = write_code(notice, gone_s, name, &message);
	} else if (strcmp(kind, "code-typed") == 0) {
		snprintf(message.summary, sizeof(message.summary), _("%s can be used"), name);
		r = 0;
	} else {
		r = -EBADMSG;
	}
	if (r >= 0)
		*ret = message;
	return r;
}

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	default:
		return NULL;
	}
}

void message_escape(const char *text, char *ret, size_t size)
{
	size_t used = 0;

	while (*text != '\0') {
		const char *replacement = entity(*text);
		size_t from = length_of(text),
		       to = replacement == NULL ? from : strlen(replacement);

		if (used + to >= size)
			break;
		memcpy(ret + used, replacement == NULL ? text : replacement, to);
		used += to;
		text += from;
	}
	ret[used] = '\0';
}
