package io.github.colonnade;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What the header of a {@code .npy} file says, and how it is spelled. */
final class NpyHeader {
  /** The bytes that every {@code .npy} file starts with; two bytes of version follow. */
  static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /** NumPy's own limit on a header that it has no reason to trust. */
  static final int MAX_BYTES = 10_000;

  /** NumPy's limit; at 64 sizes of 19 digits a header stays well below {@link #MAX_BYTES}. */
  static final int MAX_RANK = 64;

  private static final int VERSION_1_PREFIX_BYTES = 10;
  private static final int ALIGNMENT = 64;

  // NumPy leaves room for the first size to grow to this many digits, so that appending needs no
  // rewrite. Files stay the same bytes as np.save's only if we do too.
  private static final int GROWTH_DIGITS = 21;

  final DType dtype;
  final boolean bigEndian;
  final boolean fortranOrder;
  final long[] shape;

  private NpyHeader(DType dtype, boolean bigEndian, boolean fortranOrder, long[] shape) {
    this.dtype = dtype;
    this.bigEndian = bigEndian;
    this.fortranOrder = fortranOrder;
    this.shape = shape;
  }

  /**
   * Parses the Python dictionary between the length field and the data.
   *
   * @param file what messages begin with
   * @param text header without magic, version and length
   * @return the header; its sizes are not negative, their product is not checked
   * @throws NpyFormatException naming the file and the rule that the header breaks
   */
  static NpyHeader parse(String file, byte[] text) throws NpyFormatException {
    return new Parser(file, text).parse();
  }

  /** Returns magic, version 1.0, length and header, padded to 64 bytes as {@code np.save} does. */
  static byte[] encode(DType dtype, long... shape) {
    StringBuilder text = new StringBuilder("{'descr': '<").append(name(dtype));
    text.append("', 'fortran_order': False, 'shape': (");
    for (int i = 0; i < shape.length; i++) {
      text.append(i == 0 ? "" : ", ").append(shape[i]);
    }
    text.append(shape.length == 1 ? ",), }" : "), }");
    if (shape.length > 0) {
      text.append(" ".repeat(GROWTH_DIGITS - Long.toString(shape[0]).length()));
    }
    // NumPy pads a header that already ends on the boundary by another 64 bytes.
    text.append(" ".repeat(ALIGNMENT - (VERSION_1_PREFIX_BYTES + text.length() + 1) % ALIGNMENT));
    text.append('\n');
    return ByteBuffer.allocate(VERSION_1_PREFIX_BYTES + text.length())
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC)
        .put((byte) 1)
        .put((byte) 0)
        .putShort((short) text.length())
        .put(text.toString().getBytes(StandardCharsets.US_ASCII))
        .array();
  }

  private static String name(DType dtype) {
    return switch (dtype) {
      case F64 -> "f8";
      case F32 -> "f4";
      case I64 -> "i8";
    };
  }

  /** Reads the subset of Python literals that the format allows, one character ahead. */
  private static final class Parser {
    private static final int END = -1;
    private static final int MAX_QUOTED = 40;

    private final String file;
    private final byte[] text;
    private int position;
    private @Nullable String descr;
    private @Nullable Boolean fortranOrder;
    private long @Nullable [] shape;

    Parser(String file, byte[] text) {
      this.file = file;
      this.text = text;
    }

    NpyHeader parse() throws NpyFormatException {
      requireAscii();
      expect('{', "a Python dictionary, starting with '{'");
      while (peek() != '}') {
        entry();
        if (peek() != '}') {
          expect(',', "',' or '}'");
        }
      }
      position++;
      if (peek() != END) {
        throw unexpected("nothing after the dictionary");
      }
      String type = requireKey("descr", descr);
      boolean fortran = requireKey("fortran_order", fortranOrder);
      return new NpyHeader(dtype(type), type.startsWith(">"), fortran, requireKey("shape", shape));
    }

    private void requireAscii() throws NpyFormatException {
      for (int i = 0; i < text.length; i++) {
        if (text[i] < 0) {
          throw error(String.format("has the non-ASCII byte 0x%02x at byte %d", text[i] & 0xff, i));
        }
      }
    }

    private void entry() throws NpyFormatException {
      String key = string("a key in quotes");
      expect(':', "':'");
      switch (key) {
        case "descr" -> {
          requireNew(key, descr);
          descr = descr();
        }
        case "fortran_order" -> {
          requireNew(key, fortranOrder);
          fortranOrder = bool();
        }
        case "shape" -> {
          requireNew(key, shape);
          shape = tuple();
        }
        default ->
            throw error("unknown key " + quote(key) + ", must be descr, fortran_order or shape");
      }
    }

    private void requireNew(String key, @Nullable Object value) throws NpyFormatException {
      if (value != null) {
        throw error("duplicate key '" + key + "'");
      }
    }

    private <T> T requireKey(String key, @Nullable T value) throws NpyFormatException {
      if (value == null) {
        throw error("missing key '" + key + "'");
      }
      return value;
    }

    private String descr() throws NpyFormatException {
      if (peek() == '[') {
        throw error("structured dtypes are not supported, descr must be f8, f4 or i8");
      }
      return string("descr to be a string in quotes");
    }

    private DType dtype(String descr) throws NpyFormatException {
      boolean hasOrder = !descr.isEmpty() && "<>=|".indexOf(descr.charAt(0)) >= 0;
      String type = hasOrder ? descr.substring(1) : descr;
      if (type.equals("O")) {
        throw error("object arrays ('|O') are not supported: they hold pickled Python objects");
      }
      for (DType dtype : DType.values()) {
        if (type.equals(name(dtype))) {
          return dtype;
        }
      }
      throw error("dtype " + quote(descr) + " is not supported, must be f8, f4 or i8");
    }

    private boolean bool() throws NpyFormatException {
      if (skipWord("True")) {
        return true;
      }
      if (skipWord("False")) {
        return false;
      }
      throw unexpected("fortran_order to be True or False");
    }

    private boolean skipWord(String word) {
      peek();
      byte[] bytes = word.getBytes(StandardCharsets.US_ASCII);
      int end = position + bytes.length;
      if (end > text.length
          || !Arrays.equals(text, position, end, bytes, 0, bytes.length)
          || (end < text.length && Character.isJavaIdentifierPart(text[end]))) {
        return false;
      }
      position = end;
      return true;
    }

    private long[] tuple() throws NpyFormatException {
      expect('(', "shape to be a tuple, starting with '('");
      long[] sizes = new long[MAX_RANK];
      int rank = 0;
      boolean comma = true;
      while (peek() != ')') {
        if (!comma) {
          throw unexpected("',' or ')'");
        }
        if (rank == MAX_RANK) {
          throw error("shape has more than " + MAX_RANK + " dimensions");
        }
        sizes[rank++] = size();
        comma = peek() == ',';
        if (comma) {
          position++;
        }
      }
      position++;
      // In Python (3) is a number; only (3,) is a tuple.
      if (rank == 1 && !comma) {
        throw error("shape must be a tuple, such as (" + sizes[0] + ",)");
      }
      return Arrays.copyOf(sizes, rank);
    }

    private long size() throws NpyFormatException {
      boolean negative = peek() == '-';
      if (negative) {
        position++;
      }
      if (!isDigit(peek())) {
        throw unexpected("a size in decimal digits");
      }
      int start = position;
      while (position < text.length && isDigit(text[position])) {
        position++;
      }
      String digits = new String(text, start, position - start, StandardCharsets.US_ASCII);
      if (negative) {
        throw error("shape has the negative size " + clip("-" + digits));
      }
      // Python 2 reads 010 as eight, Python 3 not at all.
      if (digits.length() > 1 && digits.startsWith("0")) {
        throw error("shape has a size with a leading zero, " + clip(digits));
      }
      if (position < text.length && text[position] == 'L') {
        position++;
      }
      try {
        return Long.parseLong(digits);
      } catch (NumberFormatException e) {
        throw error("shape has the size " + clip(digits) + ", more than 2^63 - 1");
      }
    }

    private static boolean isDigit(int c) {
      return c >= '0' && c <= '9';
    }

    private String string(String expected) throws NpyFormatException {
      int quote = peek();
      if (quote != '\'' && quote != '"') {
        throw unexpected(expected);
      }
      int start = ++position;
      while (position < text.length && text[position] != quote) {
        if (text[position] < ' ' || text[position] == '\\') {
          throw unexpected("a string of plain characters");
        }
        position++;
      }
      if (position == text.length) {
        throw error("ends inside a string");
      }
      return new String(text, start, position++ - start, StandardCharsets.US_ASCII);
    }

    private void expect(char c, String expected) throws NpyFormatException {
      if (peek() != c) {
        throw unexpected(expected);
      }
      position++;
    }

    /** Skips white space and returns the next character, or {@link #END}. */
    private int peek() {
      while (position < text.length && " \t\n\r\f".indexOf(text[position]) >= 0) {
        position++;
      }
      return position < text.length ? text[position] : END;
    }

    private NpyFormatException unexpected(String expected) {
      String found =
          position < text.length
              ? quote(Character.toString(text[position])) + " at byte " + position
              : "its end";
      return error("expected " + expected + ", found " + found);
    }

    private NpyFormatException error(String rule) {
      return new NpyFormatException(file, "header: " + rule);
    }

    private static String quote(String value) {
      return "'" + clip(value) + "'";
    }

    private static String clip(String value) {
      return value.length() <= MAX_QUOTED ? value : value.substring(0, MAX_QUOTED) + "…";
    }
  }
}
