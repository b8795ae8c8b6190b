-- What a search asks of each record whose text has the words, without the record itself: of which kind it is, and its id.
CREATE INDEX records_by_number ON records (number, kind, id);
