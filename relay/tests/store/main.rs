//! The promises of `Store` on a SQLite file and on a PostgreSQL server, and what is each one's own.

#![expect(
    clippy::unwrap_used,
    reason = "in a test, unwrap is the assertion; clippy knows only of #[test] functions"
)]

/// Holds a backend to every promise: `contract!(open)`, where `open` makes an empty store and something that keeps it.
macro_rules! contract {
    ($open:ident) => {
        contract! { @ $open
            the_same_case_again_is_the_same_receipt
            a_taken_case_refuses_all_else
            an_entry_is_taken_by_bytes_and_author
            numbers_are_gapless_per_case_and_per_desk_under_concurrency
            pages_are_bounded_and_continue_where_they_ended
            letters_come_together_in_order_as_many_as_fit_and_at_least_one
            a_full_desk_takes_the_teams_entries_only
            a_full_case_takes_no_more
            nothing_more_exact_than_an_hour_is_stored
            a_nonce_is_used_once_and_a_session_found_by_its_token
            what_has_ended_is_forgotten_and_not_before
            the_highest_version_of_a_policy_is_remembered
            a_blob_begins_with_its_first_chunk_and_ends_with_its_seal
            a_blob_counts_against_its_own_limit_and_the_desks
            a_case_has_a_bounded_number_of_blobs
            what_was_not_sealed_is_forgotten_with_its_bytes
            a_store_that_is_closed_says_so_instead_of_promising
            an_advisory_comes_back_as_it_was_and_only_a_later_version_replaces_it
            lists_of_advisories_are_bounded_ordered_and_never_early
            a_team_has_a_bounded_number_of_advisories
            a_deleted_case_keeps_its_id_and_its_rows_and_nothing_else
            what_was_deleted_at_a_desk_is_told_from_any_moment_on
            cases_rest_from_their_last_entry_on
        }
    };
    (@ $open:ident $($promise:ident)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $promise() {
            let (_kept, store) = $open().await;
            crate::contract::$promise(std::sync::Arc::clone(&store)).await;
            store.close().await;
        })*
    };
}

mod contract;
mod postgres;
#[path = "../http/postgres.rs"]
mod server;
mod sqlite;
