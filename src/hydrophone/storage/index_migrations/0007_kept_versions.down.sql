ALTER TABLE versions DROP COLUMN kept_until_us;
ALTER TABLE versions DROP COLUMN stored_us;
