//! What flows through pipes and into files: bytes, and stretches of known length only.

use crate::size::ByteCount;

use super::unknown::UNKNOWN;

/// How long a piece of unknown text is taken to be.
const UNKNOWN_TEXT: ByteCount = ByteCount::assumed(40, 0, 4096);

/// What a device without an end gives to those who read all of it, in bytes.
const ENDLESS: u64 = 1 << 40;

/// A stretch of a stream.
#[derive(Debug, Clone, PartialEq)]
enum Chunk {
    Bytes(Vec<u8>),
    Opaque(ByteCount),
}

/// A stream of bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Data {
    chunks: Vec<Chunk>,
}

impl From<&str> for Data {
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl From<&[u8]> for Data {
    fn from(bytes: &[u8]) -> Self {
        Self::from(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Data {
    fn from(bytes: Vec<u8>) -> Self {
        let mut data = Self::default();
        if !bytes.is_empty() {
            data.chunks.push(Chunk::Bytes(bytes));
        }
        data
    }
}

impl Data {
    /// Bytes of which only the number is known.
    pub fn opaque(size: ByteCount) -> Self {
        let mut data = Self::default();
        if size.high > 0 {
            data.chunks.push(Chunk::Opaque(size));
        }
        data
    }

    /// What a device without an end gives.
    pub fn endless() -> Self {
        Self::opaque(ByteCount::measured(ENDLESS))
    }

    /// Whether it comes from a device without an end.
    pub fn is_endless(&self) -> bool {
        self.size().low >= ENDLESS / 2
    }

    /// How many bytes of it are kept in memory.
    pub fn held(&self) -> u64 {
        let held = self.chunks.iter().map(|chunk| match chunk {
            Chunk::Bytes(bytes) => bytes.len() as u64,
            Chunk::Opaque(_) => 0,
        });
        held.sum()
    }

    /// Another stream, stretch by stretch: of known bytes what `known` makes of them, and of
    /// others their number.
    pub fn map(
        self,
        mut known: impl FnMut(Vec<u8>) -> Vec<u8>,
        opaque: impl Fn(ByteCount) -> ByteCount,
    ) -> Self {
        let mut out = Self::default();
        for chunk in self.chunks {
            match chunk {
                Chunk::Bytes(bytes) => out.push(&known(bytes)),
                Chunk::Opaque(size) => out.append(Self::opaque(opaque(size))),
            }
        }
        out
    }

    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        match self.chunks.last_mut() {
            Some(Chunk::Bytes(last)) => last.extend_from_slice(bytes),
            _ if bytes.is_empty() => {}
            _ => self.chunks.push(Chunk::Bytes(bytes.to_vec())),
        }
    }

    /// Adds another stream.
    pub fn append(&mut self, other: Self) {
        for chunk in other.chunks {
            match chunk {
                Chunk::Bytes(bytes) => self.push(&bytes),
                opaque @ Chunk::Opaque(_) => self.chunks.push(opaque),
            }
        }
    }

    /// Whether there is certainly nothing in it.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The bytes, where every one is known.
    pub fn known(&self) -> Option<&[u8]> {
        match self.chunks.as_slice() {
            [] => Some(&[]),
            [Chunk::Bytes(bytes)] if !has_unknown(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Its length.
    pub fn size(&self) -> ByteCount {
        self.chunks
            .iter()
            .map(|chunk| match chunk {
                Chunk::Opaque(size) => *size,
                Chunk::Bytes(bytes) if has_unknown(bytes) => {
                    let text = String::from_utf8_lossy(bytes);
                    let pieces = text.matches(UNKNOWN).count() as u64;
                    let rest = bytes.len() as u64 - pieces * UNKNOWN.len_utf8() as u64;
                    (0..pieces).map(|_| UNKNOWN_TEXT).sum::<ByteCount>() + ByteCount::measured(rest)
                }
                Chunk::Bytes(bytes) => ByteCount::measured(bytes.len() as u64),
            })
            .sum()
    }

    /// As text: stretches that are not known are one [`UNKNOWN`] each.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for chunk in &self.chunks {
            match chunk {
                Chunk::Bytes(bytes) => out.push_str(&String::from_utf8_lossy(bytes)),
                Chunk::Opaque(_) => out.push(UNKNOWN),
            }
        }
        out
    }

    /// The first `count` bytes; what is left stays.
    pub fn take(&mut self, count: u64) -> Self {
        let mut out = Self::default();
        let mut left = count;
        while left > 0 && !self.chunks.is_empty() {
            match &mut self.chunks[0] {
                Chunk::Bytes(bytes) => {
                    let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    let rest = bytes.split_off(here);
                    out.push(bytes);
                    left -= here as u64;
                    if rest.is_empty() {
                        self.chunks.remove(0);
                    } else {
                        *bytes = rest;
                    }
                }
                Chunk::Opaque(size) => {
                    let here = left.min(size.high);
                    let part = |bytes: u64| bytes.min(here);
                    let taken = ByteCount {
                        bytes: part(size.bytes),
                        low: part(size.low),
                        high: here,
                        basis: size.basis,
                    };
                    out.chunks.push(Chunk::Opaque(taken));
                    left -= here;
                    if size.high > here {
                        size.bytes -= taken.bytes;
                        size.low -= taken.low;
                        size.high -= here;
                    } else {
                        self.chunks.remove(0);
                    }
                }
            }
        }
        out
    }

    /// The first line with its end; nothing at the end of the stream.
    pub fn take_line(&mut self) -> Option<String> {
        match self.chunks.first()? {
            Chunk::Opaque(_) => {
                // Where its lines end is not known: it is one line.
                self.chunks.remove(0);
                Some(format!("{UNKNOWN}\n"))
            }
            Chunk::Bytes(bytes) => {
                let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
                let line = self.take(end as u64);
                Some(line.text())
            }
        }
    }
}

fn has_unknown(bytes: &[u8]) -> bool {
    let mut buffer = [0; 4];
    let mark = UNKNOWN.encode_utf8(&mut buffer).as_bytes();
    memchr::memmem::find(bytes, mark).is_some()
}
