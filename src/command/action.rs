//! THE table of user actions: one row gives a name, the default keys, a place and a line of help.
//! Keymap, help, footer, palette and README are generated from it.

/// What the user can want.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "ACTIONS below says in a line what each one does")]
pub enum Action {
    Next,
    Previous,
    First,
    Last,
    PageDown,
    PageUp,
    Left,
    Right,
    FocusNext,
    FocusPrevious,
    Zoom,
    Larger,
    Smaller,
    AroundWider,
    AroundNarrower,
    UsualSizes,
    Counts,
    Timeline,
    Header,
    FindInPane,
    Pause,
    Follow,
    Window(u8),
    Order,
    Prompt,
    Include,
    Exclude,
    Pivot,
    ClearFilter,
    Back,
    Forward,
    Noise,
    Learn,
    Learned,
    Verbs,
    Denied,
    Alerts,
    NextAlert,
    Acknowledge,
    Audit,
    Mute,
    Muted,
    DeniedOnly,
    Errors,
    SignIns,
    Changes,
    Presets,
    Highlight,
    NextHit,
    PreviousHit,
    NextError,
    PreviousError,
    Details,
    Top,
    Sessions,
    Context,
    Lineage,
    Compare,
    Explain,
    Before,
    Mark,
    Note,
    NextMark,
    PreviousMark,
    Notebook,
    ExportTimeline,
    ExportJson,
    ExportCsv,
    ExportNdjson,
    CopyEvent,
    CopyId,
    CopyActor,
    CopyTarget,
    CopyKey,
    CopyLink,
    CopyText,
    CopyCommand,
    CopyFile,
    Zone,
    Ago,
    Wrap,
    Raw,
    Reveal,
    FoldAll,
    Palette,
    Help,
    Sources,
    Log,
    Theme,
    ReloadRules,
    Baseline,
    ForgetActor,
    ForgetAll,
    Record,
    Step,
    Faster,
    Slower,
    SkipBack,
    SkipOn,
    LeapBack,
    LeapOn,
    GoTo,
    GoToAlert,
    Columns,
    Mouse,
    Close,
    Quit,
    Suspend,
}

/// Where an action works. A key pressed elsewhere says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum In {
    /// In every pane.
    Anywhere,
    /// In the stream.
    Stream,
    /// In the stream and in the views that are tables.
    Table,
    /// In the details of an event.
    Details,
    /// In the stream and in details.
    Event,
    /// In details and in the counts, where there is something to search.
    Search,
    /// In the denied lens.
    Denied,
    /// In a replay.
    Replay,
    /// Wherever a value is under the cursor.
    Value,
}

impl In {
    /// The place in words, with actions in braces for their keys.
    pub fn words(self) -> &'static str {
        match self {
            Self::Anywhere => "everywhere",
            Self::Stream => "in the stream",
            Self::Table => "in the stream, {top}, {denied} and {sessions}",
            Self::Details => "in details ({details})",
            Self::Event => "in the stream and in details",
            Self::Search => "in details ({details}) and in the counts ({counts})",
            Self::Denied => "in the denied lens ({denied})",
            Self::Replay => "in a replay (trailtop replay FILE)",
            Self::Value => "on an event or a value",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The action.
    pub action: Action,
    /// Its name in the palette and in a configuration.
    pub name: &'static str,
    /// Its default keys; two characters with a blank between are pressed one after the other.
    pub keys: &'static [&'static str],
    /// Where it works.
    pub place: In,
    /// The group it is listed under.
    pub group: &'static str,
    /// A word or two for the footer.
    pub short: &'static str,
    /// A line of help.
    pub help: &'static str,
}

const fn row(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    place: In,
    texts: [&'static str; 3],
) -> Row {
    Row { action, name, keys, place, group: texts[0], short: texts[1], help: texts[2] }
}

/// Every action, in the order help shows them.
#[rustfmt::skip]
pub const ACTIONS: &[Row] = &[
    row(Action::Next, "next", &["j", "↓"], In::Anywhere, ["MOVE", "down", "next row or line"]),
    row(Action::Previous, "previous", &["k", "↑"], In::Anywhere, ["MOVE", "up", "previous row or line"]),
    row(Action::First, "first", &["g", "Home"], In::Anywhere, ["MOVE", "top", "first row"]),
    row(Action::Last, "last", &["G", "End"], In::Anywhere, ["MOVE", "newest", "last row; in the stream it follows again"]),
    row(Action::PageDown, "page-down", &["Ctrl-d", "PgDn"], In::Anywhere, ["MOVE", "page down", "a page down"]),
    row(Action::PageUp, "page-up", &["Ctrl-u", "PgUp"], In::Anywhere, ["MOVE", "page up", "a page up"]),
    row(Action::Left, "left", &["h", "←"], In::Anywhere, ["MOVE", "left", "scroll left; fold a node; rank another key in top"]),
    row(Action::Right, "right", &["l", "→"], In::Anywhere, ["MOVE", "right", "scroll right; unfold a node; rank another key in top"]),
    row(Action::FocusNext, "focus-next", &["Tab"], In::Anywhere, ["PANES", "focus", "focus the next pane"]),
    row(Action::FocusPrevious, "focus-previous", &["S-Tab"], In::Anywhere, ["PANES", "focus", "focus the previous pane"]),
    row(Action::Zoom, "zoom", &["f"], In::Anywhere, ["PANES", "zoom", "the focused pane alone, and back"]),
    row(Action::Larger, "larger", &["="], In::Anywhere, ["PANES", "larger", "give the focused pane more of the screen"]),
    row(Action::Smaller, "smaller", &["_"], In::Anywhere, ["PANES", "smaller", "give the focused pane less of the screen"]),
    row(Action::AroundWider, "around-wider", &[], In::Anywhere, ["PANES", "wider", "give what stands beside the details more of the screen"]),
    row(Action::AroundNarrower, "around-narrower", &[], In::Anywhere, ["PANES", "narrower", "give what stands beside the details less of the screen"]),
    row(Action::UsualSizes, "panes-reset", &[], In::Anywhere, ["PANES", "usual sizes", "every pane as large as it comes, on screens of this size"]),
    row(Action::Counts, "counts", &["b"], In::Anywhere, ["PANES", "counts", "show or hide the counts beside the stream"]),
    row(Action::Timeline, "timeline", &["i"], In::Anywhere, ["PANES", "timeline", "show or hide events over time above the stream"]),
    row(Action::Header, "header", &["H"], In::Stream, ["PANES", "header", "show or hide the column titles"]),
    row(Action::FindInPane, "find-in-pane", &["Ctrl-f"], In::Search, ["PANES", "find", "search inside the pane; a value of the counts by its letters"]),
    row(Action::Pause, "pause", &["Space"], In::Anywhere, ["LIVE", "pause", "panes stand still; what arrives is counted; a replay stops"]),
    row(Action::Follow, "follow", &["F"], In::Anywhere, ["LIVE", "follow", "go to the newest row and stay there"]),
    row(Action::Window(0), "window-5m", &["1"], In::Anywhere, ["LIVE", "5m", "the last 5 minutes"]),
    row(Action::Window(1), "window-15m", &["2"], In::Anywhere, ["LIVE", "15m", "the last 15 minutes"]),
    row(Action::Window(2), "window-1h", &["3"], In::Anywhere, ["LIVE", "1h", "the last hour"]),
    row(Action::Window(3), "window-4h", &["4"], In::Anywhere, ["LIVE", "4h", "the last 4 hours"]),
    row(Action::Window(4), "window-24h", &["5"], In::Anywhere, ["LIVE", "24h", "the last 24 hours"]),
    row(Action::Window(5), "window-7d", &["6"], In::Anywhere, ["LIVE", "7d", "the last 7 days"]),
    row(Action::Window(6), "window-all", &["7"], In::Anywhere, ["LIVE", "all", "everything that is loaded"]),
    row(Action::Order, "order", &["o"], In::Anywhere, ["LIVE", "order", "order by event time or by arrival; top and denied by their next column"]),
    row(Action::Prompt, "filter", &["/"], In::Anywhere, ["FILTER", "filter", "type a filter; rows follow while one types"]),
    row(Action::Pivot, "pivot", &["p"], In::Value, ["FILTER", "pivot", "show all rows with one value of this row"]),
    row(Action::Include, "include", &["+"], In::Value, ["FILTER", "include", "add a value of this row to the filter"]),
    row(Action::Exclude, "exclude", &["-"], In::Value, ["FILTER", "exclude", "keep rows without a value of this row"]),
    row(Action::ClearFilter, "clear", &["\\"], In::Anywhere, ["FILTER", "clear", "clear the filter"]),
    row(Action::Back, "back", &["["], In::Anywhere, ["FILTER", "back", "back to the filter, window and view before"]),
    row(Action::Forward, "forward", &["]"], In::Anywhere, ["FILTER", "forward", "forward again"]),
    row(Action::Noise, "noise", &["X"], In::Anywhere, ["FILTER", "noise", "hide or show the chatter of AWS services"]),
    row(Action::Learn, "this-is-noise", &[], In::Event, ["FILTER", "is noise", "hide calls like this one for a while (p x): by event and actor or tool"]),
    row(Action::Learned, "noise-learned", &[], In::Anywhere, ["FILTER", "learned", "what was learned to be noise; Enter forgets it"]),
    row(Action::Verbs, "verbs", &["W"], In::Anywhere, ["FILTER", "writes", "all calls, writes, dangerous writes"]),
    row(Action::DeniedOnly, "denied-only", &[], In::Anywhere, ["FILTER", "denied only", "only rows that were denied, and back"]),
    row(Action::Errors, "errors", &[], In::Anywhere, ["FILTER", "errors", "lens: every call that answered with an error"]),
    row(Action::SignIns, "sign-ins", &[], In::Anywhere, ["FILTER", "sign-ins", "lens: people who signed in or switched roles"]),
    row(Action::Changes, "changes", &[], In::Anywhere, ["FILTER", "changes", "lens: writes that worked, by target"]),
    row(Action::Presets, "presets", &["P"], In::Anywhere, ["FILTER", "presets", "choose a preset filter"]),
    row(Action::Highlight, "highlight", &["*"], In::Stream, ["SEARCH", "highlight", "highlight rows of the same actor"]),
    row(Action::NextHit, "next-hit", &["n"], In::Event, ["SEARCH", "next", "next highlighted row or hit"]),
    row(Action::PreviousHit, "previous-hit", &["N"], In::Event, ["SEARCH", "previous", "previous highlighted row or hit"]),
    row(Action::NextError, "next-error", &["e"], In::Stream, ["SEARCH", "error", "next row that did not work"]),
    row(Action::PreviousError, "previous-error", &["E"], In::Stream, ["SEARCH", "error", "previous row that did not work"]),
    row(Action::Details, "details", &["Enter", "d"], In::Anywhere, ["TRIAGE", "details", "everything about this event; filter by the value under the cursor"]),
    row(Action::Top, "top", &["T"], In::Anywhere, ["TRIAGE", "top", "who and what stands out: any key ranked"]),
    row(Action::Sessions, "sessions", &["S"], In::Anywhere, ["TRIAGE", "sessions", "who used which credentials when, how that began, and what for"]),
    row(Action::Denied, "denied", &["D"], In::Anywhere, ["TRIAGE", "denied", "who was denied what, why, and what came of it"]),
    row(Action::Alerts, "alerts", &["!"], In::Anywhere, ["TRIAGE", "alerts", "what the detection rules found, why, and where to look next"]),
    row(Action::NextAlert, "next-alert", &["a"], In::Anywhere, ["TRIAGE", "next alert", "go to the event of the next alert that waits"]),
    row(Action::Acknowledge, "acknowledge", &["A"], In::Anywhere, ["TRIAGE", "acknowledge", "acknowledge the alert on the strip, or the selected one"]),
    row(Action::Audit, "trigger-audit", &[], In::Anywhere, ["TRIAGE", "triggers", "what triggers ran and posted, and what came of it"]),
    row(Action::Mute, "mute", &["M"], In::Anywhere, ["TRIAGE", "mute", "mute alerts like the one on the strip, or the selected one, for a while; or acknowledge all of its rule"]),
    row(Action::Muted, "muted", &[], In::Anywhere, ["TRIAGE", "muted", "what is muted, and how many alerts that silences; Enter unmutes"]),
    row(Action::Before, "before", &["B"], In::Event, ["TRIAGE", "before", "what changed before this event or group"]),
    row(Action::Lineage, "lineage", &["L"], In::Event, ["TRIAGE", "who really", "who is behind this event, through every role and key"]),
    row(Action::Context, "context", &["c"], In::Event, ["TRIAGE", "around", "what happened around it, unfiltered, and back"]),
    row(Action::Compare, "compare", &["v"], In::Event, ["TRIAGE", "compare", "compare two events: v on the one, v on the other; brush the timeline"]),
    row(Action::Explain, "explain", &["K"], In::Event, ["TRIAGE", "explain", "what this call does, why it matters, where to look next"]),
    row(Action::Mark, "mark", &["m"], In::Event, ["NOTES", "mark", "mark this event, or take the mark away"]),
    row(Action::Note, "note", &["\""], In::Event, ["NOTES", "note", "write a line on this event; #word is a tag"]),
    row(Action::Notebook, "notebook", &["'"], In::Anywhere, ["NOTES", "notebook", "what is marked and noted, in order of time"]),
    row(Action::NextMark, "next-mark", &["u"], In::Stream, ["NOTES", "next mark", "next marked row"]),
    row(Action::PreviousMark, "previous-mark", &["U"], In::Stream, ["NOTES", "previous mark", "previous marked row"]),
    row(Action::ExportTimeline, "export-timeline", &[], In::Anywhere, ["NOTES", "export", "write the notebook, or the rows shown, as a Markdown timeline"]),
    row(Action::ExportJson, "export-json", &[], In::Anywhere, ["NOTES", "export", "the same as an array of records"]),
    row(Action::ExportCsv, "export-csv", &[], In::Anywhere, ["NOTES", "export", "the same for a spreadsheet"]),
    row(Action::ExportNdjson, "export-ndjson", &[], In::Anywhere, ["NOTES", "export", "the same as a record a line"]),
    row(Action::CopyEvent, "copy-event", &["y e"], In::Event, ["COPY", "event", "copy the event's JSON"]),
    row(Action::CopyId, "copy-id", &["y i"], In::Event, ["COPY", "id", "copy the eventID"]),
    row(Action::CopyActor, "copy-actor", &["y a"], In::Event, ["COPY", "actor", "copy the actor's ARN"]),
    row(Action::CopyTarget, "copy-target", &["y t"], In::Event, ["COPY", "target", "copy the target"]),
    row(Action::CopyKey, "copy-key", &["y k"], In::Event, ["COPY", "key", "copy the access key id"]),
    row(Action::CopyLink, "copy-link", &["y l"], In::Event, ["COPY", "link", "copy a console link to the event"]),
    row(Action::CopyText, "copy-text", &["y y"], In::Denied, ["COPY", "ticket", "copy the group as text for a ticket"]),
    row(Action::CopyCommand, "copy-command", &["y q"], In::Anywhere, ["COPY", "command", "copy the command line that gives these rows"]),
    row(Action::CopyFile, "copy-file", &["y f"], In::Anywhere, ["COPY", "file", "write what was copied last into a file"]),
    row(Action::Zone, "zone", &["t"], In::Anywhere, ["VIEW", "times", "times in UTC, in local time, or as how long ago"]),
    row(Action::Ago, "ago", &[], In::Anywhere, ["VIEW", "ago", "times as how long ago, and back, whatever the zone"]),
    row(Action::Columns, "columns", &["C"], In::Table, ["VIEW", "columns", "choose the columns, their order and width"]),
    row(Action::Wrap, "wrap", &["w"], In::Details, ["VIEW", "wrap", "wrap long values"]),
    row(Action::Raw, "raw", &["J"], In::Details, ["VIEW", "raw", "the raw record, and back"]),
    row(Action::Reveal, "reveal", &["R"], In::Details, ["VIEW", "reveal", "show masked credentials"]),
    row(Action::FoldAll, "fold-all", &["z"], In::Event, ["VIEW", "fold", "fold rows of one kind into a line: of services, all, none; in details everything"]),
    row(Action::Palette, "palette", &[":"], In::Anywhere, ["VIEW", "commands", "all commands by name"]),
    row(Action::Help, "help", &["?"], In::Anywhere, ["VIEW", "all keys", "all keys"]),
    row(Action::Sources, "sources", &["s"], In::Anywhere, ["VIEW", "sources", "am I seeing everything?"]),
    row(Action::Log, "log", &["~"], In::Anywhere, ["VIEW", "log", "what trailtop had to say"]),
    row(Action::Theme, "theme", &[], In::Anywhere, ["VIEW", "theme", "choose a theme: the screen shows each as one moves, Enter keeps it"]),
    row(Action::ReloadRules, "rules-reload", &[], In::Anywhere, ["VIEW", "reload", "read the files of rules again, and judge by them what is here; changed files are by themselves"]),
    row(Action::Baseline, "baseline", &[], In::Anywhere, ["VIEW", "baseline", "of how many actors and accounts it is known what they do"]),
    row(Action::ForgetActor, "forget-actor", &[], In::Event, ["VIEW", "forget", "forget what the actor of this event is known to do: new: begins anew"]),
    row(Action::ForgetAll, "forget-everybody", &[], In::Anywhere, ["VIEW", "forget", "forget what everybody is known to do"]),
    row(Action::Mouse, "mouse", &[], In::Anywhere, ["VIEW", "mouse", "give trailtop the mouse: wheel, click, drag over the timeline; and back"]),
    row(Action::Record, "record", &[], In::Anywhere, ["VIEW", "record", "record what comes in to a file, or end the recording (record NAME)"]),
    row(Action::Step, "step", &["."], In::Replay, ["REPLAY", "step", "go on to the next event, and pause"]),
    row(Action::Faster, "faster", &[">"], In::Replay, ["REPLAY", "faster", "play faster: 1x, 10x, 60x, max"]),
    row(Action::Slower, "slower", &["<"], In::Replay, ["REPLAY", "slower", "play slower"]),
    row(Action::SkipBack, "back-1m", &["("], In::Replay, ["REPLAY", "-1m", "a minute back"]),
    row(Action::SkipOn, "forward-1m", &[")"], In::Replay, ["REPLAY", "+1m", "a minute on"]),
    row(Action::LeapBack, "back-10m", &["{"], In::Replay, ["REPLAY", "-10m", "ten minutes back"]),
    row(Action::LeapOn, "forward-10m", &["}"], In::Replay, ["REPLAY", "+10m", "ten minutes on"]),
    row(Action::GoTo, "go-to-time", &[";"], In::Replay, ["REPLAY", "go to", "go to a time: 12:03, 12:03:11, a date and time, or 15m from the beginning"]),
    row(Action::GoToAlert, "go-to-alert", &["&"], In::Replay, ["REPLAY", "to alert", "go on to where the next alert fires, and pause"]),
    row(Action::Close, "close", &["q", "Esc"], In::Anywhere, ["LEAVE", "close", "close one layer; q at the root leaves"]),
    row(Action::Quit, "quit", &["Ctrl-c"], In::Anywhere, ["LEAVE", "quit", "leave at once"]),
    row(Action::Suspend, "suspend", &["Ctrl-z"], In::Anywhere, ["LEAVE", "suspend", "suspend to the shell; fg comes back"]),
];

impl Action {
    /// The row of this action.
    pub fn row(self) -> &'static Row {
        ACTIONS
            .iter()
            .find(|row| row.action == self)
            .expect("the table has every action; a test says so")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::chord::Chord;

    #[test]
    fn every_key_reads_and_is_bound_once_and_none_is_forbidden() {
        let mut seen: Vec<&str> = vec![];
        for row in ACTIONS {
            for key in row.keys {
                assert!(!seen.contains(key), "{key} is bound twice");
                seen.push(key);
                for one in key.split(' ') {
                    assert!(Chord::parse(one).is_some(), "{key}");
                }
            }
        }
        // tmux's and screen's prefixes, and flow control.
        for forbidden in ["Ctrl-a", "Ctrl-b", "Ctrl-s", "Ctrl-q"] {
            assert!(!seen.contains(&forbidden));
        }
    }

    #[test]
    fn the_table_has_every_action_once_and_says_what_it_does() {
        let text = include_str!("action.rs");
        let (_, rest) = text.split_once("pub enum Action {\n").expect("the actions");
        let (names, rest) = rest.split_once("\n}\n").expect("their end");
        let (_, table) = rest.split_once("ACTIONS").expect("the table");
        let (table, _) = table.split_once("\n];").expect("its end");
        for name in names.lines().map(|line| line.trim().trim_end_matches(',')) {
            let name = name.trim_end_matches("(u8)");
            let rows = table.matches(&format!("Action::{name},")).count()
                + table.matches(&format!("Action::{name}(")).count();
            assert!(rows == 1 || (name == "Window" && rows == 7), "{name}: {rows} rows");
        }
        for (at, row) in ACTIONS.iter().enumerate() {
            assert!(ACTIONS[..at].iter().all(|other| other.name != row.name), "{}", row.name);
            for text in [row.name, row.group, row.short, row.help] {
                assert!(!text.trim().is_empty(), "{row:?}");
            }
        }
    }
}
