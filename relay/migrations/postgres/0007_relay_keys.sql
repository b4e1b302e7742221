-- The key by which relays over one database sign. On a server, a relay with another key does not start.

CREATE TABLE relay_keys (
    fingerprint TEXT NOT NULL PRIMARY KEY
);
