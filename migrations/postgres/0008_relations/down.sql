DELETE FROM settings WHERE name = 'reindex';
DROP TABLE tenures;
