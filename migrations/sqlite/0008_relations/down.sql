DELETE FROM settings WHERE name = 'reindex';
DROP INDEX refs_by_pointer;
DROP TABLE tenures;
