/* phones - which interfaces of the maker's own class belong to a phone, a media player, a camera or
 * a handheld, told by udev's hardware database.
 * Such a device speaks MTP or PTP under class ff, so that its descriptors do not say what it is.
 * The database holds what libmtp, libgphoto2 and systemd know, if they are installed
 * (69-libmtp.hwdb, 20-libgphoto2-6.hwdb, 70-pda.hwdb), and knows devices by vendor and product. */
#pragma once

#include "policy/device.h"

/* Make the vendor interfaces of @device phones, if the database knows it as one.  Without a
 * database they stay as they are. */
void phones_mark(struct device *device);
