-- How far each event handler has come, and who runs it.
CREATE TABLE handler_places (
  name         TEXT    NOT NULL,
  version      INTEGER NOT NULL, -- of a projection; 1 for a policy
  stage        TEXT    NOT NULL CHECK (stage IN ('building', 'live')),
  position     INTEGER NOT NULL, -- everything up to here is handled, or its stream set aside
  holder       BLOB,             -- a UUID, 16 bytes: who runs it; NULL once given back
  fence        INTEGER NOT NULL, -- of the last lease; 0 before the first
  leased_until INTEGER,          -- microseconds since 1970 UTC
  PRIMARY KEY (name, version)
) STRICT, WITHOUT ROWID;

-- One row: the greatest fence of all handlers. One that is forgotten and comes again goes on from
-- it, so that nobody saves under a lease from before.
CREATE TABLE handler_fence (fence INTEGER NOT NULL) STRICT;
INSERT INTO handler_fence VALUES (0);

-- The streams that handlers have set aside, each from an event on that was not handled.
CREATE TABLE parked_streams (
  handler         TEXT    NOT NULL,
  handler_version INTEGER NOT NULL,
  category        TEXT    NOT NULL,
  stream_id       TEXT    NOT NULL,
  version         INTEGER NOT NULL, -- of the event within its stream
  position        INTEGER NOT NULL, -- of the event in the store
  event           TEXT    NOT NULL, -- its name
  error           TEXT    NOT NULL,
  attempts        INTEGER NOT NULL,
  since           INTEGER NOT NULL, -- microseconds since 1970 UTC
  retry_at        INTEGER,          -- the same; NULL: it waits for someone to say
  instruction     TEXT    CHECK (instruction IN ('retry', 'release', 'discard')),
  PRIMARY KEY (handler, handler_version, category, stream_id)
) STRICT, WITHOUT ROWID;

-- The versions of durable projections whose tables are made.
CREATE TABLE projections (
  projection TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  PRIMARY KEY (projection, version)
) STRICT, WITHOUT ROWID;

-- What they are made of, in the order it was made: tables, and views, indexes and triggers of
-- theirs. For readers there is a view with the plain name of each table.
CREATE TABLE projection_tables (
  number     INTEGER PRIMARY KEY,
  projection TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  kind       TEXT    NOT NULL CHECK (kind IN ('table', 'view', 'index', 'trigger')),
  plain_name TEXT    NOT NULL COLLATE NOCASE, -- as the projection calls it
  name       TEXT    NOT NULL COLLATE NOCASE, -- in the file
  sql        TEXT    NOT NULL, -- normalised, with {plain_name} where it has names
  UNIQUE (projection, version, plain_name)
) STRICT;

-- The events they are built from, by name on the wire.
CREATE TABLE projection_events (
  projection TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  event      TEXT    NOT NULL,
  PRIMARY KEY (projection, version, event)
) STRICT, WITHOUT ROWID;
