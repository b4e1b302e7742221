#!/bin/sh
# Fetches and opens what came in at a desk, with curl and gpg and nothing of ours: the proof that there is no lock-in.
#
# Everything it does stands in docs/PROTOCOL.md. Small attachments lie inside each letter as MIME parts: they are taken out beside it. Large
# files travel beside the letter and are unpacked here, with gpg and tar.
set -eu
umask 077

usage() {
    cat <<'END'
decrypt.sh: fetch every sealed letter of a desk, open it and take its attachments out, with curl and gpg alone.

  decrypt.sh --relay https://reports.rust.example --team rust --key FINGERPRINT [--desk team] [--out DIR]
  decrypt.sh … --ack CASE [--text 'We have it; Alice is looking at it.'] [--copy FINGERPRINT]… [--alone]

  --ack CASE    acknowledge a report that was fetched, by its number or the beginning of it
  --text TEXT   what to say then, default: one plain sentence
  --copy FPR    another key in your keyring that shall be able to read it; those of the desk can without this
  --alone       send although the key of somebody at the desk is not in your keyring: they cannot read it

  --relay URL   address of the relay           (or RELAY)
  --team SLUG   short name of the team         (or TEAM)
  --desk SLUG   desk, default: team            (or DESK)
  --key FPR     your key's fingerprint in gpg  (or KEY)
  --out DIR     where to, default: ./cases     (or OUT)

What is not given is read from config.toml in SEALPOST_HOME, if `sealpost init` wrote one.

Each case becomes a folder DIR/TEAM/DESK/CASE with SEQ-AUTHOR-ENTRY.pgp (as it came) and .eml (opened; readable as text
and by mail programs). DIR/TEAM/DESK/cursor remembers how far it came and which row that was: a second run fetches nothing twice,
and a relay that lost rows is noticed. Large files that a letter names become a folder …-files beside its .eml, once all of them
have arrived and are what the letter says. What could not be had is listed in DIR/TEAM/DESK/missing and tried again by every run.
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
ACK='' COPIES='' ALONE='' TEXT='We have received your report, and a member of the team is looking at it.'
while [ $# -gt 0 ]; do
    case $1 in
        --help|-h) usage; exit 0 ;;
        --alone) ALONE=yes; shift; continue ;;
        --relay|--team|--desk|--key|--out|--ack|--text|--copy) [ $# -ge 2 ] || misuse "$1 needs a value" ;;
        *) misuse "unknown argument: $1" ;;
    esac
    case $1 in
        --relay) RELAY=$2 ;;
        --team) TEAM=$2 ;;
        --desk) DESK=$2 ;;
        --key) KEY=$2 ;;
        --out) OUT=$2 ;;
        --ack) ACK=$(printf %s "$2" | tr -d -- - | tr 'A-F' 'a-f') ;;
        --text) TEXT=$2 ;;
        --copy) COPIES="$COPIES $(printf %s "$2" | tr -d ' ')" ;;
    esac
    shift 2
done
: "${RELAY:=$(setting relay)}" "${TEAM:=$(setting slug)}" "${KEY:=$(setting key)}" "${DESK:=$(setting desk)}"
RELAY=${RELAY%/} DESK=${DESK:-team}
KEY=$(printf %s "$KEY" | tr -d ' ')
[ -n "$RELAY" ] || misuse 'name the relay with --relay'
[ -n "$TEAM" ] || misuse 'name the team with --team'
[ -n "$KEY" ] || misuse 'name your key with --key'
case $ACK in *[!0-9a-f]*|?|??|???) misuse '--ack wants the number of a case, or at least four digits of it' ;; esac
case $COPIES in *[!0-9A-Fa-f\ ]*) misuse '--copy wants a fingerprint' ;; esac
case $TEAM$DESK in *[!a-z0-9-]*) misuse 'team and desk are made of a-z, 0-9 and -' ;; esac
case $RELAY in
    *@*) misuse 'the relay is named without a user' ;;
    https://?*|http://127.0.0.1|http://localhost|http://127.0.0.1[:/]*|http://localhost[:/]*) ;;
    *) misuse 'the relay must begin with https:// (http:// is for this machine only)' ;;
esac
for tool in curl gpg sed awk od date base64 tar; do
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

is_number() {
    case $1 in ''|*[!0-9]*|0?*) return 1 ;; esac
    [ ${#1} -le 15 ]
}

# A letter into $WORK/letter. 1: the relay is away. 3: this entry is not what it should be, others may be. 4: its case was deleted.
get_letter() {
    outcome=0
    : >"$WORK/code"
    : >"$WORK/letter"
    ask --max-filesize 1048576 --write-out '%{http_code}' --output "$WORK/letter" "$RELAY/v1/cases/$1/entries/$2" >"$WORK/code" ||
        outcome=$?
    case $outcome in
        0) ;;
        22) case $(cat "$WORK/code") in 4*) ;; *) return 1 ;; esac ;;
        63) ;;
        *) return 1 ;;
    esac
    [ "$(cat "$WORK/code")" != 410 ] || return 4
    if [ "$outcome" -ne 0 ]; then
        printf 'entry %s of case %s: the relay does not give it, or it is larger than a letter may be\n' "$2" "$1" >&2
        return 3
    fi
    if [ "$(sha256_of "$WORK/letter")" != "$3" ]; then
        printf 'entry %s of case %s: the relay sent other bytes than it lists\n' "$2" "$1" >&2
        return 3
    fi
}

# Takes the attachments out of a letter: into NAME-attachments/, under a name of plain characters; nothing there is overwritten.
unpack() {
    rm -f "$WORK"/part.*
    tr -d '\r' <"$1" | awk -v to="$WORK/part." '
        !edge && match($0, /boundary="[^"]+"/) { edge = "--" substr($0, RSTART + 10, RLENGTH - 11); next }
        edge && ($0 == edge || $0 == edge "--") { head = 1; body = 0; attached = 0; coded = 0; name = ""; next }
        head && /^[Cc]ontent-[Dd]isposition: *attachment/ { attached = 1 }
        head && match($0, /filename="[^"]*"/) { name = substr($0, RSTART + 10, RLENGTH - 11) }
        head && match($0, /filename\*=[^;]*/) { name = substr($0, RSTART + 10, RLENGTH - 10); sub(/^[^\047]*\047[^\047]*\047/, "", name) }
        head && /^[Cc]ontent-[Tt]ransfer-[Ee]ncoding: *base64/ { coded = 1 }
        head && /^$/ { head = 0; body = attached && coded; if (body) { n++; print name > (to n ".name") } next }
        body { print > (to n ".base64") }
    '
    for part in "$WORK"/part.*.name; do
        [ -e "$part" ] || return 0
        plain=$(tr -c 'A-Za-z0-9._-' '_' <"$part" | sed 's/_*$//; s/^[.]*//; s/^-/_-/' | cut -c 1-100)
        folder_of="$2-attachments"
        mkdir -p "$folder_of"
        file=$folder_of/${plain:-unnamed} n=1
        while [ -e "$file" ]; do n=$((n + 1)); file=$folder_of/$n-${plain:-unnamed}; done
        if base64 -d <"${part%.name}.base64" >"$WORK/file" 2>/dev/null; then mv "$WORK/file" "$file"; printf '%s\n' "$file"; fi
    done
}

# The one case that was fetched whose number begins like this.
find_case() {
    found=''
    for folder in "$HERE/$ACK"*; do
        if [ -d "$folder" ] && is_hex32 "${folder##*/}"; then
            [ -z "$found" ] || fail "“$ACK” could be several cases; give more digits"
            found=${folder##*/}
        fi
    done
    [ -n "$found" ] || fail "no case “$ACK” was fetched into $HERE"
}

# Whose key signed the first letter, checked in a keyring with that key and no other: $WORK/reporter.asc and its fingerprint.
find_reporter() {
    for first in "$HERE/$found"/*-reporter-"$found".pgp; do :; done
    [ -s "$first" ] && [ -s "${first%.pgp}.eml" ] || fail "the first letter of $found was not opened; nothing can be answered"
    tr -d '\r' <"${first%.pgp}.eml" |
        sed -n '/^-----BEGIN PGP PUBLIC KEY BLOCK-----$/,/^-----END PGP PUBLIC KEY BLOCK-----$/p' >"$WORK/reporter.asc"
    [ -s "$WORK/reporter.asc" ] || fail "the first letter of $found brings no key to answer to"
    mkdir -p -m 700 "$WORK/ring"
    gpg --batch --quiet --homedir "$WORK/ring" --import "$WORK/reporter.asc" 2>/dev/null || fail "the key in $found cannot be read"
    session=$(gpg --batch --show-session-key --status-fd 1 --output /dev/null --yes --decrypt "$first" 2>/dev/null |
        sed -n 's/^\[GNUPG:\] SESSION_KEY //p') || :
    [ -n "$session" ] || fail "gpg cannot open the first letter of $found"
    printf '%s' "$session" >"$WORK/session-key"
    reporter=$(gpg --batch --homedir "$WORK/ring" --override-session-key-fd 4 --status-fd 1 --output /dev/null --yes --decrypt "$first" \
        4<"$WORK/session-key" 2>/dev/null | sed -n 's/^\[GNUPG:\] VALIDSIG .* \([0-9A-F]*\)$/\1/p')
    rm -f "$WORK/session-key"
    [ -n "$reporter" ] || fail "the first letter of $found is not signed by the key it brings; nothing was sent"
}

# Who else can read the first letter: each of them is to read its answer, too, or the case is unreadable to them from then on.
colleagues() {
    : >"$WORK/known"
    for letter in "$HERE/$found"/*-reporter-"$found".pgp; do
        gpg --batch --list-only --list-packets "$letter" 2>/dev/null
    done | sed -n 's/^:pubkey enc packet:.* keyid \([0-9A-F]*\)$/\1/p' | sort -u >"$WORK/colleagues"
    while read -r id; do
        if gpg --batch --quiet --list-keys "0x$id" >/dev/null 2>&1; then
            printf '%s\n' "$id" >>"$WORK/known"
        elif [ "$id" != 0000000000000000 ] && [ -z "$ALONE" ]; then
            fail "the key $id of this desk is not in your keyring, and its owner could not read what you send. Nothing was sent: import it" \
                'from the certs folder beside the policy (gpg --import), or pass --alone'
        fi
    done <"$WORK/colleagues"
}

# The acknowledgement as PROTOCOL.md, “Inside a letter”, wants it; kept before it is sent, so that a lost line sends nothing twice.
acknowledge() {
    find_case
    kept=''
    for sealed in "$HERE/$found"/ack-*.pgp; do
        if [ -s "$sealed" ]; then kept=$sealed; fi
    done
    if [ -n "$kept" ] && [ -s "${kept%.pgp}.receipt.asc" ]; then
        fail "this report was acknowledged from here already: ${kept%.pgp}.receipt.asc"
    fi
    if [ -z "$kept" ]; then
        find_reporter
        entry=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
        {
            printf 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="sealpost-%s"\n\n' "$entry"
            printf -- '--sealpost-%s\nContent-Type: text/markdown; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n%s\n' "$entry" "$TEXT"
            printf -- '--sealpost-%s\nContent-Type: application/json; name="sealpost.json"\n' "$entry"
            printf 'Content-Disposition: inline; filename="sealpost.json"\n\n'
            printf '{"letter":"reply","case":"%s","entry":"%s","to":"%s","kind":"acknowledgement","written_at":"%s"}\n' \
                "$found" "$entry" "$reporter" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
            printf -- '--sealpost-%s--\n' "$entry"
        } | sed "s/\$/$(printf '\r')/" >"$WORK/ack"
        colleagues
        set -- --recipient-file "$WORK/reporter.asc" --recipient "$KEY"
        for copy in $COPIES; do set -- "$@" --recipient "$copy"; done
        for colleague in $(cat "$WORK/known"); do set -- "$@" --recipient "0x$colleague!"; done
        gpg --quiet --yes --trust-model always --no-encrypt-to --compress-algo none --cipher-algo AES256 --digest-algo SHA512 \
            --local-user "$KEY" "$@" --output "$WORK/sealed" --sign --encrypt "$WORK/ack" || fail 'gpg cannot sign and seal the acknowledgement'
        kept=$HERE/$found/ack-$entry.pgp
        mv "$WORK/sealed" "$kept"
    fi
    entry=${kept##*/ack-} entry=${entry%.pgp}
    ask --request PUT --header 'Content-Type: application/octet-stream' --data-binary "@$kept" --output "$WORK/receipt" \
        "$RELAY/v1/cases/$found/entries/$entry" || fail "the acknowledgement is sealed in $kept but was not sent; run this again"
    mv "$WORK/receipt" "${kept%.pgp}.receipt.asc"
    printf 'acknowledged %s; receipt: %s\n' "$found" "${kept%.pgp}.receipt.asc"
}

# One row of the feed: seq case entry author size sha256 received. Size 0: the case was deleted, and nothing is left to fetch.
fetch_row() {
    is_number "$1" && is_hex32 "$2" && is_hex32 "$3" || return 3
    [ "$5" != 0 ] || return 0
    case $4 in reporter|team) ;; *) return 3 ;; esac
    folder=$HERE/$2
    name=$folder/$(printf %08d "$1")-$4-$3
    # A relay that was restored may count anew: what is stored under another number is not fetched again.
    for stored in "$folder"/*-"$4-$3".pgp; do
        if [ -s "$stored" ] && [ "$(sha256_of "$stored")" = "$6" ]; then name=${stored%.pgp}; fi
    done
    if [ ! -s "$name.pgp" ]; then
        got=0
        get_letter "$2" "$3" "$6" || got=$?
        [ "$got" -ne 4 ] || return 0
        [ "$got" -eq 0 ] || return "$got"
        mkdir -p "$folder"
        mv "$WORK/letter" "$name.pgp"
    fi
    if [ ! -s "$name.eml" ]; then
        # gpg says 2 when it could not check a signature; what counts is that it could decrypt.
        # A letter has 1 MiB at most; what blows up to twice as much is cut off.
        gpg --batch --yes --status-fd 3 --decrypt "$name.pgp" 3>"$WORK/status" 2>"$WORK/words" | head -c 2097152 >"$WORK/plain" || :
        if [ "$(($(wc -c <"$WORK/plain")))" -lt 2097152 ] && grep -q '^\[GNUPG:\] DECRYPTION_OKAY' "$WORK/status" && grep -q '^\[GNUPG:\] GOODMDC' "$WORK/status"; then
            unpack "$WORK/plain" "$name"
            mv "$WORK/plain" "$name.eml"
            printf '%s\n' "$name.eml"
        else
            printf 'entry %s of case %s was stored, but gpg cannot open it:\n' "$3" "$2" >&2
            sed 's/^/  /' "$WORK/words" >&2
            return 2
        fi
    fi
}

# A value of the letter's list of enclosures. What stands before the data part is the reporter's prose, and says nothing here.
enclosed() {
    tr -d '\r' <"$1" | sed -n '/filename="sealpost.json"/,$p' | sed -n '/^ *"enclosures": {/,/^ *"files"/p' |
        sed -n "s/^ *\"$2\": \"\{0,1\}\([0-9a-f]*\).*/\1/p" | sed 1q
}

# The large files that a letter names, into a folder beside it. A download that breaks off goes on where it stopped.
fetch_files() {
    blob=$(enclosed "$1" blob) size=$(enclosed "$1" size) sha256=$(enclosed "$1" sha256) target=${1%.eml}-files
    [ -n "$blob" ] && [ ! -d "$target" ] || return 0
    is_hex32 "$blob" && is_number "$size" || return 2
    part=${1%.eml}-files.part
    case=$(basename "$(dirname "$1")")
    if [ ! -s "$part" ] || [ "$(($(wc -c <"$part")))" -lt "$size" ]; then
        outcome=0
        ask --max-time 3600 --max-filesize 1073741824 --continue-at - --write-out '%{http_code}' --output "$part" \
            "$RELAY/v1/cases/$case/blobs/$blob" >"$WORK/code" 2>"$WORK/words" || outcome=$?
        if [ "$outcome" -eq 22 ] && [ "$(cat "$WORK/code")" = 404 ]; then
            printf 'files of case %s: still on their way; run this again later\n' "$case" >&2
            return 0
        fi
        [ "$outcome" -eq 0 ] || { printf 'files of case %s: the download stopped; run this again, it goes on there\n' "$case" >&2; return 1; }
    fi
    if [ "$(sha256_of "$part")" != "$sha256" ]; then
        rm -f "$part"
        printf 'files of case %s: the relay sent other bytes than the letter names\n' "$case" >&2
        return 2
    fi
    rm -rf "$target.new"
    mkdir "$target.new"
    # Into a fresh folder; it gets its name only when gpg found the message whole.
    # tar stops at the padding; gpg checks the message only at its end.
    gpg --batch --yes --status-fd 3 --decrypt "$part" 3>"$WORK/status" 2>"$WORK/words" |
        { tar -x -o -f - -C "$target.new" && cat >/dev/null; } || return 2
    if grep -q '^\[GNUPG:\] DECRYPTION_OKAY' "$WORK/status" && grep -q '^\[GNUPG:\] GOODMDC' "$WORK/status"; then
        mv "$target.new" "$target"
        rm -f "$part"
        printf '%s\n' "$target"
    else
        rm -rf "$target.new"
        printf 'files of case %s: gpg cannot open them:\n' "$case" >&2
        sed 's/^/  /' "$WORK/words" >&2
        return 2
    fi
}

HERE=$OUT/$TEAM/$DESK
mkdir -p "$HERE"

# The cursor: number, case, entry and SHA-256 of the last row that was dealt with.
after=0 mark=
if [ -e "$HERE/cursor" ]; then
    read -r after mark <"$HERE/cursor" || :
    is_number "$after" || fail "$HERE/cursor is damaged; remove it, and the next run looks at everything again"
fi

set_cursor() {
    printf '%s\n' "$*" >"$HERE/cursor.new"
    mv "$HERE/cursor.new" "$HERE/cursor"
}

get_feed() {
    : >"$WORK/feed"
    ask --header 'Accept: text/plain' --output "$WORK/feed" "$RELAY/v1/desks/$TEAM/$DESK/feed?after=$1" ||
        fail "cannot read the feed of $RELAY; run this again later"
}

# The row the cursor stands on must still be there: a relay restored from a backup, or made anew, has another one or none.
check_cursor() {
    get_feed "$((after - 1))"
    seq='' case='' entry='' sha256=''
    read -r seq case entry author size sha256 received <"$WORK/feed" || :
    # Of an entry whose case was deleted (size 0) only the ids are left.
    [ "$size" != 0 ] || sha256=${mark##* }
    if [ "$seq" = "$after" ] && { [ -z "$mark" ] || [ "$mark" = "$case $entry $sha256" ]; }; then return; fi
    printf '%s\n' "decrypt.sh: THE RELAY LOST OR CHANGED WHAT IT HAD: its feed no longer has the row $after that was read before." \
        "It was restored from a backup, made anew, or lies. The feed is read again from its beginning; what is stored in" \
        "$HERE stays. Ask who runs the relay: reports may be gone there." >&2
    trouble=1 after=0
    : >"$HERE/missing"
    set_cursor 0
}

# A row whose entry could not be had is kept for the next run and holds up no other. 2: stored, but gpg cannot open it.
take_row() {
    outcome=0
    fetch_row "$@" || outcome=$?
    case $outcome in
        0) ;;
        1) fail "cannot fetch row $1 of the feed; everything before it is in $HERE. Run this again later" ;;
        2) trouble=1 ;;
        *) trouble=1; printf '%s\n' "$*" >>"$HERE/missing" ;;
    esac
}

# The rows that earlier runs could not have.
retry_missing() {
    [ -s "$HERE/missing" ] || return 0
    cp "$HERE/missing" "$WORK/missing"
    : >"$WORK/still"
    while read -r seq case entry author size sha256 received; do
        outcome=0
        fetch_row "$seq" "$case" "$entry" "$author" "$size" "$sha256" "$received" || outcome=$?
        case $outcome in
            0) ;;
            1) fail "cannot fetch an entry that is missing; run this again later" ;;
            2) trouble=1 ;;
            *) trouble=1; printf '%s\n' "$seq $case $entry $author $size $sha256 $received" >>"$WORK/still" ;;
        esac
    done <"$WORK/missing"
    cp "$WORK/still" "$HERE/missing"
}

log_in
trouble=0
if [ "$after" -gt 0 ]; then check_cursor; fi
retry_missing
while :; do
    get_feed "$after"
    [ -s "$WORK/feed" ] || break
    while read -r seq case entry author size sha256 received; do
        [ "$seq" = "$((after + 1))" ] || fail "the relay keeps back row $((after + 1)) of its feed; ask who runs it"
        take_row "$seq" "$case" "$entry" "$author" "$size" "$sha256" "$received"
        after=$seq
        set_cursor "$seq $case $entry $sha256"
    done <"$WORK/feed"
done
for letter in "$HERE"/*/*.eml; do
    [ -e "$letter" ] || continue
    fetch_files "$letter" || trouble=1
done
if [ -n "$ACK" ]; then acknowledge; fi
if [ -e "$HERE/missing" ] && [ ! -s "$HERE/missing" ]; then rm -f "$HERE/missing"; fi
exit "$trouble"
