//! `od`: bytes as numbers, in the formats that scripts use.

use super::options::{Options, Spec, flag, optional, value};
use super::{Call, Program};
use crate::shell::{Data, Outcome, UNKNOWN};
use crate::size::ByteCount;

const OPTIONS: [Spec; 15] = [
    value("A", "address-radix"),
    value("t", "format"),
    value("N", "read-bytes"),
    value("j", "skip-bytes"),
    optional("w", "width"),
    flag("v", "output-duplicates"),
    flag("c", ""),
    flag("x", ""),
    flag("b", ""),
    flag("d", ""),
    flag("o", ""),
    flag("a", ""),
    flag("i", ""),
    flag("h", ""),
    flag("s", ""),
];

/// `od`.
#[derive(Debug)]
pub(super) struct Od;

/// A way to show bytes.
#[derive(Debug, Clone, Copy)]
struct Format {
    /// `x`, `u`, `d`, `o` or `c`.
    letter: char,
    /// Bytes to a number.
    size: usize,
}

impl Format {
    fn parse(text: &str) -> Option<Self> {
        let mut chars = text.chars();
        let letter = chars.next().filter(|letter| "xudoc".contains(*letter))?;
        let size = match chars.as_str() {
            "" if letter == 'c' => 1,
            "" | "I" => 4,
            "C" => 1,
            "S" => 2,
            "L" => 8,
            number => number
                .parse()
                .ok()
                .filter(|size| [1, 2, 4, 8].contains(size))?,
        };
        Some(Self { letter, size })
    }

    /// Columns that a number takes, with the blank before it.
    fn width(self) -> usize {
        let digits = match (self.letter, self.size) {
            ('x', size) => 2 * size,
            ('c', _) | ('o' | 'u', 1) => 3,
            ('o', 2) => 6,
            ('o', 4) => 11,
            ('o', _) => 22,
            ('u', 2) => 5,
            ('u', 4) => 10,
            ('d', 1) => 4,
            ('d', 2) => 6,
            ('d', 4) => 11,
            _ => 20,
        };
        digits + 1
    }

    fn show(self, bytes: &[u8]) -> String {
        let mut number = [0; 8];
        number[..bytes.len()].copy_from_slice(bytes);
        let unsigned = u64::from_le_bytes(number);
        let digits = self.width() - 1;
        match self.letter {
            'x' => format!("{unsigned:0digits$x}"),
            'o' => format!("{unsigned:0digits$o}"),
            'u' => unsigned.to_string(),
            'd' => {
                let shift = 64 - 8 * self.size;
                ((unsigned << shift).cast_signed() >> shift).to_string()
            }
            _ => match bytes[0] {
                0 => "\\0".to_owned(),
                7 => "\\a".to_owned(),
                8 => "\\b".to_owned(),
                9 => "\\t".to_owned(),
                10 => "\\n".to_owned(),
                11 => "\\v".to_owned(),
                12 => "\\f".to_owned(),
                13 => "\\r".to_owned(),
                byte @ 32..127 => char::from(byte).to_string(),
                byte => format!("{byte:03o}"),
            },
        }
    }
}

impl Program for Od {
    fn names(&self) -> &'static [&'static str] {
        &["od"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        let number = |key: &str| options.value(key).and_then(super::size::parse);
        let mut data = match options.operands.as_slice() {
            // An endless file is read as far as it is asked for.
            [file] if options.has("N") => match call.shell.open_input(file) {
                Ok(stream) => {
                    let count = number("N").unwrap_or(0) + number("j").unwrap_or(0);
                    call.shell.machine.read_some(Some(&stream), count)
                }
                Err(errno) => {
                    call.problem(file, errno);
                    return Ok(call.exit);
                }
            },
            files => call.read_files(files),
        };
        data.take(number("j").unwrap_or(0));
        if let Some(count) = number("N") {
            data = data.take(count);
        }
        let width = number("w").map_or(16, |width| width.clamp(1, 4096)) as usize;
        if call.exit.failed() && data.is_empty() {
            return Ok(call.exit);
        }
        match (data.known(), format(&options)) {
            (Some(bytes), Some(format)) => {
                let text = dump(bytes, format, &options, width, !options.has("v"));
                call.out(&text);
            }
            // Numbers take the same room whatever they are.
            (None, Some(format)) if data.size().is_exact() && data.size().bytes < 1 << 20 => {
                let zeros = vec![0; data.size().bytes as usize];
                let text = dump(&zeros, format, &options, width, false);
                // Their blanks stand where they stand with other digits, unlike those of decimals.
                let blanks: &[char] = match format.letter {
                    'x' | 'o' => &[' ', '\n'],
                    _ => &['\n'],
                };
                for piece in text.split_inclusive(blanks) {
                    let number = piece.trim_end_matches(blanks);
                    call.data(Data::opaque(ByteCount::measured(number.len() as u64)));
                    call.out(&piece[number.len()..]);
                }
            }
            _ => call.line(&UNKNOWN.to_string()),
        }
        Ok(call.exit)
    }
}

/// The one format that is asked for; `None` where it is another or there are several.
fn format(options: &Options) -> Option<Format> {
    let mut asked = options.given().filter_map(|(key, text)| match key {
        "t" => Some(text.and_then(Format::parse)),
        "c" => Some(Format::parse("c")),
        "b" => Some(Format::parse("o1")),
        "x" | "h" => Some(Format::parse("x2")),
        "o" => Some(Format::parse("o2")),
        "d" => Some(Format::parse("u2")),
        "s" => Some(Format::parse("d2")),
        "i" => Some(Format::parse("d4")),
        "a" => Some(None),
        _ => None,
    });
    let first = asked.next().unwrap_or_else(|| Format::parse("o2"));
    if asked.next().is_some() { None } else { first }
}

/// The lines of a dump; `stars` says whether lines that repeat the one before become a star.
fn dump(bytes: &[u8], format: Format, options: &Options, width: usize, stars: bool) -> String {
    let address = |at: usize| match options.value("A") {
        Some("n") => String::new(),
        Some("d") => format!("{at:07}"),
        Some("x") => format!("{at:06x}"),
        _ => format!("{at:07o}"),
    };
    let mut out = String::new();
    let (mut before, mut starred) = (None, false);
    for (line, part) in bytes.chunks(width).enumerate() {
        if stars && before == Some(part) && part.len() == width {
            if !starred {
                out.push_str("*\n");
            }
            starred = true;
            continue;
        }
        (before, starred) = (Some(part), false);
        out.push_str(&address(line * width));
        for number in part.chunks(format.size) {
            let wide = format.width();
            out.push_str(&format!("{:>wide$}", format.show(number)));
        }
        out.push('\n');
    }
    let end = address(bytes.len());
    if !end.is_empty() {
        out.push_str(&end);
        out.push('\n');
    }
    out
}
