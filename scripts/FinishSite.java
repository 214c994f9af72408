import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finishes the pages that Maven Site has made of src/site/markdown, and checks their links.
 *
 * <p>The same Markdown is read in the repository, so here headings get the anchors that they have
 * there, links out of the pages' folder lead to the repository, and the pictures among them are
 * copied into the site. Running it again changes nothing.
 *
 * <p>Usage: {@code java scripts/FinishSite.java SITE REPOSITORY URL}. Exit code 1 if a link leads
 * nowhere; each is named.
 */
public final class FinishSite {
  private static final Pattern HEADING =
      Pattern.compile("<a id=\"[^\"]*\"></a>\\s*<h([1-6])>(.*?)</h", Pattern.DOTALL);
  private static final Pattern CELL = Pattern.compile("<td>.*?</td>", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("(href|src)=\"([^\"]*)\"");
  private static final Pattern ANCHOR = Pattern.compile("(?:id|name)=\"([^\"]*)\"");
  private static final Pattern NUMBER =
      Pattern.compile("<td>(&#x2013;|[-–−~≤<×.,\\d\\s]*\\d[^<A-Za-z]*)</td>");

  private final Path site;
  private final Path repository;
  private final Path pages;
  private final String url;
  private final Map<Path, Set<String>> anchors = new HashMap<>();
  private final List<String> broken = new ArrayList<>();
  private int links;

  private FinishSite(Path site, Path repository, String url) {
    this.site = site;
    this.repository = repository;
    this.pages = repository.resolve("src/site/markdown");
    this.url = url;
  }

  /**
   * Finishes a site.
   *
   * @param args the site's folder, the repository's, and the address of the latter
   * @throws IOException if a file cannot be read or written
   */
  public static void main(String[] args) throws IOException {
    FinishSite finish =
        new FinishSite(Path.of(args[0]).toRealPath(), Path.of(args[1]).toRealPath(), args[2]);
    List<Path> html = finish.html();
    for (Path page : html) {
      finish.finish(page);
    }
    for (Path page : html) {
      finish.check(page);
    }
    if (html.isEmpty() || !finish.broken.isEmpty()) {
      finish.broken.forEach(System.err::println);
      System.err.printf("%d of %d links lead nowhere%n", finish.broken.size(), finish.links);
      System.exit(1);
    }
    System.out.printf("%d pages, %d links%n", html.size(), finish.links);
  }

  private List<Path> html() throws IOException {
    try (Stream<Path> files = Files.list(site)) {
      return files.filter(file -> file.toString().endsWith(".html")).sorted().toList();
    }
  }

  private void finish(Path page) throws IOException {
    String text = Files.readString(page);
    text = replace(HEADING, text, m -> "<h%s id=\"%s\">%s</h".formatted(m.group(1), anchor(m.group(2)), m.group(2)));
    text = replace(NUMBER, text, m -> "<td class=\"number\">" + m.group(1) + "</td>");
    // Chained calls may be broken before each.
    text = replace(CELL, text, m -> m.group().replace(").", ")<wbr/>."));
    List<IOException> failed = new ArrayList<>();
    text =
        replace(
            LINK,
            text,
            m -> {
              try {
                return m.group(1) + "=\"" + fromPages(m.group(2)) + "\"";
              } catch (IOException e) {
                failed.add(e);
                return m.group();
              }
            });
    if (!failed.isEmpty()) {
      throw failed.getFirst();
    }
    Files.writeString(page, text);
  }

  private static String replace(Pattern what, String text, Function<MatchResult, String> by) {
    return what.matcher(text).replaceAll(m -> Matcher.quoteReplacement(by.apply(m)));
  }

  /** Returns the anchor that a heading has in the repository. */
  private static String anchor(String heading) {
    String plain = heading.replaceAll("<[^>]*>", "").replaceAll("&[^;]*;", "");
    return plain
        .strip()
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N} _-]", "")
        .replace(' ', '-');
  }

  /** Returns where a link leads from the site, which the Markdown gives from its own folder. */
  private String fromPages(String link) throws IOException {
    if (!link.startsWith("../")) {
      return link;
    }
    String[] parts = link.split("#", 2);
    Path target = pages.resolve(parts[0]).normalize();
    // Maven Site has taken other Markdown for pages of its own.
    Path markdown = Path.of(target.toString().replaceFirst("\\.html$", ".md"));
    if (!Files.exists(target) && Files.exists(markdown)) {
      target = markdown;
    }
    if (!target.startsWith(repository) || !Files.exists(target)) {
      return link;
    }
    String path = repository.relativize(target).toString().replace('\\', '/');
    if (path.endsWith(".svg") || path.endsWith(".png")) {
      Path copy = site.resolve("images").resolve(path);
      Files.createDirectories(copy.getParent());
      Files.copy(target, copy, StandardCopyOption.REPLACE_EXISTING);
      return "images/" + path;
    }
    String kind = Files.isDirectory(target) ? "/tree/main/" : "/blob/main/";
    return url + kind + path + (parts.length > 1 ? "#" + parts[1] : "");
  }

  private void check(Path page) throws IOException {
    for (MatchResult m : LINK.matcher(Files.readString(page)).results().toList()) {
      String link = m.group(2);
      if (!link.matches("[a-z]+:.*")) {
        links++;
        if (!leadsSomewhere(page, link)) {
          broken.add(page.getFileName() + ": " + link);
        }
      }
    }
  }

  private boolean leadsSomewhere(Path page, String link) throws IOException {
    String[] parts = link.split("#", 2);
    Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
    if (!target.startsWith(site) || !Files.isRegularFile(target)) {
      return false;
    }
    return parts.length == 1 || parts[1].isEmpty() || anchorsOf(target).contains(parts[1]);
  }

  private Set<String> anchorsOf(Path page) throws IOException {
    Set<String> known = anchors.get(page);
    if (known == null) {
      known =
          ANCHOR
              .matcher(Files.readString(page))
              .results()
              .map(m -> m.group(1).replace("&lt;", "<").replace("&gt;", ">"))
              .collect(Collectors.toSet());
      anchors.put(page, known);
    }
    return known;
  }
}
