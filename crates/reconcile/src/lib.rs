//! Pure policy: many assertions to one resolution; instance to series to study.
