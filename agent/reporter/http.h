/* http - HTTPS requests to the collector, as events of the loop: libcurl's multi interface driven
 * by sd-event, never a blocking call. The one CA file is all that is trusted (CURLOPT_CAPATH NULL:
 * the system's store is not), TLS 1.3, no redirect, no proxy, nothing but https. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-event.h>

enum { HTTP_ETAG_SIZE = 72, HTTP_TEXT_SIZE = 384 };

struct http;
struct http_call;

/* Where requests go and as whom.  Paths are read at each new connection. */
struct http_peer {
	const char *url;       /* "https://host:port" */
	const char *ca_path;   /* PEM; the only CA trusted */
	const char *cert_path; /* PEM client certificate and key; NULL: none is shown */
	const char *key_path;
	const char *header; /* a header line "Name: value" of each request, or NULL */
};

/* Part of the body of a 200 answer.  Returns 0, or -errno to end the call without an answer. */
typedef int (*http_on_bytes)(const void *bytes, size_t size, void *userdata);

struct http_request {
	const char *path;   /* "/v1/events"; with its query */
	const char *type;   /* NULL: GET; else POST of @body as this content type */
	const char *header; /* one more header line "Name: value", or NULL */
	bool body_zstd;	    /* @body is compressed: Content-Encoding: zstd */
	bool accept_zstd;   /* the answer may be compressed; @max_answer bounds it uncompressed */
	const void *body;   /* borrowed until on_done or http_cancel */
	size_t body_size;
	unsigned timeout_ms;	/* of the whole request */
	size_t max_answer;	/* bytes of body that are taken; more is an error */
	http_on_bytes on_bytes; /* gets the body of a 200 answer; NULL: it is kept for on_done */
};

/* An answer.  All pointers are valid during on_done only. */
struct http_answer {
	int status;	   /* 100 … 599; 0: there was none, @error says why */
	const char *error; /* "" if there was an answer */
	const char *body;  /* NUL-terminated beside its size */
	size_t size;
	char etag[HTTP_ETAG_SIZE]; /* without quotes; "" if none or longer */
	unsigned retry_after_s;	   /* 0 if none */
	int64_t date; /* what the collector's clock said, since 1970; 0 if it did not */
};

/* Called once for each started call that is not cancelled; the call is gone when it returns.  May
 * start and cancel calls; must not free the http. */
typedef void (*http_on_done)(const struct http_answer *answer, void *userdata);

/* @event is borrowed until http_free; texts of @peer are copied.  Gives *@ret.  0, -ENOMEM. */
int http_new(struct http **ret, sd_event *event, const struct http_peer *peer)
	__attribute__((warn_unused_result));

/* Cancels what is in flight: no on_done is called. NULL is accepted. */
struct http *http_free(struct http *http);

/* Start a request.  *@ret_call is for http_cancel only, and borrowed until on_done returns.
 * Returns 0, -ENOMEM. */
int http_start(struct http *http, const struct http_request *request, http_on_done on_done,
	       void *userdata, struct http_call **ret_call) __attribute__((warn_unused_result));

/* End a call without its on_done.  NULL is accepted.  Returns NULL. */
struct http_call *http_cancel(struct http_call *call);

/* What came, in words: the status with the "code" and "detail" of a problem document (RFC 9457), or
 * why there was no answer.  Printable. */
void http_describe(const struct http_answer *answer, char ret[static HTTP_TEXT_SIZE]);
