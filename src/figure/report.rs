//! Figures of many tweets as pages that a browser shows without a network and without scripts.

use std::fmt::Write as _;

use super::svg::escaped;

/// How the pages look.
const STYLE: &str = include_str!("report.css");

/// What all pages of a report share.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// What the report is about.
    pub title: String,
    /// Names and values: where everything comes from.
    pub facts: Vec<(String, String)>,
    /// What has to be kept in mind.
    pub remarks: Vec<String>,
}

/// One tweet of a report.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Its words.
    pub text: String,
    /// Its figures as SVG.
    pub figures: Vec<String>,
    /// What stood in the way of more.
    pub problem: Option<String>,
}

/// A place in a row of pages.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// Number of the page, from 0.
    pub number: usize,
    /// File names of all pages.
    pub files: &'a [String],
}

/// One page as HTML.
pub fn page(head: &Head, entries: &[Entry], place: &Place<'_>) -> String {
    let title = escaped(&head.title);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n<dl>\n"
    );
    // Writing to a string cannot fail.
    for (name, value) in &head.facts {
        let _ = writeln!(out, "<dt>{}</dt><dd dir=\"auto\">{}</dd>", escaped(name), escaped(value));
    }
    out.push_str("</dl>\n");
    for remark in &head.remarks {
        let _ = writeln!(out, "<p class=\"remark\">{}</p>", escaped(remark));
    }
    out.push_str("</header>\n");
    let pages = pages(place);
    let _ = write!(out, "{pages}<nav class=\"index\">\n<h2>Tweets</h2>\n<ol>\n");
    for (number, entry) in entries.iter().enumerate() {
        let _ = writeln!(
            out,
            "<li><a href=\"#t{number}\">{}</a> <span dir=\"auto\">{}</span></li>",
            escaped(&entry.id),
            escaped(&entry.text)
        );
    }
    out.push_str("</ol>\n</nav>\n<main>\n");
    for (number, entry) in entries.iter().enumerate() {
        let _ = writeln!(out, "<section id=\"t{number}\">\n<h2>{}</h2>", escaped(&entry.id));
        if let Some(problem) = &entry.problem {
            let _ = writeln!(out, "<p class=\"problem\">{}</p>", escaped(problem));
        }
        for figure in &entry.figures {
            let _ = write!(out, "<figure>\n{figure}</figure>\n");
        }
        out.push_str("</section>\n");
    }
    let _ = write!(out, "</main>\n{pages}</body>\n</html>\n");
    out
}

/// Links to the other pages; nothing where there is only one.
fn pages(place: &Place<'_>) -> String {
    let last = place.files.len().saturating_sub(1);
    if last == 0 {
        return String::new();
    }
    let mut out = String::from("<nav class=\"pages\">\n");
    let near = place.number.saturating_sub(4)..=(place.number + 4).min(last);
    let shown = std::iter::once(0).chain(near).chain(std::iter::once(last));
    let mut before = None;
    for number in shown {
        if before.is_some_and(|before| number <= before) {
            continue;
        }
        if before.is_some_and(|before| number > before + 1) {
            out.push_str("… ");
        }
        let _ = if number == place.number {
            writeln!(out, "<strong>{}</strong>", number + 1)
        } else {
            writeln!(out, "<a href=\"{}\">{}</a>", escaped(&place.files[number]), number + 1)
        };
        before = Some(number);
    }
    out.push_str("</nav>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_an_index_and_nothing_from_elsewhere() {
        let head = Head {
            title: "a < b".into(),
            facts: vec![("model".into(), "\"m\"".into())],
            remarks: vec!["keep in mind".into()],
        };
        let entry = Entry {
            id: "t:1<".into(),
            text: "שלום & co".into(),
            figures: vec!["<svg></svg>\n".into()],
            problem: Some("no image".into()),
        };
        let files: Vec<String> = (0..20).map(|number| format!("r-{number}.html")).collect();
        let page = page(&head, &[entry], &Place { number: 10, files: &files });
        for part in
            ["a &lt; b", "&quot;m&quot;", "href=\"#t0\">t:1&lt;</a>", "id=\"t0\"", "<svg>", "no image", "&amp; co"]
        {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("<script") && !page.contains("http") && !page.contains("@import"));
        assert!(page.contains("r-0.html") && page.contains("r-19.html") && page.contains("<strong>11</strong>"));
        assert!(!page.contains("r-3.html") && page.contains("r-6.html"));
    }

    #[test]
    fn a_single_page_has_no_links_to_others() {
        let files = ["r.html".to_owned()];
        let page = page(&Head::default(), &[], &Place { number: 0, files: &files });
        assert!(!page.contains("class=\"pages\""));
    }
}
