package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Images through an operator, tile by tile. */
class TileRunnerTest {
  private static final TileRunner.Operation NOTHING = (tile, source, target) -> {};
  private static final PlanOptions DIRECT =
      PlanOptions.defaults().withThreads(2).withAlgorithm(Algorithm.DIRECT);

  @TempDir private Path folder;
  private final Arena arena = Arena.ofShared();
  private final SplittableRandom random = new SplittableRandom(4);

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @ParameterizedTest
  @EnumSource(Pad2d.Mode.class)
  void aBorderOfThePlaneIsSeenByEveryTile(Pad2d.Mode mode) {
    for (int i = 0; i < 30; i++) {
      DType dtype = i % 2 == 0 ? DType.F64 : DType.F32;
      Pad2d.Builder builder =
          Pad2d.builder(mode)
              .padding(random.nextInt(5), random.nextInt(5), random.nextInt(5), random.nextInt(5));
      Pad2d border = (mode == Pad2d.Mode.CONSTANT ? builder.value(-3) : builder).build();
      Conv2d conv =
          Conv2d.builder(3, 2, 1 + random.nextInt(4), 1 + random.nextInt(4))
              .stride(1 + random.nextInt(2))
              .options(DIRECT)
              .build();
      Tensor input = random(dtype, 2, 3, 5 + random.nextInt(20), 5 + random.nextInt(20));
      Tensor padded = border.forward(arena, input);
      Tensor weight = random(dtype, conv.plan(dtype, padded.shape()).weightShape());
      Tensor expected = conv.forward(arena, padded, weight, null);

      Tiles tiles =
          Tiles.split(
              padded.size(2), padded.size(3), 3 + random.nextInt(4), 3 + i % 9, conv.halo());
      Tensor actual = Tensor.allocate(arena, dtype, expected.shape());
      TileRunner.of(tiles)
          .withBorder(border)
          .withThreads(1 + i % 3)
          .run(
              input,
              actual,
              (tile, source, target) ->
                  conv.plan(dtype, source.shape()).forward(source, weight, null, target));

      assertEquals(
          -1, expected.segment().mismatch(actual.segment()), border + ", " + conv + ", " + tiles);
    }
  }

  @ParameterizedTest
  @EnumSource(Pad2d.Mode.class)
  void separableFiltersInPieces(Pad2d.Mode mode) {
    SeparableKernel kernel = SeparableKernel.of(new double[] {1, 3, -2, 5}, new double[] {2, 7, 1});
    SeparableFilter2d whole = SeparableFilter2d.builder(kernel).border(mode).build();
    SeparableFilter2d valid = SeparableFilter2d.builder(kernel).valid().build();
    Pad2d border = Pad2d.builder(mode).padding(2, 1, 1, 1).build();
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      Tensor input = random(dtype, 2, 3, 40, 29);
      Tensor expected = whole.forward(arena, input);

      Tensor actual = Tensor.allocate(arena, dtype, expected.shape());
      TileRunner.of(Tiles.split(43, 31, 9, valid.halo()))
          .withBorder(border)
          .run(input, actual, (tile, source, target) -> valid.forward(source, target));

      assertEquals(-1, expected.segment().mismatch(actual.segment()), whole.toString());
      assertEquals(
          "Tiles[40×29 → 40×29, 20 of 9×9]", Tiles.split(40, 29, 9, whole.halo()).toString());
    }
  }

  @Test
  void theTypeMayChangeAndTilesComeInOrder() {
    Tensor input = random(DType.F64, 2, 1, 4, 6);
    Tensor output = Tensor.allocate(arena, DType.F32, 2, 2, 4, 6);
    Tiles tiles = Tiles.split(4, 6, 2, 4, Halo.of(0, 0, 0, 0));
    StringBuilder order = new StringBuilder();

    TileRunner.of(tiles)
        .run(
            input,
            output,
            (tile, source, target) -> {
              order.append(tile.target().top()).append(tile.target().left()).append(' ');
              for (long i = 0; i < source.elementCount(); i++) {
                target.set(i, source.get(i));
                target.set(source.elementCount() + i, -source.get(i));
              }
            });

    assertEquals("00 04 20 24 00 04 20 24 ", order.toString());
    for (int i = 0; i < 24; i++) {
      assertEquals((float) input.get(24 + i), output.get(48 + i));
      assertEquals((float) -input.get(24 + i), output.get(72 + i));
    }
  }

  @Test
  void whatDoesNotFitIsToldBeforeAnythingIsWritten() {
    TileRunner runner = TileRunner.of(Tiles.split(4, 6, 2, Halo.of(1, 1, 1, 1)));
    Tensor input = random(DType.F64, 2, 3, 4, 6);
    Tensor output = Tensor.allocate(arena, DType.F64, 2, 5, 4, 6);
    assertRefused(
        "input: shape is [2, 3, 4, 5], must be [N, C, 4, 6]",
        runner,
        random(DType.F64, 2, 3, 4, 5),
        output);
    assertRefused(
        "input: shape is [4, 6], must be [N, C, H, W]", runner, random(DType.F64, 4, 6), output);
    assertRefused(
        "input with its border: shape is [2, 3, 6, 8], must be [N, C, 4, 6]",
        runner.withBorder(Pad2d.builder(Pad2d.Mode.REFLECT).padding(1).build()),
        input,
        output);
    assertRefused(
        "padTop: is 4, must be less than the input's H in mode REFLECT, which is 4",
        runner.withBorder(Pad2d.builder(Pad2d.Mode.REFLECT).padding(4).build()),
        input,
        output);
    assertRefused(
        "output: shape is [1, 5, 4, 6], must be [2, 5, 4, 6]",
        runner,
        input,
        Tensor.allocate(arena, DType.F64, 1, 5, 4, 6));
    assertRefused(
        "output: shape is [24], must be [N, C, H, W]",
        runner,
        input,
        Tensor.allocate(arena, DType.F64, 24));
    assertRefused(
        "output: is I64, must be F64 or F32",
        runner,
        input,
        Tensor.allocate(arena, DType.I64, 2, 5, 4, 6));
    assertRefused("output: overlaps input, must not", runner, input, input);
    assertRefused(
        "output: is read-only, must be writable",
        runner,
        input,
        Tensor.of(output.segment().asReadOnly(), DType.F64, output.shape()));
    assertThrows(IllegalArgumentException.class, () -> runner.withThreads(0));
    assertThrows(NullPointerException.class, () -> runner.run(input, output, null));
    assertTrue(runner.toString().startsWith("TileRunner[Tiles[4×6 → 4×6, 6 of 2×2]"));
  }

  private static void assertRefused(
      String message, TileRunner runner, Tensor input, Tensor output) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> runner.run(input, output, NOTHING))
            .getMessage());
  }

  @Test
  void whatAnOperationThrowsEndsTheRun() {
    Tensor input = random(DType.F64, 1, 1, 4, 6);
    Tensor output = Tensor.allocate(arena, DType.F64, 1, 1, 4, 6);
    TileRunner runner = TileRunner.of(Tiles.split(4, 6, 2, Halo.of(0, 0, 0, 0)));

    IllegalStateException thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                runner.run(
                    input,
                    output,
                    (tile, source, target) -> {
                      target.fill(7);
                      if (tile.target().left() == 4) {
                        throw new IllegalStateException("of the operation");
                      }
                    }));

    assertEquals("of the operation", thrown.getMessage());
    assertEquals(7, output.get(3));
    assertEquals(0, output.get(4));
  }

  @Test
  void aFileCutShortIsNamedByItsOperand() throws Exception {
    String output = new ForkedJvm(Cut.class).property("folder", folder).run();

    assertEquals("input output", output.strip());
  }

  private Tensor random(DType dtype, long... shape) {
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, random.nextDouble(-1, 1));
    }
    return tensor;
  }

  /** Cuts the input of a run short, then the output. */
  static final class Cut {
    private static final long[] SHAPE = {1, 1, 512, 512};

    private Cut() {}

    /** Says which operand each error names. */
    public static void main(String[] arguments) throws IOException {
      Path folder = Path.of(System.getProperty("folder"));
      Path from = folder.resolve("x.npy");
      try (Arena arena = Arena.ofShared()) {
        Npy.write(from, Tensor.allocate(arena, DType.F64, SHAPE));
        Tensor input = Npy.map(from, arena);
        Tensor inMemory = Tensor.allocate(arena, DType.F64, SHAPE);
        cut(from);
        System.out.print(fault(input, inMemory) + " ");
        try (NpyOutput output = Npy.create(folder.resolve("y.npy"), DType.F64, SHAPE)) {
          try (var files = Files.list(folder)) {
            cut(files.filter(file -> file.toString().endsWith(".tmp")).findFirst().orElseThrow());
          }
          System.out.println(fault(inMemory, output.tensor()));
        }
      }
    }

    private static void cut(Path file) throws IOException {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(4096);
      }
    }

    private static String fault(Tensor input, Tensor output) {
      Tiles tiles = Tiles.split(SHAPE[2], SHAPE[3], 128, Halo.of(1, 1, 1, 1));
      try {
        TileRunner.of(tiles).withThreads(2).run(input, output, NOTHING);
        return "no error";
      } catch (InternalError fault) {
        return fault.getMessage().replaceFirst(":.*", "");
      }
    }
  }
}
