# shellcheck shell=bash
# site.sh - a bureau in small, for tests/vm/run and tests/vm/demo to source: a collector on this
# machine's loopback, two officers with keys of their own, and one workstation (tests/vm/vm).
#
# Set before: BIN (folder of devgate-collector and devgatectl), SITE (an empty folder for all
# state).  VM_DIR becomes $SITE/vm.

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
export BIN SITE VM_DIR=$SITE/vm PATH=$PATH:/usr/sbin:/sbin # mke2fs is not in every user's PATH

vm()
{
	"$here/vm" "$@"
}

# A bash command in the guest, with tests/vm/guest/bench.sh's functions; -t SECONDS as vm exec.
guest()
{
	local options=()
	if [[ $1 == -t ]]; then
		options=(-t "$2")
		shift 2
	fi
	"$here/vm" exec "${options[@]}" ". /run/bench/guest/bench.sh; $1"
}

ctl()
{
	"$BIN/devgatectl" --profile "$SITE/profile.json" "$@"
}

free_port()
{
	local port
	while port=$((20000 + RANDOM % 40000)); do
		(: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
	done
}

agents_port()
{
	cut -d' ' -f1 "$SITE/ports"
}

people_port()
{
	cut -d' ' -f2 "$SITE/ports"
}

site_init()
{
	local name
	(
		umask 077
		for name in alice bob; do
			head -c 18 /dev/urandom | base64 >"$SITE/$name.pass"
			"$BIN/devgatectl" officer key generate --name "$name" \
				--passphrase-file "$SITE/$name.pass" --out "$SITE/$name.key"
		done
		"$BIN/devgatectl" --profile "$SITE/profile.json" init --data "$SITE/data" \
			--name 10.0.2.100 --name 127.0.0.1 --threshold 2 \
			--officer "$SITE/alice.pub" --officer "$SITE/bob.pub"
	) >"$SITE/init.log" 2>&1 || { cat "$SITE/init.log" >&2; return 1; }
	echo "$(free_port) $(free_port)" >"$SITE/ports"
	# the guest reaches the collector by the first name, people on this machine by loopback
	jq --arg url "https://127.0.0.1:$(people_port)" '.url = $url' "$SITE/profile.json" \
		>"$SITE/profile.new"
	chmod 600 "$SITE/profile.new"
	mv "$SITE/profile.new" "$SITE/profile.json"
}

collector_start()
{
	local i
	"$BIN/devgate-collector" --data "$SITE/data" --agents "127.0.0.1:$(agents_port)" \
		--people "127.0.0.1:$(people_port)" >>"$SITE/collector.log" 2>&1 &
	echo $! >"$SITE/collector.pid"
	for ((i = 0; i < 100; i++)); do
		! ctl hosts >/dev/null 2>&1 || return 0
		collector_runs || break
		sleep 0.1
	done
	echo "the collector did not start: $(tail -n 3 "$SITE/collector.log")" >&2
	return 1
}

collector_runs()
{
	[[ -s $SITE/collector.pid ]] && kill -0 "$(cat "$SITE/collector.pid")" 2>/dev/null
}

collector_stop()
{
	local i
	collector_runs || return 0
	kill "$(cat "$SITE/collector.pid")"
	for ((i = 0; i < 100; i++)); do
		collector_runs || { rm -f "$SITE/collector.pid"; return 0; }
		sleep 0.1
	done
	echo 'the collector does not end' >&2
	return 1
}

site_finish()
{
	collector_stop || true
	[[ ! -d $VM_DIR ]] || vm kill || true
}

# Sign rules as alice, approve as bob, publish.  Prints the version.
policy_publish()
{
	policy_draft "$@" &&
		ctl policy approve "$SITE/bundle" --key "$SITE/bob.key" \
			--passphrase-file "$SITE/bob.pass" --yes >>"$SITE/policy.log" 2>&1 &&
		ctl policy publish "$SITE/bundle" >>"$SITE/policy.log" 2>&1 &&
		bundle_version "$SITE/bundle"
}

# Sign rules as alice alone, into $SITE/bundle.  Further arguments go to "policy sign".
policy_draft()
{
	local rules=$1
	shift
	rm -rf "$SITE/bundle"
	ctl policy sign --rules "$rules" --key "$SITE/alice.key" \
		--passphrase-file "$SITE/alice.pass" --out "$SITE/bundle" --yes "$@" \
		>>"$SITE/policy.log" 2>&1 || { tail -n 5 "$SITE/policy.log" >&2; return 1; }
}

bundle_version()
{
	jq -r .payload "$1/manifest.dsse.json" | base64 -d | jq .version
}

# As policy_publish, and wait until the workstation has it in force.
policy_push()
{
	local version
	version=$(policy_publish "$@") || return 1
	guest -t 40 "within 30 policy_is $version" ||
		{ echo "version $version did not reach the workstation" >&2; return 1; }
}

enrol()
{
	rm -f "$VM_DIR/share/enrolment.json"
	ctl token create --unit finance --out "$VM_DIR/share/enrolment.json" \
		>>"$SITE/policy.log" &&
		guest -t 90 'devgate enrol --yes /run/bench/enrolment.json'
}

# eventually SECONDS COMMAND…: until it succeeds, on this machine.
eventually()
{
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.2
	done
}

# collector_has SERIAL KIND: the collector has an event of that kind about that device.
collector_has()
{
	ctl --json events --kind "$2" | grep -qF "$1"
}

# Plug a device in and wait until it is decided: plug_device ID KIND serial=SERIAL [KEY=VALUE…]
plug_device()
{
	local seq
	seq=$(guest last_seq)
	vm plug "$@"
	guest "within 20 decided_since $seq ${3#serial=}"
}

# plug_stick ID SERIAL IMAGE
plug_stick()
{
	plug_device "$1" usb-storage "serial=$2" "image=$3"
}

# A USB stick's image with one ext4 partition, made without root: stick FILE LABEL [MiB]
stick()
{
	local file=$1 label=$2 size=${3:-16} sectors
	sectors=$(((size - 1) * 2048))
	rm -f "$file"
	truncate -s "${size}M" "$file"
	mke2fs -q -t ext4 -L "$label" -E root_owner=1000:1000,offset=1048576 "$file" \
		"$((size - 1))M" 2>/dev/null
	# a partition table of one entry: type 83 from sector 2048 on
	{
		printf '\x00\xfe\xff\xff\x83\xfe\xff\xff\x00\x08\x00\x00'
		le32 "$sectors"
	} | dd of="$file" bs=1 seek=446 conv=notrunc status=none
	printf '\x55\xaa' | dd of="$file" bs=1 seek=510 conv=notrunc status=none
}

le32()
{
	local i octal
	for i in 0 8 16 24; do
		printf -v octal '%03o' $((($1 >> i) & 255))
		# shellcheck disable=SC2059 # the octal escape is the format
		printf "\\$octal"
	done
}
