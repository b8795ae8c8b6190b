-- How far the seat is from the sea, in kilometres, where the gazetteer knows it.
ALTER TABLE authorities ADD COLUMN coast_km INTEGER;
