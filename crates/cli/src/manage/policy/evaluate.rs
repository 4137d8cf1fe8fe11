//! `longshore policy evaluate`: whether a principal may do an action on a resource, from files alone.

use std::path::{Path, PathBuf};

use longshore_app::{
    api::{ApiError, Side},
    authorize::{
        Action, Answer, Caller, Context, Decision, Document, Layer, MAX_FILE, Place, QuestionError, Resource,
        Subject, Target, authorize, read_document,
    },
    transfer::Finding,
};
use serde_json::{Value, json};

use crate::{failure::Failure, files, manage::arguments::EvaluatePolicy, output};

/// Answers the question, whatever the answer is.
pub(super) fn run(question: &EvaluatePolicy, as_json: bool) -> Result<(), Failure> {
    let answer = answer(question)?;
    if as_json {
        output::summary(&summary(&answer, question));
    } else {
        told(&answer).iter().for_each(|line| output::line(line));
    }
    Ok(())
}

fn answer(question: &EvaluatePolicy) -> Result<Answer, Failure> {
    let action = Action::parse(&question.action).map_err(usage)?;
    let caller = Caller::parse(&question.principal).map_err(usage)?;
    let resource = Resource::parse(&question.resource).map_err(usage)?;
    let mut context = Context::new();
    for text in &question.context {
        context.add_text(text).map_err(usage)?;
    }
    if question.context_complete {
        context = context.complete();
    }
    only_one_is_standard_input(question)?;
    let read = |layer: Layer, files: &[PathBuf]| {
        let place = Place::of(layer, &caller, &resource);
        documents(layer, files, &place)
    };
    let subject = Subject {
        identity: read(Layer::Identity, &question.identity)?,
        boundary: read(Layer::Boundary, question.boundary.as_slice())?,
        session: read(Layer::Session, question.session.as_slice())?,
        scp: read(Layer::Scp, &question.scp)?,
        caller: caller.clone(),
    };
    let target = Target {
        policies: read(Layer::Resource, &question.resource_policy)?,
        rcp: read(Layer::Rcp, &question.rcp)?,
        resource: resource.clone(),
    };
    Ok(authorize(&subject, &action, &target, &context))
}

fn usage(error: QuestionError) -> Failure {
    Failure::Usage(format!("{}\n{}", error.problem, error.hint))
}

fn only_one_is_standard_input(question: &EvaluatePolicy) -> Result<(), Failure> {
    let lists = [&question.identity, &question.resource_policy, &question.scp, &question.rcp];
    let all = lists.into_iter().flatten().chain(&question.boundary).chain(&question.session);
    if all.filter(|file| files::is_standard_input(file)).count() > 1 {
        let text = "Standard input (`-`) is given for several files.\nGive it for one of them.";
        return Err(Failure::Usage(text.to_owned()));
    }
    Ok(())
}

/// The documents of a layer; `None` if there are no files.
fn documents(layer: Layer, paths: &[PathBuf], place: &Place) -> Result<Option<Vec<Document>>, Failure> {
    if paths.is_empty() {
        return Ok(None);
    }
    let read = |file: &PathBuf| {
        let bytes = files::read(file, MAX_FILE)?;
        let label = file.display().to_string();
        read_document(layer, &label, &bytes, place).map_err(|finding| unreadable(file, &finding).into())
    };
    paths.iter().map(read).collect::<Result<Vec<Document>, Failure>>().map(Some)
}

/// The error of a file that is no policy of its layer, with the place in it.
fn unreadable(file: &Path, finding: &Finding) -> ApiError {
    let (line, column) = finding.position.map_or((1, 1), |at| (at.line, at.column));
    let place = format!("line {line}, column {column}");
    let before = finding.field.as_ref().map_or(place.clone(), ToString::to_string);
    let text = finding.text.strip_prefix(&format!("{before}: ")).unwrap_or(&finding.text);
    let end = if text.ends_with('.') { "" } else { "." };
    let error = ApiError::new(
        "policy-unreadable",
        Side::Input,
        format!("{}, {place}: {text}{end}", files::shown(file)),
    );
    error.hint_if(finding.hint.clone())
}

fn summary(answer: &Answer, question: &EvaluatePolicy) -> Value {
    let mut summary = json!({
        "event": "summary", "decision": answer.decision, "unseen": answer.unseen, "reason": answer.reason,
        "keys": answer.keys, "also": answer.also, "layer": answer.layer, "ignored": answer.ignored,
        "principal": question.principal, "action": question.action, "resource": question.resource,
    });
    if let Some(by) = &answer.by {
        summary["by"] = json!(by);
    }
    summary
}

/// The answer as sentences.
fn told(answer: &Answer) -> Vec<String> {
    let word = match answer.decision {
        Decision::Allowed => "Allowed",
        Decision::Denied => "Denied",
        Decision::NotAllowed => "Not allowed",
        Decision::Unknown => "Unknown",
    };
    let mut first = answer.reason.chars();
    let reason: String = first.next().iter().flat_map(|c| c.to_lowercase()).chain(first).collect();
    let mut lines = vec![format!("{word}: {reason}")];
    if !answer.unseen.is_empty() {
        lines.push(format!("Not given, and able to change the answer: {}.", list(&answer.unseen)));
    }
    if !answer.ignored.is_empty() {
        lines.push(format!(
            "Given, but without a meaning for this principal or action: {}.",
            list(&answer.ignored)
        ));
    }
    lines
}

fn list(layers: &[Layer]) -> String {
    let phrases: Vec<&str> = layers.iter().map(|layer| layer.phrase()).collect();
    match phrases.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        all => all.concat(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::{
        arguments::{Arguments, Command},
        manage::arguments::PolicyCommand,
    };

    const ASKED: &str = "longshore policy evaluate --principal arn:aws:iam::111122223333:user/ana --action \
                         ecr:BatchGetImage --resource arn:aws:ecr:us-west-2:111122223333:repository/app";

    fn question(more: &[&str]) -> EvaluatePolicy {
        let words = ASKED.split(' ').filter(|word| !word.is_empty()).chain(more.iter().copied());
        let Command::Policy(policy) = Arguments::try_parse_from(words).unwrap().command else { panic!() };
        let PolicyCommand::Evaluate(question) = policy.command else { panic!() };
        question
    }

    fn file(folder: &Path, name: &str, statements: &str) -> String {
        let path = folder.join(name);
        std::fs::write(&path, format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{statements}]}}"))
            .unwrap();
        path.display().to_string()
    }

    #[test]
    fn the_summary_names_the_statement_and_what_was_not_seen() {
        let folder = tempfile::tempdir().unwrap();
        let pull = r#"{"Sid": "Pull", "Effect": "Allow", "Action": "ecr:*", "Resource": "*"}"#;
        let identity = file(folder.path(), "ana.json", pull);
        let asked = question(&["--identity", &identity]);
        let summary = summary(&answer(&asked).unwrap(), &asked);
        assert_eq!(summary["event"], "summary");
        assert_eq!(summary["decision"], "allowed");
        assert_eq!(summary["by"], json!({"document": identity, "sid": "Pull", "index": 0}));
        assert_eq!(summary["unseen"], json!(["resource", "boundary", "scp", "rcp"]));
        assert_eq!(summary["keys"], json!([]));
        let told = told(&answer(&asked).unwrap());
        assert_eq!(told[0], format!("Allowed: statement `Pull` of {identity} allows it."));
        assert_eq!(
            told[1],
            "Not given, and able to change the answer: the resource policy, the permissions boundary, the service \
             control policies (SCPs) and the resource control policies (RCPs)."
        );
    }

    #[test]
    fn a_key_is_absent_only_if_the_context_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let here = r#"{"Effect": "Allow", "Action": "*", "Resource": "*",
                       "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#;
        let identity = file(folder.path(), "ana.json", here);
        let decide = |more: &[&str]| {
            let asked = question(&[&["--identity", identity.as_str()], more].concat());
            let summary = summary(&answer(&asked).unwrap(), &asked);
            (summary["decision"].clone(), summary["keys"].clone(), summary.get("by").is_some())
        };
        assert_eq!(decide(&[]), (json!("unknown"), json!(["aws:SourceIp"]), true));
        assert_eq!(decide(&["--context", "aws:SourceIp=203.0.113.7"]).0, "allowed");
        assert_eq!(decide(&["--context-complete"]), (json!("not-allowed"), json!([]), false));
    }

    #[test]
    fn a_file_that_is_no_policy_is_named_with_line_and_column() {
        let folder = tempfile::tempdir().unwrap();
        let broken = folder.path().join("broken.json");
        std::fs::write(&broken, "{\n  \"Statement\": [,]\n}").unwrap();
        let broken = broken.display().to_string();
        let named =
            file(folder.path(), "named.json", r#"{"Effect": "Allow", "Principal": "*", "Action": "*"}"#);
        let failed = |more: &[&str]| answer(&question(more)).unwrap_err();
        let failure = failed(&["--identity", &broken]);
        assert_eq!(failure.event()["code"], "policy-unreadable");
        let message = failure.event()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with(&format!("{broken}, line 2, column 17: ")), "{message}");
        assert_eq!(failed(&["--scp", &named]).event()["code"], "policy-unreadable");
        let missing = failed(&["--rcp", "/no/such/file.json"]);
        assert_eq!(missing.event()["code"], "file-unreadable");
        for failure in [failure, missing] {
            assert_eq!(
                format!("{:?}", failure.exit_code()),
                format!("{:?}", std::process::ExitCode::from(1))
            );
        }
    }

    #[test]
    fn a_question_that_cannot_be_read_is_wrong_usage() {
        for more in [
            &["--context", "aws:SourceIp"][..],
            &["--context", "SourceIp=1"],
            &["--identity", "-", "--scp", "-"],
            &["--boundary", "-", "--session", "-"],
        ] {
            assert!(matches!(answer(&question(more)), Err(Failure::Usage(_))), "{more:?}");
        }
        let mut asked = question(&[]);
        asked.action = "ecr:*".into();
        assert!(matches!(answer(&asked), Err(Failure::Usage(_))));
    }
}
