//! Sessions of members.

use sealpost_shared::Timestamp;

use super::SqlStore;
use super::database::Tx;
use super::statement::sql;
use crate::store::rows::SessionRow;
use crate::store::{NewSession, SecretHash, Session, StoreError};

async fn forget_ended(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    tx.on().run(sql("DELETE FROM login_nonces WHERE expires <= $1").bind(now.seconds())).await?;
    tx.on().run(sql("DELETE FROM sessions WHERE expires <= $1").bind(now.seconds())).await?;
    Ok(())
}

impl SqlStore {
    pub(super) async fn start_session_once(
        &self,
        new: &NewSession,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.database.begin().await?;
        forget_ended(&mut tx, now).await?;
        let nonce = sql("INSERT INTO login_nonces (nonce, expires) VALUES ($1, $2)");
        tx.on().run(nonce.bind(new.nonce.as_str()).bind(new.nonce_expires.seconds())).await?;
        let (desk, session) = (&new.session.desk, &new.session);
        let start = sql(
            "INSERT INTO sessions (token_sha256, team, desk, member, expires) VALUES ($1, $2, $3, $4, $5)",
        );
        let start = start.bind(new.token.as_str()).bind(desk.team.as_str()).bind(desk.desk.as_str());
        tx.on().run(start.bind(session.member.as_str()).bind(session.expires.seconds())).await?;
        tx.commit().await
    }

    pub(super) async fn find_session(&self, token: &SecretHash) -> Result<Option<Session>, StoreError> {
        let session = sql("SELECT team, desk, member, expires FROM sessions WHERE token_sha256 = $1");
        let row: Option<SessionRow> = self.database.optional(session.bind(token.as_str())).await?;
        row.map(Session::try_from).transpose()
    }
}
