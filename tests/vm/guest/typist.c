/* typist - type on a keyboard that is made of software, and see what of it arrives.
 *
 *   typist evenly HIDG MS N     letters, one each MS milliseconds
 *   typist person HIDG N        letters, as a person types them
 *   typist text HIDG TEXT       figures, and then Enter, as a person
 *   typist count NODE           how many keys are pressed at an evdev node until it goes
 *
 * HIDG is the gadget's end, /dev/hidg0: reports of 8 bytes, as a boot keyboard's (HID 1.11,
 * appendix B.1).  Ends with 3 when the host does not take them any more. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/input.h>

enum { KEY_LETTER_A = 0x04, KEY_FIGURE_1 = 0x1e, KEY_FIGURE_0 = 0x27, KEY_RETURN = 0x28 };
enum { EXIT_CUT = 3, WAIT_MS = 2000 };

static struct timespec due;

static void wait_ms(unsigned ms)
{
	due.tv_nsec += (long)(ms % 1000) * 1000000;
	due.tv_sec += ms / 1000 + due.tv_nsec / 1000000000;
	due.tv_nsec %= 1000000000;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
		;
}

static void report(int fd, uint8_t key)
{
	const uint8_t bytes[8] = { 0, 0, key };
	struct pollfd ready = { .fd = fd, .events = POLLOUT };

	while (write(fd, bytes, sizeof(bytes)) != sizeof(bytes)) {
		if (errno != EAGAIN || poll(&ready, 1, WAIT_MS) <= 0) {
			puts("cut");
			exit(EXIT_CUT);
		}
	}
}

static void press(int fd, uint8_t key, unsigned after_ms)
{
	wait_ms(after_ms);
	report(fd, key);
	report(fd, 0);
}

/* From 90 to 330 ms, now this and now that. */
static unsigned human_ms(unsigned i)
{
	static const unsigned ms[] = { 210, 130, 330, 90, 170, 260, 120, 150, 290, 110, 230 };

	return ms[i * 7 % 11] + i % 13;
}

static int count(const char *node)
{
	int fd = open(node, O_RDONLY | O_CLOEXEC);
	struct input_event event;
	unsigned n = 0;

	if (fd < 0) {
		perror(node);
		return EXIT_FAILURE;
	}
	while (read(fd, &event, sizeof(event)) == sizeof(event))
		n += event.type == EV_KEY && event.value == 1;
	printf("%u\n", n);
	return EXIT_SUCCESS;
}

static void type_text(int fd, const char *text)
{
	for (unsigned i = 0; text[i] != '\0'; i++)
		press(fd, text[i] == '0' ? KEY_FIGURE_0 : (uint8_t)(KEY_FIGURE_1 + text[i] - '1'),
		      human_ms(i));
	press(fd, KEY_RETURN, 200);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc == 3 && strcmp(argv[1], "count") == 0)
		return count(argv[2]);
	if (argc < 4)
		return 2;
	fd = open(argv[2], O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		perror(argv[2]);
		return EXIT_FAILURE;
	}
	clock_gettime(CLOCK_MONOTONIC, &due);
	if (strcmp(argv[1], "text") == 0)
		type_text(fd, argv[3]);
	for (int i = 0; strcmp(argv[1], "person") == 0 && i < atoi(argv[3]); i++)
		press(fd, (uint8_t)(KEY_LETTER_A + i % 9), human_ms((unsigned)i));
	for (int i = 0; argc == 5 && i < atoi(argv[4]); i++)
		press(fd, (uint8_t)(KEY_LETTER_A + i % 9), (unsigned)atoi(argv[3]));
	return EXIT_SUCCESS;
}
