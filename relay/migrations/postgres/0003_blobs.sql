-- Files beside letters. The bytes lie in files; a row names a file only once its bytes are on disk.

CREATE TABLE blobs (
    case_id TEXT NOT NULL REFERENCES cases (case_id),
    blob_id TEXT NOT NULL CHECK (length(blob_id) = 32),
    author TEXT NOT NULL CHECK (author IN ('reporter', 'team')),
    stored_bytes BIGINT NOT NULL,
    touched BIGINT NOT NULL CHECK (touched % 3600 = 0),
    sha256 TEXT CHECK (length(sha256) = 64),
    receipt TEXT,
    PRIMARY KEY (case_id, blob_id),
    CHECK ((sha256 IS NULL) = (receipt IS NULL))
);

CREATE TABLE chunks (
    case_id TEXT NOT NULL,
    blob_id TEXT NOT NULL,
    n BIGINT NOT NULL CHECK (n >= 0),
    size BIGINT NOT NULL CHECK (size > 0),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    object TEXT NOT NULL UNIQUE,
    PRIMARY KEY (case_id, blob_id, n),
    FOREIGN KEY (case_id, blob_id) REFERENCES blobs (case_id, blob_id)
);

CREATE INDEX unsealed_blobs ON blobs (touched) WHERE sha256 IS NULL;
