-- Texts are folded otherwise than before, and sort keys are cut where an index ends: everything is derived again when the
-- service next starts.
INSERT INTO settings (name, value) SELECT 'reindex', 'folding' WHERE EXISTS (SELECT 1 FROM records) ON CONFLICT DO NOTHING;
