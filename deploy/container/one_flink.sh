#!/bin/bash
# Let Python's Flink and that of /opt/flink be one, so that no image has two of them, and give it what the job needs besides.
# $1: folder of the connectors' jars. $2: that of the plugin for S3. $3: where what is to be added to the image is put.
# Runs in the stage that compiles. A test calls it with other folders in FLINK and PACKAGES.
set -euo pipefail
flink=${FLINK:-/opt/flink} packages=${PACKAGES:-/opt/ringwatch}
connectors=$1 s3=$2 added=$3/opt/flink
site=$("$packages/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
wanted=$("$packages/bin/python" -c 'from importlib.metadata import version; print(version("apache-flink"))')
for part in bin conf lib opt plugins; do
    mkdir -p "$added/$part"
    # the base has it, or PyFlink brings it
    [ -d "$flink/$part" ] || cp -a "$site/pyflink/$part/." "$added/$part/"
    rm -r "$site/pyflink/$part"
    ln -s "/opt/flink/$part" "$site/pyflink/$part"
done
found=$(basename "$(ls "$flink"/opt/flink-python-*.jar "$added"/opt/flink-python-*.jar 2>/dev/null | head -n 1)" .jar)
if [ "$found" != "flink-python-$wanted" ]; then
    echo "the base has ${found:-no flink-python} in /opt/flink/opt, and PyFlink is $wanted: choose the base of that version" >&2
    exit 1
fi
# The embedded interpreter can be loaded by one class loader only, the cluster's: so its jar is in lib, not in opt alone.
ln -s "../opt/$found.jar" "$added/lib/$found.jar"
cp "$connectors"/*.jar "$added/lib/"
mkdir -p "$added/plugins/s3-fs-hadoop"
cp "$s3"/*.jar "$added/plugins/s3-fs-hadoop/"
ln -s "$site/flink_job/main.py" "$packages/main.py" # a name without Python's version, for manifests
