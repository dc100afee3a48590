# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# Each function twice under one policy: a device whose serial number begins with OK works, down to
# what its driver makes of it; one that begins with NO gets no driver, no device of one, no node.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

shut='read EACCES, write EACCES, control EBADF'
open='read yes, write yes, control yes'

# allowed NAME FUNCTION DRIVER [KIND]: OK-NAME works, and shows a KIND (see attached).
allowed()
{
	local serial=OK-$1
	ok "$1: $3 binds" guest "within 20 driver_is $serial 0 $3"
	is "$1: judged as $2" "allow $2" guest \
		"lines device.decided $serial | tail -n 1 | jq -r '.verdict + \" \" + .interfaces[0].function'"
	[[ -z ${4:-} ]] || ok "$1: $4 is there" guest "within 20 attached $serial $4"
	is "$1: its node is open" "$open" guest "within 10 test -e \$(node $serial); rawusb \$(node $serial)"
}

# denied NAME FUNCTION [KIND]
denied()
{
	local serial=NO-$1
	is "$1, denied: judged as $2" "deny $2" guest \
		"lines device.decided $serial | tail -n 1 | jq -r '.verdict + \" \" + .interfaces[0].function'"
	is "$1, denied: the kernel shows nothing of it" 'authorized 0; no interface; no disk' \
		guest "shows $serial"
	[[ -z ${3:-} ]] || fails "$1, denied: no $3" guest "attached $serial $3"
	is "$1, denied: its node is shut" "$shut" guest "rawusb \$(node $serial)"
}

# gadgets NAME FUNCTION…: the same for OK-NAME and NO-NAME, plugged in.
gadgets()
{
	local name=$1
	shift
	guest "seq=\$(last_seq)
		for s in OK-$name NO-$name; do
			gadget make \$s vendor=1d6b product=0104 serial=\$s manufacturer=Acme name=Thing $* && gadget plug \$s
		done
		within 20 decided_since \$seq OK-$name && within 20 decided_since \$seq NO-$name"
}

gone()
{
	guest "for s in OK-$1 NO-$1; do gadget unplug \$s; within 10 absent \$s; gadget remove \$s; done"
}

# from_gadget NAME FUNCTION DRIVER KIND GADGET-FUNCTION
from_gadget()
{
	gadgets "$1" "$5"
	allowed "$1" "$2" "$3" "$4"
	denied "$1" "$2" "$4"
	gone "$1"
}

# from_qemu NAME FUNCTION DRIVER KIND DEVICE [PROPERTY=]: that property is the name of a line to
# nowhere.
from_qemu()
{
	local which
	for which in ok no; do
		[[ -z ${6:-} ]] || vm qmp "{\"execute\":\"chardev-add\",\"arguments\":{\"id\":\"$1-$which\",
			\"backend\":{\"type\":\"null\",\"data\":{}}}}" >/dev/null
		plug_device "$which" "$5" "serial=${which^^}-$1" ${6:+"$6$1-$which" always-plugged=on}
	done
	allowed "$1" "$2" "$3" "$4"
	denied "$1" "$2" "$4"
	vm unplug ok
	vm unplug no
}

guest controllers
ok 'a policy by function' policy_push policies/functions.json

from_gadget ecm network cdc_ether net ecm
from_gadget ncm network cdc_ncm net ncm
from_gadget rndis network rndis_host net rndis
from_gadget acm serial cdc_acm tty serial
from_gadget printer printer usblp usbmisc printer
from_gadget midi audio snd-usb-audio sound midi
from_gadget adapter bluetooth btusb bluetooth 'class=e0:01:01 interface=e0:01:01'
from_qemu cable vendor ftdi_sio tty usb-serial chardev=
from_qemu microphone audio snd-usb-audio sound usb-audio
from_qemu hub hub hub '' usb-hub

# A security key is a human-interface device like others until its driver has read its reports.
gadgets key fido
allowed key hid usbhid hidraw
ok 'key: udev knows it for a security key' guest \
	'within 10 grep -qs "ID_SECURITY_TOKEN=1" /run/udev/data/c*:* && fido2-token -L | grep hidraw'
denied key hid hidraw
gone key

# A camera without a picture: its driver is asked, and does not want it.
gadgets camera interface=0e:01:00
is 'camera: judged as video' 'allow video' guest \
	'lines device.decided OK-camera | tail -n 1 | jq -r ".verdict + \" \" + .interfaces[0].function"'
is 'camera: its interface is open' 1 guest 'within 10 driver_is OK-camera 0 none; cat $(usb OK-camera)/*:*.0/authorized'
denied camera video video4linux
gone camera

# No driver of the kernel: programs open the node.
gadgets dfu interface=fe:01:01
is 'dfu: judged as firmware' 'allow firmware' guest \
	'lines device.decided OK-dfu | tail -n 1 | jq -r ".verdict + \" \" + .interfaces[0].function"'
ok 'dfu: its interface is there' guest 'within 10 driver_is OK-dfu 0 none'
is 'dfu: dfu-util finds the one, not the other' '1d6b:0104 OK-dfu' guest \
	'dfu-util -l 2>/dev/null | sed -n "s/^Found .*\[\([0-9a-f:]*\)\].* serial=\"\(.*\)\"/\1 \2/p"'
denied dfu firmware
gone dfu

plug_device ok usb-ccid serial=OK-ccid
plug_device no usb-ccid serial=NO-ccid
is 'smartcard: judged as such' 'allow smartcard' guest \
	'lines device.decided OK-ccid | tail -n 1 | jq -r ".verdict + \" \" + .interfaces[0].function"'
is 'smartcard: pcscd finds the one' 1 guest 'within 10 pcsc_has 1 || true; pcsc_readers'
denied ccid smartcard
vm unplug ok
vm unplug no
ok 'back to the first policy' policy_push policies/desk.json
