//! CVSS vectors, scored. **Rule:** first.org, CVSS v3.1 and v4.0 specification documents.

use std::str::FromStr as _;

use cvss::Cvss;
use sealpost_shared::letter::Severity;

/// A CVSS vector with what it comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The vector in its canonical spelling.
    pub vector: String,
    /// Which CVSS.
    pub version: ScoreVersion,
    /// 0.0 to 10.0, one decimal.
    pub value: f64,
    /// The score in words; `None` for 0.0.
    pub severity: Option<Severity>,
}

/// The versions of CVSS that are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScoreVersion {
    /// 3.1, of 2019.
    V31,
    /// 4.0, of 2023.
    V40,
}

impl Score {
    /// Reads and scores a vector.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub(crate) fn parse(vector: &str) -> Result<Self, String> {
        let read = Cvss::from_str(vector)
            .map_err(|why| format!("“{vector}” is no CVSS vector ({why}); copy it from a calculator"))?;
        let version = match read {
            Cvss::CvssV31(_) => ScoreVersion::V31,
            Cvss::CvssV40(_) => ScoreVersion::V40,
            _ => {
                return Err("only CVSS 3.1 and 4.0 are in use; a vector begins with CVSS:3.1/ or CVSS:4.0/"
                    .to_owned());
            }
        };
        let base = match version {
            ScoreVersion::V31 => &["AV", "AC", "PR", "UI", "S", "C", "I", "A"][..],
            ScoreVersion::V40 => &["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"],
        };
        if let Some(metric) = base.iter().find(|metric| !vector.contains(&format!("/{metric}:"))) {
            return Err(format!(
                "“{vector}” lacks the metric {metric}; without every base metric there is no score"
            ));
        }
        let severity = match read.severity() {
            cvss::Severity::None => None,
            cvss::Severity::Low => Some(Severity::Low),
            cvss::Severity::Medium => Some(Severity::Medium),
            cvss::Severity::High => Some(Severity::High),
            cvss::Severity::Critical => Some(Severity::Critical),
        };
        Ok(Self { vector: read.to_string(), version, value: read.score(), severity })
    }

    /// The score in the specification's words, in capitals: `NONE` to `CRITICAL`.
    #[must_use]
    pub fn rating(&self) -> &'static str {
        match self.severity {
            None => "NONE",
            Some(Severity::Low) => "LOW",
            Some(Severity::Medium) => "MEDIUM",
            Some(Severity::High) => "HIGH",
            Some(Severity::Critical) => "CRITICAL",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of first.org's own examples and calculators.
    #[test]
    fn known_vectors_have_their_known_scores() {
        for (vector, value, severity) in [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8, Some(Severity::Critical)),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1, Some(Severity::Medium)),
            ("CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N", 0.0, None),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
                10.0,
                Some(Severity::Critical),
            ),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
                9.3,
                Some(Severity::Critical),
            ),
            ("CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.3, Some(Severity::High)),
        ] {
            let score = Score::parse(vector).unwrap();
            assert_eq!((score.vector.as_str(), score.value, score.severity), (vector, value, severity));
        }
    }

    #[test]
    fn other_versions_and_half_vectors_are_refused() {
        for bad in [
            "",
            "9.8",
            "CVSS:3.1/AV:N",
            "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "AV:N/AC:L/Au:N/C:P/I:P/A:P",
            "CVSS:4.0/AV:Q/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
        ] {
            assert!(Score::parse(bad).is_err(), "{bad}");
        }
    }
}
