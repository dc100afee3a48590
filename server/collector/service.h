/* service - what the service manager is told: sd_notify(3) without libsystemd. */
#pragma once

/* Send @message ("READY=1"), one datagram, to the socket that the service manager named; nothing if
 * it named none. */
void service_notify(const char *message);
