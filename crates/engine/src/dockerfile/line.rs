//! A logical line: what is left of an instruction once comments and line
//! continuations are taken out, with the way back to the source.

use std::borrow::Cow;

use super::span::Span;

/// A string cut out of a logical line, with its place in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    /// The text after the grammar's own quoting has been undone.
    pub value: Cow<'a, str>,
    /// Where the text stands in the source, quotes included.
    pub span: Span,
}

/// Text of one instruction with its continuation lines joined.
#[derive(Debug, Clone)]
pub(super) struct LogicalLine<'a> {
    text: Cow<'a, str>,
    /// Offset in the source of the first byte.
    start: usize,
    /// Where each joined piece begins: (offset in `text`, offset in the source).
    pieces: Vec<(usize, usize)>,
}

impl<'a> LogicalLine<'a> {
    /// A line that stands in the source in one piece.
    pub(super) fn whole(text: &'a str, start: usize) -> Self {
        Self {
            text: Cow::Borrowed(text),
            start,
            pieces: Vec::new(),
        }
    }

    /// Joins a continuation line that begins at `start` in the source.
    pub(super) fn join(&mut self, text: &str, start: usize) {
        if self.pieces.is_empty() {
            self.pieces.push((0, self.start));
        }
        self.pieces.push((self.text.len(), start));
        self.text.to_mut().push_str(text);
    }

    /// The whole logical line as a slice.
    pub(super) fn slice(&self) -> Slice<'_, 'a> {
        Slice {
            line: self,
            start: 0,
            end: self.text.len(),
        }
    }

    /// The joined text.
    pub(super) fn into_text(self) -> Cow<'a, str> {
        self.text
    }

    fn source_offset(&self, offset: usize) -> usize {
        if self.pieces.is_empty() {
            return self.start + offset;
        }
        let after = self.pieces.partition_point(|piece| piece.0 <= offset);
        let (logical, source) = self.pieces[after.saturating_sub(1)];
        source + (offset - logical)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let first = self.source_offset(start);
        let last = if end > start {
            self.source_offset(end - 1) + 1
        } else {
            first
        };
        Span::new(first, last.max(first))
    }
}

/// A part of a logical line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slice<'l, 'a> {
    line: &'l LogicalLine<'a>,
    start: usize,
    end: usize,
}

impl<'l, 'a> Slice<'l, 'a> {
    pub(super) fn as_str(&self) -> &'l str {
        &self.line.text[self.start..self.end]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The part `start..end`, offsets counted within this slice.
    pub(super) fn part(&self, start: usize, end: usize) -> Self {
        Self {
            line: self.line,
            start: self.start + start,
            end: self.start + end,
        }
    }

    pub(super) fn from(&self, start: usize) -> Self {
        self.part(start, self.end - self.start)
    }

    /// Without white space (as Go's `unicode.IsSpace` has it) on either side.
    pub(super) fn trim(&self) -> Self {
        let text = self.as_str();
        let left = text.len() - text.trim_start().len();
        self.part(left, left.max(text.trim_end().len()))
    }

    pub(super) fn trim_start(&self) -> Self {
        let text = self.as_str();
        self.from(text.len() - text.trim_start().len())
    }

    pub(super) fn span(&self) -> Span {
        self.line.span(self.start, self.end)
    }

    /// The slice as a word; borrowed from the source where the line is.
    pub(super) fn word(&self) -> Word<'a> {
        let value = match &self.line.text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[self.start..self.end]),
            Cow::Owned(text) => Cow::Owned(text[self.start..self.end].to_owned()),
        };
        Word {
            value,
            span: self.span(),
        }
    }

    /// A word with another value (quotes undone) at the place of this slice.
    pub(super) fn word_with(&self, value: String) -> Word<'a> {
        Word {
            value: Cow::Owned(value),
            span: self.span(),
        }
    }
}
