#include "verdict_json.h"

json_t *modifiers_to_json(modifier_set modifiers)
{
	json_t *words = json_array();

	for (unsigned bit = 1; bit < _MODIFIER_ALL; bit <<= 1)
		if ((modifiers & bit) &&
		    json_array_append_new(words,
					  json_string(modifier_to_text((enum modifier)bit))) < 0) {
			json_decref(words);
			return NULL;
		}
	return words;
}
