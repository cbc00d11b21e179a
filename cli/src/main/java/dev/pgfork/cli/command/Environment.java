package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Connector;
import dev.pgfork.cli.local.Programs;
import dev.pgfork.cli.local.Terminal;
import java.time.Clock;

/** Everything outside of the process that a verb can reach. */
public record Environment(Connector connector, Terminal terminal, Programs programs, Clock clock) {}
