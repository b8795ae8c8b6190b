-- How far the seat is from the sea, in kilometres, where the gazetteer knows it.
ALTER TABLE authorities ADD COLUMN coast_km BIGINT;

-- What is derived from the records that are there already is derived again when the service next starts.
INSERT INTO settings (name, value) SELECT 'reindex', 'coast' WHERE EXISTS (SELECT 1 FROM records) ON CONFLICT DO NOTHING;
