//! The binary as somebody at a terminal meets it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::json;
use stillpoint::store::dialect::Address;
use tempfile::TempDir;

use super::common::{TestApp, each_backend};

const PASSWORD: &str = "nine violet teapots sailing";

/// The binary with nothing of our own environment.
pub fn stillpoint(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stillpoint"));
    command.args(arguments).env_clear().current_dir(folder).stdin(Stdio::null());
    command
}

/// The same on a test's own database.
pub fn beside(app: &TestApp, arguments: &[&str]) -> Command {
    let url = match &app.database {
        Address::Sqlite(path) => format!("sqlite://{path}"),
        Address::Postgres(url) => url.clone(),
    };
    let mut command = stillpoint(app.folder.path(), arguments);
    command
        .env("STILLPOINT_DATABASE_URL", url)
        .env("STILLPOINT_SECRET_KEY_FILE", app.folder.path().join("secret.key"));
    command
}

/// What a command printed, if it went well.
#[track_caller]
pub fn went_well(mut command: Command) -> String {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// Ended with that code and one plain line.
#[track_caller]
fn refused(mut command: Command, code: i32) -> String {
    let output: Output = command.output().expect("it starts");
    let line = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(code), "{line}");
    assert_eq!(line.trim_end().lines().count(), 1, "{line}");
    assert!(line.starts_with("stillpoint: "), "{line}");
    line
}

#[test]
fn every_command_explains_itself() {
    let folder = TempDir::new().expect("a folder");
    for command in [
        "",
        "serve",
        "demo",
        "migrate",
        "backup",
        "doctor",
        "admin",
        "admin create",
        "import",
        "import places",
        "import nppes",
        "import exclusions",
        "openapi",
    ] {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("--help");
        let help = went_well(stillpoint(folder.path(), &arguments));
        assert!(help.contains("Usage: stillpoint"), "{command}: {help}");
        // Every option can be set from outside as well.
        for option in help.lines().filter(|line| line.trim_start().starts_with("--")) {
            let name =
                option.trim_start().trim_start_matches("--").split([' ', '\n']).next().expect("a name");
            let variable = format!("STILLPOINT_{}", name.to_uppercase().replace('-', "_"));
            assert!(help.contains(&format!("[env: {variable}")), "{command} --{name}");
        }
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("a folder").count(),
        0,
        "asking leaves nothing behind"
    );
}

#[test]
fn help_keeps_secrets() {
    let folder = TempDir::new().expect("a folder");
    let mut command = stillpoint(folder.path(), &["serve", "--help"]);
    command.env("STILLPOINT_DATABASE_URL", "postgres://u:hidden-word@h/d");
    command.env("STILLPOINT_MAIL", "smtp://u:hidden-word@h");
    assert!(!went_well(command).contains("hidden-word"));
}

#[test]
fn wrong_options_end_with_one_line() {
    let folder = TempDir::new().expect("a folder");
    let table = "
        serve --database-url mysql://u:hidden-word@h/d          | must begin with sqlite://
        serve --database-url sqlite://nowhere/at/all.db         | does not exist
        serve --mail carrier-pigeon:hidden-word                 | mail is either
        serve --mail smtp://mail.example.org                    | --mail-from
        serve --mail-from nobody                                | --mail-from
        serve --public-url ftp://x                              | --public-url
        serve --trusted-proxies localhost                       | --trusted-proxies
        serve --log =/=                                         | --log
        demo --listen 0.0.0.0:0                                 | loopback
        migrate --database-url sqlite://nowhere/at/all.db       | does not exist
        backup copy.db                                          | no database
        doctor                                                  | no database
        import places nothing.txt                               | cannot be opened
        admin create --email nobody --name N                    | e-mail address
        admin create --email a@example.org --name N --time-zone Mars | time zone
        admin create --email a@example.org --name N             | STILLPOINT_ADMIN_PASSWORD";
    for row in table.trim().lines() {
        let (arguments, want) = row.split_once('|').expect("two cells");
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let line = refused(stillpoint(folder.path(), &arguments), 2);
        assert!(line.contains(want.trim()), "{arguments:?}: {line}");
        assert!(!line.contains("hidden-word"), "{line}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing was made");
}

#[test]
fn a_schema_is_brought_up_to_date_once() {
    let folder = TempDir::new().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("my data.db").display());
    let migrate = ["migrate", "--database-url", &url];
    assert!(went_well(stillpoint(folder.path(), &migrate)).starts_with("ran "));
    assert_eq!(went_well(stillpoint(folder.path(), &migrate)), "The schema is up to date.\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = folder.path().join("my data.db").metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "others cannot read it");
    }
}

#[test]
fn the_description_is_printed() {
    let folder = TempDir::new().expect("a folder");
    let text = went_well(stillpoint(folder.path(), &["openapi"]));
    let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(document["paths"]["/v1/practitioners"].is_object());
}

#[actix_web::test]
async fn an_administrator_is_made_beside_a_running_server() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let create = |password: &str| {
            let arguments = [
                "admin",
                "create",
                "--email",
                "Ada@example.org",
                "--name",
                "Ada Lowe",
                "--hash-memory-kib",
                "19456",
            ];
            let mut command = beside(&app, &arguments);
            command.env("STILLPOINT_ADMIN_PASSWORD", password);
            command
        };
        assert!(refused(create("short"), 2).contains("at least 12"), "the usual rules");
        assert!(refused(create("password1234"), 2).contains("easy to guess"));
        let told = went_well(create(PASSWORD));
        assert!(told.contains("otpauth://totp/"), "{told}");
        assert!(!told.contains(PASSWORD));
        assert!(refused(create(PASSWORD), 1).contains("an account with this address"));

        let sign_in = json!({"email": "ada@example.org", "password": PASSWORD});
        app.post("/v1/sessions", &sign_in).await.expect_problem(401, "second-factor-required");
    }
}

#[actix_web::test]
async fn a_backup_is_whole_and_overwrites_nothing() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        app.bookable("Dana Reyes").await;
        if matches!(app.database, Address::Postgres(_)) {
            let line = refused(beside(&app, &["backup", "copy.db"]), 2);
            assert!(line.contains("pg_dump"), "{line}");
            continue;
        }
        went_well(beside(&app, &["backup", "copy.db"]));
        assert!(refused(beside(&app, &["backup", "copy.db"]), 2).contains("overwrites nothing"));
        let told = went_well(beside(&app, &["doctor", "--database-url", "sqlite://copy.db"]));
        assert_eq!(told, "All is well.\n");
        let left: Vec<_> = std::fs::read_dir(app.folder.path())
            .expect("a folder")
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().ends_with(".part"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[actix_web::test]
async fn the_doctor_names_what_is_wrong() {
    for backend in each_backend() {
        let mut app = TestApp::start(backend).await;
        let told = went_well(beside(&app, &["doctor"]));
        assert_eq!(told, "All is well.\n");
        went_well(beside(&app, &["import", "places", &fixture(&app, "places.txt", PLACES)]));
        // Under another key every row of the trail looks forged.
        app.leave_unchecked();
        let other = app.folder.path().join("other.key");
        std::fs::write(&other, other_key(&app)).expect("a file");
        private(&other);
        let mut doctor = beside(&app, &["doctor"]);
        doctor.env("STILLPOINT_SECRET_KEY_FILE", "other.key");
        let output = doctor.output().expect("it starts");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
    }
}

const PLACES: &str = "US\t97201\tPortland\tOregon\tOR\tMultnomah\t051\t\t\t45.4988\t-122.6914\t4\n";

fn fixture(app: &TestApp, name: &str, text: &str) -> String {
    let path = app.folder.path().join(name);
    std::fs::write(&path, text).expect("a file");
    path.to_string_lossy().into_owned()
}

/// The key with its first digit turned.
fn other_key(app: &TestApp) -> String {
    let key = std::fs::read_to_string(app.folder.path().join("secret.key")).expect("a key");
    let (first, rest) = key.split_at(1);
    format!("{}{rest}", if first == "0" { "1" } else { "0" })
}

fn private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("its mode");
    }
}

/// A server of its own process, ended with the test.
struct Served {
    child: Child,
    address: SocketAddr,
    folder: TempDir,
}

impl Served {
    fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let log = std::fs::File::create(folder.path().join("log")).expect("a file");
        let mut command = stillpoint(folder.path(), arguments);
        command.envs(variables.iter().copied()).env("STILLPOINT_LISTEN", "127.0.0.1:0");
        command.env("TMPDIR", folder.path());
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("it starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        let mut out = BufReader::new(out);
        out.read_line(&mut line).expect("a line");
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).expect("the URL");
        let address = url.trim_start_matches("http://").parse().expect("an address");
        // The rest is not read: nobody may be listening any more.
        drop(out);
        Self { child, address, folder }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }

    /// Asks it to end; how it did.
    fn terminate(&mut self) -> Option<i32> {
        let kill = format!("kill {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
        self.child.wait().expect("it ends").code()
    }

    /// Asks it to end; how it did, and what it logged.
    fn stop(mut self) -> (Option<i32>, String) {
        let code = self.terminate();
        (code, std::fs::read_to_string(self.folder.path().join("log")).expect("a log"))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Gone already, unless the test failed before it asked.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_server_starts_by_itself_and_stops_when_told() {
    let variables = [("STILLPOINT_LOG_FORMAT", "json"), ("STILLPOINT_RATE_LIMITS", "off")];
    let served = Served::start(&["serve", "--hash-memory-kib", "19456"], &variables);
    assert!(served.get("/readyz").starts_with("HTTP/1.1 200"));
    let key = served.folder.path().join("secret.key");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(key.metadata().expect("a key").permissions().mode() & 0o077, 0);
    }
    assert!(key.is_file() && served.folder.path().join("stillpoint.db").is_file());
    let (code, log) = served.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("rate limits are off"), "{log}");
    for line in log.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
}

#[test]
fn a_taken_port_is_told_in_one_line() {
    let folder = TempDir::new().expect("a folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let listen = taken.local_addr().expect("an address").to_string();
    for command in ["serve", "demo"] {
        let line = refused(stillpoint(folder.path(), &[command, "--listen", &listen]), 1);
        assert!(line.contains("something else listens"), "{line}");
    }
}

#[test]
fn the_demo_shows_a_directory_and_leaves_nothing() {
    let mut served = Served::start(&["demo", "--practitioners", "40"], &[]);
    let found = served.get("/v1/practitioners?place=97201&radius_km=500&facets=true&limit=1");
    assert!(found.starts_with("HTTP/1.1 200"), "{found}");
    assert!(found.contains("\"name\":"), "{found}");
    let temporary = served.folder.path().to_owned();
    let folders = || -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&temporary).expect("a folder").flatten().map(|entry| entry.path());
        entries.filter(|path| path.is_dir()).collect()
    };
    let [demo] = folders().try_into().expect("one folder");
    let database = format!("sqlite://{}", demo.join("demo.db").display());
    let told = went_well(stillpoint(&demo, &["doctor", "--database-url", &database]));
    assert_eq!(told, "All is well.\n", "made-up people keep the rules as well");
    assert_eq!(served.terminate(), Some(0));
    assert!(folders().is_empty(), "its folder is gone");
}
