#!/bin/sh
# Make the virtual environment $1 with everything ringwatch needs. Says in one sentence what is missing on the machine.
set -eu
venv=$1

fail() {
    echo "ringwatch setup: $1" >&2
    exit 1
}

python=
for candidate in ${PYTHON:-} python3.12 python3.11 python3 python; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || fail "Python 3.11 or 3.12 is needed: install one of them, or name it with make setup PYTHON=/path/to/python3.12"

free_mib=$(df -Pm . | awk 'NR == 2 { print $4 }')
[ "$free_mib" -ge 9000 ] || [ -d "$venv" ] || fail "$free_mib MiB are free here and about 9000 are needed, most of them for torch: make room"

[ -x "$venv/bin/pip" ] || "$python" -m venv "$venv" || fail "$python cannot make a virtual environment: install its venv package (Debian: python3-venv)"
"$venv/bin/pip" install --no-input --quiet --editable '.[aws,dev,lake,report,service,train]' ||
    fail "pip could not install the pinned packages (see above): look at the network or the package index and run make setup again"
"$venv/bin/python" -m flink_job.cluster.environment || exit 1
echo "ringwatch is ready: make demo"
