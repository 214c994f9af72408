package io.github.colonnade;

/** Adaptive pools as networks have them, square throughout, one image at a time. */
public enum AdaptivePoolLayer {
  /** Global pooling before ResNet-50's classifier. */
  RESNET_HEAD(2048, 7, 1),
  /** Global pooling of a squeeze-and-excitation block. */
  SQUEEZE(256, 56, 1),
  /** The finest level of a pyramid as PSPNet's. */
  PYRAMID(512, 60, 6),
  /** What a call costs apart from its arithmetic, with windows that overlap. */
  TINY(3, 8, 3);

  final long channels;
  final long size;
  final long outputSize;

  AdaptivePoolLayer(long channels, long size, long outputSize) {
    this.channels = channels;
    this.size = size;
    this.outputSize = outputSize;
  }

  long[] inputShape() {
    return new long[] {1, channels, size, size};
  }
}
