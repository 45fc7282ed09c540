DROP TABLE likeness;
DROP TABLE frontier;
DROP TABLE crawls;
