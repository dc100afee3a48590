/* hostile - machines with good certificates that do a collector harm: some drip a header or a body
 * byte by byte and hold what it takes, some send what is malformed, too deep or too large. */
#include <stdio.h>
#include <string.h>

#include "run.h"

enum { DRIP_US = 1000000, DEPTH = 50000 };

enum harm { DRIP_HEADER, DRIP_BODY, BAD_ZSTD, DEEP_JSON, TOO_LARGE, NO_CHAIN, _HARM_MAX };

static enum harm harm_of(const struct agent *agent)
{
	return (enum harm)(agent->number % _HARM_MAX);
}

/* A byte a second of something that never ends. */
static void drip(struct agent *agent)
{
	const char *begin = harm_of(agent) == DRIP_HEADER
				    ? "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
				    : "POST /v1/events HTTP/1.1\r\nHost: localhost\r\n"
				      "X-Devgate-Ledger: 00000000000000000000000000000000\r\n"
				      "Content-Type: application/x-ndjson\r\n"
				      "Content-Length: 100000\r\n\r\n";

	/* A connection that is new has sent no head. */
	client_send(&agent->client, agent->client.head_size > 0 ? "x" : begin, NULL, 0);
	agent->due_us = tally_now_us() + DRIP_US;
}

static void send_bad(struct agent *agent, const char *path, const char *more, const char *body,
		     size_t size)
{
	char head[CLIENT_HEAD_SIZE];

	snprintf(head, sizeof(head),
		 "POST %s HTTP/1.1\r\nHost: localhost\r\n"
		 "X-Devgate-Ledger: %s\r\n%sContent-Length: %zu\r\n\r\n",
		 path, agent->ledger.id, more, size);
	client_send(&agent->client, head, body, size);
}

static void do_harm(struct run *run, struct agent *agent)
{
	static const char bad[] = "this is no zstd frame, whatever the header says";
	static const char no_line[] = "{\"seq\":1,\"hash\":\"00\"}\n";

	memset(run->lines, '[', DEPTH);
	switch (harm_of(agent)) {
	case DRIP_HEADER:
	case DRIP_BODY:
		drip(agent);
		break;
	case BAD_ZSTD:
		send_bad(agent, "/v1/events", "Content-Encoding: zstd\r\n", bad, strlen(bad));
		break;
	case DEEP_JSON:
		send_bad(agent, "/v1/status", "", run->lines, DEPTH);
		break;
	case TOO_LARGE:
		send_bad(agent, "/v1/events", "", run->lines, sizeof(run->lines));
		break;
	default:
		send_bad(agent, "/v1/events", "", no_line, strlen(no_line));
		break;
	}
}

static void on_refused(struct run *run, struct agent *agent)
{
	int status = agent->client.status;

	if ((status < 400 || status >= 500) && status != 503)
		run->tally.wrong = "what is malformed was not refused as such";
	agent->due_us = tally_now_us() + (int64_t)run->options->every_ms * 1000 + 1;
}

const struct workload workload_hostile = {
	.name = "hostile",
	.go_on = do_harm,
	.on_answer = on_refused,
	.reconnects = true,
};
