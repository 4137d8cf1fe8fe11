//! A tar archive of small text files, byte for byte the same each time.

use std::io;

use tar::{Builder, Header};

/// An archive of regular files, owned by root, readable by everyone, dated 1970.
///
/// # Errors
/// When a path is too long for an archive.
pub(super) fn archive(files: &[(&str, &[u8])]) -> io::Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = Header::new_ustar();
        header.set_path(path)?;
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, *content)?;
    }
    archive.into_inner()
}

#[cfg(test)]
mod tests {
    use std::{fs, process::Command};

    use super::*;

    #[test]
    fn the_systems_tar_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.tar");
        fs::write(&file, archive(&[("etc/one", b"1\n"), ("two.txt", &[b'x'; 600])]).unwrap()).unwrap();
        let status = Command::new("tar").arg("-xf").arg(&file).arg("-C").arg(folder.path()).status().unwrap();
        assert!(status.success());
        assert_eq!(fs::read(folder.path().join("etc/one")).unwrap(), b"1\n");
        assert_eq!(fs::read(folder.path().join("two.txt")).unwrap(), [b'x'; 600]);
    }
}
