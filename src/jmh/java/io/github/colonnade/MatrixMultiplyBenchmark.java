package io.github.colonnade;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The bare matrix multiply, in the sizes that convolutions lower to. */
public class MatrixMultiplyBenchmark extends OperatorBenchmark {
  /** {@code [M, K] · [K, N]}: weights of O×(C·KH·KW) by columns of (C·KH·KW)×(OH·OW). */
  public enum Product {
    /** VGG's second convolution, too wide for any cache. */
    VGG1_2(64, 576, 50176),
    /** A convolution of 3×3 of ResNet's second stage. */
    RES2_3X3(64, 576, 3136),
    /** A convolution of 3×3 of its fifth stage. */
    RES5_3X3(512, 4608, 49),
    /** Square, as multiplies are compared by. */
    SQUARE(512, 512, 512),
    /** What a call costs apart from its arithmetic. */
    TINY(3, 4, 5);

    final long m;
    final long k;
    final long n;

    Product(long m, long k, long n) {
      this.m = m;
      this.k = k;
      this.n = n;
    }
  }

  /** Name of a product. */
  @Param public Product product;

  Tensor a;
  Tensor b;
  private Tensor c;

  @Override
  protected void prepare() {
    a = random(product.m, product.k);
    b = random(product.k, product.n);
    c = zeros(product.m, product.n);
  }

  /** The product. */
  @Benchmark
  public Tensor multiply() {
    MatrixMultiply.multiply(a, b, c, threads);
    return c;
  }
}
