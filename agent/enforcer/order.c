#include "order.h"

#include "bus_kind.h"

int order_carry_out(int sysfs_fd, const struct order *order, char why[static ORDER_WHY_SIZE])
{
	const struct bus_kind *kind = bus_kind(order->dev.device.bus);

	why[0] = '\0';
	switch (order->kind) {
	case ORDER_CLOSE:
		return kind->close(sysfs_fd, &order->dev);
	case ORDER_BESIDE_KEPT:
		return kind->open_beside_kept(sysfs_fd, &order->dev, why);
	case ORDER_OPEN:
	default:
		return kind->open(sysfs_fd, &order->dev, why);
	}
}
