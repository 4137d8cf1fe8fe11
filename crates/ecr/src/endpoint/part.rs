//! One part of a layer as the body of `UploadLayerPart`, written while its bytes arrive.
//!
//! The operation takes bytes as base64 in JSON. Encoded on arrival, a part is in memory once; the
//! SDK would hold the bytes, their base64 and the JSON around it at the same time.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use longshore_names::{AccountId, RepositoryName};
use serde::Serialize;

/// Where parts are sent.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) account: AccountId,
    pub(crate) repository: RepositoryName,
    pub(crate) upload_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Input<'a> {
    registry_id: &'a str,
    repository_name: &'a str,
    upload_id: &'a str,
    part_first_byte: u64,
    part_last_byte: u64,
    /// Last, so that the base64 goes between its quotes.
    layer_part_blob: &'static str,
}

const END: &[u8] = b"\"}";

/// A part that is complete and can be sent.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Position of its first byte in the layer.
    pub(crate) first: u64,
    /// Position behind its last byte.
    pub(crate) end: u64,
    /// The request's body.
    pub(crate) json: Bytes,
    blob_at: usize,
}

impl Part {
    /// Its bytes from position `from` of the layer on.
    pub(crate) fn bytes_from(&self, from: u64) -> Option<Bytes> {
        let text = self.json.get(self.blob_at..self.json.len() - END.len())?;
        let skip = usize::try_from(from.checked_sub(self.first)?).ok()?;
        let bytes = Bytes::from(STANDARD.decode(text).ok()?);
        (skip <= bytes.len()).then(|| bytes.slice(skip..))
    }
}

/// A part that is being filled.
pub(crate) struct PartWriter {
    first: u64,
    end: u64,
    left: usize,
    json: Vec<u8>,
    blob_at: usize,
    /// Bytes that do not yet form a group of three.
    carry: Vec<u8>,
}

impl PartWriter {
    /// A part of `length` bytes (more than 0) at `first`.
    pub(crate) fn new(target: &Target, first: u64, length: usize) -> Result<Self, serde_json::Error> {
        let end = first + length as u64;
        let input = Input {
            registry_id: target.account.as_str(),
            repository_name: target.repository.as_str(),
            upload_id: &target.upload_id,
            part_first_byte: first,
            part_last_byte: end.saturating_sub(1),
            layer_part_blob: "",
        };
        let head = serde_json::to_vec(&input)?;
        let blob_at = head.len() - END.len();
        let mut json = Vec::with_capacity(head.len() + length.div_ceil(3) * 4);
        json.extend_from_slice(&head[..blob_at]);
        Ok(Self { first, end, left: length, json, blob_at, carry: Vec::with_capacity(3) })
    }

    /// Bytes that are still missing.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// Takes bytes, at most as many as are missing; the rest stays in `bytes`.
    pub(crate) fn take(&mut self, bytes: &mut Bytes) {
        let mut piece = bytes.split_to(bytes.len().min(self.left));
        self.left -= piece.len();
        if !self.carry.is_empty() {
            let more = piece.split_to(piece.len().min(3 - self.carry.len()));
            self.carry.extend_from_slice(&more);
            if self.carry.len() < 3 {
                return;
            }
            let group = std::mem::take(&mut self.carry);
            self.encode(&group);
        }
        let whole = piece.split_to(piece.len() - piece.len() % 3);
        self.encode(&whole);
        self.carry.extend_from_slice(&piece);
    }

    fn encode(&mut self, bytes: &[u8]) {
        let at = self.json.len();
        self.json.resize(at + bytes.len().div_ceil(3) * 4, 0);
        let written = STANDARD.encode_slice(bytes, &mut self.json[at..]);
        debug_assert_eq!(written.ok(), Some(self.json.len() - at));
    }

    /// The part. Call it when nothing is [left](Self::left).
    pub(crate) fn finish(mut self) -> Part {
        let rest = std::mem::take(&mut self.carry);
        self.encode(&rest);
        self.json.extend_from_slice(END);
        Part { first: self.first, end: self.end, json: self.json.into(), blob_at: self.blob_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(upload_id: &str) -> Target {
        Target {
            account: "111122223333".parse().unwrap(),
            repository: "team/app".parse().unwrap(),
            upload_id: upload_id.to_owned(),
        }
    }

    fn part(content: &[u8], pieces: usize, first: u64) -> Part {
        let mut writer = PartWriter::new(&target("id"), first, content.len()).unwrap();
        let capacity = writer.json.capacity();
        for piece in content.chunks(pieces) {
            writer.take(&mut Bytes::copy_from_slice(piece));
        }
        assert_eq!(writer.left(), 0);
        let part = writer.finish();
        assert!(part.json.len() <= capacity, "the body never moved in memory");
        part
    }

    #[test]
    fn bytes_in_any_pieces_make_the_same_request() {
        let content: Vec<u8> = (0..1000_u32).map(|n| (n * 7) as u8).collect();
        for length in [1, 2, 3, 4, 5, 997, 998, 999, 1000] {
            for pieces in [1, 2, 3, 5, 256, 1000] {
                let part = part(&content[..length], pieces, 10);
                let json: serde_json::Value = serde_json::from_slice(&part.json).unwrap();
                assert_eq!(json["registryId"], "111122223333");
                assert_eq!(json["repositoryName"], "team/app");
                assert_eq!(json["uploadId"], "id");
                assert_eq!(json["partFirstByte"], 10);
                assert_eq!(json["partLastByte"], 9 + length as u64);
                let blob = STANDARD.decode(json["layerPartBlob"].as_str().unwrap()).unwrap();
                assert_eq!(blob, content[..length], "{length} in pieces of {pieces}");
            }
        }
    }

    #[test]
    fn what_is_not_wanted_stays_with_the_caller() {
        let mut writer = PartWriter::new(&target("id"), 0, 4).unwrap();
        let mut bytes = Bytes::from_static(b"abcdef");
        writer.take(&mut bytes);
        assert_eq!((writer.left(), &bytes[..]), (0, &b"ef"[..]));
        assert_eq!(writer.finish().bytes_from(0).unwrap(), "abcd");
    }

    #[test]
    fn a_part_gives_its_bytes_back() {
        let part = part(b"0123456789", 4, 100);
        assert_eq!(part.bytes_from(100).unwrap(), "0123456789");
        assert_eq!(part.bytes_from(104).unwrap(), "456789");
        assert_eq!(part.bytes_from(110).unwrap(), "");
        assert_eq!(part.bytes_from(111), None);
        assert_eq!(part.bytes_from(99), None);
    }

    #[test]
    fn an_id_cannot_break_out_of_its_quotes() {
        let writer = PartWriter::new(&target("a\",\"registryId\":\"x"), 0, 0).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&writer.finish().json).unwrap();
        assert_eq!(json["uploadId"], "a\",\"registryId\":\"x");
        assert_eq!(json["registryId"], "111122223333");
    }
}
