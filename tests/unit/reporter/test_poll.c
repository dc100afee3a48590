/* A collector that makes up answers cannot make this machine busy, or fill its ledger. */
#include "agent/reporter/poll.h"
#include "agent/reporter/backoff.h"
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

/* A poll and the collector that it asks. */
struct bench {
	struct temporary directory;
	struct authority authority;
	struct tls_server server;
	char url[64], ca[128];
	struct http *http;
	struct poll *poll;
	sd_event *event;
};

static void bench_start(struct bench *bench, const char *const *answers, size_t n_answers,
			uint32_t retry_max_ms)
{
	const struct tls_script script = { "NORMAL:-VERS-ALL:+VERS-TLS1.3", answers, n_answers };
	const struct http_peer peer = { .url = bench->url, .ca_path = bench->ca };
	const struct poll_options options = { .role = ROLE_POLICY,
					      .socket_path = "/nowhere",
					      .retry_max_ms = retry_max_ms,
					      .on_applied = on_applied };

	curl_global_init(CURL_GLOBAL_DEFAULT);
	temporary_make(&bench->directory);
	authority_make(&bench->authority);
	char *pem = authority_pem(bench->authority.certificate);
	temporary_write(&bench->directory, "ca.pem", pem);
	gnutls_free(pem);
	tls_server_start(&bench->server, &bench->authority, &script);
	snprintf(bench->url, sizeof(bench->url), "https://localhost:%d", bench->server.port);
	snprintf(bench->ca, sizeof(bench->ca), "%s/ca.pem", bench->directory.path);
	assert_true(sd_event_new(&bench->event) >= 0);
	assert_int_equal(http_new(&bench->http, bench->event, &peer), 0);
	assert_int_equal(poll_new(&bench->poll, bench->event, bench->http, &options), 0);
}

static void bench_stop(struct bench *bench)
{
	poll_free(bench->poll);
	http_free(bench->http);
	sd_event_unref(bench->event);
	tls_server_stop(&bench->server);
	authority_drop(&bench->authority);
	temporary_drop(&bench->directory);
}

static void run_a_while(struct bench *bench)
{
	uint64_t end = loop_now_ms() + WHILE_MS;

	assert_true(loop_until(bench->event, over, &end));
}

/* Poll a collector that gives @answers for a while.  Returns how often it was asked. */
static int count_questions(const char *const answers[ANSWERS])
{
	struct bench bench;

	bench_start(&bench, answers, ANSWERS, BACKOFF_RARELY_MS);
	run_a_while(&bench);
	int n = bench.server.seen->n;
	bench_stop(&bench);
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

/* Requests that ask for whatever there is. */
static int count_new(const struct bench *bench)
{
	int n = 0;

	for (int i = 0; i < bench->server.seen->n; i++)
		n += strstr(bench->server.seen->requests[i].head, "have=none&") != NULL;
	return n;
}

static bool asked_anew(void *userdata)
{
	return count_new(userdata) > 1;
}

/* What was dealt with is not asked for again, until that is wanted. */
static void test_again(void **state)
{
	const char *answers[ANSWERS] = { "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nx01" };
	void (*const wants[])(struct poll * poll) = { poll_forget, poll_again };

	(void)state;
	/* Waits are random: enough answers for the shortest, and none longer than loop_until(). */
	for (int i = 1; i < ANSWERS; i++)
		answers[i] = "HTTP/1.1 204 No Content\r\n\r\n";
	for (size_t i = 0; i < COUNT(wants); i++) {
		struct bench bench;

		bench_start(&bench, answers, COUNT(answers), BACKOFF_BASE_MS);
		run_a_while(&bench);
		assert_true(bench.server.seen->n > 1);
		assert_int_equal(count_new(&bench), 1);
		wants[i](bench.poll);
		assert_true(loop_until(bench.event, asked_anew, &bench));
		bench_stop(&bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_envelope_after_envelope),
		cmocka_unit_test(test_nothing_new_at_once),
		cmocka_unit_test(test_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
