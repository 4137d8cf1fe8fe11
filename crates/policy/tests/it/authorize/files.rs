//! Policies as people have them.

use longshore_policy::Finding;
use longshore_policy::iam::authorize::{
    Caller, Decision, Document, Layer, Place, Resource, authorize, read_document,
};

use super::Case;

const PLAIN: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{"Sid": "Pull", "Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": "*"}]
}"#;

fn read(layer: Layer, text: impl AsRef<[u8]>) -> Result<Document, Finding> {
    let case = Case::new();
    let place =
        Place::of(layer, &Caller::parse(&case.principal).unwrap(), &Resource::parse(&case.resource).unwrap());
    read_document(layer, "a.json", text.as_ref(), &place)
}

fn allows(text: impl AsRef<[u8]>) {
    let case = Case::new();
    let mut subject = case.subject();
    subject.identity = Some(vec![read(Layer::Identity, text).unwrap()]);
    let action = longshore_policy::iam::authorize::Action::parse(&case.action).unwrap();
    let answer = authorize(&subject, &action, &case.target(), &case.context());
    assert_eq!(answer.decision, Decision::Allowed, "{answer:?}");
    assert_eq!(answer.by.unwrap().document, "a.json");
}

fn refused(layer: Layer, text: impl AsRef<[u8]>) -> (String, usize, usize) {
    let finding = read(layer, text).unwrap_err();
    let at = finding.position.unwrap();
    (finding.code.to_owned(), at.line, at.column)
}

#[test]
fn a_policy_is_read_out_of_its_wrapping() {
    allows(PLAIN);
    allows(format!("\u{feff}{}", PLAIN.replace('\n', "\r\n")));
    let little: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(PLAIN.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    allows(little);
    allows(format!("aws iam put-user-policy --user-name ana --policy-name p --policy-document '{PLAIN}'"));
    allows(format!("{{\"PolicyVersion\": {{\"Document\": {PLAIN}, \"VersionId\": \"v1\"}}}}"));
    allows(
        "Version: '2012-10-17'\nStatement:\n- Effect: Allow\n  Action: ecr:BatchGetImage\n  Resource: '*'\n",
    );
    allows(
        "resource \"aws_iam_policy\" \"p\" {\n  policy = jsonencode({\n    Version = \"2012-10-17\"\n    \
         Statement = [{ Effect = \"Allow\", Action = \"ecr:BatchGetImage\", Resource = \"*\" }]\n  })\n}\n",
    );
    allows(format!(
        "{{\"Resources\": {{\"P\": {{\"Type\": \"AWS::IAM::ManagedPolicy\", \"Properties\": {{\"PolicyDocument\": {PLAIN}}}}}}}}}"
    ));
    let content = serde_json::Value::from(PLAIN);
    allows(format!("{{\"Policy\": {{\"PolicySummary\": {{\"Type\": \"X\"}}, \"Content\": {content}}}}}"));
    allows(format!(
        "aws organizations create-policy --type SERVICE_CONTROL_POLICY --name p --content '{PLAIN}'"
    ));
    allows(
        "resource \"aws_organizations_policy\" \"p\" {\n  content = data.aws_iam_policy_document.p.json\n}\n\ndata \
            \"aws_iam_policy_document\" \"p\" {\n  statement {\n    actions = [\"ecr:*\"]\n    resources = [\"*\"]\n  }\n}\n",
    );
    allows(format!(
        "{{\"Resources\": {{\"P\": {{\"Type\": \"AWS::Organizations::Policy\", \"Properties\": {{\"Content\": {PLAIN}}}}}}}}}"
    ));
    allows(r#"{"Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": "*"}"#);
    allows(r#"[{"Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": "*"}]"#);
}

#[test]
fn pseudo_parameters_have_the_values_of_the_place() {
    allows(
        "Resources:\n  P:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        \
         Version: '2012-10-17'\n        Statement:\n        - Effect: Allow\n          Action: ecr:*\n          \
         Resource: !Sub 'arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/*'\n",
    );
}

#[test]
fn a_pseudo_parameter_that_the_question_does_not_show_is_no_value() {
    let text = "Version: '2012-10-17'\nStatement:\n- Effect: Allow\n  Action: ecr:*\n  Resource: !Sub \
                'arn:aws:ecr:us-west-2:${AWS::AccountId}:repository/*'\n";
    assert!(read(Layer::Identity, text).is_ok());
    assert_eq!(refused(Layer::Scp, text), ("variable-unreadable".to_owned(), 5, 43));
}

#[test]
fn what_is_no_policy_is_refused_with_its_position() {
    let cases = [
        ("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [,]\n}", ("json-invalid", 3, 17)),
        ("hello", ("json-invalid", 1, 1)),
        ("", ("json-invalid", 1, 1)),
        ("{\"rules\": []}", ("policy-missing", 1, 1)),
        ("{\"Version\": \"2012-10-17\"}", ("document-shape", 1, 1)),
        (
            "{\n\"Statement\": [\n{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"},\n7]}",
            ("document-shape", 4, 1),
        ),
        (
            "{\"Statement\": [\n{\"Effect\": \"Allow\",\n \"Principal\": \"*\", \"Action\": \"*\"}]}",
            ("document-shape", 3, 3),
        ),
        ("aws iam put-user-policy --policy-document file://p.json", ("document-in-file", 1, 43)),
    ];
    let found: Vec<_> = cases.iter().map(|(text, _)| refused(Layer::Identity, text)).collect();
    let expected: Vec<_> =
        cases.iter().map(|(_, (code, line, column))| ((*code).to_owned(), *line, *column)).collect();
    assert_eq!(found, expected);
    let (code, line, column) = refused(Layer::Resource, PLAIN);
    assert_eq!((code.as_str(), line, column), ("document-shape", 3, 17));
    assert_eq!(refused(Layer::Identity, format!("{PLAIN}\n{PLAIN}")).0, "json-invalid");
    assert_eq!(refused(Layer::Identity, b"{\n \"\x93\": 1}"), ("text-encoding".to_owned(), 2, 3));
    assert_eq!(refused(Layer::Identity, " ".repeat(1 << 20)).0, "text-too-long");
}

#[test]
fn the_trust_policy_of_a_role_is_no_identity_policy() {
    let role = "resource \"aws_iam_role\" \"r\" {\n  assume_role_policy = jsonencode({ Statement = [{ Effect = \
                \"Allow\", Principal = { AWS = \"111122223333\" }, Action = \"sts:AssumeRole\" }] })\n}\n";
    let policy = "resource \"aws_iam_role_policy\" \"p\" {\n  policy = jsonencode({ Version = \"2012-10-17\", Statement \
                  = [{ Effect = \"Allow\", Action = \"ecr:*\", Resource = \"*\" }] })\n}\n";
    allows(format!("{role}{policy}"));
    assert!(read(Layer::Resource, format!("{role}{policy}")).is_ok());
}

#[test]
fn two_policies_in_one_file_are_refused() {
    let two = format!("Some notes:\n```json\n{PLAIN}\n```\nand\n```json\n{PLAIN}\n```\n");
    assert_eq!(refused(Layer::Identity, two), ("several-policies".to_owned(), 10, 1));
}

#[test]
fn a_value_that_is_not_in_the_text_is_named() {
    let text = "resource \"aws_iam_policy\" \"p\" {\n  policy = jsonencode({\n    Version = \"2012-10-17\"\n    \
                Statement = [{ Effect = \"Allow\", Action = \"ecr:*\", Resource = var.arn }]\n  })\n}\n";
    let finding = read(Layer::Identity, text).unwrap_err();
    assert_eq!((finding.code, finding.position.unwrap().line), ("variable-unreadable", 4));
}
