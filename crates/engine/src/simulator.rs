//! A catalog with what was simulated under it: for one project that is edited again and again.

use crate::build::Runs;
use crate::catalog::Catalog;
use crate::project::Project;
use crate::report::Detail;
use crate::{Simulation, simulated};

/// Simulates one build after the other under one catalog. The result is what [`crate::run`]
/// gives; RUNs that begin as they did before are not followed again.
#[derive(Debug, Default)]
pub struct Simulator {
    catalog: Catalog,
    runs: Runs,
}

impl Simulator {
    /// Begins with a catalog.
    pub fn new(catalog: Catalog) -> Self {
        Self {
            catalog,
            runs: Runs::default(),
        }
    }

    /// The catalog.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Adds a file to the catalog.
    ///
    /// # Errors
    /// As [`Catalog::add_file`].
    pub fn add_file(&mut self, name: &str, bytes: &[u8]) -> Result<(), String> {
        // RUNs may come to something else now.
        self.runs = Runs::default();
        self.catalog.add_file(name, bytes)
    }

    /// Simulates a build.
    pub fn run(&mut self, project: &Project, detail: Detail) -> Simulation {
        simulated(project, &self.catalog, &mut self.runs, detail)
    }
}
