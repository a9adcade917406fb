#!/usr/bin/env bash
# Checks that runs leave their input alone: hash, inode, mode, owner and times of every file and folder before and after,
# and that no system call opens one for writing, changes, moves or removes one.
#
#   tests/inputs_unchanged.sh BODYSITE FOLDER [OPTION of normalize]...
#
# Needs strace. Normalises the folder with corrected copies of both kinds; the exit code of the runs does not matter here.
set -euo pipefail

[ $# -ge 2 ] || {
    sed -n 's/^# \{0,1\}//; 2,6p' "$0" >&2
    exit 64
}
bodysite="$(realpath "$1")" input="$(realpath "$2")"
shift 2
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

changing=creat,unlink,unlinkat,rename,renameat,renameat2,truncate,ftruncate,chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat
changing+=,utime,utimes,futimesat,utimensat,link,linkat,symlink,symlinkat,mkdir,mkdirat,rmdir,mknod,mknodat
changing+=,setxattr,lsetxattr,fsetxattr,removexattr,lremovexattr,fremovexattr

# One line a file or folder; what the user may not read has no hash.
state() {
    { find "$input" -printf '%i %m %U:%G %s %T@ %C@ %p\n' 2>/dev/null || true; } | LC_ALL=C sort
    { find "$input" -type f -readable -print0 2>/dev/null || true; } | LC_ALL=C sort -z | xargs -0r sha256sum
}

state >"$work/before"
for more in --fhir=r4 --new-uid; do
    strace -f -y -qq -e signal=none -e "trace=open,openat,$changing" -o "$work/calls" \
        "$bodysite" normalize "$input" --out "$work/out$more" --dicom-copies "$work/copies$more" "$more" "$@" >/dev/null 2>&1 || true
    [ -s "$work/out$more/files.ndjson" ] || {
        echo "the run wrote no files.ndjson" >&2
        exit 2
    }
    cat "$work/calls" >>"$work/all"
done
state >"$work/after"

# Paths are absolute, in quotes as arguments and in angle brackets as open files.
escaped="$(printf '%s' "$input" | sed 's/[][\.*^$+?(){}|/]/\\&/g')"
grep -aE "[\"<]$escaped[/\">]" "$work/all" >"$work/input" || true
opened="$(grep -acE '^[0-9]+ +open(at)?\(' "$work/input" || true)"
grep -avE '^[0-9]+ +(open(at)?\(|<\.\.\. open(at)? resumed>)' "$work/input" >"$work/findings" || true
grep -aE '^[0-9]+ +open(at)?\(.*O_(WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)' "$work/input" >>"$work/findings" || true

[ "$opened" -gt 0 ] || {
    echo "no input was opened at all: nothing was checked" >&2
    exit 2
}
if ! cmp -s "$work/before" "$work/after" || [ -s "$work/findings" ]; then
    diff "$work/before" "$work/after" || true
    cat "$work/findings"
    echo "FAIL: an input was touched"
    exit 1
fi
echo "$(grep -c . "$work/before") lines of state unchanged, $opened opens of inputs, none for writing"
