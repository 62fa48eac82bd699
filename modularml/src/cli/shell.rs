//! Lines that a shell runs.

use super::arguments::Common;

/// The program with what it was told of data and device.
pub(super) fn again(common: &Common) -> String {
    let program = std::env::args_os().next().map_or_else(|| "study".to_owned(), |it| it.to_string_lossy().into_owned());
    let data = common.data.iter().flat_map(|path| ["--data", path]);
    let device = common.device.iter().flat_map(|device| ["--device", device]);
    let set = common.set.iter().flat_map(|set| ["--set", set]);
    let words = std::iter::once(program.as_str()).chain(data).chain(set).chain(device);
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

/// What this process was started by.
pub(super) fn command_line() -> String {
    std::env::args_os().map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

/// A word as a shell reads it back.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./=:,+@%".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_reads_back_what_is_quoted() {
        assert_eq!(quoted("runs/2026-11-30T04-10-32Z-4f1c2a"), "runs/2026-11-30T04-10-32Z-4f1c2a");
        assert_eq!(quoted("my runs"), "'my runs'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
