/* fakeusb - a USB device of any bytes, plugged into the kernel's USB/IP controller in software.
 *
 *   fakeusb KEY=VALUE…       says "ready PORT" once it is plugged in, and "configured N" when the
 * kernel has set a configuration; ends, and is pulled out, when it is killed. Needs "modprobe
 * vhci-hcd".
 *
 *   port=N                 without it the first that is free of controller 0, whose are 0 to 14;
 *                          30 to 44 are controller 1's, and so on
 *   speed=low|full|high    high by default
 *   ids=VVVV:PPPP          class=CCSSPP of the device
 *   manufacturer=TEXT  name=TEXT  serial=TEXT      UTF-8
 *   string=N:HEX           string descriptor N as raw bytes (1 manufacturer, 2 name, 3 serial)
 *   interfaces=CCSSPP[@NUMBER[.ALTERNATE]],…
 *                          one more configuration, of these interfaces
 *   pad=N                  fill the last configuration up to N bytes
 *   patch=AT:HEX           overwrite bytes of the last configuration
 *   configs=N              bNumConfigurations, if it is a lie
 *   device=HEX  config=HEX  bos=HEX                descriptors as raw bytes
 *   answer=RRQQVVVV:HEX    what it says to bmRequestType, bRequest, wValue
 *   stall=RRQQ             what it refuses
 *   delay=RRQQ:MS          what it takes its time for (0009: SET_CONFIGURATION)
 *   scsi=TYPE              a SCSI device of this type (1 a tape) at its storage interface, which
 *                          must be the first; without it a disk that never answers
 *   then[=read:N|configured|after:MS]
 *                          what follows is another face, which it shows from SIGUSR1 on; or after
 *                          N reads of a whole configuration, when it is configured, MS after the
 *                          face before; what is not said anew is as in the face before
 *   reconnect=MS           it shows this face by leaving the bus for so long
 *   flap=MS                it leaves and comes back for ever, staying so long after its descriptors
 *                          were read; "%" in its serial number counts the stays
 *
 * Protocol: Documentation/usb/usbip_protocol.rst; attaching: drivers/usb/usbip/vhci_sysfs.c. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fakeusb_face.h"
#include "fakeusb_scsi.h"

#define CONTROLLER "/sys/devices/platform/vhci_hcd.0/"
/* How many ports a controller has, half of them for SuperSpeed (VHCI_PORTS, Debian's kernels). */
enum { CONTROLLER_PORTS = 30 };

enum {
	HEADER_SIZE = 48,
	CMD_SUBMIT = 1,
	CMD_UNLINK = 2,
	RET_SUBMIT = 3,
	RET_UNLINK = 4,
	PORT_FREE = 4, /* VDEV_ST_NULL */
	PENDING_MAX = 64,
	DATA_MAX = 1 << 17,
};

/* An answer that waits: for its time, or, with none, for the kernel to take the request back. */
struct pending {
	uint32_t seq;
	uint64_t due_ms; /* 0: never */
	size_t size;
	int status;
	uint8_t *data; /* owned */
};

struct fake {
	int port, speed, flap_ms;
	struct faces faces;
	struct scsi scsi;
	size_t shown;
	uint64_t shown_ms, read_ms;
	int socket, reads, stays;
	size_t n_pending;
	struct pending pending[PENDING_MAX];
};

static volatile sig_atomic_t next_face;

static void on_usr1(int signal)
{
	(void)signal;
	next_face = 1;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void parse(struct fake *fake, int argc, char **argv)
{
	static const uint8_t device[18] = {
		18, 1, 0, 2, 0, 0, 0, 64, 0x51, 0x09, 0x66, 0x16, 0, 1
	};
	struct face *face = &fake->faces.items[0];

	fake->faces.n = 1;
	append(&face->device, device, sizeof(device));
	set_string(face, 0, unhex("04030904"));
	for (int i = 1; i < argc; i++) {
		char *key = argv[i], *equals = strchr(key, '='), *value = equals + 1;

		if (strcmp(key, "then") == 0) {
			face = add_face(&fake->faces, "");
			continue;
		}
		if (equals == NULL)
			die(key);
		*equals = '\0';
		if (strcmp(key, "port") == 0)
			fake->port = atoi(value);
		else if (strcmp(key, "speed") == 0)
			fake->speed = value[0] == 'l' ? 1 : value[0] == 'f' ? 2 : 3;
		else if (strcmp(key, "scsi") == 0)
			fake->scsi =
				(struct scsi){ .is_there = true, .type = (uint8_t)atoi(value) };
		else if (strcmp(key, "flap") == 0)
			fake->flap_ms = atoi(value);
		else if (strcmp(key, "reconnect") == 0)
			face->reconnect_ms = atoi(value);
		else if (strcmp(key, "then") == 0)
			face = add_face(&fake->faces, value);
		else if (!set_text(face, key, value) && !set_bytes(face, key, value) &&
			 !set_rule(face, key, value))
			errno = EINVAL, die(key);
	}
}

/* The number of port @wanted if it is free (of any of the first controller, if -1), or -1. */
static int free_port(int wanted)
{
	const int controller = wanted < 0 ? 0 : wanted / CONTROLLER_PORTS;
	char path[64] = CONTROLLER "status", line[128], hub[8];
	int port, state, found = -1;

	if (controller > 0)
		snprintf(path, sizeof(path), CONTROLLER "status.%d", controller);
	FILE *status = fopen(path, "re");
	if (status == NULL)
		die(path);
	while (found < 0 && fgets(line, sizeof(line), status) != NULL) {
		if (sscanf(line, "%7s %d %d", hub, &port, &state) != 3 || strcmp(hub, "hs") != 0)
			continue;
		if (state == PORT_FREE && (wanted < 0 || wanted == port))
			found = port;
	}
	fclose(status);
	return found;
}

static void attach(struct fake *fake)
{
	int pair[2], fd, port;

	while ((port = free_port(fake->port)) < 0)
		usleep(2000);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		die("socketpair");
	fd = open(CONTROLLER "attach", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || dprintf(fd, "%d %d %d %d", port, pair[1], 0x10002, fake->speed) < 0)
		die(CONTROLLER "attach");
	close(fd);
	close(pair[1]);
	fake->socket = pair[0];
	fake->port = port;
	fake->read_ms = 0;
	fake->stays++;
}

static void detach(struct fake *fake)
{
	close(fake->socket);
	while (fake->n_pending > 0)
		free(fake->pending[--fake->n_pending].data);
}

static void send_all(struct fake *fake, const void *bytes, size_t size)
{
	for (size_t sent = 0; sent < size;) {
		ssize_t n =
			send(fake->socket, (const char *)bytes + sent, size - sent, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return; /* the kernel has let go; the next read says so */
		sent += n < 0 ? 0 : (size_t)n;
	}
}

static bool receive_all(struct fake *fake, void *bytes, size_t size)
{
	for (size_t got = 0; got < size;) {
		ssize_t n = recv(fake->socket, (char *)bytes + got, size - got, 0);

		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		got += n < 0 ? 0 : (size_t)n;
	}
	return true;
}

static void reply(struct fake *fake, uint32_t command, uint32_t seq, int status, size_t size)
{
	uint32_t header[HEADER_SIZE / 4] = { htonl(command), htonl(seq) };

	header[5] = htonl((uint32_t)status);
	header[6] = htonl((uint32_t)size);
	send_all(fake, header, sizeof(header));
}

static void answer(struct fake *fake, const struct pending *it)
{
	reply(fake, RET_SUBMIT, it->seq, it->status, it->size);
	if (it->data != NULL)
		send_all(fake, it->data, it->size);
}

static void show(struct fake *fake)
{
	if (fake->shown + 1 == fake->faces.n)
		return;
	fake->shown++;
	fake->shown_ms = now_ms();
	fake->reads = 0;
	if (fake->faces.items[fake->shown].reconnect_ms < 0)
		return;
	detach(fake);
	usleep((useconds_t)fake->faces.items[fake->shown].reconnect_ms * 1000);
	attach(fake);
}

static bool is_due(const struct fake *fake, enum trigger trigger, int count)
{
	const struct face *next = &fake->faces.items[fake->shown + 1];

	return fake->shown + 1 < fake->faces.n && next->trigger == trigger && next->count <= count;
}

static struct blob find_descriptor(const struct face *face, unsigned type, unsigned index)
{
	const struct blob none = { 0 };

	switch (type) {
	case 1:
		return face->device;
	case 2:
		return index < face->n_configs ? face->configs[index] : none;
	case 3:
		return index < STRINGS_MAX ? face->strings[index] : none;
	case 15:
		return face->bos;
	default:
		return none;
	}
}

/* What @setup is answered with, and in how many ms.  False: with a stall. */
static bool look_up(const struct face *face, const uint8_t setup[8], struct blob *ret,
		    int *ret_delay_ms)
{
	const int value = setup[2] | setup[3] << 8;
	bool in = (setup[0] & 0x80) != 0, known = !in;

	*ret = (struct blob){ 0 };
	if (setup[0] == 0x80 && setup[1] == 6) {
		*ret = find_descriptor(face, setup[3], setup[2]);
		known = ret->size > 0;
	} else if (in && (setup[0] & 0x60) == 0 && setup[1] == 0) {
		static uint8_t status[2];

		*ret = (struct blob){ status, 2 };
		known = true;
	}
	for (size_t i = 0; i < face->n_rules; i++) {
		const struct rule *rule = &face->rules[i];

		if (rule->type != setup[0] || rule->request != setup[1] ||
		    (rule->value >= 0 && rule->value != value))
			continue;
		if (rule->answers)
			*ret = rule->data, known = true;
		known = known && !rule->stalls;
		*ret_delay_ms += rule->delay_ms;
	}
	return known;
}

static void later(struct fake *fake, struct pending it)
{
	if (fake->n_pending == PENDING_MAX) {
		free(it.data);
		return;
	}
	fake->pending[fake->n_pending++] = it;
}

static void on_control(struct fake *fake, uint32_t seq, const uint8_t setup[8])
{
	const struct face *face = &fake->faces.items[fake->shown];
	const size_t wanted = (size_t)(setup[6] | setup[7] << 8);
	struct pending it = { .seq = seq };
	struct blob data;
	int delay_ms = 0;

	it.status = look_up(face, setup, &data, &delay_ms) ? 0 : -EPIPE;
	if (it.status == 0 && data.size > 0) {
		it.size = data.size < wanted ? data.size : wanted;
		it.data = malloc(it.size + 1);
		memcpy(it.data, data.bytes, it.size);
	} else if (it.status == 0 && (setup[0] & 0x80) == 0) {
		it.size = wanted;
	}
	if (delay_ms > 0) {
		it.due_ms = now_ms() + (uint64_t)delay_ms;
		later(fake, it);
	} else {
		answer(fake, &it);
		free(it.data);
	}
	if (setup[0] == 0x80 && setup[1] == 6 && setup[3] == 2 && wanted > 9) {
		fake->reads++;
		fake->read_ms = now_ms();
		if (is_due(fake, ON_READS, fake->reads))
			show(fake);
	} else if (setup[0] == 0 && setup[1] == 9) {
		printf("configured %d\n", setup[2]);
		if (is_due(fake, ON_CONFIGURED, 0))
			show(fake);
	}
}

/* The SCSI device sends something: true if it had anything. */
static bool send_scsi(struct fake *fake, uint32_t seq, size_t room)
{
	size_t size;
	const uint8_t *bytes = scsi_give(&fake->scsi, &size);

	if (bytes == NULL)
		return false;
	size = size < room ? size : room;
	reply(fake, RET_SUBMIT, seq, 0, size);
	send_all(fake, bytes, size);
	return true;
}

/* Data to an endpoint is swallowed; data from one never comes, but for a SCSI device's. */
static bool on_submit(struct fake *fake, const uint32_t *header)
{
	static uint8_t data[DATA_MAX];
	const uint32_t seq = ntohl(header[1]), size = ntohl(header[6]);
	const bool in = ntohl(header[3]) != 0;

	if (size > sizeof(data) || (!in && !receive_all(fake, data, size)))
		return false;
	if (ntohl(header[4]) == 0)
		on_control(fake, seq, (const uint8_t *)&header[10]);
	else if (in && fake->scsi.is_there && send_scsi(fake, seq, size))
		return true;
	else if (in)
		later(fake, (struct pending){ .seq = seq });
	else
		answer(fake, &(struct pending){ .seq = seq, .size = size });
	if (!in && ntohl(header[4]) != 0 && fake->scsi.is_there)
		scsi_take(&fake->scsi, data, size);
	return true;
}

static void on_unlink(struct fake *fake, const uint32_t *header)
{
	const uint32_t wanted = ntohl(header[5]);
	int status = 0;

	for (size_t i = 0; i < fake->n_pending; i++) {
		if (fake->pending[i].seq != wanted)
			continue;
		free(fake->pending[i].data);
		fake->pending[i] = fake->pending[--fake->n_pending];
		status = -ECONNRESET;
		break;
	}
	reply(fake, RET_UNLINK, ntohl(header[1]), status, 0);
}

static bool on_message(struct fake *fake)
{
	uint32_t header[HEADER_SIZE / 4];

	if (!receive_all(fake, header, sizeof(header)))
		return false;
	if (ntohl(header[0]) == CMD_SUBMIT)
		return on_submit(fake, header);
	if (ntohl(header[0]) == CMD_UNLINK)
		on_unlink(fake, header);
	return true;
}

/* What is due by the clock; how long until something is, in ms. */
static int on_time(struct fake *fake)
{
	const uint64_t now = now_ms();
	uint64_t next = now + 50;

	for (size_t i = fake->n_pending; i > 0; i--) {
		struct pending it = fake->pending[i - 1];

		if (it.due_ms == 0)
			continue;
		if (it.due_ms > now) {
			next = it.due_ms < next ? it.due_ms : next;
			continue;
		}
		fake->pending[i - 1] = fake->pending[--fake->n_pending];
		answer(fake, &it);
		free(it.data);
	}
	if (is_due(fake, ON_TIME, (int)(now - fake->shown_ms)))
		show(fake);
	return (int)(next - now);
}

/* One more stay, as the next of many devices. */
static void come_back(struct fake *fake)
{
	struct face *face = &fake->faces.items[0];
	const char *count = face->serial == NULL ? NULL : strchr(face->serial, '%');
	char serial[128];

	detach(fake);
	if (count != NULL) {
		snprintf(serial, sizeof(serial), "%.*s%d%s", (int)(count - face->serial),
			 face->serial, fake->stays, count + 1);
		free(face->strings[3].bytes);
		face->strings[3] = string_of(serial);
	}
	attach(fake);
}

static bool has_stayed(const struct fake *fake)
{
	return fake->flap_ms > 0 && fake->read_ms > 0 &&
	       now_ms() >= fake->read_ms + (uint64_t)fake->flap_ms;
}

int main(int argc, char **argv)
{
	struct sigaction usr1 = { .sa_handler = on_usr1 };
	static struct fake fake = { .port = -1, .speed = 3 };

	if (argc < 2) {
		fprintf(stderr, "usage: fakeusb KEY=VALUE...\n");
		return 2;
	}
	parse(&fake, argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGUSR1, &usr1, NULL);
	attach(&fake);
	fake.shown_ms = now_ms();
	printf("ready %d\n", fake.port);
	for (;;) {
		struct pollfd poll_fd = { fake.socket, POLLIN, 0 };
		int n = poll(&poll_fd, 1, on_time(&fake));

		if (next_face) {
			next_face = 0;
			show(&fake);
			continue;
		}
		if (has_stayed(&fake))
			come_back(&fake);
		else if (n > 0 && poll_fd.revents != 0 && !on_message(&fake)) {
			detach(&fake);
			return 0; /* the kernel has pulled it out */
		}
	}
}
