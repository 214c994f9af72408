package io.github.colonnade.internal.pool;

/**
 * Windows that divide an axis as evenly as possible: window {@code i} reaches from {@code ⌊i ·
 * inputs / outputs⌋} to before {@code ⌈(i + 1) · inputs / outputs⌉}.
 *
 * @param inputs elements along this axis
 * @param outputs windows along this axis; its product with {@code inputs} fits a long
 */
public record AdaptiveAxis(long inputs, long outputs) implements PoolAxis {

  @Override
  public long dilation() {
    return 1;
  }

  @Override
  public long mostTaps() {
    return Math.min(inputs, inputs / outputs + 2);
  }

  @Override
  public long first(long output) {
    return output * inputs / outputs;
  }

  @Override
  public long count(long output) {
    return Math.ceilDiv((output + 1) * inputs, outputs) - first(output);
  }

  @Override
  public long reachFrom(long output) {
    return first(output);
  }

  @Override
  public long reachEnd(long output) {
    return first(output) + count(output);
  }

  @Override
  public long countPadded(long output) {
    return count(output);
  }
}
