-- Public advisories: signed documents, let in after their embargo.

CREATE TABLE advisories (
    team TEXT NOT NULL,
    advisory_id TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    severity TEXT CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    aliases TEXT NOT NULL,
    published BIGINT NOT NULL,
    modified BIGINT NOT NULL CHECK (modified >= published),
    withdrawn BIGINT,
    signer TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    signed TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (team, advisory_id)
);

CREATE INDEX advisories_by_change ON advisories (team, modified, advisory_id);
