/**
 * What the three kinds of resources mean to a person: names, lineage, progress, the instance behind them. Pure
 * functions of what was read.
 */
@NullMarked
package dev.pgfork.cli.resource;

import org.jspecify.annotations.NullMarked;
