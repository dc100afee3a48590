/* functionfs - one interface of any class, for the gadget command: what speaks for a function that
 * the kernel has no driver for (a phone's MTP, ADB, Apple, DFU, Bluetooth, a smartcard reader).
 *
 *   functionfs DIRECTORY CLASS SUBCLASS PROTOCOL [TEXT]
 *
 * DIRECTORY is where functionfs is mounted; numbers are hexadecimal; TEXT is the interface's name.
 * The interface has two bulk endpoints and one interrupt endpoint.  When the descriptors are
 * written it goes on in the background and prints its process id: it takes what is sent to the
 * control endpoint and answers nothing else, until it is killed, which is before the mount can go.
 * Format: linux/usb/functionfs.h, version 2. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/usb/functionfs.h>

enum { N_DESCRIPTORS = 4, TEXT_MAX = 60 };

struct one_speed {
	struct usb_interface_descriptor interface;
	struct usb_endpoint_descriptor_no_audio in, out, event;
} __attribute__((packed));

struct descriptors {
	struct usb_functionfs_descs_head_v2 head;
	uint32_t n_full, n_high;
	struct one_speed full, high;
} __attribute__((packed));

static void die(const char *what)
{
	fprintf(stderr, "functionfs: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct usb_endpoint_descriptor_no_audio endpoint(uint8_t address, uint8_t kind,
							uint16_t size)
{
	return (struct usb_endpoint_descriptor_no_audio){ .bLength = USB_DT_ENDPOINT_SIZE,
							  .bDescriptorType = USB_DT_ENDPOINT,
							  .bEndpointAddress = address,
							  .bmAttributes = kind,
							  .wMaxPacketSize = htole16(size),
							  .bInterval = 10 };
}

static struct one_speed at_speed(const uint8_t triple[static 3], uint16_t bulk_size, int has_text)
{
	return (struct one_speed){
		.interface = { .bLength = USB_DT_INTERFACE_SIZE,
			       .bDescriptorType = USB_DT_INTERFACE,
			       .bNumEndpoints = 3,
			       .bInterfaceClass = triple[0],
			       .bInterfaceSubClass = triple[1],
			       .bInterfaceProtocol = triple[2],
			       .iInterface = (uint8_t)has_text },
		.in = endpoint(1 | USB_DIR_IN, USB_ENDPOINT_XFER_BULK, bulk_size),
		.out = endpoint(2, USB_ENDPOINT_XFER_BULK, bulk_size),
		.event = endpoint(3 | USB_DIR_IN, USB_ENDPOINT_XFER_INT, 28),
	};
}

static void write_descriptors(int fd, const uint8_t triple[static 3], int has_text)
{
	const struct descriptors descriptors = {
		.head = { .magic = htole32(FUNCTIONFS_DESCRIPTORS_MAGIC_V2),
			  .length = htole32(sizeof(descriptors)),
			  .flags = htole32(FUNCTIONFS_HAS_FS_DESC | FUNCTIONFS_HAS_HS_DESC |
					   FUNCTIONFS_ALL_CTRL_RECIP) },
		.n_full = htole32(N_DESCRIPTORS),
		.n_high = htole32(N_DESCRIPTORS),
		.full = at_speed(triple, 64, has_text),
		.high = at_speed(triple, 512, has_text),
	};

	if (write(fd, &descriptors, sizeof(descriptors)) != sizeof(descriptors))
		die("descriptors");
}

static void write_text(int fd, const char *text)
{
	struct {
		struct usb_functionfs_strings_head head;
		uint16_t language;
		char text[TEXT_MAX + 1];
	} __attribute__((packed)) strings = { .head.magic = htole32(FUNCTIONFS_STRINGS_MAGIC) };
	size_t size = sizeof(strings.head);

	if (text != NULL) {
		strings.head.str_count = strings.head.lang_count = htole32(1);
		strings.language = htole16(0x0409);
		snprintf(strings.text, sizeof(strings.text), "%s", text);
		size += sizeof(strings.language) + strlen(strings.text) + 1;
	}
	strings.head.length = htole32((uint32_t)size);
	if (write(fd, &strings, size) != (ssize_t)size)
		die("strings");
}

/* Requests from the host: data to us is read and dropped, data from us is refused. */
static void serve(int fd)
{
	struct usb_functionfs_event events[8];
	uint8_t data[4096];
	ssize_t n;

	while ((n = read(fd, events, sizeof(events))) > 0 || errno == EINTR) {
		for (ssize_t i = 0; i < n / (ssize_t)sizeof(events[0]); i++) {
			const struct usb_ctrlrequest *setup = &events[i].u.setup;

			if (events[i].type != FUNCTIONFS_SETUP)
				continue;
			/* reading where the host wants data, and the reverse, is a stall */
			if (setup->bRequestType & USB_DIR_IN)
				(void)!read(fd, data, 0);
			else
				(void)!read(fd, data, sizeof(data));
		}
	}
}

int main(int argc, char **argv)
{
	uint8_t triple[3];
	char path[256];
	pid_t child;
	int fd;

	if (argc < 5 || argc > 6) {
		fputs("usage: functionfs DIRECTORY CLASS SUBCLASS PROTOCOL [TEXT]\n", stderr);
		return 2;
	}
	for (int i = 0; i < 3; i++)
		triple[i] = (uint8_t)strtoul(argv[2 + i], NULL, 16);
	snprintf(path, sizeof(path), "%s/ep0", argv[1]);
	fd = open(path, O_RDWR);
	if (fd < 0)
		die(path);
	write_descriptors(fd, triple, argc > 5);
	write_text(fd, argc > 5 ? argv[5] : NULL);
	child = fork();
	if (child < 0)
		die("fork");
	if (child > 0) {
		printf("%d\n", child);
		return 0;
	}
	/* whoever reads the process id waits for the end of the output */
	if (setsid() < 0 || freopen("/dev/null", "w", stdout) == NULL ||
	    freopen("/dev/null", "w", stderr) == NULL)
		_exit(1);
	serve(fd);
	return 0;
}
