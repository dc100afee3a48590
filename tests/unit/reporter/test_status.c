/* The collector is told how this machine stands; and the enforcer, that it was reached under a
 * policy: only by a request that was begun when that policy was in force. */
#include "agent/reporter/status.h"
#include "loop.h"
#include "tls_server.h"

#include <sys/un.h>

#include <curl/curl.h>
#include <jansson.h>

enum { MAX_ASKED = 16, WHILE_MS = 700, AGAIN_MS = 12000 };

#define STATUS(policy)                                                                             \
	"{\"version\":\"1\",\"started\":\"2026-11-23T00:00:00Z\",\"enrolled\":true,"               \
	"\"ledger\":{\"id\":\"l\",\"next_seq\":5},\"revocations\":{\"version\":0},"                \
	"\"gate\":\"active\",\"policy\":{\"mode\":\"enforce\"," policy "}}"
#define PROVISIONAL(version)                                                                       \
	STATUS("\"version\":" version                                                              \
	       ",\"provisional\":{\"until\":\"2026-11-23T00:10:00Z\",\"previous\":3}")
#define CONFIRMED(version) STATUS("\"version\":" version ",\"provisional\":null")

#define DONE "{\"confirmed\":true,\"version\":4}"
#define NOT_DONE                                                                                   \
	"{\"error\":{\"id\":\"wrong-version\",\"text\":\"Another version is the one that waits "   \
	"for this.\"}}"
#define TAKEN	 "HTTP/1.1 204 No Content\r\n\r\n"
#define ACCEPTED "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define BUSY	 "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
#define GONE	 "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"

/* What the enforcer was asked, and how many requests the collector had had then. */
struct asked {
	int n;
	struct {
		char request[40];
		int posts;
	} items[MAX_ASKED];
};

/* What it says of itself, one after the other and then the last, and to "confirm". */
struct enforcer_script {
	const char *statuses[5];
	const char *confirmed;
};

struct bench {
	struct temporary directory;
	struct authority authority;
	struct tls_server server;
	pid_t enforcer;
	struct asked *asked; /* shared with it */
	char url[64], ca[128], socket_path[128];
	sd_event *event;
	struct http *http;
	struct status *status;
	struct machine machine;
	struct notice notice;
	char run[64];
	int n_again;
};

static void answer_peer(struct bench *bench, const struct enforcer_script *script, int *n_statuses,
			int peer)
{
	char request[40];
	ssize_t size = recv(peer, request, sizeof(request) - 1, 0);
	const char *reply = script->confirmed;

	if (size < 0 || bench->asked->n == MAX_ASKED)
		return;
	request[size] = '\0';
	if (strcmp(request, "status") == 0) {
		reply = script->statuses[*n_statuses];
		if (script->statuses[*n_statuses + 1] != NULL)
			++*n_statuses;
	}
	strcpy(bench->asked->items[bench->asked->n].request, request);
	bench->asked->items[bench->asked->n].posts = bench->server.seen->n;
	bench->asked->n++;
	send(peer, reply, strlen(reply), MSG_NOSIGNAL);
	send(peer, "{\"end\":true}", 12, MSG_NOSIGNAL);
}

static void enforcer_start(struct bench *bench, const struct enforcer_script *script)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), n_statuses = 0;

	bench->asked = mmap(NULL, sizeof(*bench->asked), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(bench->asked, MAP_FAILED);
	snprintf(bench->socket_path, sizeof(bench->socket_path), "%s/control.sock",
		 bench->directory.path);
	strcpy(address.sun_path, bench->socket_path);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 8), 0);
	bench->enforcer = fork();
	assert_true(bench->enforcer >= 0);
	while (bench->enforcer == 0) {
		int peer = accept(listener, NULL, NULL);

		answer_peer(bench, script, &n_statuses, peer);
		close(peer);
	}
	close(listener);
}

/* Nothing changes but what a test says. */
static void on_changed(enum status_change change, void *userdata)
{
	struct bench *bench = userdata;

	assert_int_equal(change, STATUS_POLICY_AGAIN);
	bench->n_again++;
}

static void bench_start(struct bench *bench, const struct enforcer_script *enforcer,
			const char *const *answers, size_t n_answers)
{
	const struct tls_script script = { "NORMAL:-VERS-ALL:+VERS-TLS1.3", answers, n_answers };
	const struct http_peer peer = { .url = bench->url, .ca_path = bench->ca };

	curl_global_init(CURL_GLOBAL_DEFAULT);
	temporary_make(&bench->directory);
	authority_make(&bench->authority);
	char *pem = authority_pem(bench->authority.certificate);
	temporary_write(&bench->directory, "ca.pem", pem);
	gnutls_free(pem);
	tls_server_start(&bench->server, &bench->authority, &script);
	enforcer_start(bench, enforcer);
	snprintf(bench->url, sizeof(bench->url), "https://localhost:%d", bench->server.port);
	snprintf(bench->ca, sizeof(bench->ca), "%s/ca.pem", bench->directory.path);
	assert_true(sd_event_new(&bench->event) >= 0);
	assert_int_equal(http_new(&bench->http, bench->event, &peer), 0);
	bench->n_again = 0;
	bench->machine = (struct machine){ "ws-1", "cc", "dd" };
	snprintf(bench->run, sizeof(bench->run), "%s/x", bench->directory.path);
	assert_int_equal(mkdirat(bench->directory.fd, "x-reporter", 0700), 0);
	assert_int_equal(notice_init(&bench->notice, bench->run), 0);
	const struct status_options options = { .http = bench->http,
						.socket_path = bench->socket_path,
						.machine = &bench->machine,
						.notice = &bench->notice,
						.on_changed = on_changed,
						.userdata = bench };
	assert_int_equal(status_new(&bench->status, bench->event, &options), 0);
}

static void bench_stop(struct bench *bench)
{
	status_free(bench->status);
	http_free(bench->http);
	sd_event_unref(bench->event);
	kill(bench->enforcer, SIGKILL);
	waitpid(bench->enforcer, NULL, 0);
	munmap(bench->asked, sizeof(*bench->asked));
	tls_server_stop(&bench->server);
	authority_drop(&bench->authority);
	temporary_drop(&bench->directory);
}

static bool over(void *userdata)
{
	return loop_now_ms() >= *(uint64_t *)userdata;
}

static void run_a_while(struct bench *bench)
{
	uint64_t end = loop_now_ms() + WHILE_MS;

	assert_true(loop_until(bench->event, over, &end));
}

static void assert_asked(const struct bench *bench, int i, const char *request, int posts)
{
	assert_true(i < bench->asked->n);
	assert_string_equal(bench->asked->items[i].request, request);
	assert_int_equal(bench->asked->items[i].posts, posts);
}

static void test_confirmed_when_reached(void **state)
{
	static const char *const answers[] = { TAKEN, ACCEPTED };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct enforcer_script enforcer = { { PROVISIONAL("4") }, DONE };
		struct bench bench;

		bench_start(&bench, &enforcer, &answers[i], 1);
		run_a_while(&bench);
		assert_int_equal(bench.asked->n, 2);
		assert_asked(&bench, 0, "status", 0);
		assert_asked(&bench, 1, "confirm 4", 1);
		bench_stop(&bench);
	}
}

static void test_nothing_to_confirm(void **state)
{
	static const char *const statuses[] = { CONFIRMED("4"), STATUS("\"version\":4"),
						PROVISIONAL("0") };
	static const char *const answers[] = { TAKEN };

	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		const struct enforcer_script enforcer = { { statuses[i] }, DONE };
		struct bench bench;

		bench_start(&bench, &enforcer, answers, 1);
		run_a_while(&bench);
		assert_int_equal(bench.server.seen->n, 1);
		assert_int_equal(bench.asked->n, 1);
		bench_stop(&bench);
	}
}

/* Neither an error nor silence is an answer. */
static void test_not_reached(void **state)
{
	static const char *const answers[][2] = { { BUSY, TAKEN },
						  { GONE, TAKEN },
						  { NULL, TAKEN } };

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const struct enforcer_script enforcer = { { PROVISIONAL("4") }, DONE };
		struct bench bench;

		bench_start(&bench, &enforcer, answers[i], 2);
		run_a_while(&bench);
		assert_int_equal(bench.server.seen->n, 1);
		assert_int_equal(bench.asked->n, 1);
		status_tell(bench.status);
		run_a_while(&bench);
		assert_asked(&bench, 1, "status", 1);
		assert_asked(&bench, 2, "confirm 4", 2);
		bench_stop(&bench);
	}
}

/* While a policy waits to be confirmed, a failure is not left for the next minute. */
static void test_tried_again_soon(void **state)
{
	const struct enforcer_script enforcer = { { PROVISIONAL("4") }, DONE };
	static const char *const answers[] = { BUSY, TAKEN };
	struct bench bench;

	(void)state;
	bench_start(&bench, &enforcer, answers, 2);
	for (int ms = 0; ms < AGAIN_MS; ms += WHILE_MS)
		run_a_while(&bench);
	assert_int_equal(bench.asked->n, 3);
	assert_asked(&bench, 1, "status", 1);
	assert_asked(&bench, 2, "confirm 4", 2);
	bench_stop(&bench);
}

/* The policy came into force after the request was begun: its answer says nothing of it. */
static void test_request_begun_before(void **state)
{
	const struct enforcer_script enforcer = { { CONFIRMED("3"), PROVISIONAL("4") }, DONE };
	static const char *const answers[] = { TAKEN, TAKEN };
	struct bench bench;

	(void)state;
	bench_start(&bench, &enforcer, answers, 2);
	run_a_while(&bench);
	assert_int_equal(bench.server.seen->n, 1);
	assert_int_equal(bench.asked->n, 1);
	status_tell(bench.status);
	run_a_while(&bench);
	assert_int_equal(bench.asked->n, 3);
	assert_asked(&bench, 1, "status", 1);
	assert_asked(&bench, 2, "confirm 4", 2);
	bench_stop(&bench);
}

/* A version that follows takes the place of the one before, which is not confirmed by its answer.
 */
static void test_next_version(void **state)
{
	const struct enforcer_script enforcer = { { PROVISIONAL("4"), PROVISIONAL("5") }, DONE };
	static const char *const answers[] = { BUSY, TAKEN };
	struct bench bench;

	(void)state;
	bench_start(&bench, &enforcer, answers, 2);
	run_a_while(&bench);
	status_tell(bench.status);
	run_a_while(&bench);
	assert_int_equal(bench.asked->n, 3);
	assert_asked(&bench, 2, "confirm 5", 2);
	bench_stop(&bench);
}

/* What the enforcer does not take is not said again and again. */
static void test_confirmation_refused(void **state)
{
	static const char *const replies[] = { NOT_DONE, "{}", "{\"error\":3}" };
	static const char *const answers[] = { TAKEN, TAKEN };

	(void)state;
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		const struct enforcer_script enforcer = { { PROVISIONAL("4") }, replies[i] };
		struct bench bench;

		bench_start(&bench, &enforcer, answers, 2);
		run_a_while(&bench);
		assert_int_equal(bench.asked->n, 2);
		assert_asked(&bench, 1, "confirm 4", 1);
		bench_stop(&bench);
	}
}

#define TAKEN_BACK(times, due)                                                                     \
	STATUS("\"version\":3,\"provisional\":null,\"rolled_back\":4,\"rolled_back_times\":" times \
	       ",\"again\":{\"after\":\"2026-11-23T00:10:00Z\",\"due\":" due "}")

/* What was taken back is asked for once for each time that it was, when it may be offered and the
 * collector is there to give it. */
static void test_policy_again(void **state)
{
	static const struct {
		const char *answer, *status;
		int n_again;
	} steps[] = {
		{ TAKEN, TAKEN_BACK("1", "false"), 0 },
		{ BUSY, TAKEN_BACK("1", "true"), 0 },
		{ TAKEN, TAKEN_BACK("1", "true"), 1 },
		{ TAKEN, TAKEN_BACK("1", "true"), 1 },
	};
	struct enforcer_script enforcer = { .confirmed = DONE };
	const char *answers[COUNT(steps)];
	struct bench bench;

	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		answers[i] = steps[i].answer;
		enforcer.statuses[i] = steps[i].status;
	}
	bench_start(&bench, &enforcer, answers, COUNT(steps));
	for (size_t i = 0; i < COUNT(steps); i++) {
		run_a_while(&bench);
		assert_int_equal(bench.n_again, steps[i].n_again);
		status_tell(bench.status);
	}
	bench_stop(&bench);
}

static void test_policy_again_the_next_time(void **state)
{
	const struct enforcer_script enforcer = {
		{ TAKEN_BACK("1", "true"), CONFIRMED("3"), TAKEN_BACK("2", "true") }, DONE
	};
	static const char *const answers[] = { TAKEN, TAKEN, TAKEN };
	static const int n_again[] = { 1, 1, 2 };
	struct bench bench;

	(void)state;
	bench_start(&bench, &enforcer, answers, 3);
	for (int i = 0; i < 3; i++) {
		run_a_while(&bench);
		assert_int_equal(bench.n_again, n_again[i]);
		status_tell(bench.status);
	}
	bench_stop(&bench);
}

/* The collector's Date is held against this machine's clock, for `devgate status` to show. */
static void test_notice(void **state)
{
	const struct enforcer_script enforcer = { { CONFIRMED("4") }, DONE };
	char answer[256], *text;
	const char *const answers[] = { answer, GONE };
	time_t hour_ago = time(NULL) - 3600;
	struct bench bench;
	size_t size;
	json_t *root;

	(void)state;
	size = strftime(answer, sizeof(answer),
			"HTTP/1.1 204 No Content\r\nDate: %a, %d %b %Y %H:%M:%S GMT\r\n\r\n",
			gmtime(&hour_ago));
	assert_true(size > 0);
	bench_start(&bench, &enforcer, answers, 2);
	run_a_while(&bench);
	assert_int_equal(file_read(bench.directory.fd, "x-reporter/status.json", 4096, &text, NULL),
			 0);
	root = json_loads(text, 0, NULL);
	assert_in_range(json_integer_value(json_object_get(root, "clock_offset_s")), 3599, 3605);
	assert_true(json_is_string(json_object_get(root, "reached")));
	assert_string_equal(json_string_value(json_object_get(root, "trouble")), "");
	json_decref(root);
	free(text);
	status_tell(bench.status);
	run_a_while(&bench);
	assert_int_equal(file_read(bench.directory.fd, "x-reporter/status.json", 4096, &text, NULL),
			 0);
	assert_non_null(strstr(text, "the collector answered 403"));
	free(text);
	bench_stop(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confirmed_when_reached),
		cmocka_unit_test(test_nothing_to_confirm),
		cmocka_unit_test(test_not_reached),
		cmocka_unit_test(test_tried_again_soon),
		cmocka_unit_test(test_request_begun_before),
		cmocka_unit_test(test_next_version),
		cmocka_unit_test(test_confirmation_refused),
		cmocka_unit_test(test_policy_again),
		cmocka_unit_test(test_policy_again_the_next_time),
		cmocka_unit_test(test_notice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
