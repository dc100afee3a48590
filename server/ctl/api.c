#include "api.h"

#include <curl/curl.h>
#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "message.h"
#include "profile.h"
#include "server/pki/cleanup.h"

enum { CONNECT_TIMEOUT_S = 10, SILENCE_TIMEOUT_S = 120, ERROR_BODY_MAX = 64 * 1024 };

struct api {
	struct profile profile;
	CURL *curl;
	struct curl_slist *headers; /* owned: the token */
	int ca_fd; /* memory file: libcurl's GnuTLS takes the CA from a file only */
	char ca_path[32];
	char error[CURL_ERROR_SIZE];
};

/* A call under way. */
struct call {
	struct api *api;
	const struct api_request *request;
	struct api_reply *reply;
	size_t capacity, taken;
	int failure; /* why on_data stopped it */
};

void api_reply_finish(struct api_reply *reply)
{
	free(reply->body);
	*reply = (struct api_reply){ 0 };
}

static int put_ca_in_memory(struct api *api)
{
	size_t size = strlen(api->profile.ca);

	api->ca_fd = memfd_create("devgate-ca", MFD_CLOEXEC);
	if (api->ca_fd < 0 || write(api->ca_fd, api->profile.ca, size) != (ssize_t)size)
		return -EIO;
	snprintf(api->ca_path, sizeof(api->ca_path), "/proc/self/fd/%d", api->ca_fd);
	return 0;
}

static int put_token_in_header(struct api *api)
{
	char text[64 + API_TOKEN_SIZE];

	snprintf(text, sizeof(text), "Authorization: Bearer %s", api->profile.token);
	api->headers = curl_slist_append(NULL, text);
	sodium_memzero(text, sizeof(text));
	return api->headers ? 0 : -ENOMEM;
}

int api_open(struct api **ret, const struct ctl *ctl)
{
	struct api *api = calloc(1, sizeof(*api));
	int r;

	if (!api)
		return -ENOMEM;
	api->ca_fd = -1;
	r = profile_load(&api->profile, ctl->profile_path);
	if (r < 0) {
		api_free(api);
		return r;
	}
	r = put_ca_in_memory(api);
	if (r == 0)
		r = put_token_in_header(api);
	if (r == 0 &&
	    (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(api->curl = curl_easy_init())))
		r = -ENOMEM;
	if (r < 0) {
		complain(_("the HTTPS client cannot start: %s"), strerror(-r));
		api_free(api);
		return r;
	}
	*ret = api;
	return 0;
}

void api_free(struct api *api)
{
	if (!api)
		return;
	if (api->headers)
		sodium_memzero(api->headers->data, strlen(api->headers->data));
	curl_slist_free_all(api->headers);
	curl_easy_cleanup(api->curl);
	if (api->ca_fd >= 0)
		close(api->ca_fd);
	profile_finish(&api->profile);
	free(api);
}

void api_freep(struct api **api)
{
	api_free(*api);
}

const struct trust *api_trust(const struct api *api)
{
	if (api->profile.has_trust)
		return &api->profile.trust;
	complain(_("%s: has no trust_root, so signatures cannot be judged; use a profile that "
		   "'devgatectl init' made"),
		 api->profile.path);
	return NULL;
}

const struct profile *api_profile(const struct api *api)
{
	return &api->profile;
}

static int keep(struct call *call, const char *bytes, size_t size)
{
	struct api_reply *reply = call->reply;

	if (size >= call->capacity - reply->size) {
		size_t capacity = (reply->size + size + 1) * 2;
		char *body = realloc(reply->body, capacity);

		if (!body)
			return -ENOMEM;
		reply->body = body;
		call->capacity = capacity;
	}
	memcpy(reply->body + reply->size, bytes, size);
	reply->size += size;
	reply->body[reply->size] = '\0';
	return 0;
}

static size_t on_data(char *bytes, size_t one, size_t n, void *userdata)
{
	struct call *call = userdata;
	const struct api_request *request = call->request;
	size_t max = request->max_reply;
	long status = 0;
	bool good;

	curl_easy_getinfo(call->api->curl, CURLINFO_RESPONSE_CODE, &status);
	good = status >= 200 && status < 300;
	if (!good)
		max = ERROR_BODY_MAX;
	call->taken += n * one;
	if (call->taken > max)
		call->failure = -EFBIG;
	else if (good && request->on_bytes)
		call->failure =
			request->on_bytes(request->userdata, bytes, n * one) < 0 ? -ECANCELED : 0;
	else
		call->failure = keep(call, bytes, n * one);
	return call->failure < 0 ? CURL_WRITEFUNC_ERROR : n * one;
}

static CURLcode set_up(struct api *api, struct call *call, struct curl_slist *headers)
{
	const struct api_request *request = call->request;
	char url[API_PATH_SIZE + 512];
	CURLcode c = CURLE_OK;

	snprintf(url, sizeof(url), "%s%s", api->profile.url, request->path->text);
	curl_easy_reset(api->curl);
#define SET(option, value) c = c == CURLE_OK ? curl_easy_setopt(api->curl, option, value) : c
	SET(CURLOPT_URL, url);
	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_PROXY, ""); /* the collector is in the house; proxies of the environment */
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
	SET(CURLOPT_CAINFO, api->ca_path);
	SET(CURLOPT_CAPATH, NULL);
	SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
	SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(CURLOPT_LOW_SPEED_TIME, (long)SILENCE_TIMEOUT_S);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_HTTPHEADER, headers);
	SET(CURLOPT_USERAGENT, "devgatectl/" DEVGATE_VERSION);
	SET(CURLOPT_ERRORBUFFER, api->error);
	SET(CURLOPT_WRITEFUNCTION, on_data);
	SET(CURLOPT_WRITEDATA, call);
	if (strcmp(request->method, "GET") != 0) {
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
		SET(CURLOPT_POSTFIELDS, request->body ? request->body : "");
		SET(CURLOPT_CUSTOMREQUEST, request->method);
	}
#undef SET
	return c;
}

static int complain_transport(const struct api *api, CURLcode c, int failure)
{
	const char *url = api->profile.url;

	if (failure == -ECANCELED)
		return failure; /* on_bytes has told why */
	if (failure < 0) {
		complain(_("%s: the answer is larger than expected or than memory; "
			   "nothing was taken from it"),
			 url);
		return failure;
	}
	switch (c) {
	case CURLE_COULDNT_RESOLVE_HOST:
		complain(_("%s: no such host; check the url in %s"), url, api->profile.path);
		return -EAGAIN;
	case CURLE_COULDNT_CONNECT:
		complain(_("%s: nothing answers there; is devgate-collector running, and is the "
			   "port reachable?"),
			 url);
		return -EAGAIN;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		complain(_("%s: whoever answers is not the collector that %s pins: %s"), url,
			 api->profile.path, api->error);
		return -EPROTO;
	case CURLE_OPERATION_TIMEDOUT:
		complain(_("%s: no answer in time; try again later"), url);
		return -EAGAIN;
	case CURLE_SSL_CONNECT_ERROR:
		complain(_("%s: no TLS 1.3 connection: %s"), url, api->error);
		return -EPROTO;
	default:
		complain(_("%s: the connection failed: %s"), url,
			 api->error[0] ? api->error : curl_easy_strerror(c));
		return -EAGAIN;
	}
}

/* The token's header and the body's type before it; Expect: is left out, our bodies are wanted. */
static struct curl_slist *make_headers(const struct api *api, const char *type)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:"), *more;
	char text[128];

	if (!headers)
		return NULL;
	snprintf(text, sizeof(text), "Content-Type: %s", type ? type : "");
	more = curl_slist_append(headers, type ? text : "Content-Type:");
	if (more)
		more = curl_slist_append(headers, api->headers->data);
	if (more)
		return headers;
	curl_slist_free_all(headers);
	return NULL;
}

static void free_headers(struct curl_slist *headers)
{
	for (struct curl_slist *h = headers; h; h = h->next)
		sodium_memzero(h->data, strlen(h->data));
	curl_slist_free_all(headers);
}

int api_request(struct api *api, const struct api_request *request, struct api_reply *ret)
{
	struct api_reply reply = { 0 };
	struct call call = { .api = api, .request = request, .reply = &reply };
	struct curl_slist *headers;
	CURLcode c;
	int r;

	if (request->path->overflow) {
		complain(_("the names and filters given are too long together"));
		return -E2BIG;
	}
	headers = make_headers(api, request->type);
	r = headers ? keep(&call, "", 0) : -ENOMEM;
	if (r < 0) {
		free_headers(headers);
		complain(_("out of memory"));
		return r;
	}
	api->error[0] = '\0';
	c = set_up(api, &call, headers);
	if (c == CURLE_OK)
		c = curl_easy_perform(api->curl);
	curl_easy_getinfo(api->curl, CURLINFO_RESPONSE_CODE, &reply.status);
	free_headers(headers);
	if (c != CURLE_OK) {
		api_reply_finish(&reply);
		return complain_transport(api, c, call.failure);
	}
	*ret = reply;
	return 0;
}

/* What a person can do about a problem's code; NULL where its detail says it all. */
static const char *advice(const char *code, long status)
{
	static const struct {
		const char *code;
		const char *text;
	} known[] = {
		{ "unauthenticated", N_("the token of your profile is not known there; ask an "
					"officer for a new profile") },
		{ "not-permitted", N_("your role may not do this; ask an officer to") },
		{ "too-few-signatures", N_("ask another officer to 'policy approve'") },
		{ "old-version", N_("something newer is published; draft again from it with "
				    "'policy sign'") },
		{ "conflict", N_("look with 'devgatectl media list'") },
		{ "rate-limited", N_("wait a minute and try again") },
		{ "disk-full", N_("make room on the collector's disk; it goes on by itself") },
		{ "busy", N_("wait a minute and try again") },
		{ "internal", N_("look at the collector's log") },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(code, known[i].code) == 0)
			return _(known[i].text);
	return status == 401   ? _(known[0].text)
	       : status >= 500 ? _(known[sizeof(known) / sizeof(known[0]) - 1].text)
			       : NULL;
}

void api_complain(const struct api *api, const struct api_reply *reply)
{
	_cleanup_json_ json_t *json = json_loadb(reply->body, reply->size, 0, NULL);
	const char *title = NULL, *detail = NULL, *code = "", *todo;
	char clean[1024];

	if (json)
		json_unpack(json, "{s?s s?s s?s}", "title", &title, "detail", &detail, "code",
			    &code);
	message_clean(detail ? detail : title, clean, sizeof(clean));
	todo = advice(code, reply->status);
	if (!clean[0])
		snprintf(clean, sizeof(clean), "HTTP %ld", reply->status);
	clean[strlen(clean) - (clean[strlen(clean) - 1] == '.')] = '\0';
	if (todo)
		complain(_("%s refused: %s; %s"), api->profile.url, clean, todo);
	else
		complain(_("%s refused: %s"), api->profile.url, clean);
}

static int finish_call(struct api *api, struct api_reply *reply, json_t **ret)
{
	json_error_t error;

	if (reply->status < 200 || reply->status > 299) {
		api_complain(api, reply);
		return reply->status == 429 || reply->status == 503 ? -EAGAIN : -EREMOTEIO;
	}
	if (!ret)
		return 0;
	*ret = json_loadb(reply->body, reply->size, 0, &error);
	if (*ret)
		return 0;
	complain(_("%s: the answer is not JSON: %s"), api->profile.url, error.text);
	return -EPROTO;
}

int api_get(struct api *api, const struct api_path *path, json_t **ret)
{
	return api_send(api, "GET", path, NULL, ret);
}

int api_send(struct api *api, const char *method, const struct api_path *path, const json_t *body,
	     json_t **ret)
{
	_cleanup_free_ char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	struct api_request request = {
		.method = method,
		.path = path,
		.type = body ? "application/json" : NULL,
		.body = text,
		.body_size = text ? strlen(text) : 0,
		.max_reply = API_MAX_JSON,
	};
	struct api_reply reply;
	int r;

	if (body && !text) {
		complain(_("out of memory"));
		return -ENOMEM;
	}
	r = api_request(api, &request, &reply);
	if (r < 0)
		return r;
	r = finish_call(api, &reply, ret);
	api_reply_finish(&reply);
	return r;
}
