//! The key file, and the keys for each purpose drawn from it.
//!
//! The file holds 64 hexadecimal characters: 256 random bits. It is made at the
//! first start and read at every other. Losing it loses what is sealed;
//! whoever reads it can read what is sealed.
//!
//! **Invariant:** the file appears whole or not at all, only its owner can read
//! it, and it is never written over. Two processes that start together end up
//! with the same key.

use std::{
    fmt,
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use super::{MacKey, Sealer, SecretError, mac, random_bytes};

/// Longest key file read, in bytes: the key and some white space.
const MOST_BYTES: u64 = 256;

/// Why there is no key. Each is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be read.
    #[error("the key file {} cannot be read", .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is not there and cannot be made.
    #[error("the key file {} cannot be made; its folder must exist and be writable", .path.display())]
    Make {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others than its owner have rights to it.
    #[error(
        "the key file {} is open to other users (mode {mode:04o}); run: chmod 600 {}",
        .path.display(), .path.display()
    )]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is no file of 64 hexadecimal characters. Nothing is written over it: it may be a damaged key.
    #[error("the key file {} must hold 64 hexadecimal characters and nothing else", .path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
    },
    /// No key could be made.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// The master key. It is used for nothing but drawing the keys of each purpose from it.
#[derive(Clone)]
pub struct Keyring {
    master: MacKey,
}

impl Keyring {
    /// The keyring of the file at `path`, made with mode 0600 if there is none.
    ///
    /// # Errors
    /// [`KeyFileError`]; a file that is there is never changed.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyFileError> {
        match load(path) {
            Err(KeyFileError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                create(path)?;
                load(path)
            }
            other => other,
        }
    }

    /// A keyring from its 32 bytes, for tests and throw-away data.
    #[must_use]
    pub fn from_bytes(master: [u8; 32]) -> Self {
        Self { master: MacKey::new(master) }
    }

    /// A keyring that is kept nowhere.
    ///
    /// # Errors
    /// [`SecretError::Random`].
    pub fn throw_away() -> Result<Self, SecretError> {
        random_bytes().map(Self::from_bytes)
    }

    /// Seals health data and the seeds of second factors.
    #[must_use]
    pub fn sealer(&self) -> Sealer {
        Sealer::new(self.draw("sealing"))
    }

    /// Chains the audit records.
    #[must_use]
    pub fn audit(&self) -> MacKey {
        MacKey::new(self.draw("audit"))
    }

    /// Signs list cursors, so that a caller cannot write one.
    #[must_use]
    pub fn cursor(&self) -> MacKey {
        MacKey::new(self.draw("cursor"))
    }

    /// Binds form tokens to sessions.
    #[must_use]
    pub fn csrf(&self) -> MacKey {
        MacKey::new(self.draw("csrf"))
    }

    /// Hashes recovery codes.
    #[must_use]
    pub fn recovery(&self) -> MacKey {
        MacKey::new(self.draw("recovery"))
    }

    /// Digests the keys under which callers have answers kept, and the requests they came with.
    #[must_use]
    pub fn idempotency(&self) -> MacKey {
        MacKey::new(self.draw("idempotency"))
    }

    /// The key of a purpose: HMAC-SHA-256 of its name under the master key. Changing a name loses
    /// what was made under it.
    fn draw(&self, purpose: &str) -> [u8; 32] {
        self.master.sign_parts(&[b"stillpoint key v1", purpose.as_bytes()])
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(…)")
    }
}

fn load(path: &Path) -> Result<Keyring, KeyFileError> {
    let unread = |source| KeyFileError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(unread)?;
    // Asked of the open file, not of the name, which could mean another file by then.
    let metadata = file.metadata().map_err(unread)?;
    if let Some(mode) = mode_open_to_others(&metadata) {
        return Err(KeyFileError::Exposed { path: path.to_owned(), mode });
    }
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unread)?;
    key_of(&bytes).map(Keyring::from_bytes).ok_or_else(|| KeyFileError::Malformed { path: path.to_owned() })
}

fn key_of(bytes: &[u8]) -> Option<[u8; 32]> {
    let text = std::str::from_utf8(bytes).ok()?;
    mac::from_hex(text.trim())?.try_into().ok()
}

/// Writes a new key beside `path`, whole and synced, then gives it the name, unless somebody else
/// was first: a link, unlike a rename, never replaces a file.
fn create(path: &Path) -> Result<(), KeyFileError> {
    let key: [u8; 32] = random_bytes()?;
    let mark: [u8; 8] = random_bytes()?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", mac::hex(&mark)));
    let beside = PathBuf::from(beside);
    let made = write_new(&beside, &key).and_then(|()| match fs::hard_link(&beside, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    // Best effort: the name beside is gone or harmless, and the error worth telling is the one above.
    let _ = fs::remove_file(&beside);
    made.and_then(|()| sync_folder(path))
        .map_err(|source| KeyFileError::Make { path: path.to_owned(), source })
}

fn write_new(path: &Path, key: &[u8; 32]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    only_for_owner(&mut options);
    let mut file = options.open(path)?;
    writeln!(file, "{}", mac::hex(key))?;
    file.sync_all()
}

/// Makes the new name survive a power cut, not only the new bytes.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(unix)]
fn only_for_owner(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

/// The permission bits, if group or others have any.
#[cfg(unix)]
fn mode_open_to_others(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

// Elsewhere a folder cannot be synced, and rights are inherited from it.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn only_for_owner(_options: &mut OpenOptions) {}

#[cfg(not(unix))]
fn mode_open_to_others(_metadata: &Metadata) -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, thread};

    use super::*;

    /// What a keyring can be told by, without showing the key.
    fn print_of(keyring: &Keyring) -> [u8; 32] {
        keyring.audit().sign(b"print")
    }

    #[test]
    fn a_key_is_made_once_and_then_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        let first = Keyring::load_or_create(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.trim().len(), 64);
        let again = Keyring::load_or_create(&path).unwrap();
        assert_eq!(print_of(&first), print_of(&again));
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        assert_eq!(format!("{first:?}"), "Keyring(…)");
    }

    #[test]
    fn processes_that_start_together_share_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        let prints: BTreeSet<[u8; 32]> = thread::scope(|scope| {
            let starts: Vec<_> =
                (0..16).map(|_| scope.spawn(|| print_of(&Keyring::load_or_create(&path).unwrap()))).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert_eq!(prints.len(), 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        Keyring::load_or_create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        for mode in [0o644, 0o640, 0o604, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let refused = Keyring::load_or_create(&path).unwrap_err();
            assert!(matches!(refused, KeyFileError::Exposed { .. }), "{mode:o}");
            assert!(!refused.to_string().contains('\n') && refused.to_string().contains("chmod 600"));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(Keyring::load_or_create(&path).is_ok());
    }

    #[test]
    fn a_damaged_key_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        Keyring::load_or_create(&path).unwrap();
        let long = "ab".repeat(200);
        for damaged in ["", "\n", "not a key", &"a".repeat(63), &"a".repeat(65), &"g".repeat(64), &long] {
            fs::write(&path, damaged).unwrap();
            let refused = Keyring::load_or_create(&path).unwrap_err();
            assert!(matches!(refused, KeyFileError::Malformed { .. }), "{damaged}");
            assert_eq!(fs::read_to_string(&path).unwrap(), *damaged);
        }
        fs::write(&path, format!("{}\r\n", "AB".repeat(32))).unwrap();
        assert_eq!(
            print_of(&Keyring::load_or_create(&path).unwrap()),
            print_of(&Keyring::from_bytes([0xab; 32]))
        );
    }

    #[test]
    fn a_folder_that_is_not_there_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Keyring::load_or_create(&folder.path().join("nowhere/secret.key"));
        assert!(matches!(missing, Err(KeyFileError::Make { .. })), "{missing:?}");
        assert!(Keyring::load_or_create(folder.path()).is_err(), "a folder is no key file");
    }

    #[test]
    fn each_purpose_has_its_own_key() {
        let keyring = Keyring::from_bytes([1; 32]);
        let keys = [keyring.audit(), keyring.cursor(), keyring.csrf(), keyring.recovery()];
        let prints: BTreeSet<[u8; 32]> = keys.iter().map(|key| key.sign(b"print")).collect();
        assert_eq!(prints.len(), keys.len());
        let sealed = keyring.sealer().seal("row", b"text").unwrap();
        assert!(Keyring::from_bytes([2; 32]).sealer().open("row", &sealed).is_err());
        assert_eq!(Keyring::from_bytes([1; 32]).sealer().open("row", &sealed).unwrap(), b"text");
    }
}
