package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.colonnade.DType;
import io.github.colonnade.Npy;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every mistake is told in one line that names it, with exit code 2, and leaves no file behind. */
class MistakesTest {
  private static final String HEADER = "name,n,c,h,w,o,kh,kw,stride,pad,dilation,groups\n";

  @TempDir private static Path folder;

  @BeforeAll
  static void writeFiles() throws IOException {
    Cli.save(folder.resolve("x.npy"), ones(100), 1, 4, 5, 5);
    Cli.save(folder.resolve("w.npy"), ones(72), 2, 4, 3, 3);
    Cli.save(folder.resolve("w3.npy"), ones(54), 2, 3, 3, 3);
    Cli.save(folder.resolve("wide.npy"), ones(28), 1, 4, 1, 7);
    Cli.save(folder.resolve("single.npy"), new float[72], 2, 4, 3, 3);
    Cli.save(folder.resolve("b3.npy"), ones(3), 3);
    Cli.save(folder.resolve("k.npy"), ones(9), 3, 3);
    Cli.save(folder.resolve("nan.npy"), new double[] {Double.NaN}, 1, 1);
    try (Arena arena = Arena.ofConfined()) {
      Npy.write(folder.resolve("i.npy"), Tensor.allocate(arena, DType.I64, 1, 4, 5, 5));
    }
    byte[] honest = Files.readAllBytes(folder.resolve("x.npy"));
    Files.write(folder.resolve("lying.npy"), Arrays.copyOf(honest, honest.length - 8));
    Files.writeString(folder.resolve("text"), "no image, no array");
    byte[] photograph;
    try (var in = Main.class.getResourceAsStream("images/camera.png")) {
      photograph = in.readAllBytes();
    }
    Files.write(folder.resolve("camera.png"), photograph);
    Files.write(folder.resolve("cut.png"), Arrays.copyOf(photograph, 5000));
    Files.writeString(folder.resolve("empty.csv"), "");
    Files.writeString(folder.resolve("header.csv"), HEADER);
    Files.writeString(folder.resolve("short.csv"), HEADER + "a,1,1,8,8,1,3,3,1,1,1\n");
    Files.writeString(folder.resolve("word.csv"), HEADER + "\na,1,1,8,8,1,3,3,one,1,1,1\n");
    Files.writeString(folder.resolve("zero.csv"), HEADER + "a,0,1,8,8,1,3,3,1,1,1,1\n");
    Files.writeString(folder.resolve("small.csv"), HEADER + "a,1,1,8,8,1,9,9,1,0,1,1\n");
    Files.writeString(folder.resolve("twice.csv"), HEADER + "a,1,1,8,8,1,3,3,1,1,1,1\n".repeat(2));
    Files.writeString(folder.resolve("column.csv"), HEADER.replace(",groups", "") + "a,1\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          DIR/none.npy  | DIR/w.npy      | ''                    | none.npy: no such file
          DIR           | DIR/w.npy      | ''                    | is a directory, must be a file
          DIR/text      | DIR/w.npy      | ''                    | text: is not a .npy file
          DIR/lying.npy | DIR/w.npy      | ''                    | lying.npy: truncated
          DIR/i.npy     | DIR/w.npy      | ''                    | --input: DIR/i.npy holds integers
          DIR/x.npy     | DIR/k.npy      | ''                    | k.npy has shape [3, 3], must be [O, C/groups, KH, KW]
          DIR/x.npy     | DIR/w3.npy     | ''                    | weight: inChannels/groups is 3, input has 4 channels and groups is 1
          DIR/x.npy     | DIR/single.npy | ''                    | weight: is F32, must be F64
          DIR/x.npy     | DIR/wide.npy   | ''                    | kernelW: spans 7 with its dilation, the padded input has 5
          DIR/x.npy     | DIR/w.npy      | --dilation 4          | kernelH: spans 9
          DIR/x.npy     | DIR/w.npy      | --bias DIR/b3.npy     | bias: shape is [3], must be [2]
          DIR/x.npy     | DIR/w.npy      | --bias DIR/none.npy   | none.npy: no such file
          DIR/x.npy     | DIR/w.npy      | --stride 0            | --stride: is 0, must be at least 1
          DIR/x.npy     | DIR/w.npy      | --stride 1,2,3        | --stride: is '1,2,3', must be one number or two
          DIR/x.npy     | DIR/w.npy      | --stride 1,           | --stride: is '', must be a whole number
          DIR/x.npy     | DIR/w.npy      | --dilation -1         | --dilation: is -1, must be at least 1
          DIR/x.npy     | DIR/w.npy      | --padding -1          | --padding: is '-1', must not be negative
          DIR/x.npy     | DIR/w.npy      | --padding 1,2,3       | --padding: is '1,2,3', must be P, PH,PW or
          DIR/x.npy     | DIR/w.npy      | --padding full        | --padding: is 'full', must be
          DIR/x.npy     | DIR/w.npy      | --padding 9999999999  | output: shape
          DIR/x.npy     | DIR/w.npy      | --groups 0            | --groups: is 0, must be at least 1
          DIR/x.npy     | DIR/w.npy      | --groups 3            | weight: inChannels/groups is 4
          DIR/x.npy     | DIR/w.npy      | --algorithm fft       | --algorithm: is 'fft', must be one of auto, reference, im2col, winograd
          DIR/x.npy     | DIR/w.npy      | --dtype i64           | --dtype: is 'i64', must be one of f64, f32
          DIR/x.npy     | DIR/w.npy      | --threads 0           | --threads: is 0, must be at least 1
          DIR/x.npy     | DIR/w.npy      | --threads 3000000000  | --threads: is 3000000000, must be at most
          DIR/x.npy     | DIR/w.npy      | --frobnicate          | unknown option: '--frobnicate'
          """)
  void ofConv2d(String input, String weight, String more, String message) {
    Path output = folder.resolve("y.npy");
    String arguments =
        "conv2d --input " + input + " --weight " + weight + " --output " + output + " " + more;
    requireMistake(arguments, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          DIR/none.png   | --kernel box                       | none.png: no such file
          DIR            | --kernel box                       | is a folder, must be an image
          DIR/text       | --kernel box                       | text: is not a PNG, JPEG, BMP or GIF image
          DIR/x.npy      | --kernel box                       | x.npy: is not a PNG
          DIR/cut.png    | --kernel box                       | cut.png: cannot be decoded as an image
          DIR/camera.png | --kernel blur                      | --kernel: is 'blur', must be one of sobel
          DIR/camera.png | --kernel DIR/none.npy              | none.npy: no such file
          DIR/camera.png | --kernel DIR/x.npy                 | x.npy has shape [1, 4, 5, 5], must be [KH, KW]
          DIR/camera.png | --kernel DIR/nan.npy               | nan.npy holds NaN, must hold finite numbers
          DIR/camera.png | --kernel box --boundary mirror     | --boundary: is 'mirror', must be one of fill, reflect
          DIR/camera.png | ''                                 | missing required option: '--kernel
          """)
  void ofFilter(String image, String options, String message) {
    requireMistake("filter " + image + " -o " + folder.resolve("o.png") + " " + options, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --layers DIR/none.csv   | none.csv: no such file
          --layers DIR            | is a folder, must be a file
          --layers DIR/camera.png | camera.png: is not a text in UTF-8
          --layers DIR/empty.csv  | empty.csv: is empty
          --layers DIR/header.csv | header.csv: has no layers
          --layers DIR/short.csv  | short.csv: line 2: has 11 fields, must have 12
          --layers DIR/word.csv   | word.csv: line 3: stride: is 'one', must be a whole number
          --layers DIR/zero.csv   | zero.csv: line 2: n: is 0, must be at least 1
          --layers DIR/small.csv  | small.csv: line 2: layer a: kernelH: spans 9
          --layers DIR/twice.csv  | twice.csv: line 3: name: is 'a'
          --layers DIR/column.csv | column.csv: line 1: column groups is missing
          --pass backward         | --pass: is 'backward', must be one of forward
          --dtype f16             | --dtype: is 'f16', must be one of f64, f32
          """)
  void ofBench(String options, String message) {
    requireMistake("bench --json " + folder.resolve("o.json") + " " + options, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          frobnicate                                                          | unknown command 'frobnicate', must be one of info, conv2d
          --frobnicate                                                        | unknown option: '--frobnicate'
          info extra                                                          | unmatched argument at index 1: 'extra'
          conv2d --input DIR/x.npy --weight DIR/w.npy                         | missing required option: '--output
          conv2d --input DIR/x.npy --weight DIR/w.npy --output DIR/no/y.npy   | y.npy: its folder does not exist
          conv2d --input DIR/x.npy --weight DIR/w.npy --output DIR            | is a folder, must be a file
          filter DIR/camera.png --kernel box -o DIR/no/o.png                  | o.png: its folder does not exist
          filter DIR/camera.png --kernel box -o DIR/o.jpg                     | --output: is 'DIR/o.jpg', must end in .png
          bench --json DIR/no/o.json                                          | o.json: its folder does not exist
          demo --output-dir DIR/x.npy                                         | --output-dir: DIR/x.npy is a file, must be a folder
          """)
  void ofAnyCommand(String arguments, String message) {
    requireMistake(arguments, message);
  }

  @Test
  void ofSayingNothing() {
    Cli.run().requireMistake("missing command, one of info, conv2d, filter, demo, bench");
  }

  private static void requireMistake(String arguments, String message) {
    List<String> before = Cli.filesIn(folder);

    Cli cli = Cli.run((Object[]) named(arguments).strip().split(" +", -1));

    cli.requireMistake(named(message));
    assertEquals(before, Cli.filesIn(folder));
  }

  private static String named(String text) {
    return text.replace("DIR", folder.toString());
  }

  private static double[] ones(int count) {
    return DoubleStream.generate(() -> 1).limit(count).toArray();
  }
}
