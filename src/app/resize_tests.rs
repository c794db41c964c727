//! Panes are resized by keys and by the mouse, keep their sizes, and never become useless.

use insta::assert_snapshot;
use ratatui::layout::Rect;

use super::*;
use crate::app::msg::Msg;
use crate::app::script::Script;
use crate::app::session::Session;
use crate::ui::paint::paint;

/// The width of the counts, then the heights of the timeline and of the details with their title.
fn sizes(script: &Script) -> (u16, u16, u16) {
    let size = |edge: Edge| edge.size(&script.app);
    (size(Edge::Counts), size(Edge::Timeline), size(Edge::Strip))
}

fn mouse(script: &mut Script, deed: Deed, x: u16, y: u16) {
    script.tell(Msg::Pointer(Pointer { deed, x, y }));
}

/// Drags from one cell to another, by way of a third.
fn drag(script: &mut Script, from: (u16, u16), to: (u16, u16)) {
    mouse(script, Deed::Press, from.0, from.1);
    mouse(script, Deed::Drag, u16::midpoint(from.0, to.0), u16::midpoint(from.1, to.1));
    mouse(script, Deed::Drag, to.0, to.1);
    mouse(script, Deed::Release, to.0, to.1);
}

#[test]
fn keys_move_the_edge_of_the_focused_pane() {
    let mut script = Script::demo(120, 35, 300);
    assert_eq!(sizes(&script), (27, 4, 9));
    // The rows gain what the strip below them loses.
    script.keys("= =");
    assert_eq!(sizes(&script), (27, 4, 7));
    script.keys("Tab = = _");
    assert_eq!(sizes(&script), (30, 4, 7));
    script.keys("Tab = =");
    assert_eq!(sizes(&script), (30, 6, 7));
    script.keys("Tab _");
    let open = script.app.layout.details.height;
    script.keys("=");
    assert_eq!(script.app.layout.details.height, open + 2);
    script.keys("Esc :").types("panes-reset").keys("Enter");
    assert_eq!(sizes(&script), (27, 4, 9));
}

#[test]
fn a_pane_at_its_end_says_so_and_a_key_the_other_way_works_at_once() {
    let mut script = Script::demo(120, 35, 300);
    script.keys("Tab");
    for _ in 0..30 {
        script.keys("=");
    }
    let (widest, ..) = sizes(&script);
    assert_eq!(widest, 80, "40 columns are left to the rows");
    let last = script.text().trim_end().lines().last().unwrap().to_owned();
    assert!(last.contains("the counts can be no larger here · :panes-reset"), "{last}");
    script.keys("_");
    assert_eq!(sizes(&script).0, widest - 3);
    // Where a pane has the screen, and where none of them is shown, that is said.
    script.keys("f =");
    assert!(script.text().contains("one pane has the screen"), "{}", script.text());
    script.keys("f s =");
    assert!(script.text().contains("nothing here has a size"), "{}", script.text());
    script.keys("Esc :").types("around-wider").keys("Enter");
    assert!(script.text().contains("from 180 columns on"), "{}", script.text());
}

#[test]
fn what_stands_below_a_table_has_a_size_of_its_own_in_each_view() {
    for (key, edge) in [("T", Edge::Top), ("D", Edge::Denied), ("S", Edge::Sessions)] {
        let mut script = Script::demo(120, 35, 300);
        script.keys(key);
        let usual = edge.size(&script.app);
        // The table gains what the strip loses.
        script.keys("= =");
        assert_eq!(edge.size(&script.app), usual - 2, "{edge:?}");
        script.keys("_ _ _");
        assert_eq!(edge.size(&script.app), usual + 1, "{edge:?}");
        let title = below(&script.app).y;
        drag(&mut script, (30, title), (30, title - 4));
        assert_eq!(edge.size(&script.app), usual + 5, "{edge:?}");
        assert_eq!(below(&script.app).y, title - 4, "{edge:?}");
        // As far as both keep a line at least.
        drag(&mut script, (30, title - 4), (30, 0));
        let body = script.app.layout.body.height;
        assert!((usual..body - 2).contains(&edge.size(&script.app)), "{edge:?}");
        script.draw();
        let title = below(&script.app).y;
        drag(&mut script, (30, title), (30, 34));
        assert_eq!(edge.size(&script.app), 2, "{edge:?}");
        script.draw();
        // It is remembered, for this view and screens of this size.
        script.tell(Msg::Size(Rect::new(0, 0, 200, 50)));
        assert_ne!(edge.size(&script.app), 2, "{edge:?}");
        script.tell(Msg::Size(Rect::new(0, 0, 120, 35)));
        assert_eq!(edge.size(&script.app), 2, "{edge:?}");
        let others = EDGES.iter().filter(|row| row.edge != edge);
        let mut sizes = script.app.session().panes[1].sizes;
        assert_eq!(*(edge.row().wanted)(&mut sizes), Some(2));
        for other in others {
            assert_eq!(*(other.wanted)(&mut sizes), None, "{:?} by {edge:?}", other.edge);
        }
    }
}

#[test]
fn what_stands_beside_the_details_is_dragged_at_its_line() {
    let mut script = Script::demo(200, 50, 300);
    assert_eq!(Edge::Around.size(&script.app), 90);
    let around = script.app.layout.around;
    drag(&mut script, (around.x, around.y + 1), (around.x + 20, around.y + 1));
    assert_eq!(Edge::Around.size(&script.app), 70);
    script.keys(":").types("around-wider").keys("Enter");
    assert_eq!(Edge::Around.size(&script.app), 75);
    drag(&mut script, (125, around.y + 1), (0, around.y + 1));
    assert_eq!((Edge::Around.size(&script.app), script.app.layout.details.width), (120, 80));
    script.draw();
    assert_eq!(script.app.session().panes[2].sizes.around, Some(120));
}

#[test]
fn the_table_of_edges_has_each_once() {
    let all = [
        Edge::Counts,
        Edge::Timeline,
        Edge::Details,
        Edge::Strip,
        Edge::Around,
        Edge::Top,
        Edge::Denied,
        Edge::Sessions,
    ];
    assert_eq!(EDGES.iter().map(|row| row.edge).collect::<Vec<_>>(), all);
}

#[test]
fn the_mouse_drags_edges_and_nothing_else() {
    let mut script = Script::demo(120, 35, 300);
    let layout = script.app.layout;
    drag(&mut script, (layout.counts.x, 15), (80, 16));
    assert_eq!(sizes(&script), (40, 4, 9));
    drag(&mut script, (30, layout.title.y), (30, layout.title.y + 3));
    assert_eq!(sizes(&script), (40, 7, 9));
    drag(&mut script, (30, layout.details_title.y), (30, 20));
    assert_eq!(sizes(&script), (40, 7, 14));
    // Beyond the screen it goes as far as it can.
    drag(&mut script, (30, 20), (200, 0));
    let layout = script.app.layout;
    drag(&mut script, (layout.counts.x, layout.counts.y), (500, layout.counts.y));
    let (counts, timeline, strip) = sizes(&script);
    assert_eq!((counts, script.app.layout.stream.height >= 3), (18, true));
    assert!(timeline >= 1 && strip > 14, "{timeline} {strip}");
    // A drag that begins on rows selects, one over the timeline brushes, and neither moves an edge.
    let before = sizes(&script);
    let layout = script.app.layout;
    drag(&mut script, (30, layout.stream.y), (110, layout.stream.y));
    drag(&mut script, (30, layout.timeline.y), (60, layout.timeline.y));
    assert_eq!(sizes(&script), before);
    mouse(&mut script, Deed::Release, 3, 3);
    mouse(&mut script, Deed::Drag, 3, 3);
    assert_eq!(sizes(&script), before);
}

#[test]
fn open_details_are_dragged_and_share_a_small_screen() {
    let mut script = Script::demo(80, 24, 300);
    script.keys("Enter");
    assert_eq!(script.app.layout.stream.height, 0, "they have all of a small screen");
    let title = script.app.layout.details_title.y;
    drag(&mut script, (10, title), (10, title + 9));
    let layout = script.app.layout;
    assert!(layout.stream.height >= 4 && layout.details.height >= 4, "{layout:?}");
    assert_snapshot!("details_share_80x24", paint(&script.draw()));
    script.keys("f");
    assert_eq!(script.app.layout.stream.height, 0, "alone all the same");
    script.keys("f Esc Enter");
    assert_eq!(script.app.layout.details, layout.details, "as they were left");
}

#[test]
fn sizes_are_remembered_by_the_class_of_the_screen() {
    let mut script = Script::demo(120, 35, 300);
    script.keys("Tab = =");
    assert_eq!(sizes(&script).0, 33);
    script.tell(Msg::Size(Rect::new(0, 0, 200, 50)));
    assert_eq!(sizes(&script).0, 37, "another class has its own");
    script.keys("_");
    script.tell(Msg::Size(Rect::new(0, 0, 130, 40)));
    assert_eq!(sizes(&script).0, 33);
    let left = script.app.session();
    let text = toml::to_string(&left).unwrap();
    assert_eq!(toml::from_str::<Session>(&text), Ok(left.clone()));
    assert_eq!((left.panes[1].sizes.counts, left.panes[2].sizes.counts), (Some(33), Some(34)));
    // What was kept by somebody else's hand is held within bounds.
    for size in [0, u16::MAX] {
        let mut script = Script::demo(120, 35, 300);
        script.app.panes[1].sizes.counts = Some(size);
        relayout(&mut script.app);
        assert!((18..=80).contains(&sizes(&script).0), "{size}");
        script.draw();
    }
}

#[test]
fn resized_panes_look_like_this() {
    let mut script = Script::demo(120, 35, 900);
    script.keys("= = = Tab = = = = Tab = = = =");
    assert_snapshot!("resized_120x35", paint(&script.draw()));
    let mut script = Script::demo(80, 24, 900);
    script.keys("_ _ _ _ b Tab _ Tab = =");
    assert_snapshot!("resized_80x24", paint(&script.draw()));
}
