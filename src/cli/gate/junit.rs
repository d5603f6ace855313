//! The gate's answer as a JUnit report, which every CI server shows: a case for each run, and one for
//! the decision.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::change::escape_ascii;
use crate::gate::{Report, RunReport, Standing};
use crate::policy::{Decision, Reason};

/// How a case ended, and the words for it.
enum Ending<'a> {
    Passed,
    /// Passed, by break-glass: the words for it.
    Broke(String),
    Skipped,
    Failed(&'a [Reason]),
    Broken(&'a [Reason]),
}

/// The document.
pub(super) fn document(report: &Report) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let cases = cases(report);
    let count = |is: fn(&Ending<'_>) -> bool| cases.iter().filter(|(_, end)| is(end)).count();
    let counts = [
        ("tests", cases.len()),
        ("failures", count(|end| matches!(end, Ending::Failed(_)))),
        ("errors", count(|end| matches!(end, Ending::Broken(_)))),
        ("skipped", count(|end| matches!(end, Ending::Skipped))),
    ];
    let suite = report.target.as_deref().unwrap_or("countersign");
    for (tag, name) in [("testsuites", "countersign gate"), ("testsuite", suite)] {
        let mut start = BytesStart::new(tag);
        start.push_attribute(("name", &*text(name)));
        for (key, number) in counts {
            start.push_attribute((key, &*number.to_string()));
        }
        xml.write_event(Event::Start(start))?;
    }
    for (name, ending) in &cases {
        case(&mut xml, suite, name, ending)?;
    }
    for tag in ["testsuite", "testsuites"] {
        xml.write_event(Event::End(BytesEnd::new(tag)))?;
    }
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn cases(report: &Report) -> Vec<(String, Ending<'_>)> {
    let runs = report
        .runs
        .iter()
        .map(|run| (run.last.to_string(), of_run(run)));
    let whole = match report.decision {
        Decision::Allow if report.break_glass => Ending::Broke("ALLOW_BREAK_GLASS".to_owned()),
        Decision::Allow => Ending::Passed,
        Decision::Error => Ending::Broken(&report.reasons),
        Decision::Pending | Decision::Deny => Ending::Failed(&report.reasons),
    };
    runs.chain([("decision".to_owned(), whole)]).collect()
}

fn of_run(run: &RunReport) -> Ending<'_> {
    if let Some(broken) = &run.break_glass {
        return Ending::Broke(format!("ALLOW_BREAK_GLASS {}", broken.warning()));
    }
    match run.standing {
        Standing::Satisfied | Standing::Restored | Standing::Overridden => Ending::Passed,
        Standing::NotApplicable | Standing::BeforeRoot => Ending::Skipped,
        Standing::Unsatisfied => Ending::Failed(&run.reasons),
        Standing::Error => Ending::Broken(&run.reasons),
    }
}

fn case(xml: &mut Writer<Vec<u8>>, class: &str, name: &str, ending: &Ending<'_>) -> io::Result<()> {
    let mut start = BytesStart::new("testcase");
    start.push_attribute(("classname", &*text(class)));
    start.push_attribute(("name", &*text(name)));
    let (tag, reasons) = match ending {
        Ending::Passed => return xml.write_event(Event::Empty(start)),
        Ending::Broke(words) => return told(xml, start, words),
        Ending::Skipped => ("skipped", None),
        Ending::Failed(reasons) => ("failure", Some(*reasons)),
        Ending::Broken(reasons) => ("error", Some(*reasons)),
    };
    xml.write_event(Event::Start(start))?;
    let mut inner = BytesStart::new(tag);
    match reasons {
        None => xml.write_event(Event::Empty(inner))?,
        Some(reasons) => {
            let first = reasons.first().map(|reason| reason.id.as_str());
            inner.push_attribute(("type", first.unwrap_or("E-UNAPPROVED")));
            inner.push_attribute(("message", &*text(&said(reasons.first()))));
            xml.write_event(Event::Start(inner))?;
            let lines: Vec<String> = reasons.iter().map(|one| said(Some(one))).collect();
            xml.write_event(Event::Text(BytesText::new(&text(&lines.join("\n")))))?;
            xml.write_event(Event::End(BytesEnd::new(tag)))?;
        }
    }
    xml.write_event(Event::End(BytesEnd::new("testcase")))
}

/// A case that passed, with something to say.
fn told(xml: &mut Writer<Vec<u8>>, start: BytesStart<'_>, words: &str) -> io::Result<()> {
    xml.write_event(Event::Start(start))?;
    xml.write_event(Event::Start(BytesStart::new("system-out")))?;
    xml.write_event(Event::Text(BytesText::new(&text(words))))?;
    xml.write_event(Event::End(BytesEnd::new("system-out")))?;
    xml.write_event(Event::End(BytesEnd::new("testcase")))
}

fn said(reason: Option<&Reason>) -> String {
    reason.map_or_else(
        || "a run of the range may not go".to_owned(),
        ToString::to_string,
    )
}

/// XML has no place for control characters, whoever wrote them.
fn text(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| escape_ascii(line)).collect();
    lines.join("\n")
}
