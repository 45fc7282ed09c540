-- The pictures that a document shows, in its order, with what it says that they show.
CREATE TABLE images (
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    url TEXT NOT NULL,
    alt TEXT NOT NULL,
    PRIMARY KEY (document_id, position)
) WITHOUT ROWID;
