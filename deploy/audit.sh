#!/bin/sh
# Known vulnerabilities of what is installed in the virtual environment $1 (.venv), by a pinned pip-audit in an environment of its own,
# so that its dependencies do not meddle with the project's. Warns and never fails: an advisory is for people to weigh.
set -u
VENV=${1:-.venv}
TOOL=${2:-run/audit}
if [ ! -x "$TOOL/bin/pip-audit" ]; then
    "$VENV/bin/python" -m venv "$TOOL" && "$TOOL/bin/pip" install --quiet --disable-pip-version-check pip-audit==2.10.1 2>/dev/null
    if [ ! -x "$TOOL/bin/pip-audit" ]; then
        echo "audit: nothing was audited, pip-audit cannot be installed here"
        exit 0
    fi
fi
SITE=$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
REPORT=$(timeout 300 "$TOOL/bin/pip-audit" --path "$SITE" --vulnerability-service osv --progress-spinner off 2>"$TOOL/errors")
case $? in
0) echo "audit: no known vulnerability" ;;
1)
    if [ -n "$REPORT" ]; then
        echo "audit: WARNING, known vulnerabilities (they do not fail the build):"
        echo "$REPORT"
    else
        echo "audit: nothing was audited, the advisory service cannot be reached: $(tail -n 1 "$TOOL/errors" | cut -c 1-200)"
    fi
    ;;
*) echo "audit: nothing was audited, the advisory service did not answer within 5 minutes" ;;
esac
exit 0
