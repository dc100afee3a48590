/* offer - hand an envelope and its sections to the enforcer over the control socket, and hear what
 * it says.  An offer is all that the reporter can make: the enforcer verifies and decides. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-event.h>

struct offer;

struct offer_result {
	int error; /* 0; -errno if the enforcer could not be asked or did not answer */
	bool applied;
	uint64_t version; /* of what is now in force, if applied */
	char refused[32]; /* why not, a stable word ("expired") */
	char text[256];	  /* the same for people */
};

/* Called once; the offer is gone when it returns. */
typedef void (*offer_on_done)(const struct offer_result *result, void *userdata);

/* Offer @n_fds descriptors (borrowed for this call): the envelope, then the sections in the
 * manifest's order.  @role: "policy", "revocations", or "grants" or
 * "facts", which have no sections.  Gives *@ret, borrowed until on_done.
 * Returns 0; -ENOMEM; what control_connect() and control_send() give: then on_done is not called.
 */
int offer_start(struct offer **ret, sd_event *event, const char *socket_path, const char *role,
		const int *fds, size_t n_fds, offer_on_done on_done, void *userdata)
	__attribute__((warn_unused_result));

/* Give up waiting; the enforcer may apply it all the same.  NULL is accepted.  Returns NULL. */
struct offer *offer_cancel(struct offer *offer);
