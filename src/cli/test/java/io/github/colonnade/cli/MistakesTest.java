package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.colonnade.DType;
import io.github.colonnade.Npy;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Every mistake is told in one line that names it, with exit code 2, and leaves no file behind. */
class MistakesTest {
  private static final String HEADER = "name,n,c,h,w,o,kh,kw,stride,pad,dilation,groups\n";

  @TempDir private static Path folder;

  @BeforeAll
  static void writeFiles() throws IOException, InterruptedException {
    Cli.save(folder.resolve("x.npy"), ones(100), 1, 4, 5, 5);
    Cli.save(folder.resolve("w.npy"), ones(72), 2, 4, 3, 3);
    Cli.save(folder.resolve("w3.npy"), ones(54), 2, 3, 3, 3);
    Cli.save(folder.resolve("wide.npy"), ones(28), 1, 4, 1, 7);
    Cli.save(folder.resolve("single.npy"), new float[72], 2, 4, 3, 3);
    Cli.save(folder.resolve("b3.npy"), ones(3), 3);
    Cli.save(folder.resolve("k.npy"), ones(9), 3, 3);
    Cli.save(folder.resolve("g.npy"), ones(18), 1, 2, 3, 3);
    Cli.save(folder.resolve("wt.npy"), ones(72), 4, 2, 3, 3);
    Cli.save(folder.resolve("c.npy"), ones(16 * 16), 16, 16);
    Cli.save(folder.resolve("p.npy"), ones(16), 1, 4, 2, 2);
    Cli.save(folder.resolve("flat.npy"), new float[1], 1, 1);
    Cli.save(folder.resolve("wide2.npy"), ones(10), 1, 10);
    Cli.save(folder.resolve("empty2.npy"), ones(0), 0, 3);
    Cli.save(folder.resolve("nan.npy"), new double[] {Double.NaN}, 1, 1);
    try (Arena arena = Arena.ofConfined()) {
      Npy.write(folder.resolve("i.npy"), Tensor.allocate(arena, DType.I64, 1, 4, 5, 5));
    }
    Files.write(
        folder.resolve("u1.npy"),
        "\u0093NUMPY\1\0\72\0{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }"
            .concat("\n")
            .getBytes(StandardCharsets.ISO_8859_1));
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
    Files.writeString(folder.resolve("large.csv"), "#\n".repeat(1 << 19) + HEADER);
    Files.writeString(folder.resolve("wide.csv"), HEADER + "#".repeat(1001));
    new ProcessBuilder("mkfifo", folder.resolve("pipe").toString()).inheritIO().start().waitFor();
    Files.writeString(folder.resolve("header.csv"), HEADER);
    Files.writeString(folder.resolve("short.csv"), HEADER + "a,1,1,8,8,1,3,3,1,1,1\n");
    Files.writeString(folder.resolve("word.csv"), HEADER + "\na,1,1,8,8,1,3,3,one,1,1,1\n");
    Files.writeString(folder.resolve("zero.csv"), HEADER + "a,0,1,8,8,1,3,3,1,1,1,1\n");
    Files.writeString(folder.resolve("small.csv"), HEADER + "a,1,1,8,8,1,9,9,1,0,1,1\n");
    Files.writeString(folder.resolve("twice.csv"), HEADER + "a,1,1,8,8,1,3,3,1,1,1,1\n".repeat(2));
    String counted = HEADER.replace("groups", "groups,count");
    String layer = "a,1,1,8,8,1,3,3,1,1,1,1";
    for (String count : List.of("0", "-1", "one", "", "1.5", "9223372036854775808")) {
      Files.writeString(folder.resolve("count" + count + ".csv"), counted + layer + "," + count);
    }
    Files.writeString(
        folder.resolve("some.csv"), counted + layer + ",2\n" + layer.replace('a', 'b'));
    Files.writeString(
        folder.resolve("others.csv"), HEADER + layer + "\n" + layer.replace('a', 'b') + ",2");
    Files.writeString(
        folder.resolve("counts.csv"), counted.replace("count", "count,count") + layer + ",1,1");
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
          DIR/u1.npy    | DIR/w.npy      | ''                    | dtype '|u1' is not supported, must be f8 or f4
          /dev/zero     | DIR/w.npy      | ''                    | /dev/zero: is not a regular file
          DIR/x.npy     | DIR/w.npy      | --stride 2 --algorithm winograd | --algorithm: is winograd, which needs
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
          DIR/x.npy     | DIR/w.npy      | --stride x            | --stride: is 'x', must be a whole number
          DIR/x.npy     | DIR/w.npy      | --dilation -1         | --dilation: is -1, must be at least 1
          DIR/x.npy     | DIR/w.npy      | --padding -1          | --padding: is '-1', must not be negative
          DIR/x.npy     | DIR/w.npy      | --padding 1,2,3       | --padding: is '1,2,3', must be P, PH,PW or
          DIR/x.npy     | DIR/w.npy      | --padding full        | --padding: is 'full', must be
          DIR/x.npy     | DIR/w.npy      | --padding 9999999999  | output: shape
          DIR/x.npy     | DIR/w.npy      | --groups 0            | --groups: is 0, must be at least 1
          DIR/x.npy     | DIR/w.npy      | --groups 3            | weight: inChannels/groups is 4
          DIR/x.npy     | DIR/w.npy      | --groups 9223372036854775808 | --groups: is '9223372036854775808', must be a whole number below 2^63
          DIR/x.npy     | DIR/w.npy      | --algorithm fast      | --algorithm: is 'fast', must be one of auto, reference, im2col
          DIR/x.npy     | DIR/w.npy      | --dtype i64           | --dtype: is 'i64', must be one of f64, f32
          DIR/x.npy     | DIR/w.npy      | --threads 0           | --threads: is 0, must be at least 1
          DIR/x.npy     | DIR/w.npy      | --threads 3000000000  | --threads: is 3000000000, must be at most 4096
          DIR/x.npy     | DIR/w.npy      | --threads 4097        | --threads: is 4097, must be at most 4096
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
          DIR/none.npy | --grad-input DIR/o.npy                          | none.npy: no such file
          DIR/k.npy    | --grad-input DIR/o.npy                          | --grad-output: DIR/k.npy has shape [3, 3], must be [N, O, OH, OW]
          DIR/x.npy    | --grad-input DIR/o.npy                          | --grad-output: shape is [1, 4, 5, 5], must be [1, 2, 3, 3]
          DIR/x.npy    | --grad-weight DIR/o.npy                         | --grad-output: shape is [1, 4, 5, 5], must be [1, 2, 3, 3]
          DIR/x.npy    | --grad-bias DIR/o.npy                           | --grad-output: shape is [1, 4, 5, 5], must be [1, 2, 3, 3]
          DIR/g.npy    | --grad-bias DIR/o.npy --stride 2                | --grad-output: shape is [1, 2, 3, 3], must be [1, 2, 2, 2]
          DIR/g.npy    | --grad-bias DIR/o.npy --groups 2                | --weight: inChannels/groups is 4, input has 4 channels and groups is 2
          DIR/g.npy    | ''                                              | no gradient is asked for, must be at least one of --grad-input
          DIR/g.npy    | --grad-input DIR/o.npy --grad-bias DIR/o.npy    | --grad-bias: is 'DIR/o.npy', the file of --grad-input too
          DIR/g.npy    | --grad-input DIR/o.npy --grad-bias DIR/./o.npy  | --grad-bias: is 'DIR/./o.npy', the file of --grad-input too
          DIR/g.npy    | --grad-input DIR/x.npy --grad-weight DIR/./x.npy | --grad-weight: is 'DIR/./x.npy', the file of --grad-input too
          DIR/g.npy    | --grad-input DIR/o.npy --grad-weight DIR/no/o.npy | o.npy: its folder does not exist
          DIR/g.npy    | --grad-input DIR/o.npy --output DIR/o.npy       | unknown options: '--output'
          DIR/g.npy    | --grad-input DIR/o.npy --algorithm fast         | --algorithm: is 'fast', must be one of auto
          """)
  void ofConv2dBackward(String gradOutput, String options, String message) {
    String operands = "--input DIR/x.npy --weight DIR/w.npy --grad-output " + gradOutput + " ";
    requireMistake("conv2d-backward " + operands + options, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          DIR/k.npy      | ''                              | --weight: DIR/k.npy has shape [3, 3], must be [C, O/groups, KH, KW]
          DIR/w.npy      | ''                              | --weight: inChannels is 2, input has 4 channels and groups is 1
          DIR/wt.npy     | --groups 3                      | --weight: inChannels is 4, input has 4 channels and groups is 3
          DIR/single.npy | ''                              | inChannels is 2
          DIR/wt.npy     | --bias DIR/b3.npy               | --bias: shape is [3], must be [2]
          DIR/wt.npy     | --bias DIR/b3.npy --groups 2    | --bias: shape is [3], must be [4]
          DIR/wt.npy     | --padding same                  | --padding: is a rule
          DIR/wt.npy     | --padding same-lower            | must be P, PH,PW, TOP,LEFT,BOTTOM,RIGHT or valid
          DIR/wt.npy     | --padding 9                     | output: its H would be -11
          DIR/wt.npy     | --padding 9223372036854775807   | output: its H for an input of 5 does not fit a long
          DIR/wt.npy     | --output-padding 1              | outputPaddingH: is 1, must be less than stride 1 or dilation 1
          DIR/wt.npy     | --output-padding -1             | --output-padding: is -1, must be at least 0
          DIR/wt.npy     | --output-padding 0,0,0          | --output-padding: is '0,0,0', must be one number or two
          DIR/wt.npy     | --stride 2 --output-padding 0,2 | outputPaddingW: is 2, must be less than stride 2
          DIR/wt.npy     | --stride 9223372036854775807    | does not fit a long
          """)
  void ofConvTranspose2d(String weight, String options, String message) {
    String operands = "--input DIR/x.npy --output DIR/o.npy --weight " + weight + " ";
    requireMistake("conv-transpose2d " + operands + options, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          im2col --input DIR/x.npy                                | missing required option: '--kernel
          im2col --input DIR/k.npy --kernel 2                     | --input: DIR/k.npy has shape [3, 3], must be [N, C, H, W]
          im2col --input DIR/x.npy --kernel 0                     | --kernel: is 0, must be at least 1
          im2col --input DIR/x.npy --kernel 2,2,2                 | --kernel: is '2,2,2', must be one number or two
          im2col --input DIR/x.npy --kernel 6                     | kernelH: spans 6
          im2col --input DIR/x.npy --kernel 2 --layout tiles      | --layout: is 'tiles', must be one of rows, columns, batched
          im2col --input DIR/x.npy --kernel 2 --groups 3          | --groups: is 3, must be a divisor of the 4 channels
          im2col --input DIR/x.npy --kernel 2 --algorithm im2col  | unknown options: '--algorithm'
          im2col --input DIR/i.npy --kernel 2                     | --input: DIR/i.npy holds integers
          col2im --input DIR/c.npy --kernel 2                     | missing required option: '--shape
          col2im --input DIR/x.npy --kernel 2 --shape 1,4,5,5     | --input: DIR/x.npy has shape [1, 4, 5, 5], must be [N*OH*OW, C*KH*KW]
          col2im --input DIR/c.npy --kernel 2 --shape 1,4,5,5 --layout batched | must be [N, C*KH*KW, OH*OW]
          col2im --input DIR/c.npy --kernel 2 --shape 1,4,5       | --shape: is '1,4,5', must be N,C,H,W
          col2im --input DIR/c.npy --kernel 2 --shape 1,4,5,-5    | --shape: is -5, must be at least 0
          col2im --input DIR/c.npy --kernel 2 --shape 1,4,5,x     | --shape: is 'x', must be a whole number
          col2im --input DIR/c.npy --kernel 2 --shape 1,4,5,6     | --input: shape is [16, 16], must be [20, 16]
          col2im --input DIR/c.npy --kernel 2 --shape 1,4,5,5 --groups 3 | --groups: is 3, must be a divisor
          col2im --input DIR/c.npy --kernel 2 --shape 9223372036854775807,4,5,5 | image: shape
          """)
  void ofColumns(String arguments, String message) {
    requireMistake(arguments + " --output DIR/o.npy", message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          maxpool2d --input DIR/x.npy                                   | missing required option: '--kernel
          maxpool2d --input DIR/k.npy --kernel 2                        | --input: DIR/k.npy has shape [3, 3], must be [N, C, H, W]
          maxpool2d --input DIR/x.npy --kernel 2 --groups 1             | unknown options: '--groups'
          maxpool2d --input DIR/x.npy --kernel 2 --algorithm auto       | unknown options: '--algorithm'
          maxpool2d --input DIR/x.npy --kernel 2 --padding 2            | padTop: is 2, must be at most 1, half of kernelH (--padding TOP,LEFT,BOTTOM,RIGHT has no such limit)
          maxpool2d --input DIR/x.npy --kernel 2 --padding 0,2          | padLeft: is 2, must be at most 1
          maxpool2d --input DIR/x.npy --kernel 2 --dilation 5           | kernelH: spans 6
          maxpool2d --input DIR/x.npy --kernel 2 --stride 0             | --stride: is 0, must be at least 1
          maxpool2d --input DIR/x.npy --kernel 2 --indices DIR/o.npy    | --indices: is 'DIR/o.npy', the file of --output too
          maxpool2d --input DIR/x.npy --kernel 2 --indices DIR/no/i.npy | i.npy: its folder does not exist
          maxpool2d --input DIR/x.npy --kernel 2 --threads 0            | --threads: is 0, must be at least 1
          avgpool2d --input DIR/x.npy --kernel 6                        | kernelH: spans 6
          avgpool2d --input DIR/x.npy --kernel 2 --groups 1             | unknown options: '--groups'
          avgpool2d --input DIR/x.npy --kernel 2 --dilation 1           | unknown options: '--dilation'
          avgpool2d --input DIR/x.npy --kernel 2 --padding 0,2          | padLeft: is 2, must be at most 1
          avgpool2d --input DIR/x.npy --kernel 2 --divisor 0            | --divisor: is 0, must not be 0
          avgpool2d --input DIR/x.npy --kernel 2 --divisor 1.5          | --divisor: is '1.5', must be a whole number
          avgpool2d --input DIR/x.npy --kernel 2 --indices DIR/i.npy    | unknown options: '--indices'
          """)
  void ofPools(String arguments, String message) {
    requireMistake(arguments + " --output DIR/o.npy", message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"maxpool2d-backward", "avgpool2d-backward"})
  void ofPoolsBackward(String command) {
    String all = command + " --input DIR/x.npy --kernel 2 --grad-output DIR/p.npy";
    String most = command + " --input DIR/x.npy --kernel 2 --grad-input DIR/o.npy";

    requireMistake(all, "missing required option: '--grad-input");
    requireMistake(all + " --grad-input DIR/no/o.npy", "o.npy: its folder does not exist");
    requireMistake(all + " --grad-input DIR/o.npy --groups 1", "unknown options: '--groups'");
    requireMistake(
        all + " --grad-input DIR/o.npy --stride 1",
        "--grad-output: shape is [1, 4, 2, 2], must be [1, 4, 4, 4]");
    requireMistake(most, "missing required option: '--grad-output");
    requireMistake(most + " --grad-output DIR/g.npy", "--grad-output: shape is [1, 2, 3, 3], must");
    requireMistake(
        most + " --grad-output DIR/k.npy", "k.npy has shape [3, 3], must be [N, C, OH, OW]");
    requireMistake(most + " --grad-output DIR/i.npy", "--grad-output: DIR/i.npy holds integers");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --input DIR/x.npy   --kernel DIR/k.npy                      | --input: DIR/x.npy has shape [1, 4, 5, 5], must be [H, W]
          --input DIR/c.npy   --kernel DIR/w.npy                      | --kernel: DIR/w.npy has shape [2, 4, 3, 3], must be [KH, KW]
          --input DIR/c.npy   --kernel DIR/none.npy                   | none.npy: no such file
          --input DIR/c.npy   --kernel DIR/flat.npy                   | --kernel: is F32, must be F64
          --input DIR/none.npy --kernel DIR/k.npy                     | none.npy: no such file
          --input DIR/c.npy   --kernel DIR/k.npy --mode most          | --mode: is 'most', must be one of full, same, valid
          --input DIR/c.npy   --kernel DIR/k.npy --boundary reflect   | --boundary: is 'reflect', must be one of fill, wrap, symm
          --input DIR/c.npy   --kernel DIR/k.npy --fill-value zero    | --fill-value: is 'zero', must be a number
          --input DIR/wide2.npy --kernel DIR/k.npy --mode valid       | --kernel: shape is [3, 3], in mode VALID
          --input DIR/c.npy   --kernel DIR/empty2.npy                 | --kernel: shape is [0, 3], must be two sizes of at least 1
          --input DIR/c.npy   --kernel DIR/k.npy --stride 1           | unknown options: '--stride'
          --input DIR/c.npy                                           | missing required option: '--kernel
          """)
  void ofSignals(String arguments, String message) {
    requireMistake("convolve2d --output DIR/o.npy " + arguments, message);
    requireMistake("correlate2d --output DIR/o.npy " + arguments, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          DIR/none.png   | --kernel box                       | none.png: no such file
          DIR            | --kernel box                       | is a folder, must be an image
          DIR/text       | --kernel box                       | text: is not a PNG, JPEG, BMP or GIF image
          DIR/x.npy      | --kernel box                       | o.png', must end in .npy as the input does
          /dev/zero      | --kernel box                       | /dev/zero: is not a regular file
          DIR/pipe       | --kernel box                       | pipe: is not a regular file
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
          --layers /dev/zero      | /dev/zero: is not a regular file
          --layers DIR/pipe       | pipe: is not a regular file
          --layers DIR/large.csv  | large.csv: is longer than 1048576 bytes
          --layers DIR/wide.csv   | wide.csv: line 2: is longer than 1000 characters
          --layers DIR/empty.csv  | empty.csv: is empty
          --layers DIR/header.csv | header.csv: has no layers
          --layers DIR/short.csv  | short.csv: line 2: has 11 fields, must have 12
          --layers DIR/word.csv   | word.csv: line 3: stride: is 'one', must be a whole number
          --layers DIR/zero.csv   | zero.csv: line 2: n: is 0, must be at least 1
          --layers DIR/small.csv  | small.csv: line 2: layer a: kernelH: spans 9
          --layers DIR/twice.csv  | twice.csv: line 3: name: is 'a'
          --layers DIR/column.csv | column.csv: line 1: column groups is missing
          --layers DIR/count0.csv | count0.csv: line 2: count: is 0, must be at least 1
          --layers DIR/count-1.csv | count-1.csv: line 2: count: is -1, must be at least 1
          --layers DIR/countone.csv | countone.csv: line 2: count: is 'one', must be a whole number
          --layers DIR/count.csv  | count.csv: line 2: count: is '', must be a whole number
          --layers DIR/count1.5.csv | count1.5.csv: line 2: count: is '1.5', must be a whole number
          --layers DIR/count9223372036854775808.csv | line 2: count: is '9223372036854775808', must be a whole number below 2^63
          --layers DIR/some.csv   | some.csv: line 3: has 12 fields, must have 13
          --layers DIR/others.csv | others.csv: line 3: has 13 fields, must have 12
          --layers DIR/counts.csv | counts.csv: line 1: column count is there twice
          --layers DIR/small.csv --batch 2 | small.csv: line 2: layer a: kernelH: spans 9
          --batch 0               | --batch: is 0, must be at least 1
          --batch many            | --batch: is 'many', must be a whole number
          --kernels sideways      | --kernels: is 'sideways', must be one of portable, vector
          --network alexnet       | --network: is 'alexnet', must be one of resnet50, vgg16, mobilenetv2, unet
          --network vgg16 --layers DIR/zero.csv | --network: is given with --layers
          --prepared --pass backward | --prepared: is given with --pass backward
          --pass sideways         | --pass: is 'sideways', must be one of forward, backward
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
          help frobnicate                                                     | unknown command 'frobnicate', must be one of info, conv2d
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
    Cli.run().requireMistake("missing command, one of info, conv2d, conv2d-backward, ");
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
