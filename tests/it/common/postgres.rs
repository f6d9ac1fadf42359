//! A PostgreSQL server for the tests: the one that is named, or a private one.
//!
//! The private one lives in a folder of its own, under an unprivileged user when
//! the tests run as root, and ends with the tests: a shell beside it waits for
//! its standard input to close, which happens however the tests end.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use diesel::{Connection, PgConnection, RunQueryDsl};
use stillpoint::store::{dialect::Address, migrate};

pub struct Cluster {
    /// Connection string without a database.
    base: String,
    _watch: Option<Child>,
}

/// The server, started at the first call.
pub fn cluster() -> Result<&'static Cluster, String> {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    CLUSTER.get_or_init(start).as_ref().map_err(Clone::clone)
}

fn start() -> Result<Cluster, String> {
    let cluster = match std::env::var("STILLPOINT_TEST_POSTGRES") {
        Ok(base) => Cluster { base: base.trim_end_matches('/').to_owned(), _watch: None },
        Err(_) => start_private()?,
    };
    let mut conn = connect(&cluster, "postgres")?;
    let template = template();
    let _ = diesel::sql_query(format!("drop database if exists {template} with (force)")).execute(&mut conn);
    diesel::sql_query(format!("create database {template}")).execute(&mut conn).map_err(|e| e.to_string())?;
    migrate::migrate(&address(&cluster, &template)).map_err(|err| err.to_string())?;
    Ok(cluster)
}

/// A database of a test's own.
pub fn fresh_database() -> Address {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let cluster = cluster().expect("a cluster");
    let name = format!("stillpoint_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::SeqCst));
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut conn = connect(cluster, "postgres").expect("a connection");
    diesel::sql_query(format!("create database {name} template {}", template()))
        .execute(&mut conn)
        .expect("a database");
    address(cluster, &name)
}

fn template() -> String {
    format!("stillpoint_template_{}", std::process::id())
}

fn address(cluster: &Cluster, database: &str) -> Address {
    let url = if cluster.base.contains("?host=") {
        cluster.base.replacen("/?host=", &format!("/{database}?host="), 1)
    } else {
        format!("{}/{database}", cluster.base)
    };
    Address::Postgres(url)
}

fn connect(cluster: &Cluster, database: &str) -> Result<PgConnection, String> {
    let Address::Postgres(url) = address(cluster, database) else { unreachable!("it is PostgreSQL") };
    PgConnection::establish(&url).map_err(|err| err.to_string())
}

fn start_private() -> Result<Cluster, String> {
    let bin = binaries().ok_or("no PostgreSQL server found; install the package postgresql")?;
    let folder = std::env::temp_dir().join(format!("stillpoint-pg-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).map_err(|err| err.to_string())?;
    let as_user = unprivileged(&folder)?;
    let data = folder.join("data");
    let path = |p: &Path| p.to_string_lossy().into_owned();
    // Tests are quicker without; whoever measures wants every commit on the disk.
    let keeping = match std::env::var_os("STILLPOINT_TEST_DURABLE") {
        Some(_) => "-c fsync=on",
        None => "-c fsync=off -c synchronous_commit=off -c full_page_writes=off",
    };
    let script = format!(
        "cd / && {bin}/initdb -D {data} -U postgres -A trust -E UTF8 --locale=C --no-sync >{folder}/initdb.log 2>&1 && \
         {bin}/pg_ctl -D {data} -w -l {folder}/server.log -o \"-c listen_addresses='' -k {folder} {keeping} \
         -c max_connections=300 -c shared_buffers=64MB\" start >{folder}/pg_ctl.log 2>&1 && \
         echo ready; read -r _; {bin}/pg_ctl -D {data} -m immediate stop >/dev/null 2>&1; rm -rf {folder}",
        bin = path(&bin),
        data = path(&data),
        folder = path(&folder),
    );
    let mut command = match as_user {
        Some(user) => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", user, "--regid", user, "--init-groups", "--", "sh", "-c", &script]);
            command
        }
        None => {
            let mut command = Command::new("sh");
            command.args(["-c", &script]);
            command
        }
    };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|err| err.to_string())?;
    let mut line = String::new();
    let out = child.stdout.take().ok_or("no output")?;
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line)
        .map_err(|err| err.to_string())?;
    if line.trim() != "ready" {
        return Err(format!("PostgreSQL did not start; see {}", path(&folder)));
    }
    let base = format!("postgres://postgres@/?host={}", path(&folder).replace('/', "%2F"));
    Ok(Cluster { base, _watch: Some(child) })
}

fn binaries() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH")?;
    let mut folders: Vec<PathBuf> = std::env::split_paths(&on_path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        let mut versions: Vec<PathBuf> = versions.flatten().map(|v| v.path().join("bin")).collect();
        versions.sort();
        folders.extend(versions.into_iter().rev());
    }
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}

/// PostgreSQL refuses to run as root: then it runs as the user its package made, in a folder that is theirs.
fn unprivileged(folder: &Path) -> Result<Option<&'static str>, String> {
    let id = Command::new("id").arg("-u").output().map_err(|err| err.to_string())?;
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return Ok(None);
    }
    let owned =
        Command::new("chown").arg("postgres:postgres").arg(folder).status().map_err(|e| e.to_string())?;
    if owned.success() {
        Ok(Some("postgres"))
    } else {
        Err("there is no user postgres to run the server as".into())
    }
}
