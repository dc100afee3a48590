#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { OF_ADDRESS = 500, CHUNK = 16384 };

/* 127.1.x.y: one for each OF_ADDRESS machines. */
static int open_socket(size_t number)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int yes = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	from.sin_addr.s_addr = htonl(0x7f010001u + (uint32_t)(number / OF_ADDRESS));
	if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) < 0 ||
	    bind(fd, (const struct sockaddr *)&from, sizeof(from)) < 0) {
		int r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

/* gnutls_certificate_retrieve_function2: each machine's own certificate, and the key of all. */
static int on_certificate(gnutls_session_t tls, const gnutls_datum_t *authorities,
			  int n_authorities, const gnutls_pk_algorithm_t *algorithms,
			  int n_algorithms, gnutls_pcert_st **ret, unsigned *ret_n,
			  gnutls_privkey_t *ret_key)
{
	struct client *client = gnutls_session_get_ptr(tls);

	(void)authorities;
	(void)n_authorities;
	(void)algorithms;
	(void)n_algorithms;
	*ret = &client->certificate;
	*ret_n = 1;
	*ret_key = client->clients->key;
	return 0;
}

static int read_address(const char *text, struct sockaddr_in *ret)
{
	static const char prefix[] = "127.0.0.1:";
	unsigned long port;

	if (strncmp(text, prefix, strlen(prefix)) != 0)
		return -EINVAL;
	port = strtoul(text + strlen(prefix), NULL, 10);
	if (port == 0 || port > UINT16_MAX)
		return -EINVAL;
	*ret = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	ret->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return 0;
}

int clients_init(struct clients *ret, const struct fleet *fleet, const char *to)
{
	gnutls_datum_t key = { (uint8_t *)fleet->key, (unsigned)fleet->key_size };
	int r;

	*ret = (struct clients){ .fleet = fleet };
	if (read_address(to, &ret->to) < 0)
		return -EINVAL;
	r = gnutls_privkey_init(&ret->key);
	if (r >= 0)
		r = gnutls_privkey_import_x509_raw(ret->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (r >= 0)
		r = gnutls_certificate_allocate_credentials(&ret->credentials);
	if (r >= 0)
		gnutls_certificate_set_retrieve_function2(ret->credentials, on_certificate);
	return r < 0 ? -EIO : 0;
}

void clients_finish(struct clients *clients)
{
	if (clients->credentials != NULL)
		gnutls_certificate_free_credentials(clients->credentials);
	if (clients->key != NULL)
		gnutls_privkey_deinit(clients->key);
}

static int start_tls(struct client *client)
{
	const struct machine *machine = client->machine;
	gnutls_datum_t der = { (uint8_t *)machine->certificate, machine->certificate_size };
	int r = gnutls_pcert_import_x509_raw(&client->certificate, &der, GNUTLS_X509_FMT_DER, 0);

	if (r >= 0)
		r = gnutls_init(&client->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK |
						      GNUTLS_KEY_SHARE_TOP | GNUTLS_NO_TICKETS);
	if (r >= 0)
		r = gnutls_priority_set_direct(client->tls, "NORMAL:-VERS-ALL:+VERS-TLS1.3", NULL);
	if (r >= 0)
		r = gnutls_credentials_set(client->tls, GNUTLS_CRD_CERTIFICATE,
					   client->clients->credentials);
	if (r < 0)
		return -EIO;
	gnutls_session_set_ptr(client->tls, client);
	gnutls_transport_set_int(client->tls, client->fd);
	return 0;
}

int client_connect(struct client *client, struct clients *clients, size_t number)
{
	*client = (struct client){ .machine = &clients->fleet->machines[number],
				   .clients = clients,
				   .fd = open_socket(number) };
	int r = client->fd < 0 ? client->fd : start_tls(client);

	if (r == 0 &&
	    connect(client->fd, (const struct sockaddr *)&clients->to, sizeof(clients->to)) < 0 &&
	    errno != EINPROGRESS)
		r = -errno;
	client->state = CLIENT_CONNECTING;
	if (r < 0)
		client_close(client);
	return r < 0 ? r : client->fd;
}

void client_send(struct client *client, const char *head, const char *body, size_t size)
{
	client->head_size = (size_t)snprintf(client->head, sizeof(client->head), "%s", head);
	client->body = body;
	client->body_size = size;
	client->sent = client->answer_size = client->answer_head = client->body_left = 0;
	client->status = 0;
	client->state = CLIENT_SENDING;
}

/* 0: wait; else an error that ends the connection. */
static int waits(ssize_t r)
{
	return r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED ? 0 : -EPROTO;
}

static int send_some(struct client *client)
{
	size_t all = client->head_size + client->body_size;

	while (client->sent < all) {
		bool head = client->sent < client->head_size;
		const char *from = head ? client->head + client->sent
					: client->body + (client->sent - client->head_size);
		size_t left = (head ? client->head_size : all) - client->sent;
		ssize_t n = gnutls_record_send(client->tls, from, left < CHUNK ? left : CHUNK);
		if (n < 0)
			return waits(n);
		client->sent += (size_t)n;
	}
	client->state = CLIENT_RECEIVING;
	return 1;
}

int64_t client_number(const struct client *client, const char *name, int64_t otherwise)
{
	const char *at = strcasestr(client->answer, name);

	return at == NULL ? otherwise : strtoll(at + strlen(name), NULL, 10);
}

/* The head is whole: what follows? */
static int read_head(struct client *client)
{
	const char *end = strstr(client->answer, "\r\n\r\n");

	if (end == NULL)
		return client->answer_size == CLIENT_ANSWER_SIZE - 1 ? -E2BIG : 0;
	if (sscanf(client->answer, "HTTP/1.1 %d", &client->status) != 1)
		return -EBADMSG;
	client->answer_head = (size_t)(end - client->answer) + 4;
	client->closing = strcasestr(client->answer, "\r\nConnection: close") != NULL;
	int64_t length = client_number(client, "\r\nContent-Length: ", 0);
	size_t here = client->answer_size - client->answer_head;
	client->body_left = length > (int64_t)here ? (size_t)length - here : 0;
	return 1;
}

static void keep(struct client *client, const char *bytes, size_t size)
{
	size_t room = CLIENT_ANSWER_SIZE - 1 - client->answer_size;
	size_t n = size < room ? size : room;

	memcpy(client->answer + client->answer_size, bytes, n);
	client->answer_size += n;
	client->answer[client->answer_size] = '\0';
}

static int take(struct client *client, const char *bytes, size_t size)
{
	size_t before = client->answer_size;

	keep(client, bytes, size);
	if (client->answer_head != 0) {
		client->body_left -= size < client->body_left ? size : client->body_left;
		return 0;
	}
	int r = read_head(client);
	size_t dropped = size - (client->answer_size - before); /* of the body, if any */
	if (r > 0)
		client->body_left -= dropped < client->body_left ? dropped : client->body_left;
	return r < 0 ? r : 0;
}

static int receive_some(struct client *client)
{
	char bytes[CHUNK];

	while (client->answer_head == 0 || client->body_left > 0) {
		ssize_t n = gnutls_record_recv(client->tls, bytes, sizeof(bytes));
		if (n == 0)
			return -ECONNRESET;
		if (n < 0)
			return waits(n);
		int r = take(client, bytes, (size_t)n);
		if (r < 0)
			return r;
	}
	client->state = CLIENT_IDLE;
	return 1;
}

static int finish_connect(struct client *client)
{
	int error = 0;
	socklen_t size = sizeof(error);
	struct sockaddr_in peer;
	socklen_t peer_size = sizeof(peer);

	if (getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error != 0)
		return error != 0 ? -error : -errno;
	if (getpeername(client->fd, (struct sockaddr *)&peer, &peer_size) < 0)
		return errno == ENOTCONN ? 0 : -errno;
	client->state = CLIENT_HANDSHAKING;
	return 1;
}

static int shake_hands(struct client *client)
{
	int r = gnutls_handshake(client->tls);

	if (r < 0)
		return gnutls_error_is_fatal(r) ? -EPROTO : 0;
	client->state = CLIENT_IDLE;
	return 1;
}

int client_step(struct client *client)
{
	int r = 1;

	while (r > 0) {
		switch (client->state) {
		case CLIENT_CLOSED:
			return -ENOTCONN;
		case CLIENT_CONNECTING:
			r = finish_connect(client);
			break;
		case CLIENT_HANDSHAKING:
			r = shake_hands(client);
			if (r > 0)
				return 1;
			break;
		case CLIENT_IDLE: /* the other end closes, or says something that is not for us */
			r = (int)gnutls_record_recv(client->tls, client->answer, 1);
			return r < 0 ? waits(r) : -ECONNRESET;
		case CLIENT_SENDING:
			r = send_some(client);
			break;
		case CLIENT_RECEIVING:
			r = receive_some(client);
			if (r > 0)
				return 1;
			break;
		}
	}
	return r;
}

void client_close(struct client *client)
{
	if (client->clients == NULL)
		return;
	if (client->tls != NULL)
		gnutls_deinit(client->tls);
	gnutls_pcert_deinit(&client->certificate);
	if (client->fd >= 0)
		close(client->fd);
	*client = (struct client){ .fd = -1 };
}
