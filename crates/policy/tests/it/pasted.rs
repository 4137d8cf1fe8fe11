//! Pasted texts: every input of `tests/pasted`, and variations of each kind.

use std::{fs, path::PathBuf};

use longshore_names::RegistryId;
use longshore_policy::{
    Finding, has_errors, paste,
    registry_policy::{
        DocumentKind, PasteCheck, PasteKind, PolicyContext, RegistryPolicy, Wrapping, check_pasted,
        validate_policy,
    },
};
use serde_json::{Value, json};

use crate::common::{DEV, PROD, prod, registry, told};

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pasted").join(name)
}

pub(crate) fn rule_file(name: &str) -> String {
    paste::decode(&fs::read(folder("rules").join(name)).unwrap()).unwrap()
}

fn text(name: &str) -> String {
    let bytes = fs::read(folder("policies").join(name)).unwrap();
    paste::decode(&bytes).unwrap()
}

fn check(name: &str) -> PasteCheck {
    check_pasted(&text(name), &prod())
}

fn good() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "FromDev", "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{DEV}:root") },
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
        "Resource": [format!("arn:aws:ecr:us-west-2:{PROD}:repository/*")] }] })
}

fn good_with(change: impl FnOnce(&mut Value)) -> String {
    let mut policy = good();
    change(&mut policy["Statement"][0]);
    policy.to_string()
}

fn finding<'a>(check: &'a PasteCheck, code: &str) -> &'a Finding {
    check
        .findings
        .iter()
        .find(|finding| finding.code == code)
        .unwrap_or_else(|| panic!("no {code} in {:?}", told(&check.findings)))
}

fn has(check: &PasteCheck, code: &str) -> bool {
    check.findings.iter().any(|finding| finding.code == code)
}

/// The result is the policy that replication from Dev needs, without problems.
fn is_good(check: &PasteCheck, name: &str) {
    let read = check.document.as_ref().unwrap_or_else(|| panic!("{name}: {:?}", check.findings));
    assert_eq!(*read, RegistryPolicy::from_value(good()).unwrap(), "{name}");
    assert_eq!(check.remaining, [], "{name}");
    let fixed = check.mended.as_ref().unwrap_or(read);
    assert_eq!(*fixed, RegistryPolicy::from_value(good()).unwrap(), "{name}");
}

#[test]
fn a_document_is_taken_out_of_what_it_was_pasted_with() {
    use Wrapping as W;
    for (name, wrapping) in [
        ("06a-bash.txt", Some(W::Command)),
        ("06c-cmd.txt", Some(W::Command)),
        ("06d-prompt.txt", Some(W::Command)),
        ("06e-heredoc.txt", Some(W::Command)),
        ("06f-env.txt", Some(W::Command)),
        ("07a-jsonencode.tf", Some(W::Terraform)),
        ("07b-jsonencode-only.tf", Some(W::Terraform)),
        ("07c-heredoc.tf", Some(W::Terraform)),
        ("07e-policy-document.tf", Some(W::Terraform)),
        ("08a-cfn.json", Some(W::CloudFormation)),
        ("08b-cfn.yaml", Some(W::CloudFormation)),
        ("08c-properties.json", Some(W::CloudFormation)),
        ("09a-get-registry-policy.json", Some(W::Answer)),
        ("09b-query-json-output.json", Some(W::JsonText)),
        ("09c-query-text.txt", None),
        ("09e-put-input.json", Some(W::Answer)),
        ("16a-bom-crlf.json", None),
        ("16b-utf16.json", None),
        ("16c-single-smart.json", Some(W::Typography)),
        ("16d-comments.json", Some(W::Comments)),
        ("16e-trailing-comma.json", Some(W::TrailingComma)),
        ("16f-fence.md", Some(W::Markdown)),
        ("16h-smart-and-nbsp-in-text.json", Some(W::Typography)),
    ] {
        let checked = check(name);
        is_good(&checked, name);
        assert_eq!(checked.kind, PasteKind::Policy, "{name}");
        match wrapping {
            Some(wrapping) => {
                assert!(checked.unwrapped.contains(&wrapping), "{name}: {:?}", checked.unwrapped);
                assert!(checked.mended.is_some(), "{name}: the text itself is not a policy");
            }
            None => assert_eq!(checked.unwrapped, [], "{name}"),
        }
    }
    let statement = check("08d-statement.yaml");
    assert_eq!(statement.kind, PasteKind::Statement);
    assert_eq!(statement.mended.unwrap(), RegistryPolicy::from_value(good()).unwrap());
}

/// The text in every known wrapping.
fn wrapped() -> Vec<(&'static str, String)> {
    let pretty = longshore_policy::pretty(&good());
    let plain = good().to_string();
    let escaped = Value::from(plain.as_str()).to_string();
    let inside = escaped.trim_matches('"').to_owned();
    let doubled = plain.replace('"', "\"\"");
    let indented: String = pretty.lines().map(|line| format!("    {line}\n")).collect();
    vec![
        ("bash, option with =", format!("aws ecr put-registry-policy --policy-text='{plain}' --region us-west-2")),
        ("bash, double quotes", format!("aws ecr put-registry-policy --policy-text \"{inside}\"")),
        ("bash, a variable", format!("POLICY='{pretty}'\naws ecr put-registry-policy --policy-text \"$POLICY\" --region us-west-2\n")),
        ("bash, a here-document in a variable", format!("POLICY=$(cat <<EOF\n{pretty}\nEOF\n)\naws ecr put-registry-policy --policy-text \"${{POLICY}}\"")),
        ("bash, export", format!("export AWS_REGION=us-west-2 AWS_PROFILE=prod\nsudo aws ecr put-registry-policy --policy-text '{plain}'")),
        ("bash, a here-document with tabs", format!("cat <<-'JSON' > /tmp/p.json\n{}\n\tJSON\naws ecr put-registry-policy --policy-text file:///tmp/p.json", indented.replace("    ", "\t"))),
        ("bash, tee", format!("cat <<'EOF' | tee policy.json\n{pretty}\nEOF\naws ecr put-registry-policy --policy-text file://./policy.json")),
        ("bash, cat in a word", format!("cat > p.json << EOF\n{pretty}\nEOF\naws ecr put-registry-policy --policy-text \"$(cat <<'X'\n{pretty}\nX\n)\"")),
        ("bash, an account that is set", format!("ACCOUNT={DEV}\ncat <<EOF >policy.json\n{}\nEOF", pretty.replace(DEV, "${ACCOUNT}"))),
        ("bash, C quotes", format!("aws ecr put-registry-policy --policy-text $'{plain}'")),
        ("bash, input JSON", format!("aws ecr put-registry-policy --cli-input-json '{}'", json!({ "policyText": plain }))),
        ("a container", format!("docker run --rm -it amazon/aws-cli ecr put-registry-policy --policy-text '{plain}'")),
        ("aws-vault", format!("user@host:~$ aws-vault exec prod -- aws --region us-west-2 ecr put-registry-policy \\\n>   --policy-text '{plain}'")),
        ("PowerShell", format!("PS C:\\Users\\me> aws ecr put-registry-policy `\r\n  --policy-text '{inside}' `\r\n  --region us-west-2")),
        ("PowerShell, here-string", format!("$policy = @'\n{pretty}\n'@\naws ecr put-registry-policy --policy-text $policy --region us-west-2")),
        ("PowerShell, environment", format!("$env:AWS_REGION = \"us-west-2\"\naws ecr put-registry-policy --policy-text '{plain}'")),
        ("cmd, doubled quotes", format!("C:\\> aws ecr put-registry-policy --policy-text \"{doubled}\"")),
        ("cmd, set", format!("set AWS_REGION=us-west-2\r\naws ecr put-registry-policy ^\r\n  --policy-text \"{inside}\"\r\n")),
        ("a command and its output", format!("$ aws ecr get-registry-policy\n{}", json!({ "registryId": PROD, "policyText": plain }))),
        ("text output", format!("{pretty}\t{PROD}\n")),
        ("yaml output", format!("policyText: '{plain}'\nregistryId: '{PROD}'\n")),
        ("yaml output, block", format!("policyText: |-\n{indented}registryId: '{PROD}'\n")),
        ("yaml stream", format!("- policyText: {escaped}\n  registryId: '{PROD}'\n")),
        ("table output", format!("---------------------\n|  GetRegistryPolicy  |\n+------------+--------+\n|  policyText|  {pretty}  |\n|  registryId|  {PROD}  |\n+------------+--------+\n")),
        ("a list of one", format!("[{escaped}]")),
        ("escaped twice", Value::from(escaped.as_str()).to_string()),
        ("escaped without quotes", inside.clone()),
        ("single quotes around", format!("'{plain}'")),
        ("of a URL", plain.replace('{', "%7B").replace('}', "%7D").replace('"', "%22").replace(' ', "%20")),
        ("from a web page", pretty.replace('"', "&quot;")),
        ("Python", plain.replace('"', "'")),
        ("a fence of tildes", format!("Do this:\n\n~~~\n{pretty}\n~~~\nDone.")),
        ("a command in a fence", format!("1. Run\n```bash\naws ecr put-registry-policy --policy-text '{plain}'\n```\n")),
        ("a quotation", pretty.lines().map(|line| format!("> {line}\n")).collect()),
        ("words around", format!("Please add this policy: {pretty} Thank you!")),
        ("CRLF and a byte order mark", format!("\u{feff}{}", pretty.replace('\n', "\r\n"))),
        ("UTF-16 read as bytes", format!("\u{fffd}\u{fffd}{}", plain.chars().flat_map(|c| [c, '\0']).collect::<String>())),
        ("German quotes", plain.replace("\":", "\u{201c}:").replace('"', "\u{201e}").replace("\u{201e},", "\u{201c},").replace("\u{201e}]", "\u{201c}]").replace("\u{201e}}", "\u{201c}}")),
        ("guillemets", plain.replace('"', "\u{ab}")),
        ("zero-width between words", plain.replace(',', "\u{200b},\u{feff}")),
        ("hash comments", format!("# from the wiki\n{pretty}\n")),
        ("a template in YAML", format!("Resources:\n  P:\n    Type: AWS::ECR::RegistryPolicy\n    Properties:\n      PolicyText:\n        Version: '2012-10-17'\n        Statement:\n        - Sid: FromDev\n          Effect: Allow\n          Principal: {{AWS: !Sub 'arn:${{AWS::Partition}}:iam::{DEV}:root'}}\n          Action: [ecr:CreateRepository, ecr:ReplicateImage]\n          Resource: !Join ['', ['arn:aws:ecr:', !Ref AWS::Region, ':', !Ref 'AWS::AccountId', ':repository/*']]\n")),
        ("a template in JSON", good_template(&plain)),
        ("jsonencode in locals", format!("locals {{\n  registry_policy = jsonencode({plain})\n}}\n")),
        ("a data source that is used", data_source()),
        ("Terraform in JSON", json!({ "resource": { "aws_ecr_registry_policy": { "x": { "policy": plain } } } }).to_string()),
        ("an indented here-document", format!("resource \"aws_ecr_registry_policy\" \"x\" {{\n  policy = <<-POLICY\n{indented}  POLICY\n}}\n")),
        ("a statement in Terraform", "statement {\n  sid = \"FromDev\"\n  actions = [\n    \"ecr:CreateRepository\",\n    \"ecr:ReplicateImage\",\n  ]\n  resources = [\"arn:aws:ecr:us-west-2:444455556666:repository/*\"]\n  principals {\n    type = \"AWS\"\n    identifiers = [\"arn:aws:iam::111122223333:root\"]\n  }\n}\n".into()),
    ]
}

fn good_template(plain: &str) -> String {
    let resource = format!("arn:aws:ecr:us-west-2:{PROD}:repository/*");
    let policy: Value = serde_json::from_str(&plain.replace(
        &format!("\"{resource}\""),
        "{\"Fn::Sub\": \"arn:aws:ecr:${AWS::Region}:${AWS::AccountId}:repository/*\"}",
    ))
    .unwrap();
    json!({ "AWSTemplateFormatVersion": "2010-09-09", "Resources": {
        "Repository": { "Type": "AWS::ECR::Repository", "Properties": { "RepositoryName": "x" } },
        "Policy": { "Type": "AWS::ECR::RegistryPolicy", "Properties": { "PolicyText": policy } } } })
    .to_string()
}

fn data_source() -> String {
    let document = text("07e-policy-document.tf");
    format!(
        "{document}\nresource \"aws_ecr_registry_policy\" \"x\" {{\n  policy = data.aws_iam_policy_document.registry.json\n}}\n"
    )
}

#[test]
fn every_wrapping_that_the_field_knows_is_taken_off() {
    for (name, text) in wrapped() {
        let checked = check_pasted(&text, &prod());
        assert!(checked.document.is_some(), "{name}: {:?}\n{text}", checked.findings);
        is_good(&checked, name);
        assert!(checked.mended.is_some(), "{name}");
        assert!(
            !checked.findings.iter().any(|f| f.is_error() && f.code != "json-invalid"),
            "{name}: {:?}",
            checked.findings
        );
    }
}

#[test]
fn a_command_for_another_account_or_region_says_so() {
    let checked = check("06g-wrong-account.txt");
    assert!(finding(&checked, "other-region").text.contains("us-east-2"));
    assert_eq!(finding(&checked, "other-region").position.unwrap().line, 1);
    let plain = good().to_string();
    for (text, code) in [
        (format!("aws ecr put-registry-policy --registry-id {DEV} --policy-text '{plain}'"), "other-account"),
        (json!({ "registryId": DEV, "policyText": plain }).to_string(), "other-account"),
        (format!("{plain}\t{DEV}"), "other-account"),
        (
            format!("AWS_DEFAULT_REGION=eu-west-1 aws ecr put-registry-policy --policy-text '{plain}'"),
            "other-region",
        ),
        (
            format!("$env:AWS_REGION = 'eu-west-1'\naws ecr put-registry-policy --policy-text '{plain}'"),
            "other-region",
        ),
        (format!("aws --profile prod ecr put-registry-policy --policy-text '{plain}'"), "command-profile"),
    ] {
        let checked = check_pasted(&text, &prod());
        assert!(has(&checked, code) && checked.document.is_some(), "{text}: {:?}", checked.findings);
    }
    assert!(!has(&check("06a-bash.txt"), "other-region"));
    assert!(has(&check("06f-env.txt"), "command-profile"));
}

#[test]
fn what_is_not_in_the_text_is_named_with_its_place() {
    let checked = check("07d-variables.tf");
    let named: Vec<_> = checked.findings.iter().filter(|f| f.code == "variable-unreadable").collect();
    assert_eq!(named.len(), 2, "{:?}", checked.findings);
    assert!(named[0].text.contains("var.dev_account") && named[0].position.unwrap().line == 9);
    assert!(named[1].text.contains("data.aws_caller_identity.current.account_id"));
    assert!(!checked.remaining.is_empty(), "no fix knows the values");

    for (text, code, named) in [
        ("aws ecr put-registry-policy --policy-text file://policy.json", "document-in-file", "`policy.json`"),
        (
            "aws ecr put-registry-policy --policy-text \"$(cat other.json)\"",
            "document-in-file",
            "`other.json`",
        ),
        ("aws ecr put-registry-policy --cli-input-json file://in.json", "document-in-file", "`in.json`"),
        ("PS> aws ecr put-registry-policy --policy-text $policy", "variable-unreadable", "`$policy`"),
        (
            "resource \"aws_ecr_registry_policy\" \"x\" {\n  policy = file(\"p.json\")\n}",
            "document-in-file",
            "`p.json`",
        ),
        (
            "resource \"aws_ecr_registry_policy\" \"x\" {\n  policy = data.aws_iam_policy_document.x.json\n}",
            "variable-unreadable",
            "aws_iam_policy_document.x",
        ),
        (
            "resource \"aws_ecr_registry_policy\" \"x\" {\n  policy = var.policy\n}",
            "variable-unreadable",
            "var.policy",
        ),
    ] {
        let checked = check_pasted(text, &prod());
        let found = finding(&checked, code);
        assert!(found.text.contains(named) && found.position.is_some(), "{text}: {found:?}");
        assert!(
            checked.document.is_none() && !has(&checked, "json-invalid"),
            "{text}: {:?}",
            checked.findings
        );
    }
    let plain = good().to_string();
    for text in [
        format!("aws ecr put-registry-policy --policy-text '{}'", plain.replace(DEV, "'\"$ACCOUNT_ID\"'")),
        format!("cat <<EOF > p.json\n{}\nEOF", plain.replace(DEV, "${ACCOUNT_ID}")),
        format!(
            "aws ecr put-registry-policy --policy-text '{}' ^\r\n --region us-west-2",
            plain.replace('"', "\\\"").replace(DEV, "%ACCOUNT_ID%")
        )
        .replace('\'', "\""),
    ] {
        let checked = check_pasted(&text, &prod());
        assert!(finding(&checked, "variable-unreadable").text.contains("ACCOUNT_ID"), "{text}");
        assert!(has_errors(&checked.remaining), "{text}");
    }
    let template = text_of_template("!ImportValue dev-account");
    let checked = check_pasted(&template, &prod());
    assert!(finding(&checked, "variable-unreadable").text.contains("!ImportValue dev-account"));
    let dynamic = good_with(|s| s["Principal"] = json!({ "AWS": "{{resolve:ssm:dev}}" }));
    assert!(has(&check_pasted(&dynamic, &prod()), "variable-unreadable"));
}

fn text_of_template(account: &str) -> String {
    format!(
        "Resources:\n  P:\n    Type: AWS::ECR::RegistryPolicy\n    Properties:\n      PolicyText:\n        Version: '2012-10-17'\n        Statement:\n          Sid: A\n          Effect: Allow\n          Principal: {{AWS: {account}}}\n          Action: ecr:ReplicateImage\n          Resource: '*'\n"
    )
}

#[test]
fn a_document_of_another_kind_is_called_what_it_is() {
    let kinds = [
        ("03a-null-target.json", DocumentKind::LifecyclePolicy, "lifecycle-policy"),
        ("18-two-prefixes.json", DocumentKind::LifecyclePolicy, "lifecycle-policy"),
        ("20-rule-with-deletes.json", DocumentKind::ReplicationConfiguration, "document-shape"),
        ("09d-get-repository-policy.json", DocumentKind::RepositoryPolicy, "repository-policy"),
    ];
    for (name, kind, code) in kinds {
        let checked = check(name);
        assert_eq!(checked.document_kind, Some(kind), "{name}");
        assert!(has(&checked, code), "{name}: {:?}", checked.findings);
    }
    assert!(finding(&check("09d-get-repository-policy.json"), "repository-policy").text.contains("`a/b`"));
    let pull = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "AWS": DEV },
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] }] });
    let identity = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Action": "ecr:*", "Resource": "*" }] });
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "Service": "ecr.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
    for (text, code) in [
        (pull.to_string(), "repository-policy"),
        (format!("aws ecr set-repository-policy --repository-name a/b --policy-text '{}'", good()), "repository-policy"),
        (format!("resource \"aws_ecr_repository_policy\" \"x\" {{\n  policy = jsonencode({})\n}}", good()), "repository-policy"),
        (identity.to_string(), "identity-policy"),
        (format!("aws iam put-role-policy --role-name x --policy-document '{identity}'"), "identity-policy"),
        (trust.to_string(), "trust-policy"),
        (json!({ "registryId": PROD, "repositoryName": "x", "lifecyclePolicyText": text("18-two-prefixes.json") }).to_string(), "lifecycle-policy"),
    ] {
        assert!(has(&check_pasted(&text, &prod()), code), "{text}: {:?}", check_pasted(&text, &prod()).findings);
    }
    // Its own problems are reported too.
    for name in
        ["03a-null-target.json", "03b-null-lists.json", "03c-null-unit.json", "03d-unit-with-count.json"]
    {
        let checked = check(name);
        assert!(
            checked.findings.iter().filter(|f| f.is_error()).count() > 1,
            "{name}: {:?}",
            checked.findings
        );
        assert!(checked.mended.is_none());
    }
}

/// The registry that each input is for.
fn place_of(name: &str) -> RegistryId {
    match name {
        "10b-iso.json" => registry(PROD, "us-iso-east-1"),
        "15-commercial-arns.json" => registry(PROD, "us-gov-west-1"),
        _ => prod(),
    }
}

#[test]
fn a_fix_that_is_offered_is_complete() {
    let mut seen = 0;
    for entry in fs::read_dir(folder("policies")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let place = place_of(&name);
        let checked = check_pasted(&text(&name), &place);
        let Some(fixed) = checked.fixed_entirely() else { continue };
        seen += 1;
        let errors: Vec<Finding> = validate_policy(&fixed, &PolicyContext::new(place.clone()))
            .into_iter()
            .filter(Finding::is_error)
            .collect();
        assert!(errors.is_empty() || name == "07d-variables.tf", "{name}: {errors:?}");
        assert!(
            checked.remaining.is_empty() || name == "07d-variables.tf",
            "{name}: {:?}",
            checked.remaining
        );
        let again = check_pasted(&fixed.pretty(), &place);
        assert!(again.fixes.is_empty() || name == "07d-variables.tf", "{name}: {:?}", again.fixes);
        assert_eq!(again.mended, None, "{name}");
    }
    assert!(seen >= 35, "{seen}");
}

#[test]
fn a_repair_never_widens_by_itself() {
    for (text, id) in [
        (
            good_with(|s| {
                s.as_object_mut().unwrap().remove("Resource");
            }),
            "resource-missing@Statement[0].Resource",
        ),
        (
            good_with(|s| s["Action"] = json!("ecr:ReplicateImage")),
            "create-repository-missing@Statement[0].Action",
        ),
        (
            good_with(|s| s["Action"] = json!(["ecr:ReplicatImage", "ecr:CreateRepository"])),
            "action-unknown@Statement[0].Action",
        ),
        (good().to_string().replace("2012-10-17", "2008-10-17"), "version-missing@Version"),
        (
            good_with(|s| {
                s["Resource"] = json!([
                    format!("arn:aws:ecr:us-west-2:{PROD}:repository/a"),
                    format!("arn:aws:ecr:eu-west-1:{PROD}:repository/*")
                ])
            }),
            "resource-elsewhere@Statement[0].Resource",
        ),
        (
            good_with(|s| s["Condition"] = json!({ "StringEquals": { "aws:SourceAccount": DEV } })),
            "condition-never@Statement[0].Condition",
        ),
        (text("14b-org-path-typo.json"), "condition-key-unknown@Statement[0].Condition"),
        (text("13e-slr-principal.json"), "principal-service-linked-role@Statement[0].Principal"),
    ] {
        let checked = check_pasted(&text, &prod());
        let fix = checked
            .fixes
            .iter()
            .find(|fix| fix.id == id)
            .unwrap_or_else(|| panic!("{id}: {:?}", checked.fixes));
        assert!(!fix.applied && fix.newly_allows.is_some(), "{fix:?}");
        let untouched = checked.fixed(&[]).unwrap();
        let chosen = checked.fixed(&[id.to_owned()]).unwrap();
        assert_ne!(untouched, chosen, "{id}");
        assert_eq!(untouched, checked.document.clone().unwrap(), "{id}: there is nothing else to repair");
    }
}

#[test]
fn an_arn_without_its_service_is_mended_to_the_exact_one() {
    let exact = json!([format!("arn:aws:ecr:us-west-2:{PROD}:repository/*")]);
    for resource in [
        format!("arn:aws:us-west-2:{PROD}:repository/*"),
        "arn:aws:::repository/*".to_owned(),
        format!("arn:aws:::us-west-2:{PROD}:repository/*"),
        format!("arn:ecr:us-west-2:{PROD}:repository/*"),
        "repository/*".to_owned(),
    ] {
        let checked = check_pasted(&good_with(|s| s["Resource"] = json!([resource])), &prod());
        assert!(
            finding(&checked, "resource-invalid").hint.as_ref().unwrap().contains(exact[0].as_str().unwrap())
        );
        assert_eq!(checked.mended.unwrap().to_value()["Statement"][0]["Resource"], exact, "{resource}");
    }
    is_arn_fixed(&check("01-arn-without-service.json"));
    let other = check_pasted(&good_with(|s| s["Resource"] = json!(["arn:aws:s3:::repository/x"])), &prod());
    assert_eq!(other.mended, None, "another service's ARN is not guessed at");
    assert!(has(
        &check_pasted(
            &good_with(|s| s["Resource"] = json!(format!("arn:aws:ecr:us-west-2:{PROD}:prod-*"))),
            &prod()
        ),
        "resource-invalid"
    ));
}

fn is_arn_fixed(checked: &PasteCheck) {
    assert_eq!(*checked.mended.as_ref().unwrap(), RegistryPolicy::from_value(good()).unwrap());
}

#[test]
fn a_document_of_another_partition_is_mended_as_a_whole() {
    for (region, partition) in [
        ("us-gov-west-1", "aws-us-gov"),
        ("cn-north-1", "aws-cn"),
        ("us-iso-east-1", "aws-iso"),
        ("eusc-de-east-1", "aws-eusc"),
    ] {
        let place = registry(PROD, region);
        let pasted = good()
            .to_string()
            .replace("us-west-2", region)
            .replace("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/x");
        for text in [pasted, text("15-commercial-arns.json").replace("us-gov-west-1", region)] {
            let checked = check_pasted(&text, &place);
            assert!(
                has(&checked, "principal-partition") && has(&checked, "resource-wrong-partition"),
                "{:?}",
                checked.findings
            );
            let mended = checked.fixed_entirely().unwrap();
            assert!(!mended.to_text().contains("arn:aws:"), "{mended:?}");
            assert!(mended.to_text().contains(&format!("arn:{partition}:ecr:{region}:{PROD}:repository/*")));
            assert!(!has_errors(&validate_policy(&mended, &PolicyContext::new(place.clone()))));
        }
    }
    let iso = check_pasted(&text("10b-iso.json"), &place_of("10b-iso.json"));
    assert!(!has_errors(&iso.findings), "{:?}", iso.findings);
}

#[test]
fn actions_are_held_against_the_list_of_ecr() {
    let typo = check("13b-typo-action.json");
    assert!(finding(&typo, "action-unknown").is_error());
    for (action, code, hint) in [
        ("ecr:ReplicateImages", "action-unknown", "`ecr:ReplicateImage`"),
        ("ecr:BatchGetimages", "action-unknown", "`ecr:BatchGetImage`"),
        ("ecr:CreateRepositroy", "action-unknown", "`ecr:CreateRepository`"),
        ("ecr-public:PutImage", "action-invalid", "`ecr:PutImage`"),
        ("ReplicateImage", "action-invalid", "`ecr:ReplicateImage`"),
        ("ecr:Frobnicate", "action-unknown", "ECR refuses"),
    ] {
        let checked = check_pasted(&good_with(|s| s["Action"] = json!([action])), &prod());
        assert!(
            finding(&checked, code).hint.as_ref().unwrap().contains(hint),
            "{action}: {:?}",
            finding(&checked, code)
        );
    }
    for action in [
        "ecr:ReplicateImage",
        "ecr:StartReplicationBackfill",
        "ecr:GetImageCopyStatus",
        "ecr:batchimportupstreamimage",
        "ecr:Batch*",
        "ecr:UpdateImageStorageClass",
    ] {
        let checked = check_pasted(&good_with(|s| s["Action"] = json!([action])), &prod());
        assert!(!has(&checked, "action-unknown") && !has(&checked, "action-invalid"), "{action}");
    }
    let token = check("13a-token-action.json");
    assert!(finding(&token, "action-token").is_error());
    assert!(!token.mended.unwrap().to_text().contains("GetAuthorizationToken"));
}

#[test]
fn one_invisible_character_is_named_at_its_place_and_left_out() {
    let action = check("13c-nbsp-action.json");
    let found = finding(&action, "invisible-character");
    assert!(
        found.text.contains("U+00A0") && found.field.as_ref().unwrap().as_str() == "Statement[0].Action[1]",
        "{found:?}"
    );
    assert_eq!(found.position.unwrap().line, 12);
    is_arn_fixed(&action);
    let principal = check("16g-zero-width.json");
    assert!(finding(&principal, "invisible-character").text.contains("zero-width space"));
    is_arn_fixed(&principal);
    for odd in ['\u{200b}', '\u{feff}', '\u{a0}', '\u{2060}', '\u{ad}', '\u{202e}'] {
        for text in ["Action", "ecr:CreateRepository", "Allow", "FromDev", "arn:aws:ecr", "2012"] {
            let pasted = good().to_string().replacen(text, &format!("{}{odd}{}", &text[..1], &text[1..]), 1);
            let checked = check_pasted(&pasted, &prod());
            let whole = text != "2012" && text != "arn:aws:ecr";
            assert!(has(&checked, "invisible-character"), "{text} {odd:?}: {:?}", checked.findings);
            if whole {
                is_arn_fixed(&checked);
            }
            let fixed = checked.fixed_entirely().unwrap();
            assert!(!fixed.to_text().contains(odd), "{text} {odd:?}");
        }
    }
}

#[test]
fn conditions_are_looked_into() {
    let never = check("02a-source-account.json");
    assert!(finding(&never, "condition-never").text.contains("aws:SourceAccount"));
    assert!(!has(&check("02c-principal-account.json"), "condition-never"));
    let typo = check("14b-org-path-typo.json");
    assert!(finding(&typo, "condition-key-unknown").hint.as_ref().unwrap().contains("`aws:PrincipalOrgID`"));
    let open = check("14c-org-wide-open.json");
    assert!(
        has(&open, "condition-everyone") && finding(&open, "principal-everyone").text.contains("everyone")
    );
    assert!(
        !has(&check("14a-org.json"), "condition-everyone")
            && !has(&check("14a-org.json"), "principal-everyone")
    );
    for (condition, code) in [
        (json!({ "ArnLike": { "aws:SourceArn": "arn:aws:ecr:*" } }), Some("condition-never")),
        (json!({ "StringEqualsIfExists": { "aws:SourceAccount": DEV } }), None),
        (json!({ "StringNotEquals": { "aws:SourceAccount": DEV } }), None),
        (json!({ "StringEquals": { "AWS:sourceaccount": DEV } }), Some("condition-never")),
        (json!({ "StringEqual": { "aws:PrincipalAccount": DEV } }), Some("condition-operator-unknown")),
        (json!({ "StringEquals": { "aws:PrincipalOrgId": "o-1" } }), None),
        (json!({ "StringEquals": { "PrincipalOrgID": "o-1" } }), Some("condition-key-unknown")),
        (json!({ "StringEquals": { "aws:PrincipalOrgID": "o-*" } }), Some("condition-wildcard")),
        (json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": ["o-1/*"] } }), None),
        (json!({ "StringLike": { "aws:PrincipalArn": "*" } }), Some("condition-everyone")),
        (json!({ "StringEquals": { "aws:PrincipalTag/team": "x" } }), None),
        (json!({ "StringEquals": "x" }), Some("condition-invalid")),
    ] {
        let checked = check_pasted(&good_with(|s| s["Condition"] = condition.clone()), &prod());
        let found: Vec<_> =
            checked.findings.iter().filter(|f| f.code.starts_with("condition")).map(|f| f.code).collect();
        assert_eq!(found, code.into_iter().collect::<Vec<_>>(), "{condition}");
    }
}

#[test]
fn everything_but_something_is_warned_about() {
    assert!(
        finding(&check("19b-not-action-allow.json"), "not-action-allow")
            .text
            .contains("`ecr:DeleteRepository`")
    );
    for (from, to, code) in [
        ("Principal", "NotPrincipal", "not-principal-allow"),
        ("Resource", "NotResource", "not-resource-allow"),
        ("Action", "NotAction", "not-action-allow"),
    ] {
        let turn = |effect: &str| {
            good_with(|s| {
                let value = s.as_object_mut().unwrap().remove(from).unwrap();
                s[to] = value;
                s["Effect"] = effect.into();
            })
        };
        assert!(has(&check_pasted(&turn("Allow"), &prod()), code), "{to}");
        assert!(!has(&check_pasted(&turn("Deny"), &prod()), code), "{to}: denying the rest is the intent");
    }
    assert!(!has_errors(&check("19c-deny-except.json").findings));
}

#[test]
fn principals_that_do_not_exist_any_more_are_taken_out_on_request() {
    let checked = check("05-orphans.json");
    let orphans: Vec<_> = checked.findings.iter().filter(|f| f.code == "principal-orphaned").collect();
    assert_eq!(orphans.len(), 2);
    assert!(orphans[0].text.contains("role") && orphans[1].text.contains("user"));
    assert_eq!(checked.mended, None, "not without being asked");
    let ids: Vec<String> =
        checked.fixes.iter().filter(|f| f.code == "principal-orphaned").map(|f| f.id.clone()).collect();
    assert_eq!(ids.len(), 2);
    let fixed = checked.fixed(&ids).unwrap();
    assert_eq!(
        fixed.to_value()["Statement"][0]["Principal"]["AWS"],
        json!([format!("arn:aws:iam::{DEV}:root")])
    );
    // A statement without another principal is removed as a whole, if there are others.
    let mut two = good();
    two["Statement"].as_array_mut().unwrap().push(json!({ "Sid": "Old", "Effect": "Allow",
        "Principal": { "AWS": "AROAEXAMPLEEXAMPLE123" }, "Action": "ecr:ReplicateImage", "Resource": "*" }));
    let fixed = check_pasted(&two.to_string(), &prod()).fixed_entirely().unwrap();
    assert_eq!(fixed, RegistryPolicy::from_value(good()).unwrap());
    // What ECR already has is not an error, but is still reported.
    let policy = checked.document.unwrap();
    let mut context = PolicyContext::new(prod());
    context.current = Some(policy.clone());
    let standing = validate_policy(&policy, &context);
    assert!(standing.iter().any(|f| f.code == "principal-orphaned") && !has_errors(&standing));
}

#[test]
fn a_session_of_a_role_as_principal_is_warned_of() {
    let session = good_with(|s| {
        s["Principal"] = json!({ "AWS": "arn:aws:sts::111122223333:assumed-role/deployer/ci" });
    });
    let checked = check_pasted(&session, &prod());
    assert!(has(&checked, "principal-session"), "{:?}", checked.findings);
    let role = good_with(|s| s["Principal"] = json!({ "AWS": "arn:aws:iam::111122223333:role/deployer" }));
    assert!(!has(&check_pasted(&role, &prod()), "principal-session"));
}

#[test]
fn services_and_their_roles_are_not_who_replicates() {
    assert!(
        finding(&check("13d-service-principal.json"), "principal-service").text.contains("source account")
    );
    let role = check("13e-slr-principal.json");
    assert!(has(&role, "principal-service-linked-role"));
    let fixed = role.fixed_entirely().unwrap();
    assert_eq!(fixed, RegistryPolicy::from_value(good()).unwrap());
    let lambda = |condition: Value| {
        good_with(|s| {
            s["Principal"] = json!({ "Service": "lambda.amazonaws.com" });
            s["Action"] = json!("ecr:BatchGetImage");
            s["Condition"] = condition;
        })
    };
    assert!(has(&check_pasted(&lambda(json!({})), &prod()), "principal-service"));
    let bound = lambda(json!({ "StringEquals": { "aws:SourceAccount": DEV } }));
    assert!(
        !has(&check_pasted(&bound, &prod()), "principal-service")
            && !has(&check_pasted(&bound, &prod()), "condition-never")
    );
}

#[test]
fn a_statement_gets_an_id_that_says_what_it_is_for() {
    let sid = |checked: &PasteCheck| checked.mended.as_ref().unwrap().statements()[0].sid.clone().unwrap();
    assert_eq!(sid(&check("12-ptc-upstream.json")), "PullThroughCacheUpstream");
    assert_eq!(sid(&check("19a-single-object.json")), "ReplicationAccessCrossAccount");
    let with = |action: Value| {
        check_pasted(
            &good_with(|s| {
                s.as_object_mut().unwrap().remove("Sid");
                s["Action"] = action;
            }),
            &prod(),
        )
    };
    assert_eq!(sid(&with(json!(["ecr:BatchGetImage"]))), "CrossAccountPull");
    assert_eq!(sid(&with(json!(["ecr:PutImage", "ecr:BatchGetImage"]))), "CrossAccountPush");
    let twice = check("17-same-sid-twice.json");
    assert!(has(&twice, "sid-duplicate"));
    let sids: Vec<_> = twice.mended.unwrap().statements().into_iter().filter_map(|s| s.sid).collect();
    assert_eq!(sids, ["FromDev", "FromDev2"]);
}

#[test]
fn words_in_the_wrong_spelling_are_meant() {
    for (text, code) in [
        (good().to_string().replace("\"Allow\"", "\"allow\""), "effect-invalid"),
        (good().to_string().replace("\"Action\"", "\"Actions\""), "field-misspelt"),
        (good().to_string().replace("\"Resource\"", "\"resource\""), "field-misspelt"),
        (good_with(|s| s["Principal"] = json!(format!("arn:aws:iam::{DEV}:root"))), "principal-invalid"),
        (good_with(|s| s["Principal"] = json!({ "aws": DEV })), "principal-invalid"),
    ] {
        let checked = check_pasted(&text, &prod());
        assert!(
            checked.fixes.iter().any(|fix| fix.code == code && fix.applied),
            "{text}: {:?}",
            checked.fixes
        );
        is_arn_fixed(&checked);
    }
}

#[test]
fn a_text_that_is_nothing_of_all_that_stays_an_error_with_its_place() {
    for text in [
        "{\"Statement\": [{\"Sid\": \"a}]}",
        "resource \"aws_ecr_registry_policy\" {",
        "aws ecr put-registry-policy --policy-text '{\"Statement\": [1,,]}'",
        "Resources:\n  - a: [\n",
        "\"{\\\"Statement\\\": [}\"",
    ] {
        let checked = check_pasted(text, &prod());
        let found = checked.findings.iter().find(|f| f.is_error());
        assert!(found.is_some_and(|f| f.position.is_some()), "{text}: {:?}", checked.findings);
        assert!(checked.document.is_none());
    }
}
