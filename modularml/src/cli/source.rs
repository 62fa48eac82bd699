//! Where the data of a study comes from.

use std::path::{Path, PathBuf};

use crate::error::Problem;
use crate::{Error, Result};

/// The paths that `--data` gives, for the closure that reads the data of a study.
///
/// ```
/// use modularml::cli::Source;
///
/// let source = Source::new(["pulse=new.csv".to_owned()]);
/// assert!(source.input("pulse").required().unwrap_err().to_string().contains("new.csv: is not there"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// With the input that each is of, where one is named.
    paths: Vec<(Option<String>, PathBuf)>,
    input: Option<String>,
}

impl Source {
    /// The paths as the command line gives them, `PATH` or `INPUT=PATH`.
    pub fn new(given: impl IntoIterator<Item = String>) -> Self {
        let paths = given.into_iter().map(|text| match text.split_once('=') {
            // A path that holds `=` and is there is meant as it stands.
            Some((input, path)) if is_name(input) && !Path::new(&text).exists() => {
                (Some(input.to_owned()), path.into())
            }
            _ => (None, text.into()),
        });
        Self { paths: paths.collect(), input: None }
    }

    /// The paths of one of several inputs, `--data pulse=PATH`.
    #[must_use]
    pub fn input(&self, name: &str) -> Self {
        Self { paths: self.paths.clone(), input: Some(name.to_owned()) }
    }

    /// The path that the command line gives, else this one.
    ///
    /// # Errors
    /// When nothing is there, or more than one path is given.
    pub fn or(&self, path: impl AsRef<Path>) -> Result<PathBuf> {
        let path = self.given()?.unwrap_or_else(|| path.as_ref().to_owned());
        if path.exists() {
            return Ok(path);
        }
        let name = self.input.as_ref().map(|input| format!("{input}=")).unwrap_or_default();
        let problem = format!("is not there; name the data by --data {name}PATH");
        Err(Problem { fault: crate::FileFault::System(std::io::ErrorKind::NotFound), text: problem }.in_file(path))
    }

    /// The path that the command line gives.
    ///
    /// # Errors
    /// When none is given, nothing is there, or more than one path is given.
    pub fn required(&self) -> Result<PathBuf> {
        if let Some(path) = self.given()? {
            return self.or(path);
        }
        let name = self.input.as_ref().map(|input| format!("{input}=")).unwrap_or_default();
        Err(Error::Data(format!("no data is given; name it by --data {name}PATH")))
    }

    fn given(&self) -> Result<Option<PathBuf>> {
        let mut paths = self.paths.iter().filter(|(input, _)| input.is_none() || *input == self.input);
        let first = paths.next();
        match (first, paths.next()) {
            (Some((_, first)), Some((_, second))) => {
                let of = self.input.as_ref().map(|input| format!(" for input `{input}`")).unwrap_or_default();
                Err(Error::Data(format!("--data gives {} and {}{of}; give one", first.display(), second.display())))
            }
            (first, _) => Ok(first.map(|(_, path)| path.clone())),
        }
    }

    /// The same for a graph with these inputs: of a single one no path needs to name it, of several every path does.
    #[cfg(feature = "cli")]
    pub(super) fn for_inputs(mut self, inputs: &[&str]) -> Result<Self> {
        for (input, path) in &mut self.paths {
            let listed = inputs.join(", ");
            match input {
                Some(name) if !inputs.contains(&name.as_str()) => {
                    let problem = format!("--data names input `{name}`; the inputs of the graph are {listed}");
                    return Err(Error::Unknown { what: "input", name: name.clone(), problem });
                }
                None if inputs.len() > 1 => {
                    let path = path.display();
                    return Err(Error::Data(format!(
                        "--data {path} names no input; write --data INPUT={path} with one of {listed}"
                    )));
                }
                _ if inputs.len() == 1 => *input = None,
                _ => {}
            }
        }
        Ok(self)
    }
}

/// Whether a text can be the name of an input.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(given: &[&str]) -> Source {
        Source::new(given.iter().map(|text| (*text).to_owned()))
    }

    #[test]
    fn the_command_line_is_asked_first() {
        let here = env!("CARGO_MANIFEST_DIR");
        assert_eq!(source(&[]).or(here).unwrap(), Path::new(here));
        assert_eq!(source(&[here]).or("/nowhere").unwrap(), Path::new(here));
        assert_eq!(source(&[&format!("pulse={here}")]).input("pulse").or("/nowhere").unwrap(), Path::new(here));
        let error = source(&[]).or("/nowhere").unwrap_err().to_string();
        assert_eq!(error, "/nowhere: is not there; name the data by --data PATH");
        let error = source(&["pulse=/nowhere"]).input("pulse").or(here).unwrap_err().to_string();
        assert_eq!(error, "/nowhere: is not there; name the data by --data pulse=PATH");
        let error = source(&["image=a"]).input("pulse").required().unwrap_err().to_string();
        assert_eq!(error, "no data is given; name it by --data pulse=PATH");
        let error = source(&["a", "b"]).or(here).unwrap_err().to_string();
        assert_eq!(error, "--data gives a and b; give one");
    }
}
