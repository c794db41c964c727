//! What `y` copies.

use std::fmt::Write as _;

use crate::app::ask;
use crate::app::state::App;
use crate::command::action::Action;
use crate::command::effect::Effect;
use crate::event::field::Column;
use crate::event::json::Json;
use crate::event::secret::masked;
use crate::export::safe;
use crate::pane::contract::Asked;
use crate::store::snapshot::RowRef;

/// Copies what an action takes from the selected row; says so where there is nothing.
pub(crate) fn copy_row(app: &mut App, action: Action) -> Vec<Effect> {
    let row = app.stream.selected().and_then(|id| app.view.snapshot.row(id));
    match row.and_then(|row| of_row(action, row)) {
        Some((text, what)) if text.is_empty() => {
            app.say(format!("this event has nothing to copy as {what}"));
            vec![]
        }
        Some((text, what)) => vec![Effect::Copy(text, what)],
        None => {
            app.say("no event is selected".into());
            vec![]
        }
    }
}

/// The text that a copying action takes from a row, and what it is. Credentials are masked. A value is
/// one line, whatever it holds: it may be pasted where a line is a command.
#[expect(clippy::wildcard_enum_match_arm, reason = "only copying actions come here")]
pub fn of_row(action: Action, row: RowRef<'_>) -> Option<(String, &'static str)> {
    let column = |column| safe::shown(row.text(column)).into_owned();
    let (text, what) = match action {
        Action::CopyEvent => {
            let raw = row.raw();
            let text = String::from_utf8_lossy(&raw).into_owned();
            (masked(Json::of(&text)).into_owned(), "the event's JSON")
        }
        Action::CopyId => (column(Column::Id), "the eventID"),
        Action::CopyActor => match row.text(Column::Arn) {
            "" => (column(Column::Actor), "the actor"),
            _ => (column(Column::Arn), "the actor's ARN"),
        },
        Action::CopyTarget => (column(Column::Target), "the target"),
        Action::CopyKey => (column(Column::Key), "the access key id"),
        Action::CopyLink => {
            (link(row.text(Column::Region), row.text(Column::Id)), "the console link")
        }
        _ => return None,
    };
    Some((text, what))
}

/// The event in the CloudTrail console, right for the partition of its region.
fn link(region: &str, id: &str) -> String {
    if id.is_empty()
        || !id.bytes().chain(region.bytes()).all(|b| b.is_ascii_alphanumeric() || b == b'-')
    {
        return String::new();
    }
    let domain = match region {
        region if region.starts_with("cn-") => "console.amazonaws.cn",
        region if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
        region if region.starts_with("eusc-") => "console.amazonaws-eusc.eu",
        _ => "console.aws.amazon.com",
    };
    format!("https://{region}.{domain}/cloudtrailv2/home?region={region}#/events/{id}")
}

/// The command line that gives the rows on the screen.
pub fn command(asked: &Asked, noise: &str, sources: &[String]) -> String {
    let sources: Vec<String> = sources.iter().map(|word| quoted(word)).collect();
    let filter = quoted(&ask::as_filter(asked, noise));
    // Without a source `query` finds out what can be read, as this did.
    format!("trailtop query {filter} {}", sources.join(" ")).trim_end().to_owned()
}

/// A word that a POSIX shell takes as it is. What would steer whatever it is pasted into is spelled by
/// its bytes, which `printf` puts together again.
fn quoted(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:@=,+".contains(&b);
    if word.contains(safe::is_unsafe) {
        let mut spelled = String::new();
        for c in word.chars() {
            match c {
                '%' => spelled.push_str("%%"),
                c if safe::is_unsafe(c) || matches!(c, '\'' | '\\') => {
                    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                        // Writing to a string cannot fail.
                        write!(spelled, "\\{byte:03o}").ok();
                    }
                }
                c => spelled.push(c),
            }
        }
        return format!("\"$(printf '{spelled}')\"");
    }
    match !word.is_empty() && word.bytes().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_console_of_the_partition() {
        let cases = [
            (
                "eu-west-1",
                "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/a-1",
            ),
            (
                "cn-north-1",
                "https://cn-north-1.console.amazonaws.cn/cloudtrailv2/home?region=cn-north-1#/events/a-1",
            ),
            (
                "us-gov-east-1",
                "https://us-gov-east-1.console.amazonaws-us-gov.com/cloudtrailv2/home?region=us-gov-east-1#/events/a-1",
            ),
            (
                "eusc-de-east-1",
                "https://eusc-de-east-1.console.amazonaws-eusc.eu/cloudtrailv2/home?region=eusc-de-east-1#/events/a-1",
            ),
            ("evil.example/", ""),
        ];
        for (region, expected) in cases {
            assert_eq!(link(region, "a-1"), expected);
        }
        assert_eq!(link("eu-west-1", "a b"), "");
    }
}
