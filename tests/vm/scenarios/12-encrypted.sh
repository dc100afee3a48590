# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# Where only what is encrypted may be used, and where a rule asks what is on a medium.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

share=$VM_DIR/share
tools=$(readlink -f ../../build/vm-host)

# Commands of guest/sealed.sh in the guest.
sealed()
{
	local options=()
	if [[ $1 == -t ]]; then
		options=(-t "$2")
		shift 2
	fi
	guest "${options[@]}" ". /run/bench/guest/sealed.sh; $1"
}

# table FILE TYPE:START:SECTORS…: write a partition table into the disk image.
table()
{
	local file=$1 entry type start sectors
	shift
	for entry in "$@"; do
		IFS=: read -r type start sectors <<<"$entry"
		printf '\x00\xfe\xff\xff%b\xfe\xff\xff' "\\x$type"
		le32 "$start"
		le32 "$sectors"
	done | dd of="$file" bs=1 seek=446 conv=notrunc status=none
	printf '\x55\xaa' | dd of="$file" bs=1 seek=510 conv=notrunc status=none
}

# A stick with two encrypted partitions and a plain one between them.
mixed_stick()
{
	local file=$1
	rm -f "$file"
	truncate -s 28M "$file"
	dd if="$share/sealed.img" of="$file" bs=1M seek=1 conv=notrunc status=none
	mke2fs -q -t ext4 -L PLAIN -E root_owner=1000:1000,offset=$((9 << 20)) "$file" 8M 2>/dev/null
	dd if="$share/sealed.img" of="$file" bs=1M seek=17 conv=notrunc status=none
	table "$file" 83:2048:16384 83:18432:16384 83:34816:16384
}

# one_partition FILE VOLUME
one_partition()
{
	rm -f "$1"
	truncate -s 9M "$1"
	dd if="$2" of="$1" bs=1M seek=1 conv=notrunc status=none
	table "$1" 83:2048:16384
}

# concluded SERIAL: "verdict rule" when its disks have been examined.
concluded()
{
	sealed "done_with() { lines device.changed $1 | grep -q .; }
		within 20 done_with; decided $1"
}

ok 'the policy arrives' policy_push "$PWD/policies/encrypted.json"
sealed -t 60 'sealed_volume /run/sealed.img 8 && cp /run/sealed.img /run/bench/sealed.img'
mixed_stick "$SITE/mixed.img"
one_partition "$SITE/ask.img" "$share/sealed.img"
stick "$SITE/plain.img" PLAIN 9
stick "$SITE/backup.img" BACKUP 16
"$tools/bitlocker" "$SITE/bitlocker.img" 16 open-sesame

# encrypted-only: each partition by itself
plug_stick mixed SEALED-1 "$SITE/mixed.img"
is 'a stick may be used where it is encrypted' 'encrypted-only rule:sealed' guest 'decided SEALED-1'
is 'that is what is in force' encrypted-only \
	guest 'lines device.decided SEALED-1 | tail -n 1 | jq -r ".interfaces[0].effect"'
ok 'an encrypted partition can be opened' sealed \
	'name=; ready() { name=$(disk SEALED-1) && writes "${name}1"; }; within 20 ready'
ok 'and the other' sealed 'within 10 writes "$(disk SEALED-1)3"'
ok 'the plain partition between them cannot be opened by root' sealed 'shut "$(disk SEALED-1)2"'
ok 'nor the whole disk' sealed 'shut "$(disk SEALED-1)"'
ok 'nor its raw node' sealed 'shut "$(raw_of "$(disk SEALED-1)")"'
fails 'the plain partition cannot be mounted by root' guest \
	'mkdir -p /mnt/plain; mount /dev/$(disk SEALED-1)2 /mnt/plain'
fails 'nor read-only' guest 'mount -o ro /dev/$(disk SEALED-1)2 /mnt/plain'
fails 'nor a node of its number elsewhere' guest \
	'd=$(disk SEALED-1); n=$(</sys/class/block/${d}2/dev)
	rm -f /root/node; mknod /root/node b ${n/:/ }; dd if=/root/node of=/dev/null count=1'
fails 'nor can alice mount it through udisks' guest \
	'as-alice udisksctl mount -b /dev/$(disk SEALED-1)2'
ok 'cryptsetup unlocks the first, and a file system is made' guest -t 60 \
	'within 10 cryptsetup open --key-file /run/password /dev/$(disk SEALED-1)1 sealed &&
	mke2fs -q -t ext4 -L SEALED -E root_owner=1000:1000 /dev/mapper/sealed &&
	cryptsetup close sealed && udevadm settle'
ok 'alice unlocks it through udisks and mounts it' guest -t 60 \
	'as-alice udisksctl unlock --key-file /run/password -b /dev/$(disk SEALED-1)1 &&
	udevadm settle &&
	as-alice udisksctl mount -b /dev/mapper/luks-$(cryptsetup luksUUID /dev/$(disk SEALED-1)1)'
ok 'and writes' sealed 'usable /media/alice/SEALED'

# the agent anew, while that is in use
seq=$(guest last_seq)
guest -t 60 'systemctl restart devgate-enforcer.service; within 30 agent_is_active'
ok 'it is in use after the agent was restarted' sealed \
	'within 10 writes "$(disk SEALED-1)1"; usable /media/alice/SEALED'
is 'and nothing more was decided' '' guest \
	"ledger | tail -n +$((seq + 1)) | grep -F SEALED-1"
ok 'the plain partition is shut still' sealed 'shut "$(disk SEALED-1)2"'
guest 'as-alice udisksctl unmount -b /dev/mapper/luks-$(cryptsetup luksUUID /dev/$(disk SEALED-1)1) &&
	as-alice udisksctl lock -b /dev/$(disk SEALED-1)1' >/dev/null

# what was encrypted is made plain
ok 'an encrypted partition that is made plain is shut' sealed -t 40 \
	'd=$(disk SEALED-1); wipefs -qa /dev/${d}1 && within 10 shut ${d}1'
ok 'with its file system, too' sealed -t 40 \
	'd=$(disk SEALED-1); exec 7<>/dev/${d}3
	mke2fs -q -t ext4 -F /run/plain.fs 8M; cat /run/plain.fs >&7; exec 7>&-
	within 10 shut ${d}3'
fails 'and cannot be mounted' guest 'mount /dev/$(disk SEALED-1)3 /mnt/plain'
is 'the stick is there, and as it was decided' 'encrypted-only rule:sealed' guest 'decided SEALED-1'
vm unplug mixed

# who holds it open, and mounts what it has written there
mixed_stick "$SITE/mixed.img"
plug_stick mixed SEALED-2 "$SITE/mixed.img"
ok 'a plain file system that is mounted from an encrypted partition ends the stay' sealed -t 60 \
	'ready() { name=$(disk SEALED-2) && writes "${name}3"; }; within 20 ready
	udevadm settle # it has been looked at again since
	exec 7<>/dev/${name}3; cat /run/plain.fs >&7
	mount /dev/${name}3 /mnt/plain || true
	within 10 turned_away SEALED-2; found=$?
	exec 7>&-; umount -l /mnt/plain 2>/dev/null; exit $found'
is 'which is recorded' 'deny look-again' guest \
	'lines device.changed SEALED-2 | tail -n 1 | jq -r ".verdict + \" \" + .cause"'
vm unplug mixed

# BitLocker, on the whole disk
plug_stick bitlocker SEALED-3 "$SITE/bitlocker.img"
ok 'a disk that is BitLocker as a whole can be opened' sealed \
	'ready() { name=$(disk SEALED-3) && writes $name; }; within 20 ready'
ok 'cryptsetup unlocks it, and a file system is made' guest -t 60 \
	'within 30 cryptsetup open --type bitlk --key-file /run/password /dev/$(disk SEALED-3) bitlocker &&
	mke2fs -q -t ext4 -L BITLOCKER -E root_owner=1000:1000 /dev/mapper/bitlocker &&
	cryptsetup close bitlocker && udevadm settle'
ok 'alice unlocks it through udisks, mounts it and writes' sealed -t 200 \
	'as-alice busctl --timeout=150 call org.freedesktop.UDisks2 \
		/org/freedesktop/UDisks2/block_devices/$(disk SEALED-3) \
		org.freedesktop.UDisks2.Encrypted Unlock "sa{sv}" open-sesame 0 &&
	udevadm settle && node=$(ls /dev/mapper/bitlk-*) &&
	as-alice udisksctl mount -b $node && usable /media/alice/BITLOCKER &&
	as-alice udisksctl unmount -b $node &&
	as-alice udisksctl lock -b /dev/$(disk SEALED-3)'
vm unplug bitlocker

# rules that ask for what is on it
guest watch
plug_stick ask ASK-1 "$SITE/ask.img"
is 'a stick that is all encrypted is allowed' 'allow rule:all-encrypted' concluded ASK-1
is 'it was denied and examined first' '["deny",true,["encryption"]]' guest \
	'lines device.decided ASK-1 | jq -c "[.verdict, .examining, .unknown]"'
is 'the record says what is on it' 'luks' guest \
	'lines device.changed ASK-1 | tail -n 1 | jq -r .medium.encryption'
ok 'it can be used as a whole' sealed 'within 10 writes "$(disk ASK-1)"'
seq=$(guest last_seq)
guest -t 60 'systemctl restart devgate-enforcer.service; within 30 agent_is_active'
ok 'and after the agent was restarted' sealed 'within 10 writes "$(disk ASK-1)"'
is 'without another decision' '' guest "ledger | tail -n +$((seq + 1)) | grep -F ASK-1"
vm unplug ask
plug_stick plain ASK-2 "$SITE/plain.img"
is 'one that is not is denied' 'deny default:storage' concluded ASK-2
ok 'and closed' sealed 'within 10 turned_away ASK-2'
is 'as what it is' 'none true' guest \
	'lines device.changed ASK-2 | tail -n 1 | jq -r "\"\(.medium.encryption) \(.violation)\""'
vm unplug plain
plug_stick mixed ASK-3 "$SITE/mixed.img"
is 'so is a mixture, of which nothing is known' 'deny default:storage' concluded ASK-3
ok 'and closed' sealed 'within 10 turned_away ASK-3'
vm unplug mixed
plug_stick plain SIZE-1 "$SITE/plain.img"
is 'a small one may be read' 'read-only rule:small' concluded SIZE-1
ok 'it can be read, and not written' sealed \
	'ready() { name=$(disk SIZE-1) && reads ${name}1; }; within 10 ready && ! writes ${name}1 &&
	[[ $(</sys/block/$name/ro) == 1 ]]'
vm unplug plain
plug_stick backup SIZE-2 "$SITE/backup.img"
is 'a larger one is denied' 'deny default:storage' concluded SIZE-2
vm unplug backup
plug_stick backup LABEL-1 "$SITE/backup.img"
is 'one with the label is allowed' 'allow rule:backup' concluded LABEL-1
ok 'and mounted by alice' guest -t 30 \
	'within 10 disk_ready LABEL-1 && as-alice udisksctl mount -b /dev/$(disk LABEL-1)1 &&
	as-alice udisksctl unmount -b /dev/$(disk LABEL-1)1'
vm unplug backup
plug_stick plain LABEL-2 "$SITE/plain.img"
is 'one with another label is denied' 'deny default:storage' concluded LABEL-2
vm unplug plain

# a card reader in software, and the cards that are put into it
guest -t 30 'controllers
	cp /run/bench/sealed.img /run/card1; cp /run/plain.fs /run/card2
	gadget make reader serial=ASK-READER storage=/run/card1'
guest 'lun=/sys/kernel/config/usb_gadget/reader/functions/mass_storage.*/lun.0
	for l in $lun; do echo 1 >$l/removable; echo >$l/file; done; gadget plug reader'
ok 'an empty card reader is denied, and waits for a card' sealed -t 30 \
	'waits() { lines device.decided ASK-READER | tail -n 1 | jq -e .examining >/dev/null &&
	name=$(disk ASK-READER) && shut $name; }; within 20 waits'
put_card='put_card() { for l in /sys/kernel/config/usb_gadget/reader/functions/mass_storage.*/lun.0; do
	echo 0 >$l/forced_eject 2>/dev/null; echo "$1" >$l/file; done; }'
ok 'an encrypted card is allowed' sealed -t 40 \
	"$put_card; put_card /run/card1; ready() { decided_as ASK-READER 'allow rule:all-encrypted' &&
	writes \"\$(disk ASK-READER)\"; }; within 20 ready"
ok 'a plain one after it is shut' sealed -t 40 \
	"$put_card; put_card ''; put_card /run/card2
	gone() { decided_as ASK-READER 'deny default:storage' && shut \"\$(disk ASK-READER)\"; }
	within 20 gone"
ok 'and an encrypted one can be used again' sealed -t 40 \
	"$put_card; put_card ''; put_card /run/card1; ready() { decided_as ASK-READER 'allow rule:all-encrypted' &&
	writes \"\$(disk ASK-READER)\"; }; within 20 ready"
guest 'gadget unplug reader; gadget remove reader'

ok 'the desk policy comes back' policy_push "$PWD/policies/desk.json"
