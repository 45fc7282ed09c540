-- When a version was stored, and until when it stays because it was cited; microseconds since 1970.
ALTER TABLE versions ADD COLUMN stored_us INTEGER;
ALTER TABLE versions ADD COLUMN kept_until_us INTEGER;
