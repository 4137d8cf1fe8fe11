//! Operations on images and layers.

pub(crate) mod image_ids;
pub(crate) mod image_queries;
pub(crate) mod images;
pub(crate) mod layers;
pub(crate) mod put_image;
pub(crate) mod referrers;
pub(crate) mod scans;
pub(crate) mod storage_class;
pub(crate) mod uploads;
