/**
 * How conditions are put together and how a status is written. They follow kstatus, so that kubectl wait and GitOps
 * tools understand them.
 */
@NullMarked
package dev.pgfork.operator.status;

import org.jspecify.annotations.NullMarked;
