//! The parts of Device that both versions write alike: its identifier and its version.

use serde::Serialize;

use super::element::{AtMostOne, Identifier};
use crate::code::{Coded, system};
use crate::facts::device::Device;

#[derive(Serialize)]
pub(crate) struct Version<'a> {
    #[serde(rename = "type")]
    of_type: Coded<'static>,
    value: &'a str,
}

pub(crate) fn identifier(facts: &Device) -> AtMostOne<Identifier<'_>> {
    let value = facts.identifier.as_deref()?;
    Some([Identifier::of(Some(system::DEVICE), value)])
}

pub(crate) fn version(facts: &Device) -> AtMostOne<Version<'_>> {
    let value = facts.version.as_deref()?;
    let of_type = facts.version_type();
    Some([Version { of_type, value }])
}
