#!/bin/sh
# Make the secrets of docker-compose.yml, a file each, in the folder $1 (default: secrets beside this script). What is there stays.
# alert_webhook is the address to which Alertmanager sends: write yours into it.
set -eu
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
umask 077

# keep NAME TEXT: write a secret unless there is one
keep() {
    [ -s "$folder/$1" ] || printf '%s\n' "$2" >"$folder/$1"
}

# random: print 64 hexadecimal digits
random() {
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

for name in pseudonym_key control_key_ops redis_password postgres_password grafana_password; do
    keep "$name" "$(random)"
done
keep redis_url "redis://:$(cat "$folder/redis_password")@redis:6379/0"
keep store_url "postgresql://ringwatch:$(cat "$folder/postgres_password")@postgres/ringwatch"
keep metrics_token "a token of ringwatch: docs/containers.md says how to get one"
keep alert_webhook "http://localhost:9/nobody-is-told"
# Each container has a user of its own; the files are as readable as the folder that holds them.
chmod 755 "$folder"
chmod 444 "$folder"/*
echo "secrets are in $folder: keep pseudonym_key, without it the state cannot be read again"
