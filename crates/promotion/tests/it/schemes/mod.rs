mod next;
mod order;
mod recognition;
