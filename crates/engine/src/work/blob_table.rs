//! The blobs that a plan transfers, each once per repository, and the images that wait for them. No
//! I/O.

use std::collections::HashMap;

use longshore_names::{Digest, RepositoryName};

use crate::{CopyPlan, PlannedBlob, PlannedImage, Way};

/// A transfer's place in the table.
pub(crate) type TransferId = usize;

/// Every blob of every repository that a run works on, in the order of the plan. A few bytes for
/// each blob of each image, so that a plan of ten thousand images is no burden.
#[derive(Debug, Default)]
pub(crate) struct Table {
    transfers: Vec<First>,
    needs: Lists,
    users: Lists,
}

/// The first place of a repository's blob in the plan, which says how the blob gets there.
#[derive(Debug, Clone, Copy)]
struct First {
    image: u32,
    blob: u32,
}

/// Lists of small numbers, one after the other in one piece of memory.
#[derive(Debug, Default)]
struct Lists {
    begins: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    fn get(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        let from = self.begins.get(index).copied().unwrap_or(0) as usize;
        let to = self.begins.get(index + 1).map_or(from, |end| *end as usize);
        self.items.get(from..to).unwrap_or_default().iter().map(|item| *item as usize)
    }
}

impl Table {
    /// The table of those images of a plan for which `works` is true.
    pub(crate) fn new(plan: &CopyPlan, works: impl Fn(usize) -> bool) -> Self {
        let mut table = Self::default();
        let mut known: HashMap<(&RepositoryName, &Digest), u32> = HashMap::new();
        for (index, image) in plan.images.iter().enumerate() {
            table.needs.begins.push(number(table.needs.items.len()));
            if !works(index) {
                continue;
            }
            // The largest first, so that the longest transfer does not begin last.
            let mut order: Vec<usize> = (0..image.blobs.len()).collect();
            order.sort_by_key(|place| std::cmp::Reverse(size(image, *place)));
            for place in order {
                // A layer that stays where it is for one image may be an ordinary one of another.
                let Some(blob) = image.blobs.get(place).filter(|blob| blob.way != Way::Foreign) else {
                    continue;
                };
                let next = number(table.transfers.len());
                let id = *known.entry((&image.destination, &blob.descriptor.digest)).or_insert(next);
                if id == next {
                    table.transfers.push(First { image: number(index), blob: number(place) });
                }
                table.needs.items.push(id);
            }
        }
        table.needs.begins.push(number(table.needs.items.len()));
        table.users = turned_around(&table.needs, plan.images.len(), table.transfers.len());
        table
    }

    /// How many transfers there are.
    pub(crate) fn len(&self) -> usize {
        self.transfers.len()
    }

    /// The image and the blob that determine how a transfer is done.
    pub(crate) fn first<'a>(
        &self,
        plan: &'a CopyPlan,
        id: TransferId,
    ) -> Option<(&'a PlannedImage, &'a PlannedBlob)> {
        let first = self.transfers.get(id)?;
        let image = plan.images.get(first.image as usize)?;
        Some((image, image.blobs.get(first.blob as usize)?))
    }

    /// The transfers that an image needs.
    pub(crate) fn needs(&self, image: usize) -> impl Iterator<Item = TransferId> + '_ {
        self.needs.get(image)
    }

    /// The images that need a transfer, in the order of the plan.
    pub(crate) fn users(&self, id: TransferId) -> impl Iterator<Item = usize> + '_ {
        self.users.get(id)
    }

    /// The transfer of a blob of an image.
    pub(crate) fn find(&self, plan: &CopyPlan, image: usize, digest: &Digest) -> Option<TransferId> {
        self.needs(image)
            .find(|id| self.first(plan, *id).is_some_and(|(_, blob)| blob.descriptor.digest == *digest))
    }

    /// For a mount from a repository that the same run fills: the image and the transfer that put
    /// the blob there.
    pub(crate) fn mounts_after(
        &self,
        plan: &CopyPlan,
        id: TransferId,
    ) -> Option<(usize, Option<TransferId>)> {
        let (_, blob) = self.first(plan, id)?;
        match &blob.way {
            Way::Mount { after: Some(image), .. } => {
                Some((*image, self.find(plan, *image, &blob.descriptor.digest)))
            }
            _ => None,
        }
    }
}

fn size(image: &PlannedImage, place: usize) -> u64 {
    image.blobs.get(place).map_or(0, |blob| blob.descriptor.size)
}

/// Turns "image needs transfers" into "transfer is needed by images".
fn turned_around(needs: &Lists, images: usize, transfers: usize) -> Lists {
    let mut begins = vec![0_u32; transfers + 1];
    for item in &needs.items {
        if let Some(count) = begins.get_mut(*item as usize + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for begin in &mut begins {
        sum += *begin;
        *begin = sum;
    }
    let mut filled = begins.clone();
    let mut items = vec![0_u32; needs.items.len()];
    for image in 0..images {
        for id in needs.get(image) {
            if let Some(place) = filled.get_mut(id) {
                if let Some(item) = items.get_mut(*place as usize) {
                    *item = number(image);
                }
                *place += 1;
            }
        }
    }
    Lists { begins, items }
}

/// Plans have far fewer than four thousand million blobs; memory ends long before.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
