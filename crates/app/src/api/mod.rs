//! The one API: what the window and the command line call, with the types that cross the boundary.
//!
//! [`commands!`] holds the table. Each row is a method of [`App`](crate::App) of the same name; the
//! generator (`longshore-apigen`) turns the table into Tauri wrappers, the command list, the
//! capability file and the TypeScript client. Progress comes as [`AppEvent`]s.

mod accounts;
mod comparison;
mod cost;
mod deletion;
mod drift;
mod engine_form;
mod engine_rules;
mod engine_runs;
mod error;
mod expiry;
mod failed;
mod guard;
mod iam;
mod inventory;
mod lifecycle;
mod network;
mod owners;
mod pairs;
mod permissions;
mod plans;
mod policy_tools;
mod promotion;
mod readiness;
mod replication;
mod requests;
mod runs;
mod sign_in;

pub use accounts::*;
pub use comparison::*;
pub use cost::*;
pub use deletion::*;
pub use drift::*;
pub use engine_form::*;
pub use engine_rules::*;
pub use engine_runs::*;
pub use error::{ApiError, Finding, Severity, Side};
pub use expiry::*;
pub use failed::*;
pub use guard::*;
pub use iam::*;
pub use inventory::*;
pub use lifecycle::*;
pub use network::*;
pub use owners::*;
pub use pairs::*;
pub use permissions::*;
pub use plans::*;
pub use policy_tools::*;
pub use promotion::*;
pub use readiness::*;
pub use replication::*;
pub use requests::*;
pub use runs::*;
pub use sign_in::*;
use ts_rs::TS;

/// Receives every row of the table; implemented by the generator.
pub trait Visitor {
    /// A command without a request.
    fn plain<Response: TS + 'static>(&mut self, name: &str, doc: &str);
    /// A command with a request; `rust` is the request's type as written.
    fn with_request<Request: TS + 'static, Response: TS + 'static>(
        &mut self,
        name: &str,
        doc: &str,
        rust: &str,
    );
}

/// Declares the table.
macro_rules! commands {
    ($($(#[doc = $doc:literal])+ $name:ident($($request:ty)?) -> $response:ty;)+) => {
        /// Passes every command to `visitor`, in the order of the table.
        pub fn visit(visitor: &mut impl Visitor) {
            $(commands!(@visit visitor, stringify!($name), concat!($($doc),+).trim(), [$($request)?], $response);)+
        }
    };
    (@visit $visitor:ident, $name:expr, $doc:expr, [], $response:ty) => {
        $visitor.plain::<$response>($name, $doc)
    };
    (@visit $visitor:ident, $name:expr, $doc:expr, [$request:ty], $response:ty) => {
        $visitor.with_request::<$request, $response>($name, $doc, stringify!($request))
    };
}

commands! {
    /// What the window needs first.
    status() -> AppStatus;
    /// Switches to another space.
    show_space(Space) -> AppStatus;
    /// Starts the sandbox and adds its accounts.
    start_sandbox() -> AppStatus;
    /// Adds an account to the sandbox.
    add_sandbox_account(AddSandboxAccount) -> Account;
    /// Adds a Region to a sandbox account.
    add_sandbox_region(AddSandboxRegion) -> Account;
    /// Resets the sandbox; everything in it is lost.
    reset_sandbox() -> AppStatus;
    /// Settings of the sandbox.
    sandbox_settings() -> SandboxSettings;
    /// Changes settings of the sandbox.
    set_sandbox_settings(SandboxSettings) -> SandboxSettings;
    /// Every account of every space.
    accounts() -> Vec<Account>;
    /// Adds an AWS account; its key goes into the keychain.
    add_account(AddAccount) -> Account;
    /// Replaces the access key of an account, once AWS has proven the new one.
    replace_key(ReplaceKey) -> Account;
    /// Profiles of the AWS configuration files.
    profiles() -> Vec<ProfileView>;
    /// Connects an AWS account by a profile or a role.
    connect_account(ConnectAccount) -> Account;
    /// The account that a profile or a role leads to; nothing is stored.
    prove_account(ConnectAccount) -> Account;
    /// Sessions of IAM Identity Center, and whether somebody is signed in.
    sso_sessions() -> Vec<SsoSessionView>;
    /// Begins to sign in to a session.
    start_sign_in(StartSignIn) -> SignIn;
    /// How far a sign-in is.
    sign_in(SignInKey) -> SignIn;
    /// Opens the page of a sign-in in the browser.
    open_sign_in(SignInKey) -> ();
    /// Gives a sign-in up.
    cancel_sign_in(SignInKey) -> ();
    /// Forgets the token of a session.
    sign_out(SsoSessionKey) -> ();
    /// The accounts and roles of a session of IAM Identity Center.
    sso_accounts(SsoSessionKey) -> Vec<ImportCandidate>;
    /// The accounts of an organization.
    organization_accounts(ListOrganization) -> Vec<ImportCandidate>;
    /// The Regions that an account has enabled.
    account_regions(AccountKey) -> AccountRegions;
    /// Makes an account of IAM Identity Center act by another role, once AWS has proven it.
    act_as(ActAs) -> Account;
    /// Asks again whose credentials an account has.
    check_account(AccountKey) -> Account;
    /// Passes a code of an MFA device on.
    enter_mfa_code(MfaCode) -> ();
    /// Changes what the app stores about an account.
    update_account(UpdateAccount) -> Account;
    /// What is forgotten with an account; nothing is changed.
    account_removal(AccountKey) -> AccountRemoval;
    /// Forgets an account and its secrets.
    remove_account(AccountKey) -> ();
    /// What protects production.
    guard() -> Guard;
    /// Changes what protects production.
    set_guard(SetGuard) -> Guard;
    /// Makes a protected account writable for some time.
    unlock_account(UnlockAccount) -> Guard;
    /// Makes a protected account read-only again.
    lock_account(AccountKey) -> Guard;
    /// Grants a permit to an engine rule as it is now.
    grant_permit(GrantPermit) -> Guard;
    /// Takes a permit back.
    revoke_permit(PermitKey) -> Guard;
    /// Who manages a document, asked now.
    owner(DocumentKey) -> Ownership;
    /// Marks a document as managed elsewhere.
    mark_document(MarkDocument) -> Ownership;
    /// Declares that nothing else manages a document any longer.
    release_document(DocumentKey) -> Ownership;
    /// Forgets what a person said about who manages a document.
    forget_mark(DocumentKey) -> Ownership;
    /// Settings of the app.
    settings() -> Settings;
    /// Changes settings of the app.
    set_settings(Settings) -> Settings;
    /// How the app reaches the network.
    network_settings() -> NetworkView;
    /// Changes how the app reaches the network, from its next start on.
    set_network_settings(NetworkSettings) -> NetworkView;
    /// Accounts by Regions, and the rules between them.
    overview(Scope) -> Overview;
    /// A window of repositories.
    repositories(ListRepositories) -> RepositoryWindow;
    /// One repository.
    repository(RepositoryKey) -> RepositoryRow;
    /// A window of a repository's images.
    images(ListImages) -> ImageWindow;
    /// What is inside an image.
    image_details(ImageKey) -> ImageDetails;
    /// Matches of a text in everything read so far.
    search(Search) -> SearchHits;
    /// Sets what the window shows, which is then polled.
    set_visible(Visible) -> ();
    /// Reads a scope again now.
    refresh(Scope) -> ();
    /// Settings of a registry as a whole.
    registry_settings(RegistryKey) -> RegistrySettings;
    /// Login, push and pull commands, and the `image:` line.
    client_commands(GetClientCommands) -> ClientCommands;
    /// The settings of a repository beside those of its namesakes, read now.
    compare_settings(CompareSettings) -> SettingsComparison;
    /// Reads a registry now, for comparisons: its repositories, and their policies or images.
    look_at_registry(LookAt) -> LookedAt;
    /// How settings of namesakes differ from those in a reference registry, from what was read; no network.
    drift(GetDrift) -> Drift;
    /// How the images of two registries compare, from what was read; no network.
    pair(GetPair) -> PairView;
    /// Remembers how two registries compare now, so that a later look can say what changed.
    remember_pair(PairKey) -> ();
    /// The needed images as references to the second of two registries.
    pair_list(PairKey) -> PairList;
    /// A registry's replication configuration, read now.
    replication(RegistryKey) -> ReplicationView;
    /// Gives a replication rule a local name and a note.
    name_rule(NameRule) -> ReplicationView;
    /// Makes a rule that was created elsewhere one of this app's.
    adopt_rule(AdoptRule) -> ReplicationView;
    /// The effect of a rule; no network.
    preview_rule(RuleInput) -> RulePreview;
    /// What the destinations of a rule need.
    check_other_side(CheckOtherSide) -> Vec<OtherSide>;
    /// Whether signatures and other referrers arrive at a rule's destinations.
    look_for_referrers(LookForReferrers) -> Vec<ReferrersSeen>;
    /// The newest replicated images.
    recent_replications(RecentReplications) -> Vec<RecentReplication>;
    /// A registry's policy, read now.
    policy(RegistryKey) -> PolicyView;
    /// The effect of a generated statement.
    preview_statement(StatementInput) -> StatementPreview;
    /// The meaning of a pasted or edited policy, and its findings.
    check_policy_text(CheckPolicyText) -> CheckedPolicyText;
    /// Every policy that can be built.
    policy_recipes() -> Vec<PolicyRecipe>;
    /// Builds a policy from who may do what on which repositories.
    build_policy(BuildPolicy) -> BuiltPolicy;
    /// What policies of any kind in a text mean, and what is wrong with them.
    check_policies(CheckPolicies) -> CheckedPolicies;
    /// A policy with the fix of one finding.
    fix_policies(FixPolicies) -> FixedPolicies;
    /// Whether a principal may do actions on repositories, as far as given policies show.
    ask_policies(AskPolicies) -> PolicyAnswers;
    /// Users, groups, roles or managed policies of an account, read now.
    iam_list(ListIam) -> Vec<IamRow>;
    /// A user, a group or a role with what belongs to it, read now.
    iam_entity(GetIam) -> IamView;
    /// A managed policy, read now.
    iam_policy(GetIamPolicy) -> IamPolicyView;
    /// What a user, a group or a role may do on repositories, by its policies as they are now.
    ask_iam(AskIam) -> IamAnswers;
    /// The access key that a run created, once.
    take_key(RunKey) -> NewAccessKey;
    /// The lifecycle policy of a repository, read now.
    lifecycle(RepositoryKey) -> LifecycleView;
    /// What a lifecycle policy means, and what is wrong with it.
    check_lifecycle(CheckLifecycle) -> CheckedLifecycle;
    /// What a lifecycle policy would do with the images of a repository.
    preview_lifecycle(PreviewLifecycle) -> LifecyclePreview;
    /// A policy with the statements of another one, for the editor.
    merge_policy(MergePolicy) -> MergedPolicy;
    /// A policy with a generated statement alone; no network.
    generate_policy(StatementInput) -> StatementPreview;
    /// Whether images of a repository arrived where a rule replicates them, asked now.
    arrivals(GetArrivals) -> Arrivals;
    /// Writes a request to the administrator of another registry.
    write_request(WriteRequest) -> WrittenRequest;
    /// What is in a request's file, and what it would newly allow.
    open_request(OpenRequest) -> OpenedRequest;
    /// The change that a request asks for.
    plan_of_request(OpenRequest) -> RequestPlan;
    /// The receipt of a request that was applied.
    write_receipt(OpenRequest) -> WrittenReceipt;
    /// Checks a receipt of a request that was written here.
    check_receipt(CheckReceipt) -> CheckedReceipt;
    /// Which expected images a registry has, asked now.
    check_expected(CheckExpected) -> Expected;
    /// A list of a registry's images, to be checked against another registry.
    write_expected(WriteExpected) -> WrittenExpected;
    /// Whether rules of a registry will work, asked now.
    readiness(GetReadiness) -> Readiness;
    /// How images that were there before a rule are best brought over.
    bring_over(GetBringOver) -> BringOver;
    /// The backfills of a registry.
    backfills(RegistryKey) -> Vec<BackfillView>;
    /// The repository creation templates of a registry.
    templates(RegistryKey) -> Vec<TemplateView>;
    /// Why images of a backfill failed.
    backfill_failures(BackfillKey) -> Vec<BackfillFailure>;
    /// Versions of a document before they were replaced, newest first.
    kept_versions(ListVersions) -> Vec<KeptVersion>;
    /// Saves a text in the downloads folder; a file that exists is never replaced.
    save_text(SaveText) -> SavedText;
    /// A configuration in an export format.
    export(Export) -> Exported;
    /// What can be cleaned up for a rule.
    clean_up(GetCleanUp) -> CleanUpCandidates;
    /// Which images of a large repository were replicated by a rule.
    look_into_clean_up(LookIntoCleanUp) -> CleanUpRepository;
    /// What a deletion of images by rule would do, and what protects images from it.
    preview_clean_images(CleanImages) -> CleanPreview;
    /// The images of a repository that a person protected.
    protected_images(RepositoryKey) -> ProtectedImages;
    /// Protects an image from deletions by rule, or ends its protection.
    protect_image(ProtectImage) -> ProtectedImages;
    /// The paths on which builds are promoted.
    paths(Space) -> Vec<PathRow>;
    /// A path as a file.
    path(PathKey) -> PathText;
    /// Stores the paths of a file, or only checks it.
    apply_paths(ApplyPaths) -> AppliedPaths;
    /// Forgets a path; the record and the images stay.
    remove_path(PathKey) -> ();
    /// Which build of each service is in each stage of a path, read now.
    board(PathKey) -> Board;
    /// One row of a board, read now.
    board_row(ServiceKey) -> BoardRow;
    /// A build of a service: where it is and was, and what it is made of.
    build(GetBuild) -> BuildView;
    /// Commands and web addresses that the gates of a path ask, and whether they are trusted here.
    external_gates(PathKey) -> Vec<ExternalGate>;
    /// Trusts what a gate asks, or ends that.
    trust_gate(TrustGate) -> Vec<ExternalGate>;
    /// What is held and what is blocked.
    promotion_holds(Space) -> PromotionHolds;
    /// Holds a service's stage until it is resumed.
    hold_stage(HoldStage) -> PromotionHolds;
    /// Ends the hold of a service's stage.
    resume_stage(StageOfService) -> PromotionHolds;
    /// Blocks a digest on every path.
    block_build(BlockBuild) -> PromotionHolds;
    /// Ends the block of a digest.
    unblock_build(BuildKey) -> PromotionHolds;
    /// Entries of the record, newest first.
    promotions(ListPromotions) -> Vec<PromotionEntry>;
    /// One entry of the record.
    promotion(PromotionKey) -> PromotionEntry;
    /// What every stage had at a time.
    promotions_at(PromotionsAt) -> Vec<PromotionEntry>;
    /// Verifies the record.
    verify_promotions(VerifyPromotions) -> PromotionEnd;
    /// Writes a request to promote a build, for another person to approve.
    request_promotion(RequestPromotion) -> WrittenPromotionRequest;
    /// What the file of a request asks for.
    open_promotion_request(PromotionFile) -> OpenedPromotionRequest;
    /// Approves a request.
    approve_promotion(ApprovePromotion) -> WrittenApproval;
    /// Keys with which people approve.
    approval_keys() -> Vec<ApprovalKey>;
    /// Makes a key of this computer's person; its private half goes into the keychain.
    create_approval_key(NamedKey) -> ApprovalKey;
    /// Enrols the public key of another person.
    enrol_approval_key(EnrolKey) -> ApprovalKey;
    /// Forgets a key.
    forget_approval_key(NamedKey) -> ();
    /// Plans a change.
    plan(PlanRequest) -> PlanView;
    /// Runs a plan.
    run_plan(RunPlan) -> RunStarted;
    /// Runs, newest first.
    runs(ListRuns) -> RunWindow;
    /// One run.
    run(RunKey) -> RunView;
    /// Stops a run within a second; it can be resumed later.
    cancel_run(RunKey) -> ();
    /// Retries what failed, or resumes an interrupted run.
    retry_run(RunKey) -> RunStarted;
    /// A window of a run's images.
    run_images(ListRunImages) -> RunImageWindow;
    /// Pauses a run.
    pause_run(RunKey) -> ();
    /// Resumes a paused run.
    continue_run(RunKey) -> ();
    /// Changes the limits of a run in progress.
    set_run_limits(RunLimits) -> ();
    /// Engine rules of a scope.
    engine_rules(Scope) -> Vec<EngineRuleView>;
    /// The meaning of an engine rule, and its findings.
    check_engine_rule(CheckEngineRule) -> CheckedEngineRule;
    /// What an engine rule would select, from what has been read so far; no network.
    preview_engine_rule(EngineRulePreviewRequest) -> EngineRulePreview;
    /// A window of an engine plan's images.
    plan_images(ListPlanImages) -> PlanImageWindow;
    /// Switches an engine rule's schedule off or on.
    pause_engine_rule(PauseEngineRule) -> ();
    /// Engine rules as a file.
    export_engine_rules(ExportEngineRules) -> EngineRuleFile;
    /// Registries that an engine rule can name.
    engine_places(Scope) -> Vec<EnginePlace>;
    /// Settings of the engine.
    engine_settings() -> EngineSettings;
    /// Changes settings of the engine.
    set_engine_settings(EngineSettings) -> EngineSettings;
    /// Registries outside ECR that have credentials or settings of their own.
    other_registries() -> Vec<OtherRegistry>;
    /// Adds or changes a registry outside ECR; its password goes into the keychain.
    put_registry(PutRegistry) -> Vec<OtherRegistry>;
    /// Forgets a registry outside ECR, and its password.
    remove_registry(RegistryHost) -> Vec<OtherRegistry>;
    /// What a registry stores, how it grew, what rules replicated, and what that costs.
    cost(GetCost) -> CostView;
    /// What a lifecycle policy, or archiving, would change about the cost of a repository.
    what_if_cost(GetWhatIf) -> WhatIfView;
}
