package dev.pgfork.operator;

import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Lag;
import dev.pgfork.operator.follower.LagListener;
import dev.pgfork.operator.metrics.LagGauges;
import java.util.Optional;

/** Puts every measurement into the metrics. */
record MeteredLags(LagGauges gauges) implements LagListener {

    @Override
    public void measured(PostgresFollower follower, Optional<Lag> lag) {
        var meta = follower.getMetadata();
        gauges.measured(meta.getNamespace(), meta.getName(), lag.orElse(null));
    }

    @Override
    public void gone(PostgresFollower follower) {
        var meta = follower.getMetadata();
        gauges.gone(meta.getNamespace(), meta.getName());
    }
}
