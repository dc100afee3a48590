# shellcheck shell=bash
# bluetooth.sh - two Bluetooth adapters in software that hear each other: hci0 is the workstation's,
# hci1 the far end.  Sourced in the guest by the Bluetooth scenario.  One bluetoothd serves both, so
# each end is a peer of the other.

desk_log=/run/bluetooth-desk.log

property()
{
	busctl --json=short get-property org.bluez "$1" "$2" "$3" 2>/dev/null | jq -r .data
}

property_is()
{
	[[ $(property "$1" "$2" "$3") == "$4" ]]
}

address()
{
	property "/org/bluez/$1" org.bluez.Adapter1 Address
}

# far: the far end as the workstation's peer; near: the workstation as the far end's.
far()
{
	echo "/org/bluez/hci0/dev_$(address hci1 | tr : _)"
}

near()
{
	echo "/org/bluez/hci1/dev_$(address hci0 | tr : _)"
}

# call OBJECT INTERFACE METHOD [SIGNATURE ARGUMENT…]
call()
{
	busctl --timeout=20 call org.bluez "$@"
}

adapters_up()
{
	hciconfig | grep -c 'UP RUNNING' | grep -qx 2
}

# The kernel gives an adapter 2 s to answer its first command, which a slow machine may miss.
start_btvirt()
{
	local i
	for ((i = 0; i < 4; i++)); do
		setsid -f btvirt -l2 >/run/btvirt.log 2>&1
		! within 6 adapters_up || return 0
		pkill -x btvirt
		pause 1
	done
	return 1
}

bluetooth_up()
{
	modprobe -a bluetooth hci_vhci rfcomm bnep
	start_btvirt || return 1
	systemctl start bluetooth.service
	within 20 property_is /org/bluez/hci0 org.bluez.Adapter1 Powered true &&
		within 20 property_is /org/bluez/hci1 org.bluez.Adapter1 Powered true || return 1
	ip link add desk0 type bridge
	rm -f $desk_log
	setsid -f bluetooth-desk $desk_log >/run/bluetooth-desk.err 2>&1
	within 20 grep -q ready $desk_log
}

bluetooth_down()
{
	pkill -x btvirt
	pkill -f bluetooth-desk
	systemctl stop bluetooth.service
	ip link delete desk0
}

# Find the far end, and bond with it.
pair()
{
	local far
	far=$(far)
	busctl set-property org.bluez /org/bluez/hci1 org.bluez.Adapter1 Discoverable b true
	# a search lasts as long as the one who asked for it stays on the bus; the adapter that it is
	# for is not the default one for sure
	{ pause 2; echo "select $(address hci0)"; pause 1; echo 'scan bredr'; pause 30; } |
		bluetoothctl >/run/bluetoothctl.log 2>&1 &
	within 25 property_is "$far" org.bluez.Device1 Paired false
	kill $!
	call "$far" org.bluez.Device1 Pair
	within 10 property_is "$far" org.bluez.Device1 ServicesResolved true
}

# profile PEER DIGITS: connect to that service of the peer.
profile()
{
	call "$1" org.bluez.Device1 ConnectProfile s "0000$2-0000-1000-8000-00805f9b34fb"
}

# The ends have told of so many events that match.
told()
{
	(($(grep -cE "$2" $desk_log) >= $1))
}

connected()
{
	property_is "$1" org.bluez.Device1 Connected true
}

unconnected()
{
	! connected "$1"
}

# dial PROTOCOL NUMBER: connect to the far end with a socket, as alice; prints the outcome.
dial()
{
	as-alice python3 - "$1" "$2" "$(address hci1)" <<-'END'
		import errno, socket, sys
		protocol, number, address = sys.argv[1], int(sys.argv[2]), sys.argv[3]
		kind = socket.SOCK_STREAM if protocol == "RFCOMM" else socket.SOCK_SEQPACKET
		end = socket.socket(socket.AF_BLUETOOTH, kind, getattr(socket, "BTPROTO_" + protocol))
		end.settimeout(10)
		try:
		    end.connect((address, number))
		    print("connected")
		except OSError as error:
		    print(errno.errorcode.get(error.errno, error))
	END
}

# How many events of connections the ends have told of.
reached()
{
	grep -cE '^(new|got) ' $desk_log || true
}

# The ledger's last event of what was decided on the far end.
last_decision()
{
	ledger | grep -E '"kind":"device\.(decided|changed)"' |
		grep -F "\"serial\":\"$(address hci1)\"" | tail -n 1
}

# verdict_of FUNCTION: what was decided last on that function of the far end.
verdict_of()
{
	last_decision | jq -r --arg f "$1" '.interfaces[] | select(.function == $f) | .verdict'
}

verdict_is()
{
	[[ $(verdict_of "$1") == "$2" ]]
}
