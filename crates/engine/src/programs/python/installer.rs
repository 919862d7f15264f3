//! Programs that install distributions, as far as what they leave differs.

/// Who installs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Installer {
    /// pip, with its version's first two parts.
    Pip(u64, u64),
    /// uv.
    Uv,
    /// poetry.
    Poetry,
}

impl Installer {
    /// Bytes of its name in a distribution's `INSTALLER`.
    pub(super) fn signature(self) -> u64 {
        match self {
            Self::Pip(..) => "pip\n".len() as u64,
            Self::Uv => "uv".len() as u64,
            Self::Poetry => "Poetry 2.0.0".len() as u64,
        }
    }

    /// Whether it marks what was asked for by name, which uv does with all that it installs.
    pub(super) fn marks(self, requested: bool) -> bool {
        match self {
            Self::Pip(..) => requested,
            Self::Uv => true,
            Self::Poetry => false,
        }
    }

    /// Whether it lists compiled modules in `RECORD`, and ends lines there as pip does.
    pub(super) fn is_pip(self) -> bool {
        matches!(self, Self::Pip(..))
    }

    /// A console script that calls `function` of `module` (pip 23.0 to 26.0, uv 0.13, poetry
    /// 2.5, measured).
    pub(super) fn script(self, executable: &str, module: &str, function: &str) -> String {
        let import = function.split('.').next().unwrap_or_default();
        let coding = "# -*- coding: utf-8 -*-\n";
        let (head, quote, name) = match self {
            Self::Pip(26.., _) => (
                "import sys\n".to_owned(),
                '\'',
                "    sys.argv[0] = sys.argv[0].removesuffix('.exe')\n",
            ),
            Self::Pip(25, 2..) => (
                "import sys\n".to_owned(),
                '\'',
                "    if sys.argv[0].endswith('.exe'):\n        sys.argv[0] = sys.argv[0][:-4]\n",
            ),
            Self::Pip(..) => (
                format!("{coding}import re\nimport sys\n"),
                '\'',
                "    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])\n",
            ),
            Self::Uv => (
                format!("{coding}import sys\n"),
                '"',
                "    if sys.argv[0].endswith(\"-script.pyw\"):\n        sys.argv[0] = sys.argv[0][:-11]\n    elif sys.argv[0].endswith(\".exe\"):\n        sys.argv[0] = sys.argv[0][:-4]\n",
            ),
            Self::Poetry => (
                format!("{coding}import re\nimport sys\n"),
                '"',
                "    sys.argv[0] = re.sub(r\"(-script\\.pyw|\\.exe)?$\", \"\", sys.argv[0])\n",
            ),
        };
        format!(
            "#!{executable}\n{head}from {module} import {import}\nif __name__ == {quote}__main__{quote}:\n{name}    sys.exit({function}())\n"
        )
    }
}
