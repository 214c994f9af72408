package io.github.colonnade.cli.bench;

import java.util.List;

/**
 * The layers of one table.
 *
 * @param layers in the table's order, at least one
 * @param isCounted whether the table says how often each stands in the network, so that sums over
 *     the network make sense
 */
public record LayerSet(List<Layer> layers, boolean isCounted) {
  /** Copies the list. */
  public LayerSet {
    layers = List.copyOf(layers);
  }

  /** Returns the same layers, each for another number of images. */
  public LayerSet withImages(long images) {
    return new LayerSet(layers.stream().map(layer -> layer.withImages(images)).toList(), isCounted);
  }
}
