#include "facts_api.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "collector.h"
#include "policy/device.h"
#include "policy/facts.h"
#include "policy/text.h"
#include "reply.h"
#include "server/store/facts.h"

enum { CACHE_S = 600 };

_Static_assert((int)FACTS_PEOPLE_MAX <= (int)FACTS_MAX_PEOPLE, "a workstation takes them all");
_Static_assert((int)FACTS_OF_HOST_MAX + (int)FACTS_WIDESPREAD_MAX <= (int)FACTS_MAX_DEVICES,
	       "and these");

void facts_cache_init(struct facts_cache *cache)
{
	*cache = (struct facts_cache){ 0 };
	pthread_mutex_init(&cache->lock, NULL);
}

void facts_cache_finish(struct facts_cache *cache)
{
	free(cache->lines);
	pthread_mutex_destroy(&cache->lock);
}

/* A person's name that a workstation would not take is left out. */
static int on_person(void *context, const char *name, int64_t number)
{
	const size_t size = strlen(name);

	if (size == 0 || size >= FACTS_PERSON_SIZE || !text_is_clean(name, size))
		return 0;
	fprintf(context, "person %lld %s\n", (long long)(number > INT32_MAX ? INT32_MAX : number),
		name);
	return 0;
}

/* "0951:1666 serial", as the roll-ups have it, to the key of a device on USB.  -EINVAL for one
 * without a serial. */
static int key_of(const char *shown, uint8_t ret[static DEVICE_KEY_SIZE])
{
	char vendor[5] = "", product[5] = "";
	uint8_t v[2], p[2];

	/* Only as it is always written, so that no two are of one key. */
	if (strlen(shown) < sizeof("vvvv:pppp s") - 1 || shown[4] != ':' || shown[9] != ' ' ||
	    strspn(shown, "0123456789abcdef") != 4 || strspn(shown + 5, "0123456789abcdef") != 4)
		return -EINVAL;
	memcpy(vendor, shown, 4);
	memcpy(product, shown + 5, 4);
	if (text_unhex(vendor, v, 2) < 0 || text_unhex(product, p, 2) < 0)
		return -EINVAL;
	device_media_key((uint16_t)(v[0] << 8 | v[1]), (uint16_t)(p[0] << 8 | p[1]), shown + 10,
			 ret);
	return 0;
}

static int on_device(void *context, const char *name, int64_t number)
{
	uint8_t key[DEVICE_KEY_SIZE];
	char hex[2 * DEVICE_KEY_SIZE + 1];

	if (key_of(name, key) < 0)
		return 0;
	text_hex(key, sizeof(key), hex);
	fprintf(context, "device %lld %s\n", (long long)(number > INT32_MAX ? INT32_MAX : number),
		hex);
	return 0;
}

static int64_t now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static int ask_widespread(struct store *store, char **ret)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int r;

	if (out == NULL)
		return -ENOMEM;
	r = facts_each_widespread(store, on_device, out);
	if (fclose(out) != 0 && r >= 0)
		r = -ENOMEM;
	if (r < 0)
		free(text);
	else
		*ret = text;
	return r;
}

/* Append @lines, each of which ends with a device's key, but for those whose key is in @known. */
static void write_others(const char *lines, const char *known, FILE *out)
{
	const char *end;

	for (const char *line = lines; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		char key[2 * DEVICE_KEY_SIZE + 1];

		snprintf(key, sizeof(key), "%s", end - (sizeof(key) - 1));
		if (strstr(known, key) == NULL)
			fprintf(out, "%.*s\n", (int)(end - line), line);
	}
}

/* Append those that many have met, but for those that are in @known already. */
static int write_widespread(struct collector *collector, const char *known, FILE *out)
{
	struct facts_cache *cache = &collector->facts;
	int r = 0;

	pthread_mutex_lock(&cache->lock);
	if (cache->lines == NULL || now_s() - cache->asked_s >= CACHE_S) {
		char *lines = NULL;

		r = ask_widespread(collector->store, &lines);
		if (r >= 0) {
			free(cache->lines);
			cache->lines = lines;
			cache->asked_s = now_s();
		}
	}
	if (r >= 0)
		write_others(cache->lines, known, out);
	pthread_mutex_unlock(&cache->lock);
	return r;
}

static int write_of_host(struct request *request, char **ret)
{
	struct store *store = request->collector->store;
	char *text = NULL, today[21];
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int r;

	if (out == NULL)
		return -ENOMEM;
	text_time((int64_t)time(NULL), today);
	today[sizeof("2026-11-23") - 1] = '\0';
	fputs("devgate-facts-1\n", out);
	r = facts_each_person(store, request->host, today, on_person, out);
	if (r >= 0)
		r = facts_each_device(store, request->host, on_device, out);
	if (fclose(out) != 0 && r >= 0)
		r = -ENOMEM;
	if (r < 0)
		free(text);
	else
		*ret = text;
	return r;
}

static int write_document(struct request *request, char **ret, size_t *ret_size)
{
	char *mine = NULL, *text = NULL;
	FILE *out;
	int r = write_of_host(request, &mine);

	if (r < 0)
		return r;
	out = open_memstream(&text, ret_size);
	if (out == NULL) {
		free(mine);
		return -ENOMEM;
	}
	fputs(mine, out);
	r = write_widespread(request->collector, mine, out);
	free(mine);
	if (fclose(out) != 0 && r >= 0)
		r = -ENOMEM;
	if (r < 0)
		free(text);
	else
		*ret = text;
	return r;
}

enum MHD_Result facts_handle_get(struct request *request)
{
	const char *have = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
						       MHD_HTTP_HEADER_IF_NONE_MATCH);
	uint8_t hash[STORE_HASH_SIZE];
	char *text, sha256[2 * STORE_HASH_SIZE + 1];
	size_t size;
	int r = write_document(request, &text, &size);

	if (r < 0)
		return reply_failure(request, r, "read facts");
	crypto_hash_sha256(hash, (const uint8_t *)text, size);
	text_hex(hash, sizeof(hash), sha256);
	if (have != NULL && strstr(have, sha256) != NULL) {
		free(text);
		return reply_empty(request, MHD_HTTP_NOT_MODIFIED);
	}
	return reply_bytes(request, "text/plain; charset=utf-8", text, size, sha256);
}
