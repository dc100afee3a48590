#include "http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <jansson.h>

#include "agent/common/cleanup.h"
#include "policy/text.h"

enum {
	HTTP_CONNECT_TIMEOUT_MS = 15 * 1000,
	HTTP_MAX_CONNECTIONS = 8,
	HTTP_MAX_HEADERS = 16 * 1024, /* bytes of an answer's header block */
	HTTP_MAX_KEPT = 512 * 1024,   /* bytes of a body that is kept in memory */
	HTTP_MAX_REFUSAL = 16 * 1024, /* bytes of a body that says why not */
};

struct http {
	sd_event *event;
	CURLM *multi;
	sd_event_source *timer;
	struct http_call *calls; /* owns; doubly linked */
	char *url, *ca_path, *cert_path, *key_path, *header;
};

struct http_call {
	struct http *http; /* borrows */
	struct http_call *previous, *next;
	CURL *easy;
	struct curl_slist *headers;
	char *url;
	http_on_done on_done;
	http_on_bytes on_bytes;
	void *userdata;
	char error[CURL_ERROR_SIZE];
	char *answer; /* grown as it comes, at most max_answer bytes and a NUL */
	size_t answer_size;
	size_t taken, max_answer; /* bytes of body that came, and may come */
	size_t header_size;
	bool too_large;
};

static void call_free(struct http_call *call)
{
	struct http *http = call->http;

	if (call->previous != NULL)
		call->previous->next = call->next;
	else
		http->calls = call->next;
	if (call->next != NULL)
		call->next->previous = call->previous;

	if (call->easy != NULL) {
		curl_multi_remove_handle(http->multi, call->easy);
		curl_easy_cleanup(call->easy);
	}
	curl_slist_free_all(call->headers);
	free(call->url);
	free(call->answer);
	free(call);
}

static void answer_headers(CURL *easy, struct http_answer *answer)
{
	struct curl_header *header;
	curl_off_t seconds = 0;
	size_t n;

	if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0)
		answer->retry_after_s = seconds < 24 * 3600 ? (unsigned)seconds : 24 * 3600;
	if (curl_easy_header(easy, "Date", 0, CURLH_HEADER, -1, &header) == CURLHE_OK) {
		time_t date = curl_getdate(header->value, NULL);
		answer->date = date > 0 ? date : 0;
	}
	if (curl_easy_header(easy, "ETag", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return;
	n = strlen(header->value);
	if (n >= 2 && header->value[0] == '"' && header->value[n - 1] == '"' &&
	    n - 2 < sizeof(answer->etag)) {
		memcpy(answer->etag, header->value + 1, n - 2);
		answer->etag[n - 2] = '\0';
	}
}

/* A call has ended: tell its owner, then let go of it. */
static void call_done(struct http_call *call, CURLcode code)
{
	struct http_answer answer = { .error = "", .body = "", .size = call->answer_size };
	long status = 0;

	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK && status >= 100 && status <= 599) {
		answer.status = (int)status;
		if (call->answer != NULL)
			answer.body = call->answer;
		answer_headers(call->easy, &answer);
	} else {
		answer.size = 0;
		if (call->too_large)
			answer.error = "the answer is larger than the protocol allows";
		else
			answer.error = *call->error ? call->error : curl_easy_strerror(code);
	}
	call->on_done(&answer, call->userdata);
	call_free(call);
}

static void finish_calls(struct http *http)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
		struct http_call *call;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
		call_done(call, message->data.result);
	}
}

static int on_socket_ready(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct http *http = userdata;
	int mask = 0, running;

	(void)source;
	if (revents & EPOLLIN)
		mask |= CURL_CSELECT_IN;
	if (revents & EPOLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (revents & (EPOLLERR | EPOLLHUP))
		mask |= CURL_CSELECT_ERR;
	curl_multi_socket_action(http->multi, fd, mask, &running);
	finish_calls(http);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct http *http = userdata;
	int running;

	(void)source;
	(void)usec;
	curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	finish_calls(http);
	return 0;
}

/* CURLMOPT_SOCKETFUNCTION: curl wants to hear of @fd (@what), or no more. */
static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *userdata, void *assigned)
{
	struct http *http = userdata;
	sd_event_source *source = assigned;
	uint32_t events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		sd_event_source_disable_unref(source);
		curl_multi_assign(http->multi, fd, NULL);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	if (source != NULL)
		return sd_event_source_set_io_events(source, events) < 0 ? -1 : 0;
	if (sd_event_add_io(http->event, &source, fd, events, on_socket_ready, http) < 0)
		return -1;
	curl_multi_assign(http->multi, fd, source);
	return 0;
}

/* CURLMOPT_TIMERFUNCTION: call back in @timeout_ms, or never (-1). */
static int on_curl_timer(CURLM *multi, long timeout_ms, void *userdata)
{
	struct http *http = userdata;
	int r;

	(void)multi;
	if (timeout_ms < 0)
		return sd_event_source_set_enabled(http->timer, SD_EVENT_OFF) < 0 ? -1 : 0;
	r = sd_event_source_set_time_relative(http->timer, (uint64_t)timeout_ms * 1000);
	if (r >= 0)
		r = sd_event_source_set_enabled(http->timer, SD_EVENT_ONESHOT);
	return r < 0 ? -1 : 0;
}

static int keep(struct http_call *call, const char *bytes, size_t size)
{
	char *bigger;

	if (size > HTTP_MAX_KEPT - call->answer_size) {
		call->too_large = true;
		return -EMSGSIZE;
	}
	bigger = realloc(call->answer, call->answer_size + size + 1);
	if (bigger == NULL)
		return -ENOMEM;
	memcpy(bigger + call->answer_size, bytes, size);
	call->answer = bigger;
	call->answer_size += size;
	call->answer[call->answer_size] = '\0';
	return 0;
}

static size_t on_body(char *bytes, size_t one, size_t size, void *userdata)
{
	struct http_call *call = userdata;
	long status = 0;
	size_t max;
	int r;

	(void)one;
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	max = status < 300 ? call->max_answer : HTTP_MAX_REFUSAL;
	if (size > max - call->taken) {
		call->too_large = true;
		return 0;
	}
	call->taken += size;
	if (status == 200 && call->on_bytes != NULL)
		r = call->on_bytes(bytes, size, call->userdata);
	else
		r = keep(call, bytes, size);
	return r < 0 ? 0 : size;
}

static size_t on_header(char *bytes, size_t one, size_t size, void *userdata)
{
	struct http_call *call = userdata;

	(void)bytes;
	(void)one;
	if (size > HTTP_MAX_HEADERS - call->header_size) {
		call->too_large = true;
		return 0;
	}
	call->header_size += size;
	return size;
}

static int call_add_header(struct http_call *call, const char *line)
{
	struct curl_slist *list = curl_slist_append(call->headers, line);

	if (list == NULL)
		return -ENOMEM;
	call->headers = list;
	return 0;
}

static int call_headers(struct http_call *call, const struct http_request *request)
{
	_cleanup_free_ char *type = NULL;
	int r = 0;

	if (call->http->header != NULL)
		r = call_add_header(call, call->http->header);
	if (r >= 0 && request->header != NULL)
		r = call_add_header(call, request->header);
	if (r >= 0 && request->type != NULL) {
		if (asprintf(&type, "Content-Type: %s", request->type) < 0) {
			type = NULL;
			return -ENOMEM;
		}
		r = call_add_header(call, type);
		if (r >= 0)
			r = call_add_header(call, "Expect:");
		if (r >= 0 && request->body_zstd)
			r = call_add_header(call, "Content-Encoding: zstd");
	}
	return r;
}

/* What every request has in common: whom to trust, as whom to speak, and nothing but https. */
static CURLcode set_peer(CURL *easy, const struct http *http)
{
	CURLcode code = CURLE_OK;

#define SET(option, value)                                                                         \
	do {                                                                                       \
		if (code == CURLE_OK)                                                              \
			code = curl_easy_setopt(easy, option, value);                              \
	} while (0)
	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_CAINFO, http->ca_path);
	SET(CURLOPT_CAPATH, NULL); /* else the system's CAs are trusted beside ours */
	if (http->cert_path != NULL) {
		SET(CURLOPT_SSLCERT, http->cert_path);
		SET(CURLOPT_SSLKEY, http->key_path);
	}
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_USERAGENT, "devgate-reporter/" DEVGATE_VERSION);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L); /* else ending a call waits for the resolver's thread */
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_TIMEOUT_MS);
	return code;
}

static CURLcode set_request(struct http_call *call, const struct http_request *request)
{
	CURL *easy = call->easy;
	CURLcode code = CURLE_OK;

	SET(CURLOPT_URL, call->url);
	SET(CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
	SET(CURLOPT_HTTPHEADER, call->headers);
	if (request->type != NULL) {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
		SET(CURLOPT_POSTFIELDS, request->body != NULL ? request->body : "");
	}
	if (request->accept_zstd)
		SET(CURLOPT_ACCEPT_ENCODING, "zstd");
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, call);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, call);
	SET(CURLOPT_ERRORBUFFER, call->error);
	SET(CURLOPT_PRIVATE, call);
	return code;
}
#undef SET

int http_start(struct http *http, const struct http_request *request, http_on_done on_done,
	       void *userdata, struct http_call **ret_call)
{
	struct http_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return -ENOMEM;
	call->http = http;
	call->next = http->calls;
	if (call->next != NULL)
		call->next->previous = call;
	http->calls = call;
	call->on_done = on_done;
	call->on_bytes = request->on_bytes;
	call->userdata = userdata;
	call->max_answer = request->max_answer;
	call->easy = curl_easy_init();
	if (asprintf(&call->url, "%s%s", http->url, request->path) < 0)
		call->url = NULL;

	if (call->easy == NULL || call->url == NULL || call_headers(call, request) < 0 ||
	    set_peer(call->easy, http) != CURLE_OK || set_request(call, request) != CURLE_OK ||
	    curl_multi_add_handle(http->multi, call->easy) != CURLM_OK) {
		call_free(call);
		return -ENOMEM;
	}
	*ret_call = call;
	return 0;
}

struct http_call *http_cancel(struct http_call *call)
{
	if (call != NULL)
		call_free(call);
	return NULL;
}

static int copy_text(char **ret, const char *text)
{
	if (text == NULL)
		return 0;
	*ret = strdup(text);
	return *ret == NULL ? -ENOMEM : 0;
}

static int http_init(struct http *http, const struct http_peer *peer)
{
	int r;

	if (copy_text(&http->url, peer->url) < 0 || copy_text(&http->ca_path, peer->ca_path) < 0 ||
	    copy_text(&http->cert_path, peer->cert_path) < 0 ||
	    copy_text(&http->key_path, peer->key_path) < 0 ||
	    copy_text(&http->header, peer->header) < 0)
		return -ENOMEM;
	r = sd_event_add_time_relative(http->event, &http->timer, CLOCK_MONOTONIC, UINT64_MAX / 2,
				       1, on_timer, http);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(http->timer, SD_EVENT_OFF);
	if (r < 0)
		return r;
	http->multi = curl_multi_init();
	if (http->multi == NULL)
		return -ENOMEM;
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)HTTP_MAX_CONNECTIONS);
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)HTTP_MAX_CONNECTIONS);
	return 0;
}

int http_new(struct http **ret, sd_event *event, const struct http_peer *peer)
{
	struct http *http = calloc(1, sizeof(*http));
	int r;

	if (http == NULL)
		return -ENOMEM;
	http->event = sd_event_ref(event);
	r = http_init(http, peer);
	if (r < 0) {
		http_free(http);
		return r;
	}
	*ret = http;
	return 0;
}

struct http *http_free(struct http *http)
{
	if (http == NULL)
		return NULL;
	while (http->calls != NULL)
		call_free(http->calls);
	if (http->multi != NULL)
		curl_multi_cleanup(http->multi);
	sd_event_source_disable_unref(http->timer);
	sd_event_unref(http->event);
	free(http->url);
	free(http->ca_path);
	free(http->cert_path);
	free(http->key_path);
	free(http->header);
	free(http);
	return NULL;
}

static void take_text(const json_t *object, const char *name, char *ret, size_t size)
{
	const json_t *value = json_object_get(object, name);

	if (json_is_string(value))
		text_sanitise(json_string_value(value), json_string_length(value), ret, size);
}

void http_describe(const struct http_answer *answer, char ret[static HTTP_TEXT_SIZE])
{
	_cleanup_json_ json_t *root = NULL;
	char code[48] = "", detail[256] = "";

	if (answer->status == 0) {
		text_sanitise(answer->error, strlen(answer->error), detail, sizeof(detail));
		snprintf(ret, HTTP_TEXT_SIZE, "no answer from the collector: %s", detail);
		return;
	}
	root = json_loadb(answer->body, answer->size, JSON_REJECT_DUPLICATES, NULL);
	take_text(root, "code", code, sizeof(code));
	take_text(root, "detail", detail, sizeof(detail));
	snprintf(ret, HTTP_TEXT_SIZE, "the collector answered %d%s%s%s%s", answer->status,
		 *code ? " " : "", code, *detail ? ": " : "", detail);
}
