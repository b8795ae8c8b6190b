DROP TABLE conflicts;
DROP TABLE readers;
DROP TABLE answers;
ALTER TABLE feed_head DROP COLUMN base;
DROP INDEX changes_by_kind;
ALTER TABLE changes DROP COLUMN overrode;
ALTER TABLE changes DROP COLUMN comment;
