#!/bin/sh
# Makes the secrets of compose.yml, once: random, and in no image, file of this repository or process list.
set -eu
cd "$(dirname "$0")"
if [ -e secrets ]; then
  echo "secrets is there already, and stays as it is" >&2
  exit 1
fi
mkdir -m 700 secrets
random() {
  openssl rand -hex 24
}
for name in database_password session_secret admin_password metrics_token s3_secret_key grafana_password; do
  random > "secrets/$name"
done
printf 'postgres://app:%s@database:5432/app\n' "$(cat secrets/database_password)" > secrets/database_url
# Read by the users of the containers; the directory keeps other users of this machine out.
chmod 444 secrets/*
echo "secrets is made; the administrator's password is in secrets/admin_password"
