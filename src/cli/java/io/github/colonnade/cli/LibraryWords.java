package io.github.colonnade.cli;

import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The library's messages in the command line's words: its options for the methods of Java. */
final class LibraryWords {
  /** What the library says of a choice that the command line makes by an option. */
  private static final Map<String, String> PHRASES =
      Map.of(
          "(PoolingRule.ONNX has no such limit)",
          "(--padding TOP,LEFT,BOTTOM,RIGHT has no such limit)",
          "use fewer threads, a lower PlanOptions.withMaxWorkspaceBytes, or a Workspace of your own",
          "use fewer --threads",
          "if it is a .npz, use Npz.read",
          "if it is a .npz, unzip it first",
          // Of integers, the library reads i8; no command takes any.
          "must be f8, f4 or i8",
          "must be f8 or f4");

  private static final Pattern ALGORITHM = Pattern.compile("^algorithm: is ([A-Z0-9]+)");
  private static final Pattern PROPERTY = Pattern.compile("with (-Dcolonnade\\.\\w+=[A-Z]+)");
  private static final Pattern WORKSPACE =
      Pattern.compile("^maxWorkspaceBytes: is (\\d+), ([A-Z0-9]+) needs");

  private LibraryWords() {}

  /** Returns a message with no name in it that only a program in Java could use. */
  static String translate(String message) {
    String words = message;
    for (Map.Entry<String, String> phrase : PHRASES.entrySet()) {
      words = words.replace(phrase.getKey(), phrase.getValue());
    }
    words = PROPERTY.matcher(words).replaceAll("with COLONNADE_JAVA_OPTS=$1");
    words = ALGORITHM.matcher(words).replaceFirst(found -> "--algorithm: is " + name(found, 1));
    return WORKSPACE
        .matcher(words)
        .replaceFirst(
            found ->
                "--algorithm: is "
                    + name(found, 2)
                    + ", which has "
                    + found.group(1)
                    + " bytes of scratch memory and needs");
  }

  private static String name(MatchResult found, int group) {
    return Matcher.quoteReplacement(found.group(group).toLowerCase(Locale.ROOT));
  }
}
