# shellcheck shell=bash
# bench.sh - what scenarios ask of the guest: devices in sysfs, the ledger, the agent.  Sourced in
# the guest by tests/vm/site.sh's guest().

PATH=/run/bench/guest:$PATH
uevents_log=/run/uevents.log

# A pause without a process of its own: under emulation those are dear.
exec {never}<> <(:)
pause()
{
	read -r -t "$1" -u "$never" || true
}

# within SECONDS COMMAND…: until it succeeds, or fail.
within()
{
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	until "$@"; do
		((${EPOCHREALTIME/./} < end)) || return 1
		pause 0.1
	done
}

# Four USB controllers in software, for the gadget command.
controllers()
{
	[[ ! -e /sys/class/udc/dummy_udc.3 ]] || return 0
	modprobe -r dummy_hcd
	modprobe dummy_hcd num=4
}

# The sysfs folder of the USB device with this serial number.
usb()
{
	local file serial
	for file in /sys/bus/usb/devices/*/serial; do
		{ read -r serial <"$file"; } 2>/dev/null || continue
		[[ $serial != "$1" ]] || { echo "${file%/serial}"; return; }
	done
	return 1
}

absent()
{
	! usb "$1" >/dev/null
}

# read_only_disk BUS: on this software controller (dummy_hcd.N), a disk that is read-only and may
# be read.
read_only_disk()
{
	local file value
	for file in /sys/devices/platform/"$1"/usb*/*-1/*/host*/target*/*/block/*/ro; do
		{ read -r value <"$file"; } 2>/dev/null || continue
		file=${file%/ro}
		[[ $value == 1 ]] && { : <"/dev/${file##*/}"; } 2>/dev/null && return
	done
	return 1
}

# The whole disk (sda) of the device with this serial number.
disk()
{
	local device block
	device=$(usb "$1") || return 1
	for block in "$device"/*/host*/target*/*/block/*; do
		[[ ! -e $block ]] || { echo "${block##*/}"; return; }
	done
	return 1
}

# disk_ready SERIAL: its first partition can be read, so the agent has dealt with it.
disk_ready()
{
	local name
	name=$(disk "$1") && [[ -b /dev/${name}1 ]] && { : <"/dev/${name}1"; } 2>/dev/null
}

# The driver of interface NUMBER of the device with this serial; "none"; "absent" without such
# an interface in sysfs.
driver()
{
	local device interface
	device=$(usb "$1") || { echo gone; return; }
	for interface in "$device"/*:*."$2"; do
		[[ -d $interface ]] || { echo absent; return; }
		[[ -e $interface/driver ]] || { echo none; return; }
		basename "$(readlink "$interface/driver")"
	done
}

driver_is()
{
	[[ $(driver "$1" "$2") == "$3" ]]
}

no_driver()
{
	case $(driver "$1" "$2") in none | absent) ;; *) return 1 ;; esac
}

# Its node for libusb and the like.
node()
{
	local device bus number
	device=$(usb "$1") || return 1
	read -r bus <"$device/busnum"
	read -r number <"$device/devnum"
	printf '/dev/bus/usb/%03d/%03d\n' "$bus" "$number"
}

# udev_says SERIAL PROPERTY=VALUE
udev_says()
{
	udevadm info --query=property "$(node "$1")" | grep -qxF "$2"
}

# How many smartcard readers pcscd has (winscard.h; an empty name ends the list).
pcsc_readers()
{
	systemctl start pcscd.socket
	python3 -c '
from ctypes import CDLL, byref, c_char, c_long, c_ulong
pcsc = CDLL("libpcsclite.so.1")
context, size, names = c_long(), c_ulong(4096), (c_char * 4096)()
r = pcsc.SCardEstablishContext(c_ulong(2), None, None, byref(context))
if r == 0:
    r = pcsc.SCardListReaders(context, None, names, byref(size))
print(names.raw[:size.value].count(b"\0") - 1 if r == 0 else hex(r & 0xffffffff))'
}

pcsc_has()
{
	[[ $(pcsc_readers) == "$1" ]]
}

# What comes of its drivers: attached SERIAL KIND, with KIND a class of sysfs such as net, tty,
# sound, video4linux, usbmisc, hidraw, bluetooth.  Prints the names; fails if there is none.
attached()
{
	local device entry any=1
	device=$(usb "$1") || return 1
	for entry in "$device"/*/"$2"/* "$device"/*/*/"$2"/*; do
		[[ -d $entry ]] || continue
		echo "${entry##*/}"
		any=0
	done
	return $any
}

# What the kernel shows of the device with this serial, for people.
shows()
{
	local device interface name driver
	device=$(usb "$1") || { echo 'not there'; return; }
	printf 'authorized %s' "$(<"$device/authorized")"
	for interface in "$device"/*:*; do
		[[ -d $interface ]] || { printf '; no interface'; break; }
		driver=$(basename "$(readlink "$interface/driver" || echo none)")
		printf '; interface %s: %s' "${interface##*.}" "$driver"
	done
	if name=$(disk "$1"); then
		printf '; disk %s, %s' "$name" \
			"$([[ $(<"/sys/block/$name/ro") == 1 ]] && echo read-only || echo writable)"
	else
		printf '; no disk'
	fi
	echo
}

# shows_like SERIAL PATTERN
shows_like()
{
	# shellcheck disable=SC2053 # a pattern
	[[ $(shows "$1") == $2 ]]
}

# All lines of the ledger in use, in order.
ledger()
{
	local folder=/var/lib/devgate/ledger
	cat "$folder/$(cat "$folder/current")"/*.ndjson
}

# lines KIND [SERIAL]: the ledger's events of a kind, and of a device.
lines()
{
	ledger | grep -F "\"kind\":\"$1\"" | grep -F "${2:+\"serial\":\"$2\"}" || true
}

# decided SERIAL: "verdict step:rule" of the last decision on it, or nothing.
decided()
{
	ledger | grep -E '"kind":"device\.(decided|changed)"' | grep -F "\"serial\":\"$1\"" |
		tail -n 1 | jq -r '.verdict + " " + .step + ":" + .rule'
}

decided_as()
{
	[[ $(decided "$1") == "$2" ]]
}

# decided_since SEQ SERIAL: a decision on it has been recorded after that line.
decided_since()
{
	ledger | awk -v after="$1" -v serial="\"serial\":\"$2\"" 'NR > after &&
		/"kind":"device\.(decided|changed)"/ && index($0, serial) { found = 1 }
		END { exit !found }'
}

last_seq()
{
	ledger | wc -l
}

policy_is()
{
	[[ $(devgate status --json | jq .policy.version) == "$1" ]]
}

agent_is_active()
{
	[[ $(systemctl show -P SubState devgate-enforcer.service) == running ]] &&
		devgate status >/dev/null 2>&1
}

# Watch the kernel's uevents from now on; "watch_lines" prints what has come since "watch".
watch()
{
	watch_end
	setsid -f uevents >$uevents_log 2>&1
	within 5 grep -q ready $uevents_log
}

watch_lines()
{
	tail -n +2 $uevents_log
}

watch_end()
{
	local pid
	for pid in $(pidof uevents); do kill "$pid"; done
}

# Since "watch": the drivers that bound to an interface (1-2:1.0), and what there was of disks.
bound()
{
	watch_lines | awk '$3 == "usb" && $2 == "bind" && $4 ~ /:[0-9]+\.[0-9]+$/ { print $4, $5 }'
}

disks()
{
	watch_lines | awk '$3 ~ /^(block|bdi|scsi)/ && $2 == "add" { print $3, $4 }'
}

# removed_after_writing SERIAL BYTES: the last removal says that so much was written.
removed_after_writing()
{
	lines device.removed "$1" | tail -n 1 |
		jq -e --argjson n "$2" '.bytes_written >= $n and .duration_s >= 0' >/dev/null
}
