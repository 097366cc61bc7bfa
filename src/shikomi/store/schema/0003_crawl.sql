-- Fetching a website. The addresses are the frontier and the page list at once: a row goes from
-- `pending` to what came of it, in one transaction with the links that its page holds.

CREATE TABLE crawls (
  id INTEGER PRIMARY KEY,
  start TEXT NOT NULL,               -- the address that was asked for
  home TEXT NOT NULL,                -- where it led: the site's own address
  limits TEXT NOT NULL,              -- other limits re-open what they had stopped
  sitemaps_read INTEGER NOT NULL DEFAULT 0,
  started_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  finished_at TEXT
) STRICT;

CREATE TABLE crawl_urls (
  id INTEGER PRIMARY KEY,            -- in the order of discovery
  url TEXT NOT NULL UNIQUE,
  crawl_id INTEGER NOT NULL REFERENCES crawls(id),  -- the last one that met it
  state TEXT NOT NULL CHECK (state IN (
    'pending', 'fetched', 'duplicate', 'redirect', 'missing', 'refused', 'skipped', 'limited',
    'failed')),
  reason TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('page', 'image')),
  depth INTEGER NOT NULL,            -- links from the start page
  hops INTEGER NOT NULL,             -- redirects on the way to it
  nofollow INTEGER NOT NULL,
  linker TEXT,                       -- the address of the page or sitemap that named it first
  link_text TEXT NOT NULL,
  headings TEXT NOT NULL,            -- above the link, outermost first
  alternate TEXT,                    -- its file name in the encoding of the page that named it
  status INTEGER,                    -- HTTP's; NULL: not asked
  location TEXT,                     -- where a redirect goes, or what a duplicate repeats
  fetched_url TEXT,                  -- the spelling that the server knows, where it is another
  path TEXT,                         -- of the file, in the source folder
  path_key TEXT UNIQUE,              -- the path without letter case; NULL: the file is another's
  sha256 TEXT,
  n_bytes INTEGER,
  content_type TEXT,
  charset TEXT,                      -- the HTTP header's label
  encoding TEXT,                     -- what the page's links were read in
  etag TEXT,
  last_modified TEXT,
  fetched_at TEXT
) STRICT;
CREATE INDEX crawl_urls_frontier ON crawl_urls (state, depth, id);
