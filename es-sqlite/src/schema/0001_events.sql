-- Short columns come first and the payload last, so that filters and metadata are read without
-- touching the overflow pages of a long payload.
CREATE TABLE events (
  position      INTEGER PRIMARY KEY, -- the place in the store
  stream        INTEGER NOT NULL,    -- the position of the stream's first event
  category      TEXT    NOT NULL,
  stream_id     TEXT    NOT NULL,
  version       INTEGER NOT NULL,    -- the number within the stream, from 1
  event_id      BLOB    NOT NULL,    -- a UUID, 16 bytes
  name          TEXT    NOT NULL,
  event_version INTEGER NOT NULL,    -- the version of the event's schema
  recorded_at   INTEGER NOT NULL,    -- microseconds since 1970 UTC
  origin        TEXT    NOT NULL,    -- JSON: correlation_id, causation_id, actor, headers
  payload       TEXT    NOT NULL     -- JSON
) STRICT;
-- By number, not by name: entries are short, and streams that began at the same time lie side by
-- side, so that a group of appends dirties few pages. Names lead to numbers through first events.
CREATE UNIQUE INDEX events_by_stream ON events (stream, version);
CREATE UNIQUE INDEX streams_by_name ON events (category, stream_id) WHERE version = 1;

-- Which event ids are taken, for the events up to a position. The ids of the latest events are
-- brought here many at a time: until then writers keep them in memory.
CREATE TABLE event_ids (
  event_id BLOB    NOT NULL PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE event_ids_reach (position INTEGER NOT NULL) STRICT; -- one row: up to which position
INSERT INTO event_ids_reach VALUES (0);

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT raise(ABORT, 'events are never changed'); END;
CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT raise(ABORT, 'events are never deleted'); END;

-- The receipt of each append that came with an idempotency key.
CREATE TABLE receipts (
  category        TEXT    NOT NULL,
  stream_id       TEXT    NOT NULL,
  idempotency_key TEXT    NOT NULL,
  version         INTEGER NOT NULL, -- of the append's last event
  position        INTEGER NOT NULL, -- of the append's last event
  events          INTEGER NOT NULL, -- how many there were
  PRIMARY KEY (category, stream_id, idempotency_key)
) STRICT, WITHOUT ROWID;

-- The newest snapshot of each stream. Any of them may be deleted at any time.
CREATE TABLE snapshots (
  category    TEXT    NOT NULL,
  stream_id   TEXT    NOT NULL,
  version     INTEGER NOT NULL, -- of the last event it includes
  fingerprint INTEGER NOT NULL, -- 64 bits, shown with a sign
  state       TEXT    NOT NULL, -- JSON
  UNIQUE (category, stream_id)
) STRICT;

-- For people: the events with readable ids and times. The names are those of the first event, so
-- that a stream is found by its index.
CREATE VIEW event_log AS
SELECT
  events.position,
  first.category,
  first.stream_id,
  events.version,
  lower(substr(hex(events.event_id), 1, 8) || '-' || substr(hex(events.event_id), 9, 4) || '-' ||
        substr(hex(events.event_id), 13, 4) || '-' || substr(hex(events.event_id), 17, 4) || '-' ||
        substr(hex(events.event_id), 21)) AS event_id,
  events.name,
  events.event_version,
  strftime('%Y-%m-%dT%H:%M:%S', (events.recorded_at - ((events.recorded_at % 1000000) + 1000000) % 1000000) / 1000000, 'unixepoch')
    || printf('.%06dZ', ((events.recorded_at % 1000000) + 1000000) % 1000000) AS recorded_at,
  events.payload,
  events.origin ->> '$.actor' AS actor,
  events.origin ->> '$.correlation_id' AS correlation_id,
  events.origin ->> '$.causation_id' AS causation_id
FROM events JOIN events AS first ON first.position = events.stream
WHERE first.version = 1;
