# shellcheck shell=bash
# collector.sh - a devgate-collector on loopback, machines and people that speak to it with curl, and
# ledgers: for the tests beside this folder to source.
#
# Set before: bin (folder of devgate-collector and devgatectl); the current folder is the test's own.
# Set by the test: agents, people (URLs), agents_port, people_port; $DEVGATE_STORE (a URL) and
# $checkpoint_every (seconds), or not; collector_options, an array.
# The caller ends $collector, the process's id, when it is done.
# shellcheck disable=SC2034,SC2154 # of the test's
passed=0 failed=0
collector=
collector_options=()

result() { # STATUS NAME
	if [ "$1" -eq 0 ]; then
		echo "ok - $2"
		passed=$((passed + 1))
	else
		echo "not ok - $2"
		failed=$((failed + 1))
	fi
}

check() { # NAME COMMAND...
	local name=$1
	shift
	"$@"
	result $? "$name"
}

free_ports() { # [COUNT]: ports that nobody listens on, two by default
	local port
	for port in $(shuf -i 20000-30000 -n 50); do
		if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
			echo "$port"
		fi
	done | head -n "${1:-2}"
}

# --- The program ------------------------------------------------------------------------------

start() { # [DATA-DIRECTORY]
	"$bin/devgate-collector" --data "${1:-data}" ${DEVGATE_STORE:+--store "$DEVGATE_STORE"} \
		--agents "127.0.0.1:$agents_port" \
		--people "127.0.0.1:$people_port" ${checkpoint_every:+--checkpoint-every "$checkpoint_every"} \
		"${collector_options[@]}" 2>>collector.log &
	collector=$!
	for _ in $(seq 100); do
		curl -s --cacert data/ca.crt -o /dev/null "$people/healthz" && return 0
		sleep 0.1
	done
	echo "the collector did not start:" && cat collector.log
	return 1
}

stop() { # SIGNAL; the status it ended with
	kill -"$1" "$collector"
	wait "$collector" 2>/dev/null
	local status=$?
	collector=
	return $status
}

make_data() {
	local name
	for name in alice bob; do
		printf 'a long passphrase of %s' $name >$name.pass
		"$bin/devgatectl" officer key generate --name $name --out $name.key \
			--passphrase-file $name.pass >/dev/null 2>&1 || return 1
	done
	"$bin/devgatectl" --profile alice.json init --data data --name localhost \
		--officer alice.pub --officer bob.pub --auditor carol \
		--port "$people_port" >/dev/null
}

# --- Requests -----------------------------------------------------------------------------------

# Ask, and leave the answer in "answer" and its header in "header".  Prints the status.
ask() { # CURL-ARGUMENT...
	curl -s --max-time 100 --cacert data/ca.crt -o answer -D header -w '%{http_code}' "$@"
}

as() { # CERTIFICATE CURL-ARGUMENT...
	ask --cert "$1.crt" --key "$1.key" "${@:2}"
}

person() { # NAME CURL-ARGUMENT...
	ask -H "Authorization: Bearer $(jq -r .token "$1.json")" "${@:2}"
}

code() {
	jq -r '.code // "none"' answer 2>/dev/null || echo "no problem document"
}

# The answer is a problem document of this status and code, and nothing else.
refused() { # STATUS CODE REQUEST...
	local want="$1 $2" got
	shift 2
	got=$("$@")
	got="$got $(code)"
	[ "$got" = "$want" ] && grep -qi '^Content-Type: application/problem+json' header &&
		[ "$(jq -r '.type, (.status | tostring), (.title | length > 0), (.detail | length > 0)' \
			answer | tr '\n' ' ')" = "about:blank ${want%% *} true true " ] && return 0
	echo "wanted $want, got $got: $(head -c 300 answer)"
	return 1
}

answered() { # STATUS REQUEST...
	local want=$1 got
	shift
	got=$("$@")
	[ "$got" = "$want" ] && return 0
	echo "wanted $want, got $got: $(head -c 300 answer)"
	return 1
}

# --- Machines -----------------------------------------------------------------------------------

machine_id() {
	printf '%s' "$1" | sha256sum | cut -d' ' -f1
}

new_token() {
	person alice "$people/api/v1/tokens" -d '{"unit":"finance"}' >/dev/null
	jq -r .enrolment.token answer
}

new_key() { # NAME
	certtool --generate-privkey --key-type ecdsa --curve secp256r1 --outfile "$1.key" 2>/dev/null
	echo "cn = $1" >template
	certtool --generate-request --load-privkey "$1.key" --template template \
		--outfile "$1.csr" 2>/dev/null
}

form() { # NAME TOKEN
	jq -n --arg token "$2" --arg name "$1" --arg machine "$(machine_id "$1")" \
		--rawfile csr "$1.csr" '{token: $token, hostname: $name, machine_id: $machine,
		csr: $csr, version: "0.1.0"}'
}

enrol() { # NAME TOKEN; prints the status
	form "$1" "$2" >form.json
	ask "$agents/v1/enroll" -d @form.json
}

enrol_new() { # NAME: its key, certificate and host id in NAME.*
	new_key "$1"
	[ "$(enrol "$1" "$(new_token)")" = 201 ] || return 1
	jq -r .certificate answer >"$1.crt"
	jq -r .host answer >"$1.host"
}

# A certificate that the collector did not issue, for the key of ws1.
forge() { # NAME CA COMMON-NAME EXPIRY
	cp ws1.key "$1.key"
	printf 'cn = "%s"\ntls_www_client\nsigning_key\nserial = 0x%s\nexpiration_date = "%s"\n%s\n' "$3" \
		40000000000000000000000000000001 "$4" 'activation_date = "2020-01-01 00:00:00"' >template
	certtool --generate-certificate --load-request ws1.csr --load-ca-certificate "$2.crt" \
		--load-ca-privkey "$2.key" --template template --outfile "$1.crt" 2>/dev/null
}

other_ca() {
	certtool --generate-privkey --key-type ecdsa --curve secp256r1 --outfile other.key 2>/dev/null
	printf 'cn = "other"\nca\ncert_signing_key\nexpiration_days = 10\n' >template
	certtool --generate-self-signed --load-privkey other.key --template template \
		--outfile other.crt 2>/dev/null
}

# --- Ledgers ------------------------------------------------------------------------------------

from_hex() {
	printf '%s' "${1^^}" | basenc --base16 -d
}

ledger_start() { # ID
	ledger=$1 seq=1
	hash=$({ printf 'devgate ledger 1\0' && printf '%s' "$1"; } | sha256sum | cut -d' ' -f1)
}

lines() { # COUNT [TEXT]: the next lines, from $line_time
	local head
	for _ in $(seq "$1"); do
		head="{\"seq\":$seq,\"time\":\"${line_time:-2026-11-22T08:00:00.000000Z}\",\"boot\":\"0\",\"mono_us\":1,"
		head+="\"kind\":\"agent.degraded\",\"what\":\"test\",\"text\":\"${2:-}\""
		hash=$({ from_hex "$hash" && printf '%s' "$head"; } | sha256sum | cut -d' ' -f1)
		printf '%s,"hash":"%s"}\n' "$head" "$hash"
		seq=$((seq + 1))
	done
}

upload() { # CERTIFICATE FILE CURL-ARGUMENT...
	as "$1" "$agents/v1/events" -H "X-Devgate-Ledger: $ledger" \
		-H 'Content-Type: application/x-ndjson' --data-binary "@$2" "${@:3}"
}

acked() { # WANTED REQUEST...
	local want=$1
	shift
	answered 200 "$@" && [ "$(jq .acked answer)" = "$want" ]
}
