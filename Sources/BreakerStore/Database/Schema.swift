// The tables. Times are wall milliseconds since 1970; a breaker's generation is counted within its era, so
// that a start after a crash raises a million breakers by touching the one row of `meta`.

import GRDB

enum Schema {
    /// "brkr": tells our files from other programs' (`PRAGMA application_id`).
    static let applicationID: UInt32 = 0x6272_6b72
    /// `PRAGMA user_version` of a file that has all migrations.
    static let version = 3
    /// How far an unclean start raises every generation: more than a crash can have lost.
    static let generationsPerEra: UInt64 = 1_000_000

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 breakers, policies, history", foreignKeyChecks: .immediate) {
            database in
            try database.execute(sql: self.firstTables)
            try database.execute(sql: "PRAGMA user_version = 1")
        }
        migrator.registerMigration("2 notifiers", foreignKeyChecks: .immediate) { database in
            try database.execute(sql: self.notifierTables)
            try database.execute(sql: "PRAGMA user_version = 2")
        }
        migrator.registerMigration("3 minutes", foreignKeyChecks: .immediate) { database in
            try database.execute(sql: self.minuteTables)
            try database.execute(sql: "PRAGMA user_version = 3")
        }
        return migrator
    }

    private static let firstTables = """
        CREATE TABLE meta (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            epoch INTEGER NOT NULL,
            era INTEGER NOT NULL,
            generation_floor INTEGER NOT NULL,
            wall_ms INTEGER NOT NULL,
            policy_revision INTEGER NOT NULL,
            clean INTEGER NOT NULL
        ) STRICT;
        INSERT INTO meta VALUES (1, 0, 0, 0, 0, 0, 1);

        CREATE TABLE breaker (
            name TEXT PRIMARY KEY,
            generation INTEGER NOT NULL,
            state TEXT NOT NULL,
            since_ms INTEGER NOT NULL,
            touched_ms INTEGER NOT NULL,
            until_ms INTEGER,
            open_ns INTEGER,
            refused INTEGER,
            successes INTEGER,
            override_mode TEXT,
            override_actor TEXT,
            override_note TEXT,
            backoff INTEGER NOT NULL,
            consecutive_failures INTEGER NOT NULL,
            total_success INTEGER NOT NULL,
            total_failure INTEGER NOT NULL,
            total_timeout INTEGER NOT NULL,
            total_ignored INTEGER NOT NULL,
            total_rejected INTEGER NOT NULL,
            total_late INTEGER NOT NULL,
            total_lost_probes INTEGER NOT NULL,
            window BLOB,
            trip_at_ms INTEGER,
            trip_reason BLOB,
            declared TEXT
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE policy (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            match TEXT NOT NULL UNIQUE,
            patch TEXT NOT NULL,
            actor TEXT,
            reason TEXT,
            at_ms INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE instance (
            name TEXT PRIMARY KEY,
            sequence INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE history (
            event_id INTEGER PRIMARY KEY AUTOINCREMENT,
            at_ms INTEGER NOT NULL,
            breaker TEXT,
            match TEXT,
            kind TEXT NOT NULL,
            from_state TEXT,
            to_state TEXT,
            generation INTEGER,
            actor TEXT,
            note TEXT,
            mode TEXT,
            reason TEXT,
            policy TEXT
        ) STRICT;
        CREATE INDEX history_by_breaker ON history (breaker) WHERE breaker IS NOT NULL;
        """

    /// A notifier is a cursor on the history. `identity` tells databases apart for those who are notified.
    private static let notifierTables = """
        CREATE TABLE identity (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            name TEXT NOT NULL
        ) STRICT;
        INSERT INTO identity VALUES (1, lower(hex(randomblob(8))));

        CREATE TABLE notifier (
            name TEXT PRIMARY KEY,
            delivered INTEGER NOT NULL,
            through INTEGER
        ) STRICT, WITHOUT ROWID;
        """

    /// What each breaker counted in each minute: `at` in minutes since 1970, `worst` from 0 (closed) to 2
    /// (open). `minute_rows`: how many there are, as counting millions of them would hold up a start.
    private static let minuteTables = """
        CREATE TABLE minute (
            at INTEGER NOT NULL,
            breaker TEXT NOT NULL,
            success INTEGER NOT NULL,
            failure INTEGER NOT NULL,
            timeout INTEGER NOT NULL,
            ignored INTEGER NOT NULL,
            rejected INTEGER NOT NULL,
            late INTEGER NOT NULL,
            p50_us INTEGER,
            p99_us INTEGER,
            worst INTEGER NOT NULL,
            PRIMARY KEY (at, breaker)
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE meta ADD COLUMN minute_rows INTEGER NOT NULL DEFAULT 0;
        """
}
