ALTER TABLE authorities DROP COLUMN coast_km;
