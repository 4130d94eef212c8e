//! What does an output get of a stored row?

use bytes::Bytes;
use decode::form::{Fields, Form};
use event::{Cell, Event, Field, Filter};
use output::{Datum, Record, Typed};
use search::Row;
use search::sql::{Member, members};

use crate::config::Output;
use crate::views::{self, Shaped};

/// Rows to records: those that fit the filter, in the output's format.
#[derive(Clone, Debug)]
pub struct Renderer {
    pub filter: Filter,
    /// `None` for columns.
    pub form: Option<Form>,
    pub fields: Fields,
}

impl Renderer {
    /// As the output wants it.
    pub fn of(output: &Output) -> Renderer {
        let Output { filter, form, fields, .. } = output.clone();
        Renderer { filter, form, fields }
    }

    /// The same for every event.
    pub fn without_filter(output: &Output) -> Renderer {
        Renderer { filter: Filter::All, ..Renderer::of(output) }
    }

    /// `None` if the row is not for this output. Bytes that could not be read as a record are for
    /// none: they are the store's to keep.
    pub fn record(&self, row: Row) -> Option<Record> {
        if row.cell(Field::Quarantine).is_some() {
            return None;
        }
        let event = row.event(decode::body(&row.raw));
        if !self.filter.matches(&event) {
            return None;
        }
        let (body, typed) = match self.form {
            Some(form) => (body(form, &self.fields, &event), None),
            None => (Bytes::new(), typed(&event)),
        };
        let (key, raw) = (row.key, row.raw.clone());
        Some(Record { key, raw, cells: row.into_cells(), body, typed })
    }
}

/// One line, whatever the format.
fn body(form: Form, fields: &Fields, event: &Event) -> Bytes {
    let mut body = Vec::with_capacity(event.raw.len() * 2);
    form.write_with(event, fields, &mut body);
    if form == Form::Raw {
        // Between the tokens of JSON a line break is white space, and inside a text it is escaped.
        body.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
    }
    body.into()
}

fn typed(event: &Event) -> Option<Typed> {
    let Some(Cell::Int(record_type)) = event.cell(Field::RecordType) else {
        return None;
    };
    let Shaped { shape, view } = views::shape(*record_type)?;
    let datum = |member| match member {
        Member::Text(text) => Datum::Text(text),
        Member::Integer(value) => Datum::Integer(value),
        Member::Boolean(value) => Datum::Boolean(value),
        Member::Time(micros) => Datum::Time(micros),
    };
    let values = members(view, &event.body).into_iter().map(|member| member.map(datum)).collect();
    Some(Typed { shape: shape.clone(), values })
}
