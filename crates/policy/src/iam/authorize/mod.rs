//! Whether a principal may do an action on a resource, by all policies that take part: identity
//! policies, resource policies, the permissions boundary, session policies, SCPs and RCPs.
//!
//! Source: IAM user guide, "Policy evaluation logic". Pure: the answer follows from the documents and
//! the condition keys that are given. What was not given is never made up: a key is unknown unless the
//! context is said to be complete, and layers that could change the answer are named.
//!
//! ```
//! use longshore_policy::iam::{Policy, authorize::*};
//!
//! let policy = Policy::parse(
//!     r#"{"Version": "2012-10-17",
//!         "Statement": [{"Sid": "Pull", "Effect": "Allow", "Action": "ecr:BatchGet*", "Resource": "*"}]}"#,
//! )?;
//! let mut subject = Subject::new(Caller::parse("arn:aws:iam::111122223333:user/ana")?);
//! subject.identity = Some(vec![Document::new(Layer::Identity, "ana.json", &policy)?]);
//! let target = Target::new(Resource::parse("arn:aws:ecr:us-west-2:111122223333:repository/app")?);
//! let answer = authorize(&subject, &Action::parse("ecr:BatchGetImage")?, &target, &Context::new());
//! assert_eq!(answer.decision, Decision::Allowed);
//! assert_eq!(answer.reason, "Statement `Pull` of ana.json allows it.");
//! assert_eq!(answer.unseen, [Layer::Resource, Layer::Boundary, Layer::Scp, Layer::Rcp]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod caller;
mod context;
mod decide;
mod document;
mod matching;
mod matrix;
mod question;
mod read;
mod subject;

pub use answer::{Answer, Decision, Layer, StatementAt};
pub use caller::Caller;
pub use context::Context;
pub use decide::authorize;
pub use document::Document;
pub use matrix::{Cell, matrix, who_can};
pub use question::{Action, QuestionError, Resource};
pub use read::{MAX_FILE, Place, read_document};
pub use subject::{Subject, Target};
