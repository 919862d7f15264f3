//! Text that is not known, as part of text that is.

/// Stands in a string for a piece of text of which nothing is known: the output of a
/// program that is not modelled, a download. It passes through expansions and programs like
/// any other character, so that whatever depends on the piece is unknown in turn.
pub const UNKNOWN: char = '\u{F8FF}';

/// Whether nothing in a text is unknown.
pub fn is_known(text: &str) -> bool {
    !text.contains(UNKNOWN)
}
