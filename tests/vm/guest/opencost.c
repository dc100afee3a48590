/* opencost - what an open(2) and close(2) of a node cost, in nanoseconds: the median of rounds.
 *
 *   opencost NODE [OPENS-A-ROUND [ROUNDS]] */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ROUNDS = 1001 };

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static int64_t rounds[MAX_ROUNDS];
	int opens = argc > 2 ? atoi(argv[2]) : 2000, n = argc > 3 ? atoi(argv[3]) : 51;

	if (argc < 2 || opens < 1 || n < 1 || n > MAX_ROUNDS) {
		fputs("usage: opencost NODE [OPENS-A-ROUND [ROUNDS]]\n", stderr);
		return 2;
	}
	for (int i = 0; i < n; i++) {
		int64_t start = now_ns();

		for (int j = 0; j < opens; j++) {
			int fd = open(argv[1], O_RDONLY);

			if (fd < 0) {
				perror(argv[1]);
				return 1;
			}
			close(fd);
		}
		rounds[i] = (now_ns() - start) / opens;
	}
	qsort(rounds, (size_t)n, sizeof(rounds[0]), compare);
	printf("%lld\n", (long long)rounds[n / 2]);
	return 0;
}
