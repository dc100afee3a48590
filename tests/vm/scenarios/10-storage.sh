# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# One stick that is registered, one that nobody knows, one that may only be read.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

stick "$SITE/rw.img" REGISTERED
stick "$SITE/unknown.img" UNKNOWN
stick "$SITE/ro.img" READONLY

plug_stick rw REG-RW "$SITE/rw.img"
is 'a registered stick is allowed, and says why' 'allow registered:A-001' guest 'decided REG-RW'
ok 'it comes up' guest 'within 20 disk_ready REG-RW'
ok 'alice mounts it through udisks and writes' guest \
	'as-alice udisksctl mount -b /dev/$(disk REG-RW)1 &&
	as-alice dd if=/dev/zero of=/media/alice/REGISTERED/file bs=1M count=2 conv=fsync &&
	as-alice udisksctl unmount -b /dev/$(disk REG-RW)1'
is 'the record names the person' alice \
	guest 'lines device.decided REG-RW | tail -n 1 | jq -r .person'
vm unplug rw
ok 'its removal is recorded with the bytes written' guest \
	'within 10 removed_after_writing REG-RW 2097152'

guest watch
plug_stick unknown NOBODYS "$SITE/unknown.img"
sleep 3
is 'an unknown stick is denied by default' 'deny default:storage' guest 'decided NOBODYS'
is 'it is not authorized' 0 guest 'cat $(usb NOBODYS)/authorized'
is 'no driver ever bound to it' '' guest 'bound'
is 'no disk of it ever appeared' '' guest 'disks'
ok 'the watch saw it arrive' guest 'watch_lines | grep -E " add usb "'
is 'the record calls it a violation' true \
	guest 'lines device.decided NOBODYS | tail -n 1 | jq .violation'
vm unplug unknown

before=$(sha256sum <"$SITE/ro.img")
plug_stick ro REG-RO "$SITE/ro.img"
is 'a read-only stick is allowed for reading' 'read-only registered:A-002' guest 'decided REG-RO'
ok 'it comes up' guest 'within 20 disk_ready REG-RO'
is 'disk and partition are read-only' $'1\n1' \
	guest 'd=$(disk REG-RO); cat /sys/block/$d/ro /sys/block/$d/${d}1/ro'
ok 'alice reads it through udisks' guest \
	'as-alice udisksctl mount -b /dev/$(disk REG-RO)1 && ls /media/alice/READONLY/lost+found'
fails 'alice cannot write there' guest 'as-alice touch /media/alice/READONLY/file'
fails 'nor root remount it for writing' guest 'mount -o remount,rw /media/alice/READONLY'
guest 'as-alice udisksctl unmount -b /dev/$(disk REG-RO)1' >/dev/null
fails 'root cannot write with dd' guest \
	'dd if=/dev/zero of=/dev/$(disk REG-RO) bs=4096 seek=200 count=1 conv=notrunc'
fails 'nor to the partition' guest \
	'dd if=/dev/zero of=/dev/$(disk REG-RO)1 bs=4096 seek=20 count=1 conv=notrunc oflag=direct'
fails 'mount -o rw does not give a writable mount' guest \
	'mkdir -p /mnt/ro; mount -o rw /dev/$(disk REG-RO)1 /mnt/ro || true
	touch /mnt/ro/file && mountpoint -q /mnt/ro'
guest '! mountpoint -q /mnt/ro || umount /mnt/ro'
vm unplug ro
is "the stick is as it was, byte by byte" "$before" bash -c "sha256sum <$SITE/ro.img"
