//! Archives of packages beside Debian's own that the catalog has.

mod support;

use layerlab_engine::report::Report;
use layerlab_engine::{Detail, Project, simulate};
use support::catalog;

/// An installation of Node.js, with what is done before it.
fn with_node(before: &str) -> Report {
    let text = format!(
        "FROM debian:bookworm-slim\nRUN apt-get update && apt-get install -y curl\nRUN {before}\nRUN apt-get update && apt-get install -y nodejs\nRUN node --version && npm --version\n"
    );
    simulate(&Project::from_dockerfile(&text), &catalog(), Detail::Sizes)
}

fn version(report: &Report, name: &str) -> Option<String> {
    let mut packages = report.packages.iter();
    let own = packages.find(|own| own.name == name && own.manager == "dpkg")?;
    Some(own.version.clone())
}

#[test]
fn go_before_debians_own() {
    for before in [
        "echo 'deb [arch=amd64 signed-by=/x.gpg] https://deb.nodesource.com/node_22.x nodistro main' >/etc/apt/sources.list.d/n.list",
        "printf 'Types: deb\\nURIs: https://deb.nodesource.com/node_22.x\\nSuites: nodistro\\nComponents: main\\n' >/etc/apt/sources.list.d/n.sources",
        "curl -fsSL https://deb.nodesource.com/setup_22.x | bash -",
        "curl -fsSL https://deb.nodesource.com/setup_22.x -o setup.sh && bash setup.sh",
    ] {
        let report = with_node(before);
        assert!(report.success, "{before}: {:?}", report.error);
        let own = version(&report, "nodejs");
        assert_eq!(
            own.as_deref(),
            Some("22.16.0-1nodesource1"),
            "{before}: the vendor's"
        );
        // What it needs is Debian's.
        assert!(version(&report, "python3-minimal").is_some(), "{before}");
    }
    let report = with_node("true");
    assert!(!report.success, "Debian's own Node.js has no npm");
}

#[test]
fn take_any_version_that_is_asked_for() {
    let text = "FROM debian:bookworm-slim\nRUN echo 'deb https://apt.releases.hashicorp.com bookworm main' >/etc/apt/sources.list.d/h.list && apt-get update && apt-get install -y terraform=1.9.5-1\nRUN terraform version\nRUN apt-get purge -y terraform\nRUN terraform version\n";
    let report = simulate(&Project::from_dockerfile(text), &catalog(), Detail::Sizes);
    let problem = report.error.map(|error| error.message).unwrap_or_default();
    assert!(
        problem.contains("terraform version") && problem.ends_with("127"),
        "{problem}"
    );
}

#[test]
fn are_told_by_suite_and_by_packages_that_name_them() {
    let install = |before: &str, names: &str| {
        let text = format!(
            "FROM debian:bookworm-slim\nRUN apt-get update && apt-get install -y curl\nRUN {before}\nRUN apt-get update && apt-get install -y {names}\n"
        );
        simulate(&Project::from_dockerfile(&text), &catalog(), Detail::Sizes)
    };
    for (suite, release) in [("6.0", "6.0.3"), ("8.0", "8.0.4")] {
        let list = format!(
            "echo 'deb http://repo.mongodb.org/apt/debian bookworm/mongodb-org/{suite} main' >/etc/apt/sources.list.d/m.list"
        );
        let report = install(&list, "mongodb-org");
        let own = version(&report, "mongodb-org-server");
        assert_eq!(own.as_deref(), Some(release), "{:?}", report.error);
    }
    for before in [
        "curl -fsSLO https://packages.microsoft.com/config/debian/12/packages-microsoft-prod.deb && dpkg -i packages-microsoft-prod.deb",
        "curl -fsSL https://packages.microsoft.com/config/debian/12/prod.list | tee /etc/apt/sources.list.d/m.list",
    ] {
        let report = install(before, "dotnet-runtime-8.0");
        let own = version(&report, "dotnet-runtime-8.0");
        assert_eq!(own.as_deref(), Some("8.0.19-1"), "{before}");
        // What it needs of Debian's.
        assert!(version(&report, "libicu72").is_some(), "{before}");
    }
}
