#include "notices.h"

#include <systemd/sd-login.h>

#include "record.h"

/* @extra is taken; NULL for nothing. */
static void tell(struct enforcer *enforcer, const char *notice, const struct usbdev *dev,
		 const struct decision *decision, json_t *extra)
{
	json_t *object = NULL;
	uid_t user;

	if (sd_seat_get_active("seat0", NULL, &user) >= 0)
		object = json_pack("{s:s, s:s, s:o, s:s, s:b, s:{s:s, s:s}}", "notice", notice,
				   "instance", dev->instance, "device", record_device(dev),
				   "verdict", verdict_to_text(decision->verdict), "partial",
				   decision->partial, "reason", "en", decision->reason_en, "zh-TW",
				   decision->reason_zh);
	if (object != NULL && extra != NULL)
		json_object_update(object, extra);
	json_decref(extra);
	if (object != NULL)
		control_publish(&enforcer->control, user, object);
}

/* Not a word of hubs, nor of what just works. */
static bool is_wanted(const struct usbdev *dev, const struct decision *next)
{
	if (next->audit_only)
		return false;
	if (next->modifiers & MODIFIER_NOTIFY)
		return true;
	if (next->verdict == VERDICT_CHARGE_ONLY)
		return true;
	return (next->verdict == VERDICT_DENY || next->partial) &&
	       record_violation(&dev->device, next);
}

void notices_decided(struct enforcer *enforcer, struct usbdev *dev, const struct decision *next)
{
	const uint8_t told = (uint8_t)(1 + next->verdict);

	if (dev->told == told)
		return;
	dev->told = told;
	if (is_wanted(dev, next))
		tell(enforcer, "decided", dev, next, NULL);
}

void notices_withdrawing(struct enforcer *enforcer, const struct usbdev *dev, unsigned seconds,
			 json_t *mounts)
{
	tell(enforcer, "withdrawing", dev, &dev->decision,
	     json_pack("{s:i, s:O}", "seconds", (int)seconds, "mounts", mounts));
}

void notices_withdrawn(struct enforcer *enforcer, const struct usbdev *dev)
{
	tell(enforcer, "withdrawn", dev, &dev->decision, NULL);
}

void notices_code(struct enforcer *enforcer, const struct usbdev *dev, const char *code,
		  unsigned seconds)
{
	tell(enforcer, "code", dev, &dev->decision,
	     json_pack("{s:s, s:i}", "code", code, "seconds", (int)seconds));
}

void notices_code_typed(struct enforcer *enforcer, const struct usbdev *dev)
{
	tell(enforcer, "code-typed", dev, &dev->decision, NULL);
}

void notices_kept(struct enforcer *enforcer, const struct usbdev *dev)
{
	tell(enforcer, "kept", dev, &dev->decision, NULL);
}
