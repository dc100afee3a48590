# shellcheck shell=bash
# fake.sh - USB devices that say anything (fakeusb.c), by names of the bench's own.  Sourced in the
# guest after bench.sh.

fakes=/run/fakes

# The controllers in software, closed as the agent leaves every new one.
fake_controllers()
{
	[[ -e /sys/devices/platform/vhci_hcd.0 ]] || modprobe vhci-hcd
	mkdir -p $fakes
	within 20 fake_controllers_closed
}

fake_controllers_closed()
{
	local file value
	for file in /sys/devices/platform/vhci_hcd.*/usb[0-9]*/interface_authorized_default; do
		read -r value <"$file" && [[ $value == 0 ]] || return 1
	done
	for file in /sys/devices/platform/vhci_hcd.*/usb[0-9]*/*-0:1.0/driver; do
		[[ -e $file ]] || return 1
	done
}

# fake NAME KEY=VALUE…: plug it in, at a port of its own if it is not said.
fake()
{
	local name=$1 port taken
	shift
	taken=" $(cat $fakes/*.port 2>/dev/null | tr '\n' ' ')"
	for ((port = 0; port < 14; port++)); do
		[[ $taken == *" $port "* ]] || break
	done
	[[ $* != *port=* ]] || { port=${*#*port=} && port=${port%% *}; }
	echo "$port" >"$fakes/$name.port"
	echo "$(fake_hub $((port / 30)))$((port % 30 + 1))" >"$fakes/$name.path"
	setsid fakeusb "port=$port" "$@" </dev/null >"$fakes/$name.log" 2>&1 &
	echo $! >"$fakes/$name.pid"
	within 5 grep -q ready "$fakes/$name.log"
}

unfake()
{
	local name
	for name in "$@"; do
		kill "$(<"$fakes/$name.pid")" 2>/dev/null || true
		rm -f "$fakes/$name".{pid,port}
	done
}

# It shows its next face.
fake_next()
{
	kill -USR1 "$(<"$fakes/$1.pid")"
}

# Of controller N: what the folders of devices at its root hub's ports begin with.
fake_hub()
{
	local hub speed
	if [[ ! -e $fakes/hub.$1 ]]; then
		for hub in "/sys/devices/platform/vhci_hcd.$1"/usb[0-9]*; do
			read -r speed <"$hub/speed"
			[[ $speed != 480 ]] || echo "$hub/${hub##*/usb}-" >"$fakes/hub.$1"
		done
	fi
	cat "$fakes/hub.$1"
}

# Its folder in sysfs.
fake_path()
{
	cat "$fakes/$1.path"
}

fake_port()
{
	local path
	read -r path <"$fakes/$1.path"
	echo "${path##*/}"
}

# Has the kernel set a configuration of it?  As it sees it itself.
fake_was_configured()
{
	grep -q configured "$fakes/$1.log"
}

# fakes_since SEQ NAME…: a line each: its name, and what was decided of it last after that line of
# the ledger, "verdict step:rule config.interface=verdict…".
fakes_since()
{
	local seq=$1 name
	shift
	ledger | tail -n +"$((seq + 1))" | jq -r 'select(.kind | test("^device.(decided|changed)$")) |
		[.device.port, .verdict, .step + ":" + .rule,
			(.interfaces[] | "\(.config).\(.number)=\(.verdict)")] | join(" ")' \
		>$fakes/decisions
	for name in "$@"; do
		echo "$name $(grep "^$(fake_port "$name") " $fakes/decisions | tail -n 1 | cut -d' ' -f2-)"
	done
}

# fakes_are_decided SEQ NAME…
fakes_are_decided()
{
	local seq=$1 name lines path
	shift
	lines=$(ledger | tail -n +"$((seq + 1))" | grep -E '"kind":"device\.(decided|changed)"')
	for name in "$@"; do
		read -r path <"$fakes/$name.path"
		[[ $lines == *"\"port\":\"${path##*/}\""* ]] || return 1
	done
}

# What drivers there are on a fake's interfaces now: "1.0=usbhid 1.1=none".
fake_drivers()
{
	local interface driver path line=''
	read -r path <"$fakes/$1.path"
	for interface in "$path"/*:*; do
		[[ -d $interface ]] || continue
		driver=none
		[[ ! -e $interface/driver ]] || driver=$(readlink "$interface/driver")
		driver=${driver##*/}
		line+=" ${interface##*:}=$driver"
	done
	echo "${line# }"
}

fake_drivers_are()
{
	[[ $(fake_drivers "$1") == "$2" ]]
}

# usbfs NAME reset|configuration=N: what a program may ask of a device (linux/usbdevice_fs.h).
usbfs()
{
	local path
	path=$(fake_path "$1")
	python3 - "$(printf '/dev/bus/usb/%03d/%03d' "$(<"$path/busnum")" "$(<"$path/devnum")")" "$2" <<-'END'
		import fcntl, struct, sys
		with open(sys.argv[1], "r+b", buffering=0) as node:
		    if sys.argv[2] == "reset":
		        fcntl.ioctl(node, 0x5514, 0)
		    else:
		        fcntl.ioctl(node, 0x80045505, struct.pack("I", int(sys.argv[2].split("=")[1])))
	END
}
