//! A folder that is gone when the demo ends.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::secret::{mac, random_bytes};

/// Removed with everything in it when dropped.
#[derive(Debug)]
pub struct ThrowAway(PathBuf);

impl ThrowAway {
    /// A new folder that only its owner may enter.
    pub fn create() -> io::Result<Self> {
        let random: [u8; 8] = random_bytes().map_err(io::Error::other)?;
        let path = std::env::temp_dir().join(format!("stillpoint-demo-{}", mac::hex(&random)));
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for ThrowAway {
    fn drop(&mut self) {
        // What cannot be removed now is in the folder for what may be removed at any time.
        let _ = fs::remove_dir_all(&self.0);
    }
}
