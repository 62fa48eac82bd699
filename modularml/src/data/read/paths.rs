//! Which files are read as one set.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::files::Method;
use crate::error::Problem;
use crate::{Error, Result};

/// One file, or several whose rows follow each other: `"a.csv"`, or `["a.csv", "b.csv"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths(pub(in crate::data) Vec<PathBuf>);

impl Paths {
    /// The files of a folder with an ending, such as `parquet` or `csv.gz`, in the order of their names, as engines write them:
    /// `part-0.parquet` and so on.
    /// Files whose name begins with a dot or an underscore are left out, and folders in the folder.
    ///
    /// ```
    /// use modularml::data::{Paths, Reader};
    ///
    /// let folder = std::env::temp_dir().join(format!("modularml-doc-folder-{}", std::process::id()));
    /// std::fs::create_dir_all(&folder)?;
    /// for (part, rows) in [("part-1.csv", "x\n3\n4\n"), ("part-0.csv", "x\n1\n2\n"), ("_SUCCESS", "")] {
    ///     std::fs::write(folder.join(part), rows)?;
    /// }
    /// let parts = Paths::folder(&folder, "csv")?;
    /// let reader = Reader::dynamic().features(["x"]);
    /// assert_eq!(reader.csv(parts.clone())?.len(), 4);
    /// assert_eq!(reader.csv(parts.shard(1, 2)?)?.len(), 2);
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the folder cannot be listed, or has no such file.
    pub fn folder(folder: impl AsRef<Path>, ending: &str) -> Result<Self> {
        let folder = folder.as_ref();
        let fail = |error| Problem::from(error).of("cannot be listed").in_file(folder);
        let dotted = format!(".{ending}");
        let (mut files, mut has_folders) = (Vec::new(), false);
        for entry in fs::read_dir(folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            let is_wanted = path
                .file_name()
                .map(OsStr::to_string_lossy)
                .is_some_and(|name| !name.starts_with(['.', '_']) && name.ends_with(&dotted));
            if is_wanted && path.is_file() {
                files.push(path);
            } else {
                has_folders |= path.is_dir();
            }
        }
        files.sort();
        if files.is_empty() {
            let problem = format!("has no file that ends in .{ending}");
            let problem = if has_folders {
                format!("{problem}, and folders in it are not looked into; have them written without PARTITIONED BY")
            } else {
                problem
            };
            return Err(Problem::from(problem).in_file(folder));
        }
        Ok(Self(files))
    }

    /// The stores that [`Reader::to_stores`](super::Reader::to_stores) makes of these files in a folder: each has the name of
    /// its file, with the ending `.arrow` for its own, and for that of its compression.
    ///
    /// So a process that opens them misses one that was not converted, as it would not in what lies in the folder.
    ///
    /// # Errors
    /// When two of the files have one name, or a file would be replaced by its own store.
    pub fn stores_in(&self, folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        let mut stores: Vec<PathBuf> = Vec::new();
        let mut known: HashMap<OsString, &Path> = HashMap::new();
        for file in &self.0 {
            let plain = if Method::of_name(file).is_some() { file.with_extension("") } else { file.clone() };
            let Some(name) = plain.file_stem() else {
                return Err(Problem::from("is not the name of a file").in_file(file));
            };
            if let Some(before) = known.insert(name.to_owned(), file) {
                let problem = format!(
                    "has the name of {}, and each store has that of its file; rename one, or convert them into two folders",
                    before.display()
                );
                return Err(Problem::from(problem).in_file(file));
            }
            let mut name = name.to_owned();
            name.push(".arrow");
            let store = folder.join(name);
            let own = place(&store);
            // A source may be a link to where the store will be.
            if own == place(file) || fs::canonicalize(file).is_ok_and(|source| own == source) {
                return Err(Problem::from("would be replaced by its own store; give another folder").in_file(file));
            }
            stores.push(store);
        }
        Ok(Self(stores))
    }

    /// Each so many files the one at a place, counted from 0: what one of several processes reads.
    ///
    /// # Errors
    /// When there is no file for it.
    pub fn shard(self, place: usize, shards: usize) -> Result<Self> {
        let count = self.0.len();
        let files: Vec<PathBuf> = self.0.into_iter().skip(place).step_by(shards.max(1)).collect();
        if files.is_empty() || place >= shards {
            return Err(Error::Data(format!(
                "{count} files have no part {place} of {shards}, counted from 0; make at most as many parts as there are files"
            )));
        }
        Ok(Self(files))
    }
}

/// Where a file lies or will lie, however its path is spelled; the path as it is where its folder is not there.
fn place(path: &Path) -> PathBuf {
    let folder = path.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let folder = folder.and_then(|folder| fs::canonicalize(folder).ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

macro_rules! one_file {
    ($($path:ty)*) => {$(
        impl From<$path> for Paths {
            fn from(path: $path) -> Self {
                Self(vec![path.into()])
            }
        }
    )*};
}

one_file! { &str String &String &OsStr OsString &OsString &Path PathBuf &PathBuf Cow<'_, Path> }

impl<P: AsRef<Path>, const N: usize> From<[P; N]> for Paths {
    fn from(paths: [P; N]) -> Self {
        Self::from(paths.as_slice())
    }
}

impl<P: AsRef<Path>, const N: usize> From<&[P; N]> for Paths {
    fn from(paths: &[P; N]) -> Self {
        Self::from(paths.as_slice())
    }
}

impl<P: AsRef<Path>> From<&[P]> for Paths {
    fn from(paths: &[P]) -> Self {
        Self(paths.iter().map(|path| path.as_ref().to_owned()).collect())
    }
}

impl<P: AsRef<Path>> From<Vec<P>> for Paths {
    fn from(paths: Vec<P>) -> Self {
        Self::from(paths.as_slice())
    }
}

impl<P: AsRef<Path>> From<&Vec<P>> for Paths {
    fn from(paths: &Vec<P>) -> Self {
        Self::from(paths.as_slice())
    }
}
