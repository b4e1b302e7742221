//! Rows under headings, as wide as the terminal.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use terminal_size::terminal_size;

/// Where nobody knows how wide it is.
const USUAL_COLUMNS: u16 = 80;

/// A blank on each side of a cell.
const PADDING: usize = 2;

/// So much of what stands last, a title, is shown on the narrowest terminal.
const MIN_LAST_CHARS: usize = 20;

/// How wide the terminal is: as `COLUMNS` says, else as it is.
pub(super) fn columns() -> u16 {
    let set = std::env::var_os("COLUMNS").and_then(|columns| columns.to_str()?.parse().ok());
    set.or_else(|| terminal_size().map(|(width, _)| width.0))
        .filter(|width| *width > 0)
        .unwrap_or(USUAL_COLUMNS)
}

/// The table. No heading is broken, and the last column is cut to the room that the others leave on a line.
pub(super) fn rendered(headings: &[&str], mut rows: Vec<Vec<String>>, width: u16) -> String {
    let room = room(headings, &rows, width);
    for last in rows.iter_mut().filter_map(|row| row.get_mut(headings.len().saturating_sub(1))) {
        *last = cut(last, room);
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.set_header(headings.to_vec());
    table.add_rows(rows);
    for (column, heading) in table.column_iter_mut().zip(headings) {
        let whole = u16::try_from(heading.len() + PADDING).unwrap_or(u16::MAX);
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(whole)));
    }
    table.to_string()
}

fn room(headings: &[&str], rows: &[Vec<String>], width: u16) -> usize {
    let widest = |n: usize| {
        let cells = rows.iter().filter_map(|row| row.get(n)).map(|cell| cell.chars().count());
        cells.chain(headings.get(n).map(|heading| heading.len())).max().unwrap_or(0)
    };
    let others: usize = (0..headings.len().saturating_sub(1)).map(|n| widest(n) + PADDING).sum();
    usize::from(width).saturating_sub(others + PADDING).max(MIN_LAST_CHARS)
}

fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADINGS: [&str; 6] = ["case", "due", "handler", "stage", "embargo", "title"];

    fn rows() -> Vec<Vec<String>> {
        let due = "acknowledge 2026-11-24 22:46 UTC (in 23 h)";
        let row = ["7f3a-91c2", due, "Al", "received", "until 2026-12-01 10:00 UTC", &"word ".repeat(32)];
        vec![row.iter().map(ToString::to_string).collect()]
    }

    #[test]
    fn no_heading_is_broken_and_no_line_is_wider_than_a_narrow_terminal() {
        for width in [60, 80, 120, 200] {
            let table = rendered(&HEADINGS, rows(), width);
            let first = table.lines().next().unwrap();
            assert!(HEADINGS.iter().all(|heading| first.contains(heading)), "{width}:\n{table}");
            assert!(
                table.lines().all(|line| line.chars().count() <= usize::from(width)),
                "{width}:\n{table}"
            );
            assert!(table.contains('…'), "{width}:\n{table}");
        }
        assert_eq!(rendered(&HEADINGS, rows(), 200).lines().count(), 2, "a heading and one line");
    }

    #[test]
    fn a_title_that_fits_is_whole() {
        assert_eq!(cut("Use after free", 14), "Use after free");
        assert_eq!(cut("Use after free", 10), "Use after…");
    }
}
