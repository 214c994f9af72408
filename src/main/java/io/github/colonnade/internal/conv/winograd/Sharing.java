package io.github.colonnade.internal.conv.winograd;

/** What the tasks share of a block of tiles. */
enum Sharing {
  /** Nothing: each transforms tiles of its own. */
  NOTHING,

  /** The tiles; each multiplies them by the weights of some output channels. */
  TILES,

  /** Tiles, weights and products; each multiplies one frequency of a group. */
  ALL
}
