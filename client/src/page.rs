//! Which page is shown, and its address behind `#`.

use sealpost_shared::CaseId;
use sealpost_shared::id::Slug;

/// A page of the app. Fragments work from any host and never reach a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Page {
    /// Whose page it is, and the one big button.
    Start,
    /// A team's policy and keys.
    Team(Slug),
    /// Writing a report.
    Report(Slug),
    /// Tracking a report that was sent another way.
    Track,
    /// Writing to a team that only publishes a certificate.
    Seal,
    /// Every case of this device.
    Cases,
    /// One case.
    Case(CaseId),
    /// Bringing cases back with their twelve words.
    Restore,
    /// What this page keeps on the device, and erasing it.
    Settings,
    /// The next steps of a case, for paper.
    Paper(CaseId),
    /// No such page.
    Unknown,
}

impl Page {
    /// Reads an address; anything unknown is [`Page::Unknown`].
    pub(crate) fn from_hash(hash: &str) -> Self {
        let path = hash.trim_start_matches('#').trim_matches('/');
        let parts: Vec<&str> = path.split('/').collect();
        match parts[..] {
            [""] => Self::Start,
            ["t", team] => team.parse().map_or(Self::Unknown, Self::Team),
            ["t", team, "report"] => team.parse().map_or(Self::Unknown, Self::Report),
            ["track"] => Self::Track,
            ["seal"] => Self::Seal,
            ["cases"] => Self::Cases,
            ["restore"] => Self::Restore,
            ["settings"] => Self::Settings,
            ["case", case] => case.parse().map_or(Self::Unknown, Self::Case),
            ["case", case, "paper"] => case.parse().map_or(Self::Unknown, Self::Paper),
            _ => Self::Unknown,
        }
    }

    /// The address.
    pub(crate) fn hash(&self) -> String {
        match self {
            Self::Start | Self::Unknown => "#/".to_owned(),
            Self::Team(team) => format!("#/t/{team}"),
            Self::Report(team) => format!("#/t/{team}/report"),
            Self::Track => "#/track".to_owned(),
            Self::Seal => "#/seal".to_owned(),
            Self::Cases => "#/cases".to_owned(),
            Self::Restore => "#/restore".to_owned(),
            Self::Settings => "#/settings".to_owned(),
            Self::Case(case) => format!("#/case/{case}"),
            Self::Paper(case) => format!("#/case/{case}/paper"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_its_page_and_back() {
        for hash in [
            "#/",
            "#/t/demo",
            "#/t/demo/report",
            "#/track",
            "#/seal",
            "#/cases",
            "#/settings",
            "#/case/00112233445566778899aabbccddeeff",
            "#/case/00112233445566778899aabbccddeeff/paper",
        ] {
            assert_eq!(Page::from_hash(hash).hash(), hash);
        }
        assert_eq!(Page::from_hash(""), Page::Start);
        for unknown in ["#/t/", "#/t/UP", "#/case/12", "#/x", "#/t/demo/report/more"] {
            assert_eq!(Page::from_hash(unknown), Page::Unknown, "{unknown}");
        }
    }
}
