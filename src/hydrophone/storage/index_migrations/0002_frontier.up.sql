-- A crawl is named by its collection and its seeds; plan is JSON, as the room crawl writes it.
-- pages and size_bytes count what was read for the first time. Times are microseconds since 1970.
CREATE TABLE crawls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    collection TEXT NOT NULL,
    seeds TEXT NOT NULL,
    plan TEXT NOT NULL,
    finished INTEGER NOT NULL DEFAULT 0,
    pages INTEGER NOT NULL DEFAULT 0,
    size_bytes INTEGER NOT NULL DEFAULT 0,
    started_us INTEGER NOT NULL,
    worked_us INTEGER NOT NULL,
    UNIQUE (collection, seeds)
);

-- Every URL that a crawl knows. fresh: nothing has become of it yet. due_us: when it is to be
-- fetched (again); NULL is never. target: where it redirects to, its canonical URL, or the page
-- that it repeats. inlinks: how many pages of the crawl link to it, when they were first read, about.
-- simhash is 64 bits, as a signed number.
CREATE TABLE frontier (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    crawl_id INTEGER NOT NULL REFERENCES crawls (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    host TEXT NOT NULL,
    kind TEXT NOT NULL,
    depth INTEGER NOT NULL,
    hops INTEGER NOT NULL,
    fresh INTEGER NOT NULL DEFAULT 1,
    state TEXT NOT NULL DEFAULT 'waiting',
    reason TEXT NOT NULL DEFAULT '',
    target TEXT,
    due_us INTEGER,
    interval_us INTEGER,
    failures INTEGER NOT NULL DEFAULT 0,
    inlinks INTEGER NOT NULL DEFAULT 0,
    etag TEXT,
    modified TEXT,
    listed_us INTEGER,
    fetched_us INTEGER,
    changed_us INTEGER,
    text_hash BLOB,
    title_hash BLOB,
    simhash INTEGER,
    UNIQUE (crawl_id, url)
);
CREATE INDEX frontier_due ON frontier (crawl_id, fresh, host, due_us, id) WHERE due_us IS NOT NULL;
CREATE INDEX frontier_by_target ON frontier (crawl_id, target) WHERE target IS NOT NULL;

-- Where indexed pages that are like another are found: bands 0 to 3 are 16 bits each of the
-- simhash, band 4 is the beginning of the hash of the text.
CREATE TABLE likeness (
    crawl_id INTEGER NOT NULL,
    band INTEGER NOT NULL,
    bits INTEGER NOT NULL,
    page_id INTEGER NOT NULL,
    PRIMARY KEY (crawl_id, band, bits, page_id)
) WITHOUT ROWID;
