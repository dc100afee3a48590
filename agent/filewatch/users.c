#include "users.h"

#include <pwd.h>
#include <string.h>

enum { BUFFER_SIZE = 4096 };

/* Put the item @i at the front. */
static const char *to_front(struct users *users, size_t i)
{
	const typeof(users->items[0]) item = users->items[i];

	memmove(&users->items[1], &users->items[0], i * sizeof(item));
	users->items[0] = item;
	return users->items[0].name;
}

const char *users_name(struct users *users, uint32_t uid)
{
	struct passwd entry, *found = NULL;
	char buffer[BUFFER_SIZE];
	size_t at;

	for (size_t i = 0; i < users->n; i++) {
		if (users->items[i].uid == uid)
			return to_front(users, i);
	}
	at = users->n < USERS_MAX ? users->n++ : USERS_MAX - 1;
	users->items[at].uid = uid;
	users->items[at].name[0] = '\0';
	if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found != NULL &&
	    strlen(found->pw_name) < TRAIL_USER_SIZE)
		strcpy(users->items[at].name, found->pw_name);
	return to_front(users, at);
}
