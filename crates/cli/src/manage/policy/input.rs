//! The text with policies that a command reads.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use longshore_app::{
    api::{ApiError, Side},
    policies::{Finding, LintOptions, MAX_TEXT, decode},
};
use longshore_names::{AccountId, NameError, Region, RegistryId};

use super::arguments::PolicyText;
use crate::failure::Failure;

/// What is read at most: the longest text, in an encoding of two bytes and more.
const LARGEST: u64 = 4 * MAX_TEXT as u64;

/// A text to read, or why it is none.
pub(super) struct Input {
    /// How the text is called in messages.
    pub(super) name: String,
    /// The text, or the byte that is in another encoding.
    pub(super) text: Result<String, Box<Finding>>,
    pub(super) options: LintOptions,
}

/// Reads the text that the arguments name.
///
/// # Errors
/// When the account or the Region is none, or when the file cannot be read.
pub(super) fn read(arguments: &PolicyText) -> Result<Input, Failure> {
    let options = options(arguments)?;
    let name = arguments.file.display().to_string();
    let bytes = all_of(&arguments.file)?;
    Ok(Input { name, text: decode(&bytes).map_err(Box::new), options })
}

/// The text of a file with a policy.
///
/// # Errors
/// When the file cannot be read, or is no text.
pub(in crate::manage) fn text_of(file: &Path) -> Result<String, Failure> {
    decode(&all_of(file)?).map_err(|found| unreadable(file, found.text.trim_end_matches('.')))
}

fn unreadable(file: &Path, problem: &str) -> Failure {
    let message = format!("{} cannot be read: {problem}.", file.display());
    ApiError::new("file-unreadable", Side::ThisMachine, message).into()
}

/// What a file has, bounded.
fn all_of(file: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = bytes(file).map_err(|error| unreadable(file, &error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        let problem = format!("it has more than {LARGEST} bytes, and no policy is that long");
        return Err(unreadable(file, &problem));
    }
    Ok(bytes)
}

fn bytes(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes)?;
    } else {
        File::open(file)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn options(arguments: &PolicyText) -> Result<LintOptions, Failure> {
    let usage = |error: NameError| Failure::Usage(error.to_string());
    let registry = match (&arguments.account, &arguments.region) {
        (Some(account), Some(region)) => Some(RegistryId::new(
            AccountId::for_input(account).map_err(usage)?,
            Region::for_input(region).map_err(usage)?,
        )),
        (None, None) => None,
        _ => return Err(Failure::Usage("`--account` and `--region` are given together.".into())),
    };
    Ok(LintOptions {
        kind: arguments.kind.map(Into::into),
        registry,
        scope: arguments.scope.map(Into::into).unwrap_or_default(),
    })
}
