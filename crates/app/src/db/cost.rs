//! What repositories stored, once a day, so that their growth can be told.

/// One row for each repository and day on which Longshore read its sizes; the last of a day stays. `day` counts days
/// since 1970.
pub(crate) const COST: &str = "
CREATE TABLE IF NOT EXISTS stored_sample (
    space TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    repository TEXT NOT NULL,
    day INTEGER NOT NULL,
    images INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    archived INTEGER NOT NULL,
    exact INTEGER NOT NULL,
    PRIMARY KEY (space, account, region, repository, day)
) STRICT, WITHOUT ROWID;
";
