/* site - is this machine on the organisation's premises?  It is when an interface that is up has an
 * address in one of the networks that the policy names. */
#pragma once

#include <ifaddrs.h>
#include <stdbool.h>
#include <stddef.h>

#include <systemd/sd-event.h>

#include "policy/circumstances.h"
#include "policy/network.h"

/* Is one of @addresses (getifaddrs(3)), of an interface that is up, in one of @n @networks? */
bool site_among(const struct ifaddrs *addresses, const struct network *networks, size_t n);

/* The same for this machine now.  UNKNOWN if there are no networks, or no addresses to be had. */
enum site site_look(const struct network *networks, size_t n);

/* Called when addresses or links have changed. */
typedef void site_handler(void *userdata);

struct site_watch {
	site_handler *handler;
	void *userdata;
	int fd; /* -1: nobody watches */
	sd_event_source *source;
};

void site_watch_init(struct site_watch *watch, site_handler *handler, void *userdata);

/* Begin; again is no news.  Returns 0; what socket(2), bind(2) and sd-event give. */
int site_watch_start(struct site_watch *watch, sd_event *loop) __attribute__((warn_unused_result));
void site_watch_stop(struct site_watch *watch);
