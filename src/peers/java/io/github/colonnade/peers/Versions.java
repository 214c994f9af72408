package io.github.colonnade.peers;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Versions as Maven wrote them into the libraries' jars. */
final class Versions {
  private Versions() {}

  static String ofColonnade() {
    return ofArtifact("io.github.colonnade", "colonnade");
  }

  static String ofArtifact(String groupId, String artifactId) {
    return ofResource("META-INF/maven/" + groupId + "/" + artifactId + "/pom.properties");
  }

  /** Reads {@code version} of a properties file on the class path. */
  static String ofResource(String name) {
    try (InputStream in = Versions.class.getClassLoader().getResourceAsStream(name)) {
      if (in == null) {
        return "unknown";
      }
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version", "unknown");
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
