/* Every line reaches the collector once and in order, whatever the collector answers. */
#include <curl/curl.h>
#include <zstd.h>

#include "agent/reporter/upload.h"
#include "ledger_writer.h"
#include "loop.h"
#include "tls_server.h"

#define ACKED_0	    "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"acked\":0}"
#define ACKED_3	    "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"acked\":3}"
#define ACKED_4	    "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"acked\":4}"
#define ACKED_5	    "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"acked\":5}"
#define ACKED_9	    "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"acked\":9}"
#define GAP_1	    "HTTP/1.1 409 Conflict\r\nContent-Length: 24\r\n\r\n{\"code\":\"gap\",\"acked\":1}"
#define FORK	    "HTTP/1.1 409 Conflict\r\nContent-Length: 15\r\n\r\n{\"code\":\"fork\"}"
#define TOO_LARGE   "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"
#define UNAVAILABLE "HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n"
#define DENIED	    "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"

struct fixture {
	struct temporary directory, ledgers;
	struct authority authority;
	struct tls_server server;
	sd_event *event;
	struct http *http;
	struct upload *upload;
	struct ledger_writer writer;
	int wanted; /* requests */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	curl_global_init(CURL_GLOBAL_DEFAULT);
	temporary_make(&f->directory);
	temporary_make(&f->ledgers);
	authority_make(&f->authority);
	assert_true(sd_event_new(&f->event) >= 0);
	ledger_writer_begin(&f->writer, &f->ledgers, LEDGER_A);
	ledger_writer_add(&f->writer, 3, false);
	ledger_writer_set_current(&f->ledgers, LEDGER_A);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	upload_free(f->upload);
	http_free(f->http);
	tls_server_stop(&f->server);
	sd_event_unref(f->event);
	ledger_writer_end(&f->writer);
	authority_drop(&f->authority);
	temporary_drop(&f->ledgers);
	temporary_drop(&f->directory);
	free(f);
	return 0;
}

static void begin(struct fixture *f, const char *const *answers, size_t n_answers)
{
	const struct tls_script script = { "NORMAL", answers, n_answers };
	char url[64], ca[128], *pem = authority_pem(f->authority.certificate);
	const struct http_peer peer = { .url = url, .ca_path = ca };

	temporary_write(&f->directory, "ca.pem", pem);
	gnutls_free(pem);
	tls_server_start(&f->server, &f->authority, &script);
	snprintf(url, sizeof(url), "https://localhost:%d", f->server.port);
	snprintf(ca, sizeof(ca), "%s/ca.pem", f->directory.path);
	assert_int_equal(http_new(&f->http, f->event, &peer), 0);
	assert_int_equal(upload_new(&f->upload, f->event, f->http, f->ledgers.path, 1000), 0);
}

static bool enough(void *userdata)
{
	const struct fixture *f = userdata;

	return f->server.seen->n >= f->wanted;
}

static void wait_for(struct fixture *f, int requests)
{
	f->wanted = requests;
	assert_true(loop_until(f->event, enough, f));
}

/* Request @i was for @ledger and had lines @first to @last; 0, 0: none. */
static void check(const struct fixture *f, int i, const char *ledger, uint64_t first, uint64_t last)
{
	const struct server_request *request = &f->server.seen->requests[i];
	char text[SERVER_MAX_BODY + 1], *line = text;
	size_t size = 0;

	assert_non_null(strstr(request->head, "POST /v1/events "));
	assert_non_null(strstr(request->head, ledger));
	if (request->body_size > 0)
		size = ZSTD_decompress(text, SERVER_MAX_BODY, request->body, request->body_size);
	assert_false(ZSTD_isError(size));
	text[size] = '\0';
	for (uint64_t seq = first; seq != 0 && seq <= last; seq++) {
		char start[32];

		snprintf(start, sizeof(start), "{\"seq\":%" PRIu64 ",", seq);
		assert_int_equal(strncmp(line, start, strlen(start)), 0);
		line = strchr(line, '\n') + 1;
	}
	assert_int_equal(line - text, size);
}

static void test_question_then_the_rest(void **state)
{
	static const char *const answers[] = { ACKED_0, ACKED_3, ACKED_4 };
	struct fixture *f = *state;

	begin(f, answers, COUNT(answers));
	wait_for(f, 2);
	check(f, 0, LEDGER_A, 0, 0);
	check(f, 1, LEDGER_A, 1, 3);
	assert_true(sd_event_run(f->event, 300000) >= 0); /* the answer */
	ledger_writer_add(&f->writer, 1, false);
	wait_for(f, 3);
	check(f, 2, LEDGER_A, 4, 4);
}

static void test_nothing_twice(void **state)
{
	static const char *const answers[] = { ACKED_3, ACKED_4 };
	struct fixture *f = *state;

	begin(f, answers, COUNT(answers));
	wait_for(f, 1);
	assert_true(sd_event_run(f->event, 300000) >= 0);
	ledger_writer_add(&f->writer, 1, true);
	wait_for(f, 2);
	check(f, 1, LEDGER_A, 4, 4);
}

static void test_gap_resumes_where_it_says(void **state)
{
	static const char *const answers[] = { ACKED_0, GAP_1, ACKED_3 };
	struct fixture *f = *state;

	begin(f, answers, COUNT(answers));
	wait_for(f, 3);
	check(f, 1, LEDGER_A, 1, 3);
	check(f, 2, LEDGER_A, 2, 3);
}

static void test_too_large_is_halved(void **state)
{
	static const char *const answers[] = { ACKED_0, TOO_LARGE, ACKED_3 };
	struct fixture *f = *state;

	begin(f, answers, COUNT(answers));
	wait_for(f, 3);
	check(f, 1, LEDGER_A, 1, 3);
	check(f, 2, LEDGER_A, 1, 1);
}

static void test_unavailable_is_sent_again(void **state)
{
	static const char *const answers[] = { UNAVAILABLE, ACKED_0, UNAVAILABLE, ACKED_3 };
	struct fixture *f = *state;

	begin(f, answers, COUNT(answers));
	wait_for(f, 4);
	check(f, 0, LEDGER_A, 0, 0);
	check(f, 1, LEDGER_A, 0, 0);
	check(f, 2, LEDGER_A, 1, 3);
	check(f, 3, LEDGER_A, 1, 3);
}

/* The collector may have committed what it did not answer: sending again is harmless. */
static void test_closed_connection_is_sent_again(void **state)
{
	static const char *const answers[] = { ACKED_0, NULL, ACKED_3 };
	struct fixture *f = *state;

	begin(f, answers, COUNT(answers));
	wait_for(f, 3);
	check(f, 1, LEDGER_A, 1, 3);
	check(f, 2, LEDGER_A, 1, 3);
}

static void test_denied_is_tried_again(void **state)
{
	static const char *const answers[] = { DENIED, ACKED_0, ACKED_3 };
	struct fixture *f = *state;

	begin(f, answers, COUNT(answers));
	wait_for(f, 3);
	check(f, 2, LEDGER_A, 1, 3);
}

static void test_forked_ledger_does_not_dam_the_next(void **state)
{
	static const char *const answers[] = { FORK, ACKED_0, ACKED_3 };
	struct fixture *f = *state;
	struct ledger_writer b;

	ledger_writer_begin(&b, &f->ledgers, LEDGER_B);
	ledger_writer_add(&b, 3, false);
	ledger_writer_end(&b);
	ledger_writer_set_current(&f->ledgers, LEDGER_B);
	begin(f, answers, COUNT(answers));
	wait_for(f, 3);
	check(f, 0, LEDGER_A, 0, 0);
	check(f, 1, LEDGER_B, 0, 0);
	check(f, 2, LEDGER_B, 1, 3);
}

static void test_collector_ahead_stops_the_ledger(void **state)
{
	static const char *const answers[] = { ACKED_9, ACKED_9 };
	struct fixture *f = *state;

	begin(f, answers, COUNT(answers));
	wait_for(f, 1);
	for (int i = 0; i < 10; i++)
		assert_true(sd_event_run(f->event, 50000) >= 0);
	assert_int_equal(f->server.seen->n, 1);
}

static void test_new_ledger_after_the_old_one(void **state)
{
	static const char *const answers[] = { ACKED_0, ACKED_3, ACKED_0, ACKED_3 };
	struct fixture *f = *state;
	struct ledger_writer b;

	begin(f, answers, COUNT(answers));
	wait_for(f, 2);
	ledger_writer_begin(&b, &f->ledgers, LEDGER_B);
	ledger_writer_add(&b, 3, false);
	ledger_writer_end(&b);
	ledger_writer_set_current(&f->ledgers, LEDGER_B);
	wait_for(f, 4);
	check(f, 1, LEDGER_A, 1, 3);
	check(f, 2, LEDGER_B, 0, 0);
	check(f, 3, LEDGER_B, 1, 3);
}

static void count_end(void *userdata)
{
	++*(int *)userdata;
}

/* The enforcer's last word is waited for, and is at the collector when that is over. */
static void test_last_word(void **state)
{
	static const char *const answers[] = { ACKED_0, ACKED_3, ACKED_4, ACKED_5 };
	struct fixture *f = *state;
	int ended = 0;

	begin(f, answers, COUNT(answers));
	wait_for(f, 2);
	assert_true(sd_event_run(f->event, 300000) >= 0);
	upload_await_end(f->upload, count_end, &ended);
	ledger_writer_add_kind(&f->writer, "device.removed", 1, false);
	wait_for(f, 3);
	assert_true(sd_event_run(f->event, 300000) >= 0);
	assert_int_equal(ended, 0);
	ledger_writer_add_kind(&f->writer, "agent.stopping", 1, false);
	wait_for(f, 4);
	for (int i = 0; i < 20 && ended == 0; i++)
		assert_true(sd_event_run(f->event, 300000) >= 0);
	assert_int_equal(ended, 1);
	upload_await_end(f->upload, count_end, &ended); /* it is there already */
	assert_int_equal(ended, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_question_then_the_rest),
		TEST(test_nothing_twice),
		TEST(test_gap_resumes_where_it_says),
		TEST(test_too_large_is_halved),
		TEST(test_unavailable_is_sent_again),
		TEST(test_closed_connection_is_sent_again),
		TEST(test_denied_is_tried_again),
		TEST(test_forked_ledger_does_not_dam_the_next),
		TEST(test_collector_ahead_stops_the_ledger),
		TEST(test_new_ledger_after_the_old_one),
		TEST(test_last_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
