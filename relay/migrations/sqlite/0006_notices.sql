-- Letters of which a desk is still to be told by mail, oldest first. `due` is 0 until a try has failed: no row says when a letter came.

CREATE TABLE notices (
    id INTEGER NOT NULL PRIMARY KEY,
    team TEXT NOT NULL,
    desk TEXT NOT NULL,
    case_id TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    tries INTEGER NOT NULL,
    due INTEGER NOT NULL,
    UNIQUE (case_id, entry_id)
) STRICT;

CREATE INDEX notices_by_due ON notices (due, id);
