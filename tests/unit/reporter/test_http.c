/* Requests reach the collector and nobody else, and its answers are bounded. */
#include "agent/reporter/http.h"
#include "loop.h"
#include "tls_server.h"

#include <curl/curl.h>

#define TLS13 "NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define TLS12 "NORMAL:-VERS-ALL:+VERS-TLS1.2"

struct fixture {
	struct temporary directory;
	struct authority authority;
	struct tls_server server;
	sd_event *event;
	struct http *http;
	/* What on_done got. */
	int done, status;
	char error[256], body[256], etag[HTTP_ETAG_SIZE];
	unsigned retry_after_s;
	size_t streamed;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	curl_global_init(CURL_GLOBAL_DEFAULT);
	temporary_make(&f->directory);
	authority_make(&f->authority);
	assert_true(sd_event_new(&f->event) >= 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	http_free(f->http);
	tls_server_stop(&f->server);
	sd_event_unref(f->event);
	authority_drop(&f->authority);
	temporary_drop(&f->directory);
	free(f);
	return 0;
}

/* Serve @answer under our CA, and trust @trusted. */
static void serve(struct fixture *f, const struct authority *trusted, const char *priorities,
		  const char *host, const char *answer)
{
	const char *const answers[] = { answer };
	const struct tls_script script = { priorities, answers, 1 };
	char url[64], ca[128], *pem = authority_pem(trusted->certificate);
	const struct http_peer peer = { .url = url, .ca_path = ca };

	temporary_write(&f->directory, "ca.pem", pem);
	gnutls_free(pem);
	tls_server_start(&f->server, &f->authority, &script);
	snprintf(url, sizeof(url), "https://%s:%d", host, f->server.port);
	snprintf(ca, sizeof(ca), "%s/ca.pem", f->directory.path);
	assert_int_equal(http_new(&f->http, f->event, &peer), 0);
}

static void on_done(const struct http_answer *answer, void *userdata)
{
	struct fixture *f = userdata;

	f->done++;
	f->status = answer->status;
	f->retry_after_s = answer->retry_after_s;
	snprintf(f->error, sizeof(f->error), "%s", answer->error);
	snprintf(f->body, sizeof(f->body), "%s", answer->body);
	memcpy(f->etag, answer->etag, sizeof(f->etag));
}

static bool is_done(void *userdata)
{
	return ((struct fixture *)userdata)->done > 0;
}

static void ask(struct fixture *f, const struct http_request *request)
{
	struct http_call *call;

	assert_int_equal(http_start(f->http, request, on_done, f, &call), 0);
	assert_true(loop_until(f->event, is_done, f));
	assert_int_equal(f->done, 1);
}

static const struct http_request get = { .path = "/v1/policy?role=policy",
					 .timeout_ms = 3000,
					 .max_answer = 100 };

static void test_get(void **state)
{
	struct fixture *f = *state;

	serve(f, &f->authority, TLS13, "localhost",
	      "HTTP/1.1 200 OK\r\nETag: \"abc\"\r\nRetry-After: 7\r\nContent-Length: "
	      "5\r\n\r\nhello");
	ask(f, &get);
	assert_int_equal(f->status, 200);
	assert_string_equal(f->body, "hello");
	assert_string_equal(f->etag, "abc");
	assert_int_equal(f->retry_after_s, 7);
	assert_non_null(strstr(f->server.seen->requests[0].head,
			       "GET /v1/policy?role=policy HTTP/1.1\r\n"));
}

static void test_post(void **state)
{
	struct fixture *f = *state;
	const struct http_request post = { .path = "/v1/events",
					   .type = "application/x-ndjson",
					   .header = "X-Devgate-Ledger: abc",
					   .body = "a\0b",
					   .body_size = 3,
					   .body_zstd = true,
					   .timeout_ms = 3000,
					   .max_answer = 100 };
	const struct server_request *seen;

	serve(f, &f->authority, TLS13, "localhost",
	      "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n");
	ask(f, &post);
	assert_int_equal(f->status, 204);
	seen = &f->server.seen->requests[0];
	assert_int_equal(seen->body_size, 3);
	assert_memory_equal(seen->body, "a\0b", 3);
	assert_non_null(strstr(seen->head, "X-Devgate-Ledger: abc\r\n"));
	assert_non_null(strstr(seen->head, "Content-Encoding: zstd\r\n"));
	assert_non_null(strstr(seen->head, "Content-Type: application/x-ndjson\r\n"));
	assert_null(strstr(seen->head, "Expect:"));
}

static void test_answer_larger_than_allowed(void **state)
{
	struct fixture *f = *state;
	struct http_request request = get;

	request.max_answer = 4;
	serve(f, &f->authority, TLS13, "localhost",
	      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	ask(f, &request);
	assert_int_equal(f->status, 0);
	assert_non_null(strstr(f->error, "larger"));
}

static int on_bytes(const void *bytes, size_t size, void *userdata)
{
	(void)bytes;
	((struct fixture *)userdata)->streamed += size;
	return 0;
}

static void test_body_of_a_200_is_streamed(void **state)
{
	struct fixture *f = *state;
	struct http_request request = get;

	request.on_bytes = on_bytes;
	serve(f, &f->authority, TLS13, "localhost",
	      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	ask(f, &request);
	assert_int_equal(f->streamed, 5);
	assert_string_equal(f->body, "");
}

static void test_body_of_a_refusal_is_kept(void **state)
{
	struct fixture *f = *state;
	struct http_request request = get;

	request.on_bytes = on_bytes;
	serve(f, &f->authority, TLS13, "localhost",
	      "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello");
	ask(f, &request);
	assert_int_equal(f->streamed, 0);
	assert_string_equal(f->body, "hello");
}

/* What is asked for may be smaller than what says why it is not there. */
static void test_refusal_larger_than_the_answer(void **state)
{
	struct fixture *f = *state;
	struct http_request request = get;

	request.max_answer = 2;
	request.on_bytes = on_bytes;
	serve(f, &f->authority, TLS13, "localhost",
	      "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello");
	ask(f, &request);
	assert_int_equal(f->status, 404);
	assert_string_equal(f->body, "hello");
}

static void test_another_authority_is_refused(void **state)
{
	struct fixture *f = *state;
	struct authority other;

	authority_make(&other);
	serve(f, &other, TLS13, "localhost", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	ask(f, &get);
	assert_int_equal(f->status, 0);
	assert_int_equal(f->server.seen->n, 0);
	assert_non_null(strstr(f->error, "verification failed"));
	authority_drop(&other);
}

/* The certificate is for "localhost" alone. */
static void test_another_name_is_refused(void **state)
{
	struct fixture *f = *state;

	serve(f, &f->authority, TLS13, "127.0.0.1", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	ask(f, &get);
	assert_int_equal(f->status, 0);
	assert_int_equal(f->server.seen->n, 0);
}

static void test_older_tls_is_refused(void **state)
{
	struct fixture *f = *state;

	serve(f, &f->authority, TLS12, "localhost", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	ask(f, &get);
	assert_int_equal(f->status, 0);
	assert_int_equal(f->server.seen->n, 0);
}

static void test_redirect_is_not_followed(void **state)
{
	struct fixture *f = *state;

	serve(f, &f->authority, TLS13, "localhost",
	      "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
	ask(f, &get);
	assert_int_equal(f->status, 302);
}

static void test_timeout(void **state)
{
	struct fixture *f = *state;
	struct http_request request = get;

	request.timeout_ms = 300;
	serve(f, &f->authority, TLS13, "localhost",
	      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
	ask(f, &request);
	assert_int_equal(f->status, 0);
	assert_true(*f->error != '\0');
}

static bool has_request(void *userdata)
{
	return ((struct fixture *)userdata)->server.seen->n > 0;
}

static void test_cancelled_call_is_silent(void **state)
{
	struct fixture *f = *state;
	struct http_call *call;

	serve(f, &f->authority, TLS13, "localhost",
	      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
	assert_int_equal(http_start(f->http, &get, on_done, f, &call), 0);
	assert_true(loop_until(f->event, has_request, f));
	assert_null(http_cancel(call));
	assert_true(sd_event_run(f->event, 100000) >= 0);
	assert_int_equal(f->done, 0);
}

static void test_describe(void **state)
{
	static const struct {
		int status;
		const char *error, *body, *text;
	} cases[] = {
		{ 0, "cannot\nconnect", "", "no answer from the collector: cannot\\x0Aconnect" },
		{ 409, "", "{\"code\":\"gap\",\"detail\":\"a\\u001bb\"}",
		  "the collector answered 409 gap: a\\x1Bb" },
		{ 409, "", "{\"code\":\"gap\"}", "the collector answered 409 gap" },
		{ 502, "", "<html>", "the collector answered 502" },
		{ 500, "", "{\"code\":7,\"detail\":[]}", "the collector answered 500" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct http_answer answer = { .status = cases[i].status,
						    .error = cases[i].error,
						    .body = cases[i].body,
						    .size = strlen(cases[i].body) };
		char text[HTTP_TEXT_SIZE];

		http_describe(&answer, text);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_get),
		TEST(test_post),
		TEST(test_answer_larger_than_allowed),
		TEST(test_body_of_a_200_is_streamed),
		TEST(test_body_of_a_refusal_is_kept),
		TEST(test_refusal_larger_than_the_answer),
		TEST(test_another_authority_is_refused),
		TEST(test_another_name_is_refused),
		TEST(test_older_tls_is_refused),
		TEST(test_redirect_is_not_followed),
		TEST(test_timeout),
		TEST(test_cancelled_call_is_silent),
		cmocka_unit_test(test_describe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
