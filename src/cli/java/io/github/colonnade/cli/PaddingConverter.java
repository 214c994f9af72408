package io.github.colonnade.cli;

import io.github.colonnade.Padding;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code P}, {@code PH,PW}, {@code TOP,LEFT,BOTTOM,RIGHT} or the name of a rule. */
final class PaddingConverter implements ITypeConverter<Padding> {
  @Override
  public Padding convert(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "valid" -> Padding.VALID;
      case "same" -> Padding.SAME_UPPER;
      case "same-lower" -> Padding.SAME_LOWER;
      default -> explicit(text);
    };
  }

  private static Padding explicit(String text) {
    if (!text.matches("[-+\\d,\\s]+")) {
      throw shape(text);
    }
    long[] sides = Numbers.parseList(text);
    for (long side : sides) {
      if (side < 0) {
        throw new TypeConversionException("is '" + text + "', must not be negative");
      }
    }
    return switch (sides.length) {
      case 1 -> Padding.of(sides[0]);
      case 2 -> Padding.of(sides[0], sides[1]);
      case 4 -> Padding.of(sides[0], sides[1], sides[2], sides[3]);
      default -> throw shape(text);
    };
  }

  private static TypeConversionException shape(String text) {
    return new TypeConversionException(
        "is '" + text + "', must be P, PH,PW or TOP,LEFT,BOTTOM,RIGHT, or same, same-lower, valid");
  }
}
