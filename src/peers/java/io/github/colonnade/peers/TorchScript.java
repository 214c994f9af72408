package io.github.colonnade.peers;

import io.github.colonnade.cli.bench.Layer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes TorchScript archives: zip files of source code and pickled objects. */
final class TorchScript {
  // Pickle's opcodes by their names in CPython's pickletools.
  private static final String PROTO_2 = "\u0080\u0002";
  private static final String EMPTY_TUPLE = ")";
  private static final String NEWOBJ = "\u0081";
  private static final String EMPTY_DICT = "}";
  private static final String BUILD = "b";
  private static final String STOP = ".";
  private static final String MODULE = "c__torch__\nModule\n";

  private TorchScript() {}

  /** Returns a module that takes gradOutput, input and weight, and returns the three gradients. */
  static byte[] convolutionBackward(Layer layer) throws IOException {
    String code =
        """
        class Module(Module):
          __parameters__ = []
          __buffers__ = []
          training : bool
          def forward(self: __torch__.Module,
              gradOutput: Tensor,
              input: Tensor,
              weight: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
            _0, _1, _2 = torch.convolution_backward(gradOutput, input, weight, [%1$d], \
        [%2$d, %2$d], [%3$d, %3$d], [%4$d, %4$d], False, [0, 0], %5$d, [True, True, True])
            return (_0, _1, _2)
        """
            .formatted(layer.o(), layer.stride(), layer.pad(), layer.dilation(), layer.groups());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      add(
          zip,
          "data.pkl",
          PROTO_2 + MODULE + EMPTY_TUPLE + NEWOBJ + trainingIsFalse() + BUILD + STOP);
      add(zip, "constants.pkl", PROTO_2 + EMPTY_TUPLE + STOP);
      add(zip, "code/__torch__.py", code);
      add(zip, "version", "3\n");
    }
    return bytes.toByteArray();
  }

  /** A dictionary with one entry: BINUNICODE, NEWFALSE, SETITEM. */
  private static String trainingIsFalse() {
    return EMPTY_DICT + "X\b\0\0\0training" + "\u0089" + "s";
  }

  private static void add(ZipOutputStream zip, String name, String content) throws IOException {
    zip.putNextEntry(new ZipEntry("module/" + name));
    zip.write(content.getBytes(StandardCharsets.ISO_8859_1));
    zip.closeEntry();
  }
}
