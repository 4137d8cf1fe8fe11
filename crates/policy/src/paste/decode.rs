//! Bytes to text: byte order marks, UTF-16, and text that was decoded with the wrong encoding.

use crate::Finding;

/// What decoding did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decoded {
    /// Nothing: it is UTF-8.
    Plain,
    /// A byte order mark was removed.
    Mark,
    /// It was UTF-16.
    Utf16,
}

/// The text in `bytes`, in the encodings that editors and shells write: UTF-8, or UTF-16 like
/// PowerShell's `>`.
///
/// # Errors
/// With the position of the first byte that is neither.
pub fn decode(bytes: &[u8]) -> Result<String, Finding> {
    if let Some((text, _)) = utf16(bytes) {
        return Ok(text);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()),
        Err(error) => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
            let line = good.matches('\n').count() + 1;
            let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
            Err(Finding::error(
                "text-encoding",
                format!("The byte 0x{byte:02x} is not UTF-8: the file is in another encoding."),
            )
            .in_text(line, column)
            .hint("Save the file as UTF-8."))
        }
    }
}

fn utf16(bytes: &[u8]) -> Option<(String, bool)> {
    let (big, rest) = match bytes {
        [0xff, 0xfe, rest @ ..] => (false, rest),
        [0xfe, 0xff, rest @ ..] => (true, rest),
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => (false, bytes),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => (true, bytes),
        _ => return None,
    };
    let units = rest.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    });
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.ok().map(|text| (text, big))
}

/// For input that is already text: removes the byte order mark, and restores UTF-16 that was
/// decoded byte by byte (every other character is NUL).
pub(crate) fn clean(text: &str) -> (String, Decoded) {
    let body = text.trim_start_matches(['\u{feff}', '\u{fffe}']);
    let stripped =
        body.strip_prefix("\u{fffd}\u{fffd}").or(body.strip_prefix("ÿþ")).or(body.strip_prefix("þÿ"));
    let inner = stripped.unwrap_or(body);
    let nuls = inner.chars().filter(|c| *c == '\0').count();
    if nuls > 0 && nuls * 5 >= inner.chars().count() * 2 {
        return (inner.replace('\0', ""), Decoded::Utf16);
    }
    match body.strip_prefix("ï»¿") {
        Some(rest) => (rest.to_owned(), Decoded::Mark),
        None if body.len() < text.len() => (body.to_owned(), Decoded::Mark),
        None => (text.to_owned(), Decoded::Plain),
    }
}
