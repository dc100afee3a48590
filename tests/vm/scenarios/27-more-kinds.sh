# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# Kinds that no controller in software has a function for: a camera with a picture, a sound card, an
# iPhone with its configurations, a still camera, a phone that only the hardware database knows; their
# descriptors are spoken by fakeusb, and the kernel's own drivers make of them what they make of real
# ones.  Each is allowed, charged only where it is a phone, and denied.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

shut='read EACCES, write EACCES, control EBADF'
open='read yes, write yes, control yes'

# A camera (USB Video Class 1.0): a control interface with a camera and an output, and a streaming
# interface of one uncompressed format, 320 by 240; and what it answers to the driver's probe.
camera='config=0902a100020100803208 0b00020e030000 0904000000 0e010000
	0d240100012700 00000000 0101 1124020101020000 000000000000 020000 092403020101000100
	0904010000 0e020000 0e2401014700 8100020000000100
	1b24040101 5955593200001000800000aa00389b71 1001 00000000
	1e24050100 4001f000 00006504 00006504 00580200 15160500 01 15160500
	0904010101 0e020000 07058105000201'
camera="class=ef0201 ${camera//[[:space:]]/}"
for request in 81 82 83 87; do
	camera+=" answer=a1${request}0100:0000010115160500000000000000000000000058020000020000"
done

# A sound card (USB Audio Class 1.0): a control interface with a terminal on each side, and a
# streaming interface of 16 bits, two channels, 44.1 kHz.
speaker='config=09026400020100803209 04000000010100 00
	092401000 11e000101 0c2402010101000203000000 092403020103000100
	090401000001020000 0904010101010200 00
	07240101010100 0b24020102021001 44ac00 09050109c000010000 07250100000000'
speaker=${speaker//[[:space:]]/}

# All configurations of an iPhone: pictures; with the maker's own protocol; with tethering.
iphone='ids=05ac:12a8 interfaces=060101 interfaces=060101,fffe02 interfaces=060101,fffe02,fffd01'
canon='ids=04a9:3110 interfaces=060101'
galaxy='ids=04e8:6860 interfaces=ffff00'

# Commands of guest/fake.sh in the guest.
fakes()
{
	guest ". fake.sh; $1"
}

# both NAME FIRST-PREFIX SECOND-PREFIX WORD…: two of the kind are plugged in and decided.
both()
{
	local name=$1 first=$2 second=$3
	shift 3
	fakes "seq=\$(last_seq)
		fake $first-$name serial=$first-$name name=$name $*
		fake $second-$name serial=$second-$name name=$name $*
		within 30 fakes_are_decided \$seq $first-$name $second-$name"
}

gone()
{
	fakes "unfake $1; for n in $1; do within 20 absent \$n; done"
}

# judged SERIAL: "verdict step:rule function,function…" of the last decision.
judged()
{
	guest "ledger | grep -E '\"kind\":\"device\.(decided|changed)\"' | grep -F '\"serial\":\"$1\"' | tail -n 1 |
		jq -r '\"\(.verdict) \(.step):\(.rule) \([.interfaces[].function] | unique | join(\",\"))\"'"
}

# nothing SERIAL: no interface of it, no driver, and its node is shut, for root too.
nothing()
{
	is "$1: the kernel shows nothing of it" 'authorized 0; no interface; no disk' guest "shows $1"
	is "$1: its node is shut" "$shut" guest "rawusb \$(node $1)"
	ok "$1: no configuration was set" fakes "! fake_was_configured $1"
}

fakes fake_controllers
ok 'a policy by function' policy_push policies/functions.json

both camera OK NO "$camera"
is 'a camera is judged as video' 'allow rule:ok video' judged OK-camera
ok 'its driver binds to both interfaces' fakes \
	'within 30 fake_drivers_are OK-camera "1.0=uvcvideo 1.1=uvcvideo"'
ok 'there is a picture to be had' guest 'within 20 attached OK-camera video4linux'
ok 'which programs find' guest 'within 10 v4l2-ctl --list-devices 2>/dev/null | grep -q camera'
is 'its node is open' "$open" guest 'rawusb $(node OK-camera)'
is 'one that is denied' 'deny default:video video' judged NO-camera
nothing NO-camera
gone 'OK-camera NO-camera'

both speaker OK NO "$speaker"
is 'a sound card is judged as audio' 'allow rule:ok audio' judged OK-speaker
ok 'its driver binds' fakes \
	'within 30 fake_drivers_are OK-speaker "1.0=snd-usb-audio 1.1=snd-usb-audio"'
ok 'there is a card' guest 'within 20 attached OK-speaker sound'
ok 'to which programs can play' guest 'within 10 aplay -l | grep -q speaker'
is 'one that is denied' 'deny default:audio audio' judged NO-speaker
nothing NO-speaker
gone 'OK-speaker NO-speaker'

ok 'a policy for phones' policy_push policies/phones.json
for kind in iphone canon galaxy; do
	# which rule is named is that of the first interface with the verdict
	functions=phone own=rule:own-phones
	[[ $kind != iphone ]] || functions=network,phone own=default:network
	both $kind OWN OTHER "${!kind}"
	is "$kind: staff's own is charged" "charge-only $own $functions" judged OWN-$kind
	nothing OWN-$kind
	is "$kind: alice cannot open its node" "$shut" guest "as-alice rawusb \$(node OWN-$kind)"
	is "$kind: another is denied" "deny rule:no-phones $functions" judged OTHER-$kind
	nothing OTHER-$kind
	is "$kind: gphoto2 and mtp-detect find neither" 'No raw devices found.' guest -t 60 \
		'as-alice gphoto2 --auto-detect | grep usb: || true
		as-alice mtp-detect 2>&1 | grep -o "No raw devices found."'
	gone "OWN-$kind OTHER-$kind"
done

fakes "seq=\$(last_seq); fake LAB-canon serial=LAB-canon name=canon $canon
	fake LAB-galaxy serial=LAB-galaxy name=galaxy $galaxy
	fake LAB-maker serial=LAB-maker name=maker ids=1209:0001 interfaces=ffff00
	within 30 fakes_are_decided \$seq LAB-canon LAB-galaxy LAB-maker"
is 'the lab may use a still camera' 'allow rule:lab-phones phone' judged LAB-canon
ok 'it is configured' fakes 'within 20 fake_was_configured LAB-canon'
is 'alice may open its node' "$open" guest 'within 20 test -w $(node LAB-canon); as-alice rawusb $(node LAB-canon)'
ok 'gphoto2 finds it' guest 'as-alice gphoto2 --auto-detect | grep -q usb:'
is 'and a phone that only the hardware database knows' 'allow rule:lab-phones phone' judged LAB-galaxy
ok 'which is configured, too' fakes 'within 20 fake_was_configured LAB-galaxy'
is "a maker's own interface that it does not know is no phone" 'deny default:vendor vendor' judged LAB-maker
nothing LAB-maker
gone 'LAB-canon LAB-galaxy LAB-maker'

# An iPhone that is allowed works but for its tethering, in whatever configuration.
fakes "seq=\$(last_seq); fake LAB-iphone serial=LAB-iphone name=iphone $iphone
	within 30 fakes_are_decided \$seq LAB-iphone; within 20 fake_was_configured LAB-iphone"
is 'the lab may use an iPhone' 'allow default:network network,phone' judged LAB-iphone
is 'but for its tethering' 'deny' guest "lines device.decided LAB-iphone | tail -n 1 |
	jq -r '.interfaces[] | select(.function == \"network\") | .verdict'"
fakes 'modprobe ipheth; usbfs LAB-iphone configuration=3'
ok 'in its third configuration what is for pictures and its own protocol is open' fakes '
	works() { local p; p=$(fake_path LAB-iphone) && [[ $(cat $p/*:3.0/authorized) == 1 && $(cat $p/*:3.1/authorized) == 1 ]]; }
	within 20 works'
is 'its tethering is not' 0 fakes 'cat $(fake_path LAB-iphone)/*:3.2/authorized'
is 'and has no driver' '3.0=none 3.1=none 3.2=none' fakes 'fake_drivers LAB-iphone'
fails 'nor a network' guest 'attached LAB-iphone net'
gone LAB-iphone
ok 'back to the first policy' policy_push policies/desk.json
