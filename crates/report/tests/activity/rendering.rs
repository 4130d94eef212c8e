//! Is a page written whole, and is nothing hostile in it?

use event::Key;
use expect_test::expect;
use report::render::{HTML_ROWS_MAX, TEXT_ROWS_MAX, csv, html, json, text};
use report::{
    Answer, Bar, Cell, Chart, ContentCoverage, Coverage, Figure, Page, Section, Shape, Table,
};

const DAY: i64 = 86_400_000_000;
/// 2026-03-01T00:00:00Z.
const MARCH: i64 = 1_772_323_200_000_000;

fn page(rows: usize) -> Page {
    let mut table = Table::new("entries", "Entries", &["CreationTime", "Subject", "Messages"]);
    for at in 0..rows {
        let time = MARCH + at as i64 * 3_600_000_000 + 500_000;
        let key = Some(Key { id: at as u64, content: 1 });
        let subject = match at {
            0 => "<script>alert(1)</script> \u{202e}gpj.exe\u{1b}[31m\r\n",
            1 => "=cmd|' /C calc'!A0",
            _ => "Plan, \"final\"",
        };
        table
            .push(key, vec![Cell::Time(time), Cell::text(subject), Cell::Count(1_200 + at as u64)]);
    }
    let figure = |label: &str, value, alarming| Figure { label: label.to_owned(), value, alarming };
    Page {
        report: "non-owner-access",
        title: "Non-owner mailbox access",
        about: "Who opened mailboxes that are not theirs.",
        asked: vec![("user", "ann*".to_owned())],
        tenants: vec!["contoso".to_owned()],
        from: MARCH,
        to: MARCH + 7 * DAY,
        made: MARCH + 8 * DAY,
        events: 12_345,
        coverage: Coverage {
            contents: vec![ContentCoverage {
                name: "Audit.Exchange".to_owned(),
                events: 12_000,
                first: Some(MARCH),
                last: Some(MARCH + 6 * DAY),
            }],
            gaps: vec!["Audit.Exchange 2026-03-03: a blob expired".to_owned()],
            last_event: Some(MARCH + 7 * DAY),
            dropped: vec![("no-sync".to_owned(), 7)],
        },
        answer: Answer {
            sections: vec![
                Section::Figures(vec![
                    figure("Entries", Cell::Count(12_345), false),
                    figure("From outside", Cell::Count(3), true),
                ]),
                Section::Chart(Chart {
                    title: "Access over time".to_owned(),
                    shape: Shape::Timeline,
                    series: vec!["delegate".to_owned(), "administrator".to_owned()],
                    bars: vec![
                        Bar { label: "2026-03-01".to_owned(), values: vec![30, 10] },
                        Bar { label: "2026-03-02".to_owned(), values: vec![0, 0] },
                        Bar { label: "2026-03-03".to_owned(), values: vec![1, 0] },
                    ],
                }),
                Section::Table(table),
            ],
            notes: vec!["2 entries are synchronised folders.".to_owned()],
        },
    }
}

#[test]
fn as_text() {
    expect![[r#"
        Non-owner mailbox access
        ========================
        Who opened mailboxes that are not theirs.

        user     ann*
        tenant   contoso
        from     2026-03-01 00:00:00 UTC
        to       2026-03-08 00:00:00 UTC
        made     2026-03-09 00:00:00 UTC, of 12,345 events

        Coverage
        --------
        Audit.Exchange: 12,000 events, 2026-03-01 00:00:00 to 2026-03-07 00:00:00
        ! gap: Audit.Exchange 2026-03-03: a blob expired
        ! kept out by policy no-sync: 7 events
        Newest event of the store: 2026-03-08 00:00:00

          Entries       12,345
        ! From outside  3

        Access over time
        ----------------
        █ delegate   ▓ administrator
        2026-03-01  ██████████████████████████████▓▓▓▓▓▓▓▓▓▓ 40
        2026-03-02
        2026-03-03  █ 1

        Entries (3)
        -----------
        CreationTime         Subject                                                  Messages
        -------------------  -------------------------------------------------------  --------
        2026-03-01 00:00:00  <script>alert(1)</script> \u{202e}gpj.exe\u{1b}[31m\r\n     1,200
        2026-03-01 01:00:00  =cmd|' /C calc'!A0                                          1,201
        2026-03-01 02:00:00  Plan, "final"                                               1,202

        Notes
        -----
        - 2 entries are synchronised folders.
    "#]]
    .assert_eq(&text(&page(3)));
    assert!(text(&page(TEXT_ROWS_MAX + 5)).contains("and 5 rows more; CSV has them\n"));
}

#[test]
fn as_csv() {
    expect![[r#"
        CreationTime,Subject,Messages,Key
        2026-03-01T00:00:00.500000Z,<script>alert(1)</script> \u{202e}gpj.exe\u{1b}[31m\r\n,1200,00000000000000000000000000000001
        2026-03-01T01:00:00.500000Z,'=cmd|' /C calc'!A0,1201,00000000000000010000000000000001
        2026-03-01T02:00:00.500000Z,"Plan, ""final""",1202,00000000000000020000000000000001
    "#]].assert_eq(&csv(&page(3), None).unwrap());
    assert_eq!(csv(&page(3), Some("entries")), csv(&page(3), None));
    for (page, table, expected) in [
        (
            page(3),
            Some("mailboxes"),
            "report non-owner-access has no table \"mailboxes\"; it has entries",
        ),
        (
            Page { answer: Answer::default(), ..page(0) },
            None,
            "report non-owner-access has no table: ask for it as text, JSON or HTML",
        ),
    ] {
        assert_eq!(csv(&page, table), Err(expected.to_owned()));
    }
}

#[test]
fn as_json() {
    let value: serde_json::Value = serde_json::from_str(&json(&page(2))).unwrap();
    for (path, expected) in [
        ("/from", "2026-03-01T00:00:00Z"),
        ("/coverage/contents/0/last", "2026-03-07T00:00:00Z"),
        ("/coverage/last_event", "2026-03-08T00:00:00Z"),
        ("/sections/2/table/rows/0/cells/0", "2026-03-01T00:00:00.500000Z"),
        ("/sections/2/table/rows/0/key", "00000000000000000000000000000001"),
        ("/sections/1/chart/shape", "timeline"),
    ] {
        assert_eq!(value.pointer(path).and_then(|it| it.as_str()), Some(expected), "{path}");
    }
}

#[test]
fn as_html() {
    let page = page(3);
    let written = html(&page);
    for part in [
        "&lt;script&gt;alert(1)",
        r"\u{202e}gpj.exe\u{1b}[31m\r\n",
        "What this rests on",
        "Audit.Exchange 2026-03-03: a blob expired",
        "no-sync kept 7 events out",
        "▲",
        "1,201",
    ] {
        assert!(written.contains(part), "{part}");
    }
    for part in ["<script", "\u{202e}", "\u{1b}", "http:", "https:", "url(", "src=", "@import"] {
        assert!(!written.contains(part), "{part}");
    }
}

#[test]
fn html_shows_a_bounded_number_of_rows() {
    let written = html(&page(HTML_ROWS_MAX + 3));
    assert_eq!(written.matches("<tr><td class=\"time\">2026").count(), HTML_ROWS_MAX);
    assert!(written.contains("And 3 more rows: the CSV of table <code>entries</code> has them."));
}

/// Every report, of an empty store, in every form.
#[test]
fn every_report_says_that_there_is_nothing() {
    for kind in report::ALL {
        let ask = crate::ask(|ask| {
            ask.user = Some("ann@contoso.example".into());
            ask.address = Some("203.0.113.7".into());
            ask.document = Some("Plan.docx".into());
            ask.mailbox = Some("ann@contoso.example".into());
            ask.session = Some("5e55".into());
        });
        let answer = crate::answer(kind.name, &ask, &[]);
        let page = Page { answer, ..page(0) };
        assert!(html(&page).contains("</html>"), "{}", kind.name);
        assert!(text(&page).contains("None."), "{}", kind.name);
        assert!(csv(&page, None).is_ok_and(|csv| csv.lines().count() >= 1), "{}", kind.name);
    }
}
