//! A fix does what it says: the document that it leads to does not have the finding any more.

use longshore_policy::iam::lint::{LintOptions, lint};

use super::{cases, told};

#[test]
fn each_fix_takes_its_finding_away_and_leaves_a_document_of_the_same_kind() {
    let mut made = 0;
    for case in cases(None) {
        let report = case.report();
        for found in &report.findings {
            let (Some(fix), Some(at)) = (&found.fix, found.document) else { continue };
            made += 1;
            let document = &report.documents[at];
            let fixed = fix.applied(&document.value).unwrap_or_else(|| panic!("{}: {fix:?}", case.name));
            let options = LintOptions { kind: document.kind, ..case.options.clone() };
            let after = lint(&fixed.to_string(), &options);
            let same = |report: &[_]| -> usize {
                let of_document = |other: &&longshore_policy::iam::lint::LintFinding| {
                    other.finding.code == found.finding.code && other.finding.text == found.finding.text
                };
                report.iter().filter(of_document).count()
            };
            let mine: Vec<_> =
                report.findings.iter().filter(|other| other.document == Some(at)).cloned().collect();
            assert!(same(&after.findings) < same(&mine), "{}: {} by {fix:?}", case.name, told(found));
            assert_eq!(after.documents.len(), 1, "{}: {fixed}", case.name);
        }
    }
    assert!(made > 80, "{made}");
}
