#include "suggest.h"

#include <string.h>

enum { WORD_MAX = 64 }; /* nothing is suggested for a longer one, nor is one suggested */

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance; both words at most WORD_MAX long. */
static unsigned distance(const char *a, const char *b)
{
	const size_t m = strlen(a), n = strlen(b);
	unsigned d[WORD_MAX + 1][WORD_MAX + 1];

	for (size_t i = 0; i <= m; i++)
		d[i][0] = (unsigned)i;
	for (size_t j = 0; j <= n; j++)
		d[0][j] = (unsigned)j;
	for (size_t i = 1; i <= m; i++) {
		for (size_t j = 1; j <= n; j++) {
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
					d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[m][n];
}

const char *suggest(const char *word, const char *const *words, size_t n)
{
	const char *nearest = NULL;
	unsigned shortest = 3; /* further is no slip of the fingers */

	if (strlen(word) > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		unsigned d;

		if (strlen(words[i]) > WORD_MAX)
			continue;
		d = distance(word, words[i]);
		if (d < shortest && d < strlen(words[i])) {
			shortest = d;
			nearest = words[i];
		}
	}
	return nearest;
}
