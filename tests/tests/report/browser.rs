//! Pages in a real browser, where one is installed: in light and dark, from a telephone to a wide screen.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use modularml::record::RunRecord;
use serde_json::Value;

use super::comparison::{of_four, over};
use super::folds::of_three;
use super::studies::{Scratch, birds, chain, killed, pulses, signs, unmeasured};

/// Names under which the browser is looked for.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// How wide pages are shown.
const WIDTHS: [u32; 4] = [320, 360, 800, 1280];

fn installed() -> Option<&'static str> {
    let runs = |name: &&str| {
        let version = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        version.is_ok_and(|status| status.success())
    };
    BROWSERS.into_iter().find(runs)
}

fn chromium(name: &str, profile: &Path) -> Command {
    let mut command = Command::new(name);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]);
    command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
    command.args(["--hide-scrollbars", "--enable-logging=stderr"]);
    command.arg(format!("--user-data-dir={}", profile.display()));
    command
}

#[test]
fn pages_can_be_read_in_a_browser_of_any_width_in_light_and_dark() {
    let Some(browser) = installed() else {
        println!("skipped: none of {} is installed", BROWSERS.join(", "));
        return;
    };
    let scratch = Scratch::new("browser");
    let at = |name: &str| scratch.0.join(name);
    let mut folders = Vec::new();
    let mut ran = |name: &'static str, run: &mut dyn FnMut(&Path)| {
        run(&at(name));
        folders.push((name, RunRecord::all(at(name)).unwrap().remove(0).path().to_owned()));
    };
    ran("classes", &mut |folder| drop(birds().run_in(folder).unwrap()));
    ran("numbers", &mut |folder| drop(pulses().run_in(folder).unwrap()));
    ran("signs", &mut |folder| drop(signs().run_in(folder).unwrap()));
    ran("deep", &mut |folder| drop(chain(20, 1, 1e-9).run_in(folder).unwrap()));
    ran("large", &mut |folder| drop(chain(200, 1, 1e-9).run_in(folder).unwrap()));
    ran("failed", &mut |folder| drop(chain(3, 5, 1e25).run_in(folder).unwrap_err()));
    ran("unmeasured", &mut |folder| drop(unmeasured().run_in(folder).unwrap()));
    let stopped = killed(&folders[0].1, &at("killed"));
    RunRecord::open(&stopped).unwrap().write_report().unwrap();
    folders.push(("killed", stopped));
    let hostile = Scratch(at("hostile"));
    super::hostile(&hostile);
    hostile.run().write_report().unwrap();
    folders.push(("hostile", hostile.run().path().to_owned()));

    let mut pages: Vec<(&str, String)> =
        folders.iter().map(|(name, folder)| (*name, fs::read_to_string(folder.join("report.html")).unwrap())).collect();
    let of_four = of_four().titled("RMSE of cells that were left out, in raw units");
    pages.push(("folds", of_three().report()));
    pages.push(("compared", of_four.to_html()));
    let fifth = over([0.3, 0.35, 0.3, 0.4, 0.3], 0.3, "a");
    pages.push(("compared more", of_four.with("a".repeat(500), &fifth).unwrap().to_html()));
    let problems = problems(browser, &scratch.0, &pages);
    assert!(problems.is_empty(), "{}", problems.join("\n"));

    // Pages that are wrong are found to be.
    let bad = [
        ("wide", "<h1>a</h1><div style='width: 2000px'>b</div>", "it is 2"),
        ("pale", "<h1>a</h1><p style='color: #999; background: #fff'>b</p>", "has contrast 2.8"),
        ("fetching", "<h1>a</h1><img src='http://127.0.0.1:9/x.png'>", "it fetches something"),
        (
            "cut",
            "<h1>a</h1><svg aria-label='b' width='50' height='20'><text x='30' y='15'>too long</text></svg>",
            "out of its picture",
        ),
        (
            "over",
            "<h1>a</h1><svg aria-label='b' width='90' height='40'><text x='2' y='20'>one</text><text x='4' y='20'>two</text></svg>",
            "lie over each other",
        ),
        ("mute", "<h1>a</h1><svg width='9' height='9'></svg>", "a picture has no words"),
        ("empty", "<p>a</p>", "it has not loaded"),
    ];
    let pages: Vec<(&str, String)> =
        bad.iter().map(|(name, body, _)| (*name, format!("<!DOCTYPE html>{body}"))).collect();
    let problems = self::problems(browser, &scratch.0, &pages);
    for (name, _, expected) in bad {
        let mut of_page = problems.iter().filter(|problem| problem.starts_with(name));
        assert!(of_page.any(|problem| problem.contains(expected)), "{name}: {}", problems.join("\n"));
    }
}

/// What a browser finds to be wrong with pages, each in all widths and schemes.
fn problems(browser: &str, folder: &Path, pages: &[(&str, String)]) -> Vec<String> {
    let mut frames = String::new();
    for (name, page) in pages {
        let page = page.replace('&', "&amp;").replace('"', "&quot;");
        for width in WIDTHS {
            for scheme in ["light", "dark"] {
                let _ = writeln!(
                    frames,
                    "<iframe data-page=\"{name}\" data-width=\"{width}\" data-scheme=\"{scheme}\" style=\"width: {width}px; \
                     height: 900px; border: 0; color-scheme: {scheme}\" srcdoc=\"{page}\"></iframe>"
                );
            }
        }
    }
    let probe = folder.join("probe.html");
    let script = include_str!("probe.js");
    fs::write(&probe, format!("<!DOCTYPE html><meta charset=utf-8><body>{frames}<script>{script}</script></body>"))
        .unwrap();
    let shown = chromium(browser, &folder.join("profile"))
        .args(["--dump-dom", "--virtual-time-budget=20000", "--window-size=1400,1000"])
        .arg(format!("file://{}", probe.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&shown.stdout);
    let errors = String::from_utf8_lossy(&shown.stderr);
    let found = dom.split_once("<pre id=\"found\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let (found, _) = found.unwrap_or_else(|| panic!("the browser showed nothing: {dom}\n{errors}"));
    let found = found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found["frames"], pages.len() * WIDTHS.len() * 2);
    let listed = found["found"].as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned);
    let told = errors.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned);
    listed.chain(told).collect()
}
