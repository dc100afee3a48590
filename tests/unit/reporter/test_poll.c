/* A collector that makes up answers cannot make this machine busy, or fill its ledger. */
#include "agent/reporter/poll.h"
#include "loop.h"
#include "tls_server.h"

#include <curl/curl.h>

enum { WHILE_MS = 1500, ANSWERS = 16 };

static void on_applied(void *userdata)
{
	(void)userdata;
	fail();
}

static bool over(void *userdata)
{
	return loop_now_ms() >= *(uint64_t *)userdata;
}

/* Poll a collector that gives @answers for a while.  Returns how often it was asked. */
static int count_questions(const char *const answers[ANSWERS])
{
	const struct tls_script script = { "NORMAL:-VERS-ALL:+VERS-TLS1.3", answers, ANSWERS };
	struct temporary directory;
	struct authority authority;
	struct tls_server server;
	char url[64], ca[128];
	const struct http_peer peer = { .url = url, .ca_path = ca };
	const struct poll_options options = { .role = ROLE_POLICY,
					      .socket_path = "/nowhere",
					      .retry_max_ms = 300000,
					      .on_applied = on_applied };
	struct http *http;
	struct poll *poll;
	sd_event *event;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	temporary_make(&directory);
	authority_make(&authority);
	char *pem = authority_pem(authority.certificate);
	temporary_write(&directory, "ca.pem", pem);
	gnutls_free(pem);
	tls_server_start(&server, &authority, &script);
	snprintf(url, sizeof(url), "https://localhost:%d", server.port);
	snprintf(ca, sizeof(ca), "%s/ca.pem", directory.path);
	assert_true(sd_event_new(&event) >= 0);
	assert_int_equal(http_new(&http, event, &peer), 0);
	assert_int_equal(poll_new(&poll, event, http, &options), 0);

	uint64_t end = loop_now_ms() + WHILE_MS;
	assert_true(loop_until(event, over, &end));
	int n = server.seen->n;
	poll_free(poll);
	http_free(http);
	sd_event_unref(event);
	tls_server_stop(&server);
	authority_drop(&authority);
	temporary_drop(&directory);
	return n;
}

static void test_envelope_after_envelope(void **state)
{
	char texts[ANSWERS][128];
	const char *answers[ANSWERS];

	(void)state;
	for (int i = 0; i < ANSWERS; i++) {
		snprintf(texts[i], sizeof(texts[i]),
			 "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nx%02d", i);
		answers[i] = texts[i];
	}
	int n = count_questions(answers);
	assert_in_range(n, 1, ANSWERS - 4);
}

static void test_nothing_new_at_once(void **state)
{
	const char *answers[ANSWERS];

	(void)state;
	for (int i = 0; i < ANSWERS; i++)
		answers[i] = "HTTP/1.1 204 No Content\r\n\r\n";
	int n = count_questions(answers);
	assert_in_range(n, 1, ANSWERS - 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_envelope_after_envelope),
		cmocka_unit_test(test_nothing_new_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
