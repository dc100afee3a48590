# shellcheck shell=bash
# The scenario of this name, with two hundred plugs.
export STRESS_PLUGS=200
# shellcheck source-path=SCRIPTDIR/.. source=scenarios/11-readonly-stress.sh
. scenarios/11-readonly-stress.sh
