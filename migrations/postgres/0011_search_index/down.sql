DROP INDEX records_by_number;
