//! Rules for files that no rule names: patterns, and those that make has itself (GNU make manual, 10).

use super::makefile::{Makefile, Rule};
use crate::programs::Call;

/// How many rules may follow from each other without being named.
const MAX_CHAIN: usize = 4;

/// How many targets rules are looked for.
const MAX_TRIES: u32 = 2_000;

/// A rule with `%` in its target.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) target: String,
    pub(super) needs: Vec<String>,
    pub(super) order: Vec<String>,
    pub(super) recipe: Vec<String>,
    pub(super) place: String,
}

/// make's own rules that Dockerfiles' programs are built with: target, need, recipe.
const BUILT_IN: [(&str, &str, &str); 10] = [
    (
        "%.o",
        "%.c",
        "$(CC) $(CFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c -o $@ $<",
    ),
    (
        "%.o",
        "%.cc",
        "$(CXX) $(CXXFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c -o $@ $<",
    ),
    (
        "%.o",
        "%.cpp",
        "$(CXX) $(CXXFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c -o $@ $<",
    ),
    (
        "%.o",
        "%.C",
        "$(CXX) $(CXXFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c -o $@ $<",
    ),
    (
        "%.o",
        "%.S",
        "$(CC) $(ASFLAGS) $(CPPFLAGS) $(TARGET_MACH) -c -o $@ $<",
    ),
    (
        "%",
        "%.o",
        "$(CC) $(LDFLAGS) $(TARGET_ARCH) $^ $(LOADLIBES) $(LDLIBS) -o $@",
    ),
    (
        "%",
        "%.c",
        "$(CC) $(CFLAGS) $(CPPFLAGS) $(LDFLAGS) $(TARGET_ARCH) $^ $(LOADLIBES) $(LDLIBS) -o $@",
    ),
    (
        "%",
        "%.cc",
        "$(CXX) $(CXXFLAGS) $(CPPFLAGS) $(LDFLAGS) $(TARGET_ARCH) $^ $(LOADLIBES) $(LDLIBS) -o $@",
    ),
    (
        "%",
        "%.cpp",
        "$(CXX) $(CXXFLAGS) $(CPPFLAGS) $(LDFLAGS) $(TARGET_ARCH) $^ $(LOADLIBES) $(LDLIBS) -o $@",
    ),
    ("%", "%.sh", "cat $< >$@ \n chmod a+x $@"),
];

/// Suffixes that old rules are written with.
const SUFFIXES: [&str; 10] = [
    ".o", ".c", ".cc", ".cpp", ".C", ".S", ".s", ".h", ".sh", ".a",
];

impl Pattern {
    /// The pattern that a suffix rule like `.c.o` stands for.
    pub(super) fn of_suffixes(text: &str, place: &str) -> Option<Self> {
        let pair = SUFFIXES.iter().find_map(|from| {
            let to = text.strip_prefix(from)?;
            (to.is_empty() || SUFFIXES.contains(&to)).then_some((*from, to))
        });
        let (from, to) = pair?;
        Some(Self {
            target: format!("%{to}"),
            needs: vec![format!("%{from}")],
            order: Vec::new(),
            recipe: Vec::new(),
            place: place.to_owned(),
        })
    }

    /// Whether a word fits a text that may have `%` in it.
    pub(super) fn fits(pattern: &str, word: &str) -> bool {
        if pattern.contains('%') {
            stem(pattern, word).is_some()
        } else {
            pattern == word
        }
    }
}

/// What `%` stands for where a pattern fits a word.
pub(super) fn stem(pattern: &str, word: &str) -> Option<String> {
    let (before, after) = pattern.split_once('%')?;
    let rest = word.strip_prefix(before)?.strip_suffix(after)?;
    Some(rest.to_owned())
}

/// A word that fits a pattern, changed as another one says; else as it is.
pub(super) fn replaced(from: &str, to: &str, word: &str) -> String {
    if !from.contains('%') {
        return if from == word { to } else { word }.to_owned();
    }
    match stem(from, word) {
        Some(stem) => to.replacen('%', &stem, 1),
        None => word.to_owned(),
    }
}

impl Makefile {
    /// The rule to make a target by that no rule with a recipe names; `None` where there is none.
    pub(super) fn implied(
        &self,
        call: &Call<'_, '_, '_>,
        target: &str,
        depth: usize,
    ) -> Option<Rule> {
        self.tried.set(self.tried.get().saturating_add(1));
        if depth > MAX_CHAIN || self.tried.get() > MAX_TRIES {
            return None;
        }
        // A pattern without a slash is held against the name, and the directory put before the rest.
        let (directory, name) = match target.rfind('/') {
            Some(at) => target.split_at(at + 1),
            None => ("", target),
        };
        let own = self.patterns.iter().cloned();
        let built_in = BUILT_IN.iter().map(|(target, need, recipe)| Pattern {
            target: (*target).to_owned(),
            needs: vec![(*need).to_owned()],
            order: Vec::new(),
            recipe: recipe.split(" \n ").map(str::to_owned).collect(),
            place: "<builtin>".to_owned(),
        });
        let mut found: Vec<(usize, Rule)> = Vec::new();
        for pattern in own.chain(built_in) {
            // A pattern for everything makes no files that others are made of.
            if pattern.target == "%" && depth > 0 {
                continue;
            }
            let has_slash = pattern.target.contains('/');
            let word = if has_slash { target } else { name };
            let Some(stem) = stem(&pattern.target, word).filter(|stem| !stem.is_empty()) else {
                continue;
            };
            let before = if has_slash { "" } else { directory };
            let whole = |need: &String| {
                if need.contains('%') {
                    format!("{before}{}", need.replacen('%', &stem, 1))
                } else {
                    need.clone()
                }
            };
            let rule = Rule {
                needs: pattern.needs.iter().map(whole).collect(),
                order: pattern.order.iter().map(whole).collect(),
                recipe: pattern.recipe.clone(),
                stem: format!("{before}{stem}"),
                place: pattern.place.clone(),
                ..Rule::default()
            };
            found.push((stem.len(), rule));
        }
        // The pattern that says most goes first.
        found.sort_by_key(|(stem, _)| *stem);
        let there = |need: &String| self.named.contains(need) || call.stat(need).is_ok();
        let ready = found.iter().find(|(_, rule)| rule.needs.iter().all(there));
        let chained = || {
            found.iter().find(|(_, rule)| {
                let made =
                    |need: &String| there(need) || self.implied(call, need, depth + 1).is_some();
                rule.needs.iter().all(made)
            })
        };
        let (_, rule) = ready.or_else(chained)?;
        // An empty recipe takes make's own rule away.
        (!rule.recipe.is_empty()).then(|| rule.clone())
    }
}
