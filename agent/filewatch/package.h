/* package - which snap or Flatpak a program runs in, by the name of its control group.  Pure. */
#pragma once

#include <stddef.h>

enum { PACKAGE_SIZE = 128 };

/* @group: the last name of the control group's path.  systemd's applications are in
 * "app[-LAUNCHER]-ID[-RANDOM].scope" (systemd.io/DESKTOP_ENVIRONMENTS), of which Flatpak is the
 * launcher "flatpak" with "-" in an ID written "\x2d"; snapd's in "snap.NAME.APP-UUID.scope" and
 * before 2.57 "snap.NAME.APP.UUID.scope" (snapd, sandbox/cgroup).
 * Gives "flatpak:ID", "snap:NAME" or "" if it is in neither, or too long. */
void package_of_group(const char *group, char ret[static PACKAGE_SIZE]);
