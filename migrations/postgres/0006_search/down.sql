DROP INDEX identifiers_by_value;
DROP TABLE words;
ALTER TABLE search DROP COLUMN name;
