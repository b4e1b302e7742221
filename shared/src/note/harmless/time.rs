//! Dates, times of the day, and lengths of time. A note needs them, and a report full of numbers must not forbid them.

use super::super::piece::Piece;

/// Years that a note can mean. Others in a date's form are taken for versions.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2099;

/// Units of time and their plurals, folded: English, German, French, Spanish.
const UNITS: &str = "\
    second seconds minute minutes hour hours day days week weeks weekend weekends month months year years h hrs min \
    sekunde sekunden minuten stunde stunden tag tage tagen woche wochen monat monate monaten jahr jahre jahren \
    heure heures jour jours semaine semaines mois an ans annee annees hora horas dia dias semanas mes meses ano anos minuto minutos";

/// What may stand between a number and its unit.
const OF_UNITS: &str = "business working calendar full whole more";

/// Names of months, folded: English, German, French, Spanish. A number stands beside them.
const MONTHS: &str = "\
    january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec \
    januar februar marz mai juni juli oktober dezember janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre \
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre";

/// Those among them that are also other words, unless they begin with a capital.
const OTHER_WORDS: &str = "may march mar";

/// What stands before a time of the day that has a point in it.
const BEFORE_TIMES: &str = "at around about by since until till um gegen bis ab seit vers las";

/// How many pieces from the first one on are one date, time or length of time; 0 if they are none.
pub(in crate::note) fn length_of_time(before: Option<&Piece<'_>>, pieces: &[Piece<'_>]) -> usize {
    let word = |at: usize| pieces.get(at).map_or("", |piece| piece.plain.as_str());
    let (first, second, third) = (word(0), word(1), word(2));
    if is_date(first) || first == "24/7" || is_hour(first, ':') || is_short_length(first) {
        return 1;
    }
    if before.is_some_and(|before| has(BEFORE_TIMES, &before.plain)) && is_hour(first, '.') {
        return 1;
    }
    if is_amount(first) && has(UNITS, second) {
        return 2;
    }
    if is_amount(first) && has(OF_UNITS, second) && has(UNITS, third) {
        return 3;
    }
    written_out(first, second, third)
}

/// `20 November 2026`, `20. November`, `November 20, 2026`, `November 2026`.
fn written_out(first: &str, second: &str, third: &str) -> usize {
    if is_day(first) && is_month(second) {
        return if is_year(third) { 3 } else { 2 };
    }
    match (is_month(first), is_day(second), is_year(second)) {
        (true, true, _) => 2 + usize::from(is_year(third)),
        (true, _, true) => 2,
        _ => 0,
    }
}

fn has(words: &str, word: &str) -> bool {
    let word = word.to_lowercase();
    words.split_ascii_whitespace().any(|known| known == word)
}

fn is_month(word: &str) -> bool {
    has(MONTHS, word) && !OTHER_WORDS.split_ascii_whitespace().any(|other| other == word)
}

/// `2026-11-23`, `23.11.2026`, `23/11/2026`, `11/23/2026`.
fn is_date(piece: &str) -> bool {
    let by = |sign: char| -> Option<[i16; 3]> {
        let mut parts = piece.split(sign).map(|part| (part.len() <= 4).then(|| part.parse().ok()).flatten());
        let three = [parts.next()??, parts.next()??, parts.next()??];
        parts.next().is_none().then_some(three)
    };
    let exists = |year: i16, month: i16, day: i16| {
        let (month, day) = (i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0));
        YEARS.contains(&year) && jiff::civil::Date::new(year, month, day).is_ok()
    };
    by('-').is_some_and(|[y, m, d]| exists(y, m, d))
        || by('.').is_some_and(|[d, m, y]| exists(y, m, d))
        || by('/').is_some_and(|[d, m, y]| exists(y, m, d) || exists(y, d, m))
}

/// `12:30`, or with a point.
fn is_hour(piece: &str, sign: char) -> bool {
    let Some((hour, minute)) = piece.split_once(sign) else { return false };
    let is_below =
        |text: &str, most: u8| is_count(text, 2) && text.parse::<u8>().is_ok_and(|number| number < most);
    is_below(hour, 24) && minute.len() == 2 && is_below(minute, 60)
}

/// `24h`, `48hrs`, `5d`, `10am`.
fn is_short_length(piece: &str) -> bool {
    let unit = piece.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = piece.strip_suffix(unit).unwrap_or_default();
    is_count(number, 3) && has("h hrs d w am pm min", unit)
}

/// `14`, `3.5`, `3,5`.
fn is_amount(piece: &str) -> bool {
    let (whole, part) = piece.split_once(['.', ',']).unwrap_or((piece, "0"));
    is_count(whole, 3) && is_count(part, 1)
}

fn is_day(piece: &str) -> bool {
    let number = piece.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let ending = piece.strip_prefix(number).unwrap_or_default();
    is_count(number, 2)
        && (ending.is_empty() || has("st nd rd th er", ending))
        && number.parse::<u8>().is_ok_and(|day| day <= 31)
}

fn is_year(piece: &str) -> bool {
    is_count(piece, 4) && piece.parse::<i16>().is_ok_and(|year| YEARS.contains(&year))
}

fn is_count(text: &str, most_digits: usize) -> bool {
    (1..=most_digits).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::super::super::piece::{Kind, pieces};

    fn left(note: &str) -> Vec<String> {
        pieces(note).into_iter().filter(|piece| piece.kind != Kind::Out).map(|piece| piece.plain).collect()
    }

    #[test]
    fn times_are_taken_out() {
        for time in [
            "2026-11-23",
            "23.11.2026",
            "1.12.2026",
            "11/23/2026",
            "12:30",
            "14 days",
            "3.5 days",
            "3,5 Tage",
            "5 business days",
            "24h",
            "20 November 2026",
            "20. November",
            "November 20th, 2026",
            "November 2026",
            "20 novembre",
        ] {
            assert_eq!(left(time), [""; 0], "{time}");
        }
        assert_eq!(left("at 12.30 or"), ["at", "or"]);
    }

    #[test]
    fn versions_and_numbers_are_not() {
        for other in [
            "2.7.1",
            "12.30",
            "1.2.1999",
            "2026.11.1",
            "99.99.2026",
            "4096 days",
            "40",
            "2026",
            "25:00",
            "v1.12.2026",
            "32 May",
            "2 may",
        ] {
            assert!(!left(other).is_empty(), "{other}");
        }
    }
}
