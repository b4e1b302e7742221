-- Ids, digests and hashes are lowercase hexadecimal; times are seconds since 1970 in UTC. What arrives is dated to the hour.
-- Nothing here says from where a request came.

CREATE TABLE desks (
    team TEXT NOT NULL,
    desk TEXT NOT NULL,
    last_seq BIGINT NOT NULL,
    stored_bytes BIGINT NOT NULL,
    PRIMARY KEY (team, desk)
);

CREATE TABLE cases (
    case_id TEXT NOT NULL PRIMARY KEY CHECK (length(case_id) = 32),
    team TEXT NOT NULL,
    desk TEXT NOT NULL,
    capability_sha256 TEXT NOT NULL CHECK (length(capability_sha256) = 64),
    last_seq BIGINT NOT NULL
);

CREATE TABLE entries (
    case_id TEXT NOT NULL REFERENCES cases (case_id),
    entry_id TEXT NOT NULL CHECK (length(entry_id) = 32),
    case_seq BIGINT NOT NULL CHECK (case_seq > 0),
    team TEXT NOT NULL,
    desk TEXT NOT NULL,
    desk_seq BIGINT NOT NULL CHECK (desk_seq > 0),
    author TEXT NOT NULL CHECK (author IN ('reporter', 'team')),
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    received BIGINT NOT NULL CHECK (received % 3600 = 0),
    receipt TEXT NOT NULL,
    letter BYTEA NOT NULL,
    PRIMARY KEY (case_id, entry_id),
    UNIQUE (case_id, case_seq),
    UNIQUE (team, desk, desk_seq)
);

-- A letter cannot be compressed, and lists do not touch it.
ALTER TABLE entries ALTER COLUMN letter SET STORAGE EXTERNAL;

CREATE TABLE sessions (
    token_sha256 TEXT NOT NULL PRIMARY KEY CHECK (length(token_sha256) = 64),
    team TEXT NOT NULL,
    desk TEXT NOT NULL,
    member TEXT NOT NULL,
    expires BIGINT NOT NULL
);

CREATE TABLE login_nonces (
    nonce TEXT NOT NULL PRIMARY KEY CHECK (length(nonce) = 32),
    expires BIGINT NOT NULL
);

-- One row that the readiness check writes to.
CREATE TABLE write_probe (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    writes BIGINT NOT NULL
);

INSERT INTO write_probe (id, writes) VALUES (1, 0);
