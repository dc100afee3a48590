# shellcheck shell=bash
# sealed.sh - encrypted volumes in the guest, for 12-encrypted: made, opened, and looked at.  Sourced
# by its commands.

# One password for all volumes that "sealed_volume" makes.
printf 'open-sesame' >/run/password

# sealed_volume FILE MiB: LUKS 2 with a short header, unlocked fast.
sealed_volume()
{
	rm -f "$1"
	truncate -s "$2M" "$1"
	cryptsetup luksFormat -q --type luks2 --luks2-metadata-size 16k --luks2-keyslots-size 256k \
		--pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file /run/password "$1"
}

# reads NODE, writes NODE: root can open it for that.
reads()
{
	{ : <"/dev/$1"; } 2>/dev/null
}

writes()
{
	{ : 3<>"/dev/$1"; } 2>/dev/null
}

shut()
{
	! reads "$1" && ! writes "$1"
}

# The raw node of the whole disk NAME.
raw_of()
{
	basename "/sys/block/$1"/device/scsi_generic/*
}

# The device with this serial is denied by the rules' default, and closed.
turned_away()
{
	local device
	device=$(usb "$1") && [[ $(<"$device/authorized") == 0 ]] && ! disk "$1" >/dev/null
}

# kept_in_use MOUNT-POINT: somebody writes there, and it arrives.
usable()
{
	as-alice dd if=/dev/zero of="$1/file" bs=64k count=4 conv=fsync status=none &&
		as-alice cat "$1/file" >/dev/null
}
