ALTER INDEX search_by_trigram RESET (gin_pending_list_limit);
