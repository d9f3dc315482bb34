"""The tables of a ledger, as they stand in its file: a ledger that holds any others is refused."""

FORMAT = 1
SCHEMA = (
    """CREATE TABLE forecasts (
 id INTEGER PRIMARY KEY,
 source TEXT NOT NULL,
 cutoff TEXT NOT NULL,
 moment INTEGER NOT NULL,
 first INTEGER NOT NULL,
 last INTEGER NOT NULL,
 horizon INTEGER NOT NULL,
 series INTEGER NOT NULL,
 version TEXT NOT NULL,
 input TEXT NOT NULL,
 words TEXT NOT NULL,
 hindsight INTEGER NOT NULL,
 file TEXT NOT NULL,
 sha256 TEXT NOT NULL,
 place BLOB,
 place_sha256 TEXT NOT NULL,
 made TEXT NOT NULL,
 host TEXT NOT NULL,
 pid INTEGER NOT NULL,
 born TEXT NOT NULL,
 seal BLOB NOT NULL,
 repeats INTEGER NOT NULL,
 turn INTEGER NOT NULL,
 due INTEGER NOT NULL,
 state TEXT NOT NULL CHECK (state IN ('pending', 'published', 'lost'))
)""",
    # The same night of a table twice is one entry.
    "CREATE UNIQUE INDEX once ON forecasts (source, moment, horizon, version, input) WHERE state = 'published'",
    "CREATE INDEX states ON forecasts (state, moment)",
    "CREATE TABLE rosters (id INTEGER PRIMARY KEY, mark BLOB NOT NULL UNIQUE, ids BLOB NOT NULL)",
    """CREATE TABLE actuals (
 source TEXT NOT NULL,
 moment INTEGER NOT NULL,
 revision INTEGER NOT NULL,
 roster INTEGER NOT NULL REFERENCES rosters (id),
 mark BLOB NOT NULL,
 numbers BLOB NOT NULL,
 seen TEXT NOT NULL,
 PRIMARY KEY (source, moment, revision)
)""",
    """CREATE TABLE scores (
 forecast INTEGER NOT NULL REFERENCES forecasts (id),
 revision INTEGER NOT NULL,
 whole INTEGER NOT NULL,
 tally TEXT NOT NULL,
 unit TEXT NOT NULL,
 scored TEXT NOT NULL,
 seal BLOB NOT NULL,
 PRIMARY KEY (forecast, revision)
)""",
    """CREATE TABLE trainings (
 id INTEGER PRIMARY KEY,
 kind TEXT NOT NULL,
 outcome TEXT NOT NULL,
 version TEXT,
 why TEXT NOT NULL,
 at TEXT NOT NULL,
 seal BLOB NOT NULL
)""",
)
