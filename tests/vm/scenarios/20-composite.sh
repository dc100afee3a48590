# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# A device with storage, a keyboard and a network adapter in one: each is judged for itself.
# Interfaces: 0 storage, 1 keyboard, 2 and 3 network (CDC ECM).
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

drivers()
{
	guest "for i in 0 1 2 3; do driver $1 \$i; done" | tr '\n' ' '
}

guest 'controllers; truncate -s 16M /var/tmp/combo.img; mkfs.ext4 -qF /var/tmp/combo.img
	for s in COMBO-REG COMBO-NEW; do
		gadget make $s vendor=1d6b product=0104 serial=$s manufacturer=Acme name=Combo storage=/var/tmp/combo.img keyboard ecm
	done'

plugged()
{
	guest "seq=\$(last_seq); gadget plug $1; within 20 decided_since \$seq $1"
}

plugged COMBO-REG
ok 'desk, registered: storage comes up' guest 'within 20 driver_is COMBO-REG 0 usb-storage && within 20 disk COMBO-REG'
is 'desk, registered: storage and keyboard live, network does not' \
	'usb-storage usbhid none none ' drivers COMBO-REG
is 'the record says so, interface by interface' \
	'["allow","allow","deny","deny"]' guest 'lines device.decided COMBO-REG | tail -n 1 | jq -c "[.interfaces[].verdict]"'
is 'and that it is partial' true guest 'lines device.decided COMBO-REG | tail -n 1 | jq .partial'
guest 'gadget unplug COMBO-REG; within 10 absent COMBO-REG'

guest watch
plugged COMBO-NEW
ok 'desk, not registered: the keyboard comes up' guest 'within 20 driver_is COMBO-NEW 1 usbhid'
is 'desk, not registered: nothing but the keyboard lives' 'none usbhid none none ' drivers COMBO-NEW
is 'its storage never had a driver or a disk' '' guest 'sleep 2; bound | grep usb-storage; disks'

ok 'a new policy: lab' policy_push policies/lab.json
ok 'the network adapter of the device that is plugged in comes up' \
	guest 'within 20 driver_is COMBO-NEW 2 cdc_ether'
ok 'and its keyboard goes' guest 'within 20 no_driver COMBO-NEW 1'
is 'nothing but the network lives' 'none none cdc_ether cdc_ether ' drivers COMBO-NEW
is 'the record says why it changed' policy \
	guest 'lines device.changed COMBO-NEW | tail -n 1 | jq -r .cause'
guest 'gadget unplug COMBO-NEW; within 10 absent COMBO-NEW'
plugged COMBO-NEW
ok 'plugged in anew under lab: the network comes up' guest 'within 20 driver_is COMBO-NEW 2 cdc_ether'
is 'and nothing else' 'none none cdc_ether cdc_ether ' drivers COMBO-NEW
ok 'back to desk' policy_push policies/desk.json
ok 'the network goes' guest 'within 20 no_driver COMBO-NEW 2 && within 20 driver_is COMBO-NEW 1 usbhid'
guest 'gadget remove COMBO-NEW; gadget remove COMBO-REG'
