# shellcheck shell=bash
# The scenario of this name, in a hundred rounds.
export WITHDRAW_ROUNDS=100
# shellcheck source-path=SCRIPTDIR/.. source=scenarios/15-withdraw.sh
. scenarios/15-withdraw.sh
