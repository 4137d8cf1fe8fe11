//! The schema, as steps that are applied in order. A released step is never changed.

use rusqlite::{Connection, TransactionBehavior};

use crate::api::{ApiError, Side};

/// Each step's number is its position, from 1; `user_version` says how many are applied.
const STEPS: &[&str] = &[
    ACCOUNTS,
    INVENTORY,
    RUNS,
    CONTENT_USE,
    ENGINE_RULES,
    KEPT_VERSIONS,
    WROTE,
    TRANSFERS,
    CREDENTIALS,
    GUARD,
    HOSTS,
    STATUS_READ,
    OWNERS,
    KEPT_NAMES,
    REQUEST_SPACE,
    ACTING_ROLE,
    PAIRS,
    DELETION,
    VPC_ENDPOINTS,
    PROMOTION,
    super::cost::COST,
];

/// Settings and accounts. Secrets are in the keychain; `credential` names the entry.
const ACCOUNTS: &str = "
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE account (
    space TEXT NOT NULL,
    id TEXT NOT NULL,
    principal TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL,
    environment TEXT NOT NULL,
    colour TEXT NOT NULL,
    regions TEXT NOT NULL,
    source TEXT NOT NULL,
    credential TEXT,
    problem TEXT,
    position INTEGER NOT NULL,
    PRIMARY KEY (space, id, principal)
) WITHOUT ROWID;
";

/// Data read from registries. Times are milliseconds since 1970; `*_read` is absent before the
/// first read.
pub(crate) const INVENTORY: &str = "
CREATE TABLE registry (
    key INTEGER PRIMARY KEY,
    space TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    repositories_read INTEGER,
    problem TEXT,
    replication TEXT,
    replication_read INTEGER,
    policy TEXT,
    policy_read INTEGER,
    UNIQUE (space, account, region)
);
CREATE TABLE repository (
    key INTEGER PRIMARY KEY,
    registry INTEGER NOT NULL REFERENCES registry (key) ON DELETE CASCADE,
    name TEXT NOT NULL,
    uri TEXT NOT NULL,
    settings TEXT NOT NULL,
    created INTEGER NOT NULL,
    images_read INTEGER,
    images INTEGER,
    bytes INTEGER,
    pushed INTEGER,
    problem TEXT,
    UNIQUE (registry, name)
);
CREATE TABLE image (
    key INTEGER PRIMARY KEY,
    repository INTEGER NOT NULL REFERENCES repository (key) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    first_tag TEXT,
    bytes INTEGER NOT NULL,
    pushed INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    artifact_type TEXT,
    last_pull INTEGER,
    subject TEXT,
    changed INTEGER,
    UNIQUE (repository, digest)
);
CREATE INDEX image_by_push ON image (repository, pushed);
CREATE INDEX image_by_digest ON image (digest);
CREATE INDEX image_by_change ON image (changed) WHERE changed IS NOT NULL;
CREATE TABLE tag (
    repository INTEGER NOT NULL REFERENCES repository (key) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    image INTEGER NOT NULL REFERENCES image (key) ON DELETE CASCADE,
    PRIMARY KEY (repository, tag)
) WITHOUT ROWID;
CREATE INDEX tag_by_image ON tag (image, tag);
CREATE TABLE replication (
    image INTEGER NOT NULL REFERENCES image (key) ON DELETE CASCADE,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    state TEXT NOT NULL,
    failure_code TEXT,
    seen INTEGER NOT NULL,
    PRIMARY KEY (image, account, region)
) WITHOUT ROWID;
CREATE TABLE content (
    digest TEXT PRIMARY KEY,
    media_type TEXT NOT NULL,
    bytes BLOB NOT NULL
);
";

/// Runs, the documents that they replaced, and what the app created.
pub(crate) const RUNS: &str = "
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    started TEXT NOT NULL,
    active INTEGER NOT NULL,
    plan TEXT NOT NULL,
    view TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_start ON runs (started DESC);
CREATE TABLE versions (
    id TEXT PRIMARY KEY,
    run TEXT NOT NULL,
    kind TEXT NOT NULL,
    space TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    at TEXT NOT NULL,
    text TEXT
) STRICT;
CREATE TABLE made (
    kind TEXT NOT NULL,
    space TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    run TEXT NOT NULL,
    PRIMARY KEY (kind, space, account, region, name)
) STRICT, WITHOUT ROWID;
";

/// Contents are stored up to a total size; the least recently used are removed first.
pub(crate) const CONTENT_USE: &str = "
ALTER TABLE content ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
ALTER TABLE content ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
UPDATE content SET size = length(bytes);
CREATE INDEX content_by_use ON content (used, size);
CREATE INDEX version_by_run ON versions (run);
";

/// Engine rules, images of their runs, and registries outside ECR. Times are milliseconds since
/// 1970.
const ENGINE_RULES: &str = "
CREATE TABLE engine_rule (
    id TEXT PRIMARY KEY,
    space TEXT NOT NULL,
    name TEXT NOT NULL,
    yaml TEXT NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    paused INTEGER NOT NULL,
    looked INTEGER NOT NULL,
    last TEXT,
    UNIQUE (space, name)
) WITHOUT ROWID;
CREATE TABLE run_image (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    name TEXT NOT NULL,
    row TEXT NOT NULL,
    PRIMARY KEY (run, number)
) WITHOUT ROWID;
CREATE TABLE other_registry (
    host TEXT PRIMARY KEY,
    user TEXT,
    secret TEXT,
    insecure INTEGER NOT NULL
) WITHOUT ROWID;
";

/// Documents before they were replaced outlive the run that replaced them. `step` is the step of
/// the run; `state` is `sent`, `unknown` or `written`.
pub(crate) const KEPT_VERSIONS: &str = "
CREATE TABLE kept_version (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    space TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    at TEXT NOT NULL,
    text TEXT,
    run TEXT NOT NULL,
    title TEXT NOT NULL,
    step INTEGER NOT NULL,
    state TEXT NOT NULL
) STRICT;
CREATE INDEX kept_version_by_document ON kept_version (space, account, region, kind, at DESC);
CREATE INDEX kept_version_by_run ON kept_version (run, step);
INSERT INTO kept_version
    SELECT v.id, v.kind, v.space, v.account, v.region, v.at, v.text, v.run,
        coalesce((SELECT view ->> '$.title' FROM runs WHERE runs.id = v.run), ''), -1, 'written'
    FROM versions AS v;
DROP TABLE versions;
";

/// What was written over a stored document outlives the run too. `wrote` is absent for a document
/// that was removed, and for one that is unknown (`wrote_known`). `state` may also be `not_written`
/// or `otherwise`.
pub(crate) const WROTE: &str = "
ALTER TABLE kept_version ADD COLUMN wrote TEXT;
ALTER TABLE kept_version ADD COLUMN wrote_known INTEGER NOT NULL DEFAULT 0;
UPDATE kept_version SET wrote_known = 1, wrote = (
    SELECT json_extract(plan, '$.content.steps[' || max(step, 0) || '].action.after')
    FROM runs WHERE runs.id = run)
WHERE step >= 0 AND (
    SELECT json_extract(plan, '$.content.steps[' || max(step, 0) || '].action.action')
    FROM runs WHERE runs.id = run) IN ('writeReplication', 'writePolicy');
";

/// Every run that copies images has a `transfer`; the rule of a run is beside it.
const TRANSFERS: &str = "
UPDATE runs SET view = json_remove(
    json_set(view,
        '$.rule', json_object(
            'id', view ->> '$.engine.rule',
            'name', view ->> '$.engine.name',
            'scheduled', json(iif(view ->> '$.engine.scheduled', 'true', 'false'))),
        '$.transfer', view -> '$.engine'),
    '$.engine')
WHERE view -> '$.engine' IS NOT NULL;
";

/// The source of an account's credentials has details, an account may have an endpoint of its own, a
/// run may belong to a command that works beside the window, and requests wait for receipts.
const CREDENTIALS: &str = "
UPDATE account SET source = json_object('source', source);
ALTER TABLE account ADD COLUMN endpoint TEXT;
ALTER TABLE runs ADD COLUMN owner TEXT;
CREATE TABLE request (
    id TEXT PRIMARY KEY, text TEXT NOT NULL, written TEXT NOT NULL, receipt TEXT
) STRICT, WITHOUT ROWID;
";

/// Production accounts that a person unlocked, and permits for unattended writes. Times are
/// milliseconds since 1970.
const GUARD: &str = "
CREATE TABLE unlocked (
    space TEXT NOT NULL, id TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (space, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE permit (
    id TEXT PRIMARY KEY,
    rule TEXT NOT NULL,
    rule_hash TEXT NOT NULL,
    space TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    granted INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// When ECR was last asked for an image's replication status, in milliseconds since 1970.
const STATUS_READ: &str = "ALTER TABLE image ADD COLUMN status_read INTEGER;";

/// Which of AWS's hosts an account uses.
const HOSTS: &str = "ALTER TABLE account ADD COLUMN hosts TEXT;";

/// Who else manages documents: the state of Terraform that says so, and what a person said: a mark, or for
/// another `source` the owner that no longer manages it. Times are milliseconds since 1970. And names of
/// replication rules, which have none in ECR, by the hash of their content.
pub(crate) const OWNERS: &str = "
ALTER TABLE account ADD COLUMN terraform_state TEXT;
CREATE TABLE document_owner (
    space TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    document TEXT NOT NULL,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (space, account, region, document, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE rule_name (
    space TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    rule TEXT NOT NULL,
    name TEXT NOT NULL,
    note TEXT,
    PRIMARY KEY (space, account, region, rule)
) STRICT, WITHOUT ROWID;
";

/// The repository of a kept version, or the prefix of its creation template.
pub(crate) const KEPT_NAMES: &str = "ALTER TABLE kept_version ADD COLUMN name TEXT;";

/// In which space a request was written. Requests of before are taken for those of AWS.
pub(crate) const REQUEST_SPACE: &str = "ALTER TABLE request ADD COLUMN space TEXT NOT NULL DEFAULT 'aws';";

/// An account acts by one role, so its principal is not part of its key; the other roles of the person in it.
pub(crate) const ACTING_ROLE: &str = "
CREATE TABLE account_of_one_role (
    space TEXT NOT NULL,
    id TEXT NOT NULL,
    principal TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL,
    environment TEXT NOT NULL,
    colour TEXT NOT NULL,
    regions TEXT NOT NULL,
    source TEXT NOT NULL,
    credential TEXT,
    problem TEXT,
    position INTEGER NOT NULL,
    endpoint TEXT,
    hosts TEXT,
    terraform_state TEXT,
    roles TEXT,
    PRIMARY KEY (space, id)
) WITHOUT ROWID;
INSERT INTO account_of_one_role
    SELECT space, id, principal, name, environment, colour, regions, source, credential, problem, position,
           endpoint, hosts, terraform_state, NULL
    FROM account AS a
    WHERE principal = (SELECT max(principal) FROM account AS b WHERE b.space = a.space AND b.id = a.id);
DROP TABLE account;
ALTER TABLE account_of_one_role RENAME TO account;
";

/// The policies of repositories as they were read, and the last two looks at pairs of registries. Times are
/// milliseconds since 1970.
pub(crate) const PAIRS: &str = "
ALTER TABLE repository ADD COLUMN policies_read INTEGER;
ALTER TABLE repository ADD COLUMN lifecycle TEXT;
ALTER TABLE repository ADD COLUMN policy TEXT;
CREATE TABLE pair_look (
    space TEXT NOT NULL,
    here TEXT NOT NULL,
    there TEXT NOT NULL,
    needed TEXT NOT NULL,
    at INTEGER NOT NULL,
    look TEXT NOT NULL,
    before_at INTEGER,
    before_look TEXT,
    PRIMARY KEY (space, here, there, needed)
) STRICT, WITHOUT ROWID;
";

/// Images that a person protected by tag or digest, and manifests of indexes that Longshore read, which ECR
/// counts as a pull: `pulled` is the last pull before.
pub(crate) const DELETION: &str = "
CREATE TABLE protected_image (
    space TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    repository TEXT NOT NULL,
    image TEXT NOT NULL,
    note TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (space, account, region, repository, image)
) WITHOUT ROWID;
CREATE TABLE own_read (
    space TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    repository TEXT NOT NULL,
    digest TEXT NOT NULL,
    at INTEGER NOT NULL,
    pulled INTEGER,
    PRIMARY KEY (space, account, region, repository, digest)
) WITHOUT ROWID;
";

/// An account has a VPC endpoint for each Region, and not one for all; its address names the Region.
pub(crate) const VPC_ENDPOINTS: &str = "
UPDATE account SET hosts = json_remove(
    json_set(hosts, '$.vpcEndpoints', iif(
        instr(hosts ->> '$.vpcEndpoint', '.vpce.') > instr(hosts ->> '$.vpcEndpoint', '.api.ecr.'),
        json_object(
            substr(hosts ->> '$.vpcEndpoint', instr(hosts ->> '$.vpcEndpoint', '.api.ecr.') + 9,
                instr(hosts ->> '$.vpcEndpoint', '.vpce.') - instr(hosts ->> '$.vpcEndpoint', '.api.ecr.') - 9),
            hosts ->> '$.vpcEndpoint'),
        json_object())),
    '$.vpcEndpoint')
WHERE hosts IS NOT NULL;
";

/// Paths, the record of promotions, and what belongs to them. Rows of the record are never changed or removed.
/// Times are milliseconds since 1970.
pub(crate) const PROMOTION: &str = "
CREATE TABLE promotion_path (
    space TEXT NOT NULL,
    name TEXT NOT NULL,
    yaml TEXT NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (space, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE promotion_record (
    space TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (space, sequence)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER promotion_record_kept BEFORE UPDATE ON promotion_record
    BEGIN SELECT RAISE(ABORT, 'the record of promotions is only added to'); END;
CREATE TRIGGER promotion_record_whole BEFORE DELETE ON promotion_record
    BEGIN SELECT RAISE(ABORT, 'the record of promotions is only added to'); END;
CREATE TABLE promotion_seen (
    space TEXT NOT NULL,
    place TEXT NOT NULL,
    digest TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (space, place, digest)
) STRICT, WITHOUT ROWID;
CREATE TABLE promotion_request (
    space TEXT NOT NULL,
    hash TEXT NOT NULL,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (space, hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE promotion_key (
    name TEXT NOT NULL,
    public TEXT NOT NULL,
    own INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (name, public)
) STRICT, WITHOUT ROWID;
CREATE TABLE promotion_trust (
    hash TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Applies what is missing. The version is read in the transaction that changes it, so that two
/// starts at once do not both apply a step.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), ApiError> {
    if version(connection)? == STEPS.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let applied = version(&transaction)?;
    refuse_newer(applied)?;
    for step in STEPS.iter().skip(applied) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", STEPS.len() as u32)?;
    transaction.commit()?;
    Ok(())
}

/// Number of steps that a database has.
pub(crate) fn version(connection: &Connection) -> Result<usize, ApiError> {
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(version as usize)
}

/// Whether a database can be read without a migration.
pub(crate) fn check(connection: &Connection) -> Result<(), ApiError> {
    let applied = version(connection)?;
    refuse_newer(applied)?;
    if applied < STEPS.len() {
        let text = "The app's database was written by an older Longshore.";
        return Err(ApiError::new("database-older", Side::ThisMachine, text));
    }
    Ok(())
}

/// # Errors
/// `database-newer`, when a newer Longshore wrote it.
pub(crate) fn refuse_newer(applied: usize) -> Result<(), ApiError> {
    if applied > STEPS.len() {
        let text = "The app's database was written by a newer Longshore.";
        return Err(ApiError::new("database-newer", Side::ThisMachine, text));
    }
    Ok(())
}
