package io.github.colonnade;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;

/**
 * An operator tile by tile, whose bits are those of the whole: a convolution, a max pool, or a
 * convolution behind a border.
 *
 * @param border what pads the images of a convolution without padding, or null
 * @param tileH rows of a tile, or more where the halo needs them
 */
record FuzzTiles(
    ConvCase conv,
    Algorithm algorithm,
    PoolCase pool,
    Pad2d border,
    long tileH,
    long tileW,
    DType dtype,
    FuzzValues values,
    FuzzMemory.Kind memory,
    int threads,
    int otherThreads,
    long seed)
    implements FuzzCase {
  /** A tile so large holds any output that is drawn. */
  private static final long MOST_TILE = 1 << 20;

  static FuzzTiles draw(SplittableRandom random) {
    ConvCase conv = null;
    PoolCase pool = null;
    Pad2d border = null;
    Algorithm algorithm = null;
    switch (random.nextInt(3)) {
      case 0 -> pool = drawPool(random);
      case 1 -> conv = ConvCase.random(random);
      default -> {
        do {
          conv = ConvCase.random(random).padding(Padding.VALID);
        } while (conv.h() <= (conv.kh() - 1) * conv.dh()
            || conv.w() <= (conv.kw() - 1) * conv.dw());
        Pad2d.Mode mode = Fuzz.any(random, Pad2d.Mode.values());
        border =
            Pad2d.builder(mode)
                .padding(
                    random.nextLong(conv.h()),
                    random.nextLong(conv.w()),
                    random.nextLong(conv.h()),
                    random.nextLong(conv.w()))
                .build();
      }
    }
    if (conv != null) {
      boolean direct = conv.suits(Algorithm.DIRECT) && random.nextInt(3) > 0;
      algorithm = direct ? Algorithm.DIRECT : Algorithm.REFERENCE;
    }
    return new FuzzTiles(
        conv,
        algorithm,
        pool,
        border,
        FuzzConvolution.size(random, 40),
        FuzzConvolution.size(random, 40),
        random.nextBoolean() ? DType.F64 : DType.F32,
        FuzzValues.draw(random),
        FuzzMemory.Kind.draw(random),
        random.nextInt(1, 9),
        random.nextInt(1, 9),
        random.nextLong());
  }

  private static PoolCase drawPool(SplittableRandom random) {
    PoolCase drawn;
    do {
      drawn = FuzzPool.larger(random, PoolCase.random(random));
    } while (drawn.loops().outputs(1) == 0 || !everySourceHasPixels(undivided(drawn)));
    return drawn;
  }

  private static Tiles undivided(PoolCase pool) {
    return Tiles.split(pool.h(), pool.w(), MOST_TILE, MOST_TILE, pool.maxPool(1).halo());
  }

  @Override
  public long run() {
    SplittableRandom random = new SplittableRandom(seed);
    try (Arena arena = Arena.ofConfined();
        FuzzMemory places = new FuzzMemory(random, memory)) {
      Tensor input =
          Tensor.allocate(arena, dtype, pool == null ? conv.inputShape() : pool.inputShape());
      values.fill(random, input);
      Tensor whole = border == null ? input : border.forward(arena, input);
      Tensor placed = places.input(input);
      if (pool != null) {
        Tensor expected = pool.maxPool(threads).forward(arena, whole);
        return compare(
            places,
            placed,
            expected,
            split(whole, pool.maxPool(1).halo()),
            (tile, source, target) ->
                pool.padding(tile.padding()).maxPool(otherThreads).forward(source, target));
      }
      PlanOptions options = PlanOptions.defaults().withAlgorithm(algorithm);
      Conv2d all = conv.conv(options.withThreads(threads));
      Tensor weight = Tensor.allocate(arena, dtype, conv.weightShape());
      FuzzValues.UNIFORM.fill(random, weight);
      Tensor placedWeight = places.input(weight);
      return compare(
          places,
          placed,
          all.forward(arena, whole, weight, null),
          split(whole, all.halo()),
          (tile, source, target) ->
              all.withPadding(tile.padding())
                  .plan(options.withThreads(otherThreads), dtype, source.shape())
                  .forward(source, placedWeight, null, target));
    }
  }

  private long compare(
      FuzzMemory places, Tensor input, Tensor expected, Tiles tiles, TileRunner.Operation one) {
    Tensor output = places.output(dtype, expected.shape());
    TileRunner runner = TileRunner.of(tiles).withThreads(threads);
    (border == null ? runner : runner.withBorder(border))
        .run(
            input,
            output,
            (tile, source, target) -> {
              places.forget();
              one.compute(tile, source, target);
            });
    FuzzChecks.requireBits("output of " + tiles, expected, output);
    return FuzzChecks.hash(1, output);
  }

  /** Returns what pools ask of tiles: none may lie in the padding alone. */
  private static boolean everySourceHasPixels(Tiles tiles) {
    for (Tiles.Tile tile : tiles) {
      if (tile.source().height() == 0 || tile.source().width() == 0) {
        return false;
      }
    }
    return true;
  }

  private Tiles split(Tensor whole, Halo halo) {
    for (long more = 0; more < MOST_TILE; more++) {
      try {
        Tiles tiles = Tiles.split(whole.size(2), whole.size(3), tileH + more, tileW + more, halo);
        if (pool == null || everySourceHasPixels(tiles)) {
          return tiles;
        }
      } catch (IllegalArgumentException larger) {
        if (!larger.getMessage().startsWith("tile")) {
          throw larger;
        }
      }
    }
    throw new AssertionError("no tile is large enough for " + halo);
  }
}
