/** What pgfork knows of CSI volumes and snapshots. Everything is decided from objects that others have read. */
@NullMarked
package dev.pgfork.operator.storage;

import org.jspecify.annotations.NullMarked;
