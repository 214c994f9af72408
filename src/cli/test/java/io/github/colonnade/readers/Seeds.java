package io.github.colonnade.readers;

import io.github.colonnade.Algorithm;
import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Npy;
import io.github.colonnade.Npz;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import io.github.colonnade.Tuning;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;

/** Files that are as they should be, one list for each reader: what mutations start from. */
public final class Seeds {
  private Seeds() {}

  /** Writes them into the folders {@code FOLDER/READER}. */
  public static void main(String[] arguments) throws IOException {
    for (Map.Entry<String, List<byte[]>> reader : all().entrySet()) {
      Path folder = Files.createDirectories(Path.of(arguments[0], reader.getKey()));
      for (int i = 0; i < reader.getValue().size(); i++) {
        Files.write(folder.resolve("seed-" + i), reader.getValue().get(i));
      }
    }
  }

  /** Returns them by the readers' names. */
  static Map<String, List<byte[]>> all() throws IOException {
    Map<String, List<byte[]>> seeds = new LinkedHashMap<>();
    seeds.put("npy", arrays());
    seeds.put("npz", archives());
    seeds.put("tuning", tunings());
    seeds.put("image", images());
    seeds.put("csv", tables());
    seeds.put("idx", idx());
    return seeds;
  }

  private static List<byte[]> arrays() throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    for (Tensor tensor :
        List.of(
            Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3),
            Tensor.of(new float[] {1.5f}),
            Tensor.of(new long[] {1, 2, 3, 4}, 1, 2, 2, 1),
            Tensor.of(new double[0], 0, 3))) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      Npy.write(bytes, tensor);
      seeds.add(bytes.toByteArray());
      // The other order, the other bytes and the other versions, as NumPy writes them.
      String text = bytes.toString(StandardCharsets.ISO_8859_1);
      seeds.add(latin(text.replace("False", "True ")));
      seeds.add(latin(text.replace("'<", "'>")));
      int header = text.charAt(8) | text.charAt(9) << 8;
      for (char version = 2; version <= 3; version++) {
        String length = "" + (char) (header & 0xff) + (char) (header >> 8) + "\0\0";
        seeds.add(latin(text.substring(0, 6) + version + "\0" + length + text.substring(10)));
      }
    }
    return seeds;
  }

  private static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static List<byte[]> archives() throws IOException {
    Path file = Files.createTempFile("colonnade", ".npz");
    try {
      List<byte[]> seeds = new ArrayList<>();
      Map<String, Tensor> arrays = new LinkedHashMap<>();
      arrays.put("x", Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3));
      arrays.put("layer/weight", Tensor.of(new float[300], 3, 100));
      Npz.write(file, arrays);
      seeds.add(Files.readAllBytes(file));
      Npz.writeCompressed(file, arrays);
      seeds.add(Files.readAllBytes(file));
      Npz.write(file, Map.of());
      seeds.add(Files.readAllBytes(file));
      return seeds;
    } finally {
      Files.delete(file);
    }
  }

  private static List<byte[]> tunings() throws IOException {
    Path file = Files.createTempFile("colonnade", ".tuning");
    try {
      Tuning tuning = Tuning.create();
      PlanOptions options =
          PlanOptions.defaults().withAlgorithm(Algorithm.AUTO).withThreads(1).withTuning(tuning);
      Conv2d.builder(2, 2, 3, 3).padding(1).options(options).build().plan(DType.F32, 1, 2, 6, 6);
      tuning.save(file);
      String text = Files.readString(file);
      String lines = text.substring(text.indexOf("pass="), text.indexOf("crc32 "));
      String first = lines.substring(0, lines.indexOf('\n') + 1);
      return List.of(latin(text), latin("!" + lines), latin("!" + first), latin("!"));
    } finally {
      Files.delete(file);
    }
  }

  private static List<byte[]> images() throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    for (int type :
        new int[] {
          BufferedImage.TYPE_BYTE_GRAY,
          BufferedImage.TYPE_INT_RGB,
          BufferedImage.TYPE_4BYTE_ABGR,
          BufferedImage.TYPE_USHORT_GRAY,
          BufferedImage.TYPE_BYTE_BINARY,
          BufferedImage.TYPE_BYTE_INDEXED
        }) {
      BufferedImage image = new BufferedImage(9, 5, type);
      for (int i = 0; i < 45; i++) {
        image.setRGB(i % 9, i / 9, 0xff000000 | i * 0x051107);
      }
      for (String format : List.of("png", "jpeg", "bmp", "gif")) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (ImageIO.write(image, format, bytes)) {
          seeds.add(bytes.toByteArray());
        }
      }
    }
    return seeds;
  }

  private static List<byte[]> tables() {
    String columns = "name,n,c,h,w,o,kh,kw,stride,pad,dilation,groups";
    return List.of(
        latin(columns + "\nfirst,1,3,8,8,4,3,3,1,1,1,1\n"),
        latin(
            "# layers\n\n"
                + columns
                + ",count\na,1,3,8,8,4,3,3,1,0,1,1,2\nb,1,4,9,7,4,1,1,2,0,1,4,1\n"),
        ("\ufeff" + columns + "\n größe , 2,3,8,8,4,3,3,1,1,1,1\r\n")
            .getBytes(StandardCharsets.UTF_8));
  }

  private static List<byte[]> idx() throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    byte[] labels = {0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 9};
    byte[] images = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8};
    for (byte[] bytes : List.of(labels, images)) {
      seeds.add(bytes);
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      try (OutputStream out = new GZIPOutputStream(packed)) {
        out.write(bytes);
      }
      seeds.add(packed.toByteArray());
    }
    return seeds;
  }
}
