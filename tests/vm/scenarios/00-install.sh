# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# The package is installed on a plain workstation; before any policy everything new is denied;
# enrolment and the officers' first policy follow.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

register()
{
	ctl media register --vendor "$1" --product "$2" --serial "$3" --tag "$4" "${@:5}" >/dev/null
}

# A writer that finds nothing on a plain workstation would prove nothing later.
stick "$SITE/plain.img" PLAIN
guest 'setsid -f bash -c "writer ext4 >/run/writer.json"'
vm plug plain usb-storage serial=PLAIN "image=$SITE/plain.img"
guest 'within 20 disk_ready PLAIN; sleep 2; kill -TERM $(pidof writer); within 5 test -s /run/writer.json'
vm unplug plain
for way in opened_rw opened_wo written mounted_rw remounted_rw; do
	ok "without the agent the writer finds it: $way" guest "jq -e '.$way > 0' /run/writer.json"
done

collector_start
ok 'the package installs' guest -t 120 'dpkg -i /run/bench/devgate-agent.deb'
ok 'the enforcer runs' guest 'within 20 agent_is_active'
is 'the block gate is active' active guest 'devgate status --json | jq -r .gate'
is 'no policy yet: built-in' builtin guest 'devgate status --json | jq -r .policy.mode'
is 'new controllers begin with nothing authorized' 0 \
	guest 'cat /sys/module/usbcore/parameters/authorized_default'
is 'every root hub begins with nothing authorized' 0 \
	guest 'cat /sys/bus/usb/devices/usb*/authorized_default | sort -u'

stick "$SITE/early.img" EARLY
plug_stick early EARLY "$SITE/early.img"
is 'before any policy a stick is denied' 'deny builtin' \
	guest 'decided EARLY | cut -d: -f1'
is 'and gets no interface' absent guest 'driver EARLY 0'
vm unplug early

ok 'the workstation enrols' enrol
register 46f4 0001 REG-RW A-001
register 46f4 0001 REG-RO A-002 --read-only
register 1d6b 0104 COMBO-REG A-003
register 1d6b 0105 GADGET-RW A-004
for n in {0..3}; do
	register 1d6b 0105 "STRESS-$n" "A-01$n" --read-only
done
ok 'the policy of two officers reaches it' policy_push policies/desk.json
cp -r "$SITE/bundle" "$SITE/first" # 60-policy-refused offers it again when it is old
is 'and names its signers' '["alice","bob"]' \
	guest 'devgate status --json | jq -c ".policy.signers | sort"'
ok 'everything recorded is at the collector' eventually 20 collector_has_all
