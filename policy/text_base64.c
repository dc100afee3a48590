/* Base64, apart from text.c, whose users need no libsodium. */
#include "text.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

int text_unbase64(const char *text, uint8_t *ret, size_t room, size_t *ret_size)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789+/=";
	const size_t length = strlen(text);
	size_t size;

	/* libsodium 1.0.18 takes bytes above 0x7f for characters of the alphabet. */
	if (strspn(text, alphabet) != length ||
	    sodium_base642bin(ret, room, text, length, NULL, &size, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0)
		return -EINVAL;
	*ret_size = size;
	return 0;
}
