# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# The machine sleeps (S3) and wakes up: what was open is open, what was closed is closed, and what
# was swapped meanwhile is judged.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

is_suspended()
{
	vm qmp '{"execute":"query-status"}' | grep -q '"suspended"'
}

stick "$SITE/rw.img" REGISTERED
stick "$SITE/unknown.img" UNKNOWN
stick "$SITE/swapped.img" SWAPPED
plug_stick rw REG-RW "$SITE/rw.img"
plug_stick unknown NOBODYS "$SITE/unknown.img"
plug_stick later REG-RO "$SITE/unknown.img"
guest 'within 20 disk_ready REG-RW; within 20 disk_ready REG-RO; watch_end; last_seq >/run/seq
	rm -f /run/slept; cp /run/bench/guest/slumber /run/; systemd-run --quiet --unit=slumber bash /run/slumber'
ok 'it sleeps' eventually 40 is_suspended
vm unplug later
vm plug swapped usb-storage serial=SWAPPED "image=$SITE/swapped.img"
vm qmp '{"execute":"system_wakeup"}' >/dev/null
ok 'it wakes up' eventually 60 guest -t 5 '[[ $(cat /run/slept) == 0 ]]'
ok 'the agent is up' guest -t 40 'within 30 agent_is_active'
ok 'what was open comes up again' guest -t 40 'within 30 disk_ready REG-RW'
is 'what was closed stays closed' 0 guest 'cat $(usb NOBODYS)/authorized'
is 'and gets no interface' absent guest 'driver NOBODYS 0'
ok 'what was swapped is judged' guest -t 40 'within 30 decided_since $(cat /run/seq) SWAPPED'
is 'and denied' 'deny default:storage' guest 'decided SWAPPED'
is 'and gets no interface, either' absent guest 'driver SWAPPED 0'
is 'the verdicts are those from before' $'allow registered:A-001\ndeny default:storage' \
	guest 'decided REG-RW; decided NOBODYS'
is 'the root hubs still begin with nothing authorized' 0 \
	guest 'cat /sys/bus/usb/devices/usb*/authorized_default | sort -u'
ok 'the chain holds' guest 'devgate ledger verify'
vm unplug rw
vm unplug unknown
vm unplug swapped
