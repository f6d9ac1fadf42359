//! House rules, held by reading the sources and the tables the server itself uses.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use stillpoint::web::{api, openapi};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file with its text, by its path below `src`.
fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let name =
                    path.strip_prefix(root().join("src")).expect("below src").to_string_lossy().into_owned();
                files.push((name, std::fs::read_to_string(&path).expect("text")));
            }
        }
    }
    files.sort();
    assert!(files.len() > 50, "the sources are found");
    files
}

/// The text without its comments and without its own tests.
fn code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    before_tests.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn floor(module: &str) -> Option<u8> {
    match module {
        "domain" => Some(0),
        "store" | "search" | "secret" => Some(1),
        "config" => Some(1),
        "operation" | "import" | "delivery" => Some(2),
        "web" => Some(3),
        "command" => Some(4),
        _ => None,
    }
}

#[test]
fn no_floor_imports_a_higher_one() {
    let modules = [
        "domain",
        "store",
        "search",
        "secret",
        "config",
        "operation",
        "import",
        "delivery",
        "web",
        "command",
    ];
    for (file, text) in sources() {
        let own = file.split(['/', '.']).next().unwrap_or("").to_owned();
        let Some(own_floor) = floor(&own) else { continue };
        let text = code(&text);
        for other in modules {
            let named = text.contains(&format!("crate::{other}::"))
                || text.contains(&format!("\n    {other}::")) && text.contains("use crate::{");
            if !named || other == own {
                continue;
            }
            let other_floor = floor(other).expect("a floor");
            // What is set is said in the words of the store; nothing else on a floor looks sideways below the second.
            let allowed = other_floor < own_floor
                || (own == "config" && other == "store")
                || (own_floor == 2 && other_floor == 2);
            assert!(allowed, "{file} names {other}");
        }
    }
}

#[test]
fn each_library_has_its_floor() {
    let table = "
        diesel         | store
        actix_web      | web
        argon2         | secret
        chacha20poly1305 | secret
        totp_rs        | secret
        hmac           | secret
        lettre         | delivery
        icalendar      | delivery
        maud           | web
        csv            | import
        clap           | command";
    for row in table.trim().lines() {
        let (library, floor) = row.split_once('|').map(|(a, b)| (a.trim(), b.trim())).expect("two cells");
        for (file, text) in sources() {
            let names = code(&text).contains(&format!("{library}::"));
            assert!(!names || file.starts_with(&format!("{floor}/")), "{file} names {library}");
        }
    }
}

#[test]
fn raw_sql_and_backends_are_named_in_one_place() {
    for (file, text) in sources() {
        if file == "store/dialect.rs" {
            continue;
        }
        for word in
            ["sql_query", "batch_execute", "PgConnection", "SqliteConnection", "diesel::pg", "diesel::sqlite"]
        {
            assert!(!code(&text).contains(word), "{file} says {word}");
        }
    }
}

#[test]
fn files_are_short() {
    for (file, text) in sources() {
        let lines = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or("").lines().count();
        // The generated table definitions are a list, not prose.
        assert!(
            lines <= 420 || file == "store/schema.rs" || file == "store/dialect.rs",
            "{file} has {lines} lines"
        );
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |side: &str| -> BTreeSet<String> {
        let folder = root().join("migrations").join(side);
        std::fs::read_dir(folder)
            .expect("a folder")
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
    for side in ["sqlite", "postgres"] {
        for name in names(side) {
            for file in ["up.sql", "down.sql"] {
                let path: &Path = &root().join("migrations").join(side).join(&name).join(file);
                let text = std::fs::read_to_string(path).expect("both ways");
                assert!(!text.trim().is_empty(), "{}", path.display());
            }
        }
    }
}

#[test]
fn the_description_and_the_table_of_routes_are_one() {
    let table: BTreeSet<(String, String)> =
        api::routes().iter().map(|route| (route.method.to_string(), route.path.to_owned())).collect();
    let document = serde_json::to_value(openapi::document()).expect("JSON");
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in ["get", "post", "put", "patch", "delete"] {
            if item.get(method).is_some() {
                described.insert((method.to_uppercase(), path.clone()));
            }
        }
    }
    assert_eq!(table, described);
}

#[test]
fn each_route_describes_the_parameters_it_takes() {
    let document = serde_json::to_value(openapi::document()).expect("JSON");
    for route in api::routes() {
        let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
        let described: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .filter(|parameter| parameter["in"] == "query")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        let taken: BTreeSet<&str> = route.query.iter().copied().collect();
        assert_eq!(taken, described, "{} {}", route.method, route.path);
    }
}
