-- Of a deleted case its id stays taken, and its reporter and team can read by whom it was deleted and when. Its entries stay as rows without
-- a letter (size 0), so that no feed has a gap. `last_received` is the hour of the last entry: retention counts from there.

ALTER TABLE cases ADD COLUMN last_received BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN deleted BIGINT CHECK (deleted % 3600 = 0);
ALTER TABLE cases ADD COLUMN deleted_by TEXT CHECK (deleted_by IN ('team', 'policy'));

UPDATE cases SET last_received =
    coalesce((SELECT max(received) FROM entries WHERE entries.case_id = cases.case_id), 0);
