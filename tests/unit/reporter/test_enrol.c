/* A token becomes a certificate; a refusal is told and ends it; a failure is tried again. */
#include <curl/curl.h>
#include <jansson.h>

#include "agent/reporter/enrol.h"
#include "agent/reporter/enrol_answer.h"
#include "agent/reporter/identity.h"
#include "loop.h"
#include "tls_server.h"

#define REFUSED                                                                                    \
	"HTTP/1.1 403 Forbidden\r\nContent-Length: 42\r\n\r\n"                                     \
	"{\"code\":\"token-used\",\"detail\":\"Ask anew.\"}"
#define NO_CERTIFICATE                                                                             \
	"HTTP/1.1 201 Created\r\nContent-Length: 30\r\n\r\n{\"host\":\"h\",\"certificate\":\"x\"}"
#define UNAVAILABLE "HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n"

struct fixture {
	struct temporary config, state;
	struct paths paths;
	struct authority authority;
	struct tls_server server;
	sd_event *event;
	struct enrol *enrol;
	int enrolled;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char *pem;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	temporary_make(&f->config);
	temporary_make(&f->state);
	f->paths = (struct paths){ .config_dir = f->config.path, .state_dir = f->state.path };
	authority_make(&f->authority);
	pem = authority_pem(f->authority.certificate);
	temporary_write(&f->config, "collector-ca.pem", pem);
	gnutls_free(pem);
	assert_true(sd_event_new(&f->event) >= 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	enrol_free(f->enrol);
	tls_server_stop(&f->server);
	sd_event_unref(f->event);
	authority_drop(&f->authority);
	temporary_drop(&f->state);
	temporary_drop(&f->config);
	free(f);
	return 0;
}

static void on_enrolled(void *userdata)
{
	((struct fixture *)userdata)->enrolled++;
}

static void begin(struct fixture *f, const char *const *answers, size_t n_answers)
{
	const struct tls_script script = { "NORMAL", answers, n_answers };
	char text[128];

	tls_server_start(&f->server, &f->authority, &script);
	snprintf(text, sizeof(text), "{\"url\":\"https://localhost:%d\"}", f->server.port);
	temporary_write(&f->config, "collector.json", text);
	assert_int_equal(enrol_new(&f->enrol, f->event, &f->paths, f->state.fd, on_enrolled, f), 0);
}

static bool token_gone(void *userdata)
{
	return !temporary_has(&((struct fixture *)userdata)->state, "token");
}

static bool error_there(void *userdata)
{
	return temporary_has(&((struct fixture *)userdata)->state, "enrol-error");
}

static void check_error(const struct fixture *f, const char *part)
{
	char *text;

	assert_int_equal(file_read(f->state.fd, "enrol-error", 4096, &text, NULL), 0);
	if (strstr(text, part) == NULL)
		fail_msg("%s", text);
	free(text);
}

/* The certificate that an answer brings must be for the key made here, so it is signed first. */
static void test_enrolment(void **state)
{
	struct fixture *f = *state;
	char answer[8192], *csr, *pem, *body;
	const char *const answers[] = { answer };
	struct identity identity;
	json_t *root, *seen;

	assert_int_equal(identity_request(f->state.fd, IDENTITY_ENROLLED, "ws-1", &csr), 0);
	pem = authority_sign(&f->authority, csr, HOST_ID);
	root = json_pack("{s:s, s:s}", "host", HOST_ID, "certificate", pem);
	body = json_dumps(root, 0);
	snprintf(answer, sizeof(answer), "HTTP/1.1 201 Created\r\nContent-Length: %zu\r\n\r\n%s",
		 strlen(body), body);
	begin(f, answers, 1);
	temporary_write(&f->state, "token", "T0ken\n"); /* after it has begun to watch */
	assert_true(loop_until(f->event, token_gone, f));
	assert_int_equal(f->enrolled, 1);
	assert_false(error_there(f));
	assert_int_equal(identity_load(f->state.fd, &identity), 0);
	assert_string_equal(identity.host, HOST_ID);

	seen = json_loadb(f->server.seen->requests[0].body, f->server.seen->requests[0].body_size,
			  0, NULL);
	assert_string_equal(json_string_value(json_object_get(seen, "token")), "T0ken");
	assert_int_equal(json_string_length(json_object_get(seen, "machine_id")), 64);
	assert_null(strstr(json_string_value(json_object_get(seen, "csr")), "PRIVATE"));
	assert_int_equal(json_string_length(json_object_get(seen, "boot")), 32);
	assert_true(json_is_integer(json_object_get(seen, "uptime_s")));
	assert_int_equal(json_object_size(seen), 7);
	json_decref(seen);
	json_decref(root);
	free(body);
	gnutls_free(pem);
	free(csr);
}

static void test_refusal_ends_it(void **state)
{
	static const char *const answers[] = { REFUSED };
	struct fixture *f = *state;

	temporary_write(&f->state, "token", "t"); /* there before the start */
	begin(f, answers, 1);
	assert_true(loop_until(f->event, token_gone, f));
	check_error(f, "403 token-used");
	check_error(f, "Ask anew.");
	assert_int_equal(f->enrolled, 0);
}

static void test_answer_without_our_certificate_ends_it(void **state)
{
	static const char *const answers[] = { NO_CERTIFICATE };
	struct fixture *f = *state;

	temporary_write(&f->state, "token", "t");
	begin(f, answers, 1);
	assert_true(loop_until(f->event, token_gone, f));
	assert_true(error_there(f));
	assert_false(temporary_has(&f->state, IDENTITY_CERT));
	assert_int_equal(f->enrolled, 0);
}

static void test_failure_is_tried_again(void **state)
{
	static const char *const answers[] = { UNAVAILABLE, REFUSED };
	struct fixture *f = *state;

	temporary_write(&f->state, "token", "t");
	begin(f, answers, 2);
	assert_true(loop_until(f->event, error_there, f));
	assert_false(token_gone(f));
	check_error(f, "503");
	assert_true(loop_until(f->event, token_gone, f));
	assert_int_equal(f->server.seen->n, 2);
}

static void test_bad_settings_keep_the_token(void **state)
{
	struct fixture *f = *state;

	begin(f, NULL, 0);
	temporary_write(&f->config, "collector.json", "{\"url\":\"http://h\"}");
	temporary_write(&f->state, "token", "t");
	assert_true(loop_until(f->event, error_there, f));
	check_error(f, "collector.json");
	assert_false(token_gone(f));
}

static void test_crash_before_the_commit_is_ended(void **state)
{
	struct fixture *f = *state;
	struct identity identity;
	char *csr, *pem;

	assert_int_equal(identity_request(f->state.fd, IDENTITY_ENROLLED, "ws-1", &csr), 0);
	pem = authority_sign(&f->authority, csr, HOST_ID);
	assert_int_equal(identity_accept(f->state.fd, IDENTITY_ENROLLED, pem), 0);
	temporary_write(&f->state, "token", "used");
	temporary_write(&f->state, "enrol-error", "old");
	begin(f, NULL, 0);
	assert_true(token_gone(f));
	assert_false(error_there(f));
	assert_int_equal(identity_load(f->state.fd, &identity), 0);
	gnutls_free(pem);
	free(csr);
}

static void test_which_refusals_are_final(void **state)
{
	static const int final[] = { 400, 401, 403, 404, 409, 410, 422 };
	static const int passing[] = { 408, 429, 500, 502, 503, 200, 302 };

	(void)state;
	for (size_t i = 0; i < COUNT(final); i++)
		assert_true(enrol_answer_final(final[i]));
	for (size_t i = 0; i < COUNT(passing); i++)
		assert_false(enrol_answer_final(passing[i]));
}

static void test_every_truncated_answer(void **state)
{
	static const char answer[] = "{\"host\":\"h\",\"certificate\":\"c\"}";
	char *pem;

	(void)state;
	for (size_t n = 0; n < sizeof(answer) - 1; n++)
		assert_true(enrol_answer_parse(answer, n, &pem) < 0);
	assert_int_equal(enrol_answer_parse(answer, sizeof(answer) - 1, &pem), 0);
	assert_string_equal(pem, "c");
	free(pem);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_enrolment),
		TEST(test_refusal_ends_it),
		TEST(test_answer_without_our_certificate_ends_it),
		TEST(test_failure_is_tried_again),
		TEST(test_bad_settings_keep_the_token),
		TEST(test_crash_before_the_commit_is_ended),
		cmocka_unit_test(test_which_refusals_are_final),
		cmocka_unit_test(test_every_truncated_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
