//! Many letters of a feed at once, bounded before they are read: a page of the largest would be half a gigabyte.

use super::statement::sql;
use super::{SqlStore, as_i64};
use crate::store::rows::broken;
use crate::store::{DeskAddress, StoreError};

impl SqlStore {
    /// Reads sizes, then the letters that fit. A case deleted between the two makes the answer smaller, never larger.
    pub(super) async fn read_letters(
        &self,
        desk: &DeskAddress,
        after: u64,
        rows: u32,
        max_bytes: usize,
    ) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let sizes = sql("SELECT desk_seq, size FROM entries
             WHERE team = $1 AND desk = $2 AND desk_seq > $3 ORDER BY desk_seq LIMIT $4");
        let sizes = sizes.bind(desk.team.as_str()).bind(desk.desk.as_str()).bind(as_i64(after)).bind(rows);
        let sizes: Vec<(i64, i64)> = self.database.all(sizes).await?;
        let Some(last) = last_that_fits(&sizes, max_bytes) else { return Ok(Vec::new()) };
        let letters = sql("SELECT desk_seq, letter FROM entries
             WHERE team = $1 AND desk = $2 AND desk_seq > $3 AND desk_seq <= $4 ORDER BY desk_seq");
        let letters = letters.bind(desk.team.as_str()).bind(desk.desk.as_str());
        let letters: Vec<(i64, Vec<u8>)> = self.database.all(letters.bind(as_i64(after)).bind(last)).await?;
        let numbered = |(seq, letter)| Ok((u64::try_from(seq).map_err(|_| broken("a number"))?, letter));
        letters.into_iter().map(numbered).collect()
    }
}

/// The number of the last row up to which all letters together have at most `max_bytes`; the first always fits.
fn last_that_fits(sizes: &[(i64, i64)], max_bytes: usize) -> Option<i64> {
    let mut room = i64::try_from(max_bytes).unwrap_or(i64::MAX);
    let fits = |(_, size): &&(i64, i64)| {
        room = room.saturating_sub(*size);
        room >= 0
    };
    sizes.iter().take_while(fits).last().or(sizes.first()).map(|(seq, _)| *seq)
}
