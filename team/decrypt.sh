#!/bin/sh
# Fetches and opens what came in at a desk, with curl and gpg and nothing of ours: the proof that there is no lock-in.
#
# Everything it does stands in docs/PROTOCOL.md. Attachments lie inside each letter as MIME parts; any mail program, or
# `munpack`, takes them out; an archive among them unpacks with tar.
set -eu
umask 077

usage() {
    cat <<'END'
decrypt.sh: fetch every sealed letter of a desk and open it, with curl and gpg alone.

  decrypt.sh --relay https://reports.rust.example --team rust --key FINGERPRINT [--desk team] [--out DIR]

  --relay URL   address of the relay           (or RELAY)
  --team SLUG   short name of the team         (or TEAM)
  --desk SLUG   desk, default: team            (or DESK)
  --key FPR     your key's fingerprint in gpg  (or KEY)
  --out DIR     where to, default: ./cases     (or OUT)

What is not given is read from config.toml in SEALPOST_HOME, if `sealpost init` wrote one.

Each case becomes a folder DIR/TEAM/DESK/CASE with SEQ-AUTHOR-ENTRY.pgp (as it came) and .eml (opened; readable as text
and by mail programs). DIR/TEAM/DESK/cursor remembers how far it came: a second run fetches nothing twice.
gpg cannot know a reporter's key, so it calls the signature unchecked: import the key that lies in the letter to check it.

Exit codes: 0 done, 1 failed, 2 wrong usage.
END
}

fail() { printf 'decrypt.sh: %s\n' "$*" >&2; exit 1; }
misuse() { printf 'decrypt.sh: %s; see --help\n' "$*" >&2; exit 2; }

# The value of a key in config.toml, which has one `key = "value"` on a line.
setting() {
    file="${SEALPOST_HOME:-${XDG_DATA_HOME:-${HOME:-/nonexistent}/.local/share}/sealpost}/config.toml"
    if [ -r "$file" ]; then sed -n "s/^$1 = \"\\(.*\\)\"\$/\\1/p" "$file"; fi
}

RELAY=${RELAY:-} TEAM=${TEAM:-} DESK=${DESK:-} KEY=${KEY:-} OUT=${OUT:-./cases}
while [ $# -gt 0 ]; do
    case $1 in
        --help|-h) usage; exit 0 ;;
        --relay|--team|--desk|--key|--out) [ $# -ge 2 ] || misuse "$1 needs a value" ;;
        *) misuse "unknown argument: $1" ;;
    esac
    case $1 in
        --relay) RELAY=$2 ;;
        --team) TEAM=$2 ;;
        --desk) DESK=$2 ;;
        --key) KEY=$2 ;;
        --out) OUT=$2 ;;
    esac
    shift 2
done
: "${RELAY:=$(setting relay)}" "${TEAM:=$(setting slug)}" "${KEY:=$(setting key)}" "${DESK:=$(setting desk)}"
RELAY=${RELAY%/} DESK=${DESK:-team}
KEY=$(printf %s "$KEY" | tr -d ' ')
[ -n "$RELAY" ] || misuse 'name the relay with --relay'
[ -n "$TEAM" ] || misuse 'name the team with --team'
[ -n "$KEY" ] || misuse 'name your key with --key'
case $TEAM$DESK in *[!a-z0-9-]*) misuse 'team and desk are made of a-z, 0-9 and -' ;; esac
case $RELAY in https://?*|http://127.0.0.1*|http://localhost*) ;; *) misuse 'the relay must begin with https://' ;; esac
for tool in curl gpg sed od date; do
    command -v "$tool" >/dev/null || fail "$tool is missing; install it"
done

WORK=$(mktemp -d "${TMPDIR:-/tmp}/sealpost.XXXXXX") || fail 'cannot make a temporary folder'
trap 'rm -rf "$WORK"' EXIT
trap 'exit 1' HUP INT TERM

# Five minutes from now in UTC: GNU date, then BSD date, then busybox (seconds since 1970).
in_five_minutes() {
    date -u -d '+5 minutes' +%Y-%m-%dT%H:%M:%SZ 2>/dev/null ||
        date -u -v+5M +%Y-%m-%dT%H:%M:%SZ 2>/dev/null ||
        date -u -d "@$(($(date -u +%s) + 300))" +%Y-%m-%dT%H:%M:%SZ
}

# curl with the token in a file that only we can read: other users can see arguments. No redirects.
ask() {
    curl --silent --show-error --fail --proto '=https,http' --max-time 120 --config "$WORK/curlrc" "$@"
}

log_in() {
    nonce=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    expires=$(in_five_minutes) || fail 'this date program cannot add five minutes'
    cat >"$WORK/login" <<END
Sealpost login 1
I ask the relay below for a session at this desk.
relay: $RELAY
team: $TEAM
desk: $DESK
nonce: $nonce
expires: $expires
END
    gpg --quiet --yes --digest-algo SHA512 --local-user "$KEY" --output "$WORK/login.asc" --clearsign "$WORK/login" ||
        fail "gpg cannot sign with the key $KEY; is it in this keyring (GNUPGHOME)?"
    : >"$WORK/curlrc"
    ask --request POST --header 'Content-Type: text/plain; charset=utf-8' --data-binary "@$WORK/login.asc" \
        --output "$WORK/session" "$RELAY/v1/sessions" ||
        fail "cannot log in at $RELAY: is it up, and is this key a member's?"
    token=$(sed -n 's/.*"token" *: *"\([A-Za-z0-9_-]*\)".*/\1/p' "$WORK/session")
    rm -f "$WORK/session"
    [ -n "$token" ] || fail "$RELAY gave no token; is it a relay?"
    printf 'header = "Authorization: Bearer %s"\n' "$token" >"$WORK/curlrc"
}

# SHA-256 of a file with whatever this machine has; gpg has it everywhere.
sha256_of() {
    gpg --batch --with-colons --print-md SHA256 "$1" </dev/null | sed 's/^[^:]*:[0-9]*:\([0-9A-F]*\):.*/\1/' | tr 'A-F' 'a-f'
}

is_hex32() {
    case $1 in *[!0-9a-f]*) return 1 ;; esac
    [ ${#1} -eq 32 ]
}

# One row of the feed: seq case entry author size sha256 received.
fetch_row() {
    case $1 in ''|*[!0-9]*) return 1 ;; esac
    case $4 in reporter|team) ;; *) return 1 ;; esac
    is_hex32 "$2" && is_hex32 "$3" || return 1
    folder=$HERE/$2
    name=$folder/$(printf %08d "$1")-$4-$3
    mkdir -p "$folder"
    if [ ! -s "$name.pgp" ]; then
        ask --max-filesize 1048576 --output "$WORK/letter" "$RELAY/v1/cases/$2/entries/$3" || return 1
        if [ "$(sha256_of "$WORK/letter")" != "$6" ]; then
            printf 'entry %s of case %s: the relay sent other bytes than it lists\n' "$3" "$2" >&2
            return 1
        fi
        mv "$WORK/letter" "$name.pgp"
    fi
    if [ ! -s "$name.eml" ]; then
        # gpg says 2 when it could not check a signature; what counts is that it could decrypt.
        gpg --batch --yes --status-fd 3 --output "$WORK/plain" --decrypt "$name.pgp" 3>"$WORK/status" 2>"$WORK/words" || :
        if grep -q '^\[GNUPG:\] DECRYPTION_OKAY' "$WORK/status" && grep -q '^\[GNUPG:\] GOODMDC' "$WORK/status"; then
            mv "$WORK/plain" "$name.eml"
            printf '%s\n' "$name.eml"
        else
            printf 'entry %s of case %s was stored, but gpg cannot open it:\n' "$3" "$2" >&2
            sed 's/^/  /' "$WORK/words" >&2
            return 2
        fi
    fi
}

HERE=$OUT/$TEAM/$DESK
mkdir -p "$HERE"
after=0
if [ -s "$HERE/cursor" ]; then read -r after <"$HERE/cursor"; fi
case $after in *[!0-9]*) fail "$HERE/cursor is damaged; remove it" ;; esac

log_in
trouble=0
while :; do
    ask --header 'Accept: text/plain' --output "$WORK/feed" "$RELAY/v1/desks/$TEAM/$DESK/feed?after=$after" ||
        fail "cannot read the feed of $RELAY; run this again later"
    [ -s "$WORK/feed" ] || break
    while read -r seq case entry author size sha256 received; do
        [ "$seq" = "$((after + 1))" ] || fail "the relay keeps back row $((after + 1)) of its feed; ask who runs it"
        outcome=0
        fetch_row "$seq" "$case" "$entry" "$author" "$size" "$sha256" "$received" || outcome=$?
        # 2: stored, and no reason to hold up what comes after. Anything else is tried again by the next run.
        if [ "$outcome" -eq 2 ]; then trouble=1; fi
        if [ "$outcome" -eq 1 ]; then fail "stopped before row $seq; everything before it is in $HERE"; fi
        after=$seq
        printf '%s\n' "$after" >"$HERE/cursor.new"
        mv "$HERE/cursor.new" "$HERE/cursor"
    done <"$WORK/feed"
done
exit "$trouble"
