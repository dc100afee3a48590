#include "retention.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

void retention_default(struct retention *ret)
{
	*ret = (struct retention){ .days = RETENTION_DEFAULT_DAYS,
				   .person_days = RETENTION_DEFAULT_DAYS };
}

static int refuse(char error[static 128], const char *what)
{
	snprintf(error, 128, "%s", what);
	return -EBADMSG;
}

static int read_days(const json_t *json, unsigned *ret, char error[static 128])
{
	json_int_t days = json_integer_value(json);

	if (!json_is_integer(json) || days < 0 || days > RETENTION_MAX_DAYS ||
	    (days > 0 && days < RETENTION_MIN_DAYS)) {
		snprintf(error, 128, "days must be 0, for ever, or a whole number from %d to %d",
			 RETENTION_MIN_DAYS, RETENTION_MAX_DAYS);
		return -EBADMSG;
	}
	*ret = (unsigned)days;
	return 0;
}

static int read_kind(struct retention *retention, const char *name, const json_t *days,
		     char error[static 128])
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_()";
	struct retention_kind *kind = &retention->kinds[retention->n_kinds];
	size_t size = strlen(name);

	if (retention->n_kinds == RETENTION_MAX_KINDS)
		return refuse(error, "there are too many kinds");
	if (size == 0 || size >= sizeof(kind->name) || strspn(name, good) != size)
		return refuse(error, "a kind is not one, such as device.decided");
	memcpy(kind->name, name, size + 1);
	retention->n_kinds++;
	return read_days(days, &kind->days, error);
}

static int read_member(struct retention *retention, const char *name, json_t *value,
		       char error[static 128])
{
	const char *kind;
	json_t *days;

	if (strcmp(name, "days") == 0)
		return read_days(value, &retention->days, error);
	if (strcmp(name, "person_days") == 0)
		return read_days(value, &retention->person_days, error);
	if (strcmp(name, "kinds") != 0 || !json_is_object(value))
		return refuse(error, "it may have days, person_days, and the object kinds");
	json_object_foreach (value, kind, days) {
		int r = read_kind(retention, kind, days, error);
		if (r < 0)
			return r;
	}
	return 0;
}

int retention_parse(struct retention *ret, const char *text, size_t size, char error[static 128])
{
	struct retention retention;
	const char *name;
	json_error_t why;
	json_t *json, *value;
	int r = 0;

	if (size > RETENTION_MAX_BYTES)
		return refuse(error, "it is too long");
	json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(json)) {
		snprintf(error, 128, "it is not a JSON object: line %d", json ? 1 : why.line);
		json_decref(json);
		return -EBADMSG;
	}
	retention_default(&retention);
	json_object_foreach (json, name, value) {
		r = read_member(&retention, name, value, error);
		if (r < 0)
			break;
	}
	json_decref(json);
	if (r == 0)
		*ret = retention;
	return r;
}

unsigned retention_days(const struct retention *retention, const char *kind)
{
	for (size_t i = 0; i < retention->n_kinds; i++) {
		if (strcmp(retention->kinds[i].name, kind) == 0)
			return retention->kinds[i].days;
	}
	return retention->days;
}

unsigned retention_shortest(const struct retention *retention)
{
	unsigned shortest = retention->days;

	for (size_t i = 0; i < retention->n_kinds; i++) {
		unsigned days = retention->kinds[i].days;
		if (days > 0 && (shortest == 0 || days < shortest))
			shortest = days;
	}
	return shortest;
}
