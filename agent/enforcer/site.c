#include "site.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

static bool is_in(const struct sockaddr *address, const struct network *network)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)address;

		return network_contains(network, (const uint8_t *)&in->sin_addr, NETWORK_IPV4_SIZE);
	}
	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in = (const void *)address;

		return network_contains(network, in->sin6_addr.s6_addr, NETWORK_IPV6_SIZE);
	}
	return false;
}

bool site_among(const struct ifaddrs *addresses, const struct network *networks, size_t n)
{
	for (; addresses != NULL; addresses = addresses->ifa_next) {
		if (addresses->ifa_addr == NULL || (addresses->ifa_flags & IFF_UP) == 0)
			continue;
		for (size_t i = 0; i < n; i++) {
			if (is_in(addresses->ifa_addr, &networks[i]))
				return true;
		}
	}
	return false;
}

enum site site_look(const struct network *networks, size_t n)
{
	struct ifaddrs *addresses;
	bool on;

	if (n == 0 || getifaddrs(&addresses) < 0)
		return SITE_UNKNOWN;
	on = site_among(addresses, networks, n);
	freeifaddrs(addresses);
	return on ? SITE_ON : SITE_OFF;
}

void site_watch_init(struct site_watch *watch, site_handler *handler, void *userdata)
{
	*watch = (struct site_watch){ .handler = handler, .userdata = userdata, .fd = -1 };
}

/* What the messages say is not read: they may have been dropped (ENOBUFS), so it is looked at anew
 * each time. */
static int on_message(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct site_watch *watch = userdata;
	char message[8192];

	(void)source;
	(void)events;
	while (recv(fd, message, sizeof(message), MSG_DONTWAIT) >= 0 || errno == ENOBUFS)
		;
	watch->handler(watch->userdata);
	return 0;
}

int site_watch_start(struct site_watch *watch, sd_event *loop)
{
	const struct sockaddr_nl groups = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
	};
	int r = 0;

	if (watch->fd >= 0)
		return 0;
	watch->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (watch->fd < 0)
		return -errno;
	if (bind(watch->fd, (const struct sockaddr *)&groups, sizeof(groups)) < 0)
		r = -errno;
	if (r >= 0)
		r = sd_event_add_io(loop, &watch->source, watch->fd, EPOLLIN, on_message, watch);
	if (r < 0)
		site_watch_stop(watch);
	return r;
}

void site_watch_stop(struct site_watch *watch)
{
	watch->source = sd_event_source_disable_unref(watch->source);
	if (watch->fd >= 0)
		close(watch->fd);
	watch->fd = -1;
}
