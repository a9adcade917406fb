//! The model that travels in the program.

use crate::Model;

impl Model {
    /// The model compiled into the program; none where it was built without `models/xray-1/`.
    #[cfg(builtin_model)]
    pub fn builtin() -> Option<&'static Model> {
        use std::sync::LazyLock;

        static BUILTIN: LazyLock<Model> = LazyLock::new(|| {
            let files = crate::Files {
                manifest: include_str!("../../../models/xray-1/model.toml"),
                labels: include_str!("../../../models/xray-1/labels.tsv"),
                weights: include_bytes!("../../../models/xray-1/weights.safetensors"),
            };
            Model::load(files).expect("the built-in model is tested")
        });
        Some(&BUILTIN)
    }

    /// The model compiled into the program; none where it was built without `models/xray-1/`.
    #[cfg(not(builtin_model))]
    pub fn builtin() -> Option<&'static Model> {
        None
    }
}
