package io.github.colonnade.examples.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.colonnade.DType;
import io.github.colonnade.Elementwise;
import io.github.colonnade.RandomFill;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The network's gradients are the loss's slopes, and descending along them teaches it. */
class TrainerTest {
  private static final double STEP = 1e-6;
  private static final int SLOPES = 60;

  @TempDir private static Path folder;

  private static DataSet data;

  @BeforeAll
  static void generate() throws IOException {
    data = DataSet.read(IdxFiles.dataSet(folder, 200, 50));
  }

  @Test
  void gradientsAreTheSlopesOfTheLoss() {
    try (Arena arena = Arena.ofConfined()) {
      ConvNet net = new ConvNet(arena, DType.F64, 2, RandomFill.seeded(5));
      Batch batch = new Batch(arena, net, DType.F64, 2, 7);
      double[] shades = data.training().shades();
      batch.load(data.training(), shades, new int[] {3, 1, 4, 15, 9, 26, 5, 35}, 1);

      double loss = batch.forwardAndBackward();

      assertEquals(loss, batch.forward());
      for (Parameter parameter : net.parameters()) {
        Tensor value = parameter.value();
        long stride = Math.max(1, value.elementCount() / SLOPES);
        for (long i = 0; i < value.elementCount(); i += stride) {
          double before = value.get(i);
          value.set(i, before + STEP);
          double above = batch.forward();
          value.set(i, before - STEP);
          double below = batch.forward();
          value.set(i, before);

          assertEquals(
              (above - below) / (2 * STEP), parameter.gradient().get(i), 1e-7, value + " " + i);
        }
      }
    }
  }

  @Test
  void aStepFollowsTheVelocity() {
    try (Arena arena = Arena.ofConfined()) {
      Parameter parameter = Parameter.zeros(arena, DType.F64, 1);
      parameter.value().set(0, 10);
      parameter.velocity().set(0, 4);
      parameter.gradient().set(0, 3);

      parameter.step(Elementwise.create(), 0.5, 0.25);

      assertEquals(4, parameter.velocity().get(0));
      assertEquals(8, parameter.value().get(0));
    }
  }

  /** 200 images in batches of 48 leave 8 over, which count like all others. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "F64"})
  void theSameSeedGivesTheSameBitsWithAnyNumberOfThreads(DType dtype) {
    List<String> one = train(dtype, 48, 3, 1);

    for (int threads : new int[] {2, 3, 8}) {
      assertEquals(one, train(dtype, 48, 3, threads));
    }
    assertNotEquals(one, train(dtype, 48, 4, 1));
  }

  private static List<String> train(DType dtype, int batch, long seed, int threads) {
    List<String> told = new ArrayList<>();
    try (Trainer trainer =
        new Trainer(data, new Settings(dtype, 2, batch, 0.05, 0.9, seed, threads))) {
      assertEquals(Math.ceilDiv(200, batch), trainer.steps());
      for (int number = 1; number <= 2; number++) {
        Epoch epoch =
            trainer.epoch(
                step -> told.add(step.batch() + " " + step.meanLoss() + " " + step.accuracy()));
        assertEquals(number, epoch.number());
        told.add(epoch.loss() + " " + epoch.test().loss());
        told.add(Arrays.deepToString(epoch.test().confusion()));
      }
      told.add(Arrays.deepToString(trainer.kernels()));
    }
    return told;
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F64"})
  void learnsWhatTheClassesLookLike(DType dtype) {
    try (Trainer trainer = new Trainer(data, new Settings(dtype, 5, 20, 0.02, 0.9, 1, 2))) {
      Epoch first = trainer.epoch(step -> {});
      for (int i = 0; i < 3; i++) {
        trainer.epoch(step -> {});
      }
      Epoch last = trainer.epoch(step -> {});
      assertThrows(IllegalStateException.class, () -> trainer.epoch(step -> {}));

      assertTrue(last.loss() < first.loss() / 2, last.loss() + " after " + first.loss());
      assertTrue(last.test().accuracy() > 0.95, "accuracy is " + last.test().accuracy());
      assertEquals(50, Arrays.stream(last.test().confusion()).flatMapToInt(Arrays::stream).sum());
    }
  }

  @Test
  void accuracyIsTheShareOnTheDiagonal() {
    assertEquals(0.7, new Evaluation(1, new int[][] {{4, 1}, {2, 3}}).accuracy());
  }

  /** One fiftieth of an epoch, in seconds: the whole takes minutes. */
  @Test
  void learnsSomeOfFashionMnist(@TempDir Path some) throws IOException {
    assumeTrue(
        Files.isDirectory(DataSet.FASHION_MNIST),
        "needs Debian's package dataset-fashion-mnist, which is not installed");
    for (String part : List.of("train", "t10k")) {
      head(part + "-images-idx3-ubyte", 3, 784, some);
      head(part + "-labels-idx1-ubyte", 1, 1, some);
    }
    DataSet part = DataSet.read(some);
    assertTrue(part.isFashion());
    try (Trainer trainer = new Trainer(part, new Settings(DType.F32, 1, 32, 0.02, 0.9, 1, 2))) {
      double accuracy = trainer.epoch(step -> {}).test().accuracy();

      assertTrue(accuracy > 0.6, "accuracy is " + accuracy);
    }
  }

  /** Copies the first images or labels of a part. */
  private static void head(String name, int rank, int elementBytes, Path to) throws IOException {
    int count = 1200;
    try (InputStream in =
        new GZIPInputStream(Files.newInputStream(DataSet.FASHION_MNIST.resolve(name + ".gz")))) {
      in.skipNBytes(4 + 4 * rank);
      byte[] elements = in.readNBytes(count * elementBytes);
      int[] shape = rank == 1 ? new int[] {count} : new int[] {count, 28, 28};
      IdxFiles.write(to.resolve(name), IdxFiles.file(0x08, elements, shape));
    }
  }
}
