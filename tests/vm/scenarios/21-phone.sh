# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# A phone (MTP) is denied at desks, allowed in the lab; a keyboard works in both.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

mkdir -p "$SITE/phone"
echo photo >"$SITE/phone/photo.jpg"
plug_device phone usb-mtp serial=PHONE "rootdir=$SITE/phone"
is 'a phone is denied by rule' 'deny rule:no-phones' guest 'decided PHONE'
is 'with the reason in Chinese too' '手機不得連接工作站。' \
	guest 'lines device.decided PHONE | tail -n 1 | jq -r ".reason[\"zh-TW\"]"'
is 'as a phone' phone guest 'lines device.decided PHONE | tail -n 1 | jq -r ".interfaces[0].function"'
is 'it is not authorized' 0 guest 'cat $(usb PHONE)/authorized'

plug_device keys usb-kbd serial=KEYS bus=usb1.0
ok 'a keyboard works' guest 'within 20 driver_is KEYS 0 usbhid'
is 'by the rule for input' 'allow rule:input' guest 'decided KEYS'
vm unplug keys

ok 'a new policy: lab' policy_push policies/lab.json
ok 'it judges the phone anew' guest 'within 20 decided_as PHONE "allow rule:phones"'
is 'and it is authorized' 1 guest 'cat $(usb PHONE)/authorized'
ok 'back to desk' policy_push policies/desk.json
ok 'which takes that back' guest 'within 20 decided_as PHONE "deny rule:no-phones"'
is 'its interface is gone or dead' 0 \
	guest 'cat $(usb PHONE)/authorized $(usb PHONE)/*:*/authorized 2>/dev/null | sort | head -n 1'
vm unplug phone
