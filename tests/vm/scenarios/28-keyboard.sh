# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# New keyboards: what turns out to be one is judged as one; a program that types is cut off, a person
# is not; and nothing is typed before the code from the console has been.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

# Of the gadgets' HID functions there are four at most (drivers/usb/gadget/function/f_hid.c).
made()
{
	guest "controllers; gadget make $1 vendor=1d6b product=0104 serial=$1 manufacturer=Acme name=Keys $2"
}

plugged()
{
	guest "seq=\$(last_seq); gadget plug $1; within 20 decided_since \$seq $1"
}

# In the guest: a keyboard's end in the gadget, its node of evdev, and what arrives there.
helpers='
hidg() { local n; n=$(cat /sys/kernel/config/usb_gadget/$1/functions/hid.$1/dev); echo /dev/hidg${n#*:}; }
event() { local e; for e in $(usb "$1")/*/*/input/input*/event*; do [[ -d $e ]] && echo "/dev/input/${e##*/}" && return; done; return 1; }
counted() { within 20 event "$1" >/dev/null; setsid -f typist count "$(event "$1")" >/run/count-$1; pause 0.5; }
unplugged() { gadget unplug "$1"; within 10 absent "$1"; pause 0.3; }
code_shown() { tr -d "\0" </dev/vcs | grep -o "Type [0-9]* on it" | tail -n 1 | cut -d" " -f2; }
'
keys()
{
	guest -t 60 "$helpers $1"
}

ok 'desk: keyboards may be used' policy_push policies/desk.json
made KEYS-PERSON keyboard
plugged KEYS-PERSON
keys 'counted KEYS-PERSON; typist person $(hidg KEYS-PERSON) 40'
is 'a person types on' 'allow rule:input' guest 'decided KEYS-PERSON'
keys 'unplugged KEYS-PERSON'
is 'and all of it arrives' 40 guest 'cat /run/count-KEYS-PERSON'

made KEYS-PROGRAM keyboard
plugged KEYS-PROGRAM
keys 'counted KEYS-PROGRAM; typist evenly $(hidg KEYS-PROGRAM) 40 60' >/dev/null || true
ok 'twenty-five keys a second: cut off' guest 'within 10 decided_as KEYS-PROGRAM "deny error:"'
is 'by the kernel, too' '0 absent' guest 'echo $(cat $(usb KEYS-PROGRAM)/authorized) $(driver KEYS-PROGRAM 0)'
ok 'with the tenth key' guest 'within 5 test -s /run/count-KEYS-PROGRAM && test "$(cat /run/count-KEYS-PROGRAM)" -le 10'
is 'the record says by what it was told' 'true 10' guest \
	'lines guard.tripped KEYS-PROGRAM | tail -n 1 | jq -r "\"\(.cut_off) \(.keys)\""'
ok 'how fast it was' guest 'lines guard.tripped KEYS-PROGRAM | tail -n 1 | jq -e ".interval_us < 51200"'
ok 'and not what it typed' guest \
	'test "$(lines guard.tripped KEYS-PROGRAM | tail -n 1 | jq -c "keys_unsorted - [\"seq\",\"time\",\"boot\",\"mono_us\",\"kind\",\"instance\",\"device\",\"text\",\"cut_off\",\"keys\",\"interval_us\",\"spread_us\",\"hash\"]")" = "[]"'
guest -t 60 'systemctl restart devgate-enforcer; within 40 agent_is_active'
is 'the next agent leaves it so' 0 guest 'pause 1; cat $(usb KEYS-PROGRAM)/authorized'
keys 'unplugged KEYS-PROGRAM'

ok 'a policy without keyboards' policy_push policies/no-keyboards.json
made MOUSE mouse
plugged MOUSE
ok 'a mouse is one' guest 'within 20 driver_is MOUSE 0 usbhid; pause 1; decided_as MOUSE "allow default:pointer"'
guest 'gadget remove MOUSE'
made MOUSE-KEYS keyed-mouse
plugged MOUSE-KEYS
ok 'a mouse that can type is a keyboard' guest 'within 20 decided_as MOUSE-KEYS "deny default:keyboard"'
is 'it was found out when the driver had it' 'allow look-again' guest \
	'lines device.changed MOUSE-KEYS | tail -n 1 | jq -r ".before + \" \" + .cause"'
ok 'and it has no driver any more' guest 'within 10 no_driver MOUSE-KEYS 0'
guest 'gadget remove MOUSE-KEYS'
made HID-KEYS silent-keyboard
plugged HID-KEYS
ok 'so is one that does not say what it is' guest \
	'within 20 decided_as HID-KEYS "deny default:keyboard" && within 10 no_driver HID-KEYS 0'
guest 'gadget remove HID-KEYS; gadget remove KEYS-PERSON; gadget remove KEYS-PROGRAM'

printf '%s\n' 'vendor,product,serial,tag,verdict,functions' \
	'1d6b,0104,KEYS-SCANNER,A-028,allow,keyboard' >"$SITE/scanner.csv"
ctl media register --csv "$SITE/scanner.csv" >/dev/null
ok 'a policy with a code, and a scanner in the register' policy_push policies/keyboards.json
made KEYS-SCANNER keyboard
plugged KEYS-SCANNER
keys 'counted KEYS-SCANNER; typist evenly $(hidg KEYS-SCANNER) 20 40' >/dev/null
is 'a scanner that is registered types as it does' 'allow registered:A-028' guest 'decided KEYS-SCANNER'
keys 'unplugged KEYS-SCANNER'
is 'all of it' 40 guest 'cat /run/count-KEYS-SCANNER'

made KEYS-CODE keyboard
guest 'setsid -f bash -c "(printf notices; sleep 90) | as-alice socat - \
	UNIX-CONNECT:/run/devgate/control.sock,type=5" </dev/null >/run/notices 2>&1; pause 1'
plugged KEYS-CODE
keys 'counted KEYS-CODE; within 10 code_shown >/dev/null; typist person $(hidg KEYS-CODE) 3
	typist text $(hidg KEYS-CODE) 99'
ok "the person at the seat is told the code, the same as on the console" guest "$helpers
	"'jq -rs ".[] | select(.notice == \"code\") | .code" /run/notices | grep -qxF "$(code_shown)"'
is 'nobody is given what is typed before the code' '' guest 'lines keyboard.accepted KEYS-CODE'
keys 'typist text $(hidg KEYS-CODE) $(code_shown)'
ok 'the code is accepted' guest 'within 10 grep -q . <(lines keyboard.accepted KEYS-CODE)'
keys 'typist person $(hidg KEYS-CODE) 5; unplugged KEYS-CODE'
is 'and what is typed after it arrives, alone' 5 guest 'cat /run/count-KEYS-CODE'
plugged KEYS-CODE
is 'no code: not denied at once' 'allow default:keyboard' guest 'decided KEYS-CODE'
ok 'but in time' guest -t 60 'within 45 decided_as KEYS-CODE "deny error:"'
guest 'gadget remove KEYS-SCANNER; gadget remove KEYS-CODE'
ok 'back to desk' policy_push policies/desk.json
