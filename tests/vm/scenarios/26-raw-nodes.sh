# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# Nodes by which programs speak to a device past the file systems: a tape drive and a media changer on
# USB, with the kernel's nodes for them (st, sch, sg, bsg); denied, read-only and allowed.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

# Commands of guest/fake.sh in the guest.
fakes()
{
	guest -t 90 ". fake.sh; . buses.sh; $1"
}

# The nodes that the kernel has made for the fake NAME, below /dev: sg3, bsg/6:0:0:0, st0, nst0 …
nodes='nodes() { local file line
	for file in "$(fake_path $1)"/*/host*/target*/*/{scsi_generic,scsi_tape,scsi_changer,bsg}/*/uevent; do
		while read -r line; do
			[[ $line != DEVNAME=* ]] || echo "${line#DEVNAME=}"
		done 2>/dev/null <"$file"
	done | sort; }
	# Who opens them how, one line if it is the same for all.
	open_nodes() { local n; for n in $(nodes $1); do opens $n $2; done | sort -u; }
	# The same of a node of its number that is made anew, out of /dev.
	open_copies() { local n; mkdir -p /run/copies
		for n in $(nodes $1); do
			rm -f /run/copies/it
			mknod /run/copies/it c $(stat -c "0x%t 0x%T" /dev/$n)
			! { : </run/copies/it; } 2>/dev/null || echo $n
		done; }
	changer() { nodes changer | grep -q ^sch; }
	tape() { nodes tape | grep -qx st0; }'

guest '. fake.sh; fake_controllers; modprobe st; modprobe ch; modprobe sg; last_seq >/run/seq'

sed 1d policies/any-stick.json | jq '.rules[1].verdict = "read-only"' >"$SITE/read-only.json"
ok 'a policy that lets disks be read' policy_push "$SITE/read-only.json"
fakes "$nodes; fake tape serial=TAPE name=Tape interfaces=080650 scsi=1
	fake changer serial=CHANGER name=Changer interfaces=080650 scsi=8
	within 30 fakes_are_decided \$(cat /run/seq) tape changer"
is 'a tape drive is storage, which may be read' 'read-only storage' guest \
	'lines device.decided TAPE | tail -n 1 | jq -r "\"\(.verdict) \(.interfaces[0].function)\""'
ok 'the kernel has made its nodes' fakes "$nodes; within 30 tape"
ok 'and those of a media changer' fakes "$nodes; within 30 changer"
is 'there are nodes of four kinds' 'bsg nst sch sg st' fakes "$nodes; pause 1
	{ nodes tape; nodes changer; } | sed 's/[0-9/:].*//; s/^\\(n*st\\)[alm]*\$/\\1/' | sort -u | tr '\n' ' ' | sed 's/ \$//'"
is 'nobody opens any of them: they go past read-only' 'nobody nobody' fakes "$nodes
	echo \$(open_nodes tape r) \$(open_nodes changer r)"
is 'nor a node of the same number elsewhere' '' fakes "$nodes; open_copies tape; open_copies changer"
is 'root does not ask the tape what it is through SG_IO' '' \
	fakes "$nodes; for n in \$(nodes tape | grep -E '^(sg|bsg)'); do ! sg_inq /dev/\$n >/dev/null 2>&1 || echo \$n; done"

ok 'a policy that lets them be used' policy_push policies/any-stick.json
ok 'its nodes are open to root' fakes "$nodes
	reached() { local n; n=\$(nodes tape | grep ^sg) && sg_inq /dev/\$n | grep -q Thing; }
	within 30 tape && within 20 reached"
is 'both raw ones' 'sg bsg' fakes "$nodes
	for n in sg bsg; do ! sg_inq /dev/\$(nodes tape | grep ^\$n) 2>/dev/null | grep -q Thing || echo \$n; done | tr '\n' ' ' | sed 's/ \$//'"
ok 'and the tape itself: what is wrong is the tape, not the gate' fakes "$nodes
	why=\$(dd if=/dev/nst0 bs=1 count=1 2>&1 || true); [[ \$why != *'not permitted'* && \$why != *'Permission denied'* ]]"

ok 'denied again' policy_push policies/desk.json
ok 'there is nothing of it' fakes "$nodes; gone() { [[ -z \$(nodes tape) && -z \$(nodes changer) ]]; }; within 20 gone"
is 'and its numbers open nothing' '' guest 'rm -f /run/copies/it; mknod /run/copies/it c 9 0; { : </run/copies/it; } 2>/dev/null && echo open || true'
guest '. fake.sh; unfake tape changer; rm -rf /run/copies'
