/* rawusb - what usbfs lets this process do with a device past its drivers.
 *
 *   rawusb NODE        /dev/bus/usb/BBB/DDD
 *
 * Prints "read R, write W, control C": R and W say whether the node could be opened for it, C
 * whether the device answered a request for its device descriptor: "yes", or the error's name. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/usbdevice_fs.h>

/* GET_DESCRIPTOR of the device descriptor (USB 2.0, 9.4.3). */
static int ask(int fd)
{
	uint8_t descriptor[18];
	struct usbdevfs_ctrltransfer transfer = { .bRequestType = 0x80,
						  .bRequest = 6,
						  .wValue = 0x0100,
						  .wLength = sizeof(descriptor),
						  .timeout = 1000,
						  .data = descriptor };

	return ioctl(fd, USBDEVFS_CONTROL, &transfer) == sizeof(descriptor) ? 0 : errno;
}

static const char *name(int error)
{
	return error == 0 ? "yes" : strerrorname_np(error);
}

int main(int argc, char **argv)
{
	int reading, writing, control = EBADF, fd;

	if (argc != 2) {
		fputs("usage: rawusb /dev/bus/usb/BBB/DDD\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_RDONLY);
	reading = fd < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	fd = open(argv[1], O_RDWR);
	writing = fd < 0 ? errno : 0;
	if (fd >= 0)
		control = ask(fd);
	printf("read %s, write %s, control %s\n", name(reading), name(writing), name(control));
	return 0;
}
