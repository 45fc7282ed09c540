-- How much other pages of the same crawl link to a document, from 0 to 1.
ALTER TABLE documents ADD COLUMN authority REAL NOT NULL DEFAULT 0;

-- All that filters ask of a document, so that they read this and not the table.
CREATE INDEX documents_by_facts ON documents
    (collection_id, host, language, published_us, modified_us, passages);

-- Which vector belongs to which passage, side by side for each document: a comparison of all the
-- passages that a filter allows reads this alone. The triggers keep it.
CREATE TABLE passage_vectors (
    document_id INTEGER NOT NULL,
    passage_id INTEGER NOT NULL,
    model_id INTEGER NOT NULL,
    vector_id INTEGER NOT NULL,
    PRIMARY KEY (document_id, passage_id, model_id)
) WITHOUT ROWID;
INSERT INTO passage_vectors (document_id, passage_id, model_id, vector_id)
SELECT p.document_id, p.id, v.model_id, v.id
FROM passages p JOIN vectors v ON v.text_hash = p.text_hash
ORDER BY p.document_id, p.id, v.model_id;
CREATE INDEX passage_vectors_by_vector ON passage_vectors (vector_id);

CREATE TRIGGER pair_new_passages AFTER INSERT ON passages BEGIN
    INSERT INTO passage_vectors (document_id, passage_id, model_id, vector_id)
    SELECT new.document_id, new.id, v.model_id, v.id
    FROM vectors v WHERE v.text_hash = new.text_hash;
END;
CREATE TRIGGER pair_new_vectors AFTER INSERT ON vectors BEGIN
    INSERT INTO passage_vectors (document_id, passage_id, model_id, vector_id)
    SELECT p.document_id, p.id, new.model_id, new.id
    FROM passages p WHERE p.text_hash = new.text_hash;
END;
CREATE TRIGGER part_old_passages AFTER DELETE ON passages BEGIN
    DELETE FROM passage_vectors WHERE document_id = old.document_id AND passage_id = old.id;
END;
CREATE TRIGGER part_old_vectors AFTER DELETE ON vectors BEGIN
    DELETE FROM passage_vectors
    WHERE model_id = old.model_id AND (document_id, passage_id) IN
        (SELECT document_id, id FROM passages WHERE text_hash = old.text_hash);
END;
