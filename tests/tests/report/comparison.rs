//! Studies that are compared over the same folds: numbers of scipy and statsmodels, as a value, a table and a page.

use std::fs;

use modularml::experiment::{Comparison, OverFolds};
use serde_json::json;

use super::markup;
use super::studies::Scratch;

/// Five folds of a fifth of the rows, of some division.
pub fn over(by_fold: [f64; 5], pooled: f64, rows: &str) -> OverFolds {
    let mean = by_fold.iter().sum::<f64>() / 5.0;
    let squares: f64 = by_fold.iter().map(|value| (value - mean).powi(2)).sum();
    let division = json!({ "rows": rows, "share": 0.25, "is_left_out": true });
    let deviation = (squares / 4.0).sqrt();
    let over =
        json!({ "mean": mean, "deviation": deviation, "by_fold": by_fold, "pooled": pooled, "division": division });
    serde_json::from_value(over).unwrap()
}

const MLP: [f64; 5] = [0.31, 0.28, 0.35, 0.30, 0.26];
const RIDGE: [f64; 5] = [0.36, 0.35, 0.39, 0.33, 0.33];
const FOREST: [f64; 5] = [0.32, 0.26, 0.36, 0.33, 0.27];
const MEAN: [f64; 5] = [0.52, 0.61, 0.49, 0.55, 0.58];

pub fn of_four() -> Comparison {
    Comparison::of("mlp", &over(MLP, 0.302, "a"))
        .unwrap()
        .with("ridge", &over(RIDGE, 0.353, "a"))
        .unwrap()
        .with("forest", &over(FOREST, 0.311, "a"))
        .unwrap()
        .with("mean", &over(MEAN, 0.552, "a"))
        .unwrap()
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
}

// scipy.stats.t.interval(.., 4, mean, s * sqrt(1/5 + 1/4)), 2 * scipy.stats.t.sf(t, 4), statsmodels' multipletests(method="holm")
#[test]
fn differences_are_those_of_scipy() {
    let compared = of_four();
    let differences: Vec<_> = compared.studies().iter().filter_map(|study| study.difference).collect();
    let expected = [
        [
            0.052,
            0.018_682_658_737_626_534,
            0.085_317_341_262_373_48,
            0.012_317_352_470_240_316,
            0.027_636_191_362_193_183,
        ],
        [0.008, -0.025_317_341_262_373_547, 0.041_317_341_262_373_56, 0.541_469_739_275_585_2, 0.541_469_739_275_585_2],
        [
            0.25,
            0.102_756_762_889_183_26,
            0.397_243_237_110_816_77,
            0.009_212_063_787_397_728,
            0.027_636_191_362_193_183,
        ],
    ];
    assert_eq!(differences.len(), expected.len());
    for (found, [mean, low, high, p_value, holm]) in differences.iter().zip(expected) {
        near(found.mean, mean);
        near(found.interval.0, low);
        near(found.interval.1, high);
        near(found.p_value, p_value);
        near(found.holm, holm);
    }
    let compared = compared.against("ridge").unwrap().confidence(0.9).unwrap();
    assert_eq!(compared.baseline().unwrap().name, "ridge");
    let of = |place: usize| compared.studies()[place].difference;
    assert_eq!(of(1), None);
    near(of(0).unwrap().interval.0, -0.077_582_161_435_919_78);
    near(of(2).unwrap().interval.1, 0.004_073_026_858_195_494);
    near(of(3).unwrap().p_value, 0.011_780_275_312_668_786);
    near(of(0).unwrap().holm, 0.035_340_825_938_006_36);
    near(of(2).unwrap().holm, 0.122_784_524_844_143_86);
}

#[test]
fn what_cannot_be_compared_is_refused_in_words() {
    let (mlp, other) = (over(MLP, 0.3, "a"), over(RIDGE, 0.3, "b"));
    let compared = Comparison::of("mlp", &mlp).unwrap();
    let same: OverFolds = {
        let mut same = serde_json::to_value(&mlp).unwrap();
        same["division"]["is_left_out"] = false.into();
        serde_json::from_value(same).unwrap()
    };
    let single: OverFolds = {
        let mut single = serde_json::to_value(&mlp).unwrap();
        single["by_fold"] = json!([0.3]);
        serde_json::from_value(single).unwrap()
    };
    for (refused, expected) in [
        (
            compared.clone().with("ridge", &other),
            "study `ridge`: 5 folds and 5 folds are of other rows; compare studies",
        ),
        (compared.clone().with("mlp", &mlp), "there is a study `mlp` already; give each a name of its own"),
        (compared.clone().against("rigde"), "no study `rigde` is compared; there are mlp"),
        (compared.confidence(95.0), "a confidence lies between 0 and 1, as 0.95 does; 95 does not"),
        (Comparison::of("test", &same), "study `test`: all folds measure the same rows here"),
        (Comparison::of("one", &single), "study `one`: one fold has no deviation; make several"),
    ] {
        let refused = refused.unwrap_err().to_string();
        assert!(refused.starts_with(expected), "{refused}");
    }
}

#[test]
fn a_comparison_is_shown_as_tables() {
    let two = Comparison::of("mlp", &over(MLP, 0.302, "a")).unwrap();
    assert_eq!(two.to_string().lines().next(), Some("study    mean  deviation  over all rows"));
    let two = two.with("ridge", &over(RIDGE, 0.353, "a")).unwrap().titled("RMSE of cells");
    let expected = "\
RMSE of cells
study    mean  deviation  over all rows  difference to mlp      95 % interval  p value
mlp    0.3000     0.0339         0.3020                                               
ridge  0.3520     0.0249         0.3530             0.0520   0.0187 to 0.0853   0.0123";
    let squeezed = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&two.to_string()), words(expected));
    let widths: Vec<usize> = two.to_string().lines().skip(1).map(|line| line.chars().count()).collect();
    assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{widths:?}");
    assert!(format!("{two:.2}").contains("0.35"));
    // As it stands in the document.
    let document = include_str!("../../../docs/folds.md");
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert!(document.contains(&trimmed(&of_four().to_string())), "{}", of_four());
    let four = of_four().titled("a|b");
    assert!(four.to_string().lines().nth(1).unwrap().ends_with("after Holm"));
    let markdown = four.to_markdown();
    assert_eq!(
        squeezed(&markdown)[..5],
        [
            "**a\\|b**",
            "",
            "| study | mean | deviation | over all rows | difference to mlp | 95 % interval | p value | after Holm |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            "| mlp | 0.3000 | 0.0339 | 0.3020 |  |  |  |  |",
        ]
    );
    assert!(
        markdown.contains("| forest | 0.3080 | 0.0421 | 0.3110 | 0.0080 | -0.0253 to 0.0413 | 0.5415 | 0.5415 |\n")
    );
}

#[test]
fn a_comparison_is_written_with_all_digits() {
    let scratch = Scratch::new("comparison");
    let compared = of_four();
    compared.write_csv(scratch.0.join("studies.csv")).unwrap();
    let text = fs::read_to_string(scratch.0.join("studies.csv")).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(
        lines[0].join(","),
        "study,mean,deviation,pooled,difference,difference_low,difference_high,confidence,p_value,p_holm,fold_0,fold_1,fold_2,\
         fold_3,fold_4"
    );
    assert_eq!(lines.len(), 5);
    assert_eq!((lines[1][0], lines[1][4], lines[1][9]), ("mlp", "", ""));
    for (line, study) in lines[1..].iter().zip(compared.studies()) {
        let number = |column: usize| line[column].parse::<f64>().ok().map(f64::to_bits);
        assert_eq!(line[0], study.name);
        assert_eq!(number(1), Some(study.value.mean.to_bits()));
        assert_eq!(number(5), study.difference.map(|it| it.interval.0.to_bits()));
        assert_eq!(number(8), study.difference.map(|it| it.p_value.to_bits()));
        assert_eq!(number(14), Some(study.value.by_fold[4].to_bits()));
    }
}

#[test]
fn a_page_shows_all_studies_whatever_their_names() {
    let scratch = Scratch::new("compared-page");
    let mut compared = of_four().titled("RMSE, <b>raw</b> units");
    compared.write_html(scratch.0.join("studies.html")).unwrap();
    let page = fs::read_to_string(scratch.0.join("studies.html")).unwrap();
    markup::check(&page);
    let texts = markup::texts(&page);
    for expected in [
        "4 studies over 5 folds RMSE, <b>raw</b> units",
        "difference to mlp 95 % interval p value after Holm",
        "ridge 0.352 0.0249 0.353 0.052 0.01868 to 0.08532 0.01232 0.02764",
        "Nadeau and Bengio",
        "Holm",
        "fold mlp ridge forest mean 0 0.31 0.36 0.32 0.52",
    ] {
        assert!(texts.contains(expected), "{expected}: {texts}");
    }
    // One picture, for a wide page and a narrow one.
    assert_eq!(page.matches("role=\"img\"").count(), 2);
    // Of more studies each beside the baseline; a value that is not finite is told.
    let mut broken = over(MLP, 0.3, "a");
    (broken.by_fold[1], broken.mean, broken.deviation) = (f64::NAN, f64::NAN, f64::NAN);
    compared = compared.with("\"><script>", &broken).unwrap();
    let page = compared.to_html();
    markup::check(&page);
    let texts = markup::texts(&page);
    assert_eq!(page.matches("role=\"img\"").count(), 4);
    assert!(texts.contains("1 value of \"><script> cannot be drawn: not finite."), "{texts}");
    assert!(compared.studies()[4].difference.unwrap().holm.is_nan());
}
