//! Themes that the user wrote: what is wrong with their texts, and what is hard to read.

use crate::config::fault::Fault;
use crate::config::kind::perhaps;
use crate::ui::contrast::{Faint, faint};
use crate::ui::theme::{Colors, Role};
use crate::ui::{Themes, themes};

/// What is wanted of the contrast of text: AA of WCAG.
const TEXT: f64 = 4.5;

/// Whether there is a theme of this name, or none is named. The error says what there is.
pub fn is_known(name: &str, known: &Themes) -> Result<(), String> {
    let names: Vec<&str> = known.names().collect();
    if name.is_empty() || names.contains(&name) {
        return Ok(());
    }
    Err(format!("there is no theme {name:?}, only {}{}", names.join(", "), perhaps(name, &names)))
}

/// What is wrong with the text of a theme. It is left out, and the rest holds.
pub fn faults(text: &str) -> Vec<Fault> {
    let (_, flaws) = themes::read(text);
    let fault = |flaw: themes::Flaw| {
        let hint = flaw.meant.map_or_else(String::new, |(word, names)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            perhaps(&word, &names)
        });
        Fault::new(flaw.span, format!("{}{hint}", flaw.said))
    };
    flaws.into_iter().map(fault).collect()
}

/// What one of these themes says that is hard to read, a word for each line that does: no mistake,
/// but worth telling. The named colours are taken for those of xterm.
pub fn warnings(name: &str, known: &Themes) -> Vec<Fault> {
    let (Some(text), Some(theme)) = (known.text_of(name), known.load(name, Colors::True)) else {
        return vec![];
    };
    let looks = themes::read(text).0.looks;
    let span_of = |role: Role| looks.iter().find(|(it, ..)| *it == role).map(|it| it.2.clone());
    let mut all: Vec<Fault> = vec![];
    for Faint { role, over, found, wanted } in faint(&theme, TEXT) {
        // What its base says of both is not for this file to mend.
        let Some(span) = span_of(role).or_else(|| span_of(over?)) else { continue };
        let ground = over.map_or_else(
            || "its ground".to_owned(),
            |ground| format!("the ground of `{}`", ground.name()),
        );
        let said = format!(
            "`{}` is hard to read: its contrast to {ground} is {found:.1}, and {wanted} is wanted",
            role.name()
        );
        if all.iter().all(|fault| fault.span != span) {
            all.push(Fault::new(span, said));
        }
    }
    all.sort_by_key(|fault| fault.span.start);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fault::Text;

    /// The faults and the warnings of a theme of this text, each with its place.
    fn told(text: &str) -> (String, String) {
        let known = Themes::with(vec![("mine".into(), text.into())]);
        let text = Text { name: "mine.toml".into(), text: text.into() };
        let shown = |faults: Vec<Fault>| {
            faults.iter().map(|fault| text.render(fault)).collect::<Vec<_>>().join("\n")
        };
        (shown(faults(&text.text)), shown(warnings("mine", &known)))
    }

    #[test]
    fn faults_have_a_place_and_say_what_was_meant() {
        let cases = [
            (
                "bse = \"dark\"",
                "mine.toml:1:1: a theme has no `bse`, only ground, base and [roles]: did you mean `base`?",
            ),
            (
                "base = \"drak\"",
                "mine.toml:1:8: `base` is a theme that is built in: dark, light, mono, colorblind, tritan, contrast, sixteen, ember: did you mean `dark`?",
            ),
            (
                "[roles]\ntitle-focussed = \"red\"",
                "mine.toml:2:1: there is no role `title-focussed`: did you mean `title-focused`?",
            ),
            ("[roles]\ndenied = \"bold lightredd\"", "mine.toml:2:16: \"lightredd\" is no colour"),
        ];
        for (text, said) in cases {
            let (faults, warnings) = told(text);
            assert!(faults.starts_with(said), "{faults}");
            assert_eq!(warnings, "");
        }
        assert!(told(cases[3].0).0.contains("did you mean `lightred`?"));
    }

    #[test]
    fn what_is_hard_to_read_is_told_and_what_its_base_says_is_not() {
        let (faults, warnings) =
            told("[roles]\ngood = \"235\"\ndim = \"244\"\nheader = \"252 on 250\"");
        assert_eq!(faults, "");
        assert!(warnings.starts_with("mine.toml:2:8: `good` is hard to read"), "{warnings}");
        assert!(warnings.contains("mine.toml:4:10: `header` is hard"), "{warnings}");
        assert!(!warnings.contains("dim"), "{warnings}");
        // What a ground does to words of its base is told at the ground.
        let (_, ground) = told("base = \"dark\"\n[roles]\nselection = \"bold black on 179\"");
        assert!(ground.starts_with("mine.toml:3:13: `"), "{ground}");
        assert!(ground.contains("the ground of `selection`"), "{ground}");
        // Light grey is readable in the dark, and not on white.
        assert_eq!(told("[roles]\nstatus = \"250\"").1, "");
        assert_ne!(told("ground = \"light\"\n[roles]\nstatus = \"250\"").1, "");
    }

    #[test]
    fn a_name_that_is_none_is_told_with_all_there_are() {
        let known = Themes::with(vec![("mine".into(), String::new())]);
        assert_eq!([is_known("", &known), is_known("mine", &known)], [Ok(()), Ok(())]);
        let why = is_known("mnie", &known).unwrap_err();
        assert!(why.ends_with("ember, mine: did you mean `mine`?"), "{why}");
    }
}
