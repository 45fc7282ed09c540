DROP TABLE link_texts;
