//! `date`: the time, which a simulation does not know.

use super::{Call, Program};
use crate::shell::{Exit, Outcome};

use super::options::{Spec, flag, optional, value};
use crate::shell::Data;
use crate::size::ByteCount;

const OPTIONS: [Spec; 8] = [
    flag("u", "utc"),
    value("d", "date"),
    value("r", "reference"),
    value("s", "set"),
    flag("R", "rfc-email"),
    optional("I", "iso-8601"),
    value("", "rfc-3339"),
    value("f", "file"),
];

/// `date`: the time, which a simulation does not know.
#[derive(Debug)]
pub(super) struct Date;

impl Program for Date {
    fn names(&self) -> &'static [&'static str] {
        &["date"]
    }

    fn run(&self, call: &mut Call<'_, '_, '_>) -> Outcome {
        let options = call.options(&OPTIONS, 1)?;
        if options.has("s") {
            return Ok(call.refuse("cannot set date: Operation not permitted", 1));
        }
        let format = options
            .operands
            .iter()
            .find_map(|operand| operand.strip_prefix('+'))
            .unwrap_or("%c");
        // A given moment that is a number of seconds can be told.
        let moment = options
            .value("d")
            .and_then(|text| text.strip_prefix('@')?.parse::<i64>().ok());
        let mut out = Data::default();
        let mut chars = format.chars();
        while let Some(ch) = chars.next() {
            if ch != '%' {
                out.push(ch.to_string().as_bytes());
                continue;
            }
            let mut letter = chars.next();
            if matches!(letter, Some('-' | '_' | '0' | ':')) {
                letter = chars.next();
            }
            match (letter, moment) {
                (Some('%'), _) => out.push(b"%"),
                (Some('n'), _) => out.push(b"\n"),
                (Some('t'), _) => out.push(b"\t"),
                (Some('Z'), _) => out.push(b"UTC"),
                (Some('z'), _) => out.push(b"+0000"),
                (Some('s'), Some(seconds)) => out.push(seconds.to_string().as_bytes()),
                (Some(letter), Some(seconds)) => match told(letter, seconds) {
                    Some(text) => out.push(text.as_bytes()),
                    None => out.append(Data::opaque(ByteCount::assumed(8, 1, 40))),
                },
                (Some(letter), None) => {
                    let length = match letter {
                        'Y' | 'G' => 4,
                        's' | 'F' => 10,
                        'T' | 'X' | 'D' | 'x' => 8,
                        'R' => 5,
                        'N' => 9,
                        'j' | 'a' | 'b' | 'h' => 3,
                        'm' | 'd' | 'H' | 'M' | 'S' | 'y' | 'e' | 'k' | 'I' | 'l' | 'p' | 'C'
                        | 'V' | 'U' | 'W' | 'g' => 2,
                        'u' | 'w' => 1,
                        'c' => 28,
                        _ => 0,
                    };
                    out.append(Data::opaque(if length > 0 {
                        ByteCount::measured(length)
                    } else {
                        ByteCount::assumed(8, 1, 40)
                    }));
                }
                (None, _) => out.push(b"%"),
            }
        }
        out.push(b"\n");
        call.data(out);
        Ok(Exit::OK)
    }
}

/// A part of a moment in UTC (proleptic Gregorian calendar, from days since 1970).
fn told(letter: char, seconds: i64) -> Option<String> {
    let days = seconds.div_euclid(86_400);
    let rest = seconds.rem_euclid(86_400);
    // Howard Hinnant's civil_from_days.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    Some(match letter {
        'Y' => year.to_string(),
        'm' => format!("{month:02}"),
        'd' => format!("{day:02}"),
        'H' => format!("{hour:02}"),
        'M' => format!("{minute:02}"),
        'S' => format!("{second:02}"),
        'F' => format!("{year}-{month:02}-{day:02}"),
        'T' => format!("{hour:02}:{minute:02}:{second:02}"),
        'R' => format!("{hour:02}:{minute:02}"),
        'y' => format!("{:02}", year % 100),
        _ => return None,
    })
}
