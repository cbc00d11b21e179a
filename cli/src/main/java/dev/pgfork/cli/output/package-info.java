/** How things are printed: tables, trees, durations, sizes, JSON and YAML. Nothing here knows where they come from. */
@NullMarked
package dev.pgfork.cli.output;

import org.jspecify.annotations.NullMarked;
