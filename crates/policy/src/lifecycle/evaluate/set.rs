//! Sets of images by their position in a list.

/// A set of positions below a fixed length, one bit each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set {
    words: Vec<u64>,
}

impl Set {
    /// No position of a list of this length.
    pub(super) fn none(length: usize) -> Self {
        Self { words: vec![0; length.div_ceil(64)] }
    }

    /// The positions for which `wanted` holds.
    pub(super) fn of(length: usize, wanted: impl Fn(usize) -> bool) -> Self {
        let mut set = Self::none(length);
        (0..length).filter(|at| wanted(*at)).for_each(|at| set.add(at));
        set
    }

    pub(super) fn add(&mut self, at: usize) {
        self.words[at / 64] |= 1 << (at % 64);
    }

    pub(super) fn has(&self, at: usize) -> bool {
        self.words[at / 64] & (1 << (at % 64)) != 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Keeps what is also in `other`.
    pub(super) fn intersect(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
    }

    /// Adds everything of `other`.
    pub(super) fn unite(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }
}
