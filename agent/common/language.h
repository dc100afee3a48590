/* language - which language the person who reads wants: the catalogue "devgate", and the texts that
 * records have in both languages. */
#pragma once

#include <stdbool.h>

/* Set the locale from the environment, and UTF-8 where it names no other character set. */
void language_start(void);

/* True if the environment asks for Traditional Chinese as used in Taiwan. */
bool language_is_chinese(void);
