package io.github.colonnade;

/** Pools as networks have them, square throughout, one image at a time. */
public enum PoolLayer {
  /** ResNet's only max pool. */
  RESNET_STEM(64, 112, 3, 2, 1),
  /** VGG's first. */
  VGG1(64, 224, 2, 2, 0),
  /** Next to the convolutions of Inception's first block, where it keeps the size. */
  INCEPTION(192, 35, 3, 1, 1),
  /** DenseNet's first transition. */
  DENSENET(128, 56, 2, 2, 0),
  /** What a call costs apart from its arithmetic. */
  TINY(3, 9, 3, 2, 1);

  final long channels;
  final long size;
  final long kernel;
  final long stride;
  final long padding;

  PoolLayer(long channels, long size, long kernel, long stride, long padding) {
    this.channels = channels;
    this.size = size;
    this.kernel = kernel;
    this.stride = stride;
    this.padding = padding;
  }

  long[] inputShape() {
    return new long[] {1, channels, size, size};
  }
}
