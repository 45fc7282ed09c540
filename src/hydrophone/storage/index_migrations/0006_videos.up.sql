-- The videos that a document shows, in its order.
CREATE TABLE videos (
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    url TEXT NOT NULL,
    thumbnail_url TEXT,
    PRIMARY KEY (document_id, position)
) WITHOUT ROWID;
