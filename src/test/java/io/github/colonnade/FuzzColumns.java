package io.github.colonnade;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Lowering images to columns, and summing columns back. */
record FuzzColumns(ConvCase geometry, Im2col.Layout layout) implements FuzzPlanes.Operator {
  static FuzzColumns draw(SplittableRandom random) {
    ConvCase drawn;
    do {
      drawn = ConvCase.random(random);
    } while (drawn.groups() > 1);
    return new FuzzColumns(drawn, Fuzz.any(random, Im2col.Layout.values()));
  }

  private Im2col lowering(int threads) {
    return Im2col.builder(geometry.kh(), geometry.kw())
        .stride(geometry.sh(), geometry.sw())
        .padding(geometry.padding())
        .dilation(geometry.dh(), geometry.dw())
        .layout(layout)
        .threads(threads)
        .build();
  }

  @Override
  public long[] inputShape() {
    return geometry.inputShape();
  }

  @Override
  public long[] outputShape() {
    return lowering(1).columnsShape(inputShape());
  }

  @Override
  public void products(FuzzPlanes.Product product) {
    long[] sizes = geometry.conv().plan(DType.F64, inputShape()).outputShape();
    long outH = sizes[2];
    long outW = sizes[3];
    long depth = geometry.c() * geometry.kh() * geometry.kw();
    long pixels = geometry.n() * outH * outW;
    long top = before(geometry.h(), outH, geometry.kh(), geometry.sh(), geometry.dh(), true);
    long left = before(geometry.w(), outW, geometry.kw(), geometry.sw(), geometry.dw(), false);
    for (long pixel = 0; pixel < pixels; pixel++) {
      long image = pixel / (outH * outW);
      for (long k = 0; k < depth; k++) {
        long channel = k / (geometry.kh() * geometry.kw());
        long row =
            pixel / outW % outH * geometry.sh()
                - top
                + k / geometry.kw() % geometry.kh() * geometry.dh();
        long column = pixel % outW * geometry.sw() - left + k % geometry.kw() * geometry.dw();
        if (row >= 0 && row < geometry.h() && column >= 0 && column < geometry.w()) {
          long at =
              switch (layout) {
                case ROWS -> pixel * depth + k;
                case COLUMNS -> k * pixels + pixel;
                case BATCHED -> (image * depth + k) * outH * outW + pixel % (outH * outW);
              };
          product.at(
              ((image * geometry.c() + channel) * geometry.h() + row) * geometry.w() + column,
              -1,
              at);
        }
      }
    }
  }

  /** Returns the padding above or on the left. */
  private long before(long size, long out, long kernel, long stride, long dilation, boolean rows) {
    if (geometry.padding() instanceof Padding.Explicit sides) {
      return rows ? sides.top() : sides.left();
    }
    if (geometry.padding().equals(Padding.VALID)) {
      return 0;
    }
    long missing = Math.max(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - size);
    return geometry.padding().equals(Padding.SAME_UPPER) ? missing / 2 : (missing + 1) / 2;
  }

  @Override
  public void forward(Tensor input, Tensor weight, Tensor output, int threads) {
    lowering(threads).im2col(input, output);
  }

  @Override
  public boolean backward(Tensor gradOutput, Tensor gradInput, int threads) {
    lowering(threads).col2im(gradOutput, gradInput);
    return true;
  }

  @Override
  public String toString() {
    return layout + " columns of " + Arrays.toString(inputShape()) + " by " + geometry;
  }
}
