//! How large compiled programs are: fitted to small programs in C and C++ that were built with gcc
//! 12 and 14 of Debian 12 and 13 (C: 26 to 1,099 bytes of source; C++ with and without containers).

use crate::size::{Basis, ByteCount};

/// A program's fixed parts, in bytes, linked with libraries: start-up code, tables, symbols.
const PROGRAM: u64 = 15_830;
/// Those of a library.
const LIBRARY: u64 = 15_010;
/// What the symbols' tables take, which `strip` removes.
pub(super) const SYMBOLS: u64 = 1_440;
/// The C library's part of a static program.
const STATIC: u64 = 758_000;
/// That of the C++ library.
const STATIC_CPP: u64 = 2_245_000;
/// musl's part of a static program, which is small (not measured: a wide range goes with it).
const STATIC_MUSL: u64 = 35_000;

/// A size that is modelled, with its range.
pub(super) const fn range(bytes: u64, low: u64, high: u64) -> ByteCount {
    ByteCount {
        bytes,
        low,
        high,
        basis: Basis::Modelled,
    }
}

/// How objects are linked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Linking {
    /// Whether a library comes of it.
    pub(super) library: bool,
    pub(super) is_static: bool,
    pub(super) stripped: bool,
    /// Whether the C library is musl.
    pub(super) musl: bool,
}

/// Objects that are linked together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Object {
    size: ByteCount,
    is_cpp: bool,
}

/// The object file of a source.
pub(super) fn object(source: ByteCount, cpp: bool, debug: bool, optimised: bool) -> ByteCount {
    let bytes = source.bytes;
    let debugging = if debug { 1_700 + 8 * bytes } else { 0 };
    if cpp {
        // Templates of the library make of a line of source a hundred of code.
        let each = if optimised { 70 } else { 300 };
        let middle = 2_000 + each / 4 * bytes + debugging;
        return range(middle, 2_000, 3_000 + each * 3 * bytes + 4 * debugging);
    }
    let middle = 1_050 + 2 * bytes + debugging;
    range(middle, 1_000, 1_500 + 8 * bytes + 4 * debugging)
}

impl Object {
    /// Adds an object of a source.
    pub(super) fn add(&mut self, object: ByteCount, cpp: bool) {
        self.size += object;
        self.is_cpp |= cpp;
    }

    /// Adds an object or archive that is there: of an archive, what is needed.
    pub(super) fn add_linked(&mut self, file: ByteCount) {
        self.size += range(file.bytes, 0, file.high);
    }

    /// Adds a file of which nothing is known.
    pub(super) fn add_unknown(&mut self) {
        self.size += range(5_000, 0, 5_000_000);
    }

    /// What the sources are after the preprocessor.
    pub(super) fn text(&self) -> ByteCount {
        range(30 * self.size.bytes, 0, 100 * self.size.high + 3_000_000)
    }

    /// The program, or the library, that comes of it.
    pub(super) fn linked(&self, how: &Linking) -> ByteCount {
        let own = self.size;
        let fixed = match (how.library, how.is_static, self.is_cpp) {
            (true, _, _) => LIBRARY,
            (_, false, _) => PROGRAM,
            (_, true, false) if how.musl => STATIC_MUSL,
            (_, true, false) => STATIC,
            (_, true, true) => STATIC_CPP,
        };
        let (less, more) = if how.musl {
            (fixed / 2, 3 * fixed)
        } else {
            (fixed / 100, fixed / 15)
        };
        // Of an object about half is its tables, which are gone.
        let mut size = range(
            fixed + own.bytes.saturating_sub(1_100) / 2,
            fixed - less,
            fixed + more + own.high,
        );
        if how.stripped {
            size = without_symbols(size, how.is_static);
        }
        size
    }
}

/// A program without its symbols.
pub(super) fn without_symbols(size: ByteCount, is_static: bool) -> ByteCount {
    let (symbols, least) = if is_static {
        // A ninth of a static program (C), a fifth (C++).
        (size.bytes / 9, size.low / 2)
    } else {
        (
            SYMBOLS + size.bytes.saturating_sub(PROGRAM) / 2,
            size.low / 3,
        )
    };
    range(size.bytes.saturating_sub(symbols), least, size.high)
}
