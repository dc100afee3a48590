# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# Removing the package gives the workstation back as it was.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

# The agent waits a few seconds for the collector's word that it has the last record, not for ever.
host_is_removed()
{
	[[ $(ctl --json hosts | jq -r '.hosts[0].state') == removed ]]
}

removals()
{
	ctl --json findings | jq '[.findings[] | select(.kind == "removed")] | length'
}

ok 'the package is removed' guest -t 120 'dpkg --purge devgate-agent'
ok 'the collector knows' eventually 20 host_is_removed
is 'and has a finding' 1 removals
is 'controllers authorize again' 1 guest 'cat /sys/bus/usb/devices/usb*/authorized_default | sort -u'
fails 'no process of it is left' guest 'pgrep devgate'
stick "$SITE/plain.img" PLAIN
vm plug plain usb-storage serial=PLAIN "image=$SITE/plain.img"
ok 'a stick works as on any machine' guest 'within 20 disk_ready PLAIN &&
	dd if=/dev/zero of=/dev/$(disk PLAIN) bs=512 seek=100 count=1 conv=notrunc,fsync'
vm unplug plain
