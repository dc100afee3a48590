#include "enrolment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "agent/common/cleanup.h"
#include "policy/text.h"

enum { CA_MAX_BYTES = 16 * 1024 };

static int fail(char error[static 256], const char *text)
{
	snprintf(error, 256, "%s", text);
	return -EBADMSG;
}

/* The DER length at @der says that the certificate is just @size bytes. */
static bool der_fits(const uint8_t *der, size_t size)
{
	size_t n = size > 2 && der[1] & 0x80 ? der[1] & 0x7f : 0, length = 0;

	if (size < 4 || der[0] != 0x30 || n < 1 || n > 3 || size < 2 + n)
		return false;
	for (size_t i = 0; i < n; i++)
		length = length << 8 | der[2 + i];
	return length == size - 2 - n;
}

/* SHA-256 of the DER form of @pem, which must be one certificate (RFC 7468). */
static int fingerprint(const char *pem, uint8_t ret[static 32])
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	static const char finish[] = "-----END CERTIFICATE-----";
	const char *start = strstr(pem, begin);
	const char *end = start != NULL ? strstr(start + sizeof(begin) - 1, finish) : NULL;
	_cleanup_free_ uint8_t *der = NULL;
	size_t size;

	if (end == NULL || strstr(end, begin) != NULL || strlen(pem) > CA_MAX_BYTES)
		return -EBADMSG;
	start += sizeof(begin) - 1;
	der = malloc((size_t)(end - start) + 1);
	if (der == NULL)
		return -ENOMEM;
	if (sodium_base642bin(der, (size_t)(end - start), start, (size_t)(end - start), "\r\n",
			      &size, NULL, sodium_base64_VARIANT_ORIGINAL) < 0 ||
	    !der_fits(der, size))
		return -EBADMSG;
	crypto_hash_sha256(ret, der, size);
	return 0;
}

static int take_ca(struct enrolment *enrolment, const json_t *value, char error[static 256])
{
	const char *pem = json_string_value(value);
	int r = pem != NULL ? fingerprint(pem, enrolment->ca_sha256) : -EBADMSG;

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return fail(error, "\"ca\" is not one PEM certificate");
	enrolment->ca = strdup(pem);
	return enrolment->ca == NULL ? -ENOMEM : 0;
}

static int take_token(struct enrolment *enrolment, const json_t *value, char error[static 256])
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-_";
	const char *token = json_string_value(value);

	if (token == NULL || !*token || strlen(token) >= sizeof(enrolment->token) ||
	    token[strspn(token, allowed)] != '\0')
		return fail(error, "\"token\" is missing or has characters that no token has");
	strcpy(enrolment->token, token);
	return 0;
}

static int take_trust(struct enrolment *enrolment, const json_t *value, char error[static 256])
{
	char why[256] = "";
	int r;

	if (!json_is_object(value))
		return fail(error, "\"trust_root\" is missing");
	enrolment->trust_text = json_dumps(value, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	if (enrolment->trust_text == NULL)
		return -ENOMEM;
	r = trust_parse(&enrolment->trust, enrolment->trust_text, strlen(enrolment->trust_text),
			why);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		snprintf(error, 256, "\"trust_root\": %.200s", why);
		return -EBADMSG;
	}
	return 0;
}

static int take_texts(struct enrolment *enrolment, const json_t *root, char error[static 256])
{
	const char *schema = json_string_value(json_object_get(root, "schema"));
	const char *url = json_string_value(json_object_get(root, "url"));
	const char *unit = json_string_value(json_object_get(root, "unit"));
	const char *expires = json_string_value(json_object_get(root, "expires"));

	if (schema == NULL || strcmp(schema, "devgate-enrolment-1") != 0)
		return fail(error, "it is no enrolment file (\"schema\" is not "
				   "\"devgate-enrolment-1\")");
	if (url == NULL || !collector_url_good(url))
		return fail(error, "\"url\" must be of the form https://HOST:PORT");
	if (unit == NULL || strlen(unit) >= sizeof(enrolment->unit))
		return fail(error, "\"unit\" is missing or too long");
	if (expires == NULL || text_time_parse(expires, &enrolment->expires) < 0)
		return fail(error, "\"expires\" is not a time like 2026-11-23T08:00:00Z");
	strcpy(enrolment->url, url);
	strcpy(enrolment->unit, unit);
	return 0;
}

static int check_names(const json_t *root, char error[static 256])
{
	static const char *const names[] = { "schema",	   "url",  "token",  "ca",
					     "trust_root", "unit", "expires" };
	const char *name;
	json_t *value;

	if (!json_is_object(root))
		return fail(error, "it is no JSON object");
	json_object_foreach ((json_t *)root, name, value) {
		size_t i = 0;

		while (i < sizeof(names) / sizeof(names[0]) && strcmp(name, names[i]) != 0)
			i++;
		if (i == sizeof(names) / sizeof(names[0]))
			return fail(error, "it has a member that no enrolment file has");
	}
	return 0;
}

int enrolment_parse(struct enrolment *ret, const char *text, size_t size, char error[static 256])
{
	struct enrolment enrolment = { 0 };
	_cleanup_json_ json_t *root = NULL;
	json_error_t where;
	int r;

	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
	if (root == NULL) {
		snprintf(error, 256, "line %d, column %d: %.160s", where.line, where.column,
			 where.text);
		return -EBADMSG;
	}
	if ((r = check_names(root, error)) < 0 || (r = take_texts(&enrolment, root, error)) < 0 ||
	    (r = take_token(&enrolment, json_object_get(root, "token"), error)) < 0 ||
	    (r = take_ca(&enrolment, json_object_get(root, "ca"), error)) < 0 ||
	    (r = take_trust(&enrolment, json_object_get(root, "trust_root"), error)) < 0) {
		enrolment_finish(&enrolment);
		return r;
	}
	*ret = enrolment;
	return 0;
}

void enrolment_finish(struct enrolment *enrolment)
{
	explicit_bzero(enrolment->token, sizeof(enrolment->token));
	free(enrolment->ca);
	free(enrolment->trust_text);
	enrolment->ca = enrolment->trust_text = NULL;
}
