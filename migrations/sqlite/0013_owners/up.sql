-- The version of which the members that a version changed have their owners: what is restored belongs to whom it belonged
-- then, and a reference that follows a merge to whom it belonged before.
ALTER TABLE changes ADD COLUMN owners_of INTEGER;
