//! Where a run ran, and of what.

use super::contents::Contents;
use super::html::{Html, short};
use super::number::{counted, duration};

/// Writes the section.
pub(super) fn section(html: &mut Html, contents: &Contents<'_>) {
    html.element("dl", &[("class", "lines")], |html| {
        for (name, text) in lines(contents).into_iter().filter(|(_, text)| !text.is_empty()) {
            html.say("dt", &[], &name);
            html.element("dd", &[], |html| html.say("code", &[], &short(&text, 1000)));
        }
    });
    html.element("details", &[], |html| {
        html.say("summary", &[], "Digests of the data");
        html.element("dl", &[("class", "lines")], |html| {
            for (input, columns) in &contents.manifest.data {
                for (column, digest) in columns {
                    html.say("dt", &[], &short(&format!("{input}.{}", column.trim_start_matches('.')), 120));
                    html.element("dd", &[], |html| html.say("code", &[], &short(digest, 100)));
                }
            }
        });
    });
}

/// What is told of it, by name.
pub(super) fn lines(contents: &Contents<'_>) -> Vec<(String, String)> {
    let manifest = contents.manifest;
    let versions = manifest.versions.iter().map(|(name, version)| format!("{name} {version}")).collect::<Vec<_>>();
    let machine = &manifest.machine;
    let features =
        if machine.features.is_empty() { String::new() } else { format!(", {}", machine.features.join(", ")) };
    let fold = if manifest.fold > 0 { manifest.fold.to_string() } else { String::new() };
    let resumed = contents.resumed.iter().map(|from| format!("from {from}")).collect::<Vec<_>>().join(", ");
    let line = |name: &str, text: String| (name.to_owned(), text);
    vec![
        line("folder", contents.name.clone()),
        line("seed", manifest.seed.to_string()),
        line("fold", fold),
        line("versions", versions.join(", ")),
        line("compiler", machine.rustc.clone()),
        line("system", format!("{}{features}", machine.system)),
        line("threads", machine.threads.to_string()),
        line("device", machine.device.clone()),
        line("command", manifest.command.join(" ")),
        line("started", manifest.started.clone()),
        line("ended", manifest.ended.clone().unwrap_or_else(|| "no end is recorded".to_owned())),
        line("first to last event", contents.seconds.map(duration).unwrap_or_default()),
        line(
            "resumed",
            if resumed.is_empty() { resumed } else { format!("{}: {resumed}", times(contents.resumed.len())) },
        ),
        line("digest of the description", manifest.description_digest.clone()),
        line("digest of the weights", manifest.weights_digest.clone().unwrap_or_default()),
    ]
}

fn times(count: usize) -> String {
    counted(count, "time", "times")
}
