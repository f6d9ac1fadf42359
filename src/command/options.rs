//! Options that several commands share, and how they become a [`Config`].

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::{Args, ValueEnum};
use ipnet::IpNet;

use crate::{
    config::{Config, HashConfig, MailConfig},
    domain::account::EmailAddress,
    store::dialect::Address,
};

use super::CommandError;

/// Name of the key file where there is no embedded database to lie beside.
const KEY_FILE: &str = "stillpoint-secret.key";
/// How long a time is offered when nobody says.
const OFFER_MINUTES: u32 = 30;
/// From whom mail comes that never leaves this machine.
const FOLDER_SENDER: &str = "Stillpoint <no-reply@stillpoint.invalid>";

/// Which database, and the key to what is sealed in it.
#[derive(Debug, Clone, Args)]
pub struct DatabaseOptions {
    /// The database: sqlite://FILE (relative, or absolute as in sqlite:///var/lib/stillpoint.db) or
    /// postgres://…
    // Its value may hold a password, so help never shows it and no parser quotes it.
    #[arg(
        long,
        value_name = "URL",
        env = "STILLPOINT_DATABASE_URL",
        default_value = "sqlite://stillpoint.db",
        hide_env_values = true
    )]
    pub database_url: String,
    /// The file with the master key; made with mode 0600 where it is missing. Default: secret.key
    /// beside an embedded database, ./stillpoint-secret.key otherwise
    #[arg(long, value_name = "FILE", env = "STILLPOINT_SECRET_KEY_FILE")]
    pub secret_key_file: Option<PathBuf>,
}

impl DatabaseOptions {
    /// Which database. The folder of an embedded one must exist.
    pub fn address(&self) -> Result<Address, CommandError> {
        let address: Address = self.database_url.parse().map_err(CommandError::wrong)?;
        if let Address::Sqlite(path) = &address {
            let folder = folder_of(path);
            if !folder.is_dir() {
                return Err(CommandError::Wrong(format!(
                    "the folder {} of the database does not exist; make it first",
                    folder.display()
                )));
            }
            if Path::new(path).is_dir() {
                return Err(CommandError::Wrong(format!("{path} is a folder, not a database file")));
            }
        }
        Ok(address)
    }

    /// The same, where a missing file is not to be made.
    pub fn existing_address(&self) -> Result<Address, CommandError> {
        let address = self.address()?;
        match &address {
            Address::Sqlite(path) if !Path::new(path).is_file() => {
                Err(CommandError::Wrong(format!("there is no database at {path}")))
            }
            _ => Ok(address),
        }
    }

    /// Where the master key is.
    pub fn secret_key_file(&self, address: &Address) -> PathBuf {
        self.secret_key_file.clone().unwrap_or_else(|| match address {
            Address::Sqlite(path) => folder_of(path).join("secret.key"),
            Address::Postgres(_) => PathBuf::from(KEY_FILE),
        })
    }
}

/// The folder in which a file lies; `.` for a bare name.
fn folder_of(path: &str) -> &Path {
    match Path::new(path).parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// How passwords are hashed.
#[derive(Debug, Clone, Copy, Args)]
pub struct HashOptions {
    /// Memory for one password hash (argon2id), in KiB
    #[arg(
        long,
        value_name = "KIB",
        env = "STILLPOINT_HASH_MEMORY_KIB",
        default_value_t = 65_536,
        value_parser = clap::value_parser!(u32).range(19_456..=4_194_304)
    )]
    pub hash_memory_kib: u32,
    /// Passes over that memory
    #[arg(
        long,
        value_name = "N",
        env = "STILLPOINT_HASH_ITERATIONS",
        default_value_t = 3,
        value_parser = clap::value_parser!(u32).range(2..=100)
    )]
    pub hash_iterations: u32,
}

impl HashOptions {
    /// As many at once as there are processors.
    pub fn config(self) -> HashConfig {
        HashConfig {
            memory_kib: self.hash_memory_kib,
            iterations: self.hash_iterations,
            most_at_once: processors(),
        }
    }
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// As it should be in production.
    On,
    /// For tests.
    Off,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// How the log is written, and how much of it.
#[derive(Debug, Clone, Args)]
pub struct LogOptions {
    /// How the log is written, to standard error
    #[arg(long, env = "STILLPOINT_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// What is logged: error, warn, info, debug, or a list such as info,stillpoint=debug
    #[arg(long, value_name = "FILTER", env = "STILLPOINT_LOG", default_value = "info,actix_server=warn")]
    pub log: String,
}

/// What a running server needs besides its database.
#[derive(Debug, Clone, Args)]
pub struct ServerOptions {
    /// Where to listen; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS:PORT", env = "STILLPOINT_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// How people reach this server, for links in mails. Default: http:// and the address it listens on
    #[arg(long, value_name = "URL", env = "STILLPOINT_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// How mail leaves: file:FOLDER (one .eml a message) or smtp://USER:PASSWORD@HOST:PORT, smtps://….
    /// Default: the folder mail beside an embedded database, ./mail otherwise
    #[arg(long, value_name = "MAIL", env = "STILLPOINT_MAIL", hide_env_values = true)]
    pub mail: Option<String>,
    /// From whom mail comes, as in "Stillpoint <no-reply@example.org>"; needed with smtp
    #[arg(long, value_name = "SENDER", env = "STILLPOINT_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// Most connections to the database
    #[arg(
        long,
        value_name = "N",
        env = "STILLPOINT_CONNECTIONS",
        default_value_t = 16,
        value_parser = clap::value_parser!(u32).range(2..=1_000)
    )]
    pub connections: u32,
    /// Threads that answer requests. Default: one a processor
    #[arg(
        long,
        value_name = "N",
        env = "STILLPOINT_WORKERS",
        value_parser = clap::value_parser!(u16).range(1..=512)
    )]
    pub workers: Option<u16>,
    /// Proxies whose X-Forwarded-For is believed: addresses or networks, separated by commas
    #[arg(long, value_name = "NETWORKS", env = "STILLPOINT_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<String>,
    /// Limits on requests from one address
    #[arg(long, env = "STILLPOINT_RATE_LIMITS", default_value = "on")]
    pub rate_limits: Switch,
    /// How many minutes a time is kept for somebody on the waitlist to whom it is offered
    #[arg(
        long,
        value_name = "MINUTES",
        env = "STILLPOINT_OFFER_MINUTES",
        default_value_t = OFFER_MINUTES,
        value_parser = clap::value_parser!(u32).range(5..=240)
    )]
    pub offer_minutes: u32,
}

/// Everything together, once the address is known on which the server listens.
pub fn config(
    database: &DatabaseOptions,
    server: &ServerOptions,
    hash: HashOptions,
    listening: SocketAddr,
) -> Result<Config, CommandError> {
    let address = database.address()?;
    let mail = mail(server, &address)?;
    Ok(Config {
        listen: listening,
        connections: server.connections,
        public_url: match &server.public_url {
            Some(url) => public_url(url)?,
            None => own_url(listening),
        },
        mail_from: mail_from(server, &mail)?,
        mail,
        secret_key_file: database.secret_key_file(&address),
        rate_limits: server.rate_limits == Switch::On,
        trusted_proxies: proxies(&server.trusted_proxies)?,
        offer_minutes: server.offer_minutes,
        hash: hash.config(),
        workers: server.workers.map_or_else(processors, usize::from),
        database: address,
    })
}

/// For a command that only looks: nothing listens, no mail leaves.
pub fn quiet(database: Address, secret_key_file: PathBuf) -> Config {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    Config {
        listen,
        database,
        connections: 2,
        public_url: own_url(listen),
        mail: MailConfig::Folder(PathBuf::from("mail")),
        mail_from: FOLDER_SENDER.to_owned(),
        secret_key_file,
        rate_limits: true,
        trusted_proxies: Vec::new(),
        offer_minutes: OFFER_MINUTES,
        hash: HashConfig { memory_kib: 19_456, iterations: 2, most_at_once: 1 },
        workers: 1,
    }
}

/// The URL of a server that listens there. One that listens everywhere is reached as localhost.
pub fn own_url(listening: SocketAddr) -> String {
    if listening.ip().is_unspecified() {
        format!("http://localhost:{}", listening.port())
    } else {
        format!("http://{listening}")
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

fn mail(server: &ServerOptions, address: &Address) -> Result<MailConfig, CommandError> {
    match (&server.mail, address) {
        (Some(mail), _) => mail.parse().map_err(CommandError::wrong),
        (None, Address::Sqlite(path)) => Ok(MailConfig::Folder(folder_of(path).join("mail"))),
        (None, Address::Postgres(_)) => Ok(MailConfig::Folder(PathBuf::from("mail"))),
    }
}

fn mail_from(server: &ServerOptions, mail: &MailConfig) -> Result<String, CommandError> {
    let Some(sender) = &server.mail_from else {
        return match mail {
            MailConfig::Folder(_) => Ok(FOLDER_SENDER.to_owned()),
            MailConfig::Smtp(_) => Err(CommandError::wrong("--mail smtp://… needs --mail-from too")),
        };
    };
    let address = match sender.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>'),
        None => Some(sender.as_str()),
    };
    let is_sender = address.is_some_and(|address| EmailAddress::from_str(address).is_ok())
        && !sender.chars().any(char::is_control);
    if is_sender {
        Ok(sender.clone())
    } else {
        Err(CommandError::wrong("--mail-from is written \"Stillpoint <no-reply@example.org>\""))
    }
}

fn public_url(text: &str) -> Result<String, CommandError> {
    let url = text.trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let is_url = rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && !rest.contains(|c: char| c.is_whitespace() || c.is_control() || "?#@\"<>\\".contains(c))
    });
    if is_url {
        Ok(url.to_owned())
    } else {
        Err(CommandError::wrong("--public-url is written https://HOST, without query and sign-in"))
    }
}

fn proxies(texts: &[String]) -> Result<Vec<IpNet>, CommandError> {
    let one = |text: &String| {
        let text = text.trim();
        text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
            CommandError::wrong(
                "--trusted-proxies takes addresses and networks, as in 10.0.0.7,192.168.0.0/16",
            )
        })
    };
    texts.iter().filter(|text| !text.trim().is_empty()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_addresses_or_networks() {
        let texts = |list: &str| list.split(',').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(proxies(&texts("10.0.0.7, 192.168.0.0/16,::1")).unwrap().len(), 3);
        assert!(proxies(&texts("")).unwrap().is_empty());
        for bad in ["localhost", "10.0.0", "10.0.0.0/33", "*"] {
            assert!(proxies(&texts(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn public_urls_lose_their_last_slash() {
        assert_eq!(public_url("https://book.example.org/").unwrap(), "https://book.example.org");
        assert_eq!(public_url("http://[::1]:8080").unwrap(), "http://[::1]:8080");
        for bad in
            ["", "book.example.org", "ftp://x", "https://", "https:///x", "https://a b", "https://u:p@h"]
        {
            assert!(public_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_server_says_how_it_is_reached() {
        let table = "
            127.0.0.1:8080 | http://127.0.0.1:8080
            0.0.0.0:80     | http://localhost:80
            [::]:81        | http://localhost:81
            [::1]:82       | http://[::1]:82";
        for row in table.trim().lines() {
            let (listening, url) = row.split_once('|').expect("two cells");
            assert_eq!(own_url(listening.trim().parse().expect("an address")), url.trim());
        }
    }

    #[test]
    fn a_bare_file_lies_in_the_current_folder() {
        assert_eq!(folder_of("stillpoint.db"), Path::new("."));
        assert_eq!(folder_of("/var/lib/x.db"), Path::new("/var/lib"));
        assert_eq!(folder_of("data/x.db"), Path::new("data"));
    }
}
