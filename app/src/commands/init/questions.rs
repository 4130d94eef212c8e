//! How is a question put, and its answer judged?
//!
//! An answer comes from a flag, from a terminal, or from a line of standard input; each is judged at
//! once, and a wrong one is asked for again where somebody can answer.

use std::io::{BufRead, Write};

use anyhow::{Result, bail};

/// Wrong answers to one question before giving up.
const TRIES_MAX: usize = 20;

/// Who answers.
pub struct Questions<'a> {
    pub input: &'a mut dyn BufRead,
    pub output: &'a mut dyn Write,
}

/// One question.
pub struct Question<'a> {
    /// What is asked, in words.
    pub words: &'a str,
    /// The flag that answers it, without dashes.
    pub flag: &'a str,
    /// Its value, if it was given.
    pub given: Option<&'a str>,
    /// Taken for an empty line, and at the end of the input.
    pub default: Option<String>,
}

impl Questions<'_> {
    /// The answer as `judge` reads it.
    pub fn ask<T>(
        &mut self,
        question: &Question,
        judge: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T> {
        let Question { words, flag, given, default } = question;
        if let Some(given) = given {
            return judge(given).map_err(|why| anyhow::anyhow!("--{flag}: {why}"));
        }
        for _ in 0..TRIES_MAX {
            match default {
                Some(default) => write!(self.output, "{words} [{default}]: ")?,
                None => write!(self.output, "{words}: ")?,
            }
            self.output.flush()?;
            let line = self.line()?;
            let is_end = line.is_none();
            let line = line.unwrap_or_default();
            let answer = match (line.trim(), default) {
                ("", Some(default)) => default,
                ("", None) if is_end => bail!("{words}: no answer; give it with --{flag}"),
                (answer, _) => answer,
            };
            match judge(answer) {
                Ok(answer) => return Ok(answer),
                Err(why) if is_end => bail!("{words}: {why}; give it with --{flag}"),
                Err(why) => writeln!(self.output, "  {}", crate::present::printable(&why))?,
            }
        }
        bail!("{words}: {TRIES_MAX} answers did not fit; give it with --{flag}")
    }

    fn line(&mut self) -> Result<Option<String>> {
        let mut line = String::new();
        match self.input.read_line(&mut line)? {
            // What was asked stands alone on its line; the next begins anew.
            0 => {
                writeln!(self.output)?;
                Ok(None)
            }
            _ => Ok(Some(line)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_judged_and_asked_for_again() {
        let check = |input: &str, given: Option<&str>, default: Option<&str>, expected: &str| {
            let (mut input, mut output) = (input.as_bytes(), Vec::new());
            let mut questions = Questions { input: &mut input, output: &mut output };
            let default = default.map(str::to_owned);
            let question = Question { words: "How many", flag: "count", given, default };
            let judge =
                |text: &str| text.parse::<u8>().map_err(|_| format!("{text:?} is no number"));
            let answer = questions.ask(&question, judge);
            let answer = answer.map_or_else(|error| error.to_string(), |count| count.to_string());
            assert_eq!(answer, expected);
        };
        check("7\n", None, None, "7");
        check("\n", None, Some("3"), "3");
        check("", None, Some("3"), "3");
        check("x\n \n 9 \n", None, None, "9");
        check("", Some("5"), None, "5");
        check("", Some("x"), None, "--count: \"x\" is no number");
        check("x\n", None, None, "How many: no answer; give it with --count");
        check(
            &"x\n".repeat(99),
            None,
            None,
            "How many: 20 answers did not fit; give it with --count",
        );
    }
}
