//! What stands for a column in a name?
//!
//! Names of subjects, routing keys, indices and objects may hold columns in braces: `{Workload}`.

use event::Field;

/// The text with `fill` put in for each column. The error names what is no column.
pub(super) fn fill(template: &str, fill: &dyn Fn(Field) -> String) -> Result<String, String> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) =
            after.split_once('}').ok_or_else(|| format!("{template:?} has a {{ without a }}"))?;
        let field = Field::named(name).ok_or_else(|| {
            format!("{name:?} in {template:?} is no column; use such as Workload")
        })?;
        out.push_str(before);
        out.push_str(&fill(field));
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_filled_in() {
        let filled = |template: &str| fill(template, &|field| format!("<{}>", field.name()));
        assert_eq!(filled("a.{workload}.b").as_deref(), Ok("a.<Workload>.b"));
        assert_eq!(filled("plain").as_deref(), Ok("plain"));
        assert!(filled("{Colour}").unwrap_err().contains("is no column"));
        assert!(filled("{Workload").unwrap_err().contains("without a }"));
    }
}
