-- What was written lately waits in a list that every search reads whole, until it has grown to this many kB or the table
-- is vacuumed. By default it is 4 MB, and a search then takes ten times as long as after a vacuum.
-- (SQLite has an index here, of the kinds and ids of the records whose texts have some words. PostgreSQL reads what it
-- needs of the records in the order of their pages.)
ALTER INDEX search_by_trigram SET (gin_pending_list_limit = 64);
