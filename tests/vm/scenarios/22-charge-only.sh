# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# Phones: allowed ones are found by the programs of the person at the seat; those that are only
# charged, and denied ones, by nobody, and they stay powered; a phone that shows another face is
# judged again.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

shut='read EACCES, write EACCES, control EBADF'
open='read yes, write yes, control yes'

# found_by_nobody SERIAL: mtp-detect, gphoto2, jmtpfs and raw access find nothing.
found_by_nobody()
{
	is "$1: mtp-detect finds nothing" 'No raw devices found.' \
		guest 'as-alice mtp-detect 2>&1 | grep -o "No raw devices found."'
	is "$1: gphoto2 finds nothing" '' \
		guest 'as-alice gphoto2 --auto-detect | grep usb:'
	is "$1: jmtpfs mounts nothing" 'No mtp devices found.' \
		guest 'as-alice timeout 20 jmtpfs /tmp/phone 2>&1 || true'
	is "$1: alice cannot open its node" "$shut" guest "as-alice rawusb \$(node $1)"
	is "$1: nor can root" "$shut" guest "rawusb \$(node $1)"
}

# found SERIAL: by all of these.
found()
{
	ok "$1: udev knows it as a phone" guest "within 20 udev_says $1 ID_MTP_DEVICE=1"
	ok "$1: and as a media player" guest "udev_says $1 ID_MEDIA_PLAYER=1"
	is "$1: alice can open its node, and it answers" "$open" \
		guest "within 10 test -w \$(node $1); as-alice rawusb \$(node $1)"
	ok "$1: mtp-detect finds it" guest -t 90 'as-alice mtp-detect 2>&1 | grep -F "Manufacturer: QEMU"'
}

# The phone is there, draws power and shows nothing else: unconfigured, with no interface.
powered()
{
	is "$1: it is there, not authorized" 0 guest "cat \$(usb $1)/authorized"
	is "$1: it has no interface" absent guest "driver $1 0"
	is "$1: it has not left" '' guest "lines device.removed $1"
}

mkdir -p "$SITE/phone"
echo photo >"$SITE/phone/photo.jpg"
guest 'mkdir -p -m 777 /tmp/phone; modprobe fuse; controllers'
ok 'a policy for phones' policy_push policies/phones.json

plug_device own usb-mtp serial=OWN-1 "rootdir=$SITE/phone"
is "staff's own phone is charged" 'charge-only rule:own-phones' guest 'decided OWN-1'
is 'which is no violation' false guest 'lines device.decided OWN-1 | tail -n 1 | jq .violation'
found_by_nobody OWN-1
powered OWN-1
ok 'a new policy: lab, where phones are allowed' policy_push policies/lab.json
ok 'it judges the phone anew' guest 'within 20 decided_as OWN-1 "allow rule:phones"'
found OWN-1
ok 'back to the first' policy_push policies/phones.json
ok 'which takes that back' guest 'within 20 decided_as OWN-1 "charge-only rule:own-phones"'
is 'the node is shut again' "$shut" guest 'as-alice rawusb $(node OWN-1)'
vm unplug own

plug_device other usb-mtp serial=OTHER "rootdir=$SITE/phone"
is 'an unknown phone is denied' 'deny rule:no-phones' guest 'decided OTHER'
is 'which is a violation' true guest 'lines device.decided OTHER | tail -n 1 | jq .violation'
found_by_nobody OTHER
powered OTHER
vm unplug other

plug_device lab usb-mtp serial=LAB-1 "rootdir=$SITE/phone"
is 'a phone of the lab is allowed' 'allow rule:lab-phones' guest 'decided LAB-1'
found LAB-1
ok 'LAB-1: gphoto2 finds it' guest 'as-alice gphoto2 --auto-detect | grep usb:'
ok 'LAB-1: jmtpfs mounts it' guest -t 90 \
	'as-alice timeout 60 jmtpfs /tmp/phone && as-alice find /tmp/phone -name photo.jpg | grep . && umount /tmp/phone'
guest 'systemctl stop devgate-enforcer.service'
is 'without the enforcer its node stays open' "$open" guest 'as-alice rawusb $(node LAB-1)'
vm plug late usb-mtp serial=LAB-2 "rootdir=$SITE/phone" bus=usb1.0
is "and a phone's that comes then is shut, allowed or not" "$shut" \
	guest 'within 10 usb LAB-2 >/dev/null; rawusb $(node LAB-2)'
guest 'systemctl start devgate-enforcer.service'
is 'the enforcer, back, leaves the one open' "$open" guest 'as-alice rawusb $(node LAB-1)'
vm unplug lab
ok 'and lets the other in' guest 'within 20 decided_as LAB-2 "allow rule:lab-phones"'
found LAB-2
vm unplug late

# face SERIAL VERDICT RULE FUNCTIONS FUNCTION…: the phone with these functions (gadget's words) is
# judged so; vendor, product and serial number stay.
face()
{
	local serial=$1 decision="$2 $3" functions=$4 node=$shut
	shift 4
	[[ $decision != allow* ]] || node=$open
	guest "gadget make FACE vendor=18d1 product=4ee1 serial=$serial manufacturer=Acme name=Phone $*
		seq=\$(last_seq); gadget plug FACE; within 20 decided_since \$seq $serial"
	is "$serial as $*: $decision" "$decision" guest "decided $serial"
	is "$serial as $*: a $functions" "$functions" guest \
		"lines device.decided $serial | tail -n 1 | jq -r '[.interfaces[].function] | unique[]'"
	is "$serial as $*: its node" "$node" guest "rawusb \$(node $serial)"
	guest "gadget unplug FACE; within 10 absent $serial; gadget remove FACE"
}

face OWN-2 charge-only rule:own-phones phone interface=ff:42:01
face OWN-2 charge-only rule:own-phones phone interface=06:01:01
face OWN-2 deny default:network network rndis
face OWN-2 charge-only rule:own-phones phone interface=06:01:01
is 'each face was judged' 4 guest 'lines device.decided OWN-2 | wc -l'
face LAB-3 allow rule:lab-phones phone interface=06:01:01
face LAB-3 deny default:network network rndis
