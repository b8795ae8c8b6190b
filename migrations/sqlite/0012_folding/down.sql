DELETE FROM settings WHERE name = 'reindex' AND value = 'folding';
