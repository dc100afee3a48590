#include "network.h"

#include <errno.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Read a decimal number without leading zeros, no more than @max.  Returns where it ends, or NULL.
 */
static const char *read_number(const char *text, unsigned max, uint8_t *ret)
{
	unsigned value = 0;

	if (!is_digit(text[0]) || (text[0] == '0' && is_digit(text[1])))
		return NULL;
	for (; is_digit(*text); text++) {
		value = value * 10 + (unsigned)(*text - '0');
		if (value > max)
			return NULL;
	}
	*ret = (uint8_t)value;
	return text;
}

static const char *read_ipv4(const char *text, uint8_t ret[static NETWORK_IPV4_SIZE])
{
	for (int i = 0; i < NETWORK_IPV4_SIZE; i++) {
		if (i > 0 && *text++ != '.')
			return NULL;
		text = read_number(text, UINT8_MAX, &ret[i]);
		if (text == NULL)
			return NULL;
	}
	return text;
}

/* One to four hexadecimal digits. */
static const char *read_group(const char *text, uint8_t ret[static 2])
{
	static const char digits[] = "0123456789abcdef";
	unsigned value = 0;
	int n = 0;

	for (; *text != '\0'; text++, n++) {
		const char c = *text >= 'A' && *text <= 'F' ? (char)(*text - 'A' + 'a') : *text;
		const char *digit = strchr(digits, c);

		if (digit == NULL)
			break;
		if (n == 4)
			return NULL;
		value = value * 16 + (unsigned)(digit - digits);
	}
	ret[0] = (uint8_t)(value >> 8);
	ret[1] = (uint8_t)value;
	return n == 0 ? NULL : text;
}

/* Groups up to the slash; "::" once for any run of zeros. */
static const char *read_ipv6(const char *text, uint8_t ret[static NETWORK_IPV6_SIZE])
{
	size_t n = 0, gap = NETWORK_IPV6_SIZE + 1;

	memset(ret, 0, NETWORK_IPV6_SIZE);
	while (*text != '/') {
		if (text[0] == ':' && text[1] == ':') {
			if (gap <= n)
				return NULL;
			gap = n;
			text += 2;
			continue;
		}
		if (n > 0 && gap != n && *text++ != ':')
			return NULL;
		if (n == NETWORK_IPV6_SIZE)
			return NULL;
		text = read_group(text, ret + n);
		if (text == NULL)
			return NULL;
		n += 2;
	}
	if (gap > n)
		return n == NETWORK_IPV6_SIZE ? text : NULL;
	if (n == NETWORK_IPV6_SIZE)
		return NULL;
	memmove(ret + NETWORK_IPV6_SIZE - (n - gap), ret + gap, n - gap);
	memset(ret + gap, 0, NETWORK_IPV6_SIZE - n);
	return text;
}

static uint8_t mask_of(const struct network *network, size_t byte)
{
	const unsigned from = (unsigned)byte * 8;

	if (network->bits >= from + 8)
		return 0xff;
	return network->bits <= from ? 0 : (uint8_t)(0xff00U >> (network->bits - from));
}

int network_parse(const char *text, struct network *ret)
{
	struct network network = { .size = strchr(text, ':') == NULL ? NETWORK_IPV4_SIZE
								     : NETWORK_IPV6_SIZE };
	const char *end;

	if (strchr(text, '/') == NULL)
		return -EINVAL;
	end = network.size == NETWORK_IPV4_SIZE ? read_ipv4(text, network.address)
						: read_ipv6(text, network.address);
	if (end == NULL || *end != '/')
		return -EINVAL;
	end = read_number(end + 1, network.size * 8U, &network.bits);
	if (end == NULL || *end != '\0')
		return -EINVAL;
	for (size_t i = 0; i < network.size; i++)
		if (network.address[i] & ~mask_of(&network, i))
			return -EINVAL;
	*ret = network;
	return 0;
}

bool network_contains(const struct network *network, const uint8_t *address, size_t size)
{
	if (size != network->size)
		return false;
	for (size_t i = 0; i < size; i++)
		if ((address[i] ^ network->address[i]) & mask_of(network, i))
			return false;
	return true;
}
