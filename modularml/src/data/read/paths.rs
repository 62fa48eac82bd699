//! Which files are read as one set.

use std::path::{Path, PathBuf};

/// One file, or several whose rows follow each other: `"a.csv"`, or `["a.csv", "b.csv"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths(pub(in crate::data) Vec<PathBuf>);

macro_rules! one_file {
    ($($path:ty)*) => {$(
        impl From<$path> for Paths {
            fn from(path: $path) -> Self {
                Self(vec![path.into()])
            }
        }
    )*};
}

one_file! { &str String &String &Path PathBuf &PathBuf }

impl<P: AsRef<Path>, const N: usize> From<[P; N]> for Paths {
    fn from(paths: [P; N]) -> Self {
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
