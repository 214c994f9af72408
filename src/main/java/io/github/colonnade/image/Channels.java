package io.github.colonnade.image;

/** Which channels a picture has, in this order. */
public enum Channels {
  /** Those that it has anyway. */
  UNCHANGED(0),
  /** Grey: of colours, 0.299 red + 0.587 green + 0.114 blue, the luma of ITU-R BT.601. */
  GREY(1),
  /** Grey and opacity. */
  GREY_ALPHA(2),
  /** Red, green and blue; three times the same of grey. */
  RGB(3),
  /** Red, green, blue and opacity. */
  RGBA(4);

  private final int count;

  Channels(int count) {
    this.count = count;
  }

  /** {@return how many they are; 0 for {@link #UNCHANGED}} */
  public int count() {
    return count;
  }

  /** {@return whether opacity is among them} */
  public boolean hasAlpha() {
    return this == GREY_ALPHA || this == RGBA;
  }

  /** Returns how many of them are colours: 1 or 3. */
  int colours() {
    return hasAlpha() ? count - 1 : count;
  }

  /** Returns the channels of a number from 1 to 4. */
  static Channels of(int count) {
    return values()[count];
  }

  /** Returns these, or {@code own} where these are {@link #UNCHANGED}. */
  Channels or(Channels own) {
    return this == UNCHANGED ? own : this;
  }
}
