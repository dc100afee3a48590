# shellcheck shell=bash
# The scenario of this name, for a minute.
export FLAPPING_SECONDS=60
# shellcheck source-path=SCRIPTDIR/.. source=scenarios/72-flapping.sh
. scenarios/72-flapping.sh
