CREATE TABLE collections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
);

-- Times are microseconds since 1970, UTC.
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    collection_id INTEGER NOT NULL REFERENCES collections (id),
    url TEXT NOT NULL,
    host TEXT NOT NULL,
    path TEXT NOT NULL,
    title TEXT NOT NULL,
    author TEXT,
    language TEXT,
    published_us INTEGER,
    modified_us INTEGER,
    media_type TEXT NOT NULL,
    version TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    passages INTEGER NOT NULL,
    size_chars INTEGER NOT NULL,
    added_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    checked_us INTEGER NOT NULL,
    UNIQUE (collection_id, url)
);
CREATE INDEX documents_by_url ON documents (url);
CREATE INDEX documents_by_host ON documents (host);

-- The current text of a document and at most two older ones, newest id last.
CREATE TABLE versions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    sha256 TEXT NOT NULL,
    headings TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (document_id, sha256)
);
CREATE INDEX versions_by_sha256 ON versions (sha256);

-- Passages of current versions. start and end count code points of the version's text.
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    headings TEXT NOT NULL,
    text_hash BLOB NOT NULL
);
CREATE INDEX passages_by_document ON passages (document_id);
CREATE INDEX passages_by_text_hash ON passages (text_hash);

-- Passages up to embedded_to all have a vector of this model. The snapshot columns name the file
-- that holds the graph of its vectors up to snapshot_to.
CREATE TABLE models (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    dimensions INTEGER NOT NULL,
    embedded_to INTEGER NOT NULL DEFAULT 0,
    snapshot_name TEXT,
    snapshot_bytes INTEGER,
    snapshot_crc32 INTEGER,
    snapshot_to INTEGER NOT NULL DEFAULT 0,
    UNIQUE (name, dimensions)
);

-- One vector for each different text, little-endian float16.
CREATE TABLE vectors (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    text_hash BLOB NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (text_hash, model_id)
);

-- Vectors that are gone from the table but perhaps not yet from the graph.
CREATE TABLE dead_vectors (
    id INTEGER PRIMARY KEY,
    model_id INTEGER NOT NULL
);
CREATE TRIGGER bury_vectors AFTER DELETE ON vectors BEGIN
    INSERT OR IGNORE INTO dead_vectors (id, model_id) VALUES (old.id, old.model_id);
END;

-- Documents that were put or deleted, for those who keep something derived from them.
CREATE TABLE changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL,
    passages INTEGER NOT NULL
);

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
