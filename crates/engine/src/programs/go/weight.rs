//! What a program of Go weighs, by what it imports and the toolchain that builds it.

use std::collections::BTreeSet;

use super::{WITH_CGO, is_standard};
use crate::programs::Call;
use crate::size::{Basis, ByteCount};

/// Bytes of a program that imports a package of the standard library, and of the build cache
/// that compiling it leaves; the first is a program that imports nothing. Go 1.24, amd64,
/// measured one by one.
const IMPORTS: &[(&str, u64, u64)] = &[
    ("", 1_563_061, 15_505_544),
    ("os", 1_873_494, 25_898_468),
    ("strings", 1_913_319, 27_011_999),
    ("fmt", 2_212_965, 32_269_139),
    ("log", 2_305_904, 32_583_120),
    ("database/sql", 2_495_955, 35_565_506),
    ("crypto/sha256", 2_497_694, 36_076_338),
    ("encoding/json", 2_596_587, 36_908_255),
    ("regexp", 2_600_918, 35_623_469),
    ("flag", 2_610_196, 34_934_926),
    ("archive/zip", 2_706_359, 41_210_835),
    ("archive/tar", 2_706_359, 41_210_835),
    ("net", 3_154_267, 41_877_637),
    ("text/template", 3_945_961, 37_035_530),
    ("html/template", 5_072_569, 44_348_153),
    ("crypto/tls", 6_531_174, 68_701_581),
    ("net/http", 8_218_076, 84_540_016),
];

/// What each further package adds to a program: JSON to an HTTP server adds 3 in a hundred.
const FURTHER: u64 = 3;

/// What is left of a program without its symbols (`-ldflags="-s -w"`), in thousandths.
const STRIPPED: u64 = 665;

/// A module of somebody else's: in the program, in the build cache, in the module cache.
pub(super) const MODULE: [ByteCount; 3] = [
    ByteCount::assumed(900_000, 20_000, 15_000_000),
    ByteCount::assumed(3_000_000, 100_000, 60_000_000),
    ByteCount::assumed(2_000_000, 30_000, 60_000_000),
];

/// Go's minor version from which on these are measured.
const MEASURED: u32 = 24;
/// The last one that comes with its standard library compiled.
const COMPILED: u32 = 19;
/// What programs of that one weigh, in thousandths: 822 for `fmt`, 794 for `net/http`.
const COMPILED_PROGRAM: u64 = 805;
/// What its build cache has of what 1.24's has, where the library is compiled anew without cgo
/// (16,570,639 bytes for `net/http`), in thousandths.
const COMPILED_ANEW: u64 = 196;
/// And where it is not: least, middle, most (measured: 252,047 to 475,526).
const COMPILED_CACHE: [u64; 3] = [200_000, 300_000, 800_000];

/// What builds a program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Toolchain {
    /// Go's minor version.
    pub(super) minor: u32,
    /// Whether C is called (`CGO_ENABLED`).
    pub(super) with_cgo: bool,
}

impl Toolchain {
    /// The one that is installed: an official image's, or a Debian package's.
    pub(super) fn of(call: &Call<'_, '_, '_>) -> Self {
        let variable = |name: &str| call.shell.process.variable(name).unwrap_or_default();
        let minor = |version: &str| version.strip_prefix("1.")?.split('.').next()?.parse().ok();
        let packages = call.shell.machine.packages.by_name.keys();
        let packaged =
            packages.filter_map(|name| name.strip_prefix("golang-")?.strip_suffix("-go"));
        Self {
            minor: minor(variable("GOLANG_VERSION"))
                .or_else(|| packaged.filter_map(minor).max())
                .unwrap_or(MEASURED),
            with_cgo: variable("CGO_ENABLED") != "0",
        }
    }

    /// Programs' sizes, in thousandths of what the measured version makes.
    fn scale(self) -> u64 {
        let steps = u64::from(self.minor.clamp(COMPILED, MEASURED) - COMPILED);
        let all = u64::from(MEASURED - COMPILED);
        COMPILED_PROGRAM + (1000 - COMPILED_PROGRAM) * steps / all
    }
}

/// Bytes of a program and of the build cache it leaves.
pub(super) fn weigh(
    toolchain: Toolchain,
    imports: &BTreeSet<String>,
    foreign: u64,
    stripped: bool,
) -> (ByteCount, ByteCount) {
    let of = |import: &str| {
        let known = IMPORTS.iter().filter(|(own, ..)| {
            import == *own
                || import
                    .strip_prefix(own)
                    .is_some_and(|rest| rest.starts_with('/') && !own.is_empty())
        });
        known.max_by_key(|(own, ..)| own.len()).or(IMPORTS.first())
    };
    let standard: Vec<_> = imports
        .iter()
        .filter(|import| is_standard(import))
        .filter_map(|import| of(import))
        .collect();
    let (_, mut program, mut cache) = IMPORTS[0];
    for (_, bytes, left) in &standard {
        program = program.max(*bytes);
        cache = cache.max(*left);
    }
    let heavy = standard
        .iter()
        .filter(|(_, bytes, _)| *bytes > 2_400_000)
        .count() as u64;
    let further = heavy.saturating_sub(1).min(8);
    program += program * FURTHER * further / 100;
    cache += cache * FURTHER * further / 100;
    if stripped {
        program = program * STRIPPED / 1000;
    }
    program = program * toolchain.scale() / 1000;
    let is_compiled = toolchain.minor <= COMPILED;
    let needs_cgo = imports.iter().any(|own| WITH_CGO.contains(&own.as_str()));
    let left = if is_compiled {
        COMPILED_ANEW
    } else {
        toolchain.scale()
    };
    cache = cache * left / 1000;
    let model = |bytes: u64, module: ByteCount| {
        let part = |bytes: u64, each: u64| bytes + each * foreign;
        ByteCount {
            bytes: part(bytes, module.bytes),
            low: part(bytes * 78 / 100, module.low),
            high: part(bytes * 125 / 100, module.high),
            basis: if foreign > 0 {
                Basis::Assumed
            } else {
                Basis::Modelled
            },
        }
    };
    let mut left = model(cache, MODULE[1]);
    if is_compiled && (toolchain.with_cgo || !needs_cgo) {
        let [low, bytes, high] = COMPILED_CACHE;
        let own = ByteCount {
            bytes,
            low,
            high,
            basis: Basis::Modelled,
        };
        left = (0..foreign).fold(own, |sum, _| sum + MODULE[1]);
    }
    (model(program, MODULE[0]), left)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Toolchain, weigh};

    const NEW: Toolchain = Toolchain {
        minor: 24,
        with_cgo: true,
    };
    const OLD: Toolchain = Toolchain {
        minor: 19,
        with_cgo: false,
    };

    #[test]
    fn weighs_by_imports() {
        let imports: BTreeSet<String> = ["fmt".to_owned()].into();
        let (program, cache) = weigh(NEW, &imports, 0, false);
        assert_eq!((program.bytes, cache.bytes), (2_212_965, 32_269_139));
        let imports = ["net/http", "encoding/json", "log", "os", "time"]
            .map(str::to_owned)
            .into();
        // Measured: 8,482,392, and 5,705,912 without symbols.
        let (plain, _) = weigh(NEW, &imports, 0, false);
        let (bare, _) = weigh(NEW, &imports, 0, true);
        assert!(plain.bytes.abs_diff(8_482_392) < 100_000, "{plain:?}");
        assert!(bare.bytes.abs_diff(5_705_912) < 100_000, "{bare:?}");
    }

    #[test]
    fn older_toolchains_make_less() {
        // Measured on Go 1.19: 4,468,736 without symbols, and 16,570,639 left.
        let imports = ["fmt", "net/http"].map(str::to_owned).into();
        let (program, cache) = weigh(OLD, &imports, 0, true);
        assert!(program.bytes.abs_diff(4_468_736) < 100_000, "{program:?}");
        assert!(cache.bytes.abs_diff(16_570_639) < 200_000, "{cache:?}");
        let imports = ["fmt".to_owned()].into();
        let (program, cache) = weigh(OLD, &imports, 0, false);
        assert!(program.bytes.abs_diff(1_819_284) < 60_000, "{program:?}");
        assert!(cache.low <= 252_047 && 252_047 <= cache.high, "{cache:?}");
    }
}
