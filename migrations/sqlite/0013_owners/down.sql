ALTER TABLE changes DROP COLUMN owners_of;
