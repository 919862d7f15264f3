//! Gzip (RFC 1952), without its checksums: their tables would be a thirtieth of what the
//! page transfers, and a damaged archive shows in the deflate stream or the tar.

use std::io::{self, BufRead, Cursor, Read};
use std::sync::Arc;

use flate2::bufread::DeflateDecoder;

const HAS_CHECKSUM: u8 = 2;
const HAS_EXTRA: u8 = 4;
const HAS_NAME: u8 = 8;
const HAS_COMMENT: u8 = 16;

/// A reader of all members of a gzip file.
pub(super) struct Gunzip {
    member: Option<DeflateDecoder<Cursor<Arc<[u8]>>>>,
}

impl Gunzip {
    /// Begins with the first member.
    ///
    /// # Errors
    /// Where its header is cut short or is no gzip header.
    pub(super) fn new(bytes: Arc<[u8]>) -> io::Result<Self> {
        let mut input = Cursor::new(bytes);
        header(&mut input)?;
        Ok(Self {
            member: Some(DeflateDecoder::new(input)),
        })
    }
}

impl Read for Gunzip {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let Some(ended) = self.member.take() else {
                break;
            };
            let mut input = ended.into_inner();
            // Checksum and length stand between the members.
            input.consume(8);
            if !input.fill_buf()?.is_empty() {
                header(&mut input)?;
                self.member = Some(DeflateDecoder::new(input));
            }
        }
        Ok(0)
    }
}

fn header(input: &mut Cursor<Arc<[u8]>>) -> io::Result<()> {
    let mut fixed = [0; 10];
    input.read_exact(&mut fixed)?;
    if fixed[..3] != [0x1f, 0x8b, 8] {
        return Err(io::Error::other("not a gzip header"));
    }
    let flags = fixed[3];
    if flags & HAS_EXTRA != 0 {
        let mut length = [0; 2];
        input.read_exact(&mut length)?;
        input.consume(u16::from_le_bytes(length).into());
    }
    for flag in [HAS_NAME, HAS_COMMENT] {
        if flags & flag != 0 {
            input.skip_until(0)?;
        }
    }
    if flags & HAS_CHECKSUM != 0 {
        input.consume(2);
    }
    Ok(())
}
