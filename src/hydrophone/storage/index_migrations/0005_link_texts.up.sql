-- What the links in the text of a document say, a line each, in its order.
CREATE TABLE link_texts (
    document_id INTEGER PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    lines TEXT NOT NULL
);
