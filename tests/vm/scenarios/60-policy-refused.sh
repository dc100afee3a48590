# shellcheck shell=bash
# shellcheck disable=SC2016 # the guest expands these
# What a taken-over reporter or collector could hand to the enforcer: each is refused with its
# reason in the record, and the policy in force stays.
# shellcheck source-path=SCRIPTDIR/.. source=lib.sh
. ./lib.sh

share=$VM_DIR/share
good=$share/good

# offered NAME REASON FOLDER: hand it over as the user devgate, and look for the refusal.
offered()
{
	local name=$1 reason=$2 folder=/run/bench/${3##*/} seq seen
	seq=$(guest last_seq)
	seen=$(guest "setpriv --reuid devgate --regid devgate --init-groups offer \
		/run/devgate/control.sock policy $folder/manifest.dsse.json \
		$folder/rules.json $folder/registered.bin") && seen="applied: $seen"
	is "$name: refused as $reason" "$reason" jq -r .refused <<<"$seen"
	is "$name: in the record" "$reason" guest \
		"ledger | tail -n +$((seq + 1)) | grep -F policy.refused | tail -n 1 | jq -r .reason"
	ok "$name: the policy in force stays" guest "policy_is $in_force"
}

# forged FOLDER KEYID_OF…: sign the manifest in FOLDER anew with a stolen collector's own keys;
# "own" names the key truthfully, an officer's name claims to be that officer's.
forged()
{
	local folder=$1 key=$SITE/own.pem whose keyid signatures=()
	shift
	jq -r .payload "$folder/manifest.dsse.json" | base64 -d >"$SITE/payload"
	{
		printf 'DSSEv1 40 application/vnd.devgate.manifest.v1+json %d ' \
			"$(stat -c %s "$SITE/payload")"
		cat "$SITE/payload"
	} >"$SITE/pae"
	for whose in "$@"; do
		openssl genpkey -algorithm ed25519 -out "$key" 2>/dev/null
		keyid=$(openssl pkey -in "$key" -pubout -outform DER | tail -c 32 | sha256sum | cut -d' ' -f1)
		[[ $whose == own ]] ||
			keyid=$(jq -r .key "$SITE/$whose.pub" | base64 -d | sha256sum | cut -d' ' -f1)
		signatures+=("$(jq -n --arg keyid "$keyid" --arg sig \
			"$(openssl pkeyutl -sign -rawin -inkey "$key" -in "$SITE/pae" | base64 -w 0)" \
			'{ $keyid, $sig }')")
	done
	printf '%s\n' "${signatures[@]}" | jq -s --rawfile payload \
		<(base64 -w 0 "$SITE/payload") \
		'{ payloadType: "application/vnd.devgate.manifest.v1+json", $payload, signatures: . }' \
		>"$folder/manifest.dsse.json"
}

variant()
{
	rm -rf "${share:?}/$1"
	cp -r "$good" "$share/$1"
	chmod -R a+rX "$share/$1"
}

policy_push policies/desk.json
in_force=$(bundle_version "$SITE/bundle")
rm -rf "$good"
cp -r "$SITE/first" "$good"
variant old
offered 'an old version' old-version "$share/old"

# The next version, with both signatures, kept back from the collector.
policy_draft policies/lab.json
cp -r "$SITE/bundle" "$share/one"
chmod -R a+rX "$share/one"
offered 'one signature of two' too-few-signatures "$share/one"
ctl policy approve "$SITE/bundle" --key "$SITE/bob.key" --passphrase-file "$SITE/bob.pass" --yes \
	>>"$SITE/policy.log"
rm -rf "$good"
cp -r "$SITE/bundle" "$good"

variant byte
jq '.payload |= (explode | .[60] |= (if . == 65 then 66 else 65 end) | implode)' \
	"$good/manifest.dsse.json" >"$share/byte/manifest.dsse.json"
offered 'a changed byte' bad-signature "$share/byte"

variant rules
sed -i 's/"deny"/"allow"/' "$share/rules/rules.json"
offered 'rules other than those signed' bad-section "$share/rules"

variant own
forged "$share/own" own own
offered "a stolen collector's own keys" unknown-key "$share/own"

variant claimed
forged "$share/claimed" alice bob
offered "signatures that only claim to be the officers'" bad-signature "$share/claimed"

variant twice
jq '.signatures[1] = .signatures[0]' "$good/manifest.dsse.json" >"$share/twice/manifest.dsse.json"
seen=$(guest 'setpriv --reuid devgate --regid devgate --init-groups offer /run/devgate/control.sock \
	policy /run/bench/twice/manifest.dsse.json /run/bench/twice/rules.json \
	/run/bench/twice/registered.bin' || true)
is 'one officer signing twice does not count as two' false jq .applied <<<"$seen"

policy_draft policies/lab.json --expires 2s
ctl policy approve "$SITE/bundle" --key "$SITE/bob.key" --passphrase-file "$SITE/bob.pass" --yes \
	>>"$SITE/policy.log"
rm -rf "$share/expired"
cp -r "$SITE/bundle" "$share/expired"
chmod -R a+rX "$share/expired"
sleep 4
offered 'an expired one' expired "$share/expired"

variant sealed
fails 'memory that could still change is refused' guest \
	'setpriv --reuid devgate --regid devgate --init-groups offer --unsealed /run/devgate/control.sock \
	policy /run/bench/sealed/manifest.dsse.json /run/bench/sealed/rules.json /run/bench/sealed/registered.bin'
fails 'alice may not offer' guest \
	'as-alice /run/bench/guest/offer /run/devgate/control.sock policy \
	/run/bench/good/manifest.dsse.json /run/bench/good/rules.json /run/bench/good/registered.bin'
ok 'the policy in force is still the same' guest "policy_is $in_force"

stick "$SITE/unknown.img" UNKNOWN
plug_stick unknown NOBODYS "$SITE/unknown.img"
is 'and an unknown stick is denied as ever' 'deny default:storage' guest 'decided NOBODYS'
vm unplug unknown

fails 'the collector refuses the forgery too' ctl policy publish "$share/own"
chmod -R a+rX "$good"
ok 'and takes the good one' ctl policy publish "$good"
ok 'which comes into force' guest "within 30 policy_is $(bundle_version "$good")"
ok 'the chain holds' guest 'devgate ledger verify'
policy_push policies/desk.json
