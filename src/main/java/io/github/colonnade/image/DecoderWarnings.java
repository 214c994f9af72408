package io.github.colonnade.image;

import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;

/** What a decoder complains of while it decodes all the same. */
final class DecoderWarnings implements IIOReadWarningListener {
  /** Java's own, for a JPEG file that ends without saying so. */
  private static final String NO_END = "Missing EOI";

  /** libjpeg's, of which Java hands on the first: compressed data lacks, or is none. */
  private static final List<String> LOSSES =
      List.of(
          "premature end of data segment",
          "bad Huffman code",
          "bad arithmetic code",
          "instead of RST");

  private final List<String> warnings = new ArrayList<>();

  @Override
  public void warningOccurred(ImageReader source, String warning) {
    warnings.add(warning);
  }

  /**
   * Returns whether pixels were lost. A missing end alone is no loss where all of each block is at
   * one place and the decoder read that place to its end; a further scan would be missed silently.
   */
  boolean tellOfLoss(boolean inOneScan) {
    boolean endMissing = warnings.stream().anyMatch(warning -> warning.contains(NO_END));
    boolean lost =
        warnings.stream().anyMatch(warning -> LOSSES.stream().anyMatch(warning::contains));
    boolean unclear =
        warnings.stream().anyMatch(warning -> warning.startsWith("Corrupt JPEG data"));
    return lost || (endMissing && (unclear || !inOneScan));
  }
}
