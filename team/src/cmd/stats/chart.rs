//! The chart: one bar of kept and missed promises for each quarter. Shape and words tell what colour repeats.

use std::fmt::Write as _;

use super::quarter::Quarter;

/// The width of a quarter with its gap, in pixels.
const STEP: usize = 80;
/// The height of the tallest bar, in pixels.
const TALL: usize = 160;
/// The room around, in pixels.
const EDGE: usize = 48;

/// Draws the quarters.
pub(super) fn svg(team: &str, quarters: &[Quarter]) -> String {
    let (width, height) = ((quarters.len().max(4) * STEP) + 2 * EDGE, TALL + 3 * EDGE);
    let most = quarters.iter().map(|quarter| quarter.kept + quarter.missed).max().unwrap_or(0).max(1);
    let title = escape(&format!("Promises kept and missed: {}", crate::ui::line(team)));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"t\" font-family=\"sans-serif\" font-size=\"12\">\n<title id=\"t\">{title}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n<text x=\"{EDGE}\" y=\"24\" font-size=\"14\">{title}</text>\n"
    );
    for (n, quarter) in quarters.iter().enumerate() {
        bar(&mut svg, n, quarter, most);
    }
    svg.push_str("</svg>\n");
    svg
}

fn bar(svg: &mut String, n: usize, quarter: &Quarter, most: usize) {
    let x = EDGE + n * STEP;
    let (kept, missed) = (quarter.kept * TALL / most, quarter.missed * TALL / most);
    let ground = EDGE + TALL;
    let _ = write!(
        svg,
        "<g><title>{q}: {} kept, {} missed</title>\n<rect x=\"{x}\" y=\"{}\" width=\"24\" height=\"{kept}\" fill=\"#1a7f4b\"/>\n<rect x=\"{}\" y=\"{}\" width=\"24\" height=\"{missed}\" fill=\"#ffffff\" stroke=\"#b3261e\" stroke-width=\"2\"/>\n<text x=\"{x}\" y=\"{}\">{q}</text>\n<text x=\"{x}\" y=\"{}\">{} kept</text>\n<text x=\"{x}\" y=\"{}\">{} missed</text></g>\n",
        quarter.kept,
        quarter.missed,
        ground - kept,
        x + 28,
        ground - missed,
        ground + 18,
        ground + 34,
        quarter.kept,
        ground + 50,
        quarter.missed,
        q = quarter.quarter,
    );
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
