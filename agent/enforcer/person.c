#include "person.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-login.h>

#include "agent/common/cleanup.h"

static void look_up(struct person *cache, uid_t uid)
{
	struct passwd entry, *found = NULL;
	char buffer[4096];

	*cache = (struct person){ .known = true, .uid = uid };
	if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) != 0 || found == NULL)
		return;
	if (strlen(found->pw_name) < sizeof(cache->name))
		strcpy(cache->name, found->pw_name);
}

void person_at_seat(struct person *cache, char ret[static PERSON_SIZE])
{
	_cleanup_free_ char *session = NULL, *class = NULL;
	uid_t uid;

	ret[0] = '\0';
	if (sd_seat_get_active("seat0", &session, &uid) < 0)
		return;
	if (sd_session_get_class(session, &class) < 0 || strcmp(class, "user") != 0)
		return;
	if (!cache->known || cache->uid != uid)
		look_up(cache, uid);
	strcpy(ret, cache->name);
}
