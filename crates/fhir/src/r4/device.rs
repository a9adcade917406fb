//! R4 Device.

use fhir_sdk::r4b::codes::{DeviceNameType, FHIRDeviceStatus};
use fhir_sdk::r4b::resources::{Device, DeviceDeviceName, DeviceVersion};

use super::{Built, element, resource};
use crate::facts::device as facts;
use crate::resource::{FhirError, Resource};

pub(crate) fn device(facts: &facts::Device) -> Result<Resource, FhirError> {
    resource("Device", &facts.id, build(facts))
}

fn build(facts: &facts::Device) -> Built<Device> {
    let mut device = Device::builder()
        .id(facts.id.clone())
        .status(FHIRDeviceStatus::Active)
        .r#type(element::concept(&facts.of_type())?)
        .build()?;
    device.manufacturer = facts.manufacturer.clone();
    if let Some(value) = &facts.identifier {
        let identifier = element::identifier(Some(facts.identifier_system()), value)?;
        device.identifier = vec![Some(identifier)];
    }
    if let Some(name) = &facts.name {
        device.device_name = vec![Some(model_name(name)?)];
    }
    if let Some(version) = &facts.version {
        let version = DeviceVersion::builder()
            .r#type(element::concept(&facts.version_type())?)
            .value(version.clone())
            .build()?;
        device.version = vec![Some(version)];
    }
    Ok(device)
}

fn model_name(name: &str) -> Built<DeviceDeviceName> {
    DeviceDeviceName::builder()
        .name(name.to_owned())
        .r#type(DeviceNameType::ModelName)
        .build()
}
