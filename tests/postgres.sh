#!/usr/bin/env bash
# A throw-away PostgreSQL cluster for the tests: a folder of its own, a unix socket only, gone after `stop`.
#
#   tests/postgres.sh start [PID]   starts one and prints its DATABASE_URL; with PID it stops by itself when that
#                                   process ends
#   tests/postgres.sh restart URL   restarts the server of a cluster that `start` made, as an operator would
#   tests/postgres.sh stop URL      stops it and removes its folder
#
# Uses the newest of Debian's PostgreSQL (/usr/lib/postgresql/*/bin); as root it installs the package `postgresql` where
# it is missing, and runs the server as an unprivileged user, since initdb refuses root.
set -euo pipefail

die() {
    echo "postgres.sh: $*" >&2
    exit 1
}

binaries() {
    ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1
}

install_if_missing() {
    [ -n "$(binaries)" ] && return
    [ "$(id -u)" = 0 ] || die "no PostgreSQL under /usr/lib/postgresql; install Debian's package postgresql"
    # Installing would start a cluster of its own on port 5432; only the programs are wanted.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    {
        apt-get update
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql
    } >&2 || die "cannot install postgresql"
}

# Runs a command as the user that owns the cluster.
unprivileged() {
    if [ "$(id -u)" = 0 ]; then
        local user=nobody
        id postgres >/dev/null 2>&1 && user=postgres
        (cd / && runuser -u "$user" -- "$@")
    else
        "$@"
    fi
}

control() {
    local folder=$1
    shift
    # The server would keep a pipe of the caller open for as long as it runs.
    unprivileged "$(binaries)/pg_ctl" -D "$folder/data" -w -t 60 "$@" >/dev/null 2>&1 </dev/null
}

# The folder in a URL that `start` printed.
folder_of() {
    local folder=${1#*host=}
    case $folder in
    /tmp/bodysite-postgres.*) echo "$folder" ;;
    *) die "not a cluster of this script" ;;
    esac
}

start() {
    install_if_missing
    local folder
    # Socket paths are limited to about 100 bytes, so TMPDIR is not asked.
    folder=$(unprivileged mktemp -d /tmp/bodysite-postgres.XXXXXX)
    # A locale that does not sort by bytes, so that a forgotten collation shows; servers before 15 have no ICU databases.
    local as=(-D "$folder/data" -U bodysite -A trust -E UTF8 --locale=C.UTF-8 --no-sync)
    unprivileged "$(binaries)/initdb" "${as[@]}" --locale-provider=icu --icu-locale=en-US >/dev/null 2>&1 ||
        unprivileged "$(binaries)/initdb" "${as[@]}" >/dev/null || die "initdb failed"
    # Only who may enter the folder can connect. Many tests, each with connections of its own, run at once.
    unprivileged sh -c "cat >>'$folder/data/postgresql.conf'" <<CONF
listen_addresses = ''
unix_socket_directories = '$folder'
max_connections = 200
fsync = off
CONF
    control "$folder" -l "$folder/log" start || {
        cat "$folder/log" >&2
        die "the server did not start"
    }
    if [ -n "${1:-}" ]; then
        watch "$1" "$folder" </dev/null >/dev/null 2>&1 &
    fi
    echo "postgres://bodysite@localhost/postgres?host=$folder"
}

watch() {
    trap '' HUP INT
    while kill -0 "$1" 2>/dev/null; do
        sleep 0.5
    done
    remove "$2"
}

remove() {
    control "$1" -m immediate stop || true
    rm -rf "$1"
}

case ${1:-} in
start) start "${2:-}" ;;
restart) control "$(folder_of "$2")" -m fast -l "$(folder_of "$2")/log" restart ;;
stop) remove "$(folder_of "$2")" ;;
*) die "usage: postgres.sh start [PID] | restart URL | stop URL" ;;
esac
