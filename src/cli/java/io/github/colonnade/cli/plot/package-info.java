/** Pictures that commands draw: the page that they share, and the plots of a training. */
package io.github.colonnade.cli.plot;
