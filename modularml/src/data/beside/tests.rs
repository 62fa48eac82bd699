//! What may be replaced, and what is left behind.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use super::{Beside, open_regular};

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("modularml-{}", uuid::Uuid::new_v4()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn names(&self) -> Vec<String> {
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<_> = fs::read_dir(&self.0).unwrap().map(name).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn write(target: &std::path::Path, text: &str) -> crate::Result<()> {
    let mut beside = Beside::of(target)?;
    let written = beside.create().and_then(|mut file| Ok(file.write_all(text.as_bytes())?));
    written.and_then(|()| beside.rename()).map_err(|problem| problem.in_file(target))
}

#[test]
fn files_are_replaced_and_nothing_stays_beside_them() {
    let folder = Folder::new();
    let target = folder.0.join("study.mml");
    write(&target, "old").unwrap();
    write(&target, "new").unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "new");
    // One that is given up goes away.
    let mut given_up = Beside::of(&target).unwrap();
    given_up.create().unwrap();
    assert_eq!(folder.names().len(), 2);
    drop(given_up);
    assert_eq!(folder.names(), ["study.mml"]);
}

#[test]
fn what_a_killed_process_left_is_removed_and_what_is_being_written_stays() {
    let folder = Folder::new();
    let target = folder.0.join("study.mml");
    let of = |name: &str| folder.0.join(format!(".{name}.{}.tmp", uuid::Uuid::new_v4().simple()));
    for left in [of("study.mml"), of("study.mml")] {
        fs::write(left, "half").unwrap();
    }
    // Made and not yet locked: it may be of a process that goes on, unless it is old.
    let [old, new] = [of("study.mml"), of("study.mml")].map(|path| path.with_extension("new"));
    let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
    fs::write(&old, "").unwrap();
    fs::File::options().write(true).open(&old).unwrap().set_modified(hour_ago).unwrap();
    let others = [of("other.mml"), folder.0.join(".study.mml.notes.tmp"), folder.0.join("study.mml.tmp"), new];
    for other in &others {
        fs::write(other, "mine").unwrap();
    }
    let mut writing = Beside::of(&target).unwrap();
    writing.create().unwrap();
    write(&target, "whole").unwrap();
    let names = folder.names();
    assert!(others.iter().all(|other| other.exists()) && writing.place().exists(), "{names:?}");
    assert_eq!(names.len(), others.len() + 2, "{names:?}");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_never_replaced() {
    let folder = Folder::new();
    let [pipe, socket, inner] = ["pipe", "socket", "folder"].map(|name| folder.0.join(name));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let _listens = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    fs::create_dir(&inner).unwrap();
    let mut targets = vec![pipe.clone(), socket.clone(), inner.clone()];
    // Only root makes device nodes.
    let device = folder.0.join("full");
    if Command::new("mknod").arg(&device).args(["c", "1", "7"]).status().is_ok_and(|status| status.success()) {
        targets.push(device);
    }
    let before = folder.names();
    for target in &targets {
        let kind = fs::symlink_metadata(target).unwrap().file_type();
        let refused = write(target, "text").unwrap_err().to_string();
        assert!(refused.contains("is a folder") || refused.contains("is a pipe or a device"), "{refused}");
        assert_eq!(fs::symlink_metadata(target).unwrap().file_type(), kind);
        assert!(open_regular(target).is_err());
    }
    assert_eq!(folder.names(), before);
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_its_target_is_replaced() {
    use std::os::unix::fs::symlink;

    let folder = Folder::new();
    let [real, link, far, to_nothing, circle, to_pipe, pipe] =
        ["real", "link", "far", "to_nothing", "circle", "to_pipe", "pipe"].map(|name| folder.0.join(name));
    fs::write(&real, "old").unwrap();
    symlink("real", &link).unwrap();
    symlink("link", &far).unwrap();
    symlink("made", &to_nothing).unwrap();
    symlink("circle", &circle).unwrap();
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink("pipe", &to_pipe).unwrap();
    write(&far, "new").unwrap();
    write(&to_nothing, "made").unwrap();
    for (path, text) in [(&real, "new"), (&folder.0.join("made"), "made")] {
        assert_eq!(fs::read_to_string(path).unwrap(), text);
    }
    assert!([link, far, to_nothing].iter().all(|link| link.is_symlink()));
    assert!(write(&circle, "text").unwrap_err().to_string().contains("without an end"));
    assert!(write(&to_pipe, "text").unwrap_err().to_string().contains("is a pipe or a device"));
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_to_is_told() {
    let refused = write(std::path::Path::new("/proc/study.mml"), "text").unwrap_err();
    assert!(matches!(refused, crate::Error::File { .. }), "{refused}");
}
