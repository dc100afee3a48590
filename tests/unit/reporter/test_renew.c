/* A certificate is renewed in the last third of its life, and given up only for one that works. */
#include <errno.h>

#include <curl/curl.h>
#include <jansson.h>

#include "agent/reporter/renew.h"
#include "agent/reporter/renew_due.h"
#include "loop.h"
#include "tls_server.h"

#define REFUSED                                                                                    \
	"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 30\r\n\r\n"                \
	"{\"code\":\"certificate-revoked\"}"
#define BUSY "HTTP/1.1 503 Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
#define NONE "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"

struct fixture {
	struct temporary state;
	struct authority authority;
	struct tls_server server;
	struct identity identity;
	struct http_peer peer;
	struct http *http;
	sd_event *event;
	struct renew *renew;
	char url[64], ca[128], cert[128], key[128];
	char answer[8192]; /* the renewed certificate */
	int renewed;
};

/* Make a key and a certificate for it, to be put in use by the caller. */
static void accept_certificate(struct fixture *f, enum identity_origin origin)
{
	char *csr, *pem;

	assert_int_equal(identity_request(f->state.fd, origin, "ws-1", &csr), 0);
	pem = authority_sign(&f->authority, csr, HOST_ID);
	assert_int_equal(identity_accept(f->state.fd, origin, pem), 0);
	gnutls_free(pem);
	free(csr);
}

/* The certificate that the collector is to answer: for the key that is asked with, made first. */
static void prepare_answer(struct fixture *f)
{
	char *csr, *pem, *body;
	json_t *root;

	assert_int_equal(identity_request(f->state.fd, IDENTITY_RENEWED, "ws-1", &csr), 0);
	pem = authority_sign(&f->authority, csr, HOST_ID);
	root = json_pack("{s:s, s:s}", "host", HOST_ID, "certificate", pem);
	body = json_dumps(root, 0);
	snprintf(f->answer, sizeof(f->answer),
		 "HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
		 strlen(body), body);
	free(body);
	json_decref(root);
	gnutls_free(pem);
	free(csr);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char *pem;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	temporary_make(&f->state);
	authority_make(&f->authority);
	pem = authority_pem(f->authority.certificate);
	temporary_write(&f->state, "ca.pem", pem);
	gnutls_free(pem);
	snprintf(f->ca, sizeof(f->ca), "%s/ca.pem", f->state.path);
	snprintf(f->cert, sizeof(f->cert), "%s/" IDENTITY_CERT, f->state.path);
	snprintf(f->key, sizeof(f->key), "%s/" IDENTITY_KEY, f->state.path);
	accept_certificate(f, IDENTITY_ENROLLED);
	assert_int_equal(identity_commit(f->state.fd, IDENTITY_ENROLLED), 1);
	assert_int_equal(identity_load(f->state.fd, &f->identity), 0);
	assert_true(sd_event_new(&f->event) >= 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	renew_free(f->renew);
	http_free(f->http);
	if (f->server.seen != NULL)
		tls_server_stop(&f->server);
	sd_event_unref(f->event);
	authority_drop(&f->authority);
	temporary_drop(&f->state);
	free(f);
	return 0;
}

static void on_renewed(void *userdata)
{
	((struct fixture *)userdata)->renewed++;
}

static void begin(struct fixture *f, const char *const *answers, size_t n_answers)
{
	const struct tls_script script = { "NORMAL", answers, n_answers };
	const struct renew_options options = { .peer = &f->peer,
					       .state_dir = f->state.path,
					       .state_fd = f->state.fd,
					       .identity = &f->identity,
					       .on_renewed = on_renewed,
					       .userdata = f };
	struct renew_options with_http = options;

	tls_server_start(&f->server, &f->authority, &script);
	snprintf(f->url, sizeof(f->url), "https://localhost:%d", f->server.port);
	f->peer = (struct http_peer){ .url = f->url,
				      .ca_path = f->ca,
				      .cert_path = f->cert,
				      .key_path = f->key,
				      .header = "X-Devgate-Boot: b" };
	assert_int_equal(http_new(&f->http, f->event, &f->peer), 0);
	with_http.http = f->http;
	assert_int_equal(renew_new(&f->renew, f->event, &with_http), 0);
}

static bool renewed(void *userdata)
{
	return ((struct fixture *)userdata)->renewed > 0;
}

static bool over(void *userdata)
{
	return loop_now_ms() >= *(uint64_t *)userdata;
}

static void run_a_while(struct fixture *f)
{
	uint64_t end = loop_now_ms() + 700;

	assert_true(loop_until(f->event, over, &end));
}

/* In its last hour's last minute. */
static void make_due(struct fixture *f)
{
	f->identity.not_before = time(NULL) - 3600;
	f->identity.not_after = time(NULL) + 60;
}

static bool names(const struct fixture *f, int i, const char *text)
{
	return i < f->server.seen->n && strstr(f->server.seen->requests[i].head, text) != NULL;
}

static void test_renewed(void **state)
{
	struct fixture *f = *state;
	const char *const answers[] = { f->answer, BUSY, NONE };
	uint32_t before = f->identity.chance;

	prepare_answer(f);
	make_due(f);
	begin(f, answers, 3);
	assert_true(loop_until(f->event, renewed, f));
	assert_true(names(f, 0, "POST /v1/renew "));
	assert_true(names(f, 1, "GET /v1/policy?"));
	assert_true(names(f, 2, "GET /v1/policy?")); /* the answer to the first was no refusal */
	assert_true(names(f, 2, "X-Devgate-Boot: b"));
	assert_int_equal(identity_load(f->state.fd, &f->identity), 0);
	assert_string_equal(f->identity.host, HOST_ID);
	assert_int_not_equal(f->identity.chance, before);
	assert_false(temporary_has(&f->state, IDENTITY_RENEWED_KEY));
}

static void test_not_before_it_is_due(void **state)
{
	static const char *const answers[] = { BUSY };
	struct fixture *f = *state;

	f->identity.not_after = time(NULL) + 86400;
	begin(f, answers, 1);
	run_a_while(f);
	assert_int_equal(f->server.seen->n, 0);
}

/* What is in use stays so when the new certificate is not accepted. */
static void test_a_new_one_that_does_not_work(void **state)
{
	struct fixture *f = *state;
	const char *const answers[] = { f->answer, REFUSED };
	uint32_t before = f->identity.chance;

	prepare_answer(f);
	make_due(f);
	begin(f, answers, 2);
	run_a_while(f);
	assert_int_equal(f->renewed, 0);
	assert_false(temporary_has(&f->state, IDENTITY_RENEWED_CERT));
	assert_int_equal(identity_load(f->state.fd, &f->identity), 0);
	assert_int_equal(f->identity.chance, before);
}

/* The collector's answer came, and then the power went. */
static void test_goes_on_where_it_was(void **state)
{
	static const char *const answers[] = { NONE };
	struct fixture *f = *state;

	accept_certificate(f, IDENTITY_RENEWED);
	begin(f, answers, 1);
	assert_true(loop_until(f->event, renewed, f));
	assert_true(names(f, 0, "GET /v1/policy?"));
}

static void test_a_commit_that_was_cut_short(void **state)
{
	struct fixture *f = *state;

	accept_certificate(f, IDENTITY_RENEWED);
	assert_int_equal(identity_resume(f->state.fd), 0);
	assert_int_equal(renameat(f->state.fd, IDENTITY_RENEWED_KEY, f->state.fd, IDENTITY_KEY), 0);
	assert_int_equal(identity_load(f->state.fd, &f->identity), -EBADMSG);
	assert_int_equal(identity_resume(f->state.fd), 1);
	assert_int_equal(identity_load(f->state.fd, &f->identity), 0);
	assert_int_equal(identity_resume(f->state.fd), 0);
}

static void test_expired_is_not_asked_for(void **state)
{
	static const char *const answers[] = { BUSY };
	struct fixture *f = *state;

	f->identity.not_before = time(NULL) - 3600;
	f->identity.not_after = time(NULL) - 1;
	begin(f, answers, 1);
	run_a_while(f);
	assert_int_equal(f->server.seen->n, 0);
}

static void test_when(void **state)
{
	static const uint32_t chances[] = { 0, 1, UINT32_MAX / 2, UINT32_MAX };
	static const int64_t lives[] = { 3, 20, 86400, 397 * 86400 };

	(void)state;
	for (size_t i = 0; i < COUNT(lives); i++) {
		int64_t last = 0;
		for (size_t j = 0; j < COUNT(chances); j++) {
			const struct identity identity = { .not_before = 1000,
							   .not_after = 1000 + lives[i],
							   .chance = chances[j] };
			int64_t due = renew_due(&identity);
			assert_true(due >= 1000 + lives[i] - lives[i] / 3);
			assert_true(due <= 1000 + lives[i] - lives[i] / 9);
			assert_true(due >= last);
			last = due;
			assert_in_range(renew_retry_max_ms(&identity), 1000, 3600 * 1000);
		}
		assert_true(lives[i] < 20 || last > 1000 + lives[i] - lives[i] / 3);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_renewed),
		TEST(test_not_before_it_is_due),
		TEST(test_a_new_one_that_does_not_work),
		TEST(test_goes_on_where_it_was),
		TEST(test_a_commit_that_was_cut_short),
		TEST(test_expired_is_not_asked_for),
		cmocka_unit_test(test_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
