//! Each form, with what attackers write into fields.

use super::*;

fn page(format: Format, terminal: Option<u16>, rows: &[&[&str]]) -> String {
    let header: Vec<String> = ["event", "target"].map(str::to_owned).to_vec();
    let mut page = Page::new(format, header, terminal);
    let kept: Vec<_> = rows.iter().map(|row| page.cells(row)).collect();
    let mut out = page.head();
    for row in &kept {
        page.row(row, &mut out);
    }
    out.extend_from_slice(page.tail());
    String::from_utf8(out).unwrap()
}

#[test]
fn csv_is_read_back_as_it_was_and_no_cell_is_a_formula() {
    let hostile =
        ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a,b", "a;=1", "say \"x\"", "a\nb", " ="];
    let rows: Vec<[&str; 2]> = hostile.iter().map(|cell| ["x", *cell]).collect();
    let rows: Vec<&[&str]> = rows.iter().map(|row| &row[..]).collect();
    let text = page(Format::Csv, None, &rows);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["event", "target"]);
    let cells: Vec<String> = reader.records().map(|record| record.unwrap()[1].to_owned()).collect();
    assert_eq!(cells.len(), hostile.len());
    for (cell, source) in cells.iter().zip(hostile) {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
        assert_eq!(cell.strip_prefix('\'').unwrap_or(cell), source);
    }
    assert_eq!(page(Format::Csv, None, &[&["-", ""]]), "event,target\n-,\n");
}

#[test]
fn markdown_keeps_its_table() {
    let text = page(Format::Md, None, &[&["a|b", "c\nd`<img>"]]);
    assert_eq!(text, "| event | target |\n| --- | --- |\n| a\\|b | c\\\\nd\\`\\<img> |\n");
}

#[test]
fn a_table_is_aligned_and_cut_to_the_terminal() {
    let rows: &[&[&str]] = &[&["a", "short"], &["Longer", "日本語 x"]];
    assert_eq!(
        page(Format::Table, None, rows),
        "event   target\na       short\nLonger  日本語 x\n"
    );
    let long: &[&[&str]] = &[&["DescribeInstances", "arn:aws:iam::1:user/the-very-tail"]];
    let text = page(Format::Table, Some(30), long);
    assert!(text.lines().all(|line| line.width() <= 30), "{text}");
    assert!(text.contains("very-tail"), "{text}");
    assert!(page(Format::Table, Some(3), long).lines().all(|line| line.width() <= 3));
    assert!(page(Format::Table, Some(0), long).lines().all(str::is_empty));
    let hostile = page(Format::Table, None, &[&["\u{1b}[2J\tx", "a\u{202e}\nb"]]);
    assert_eq!(hostile.lines().last(), Some("\\u001b[2J\\tx  a\\u202e\\nb"));
}

#[test]
fn json_is_json_and_empty_is_an_empty_array() {
    assert_eq!(page(Format::Json, None, &[]), "[]\n");
    let text = page(Format::Json, None, &[&["a", "b\"c"], &["d", "e"]]);
    assert_eq!(
        text,
        "[\n{\"event\":\"a\",\"target\":\"b\\\"c\"},\n{\"event\":\"d\",\"target\":\"e\"}\n]\n"
    );
}

#[test]
fn records_stay_as_in_the_source_in_a_pipe_and_are_escaped_for_a_terminal() {
    let raw = "{ \"b\" : 1.50, \"a\":\"\u{202e}x\\u202e\\n\u{9b}\" }";
    let into = |terminal| {
        let page = Page::new(Format::Ndjson, vec![], terminal);
        String::from_utf8(page.record(raw.as_bytes())).unwrap()
    };
    assert_eq!(into(None), "{\"b\":1.50,\"a\":\"\u{202e}x\\u202e\\n\u{9b}\"}");
    assert_eq!(into(Some(80)), "{\"b\":1.50,\"a\":\"\\u202ex\\u202e\\n\\u009b\"}");
    let page = Page::new(Format::Ndjson, vec![], None);
    assert_eq!(page.record(b"{\"a\": \"\xff\"}"), b"{\"a\":\"\xff\"}");
}
