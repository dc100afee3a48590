# shellcheck shell=bash
# turns.sh - what 16-withdraw-turns asks of the guest: sticks in software, some of them encrypted, that
# alice has mounted while the verdict on them turns.  Sourced by its commands after sealed.sh.

turns=(W-NO-KEPT W-NO-LOST E-NO-LUKS E-RO-LUKS)

turn_image()
{
	echo "/var/tmp/$1.img"
}

turn_make()
{
	local name
	controllers
	for name in "${turns[@]}"; do
		case $name in
		E-*)
			sealed_volume "$(turn_image "$name")" 16
			cryptsetup open --key-file /run/password "$(turn_image "$name")" making
			mkfs.ext4 -qF -E root_owner=1000:1000 -L "$name" /dev/mapper/making
			udevadm settle
			cryptsetup close making
			;;
		*)
			truncate -s 16M "$(turn_image "$name")"
			mkfs.ext4 -qF -E root_owner=1000:1000 -L "$name" "$(turn_image "$name")"
			;;
		esac
		gadget make "$name" vendor=1d6b product=0105 serial="$name" \
			storage="$(turn_image "$name")"
		gadget plug "$name"
	done
}

turn_end()
{
	local name
	for name in "${turns[@]}"; do
		gadget unplug "$name"
		gadget remove "$name"
		rm -f "$(turn_image "$name")"
	done
}

# The workstation is on the site, or leaves it.
on_site()
{
	ip addr add 10.9.0.1/16 dev eth0
}

off_site()
{
	ip addr del 10.9.0.1/16 dev eth0
}

# What is mounted of a stick: its disk, or what is unlocked on it.
turn_node()
{
	local name
	name=$(disk "$1") || return 1
	if [[ $1 == E-* ]]; then
		name=$(ls "/sys/block/$name/holders")
		[[ -n $name ]] && echo "/dev/mapper/$(<"/sys/block/$name/dm/name")"
	else
		echo "/dev/$name"
	fi
}

# Not opened for writing: when that is closed, the kernel says that the disk may have changed, and what
# may be used where it is encrypted is shut until it has been looked at again.
turn_ready()
{
	local name
	name=$(disk "$1") && reads "$name" && [[ $(<"/sys/block/$name/ro") == 0 ]] &&
		udevadm info -q property "/dev/$name" 2>/dev/null | grep -q ^ID_FS_TYPE=
}

# Alice unlocks and mounts them all.
turn_mount()
{
	local name
	for name in "${turns[@]}"; do
		within 30 turn_ready "$name" || { echo "no $name"; return 1; }
		if [[ $name == E-* ]]; then
			within 20 as-alice udisksctl unlock --key-file /run/password \
				-b "/dev/$(disk "$name")" || return 1
			udevadm settle -t 10
		fi
		as-alice udisksctl mount -b "$(turn_node "$name")" || return 1
	done
}

# mounted_as NAME ro|rw: its file system is, for all its mounts.
mounted_as()
{
	[[ $(findmnt -n -o FS-OPTIONS "/media/alice/$1" | cut -d, -f1) == "$2" ]]
}

all_mounted_as()
{
	local name
	for name in "${turns[@]:1}"; do mounted_as "$name" "$1" || return 1; done
}

# Somebody who writes to a stick a line at a time, and says so when that fails.
turn_writer()
{
	# shellcheck disable=SC2016 # that shell expands it
	setsid -f as-alice bash -c 'exec 3>"$0/lines" || exit 1
		while echo line >&3; do read -r -t 0.1 <> <(:) || true; done' \
		"/media/alice/$1" >/run/writer.log 2>&1
}

turn_writes()
{
	local size
	size=$(stat -c %s "/media/alice/$1/lines") && pause 1 &&
		(($(stat -c %s "/media/alice/$1/lines") > size))
}

# withdrawn_since SEQ NAME
withdrawn_since()
{
	ledger | tail -n +"$(($1 + 1))" | grep -F '"kind":"device.withdrawn"' |
		grep -qF "\"serial\":\"$2\""
}

all_withdrawn_since()
{
	local name
	for name in "${turns[@]}"; do withdrawn_since "$1" "$name" || return 1; done
}

not_mounted()
{
	! findmnt -n "/media/alice/$1" >/dev/null
}

# The file system is whole, as fsck sees it.
turn_is_clean()
{
	local node status=0
	node=$(turn_image "$1")
	if [[ $1 == E-* ]]; then
		cryptsetup open --readonly --key-file /run/password "$node" looking || return 1
		node=/dev/mapper/looking
	fi
	e2fsck -fn "$node" || status=$?
	[[ $1 != E-* ]] || { udevadm settle -t 10; cryptsetup close looking; }
	return $status
}
