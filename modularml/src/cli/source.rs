//! Where the data of a study comes from.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

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
#[derive(Clone, Debug)]
pub struct Source {
    /// With the input that each is of, where one is named.
    paths: Vec<(Option<String>, PathBuf)>,
    /// What stands before a path where it is given: `--data `, or nothing.
    flag: &'static str,
    input: Option<String>,
    /// Which paths were asked for, by this and all that come of it.
    asked: Rc<RefCell<BTreeSet<usize>>>,
}

impl Source {
    /// The paths as `--data` gives them, `PATH` or `INPUT=PATH`.
    pub fn new(given: impl IntoIterator<Item = String>) -> Self {
        Self::behind("--data ", given)
    }

    /// The paths as they are given behind a flag.
    pub(super) fn behind(flag: &'static str, given: impl IntoIterator<Item = String>) -> Self {
        let paths = given.into_iter().map(|text| match text.split_once('=') {
            // A path that holds `=` and is there is meant as it stands.
            Some((input, path)) if is_name(input) && !Path::new(&text).exists() => {
                (Some(input.to_owned()), path.into())
            }
            _ => (None, text.into()),
        });
        Self { paths: paths.collect(), flag, input: None, asked: Rc::default() }
    }

    /// The paths of one of several inputs, `--data pulse=PATH`.
    #[must_use]
    pub fn input(&self, name: &str) -> Self {
        Self { input: Some(name.to_owned()), ..self.clone() }
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
        let problem = format!("is not there; name the data by {}", self.form());
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
        Err(Error::Data(format!("no data is given; name it by {}", self.form())))
    }

    /// How a path is given: `--data pulse=PATH`.
    fn form(&self) -> String {
        let input = self.input.as_ref().map(|input| format!("{input}=")).unwrap_or_default();
        format!("{}{input}PATH", self.flag)
    }

    fn given(&self) -> Result<Option<PathBuf>> {
        let all = self.paths.iter().enumerate();
        let mut paths = all.filter(|(_, (input, _))| input.is_none() || *input == self.input);
        let first = paths.next();
        match (first, paths.next()) {
            (Some((_, (_, first))), Some((_, (_, second)))) => {
                let of = self.input.as_ref().map(|input| format!(" for input `{input}`")).unwrap_or_default();
                let (first, second) = (first.display(), second.display());
                Err(Error::Data(format!("{}{first} and {}{second} are given{of}; give one", self.flag, self.flag)))
            }
            (Some((place, (_, path))), None) => {
                self.asked.borrow_mut().insert(place);
                Ok(Some(path.clone()))
            }
            (None, _) => Ok(None),
        }
    }

    /// The same for a graph with these inputs: of a single one no path needs to name it, of several every path does.
    #[cfg(feature = "cli")]
    pub(super) fn for_inputs(mut self, inputs: &[&str]) -> Result<Self> {
        let flag = self.flag;
        for (input, path) in &mut self.paths {
            let (listed, path) = (inputs.join(", "), path.display());
            match input {
                Some(name) if !inputs.contains(&name.as_str()) => {
                    let problem =
                        format!("{flag}{name}={path} names input `{name}`; the inputs of the graph are {listed}");
                    return Err(Error::Unknown { what: "input", name: name.clone(), problem });
                }
                None if inputs.len() > 1 => {
                    return Err(Error::Data(format!(
                        "{flag}{path} names no input; write {flag}INPUT={path} with one of {listed}"
                    )));
                }
                _ if inputs.len() == 1 => *input = None,
                _ => {}
            }
        }
        Ok(self)
    }

    /// Refuses a path that was given and that nobody has asked for.
    #[cfg(feature = "cli")]
    pub(super) fn check_asked(&self) -> Result<()> {
        let asked = self.asked.borrow();
        let Some((_, (input, path))) = self.paths.iter().enumerate().find(|(place, _)| !asked.contains(place)) else {
            return Ok(());
        };
        let input = input.as_ref().map(|input| format!("{input}=")).unwrap_or_default();
        let path = path.display();
        Err(Error::Data(format!(
            "{}{input}{path} is given, and this program reads no such data: its closure asks by source.input(\"..\")",
            self.flag
        )))
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
        assert_eq!(error, "--data a and --data b are given; give one");
    }
}
