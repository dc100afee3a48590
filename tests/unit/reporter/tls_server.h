/* tls_server - an HTTPS server for one test, in a child process: gives the answers of a script, one
 * a request, and keeps what it was asked where the test can see it. */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "authority.h"

enum { SERVER_MAX_REQUESTS = 16, SERVER_MAX_BODY = 64 * 1024 };

struct server_request {
	char head[2048];
	char body[SERVER_MAX_BODY];
	size_t body_size;
};

/* Shared with the child. */
struct server_seen {
	int n;
	struct server_request requests[SERVER_MAX_REQUESTS];
};

struct tls_server {
	pid_t pid;
	int port;
	struct server_seen *seen;
};

struct tls_script {
	const char *priorities;	    /* GnuTLS priority string */
	const char *const *answers; /* whole HTTP answers; after the last, connections are closed */
	size_t n_answers;
};

static inline gnutls_certificate_credentials_t server_credentials(const struct authority *authority)
{
	gnutls_certificate_credentials_t credentials;
	gnutls_x509_privkey_t key = authority_key();
	gnutls_x509_crt_t certificate = authority_certificate("localhost", key);

	gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, "localhost", 9, 0);
	assert_int_equal(gnutls_x509_crt_sign2(certificate, authority->certificate, authority->key,
					       GNUTLS_DIG_SHA256, 0),
			 0);
	assert_int_equal(gnutls_certificate_allocate_credentials(&credentials), 0);
	assert_int_equal(gnutls_certificate_set_x509_key(credentials, &certificate, 1, key), 0);
	gnutls_x509_crt_deinit(certificate);
	gnutls_x509_privkey_deinit(key);
	return credentials;
}

/* Read one request.  Returns false when the client has closed. */
static inline bool server_read(gnutls_session_t session, struct server_request *ret)
{
	size_t size = 0, length = 0;
	char *end;

	for (;;) {
		ssize_t n =
			gnutls_record_recv(session, ret->head + size, sizeof(ret->head) - 1 - size);

		if (n <= 0)
			return false;
		size += (size_t)n;
		ret->head[size] = '\0';
		end = strstr(ret->head, "\r\n\r\n");
		if (end != NULL)
			break;
	}
	end += 4;
	if (strstr(ret->head, "Content-Length: ") != NULL)
		length = strtoul(strstr(ret->head, "Content-Length: ") + 16, NULL, 10);
	ret->body_size = size - (size_t)(end - ret->head);
	memcpy(ret->body, end, ret->body_size);
	*end = '\0';
	while (ret->body_size < length) {
		ssize_t n = gnutls_record_recv(session, ret->body + ret->body_size,
					       sizeof(ret->body) - ret->body_size);

		if (n <= 0)
			return false;
		ret->body_size += (size_t)n;
	}
	return true;
}

static inline void server_serve(gnutls_session_t session, const struct tls_script *script,
				struct server_seen *seen)
{
	while (seen->n < SERVER_MAX_REQUESTS && server_read(session, &seen->requests[seen->n])) {
		size_t i = (size_t)seen->n++;
		const char *answer = i < script->n_answers ? script->answers[i] : NULL;
		size_t size = answer != NULL ? strlen(answer) : 0;

		if (answer == NULL)
			return;
		while (size > 0) {
			ssize_t n = gnutls_record_send(session, answer, size);

			if (n <= 0)
				return;
			answer += n;
			size -= (size_t)n;
		}
	}
}

static inline void server_loop(int listener, const struct authority *authority,
			       const struct tls_script *script, struct server_seen *seen)
{
	gnutls_certificate_credentials_t credentials = server_credentials(authority);

	for (;;) {
		gnutls_session_t session;
		int fd = accept(listener, NULL, NULL), r;

		gnutls_init(&session, GNUTLS_SERVER);
		gnutls_priority_set_direct(session, script->priorities, NULL);
		gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
		gnutls_transport_set_int(session, fd);
		do {
			r = gnutls_handshake(session);
		} while (r < 0 && !gnutls_error_is_fatal(r));
		if (r == 0)
			server_serve(session, script, seen);
		gnutls_deinit(session);
		close(fd);
	}
}

static inline void tls_server_start(struct tls_server *ret, const struct authority *authority,
				    const struct tls_script *script)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ret->seen = mmap(NULL, sizeof(*ret->seen), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(ret->seen, MAP_FAILED);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 8), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	ret->port = ntohs(address.sin_port);
	ret->pid = fork();
	assert_true(ret->pid >= 0);
	if (ret->pid == 0) {
		signal(SIGPIPE, SIG_IGN);
		server_loop(listener, authority, script, ret->seen);
	}
	close(listener);
}

static inline void tls_server_stop(struct tls_server *server)
{
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	munmap(server->seen, sizeof(*server->seen));
}
