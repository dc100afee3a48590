#include "authenticate.h"

#include <errno.h>
#include <string.h>

#include "collector.h"
#include "log.h"
#include "peer.h"
#include "server/pki/api_token.h"

static int find_person(struct request *request)
{
	static const char scheme[] = "Bearer ";
	const char *value = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
							MHD_HTTP_HEADER_AUTHORIZATION);
	uint8_t hash[API_TOKEN_HASH_SIZE];

	if (!value || strncmp(value, scheme, sizeof(scheme) - 1) != 0 ||
	    api_token_hash(value + sizeof(scheme) - 1, hash) < 0)
		return -ENOENT;
	return tokens_find_api(request->collector->store, hash, &request->person);
}

static int authenticate_person(struct request *request, enum access access)
{
	int r = find_person(request);

	if (r == -ENOENT)
		return problem_set(&request->problem, MHD_HTTP_UNAUTHORIZED, "unauthenticated",
				   "Send \"Authorization: Bearer dgt_...\" with a token that is "
				   "known here.");
	if (r < 0) {
		log_line(LOG_LEVEL_ERROR, "store-failed", "token not looked up: %s: %s",
			 strerror(-r), store_error());
		return problem_set(&request->problem, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
				   "The token could not be looked up; try again later.");
	}
	if (access == ACCESS_OFFICER && strcmp(request->person.role, "officer") != 0)
		return problem_set(&request->problem, MHD_HTTP_FORBIDDEN, "not-permitted",
				   "Only a security officer may do this; your role is %s.",
				   request->person.role);
	return 0;
}

int authenticate(struct request *request, enum access access)
{
	switch (access) {
	case ACCESS_OPEN:
		return 0;
	case ACCESS_HOST:
		return peer_admit(request->collector, request->connection, request->host,
				  &request->problem);
	case ACCESS_AUDITOR:
	case ACCESS_OFFICER:
		return authenticate_person(request, access);
	}
	return problem_set(&request->problem, MHD_HTTP_FORBIDDEN, "not-permitted",
			   "Nobody may do this.");
}
