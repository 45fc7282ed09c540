DROP TRIGGER part_old_vectors;
DROP TRIGGER part_old_passages;
DROP TRIGGER pair_new_vectors;
DROP TRIGGER pair_new_passages;
DROP TABLE passage_vectors;
DROP INDEX documents_by_facts;
ALTER TABLE documents DROP COLUMN authority;
