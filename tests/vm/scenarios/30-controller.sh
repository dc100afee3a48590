# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# Controllers that come after the agent: one in software with devices at once, and a dock (PCI
# hot-plug).  No unjudged device may come up on them.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

guest 'modprobe -r dummy_hcd || true
	truncate -s 16M /var/tmp/new.img; mkfs.ext4 -qF /var/tmp/new.img
	gadget make new1 vendor=1d6b product=0105 serial=NEW-UNKNOWN storage=/var/tmp/new.img
	gadget make new2 vendor=1d6b product=0105 serial=GADGET-RW storage=/var/tmp/new.img:ro
	watch
	seq=$(last_seq)
	modprobe dummy_hcd num=2; gadget plug new1 dummy_udc.0; gadget plug new2 dummy_udc.1
	within 20 decided_since $seq NEW-UNKNOWN && within 20 decided_since $seq GADGET-RW
	within 20 driver_is GADGET-RW 0 usb-storage; sleep 3'
is 'a controller that came late begins with nothing authorized' 0 \
	guest 'cat /sys/devices/platform/dummy_hcd.*/usb*/authorized_default | sort -u'
is 'the unknown stick on it was denied' 'deny default:storage' guest 'decided NEW-UNKNOWN'
is 'the registered one was allowed' 'allow registered:A-004' guest 'decided GADGET-RW'
is 'only the registered one ever had a driver' 'dummy_hcd.1' \
	guest 'bound | grep usb-storage | grep -o "dummy_hcd\.[0-9]*" | sort -u'
is 'and a disk' 'dummy_hcd.1' guest 'disks | grep -o "dummy_hcd\.[0-9]*" | sort -u'
guest 'gadget remove new1; gadget remove new2; modprobe -r dummy_hcd'

stick "$SITE/dock.img" DOCK
guest 'watch; last_seq >/run/seq'
vm qmp '{"execute":"device_add","arguments":{"driver":"qemu-xhci","id":"dock","bus":"dockslot"}}' >/dev/null
vm plug docked usb-storage serial=DOCK-UNKNOWN "image=$SITE/dock.img" bus=dock.0
ok 'a stick in a dock is judged' guest 'within 30 decided_since $(cat /run/seq) DOCK-UNKNOWN'
is 'and denied' 'deny default:storage' guest 'decided DOCK-UNKNOWN'
is 'nothing bound' '' guest 'sleep 2; bound | grep -v " hub$"; disks'
vm unplug docked
vm qmp '{"execute":"device_del","arguments":{"id":"dock"}}' >/dev/null
