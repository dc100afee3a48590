# shellcheck shell=bash
# The scenario of this name, for a minute at least: at all ports that the kernel has, and with as many
# as five hundred different devices.
export FLAPPING_SECONDS=60 FLAPPING_PORTS=15 FLAPPING_IDENTITIES=500
# shellcheck source-path=SCRIPTDIR/.. source=scenarios/72-flapping.sh
. scenarios/72-flapping.sh
