-- The highest policy version that was in service for each team: an older one is refused, also after a restart.

CREATE TABLE policy_versions (
    team TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL CHECK (version > 0)
);
