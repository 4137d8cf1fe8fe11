//! The shell script around the commands of one document: it stops in another account, and when the document is not
//! the one that the change was made for.

use serde_json::Value;

use crate::export::{
    Target,
    cli::{END, pasteable, start},
};

/// The commands of one document. Files are `$work/before.json`, `$work/after.json` and, as read, `$work/now.json`.
pub(super) struct Commands {
    /// Prints the document as it is now, without a redirection.
    pub(super) read: String,
    /// The name of the error that says that there is none. Without one, `null` says it.
    pub(super) absent: Option<&'static str>,
    /// Write it where there is none.
    pub(super) create: Vec<String>,
    /// Replace it.
    pub(super) replace: Vec<String>,
    /// Delete it.
    pub(super) delete: Vec<String>,
    /// Files besides the documents themselves, in `$work`.
    pub(super) files: Vec<(&'static str, Value)>,
    /// What is not to be seen in the document.
    pub(super) notes: Vec<String>,
}

/// A word of a shell.
pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:=@,+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The script. If `before` and `after` are equal, it writes only where there is nothing.
pub(super) fn script(
    target: &Target,
    phrase: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    commands: &Commands,
) -> String {
    let registry = &target.registry;
    let mut text = format!(
        ": '{phrase} in registry {registry}.'\n\
         : 'Changes nothing unless you are signed in to this account and it is still as it was read.'\n\
         {start}",
        phrase = capital(phrase).replace('`', "").replace('\'', "’"),
        start = start(target),
    );
    let same = before.is_some() && before == after;
    for (name, document) in [("before", before), ("after", after)] {
        if let Some(document) = document {
            let document = pasteable(&crate::pretty(document));
            text.push_str(&format!("  cat > \"$work/{name}.json\" <<'{END}'\n{document}\n{END}\n"));
        }
    }
    for (name, document) in &commands.files {
        let document = pasteable(&crate::pretty(document));
        text.push_str(&format!("  cat > \"$work/{name}\" <<'{END}'\n{document}\n{END}\n"));
    }
    text.push_str(&read(commands));
    let steps =
        |commands: &[String]| commands.iter().map(|one| format!("    {one} || exit 1\n")).collect::<String>();
    match (before, after) {
        (None, Some(_)) => {
            text.push_str("  if [ -n \"$exists\" ]; then\n    echo 'Stopped: it exists now. Nothing was written.' >&2\n    exit 1\n  else\n");
            text.push_str(&steps(&commands.create));
            text.push_str("  fi\n");
        }
        (Some(_), after) => {
            let gone = match after {
                Some(_) if same => steps(&commands.create),
                _ => "    echo 'Stopped: it does not exist any more. Nothing was written.' >&2\n    exit 1\n"
                    .into(),
            };
            text.push_str(&format!("  if [ -z \"$exists\" ]; then\n{gone}  else\n"));
            text.push_str(
                "    before=$(normal < \"$work/before.json\") || exit 1\n\
                 \x20   now=$(normal < \"$work/now.json\") || exit 1\n\
                 \x20   if [ \"$before\" != \"$now\" ]; then\n\
                 \x20     echo 'Stopped: it has changed since these commands were generated. Nothing was written.' >&2\n\
                 \x20     exit 1\n    fi\n",
            );
            match after {
                Some(_) if same => text.push_str("    echo 'It is so already.'\n"),
                Some(_) => text.push_str(&steps(&commands.replace)),
                None => text.push_str(&steps(&commands.delete)),
            }
            text.push_str("  fi\n");
        }
        (None, None) => {}
    }
    text.push_str(")\n");
    text
}

/// Reads the document into `now.json`, and sets `exists`.
fn read(commands: &Commands) -> String {
    let missing = match commands.absent {
        Some(code) => format!(
            "    case $(cat \"$work/error\") in\n\
             \x20     *{code}*) ;;\n\
             \x20     *) cat \"$work/error\" >&2; exit 1 ;;\n\
             \x20   esac\n"
        ),
        None => "    cat \"$work/error\" >&2; exit 1\n".to_owned(),
    };
    format!(
        "  exists=''\n\
         \x20 if {} > \"$work/now.json\" 2> \"$work/error\"; then\n\
         \x20   case $(cat \"$work/now.json\") in null | None | '') ;; *) exists=yes ;; esac\n\
         \x20 else\n{missing}  fi\n",
        commands.read
    )
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
