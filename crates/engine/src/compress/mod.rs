//! Compressed data: gzip, bzip2, xz and zstd.

mod gzip;

use std::io::{Cursor, Read, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;
use flate2::write::GzEncoder;

use gzip::Gunzip;

/// Most bytes that one file may unpack to.
pub(crate) const MAX_UNPACKED: u64 = 512 << 20;

/// A way to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// RFC 1952.
    Gzip,
    /// Julian Seward's.
    Bzip2,
    /// The XZ format.
    Xz,
    /// RFC 8878.
    Zstd,
}

/// The format of a file, by its first bytes.
pub(crate) fn format(bytes: &[u8]) -> Option<Format> {
    match bytes {
        [0x1f, 0x8b, ..] => Some(Format::Gzip),
        [b'B', b'Z', b'h', ..] => Some(Format::Bzip2),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Format::Xz),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Format::Zstd),
        _ => None,
    }
}

/// A reader of what a file holds, decompressed where it is compressed; nothing where it is damaged.
pub(crate) fn reader(content: &Arc<[u8]>) -> Option<Box<dyn Read>> {
    let bytes = Cursor::new(content.clone());
    match format(content) {
        Some(Format::Gzip) => Some(Box::new(Gunzip::new(content.clone()).ok()?)),
        Some(Format::Bzip2) => Some(Box::new(bzip2_rs::DecoderReader::new(bytes))),
        Some(Format::Xz) => {
            let mut out = Bounded::default();
            lzma_rs::xz_decompress(&mut std::io::BufReader::new(bytes), &mut out).ok()?;
            Some(Box::new(Cursor::new(out.bytes)))
        }
        Some(Format::Zstd) => Some(Box::new(
            ruzstd::decoding::StreamingDecoder::new(bytes).ok()?,
        )),
        None => Some(Box::new(bytes)),
    }
}

/// The whole of what a compressed file holds; nothing where it is damaged or too much.
pub(crate) fn unpacked(content: &[u8]) -> Option<Vec<u8>> {
    if format(content).is_none() {
        return Some(content.to_vec());
    }
    let mut out = Vec::new();
    let read = reader(&Arc::from(content))?
        .take(MAX_UNPACKED)
        .read_to_end(&mut out);
    read.ok().map(|_| out)
}

/// Bytes in gzip's format. The length comes close to that of `gzip` itself, whose own search
/// for repetitions differs.
pub(crate) fn gzipped(content: &[u8], level: u32) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::new(level));
    // Writing to a vector cannot fail.
    let _ = packer.write_all(content);
    packer.finish().unwrap_or_default()
}

/// Bytes as a plain deflate stream (RFC 1951).
pub(crate) fn deflated(content: &[u8], level: u32) -> Vec<u8> {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::new(level));
    // Writing to a vector cannot fail.
    let _ = packer.write_all(content);
    packer.finish().unwrap_or_default()
}

/// What a plain deflate stream holds; nothing where it is damaged or more than `most` bytes.
pub(crate) fn inflated(stream: &[u8], most: u64) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut reader = DeflateDecoder::new(stream).take(most + 1);
    reader.read_to_end(&mut out).ok()?;
    (out.len() as u64 <= most).then_some(out)
}

/// A buffer that refuses to grow past [`MAX_UNPACKED`].
#[derive(Default)]
struct Bounded {
    bytes: Vec<u8>,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if (self.bytes.len() + bytes.len()) as u64 > MAX_UNPACKED {
            return Err(std::io::Error::other("the archive unpacks to too much"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
