//! File trees of a catalog of one's own: text in its JSON, read once.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::tree_file::{self, ImageTree};

/// A file tree with the text that it was read from.
#[derive(Debug, Clone)]
pub struct OwnTree {
    text: Arc<str>,
    tree: Arc<ImageTree>,
}

impl OwnTree {
    /// Reads one.
    ///
    /// # Errors
    /// The line that does not fit the format.
    pub fn read(text: &str) -> Result<Self, String> {
        Ok(Self {
            text: text.into(),
            tree: Arc::new(tree_file::parse(text)?),
        })
    }

    /// The files and packages.
    pub fn tree(&self) -> &ImageTree {
        &self.tree
    }
}

impl PartialEq for OwnTree {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for OwnTree {}

impl Serialize for OwnTree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for OwnTree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).map_err(de::Error::custom)
    }
}
