//! A text as the words that are compared: runs of letters and digits, the parts of names in code, and, in scripts that put no
//! space between words, every few signs in a row.

use super::fold::{fold, key};

/// The shortest word that is compared: shorter ones are everywhere. Numbers count at any length.
const MIN_WORD_CHARS: usize = 3;

/// The longest number of signs in a row that is compared in a script without spaces.
const MAX_ROW: usize = 4;

/// Chinese signs that belong to the grammar of nearly every sentence: a row with one of them says nothing.
const GRAMMAR: &str =
    "的了在是我你您他她它们們不有和也就都而及与這这那请請个個为為到被对對把吗嗎呢吧啊以没沒很再已会會可能";

/// Everyday rows of two signs in Chinese and Japanese.
const EVERYDAY_ROWS: &str = "\
    安全 团队 团隊 團隊 项目 報告 报告 联系 聯繫 聯絡 連絡 回复 回覆 邮件 郵件 时间 時間 问题 問題 收到 发送 等待 公开 公開 讨论 討論 今天 昨天 \
    谢谢 感谢 希望 需要 任何 知道 消息 社区 论坛 答复 帮助 负责 人员 维护 返信 返事 回答 確認 担当 方法 昨日 今日 日前 先週";

/// Every word of the texts as [`words_in`] finds them, sorted, each once.
pub(super) fn words_of<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut words: Vec<String> = texts.flat_map(words_in).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The words of a text, folded: three letters or more, and numbers.
pub(super) fn words_in(text: &str) -> Vec<String> {
    let plain = fold(text);
    let parts = parts_of(&plain);
    let words = parts.map(|part| -> Vec<String> {
        match row_of(part) {
            Some(row) => rows(part, row).map(|(_, row)| row).collect(),
            None => names_in(part),
        }
    });
    words.flatten().collect()
}

/// The runs of a folded text that are in a script without spaces, each with how many signs in a row are compared.
pub(super) fn runs_in(plain: &str) -> impl Iterator<Item = (&str, usize)> {
    parts_of(plain).filter_map(|part| Some((part, row_of(part)?)))
}

fn parts_of(plain: &str) -> impl Iterator<Item = &str> {
    plain.split(|c: char| !c.is_alphanumeric() && c != '_').flat_map(by_script)
}

/// A name in code and its parts: `parse_Frame2` is also `parse` and `Frame2`.
fn names_in(run: &str) -> Vec<String> {
    let mut names = vec![run];
    let parts = run.split('_').flat_map(humps);
    names.extend(parts.filter(|part| part.len() < run.len()));
    names.into_iter().filter(|name| counts(name)).map(key).collect()
}

fn counts(word: &str) -> bool {
    word.chars().count() >= MIN_WORD_CHARS || word.chars().any(|c| c.is_ascii_digit())
}

/// `parseFrame` as `parse` and `Frame`.
fn humps(name: &str) -> Vec<&str> {
    split_where(name, |before, after| before.is_lowercase() && after.is_uppercase())
}

/// A run of letters, parted where a script without spaces begins or ends.
fn by_script(run: &str) -> Vec<&str> {
    split_where(run, |before, after| row_length(before) != row_length(after))
}

fn split_where(text: &str, is_border: impl Fn(char, char) -> bool) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut rest, mut before) = (text, None::<char>);
    let mut start = 0;
    for (at, c) in text.char_indices() {
        if before.is_some_and(|before| is_border(before, c)) {
            let (part, after) = rest.split_at(at - start);
            parts.push(part);
            (rest, start) = (after, at);
        }
        before = Some(c);
    }
    parts.push(rest);
    parts
}

/// How many signs in a row are compared in a text of one script; `None` where words are parted by spaces.
pub(super) fn row_of(run: &str) -> Option<usize> {
    run.chars().next().and_then(row_length)
}

/// Han 2; Katakana 3; Thai, Lao, Burmese, Khmer 4. Hiragana holds Japanese together, like our small words.
const fn row_length(c: char) -> Option<usize> {
    match c {
        '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Some(2),
        '\u{30a0}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' => Some(3),
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => Some(MAX_ROW),
        '\u{3040}'..='\u{309f}' => Some(0),
        _ => None,
    }
}

/// Whether a sign belongs to a script without spaces, where a name begins and ends in the middle of a line.
pub(super) const fn has_no_spaces(c: char) -> bool {
    row_length(c).is_some()
}

/// The telling rows of signs, each with the sign it begins at; a shorter run as a whole.
pub(super) fn rows(run: &str, row: usize) -> impl Iterator<Item = (usize, String)> {
    let signs: Vec<char> = run.chars().collect();
    let row = row.min(signs.len());
    let count = if row < 2 { 0 } else { signs.len() - row + 1 };
    let all = (0..count).map(move |at| (at, signs.iter().skip(at).take(row).collect::<String>()));
    all.filter(|(_, row)| !row.chars().any(|c| GRAMMAR.contains(c)))
        .filter(|(_, row)| !EVERYDAY_ROWS.split_ascii_whitespace().any(|known| known == row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_names_in_code_are_also_their_parts() {
        assert_eq!(
            words_in("It’s the parse_Frame of HTTP2, v1"),
            ["the", "parse_frame", "parse", "frame", "http2", "v1"]
        );
        assert_eq!(words_in("FrameDecoder"), ["framedecoder", "frame", "decoder"]);
        assert_eq!(words_of(["a b", "be able"].into_iter()), ["able"]);
    }

    #[test]
    fn scripts_without_spaces_are_compared_a_few_signs_at_a_time() {
        assert_eq!(words_in("堆溢出"), ["堆溢", "溢出"]);
        assert_eq!(words_in("HTTP堆溢"), ["http", "堆溢"]);
        assert_eq!(words_in("ヒープのバグ"), ["ヒープ", "バグ"]);
        assert_eq!(words_in("安全团队的报告"), ["全团"]);
        assert!(words_in("ありがとうございます").is_empty());
    }
}
