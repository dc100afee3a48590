#include "removal.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/common/control_client.h"
#include "enforcer.h"
#include "record.h"

#define PLAIN	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
#define NOBODY	    "-"
#define NOT_SET	    UINT32_MAX /* proc(5), loginuid */
#define TIMEOUT_MS  5000
#define SOCKET_SIZE 512

static uint32_t login_uid(void)
{
	FILE *file = fopen("/proc/self/loginuid", "re");
	unsigned uid = NOT_SET;

	if (file == NULL)
		return NOT_SET; /* a kernel without audit */
	if (fscanf(file, "%u", &uid) != 1)
		uid = NOT_SET;
	fclose(file);
	return uid;
}

void removal_person(char ret[static REMOVAL_NAME_SIZE])
{
	const uint32_t uid = login_uid();
	const struct passwd *user = uid == NOT_SET ? NULL : getpwuid(uid);
	const char *name = user == NULL ? "" : user->pw_name;
	const size_t size = strlen(name);

	if (uid == NOT_SET)
		strcpy(ret, NOBODY);
	else if (size > 0 && size < REMOVAL_NAME_SIZE && strspn(name, PLAIN) == size)
		strcpy(ret, name);
	else
		snprintf(ret, REMOVAL_NAME_SIZE, "%u", uid);
}

int removal_tell(const char *run_dir)
{
	_cleanup_json_ json_t *packets = NULL;
	_cleanup_close_ int fd = -1;
	char path[SOCKET_SIZE], person[REMOVAL_NAME_SIZE], request[REMOVAL_NAME_SIZE + 16];
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s/control.sock", run_dir) >= sizeof(path))
		return -ENAMETOOLONG;
	removal_person(person);
	snprintf(request, sizeof(request), "removing %s", person);
	r = control_connect(path, TIMEOUT_MS, &fd);
	if (r >= 0)
		r = control_call(fd, request, NULL, 0, &packets);
	if (r >= 0 && !json_is_true(json_object_get(json_array_get(packets, 0), "recorded")))
		r = -EPERM;
	return r;
}

int removal_on_request(void *userdata, const struct control_request *request)
{
	struct enforcer *enforcer = userdata;
	const char *person = request->arguments[0];

	if (strlen(person) >= REMOVAL_NAME_SIZE || strspn(person, PLAIN) != strlen(person))
		return -EBADMSG;
	recorder_note(&enforcer->recorder, "agent.removed",
		      json_pack("{s:o}", "person",
				strcmp(person, NOBODY) == 0 ? json_null() : record_text(person)));
	control_reply(request->peer, json_pack("{s:b}", "recorded", enforcer->recorder.writable));
	control_end(request->peer);
	return 0;
}
