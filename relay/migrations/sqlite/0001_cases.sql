-- Ids, digests and hashes are lowercase hexadecimal; times are seconds since 1970 in UTC. What arrives is dated to the hour.
-- Nothing here says from where a request came.

CREATE TABLE desks (
    team TEXT NOT NULL,
    desk TEXT NOT NULL,
    last_seq INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    PRIMARY KEY (team, desk)
) STRICT;

CREATE TABLE cases (
    case_id TEXT NOT NULL PRIMARY KEY CHECK (length(case_id) = 32),
    team TEXT NOT NULL,
    desk TEXT NOT NULL,
    capability_sha256 TEXT NOT NULL CHECK (length(capability_sha256) = 64),
    last_seq INTEGER NOT NULL
) STRICT;

-- `letter` stands last: lists read the columns before it without touching its pages.
CREATE TABLE entries (
    case_id TEXT NOT NULL REFERENCES cases (case_id),
    entry_id TEXT NOT NULL CHECK (length(entry_id) = 32),
    case_seq INTEGER NOT NULL CHECK (case_seq > 0),
    team TEXT NOT NULL,
    desk TEXT NOT NULL,
    desk_seq INTEGER NOT NULL CHECK (desk_seq > 0),
    author TEXT NOT NULL CHECK (author IN ('reporter', 'team')),
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    received INTEGER NOT NULL CHECK (received % 3600 = 0),
    receipt TEXT NOT NULL,
    letter BLOB NOT NULL,
    PRIMARY KEY (case_id, entry_id),
    UNIQUE (case_id, case_seq),
    UNIQUE (team, desk, desk_seq)
) STRICT;

CREATE TABLE sessions (
    token_sha256 TEXT NOT NULL PRIMARY KEY CHECK (length(token_sha256) = 64),
    team TEXT NOT NULL,
    desk TEXT NOT NULL,
    member TEXT NOT NULL,
    expires INTEGER NOT NULL
) STRICT;

CREATE TABLE login_nonces (
    nonce TEXT NOT NULL PRIMARY KEY CHECK (length(nonce) = 32),
    expires INTEGER NOT NULL
) STRICT;

-- One row that the readiness check writes to.
CREATE TABLE write_probe (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    writes INTEGER NOT NULL
) STRICT;

INSERT INTO write_probe (id, writes) VALUES (1, 0);
