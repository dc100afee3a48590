#include "enrolment.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "collector.h"
#include "field.h"
#include "log.h"
#include "policy/text.h"
#include "reply.h"
#include "server/pki/api_token.h"
#include "server/pki/cleanup.h"
#include "server/store/tokens.h"

enum {
	ATTEMPTS = 3, /* of two enrolments of one machine at once, one tries again */
	UPTIME_MAX_S = 100 * 365 * 24 * 60 * 60U,
};

/* What the machine sent. */
struct form {
	const char *token, *hostname, *machine_id, *version, *csr;
	const char *boot; /* "": not said */
	json_int_t uptime_s;
	size_t csr_size;
	uint8_t hash[API_TOKEN_HASH_SIZE];
};

static void make_uuid(char ret[static STORE_UUID_SIZE])
{
	uint8_t b[16];

	/* RFC 9562, 5.4: version 4. */
	randombytes_buf(b, sizeof(b));
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(ret, STORE_UUID_SIZE,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		 b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		 b[15]);
}

static int read_form(struct request *request, const json_t *json, struct form *ret)
{
	static const json_int_t range[] = { 0, UPTIME_MAX_S };
	size_t size;
	int r = field_raw(request, json, "token", API_TOKEN_SIZE, &ret->token, &size);

	if (r == 0)
		r = field_text(request, json, "hostname", STORE_TEXT_SIZE - 1, true,
			       &ret->hostname);
	if (r == 0)
		r = field_hex(request, json, "machine_id", 64, true, &ret->machine_id);
	if (r == 0)
		r = field_text(request, json, "version", HOST_WORD_SIZE - 1, true, &ret->version);
	if (r == 0)
		r = field_raw(request, json, "csr", CA_CSR_MAX, &ret->csr, &ret->csr_size);
	if (r == 0)
		r = field_hex(request, json, "boot", 32, false, &ret->boot);
	if (r == 0)
		r = field_number(request, json, "uptime_s", range, 0, &ret->uptime_s);
	return r;
}

static enum MHD_Result refuse_token(struct request *request, int r)
{
	if (r == -EALREADY)
		return reply_refusal(request, MHD_HTTP_FORBIDDEN, "token-used",
				     "This token has been used; ask an officer for a new one.");
	if (r == -ETIME)
		return reply_refusal(request, MHD_HTTP_FORBIDDEN, "token-expired",
				     "This token has expired; ask an officer for a new one.");
	if (r == -EKEYREVOKED)
		return reply_refusal(request, MHD_HTTP_FORBIDDEN, "token-revoked",
				     "This token has been revoked; ask an officer for a new one.");
	return reply_refusal(request, MHD_HTTP_FORBIDDEN, "token-unknown",
			     "This token is not known here; ask an officer for one.");
}

/* What the store is told of the machine that enrols. */
static struct enrolment describe(const struct request *request, const struct form *form,
				 const uint8_t *key)
{
	int64_t now = (int64_t)time(NULL);

	return (struct enrolment){
		.token_hash = form->hash,
		.key = key,
		.machine_id = form->machine_id,
		.hostname = form->hostname,
		.version = form->version,
		.boot = form->boot,
		.boot_started = now - form->uptime_s,
		.address = request->address,
		.now = now,
	};
}

/* One attempt.  -EAGAIN: another enrolment of the same machine came between. */
static int enrol(struct request *request, const struct form *form,
		 char host[static STORE_UUID_SIZE], struct ca_issued *ret)
{
	struct collector *collector = request->collector;
	struct ca_issued issued = { 0 };
	uint8_t key[CA_KEY_DIGEST_SIZE];
	struct enrolment enrolment = describe(request, form, key);
	int r = ca_request_key(form->csr, form->csr_size, key);

	if (r < 0)
		return r;
	r = hosts_choose(collector->store, &enrolment, host);
	if (r == -ENOENT)
		make_uuid(host);
	else if (r < 0)
		return r;
	r = ca_sign_client(collector->config.ca, form->csr, form->csr_size, host,
			   atomic_load(&collector->certificate_life_s), &issued);
	if (r < 0)
		return r;
	enrolment.host = host;
	enrolment.serial = issued.serial;
	enrolment.certificate_expires = issued.expires;
	r = hosts_enrol(collector->store, &enrolment);
	if (r < 0)
		ca_issued_finish(&issued);
	else
		*ret = issued;
	return r;
}

static enum MHD_Result refuse(struct request *request, int r)
{
	switch (r) {
	case -ENOENT:
	case -EALREADY:
	case -ETIME:
	case -EKEYREVOKED:
		return refuse_token(request, r);
	case -EBADMSG:
		return reply_refusal(request, MHD_HTTP_BAD_REQUEST, "bad-request",
				     "\"csr\" is not a PEM certificate request signed by its key.");
	case -EINVAL:
		return reply_refusal(request, MHD_HTTP_BAD_REQUEST, "bad-request",
				     "The key of \"csr\" must be ECDSA on P-256.");
	case -EAGAIN:
		return reply_refusal(request, MHD_HTTP_CONFLICT, "conflict",
				     "This machine is enrolling twice at once.");
	default:
		return reply_failure(request, r, "enrol");
	}
}

static enum MHD_Result reply_enrolled(struct request *request, const struct form *form,
				      const char *host, struct ca_issued *issued)
{
	log_about(LOG_LEVEL_INFO, "host-enrolled",
		  LOG_ABOUT(LOG_TEXT("host", host), LOG_TEXT("hostname", form->hostname),
			    LOG_TEXT("address", request->address),
			    LOG_TEXT("certificate", issued->serial)),
		  "%s (%s) is host %s, certificate %s", form->hostname, request->address, host,
		  issued->serial);
	if (revoked_reload(&request->collector->revoked, request->collector->store) < 0)
		log_line(LOG_LEVEL_ERROR, "revoked-stale", "revoked certificates not read: %s",
			 store_error());
	json_t *json = json_pack("{ss ss}", "host", host, "certificate", issued->certificate);
	ca_issued_finish(issued);
	return reply_json(request, MHD_HTTP_CREATED, json);
}

enum MHD_Result enrolment_handle(struct request *request)
{
	_cleanup_json_ json_t *json = NULL;
	struct ca_issued issued;
	struct form form = { 0 };
	char host[STORE_UUID_SIZE];

	if (request_json(request, &json) < 0 || read_form(request, json, &form) < 0)
		return reply_problem(request);
	if (api_token_hash(form.token, form.hash) < 0)
		return refuse_token(request, -ENOENT);
	int r = tokens_check_enrolment(request->collector->store, form.hash, (int64_t)time(NULL));
	if (r == -EALREADY)
		r = 0; /* perhaps by this very key, whose answer was lost: hosts_enrol() tells */
	for (int i = 0; i < ATTEMPTS && (r == 0 || r == -EAGAIN); i++) {
		r = enrol(request, &form, host, &issued);
		if (r == 0)
			return reply_enrolled(request, &form, host, &issued);
	}
	return refuse(request, r);
}

/* The host keeps its id; the key is another.  What is in use now stays so until the new certificate
 * is shown for the first time (peer.c). */
static int renew(struct request *request, const char *csr, size_t size, struct ca_issued *ret)
{
	struct collector *collector = request->collector;
	struct ca_issued issued = { 0 };
	int r = ca_sign_client(collector->config.ca, csr, size, request->host,
			       atomic_load(&collector->certificate_life_s), &issued);

	if (r < 0)
		return r;
	r = hosts_renew(collector->store, request->host, issued.serial, (int64_t)time(NULL),
			issued.expires);
	if (r < 0)
		ca_issued_finish(&issued);
	else
		*ret = issued;
	return r;
}

enum MHD_Result enrolment_handle_renew(struct request *request)
{
	_cleanup_json_ json_t *json = NULL;
	struct ca_issued issued;
	const char *csr;
	size_t size;

	if (request_json(request, &json) < 0 ||
	    field_raw(request, json, "csr", CA_CSR_MAX, &csr, &size) < 0)
		return reply_problem(request);
	int r = renew(request, csr, size, &issued);
	if (r == -ENOENT)
		return reply_refusal(request, MHD_HTTP_FORBIDDEN, "certificate-revoked",
				     "This host is revoked; ask a security officer.");
	if (r < 0)
		return refuse(request, r);
	log_about(
		LOG_LEVEL_INFO, "certificate-renewed",
		LOG_ABOUT(LOG_TEXT("host", request->host), LOG_TEXT("certificate", issued.serial)),
		"host %s, certificate %s", request->host, issued.serial);
	if (revoked_reload(&request->collector->revoked, request->collector->store) < 0)
		log_line(LOG_LEVEL_ERROR, "revoked-stale", "revoked certificates not read: %s",
			 store_error());
	json_t *answer =
		json_pack("{ss ss}", "host", request->host, "certificate", issued.certificate);
	ca_issued_finish(&issued);
	return reply_json(request, MHD_HTTP_CREATED, answer);
}
