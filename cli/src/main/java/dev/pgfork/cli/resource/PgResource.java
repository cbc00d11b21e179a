package dev.pgfork.cli.resource;

import dev.pgfork.api.v1alpha1.BindingStatus;
import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A database, a follower or a fork as the API server has it; what is alike in all of them can be asked of each. */
public sealed interface PgResource {

    HasMetadata object();

    Kind kind();

    /** What the status of every kind has. */
    Reported reported();

    /** Where its data come from; empty: it began empty. */
    Optional<Origin> origin();

    /** For people; "Pending" before the first status. */
    default String phase() {
        return reported().phase() == null ? "Pending" : reported().phase().name();
    }

    default List<Condition> conditions() {
        return Objects.requireNonNullElse(reported().conditions(), List.of());
    }

    default Optional<InstanceStatus> instance() {
        return Optional.ofNullable(reported().instance());
    }

    /** Name of the Secret that one connects with; empty while it has none of its own. */
    default Optional<String> secret() {
        return Optional.ofNullable(reported().binding()).map(BindingStatus::name);
    }

    default String name() {
        return object().getMetadata().getName();
    }

    default String namespace() {
        return object().getMetadata().getNamespace();
    }

    /** As one says it: {@code fork pr-42}. */
    default String title() {
        return kind().word() + " " + name();
    }

    default boolean isBeingDeleted() {
        return object().getMetadata().getDeletionTimestamp() != null;
    }

    /** Whether the status speaks of the spec as it is now. */
    default boolean isObserved() {
        return Objects.equals(object().getMetadata().getGeneration(), reported().observedGeneration());
    }

    default Optional<Condition> condition(String type) {
        return conditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst();
    }

    default boolean is(String conditionType) {
        return condition(conditionType)
                .filter(condition -> condition.getStatus().equals("True"))
                .isPresent();
    }

    static PgResource of(HasMetadata object) {
        return switch (object) {
            case PostgresDatabase database -> new Database(database);
            case PostgresFollower follower -> new Follower(follower);
            case PostgresFork fork -> new Fork(fork);
            default -> throw new IllegalArgumentException("not one of pgfork's kinds: " + object.getKind());
        };
    }

    /** A PostgresDatabase. */
    record Database(PostgresDatabase object) implements PgResource {
        public PostgresDatabaseStatus status() {
            return object.getStatus() == null ? PostgresDatabaseStatus.EMPTY : object.getStatus();
        }

        /** Name of the instance that accepts writes: its own, unless another one was promoted. */
        public String primary() {
            return Objects.requireNonNullElse(status().primary(), name());
        }

        @Override
        public Kind kind() {
            return Kind.DATABASE;
        }

        @Override
        public Reported reported() {
            var is = status();
            return new Reported(is.phase(), is.conditions(), is.observedGeneration(), is.instance(), is.binding());
        }

        @Override
        public Optional<Origin> origin() {
            return Optional.empty();
        }
    }

    /** A PostgresFollower. */
    record Follower(PostgresFollower object) implements PgResource {
        public PostgresFollowerStatus status() {
            return object.getStatus() == null ? PostgresFollowerStatus.EMPTY : object.getStatus();
        }

        /** Whether it is to be a database of its own; it may still be on its way there. */
        public boolean isToUnfollow() {
            return Boolean.TRUE.equals(object.getSpec().unfollow());
        }

        /** Whether it was promoted: the database that it names lives on its instance. */
        public boolean isPrimaryOfItsLeader() {
            return !isToUnfollow()
                    && instance()
                            .map(InstanceStatus::role)
                            .filter("primary"::equals)
                            .isPresent();
        }

        /** Whether it is a database of its own. */
        public boolean isUnfollowed() {
            return is("Unfollowed");
        }

        @Override
        public Kind kind() {
            return Kind.FOLLOWER;
        }

        @Override
        public Reported reported() {
            var is = status();
            return new Reported(is.phase(), is.conditions(), is.observedGeneration(), is.instance(), is.binding());
        }

        @Override
        public Optional<Origin> origin() {
            var follows = object.getSpec().follows();
            var leader = status().leader();
            return Optional.of(new Origin(
                    Kind.of(follows.resourceKind()),
                    namespace(),
                    follows.name(),
                    leader == null ? null : leader.uid()));
        }
    }

    /** A PostgresFork. */
    record Fork(PostgresFork object) implements PgResource {
        public PostgresForkStatus status() {
            return object.getStatus() == null ? PostgresForkStatus.EMPTY : object.getStatus();
        }

        /** How far a reset is, in the words of the phases of a new fork; "Resetting" if none runs. */
        public String phaseOfNext() {
            var next = status().next();
            if (next == null) {
                return "Resetting";
            }
            if (next.source() == null || next.source().cutTime() == null) {
                return "Cutting";
            }
            var timings = next.timings();
            return timings == null || timings.started() == null ? "Starting" : "Quarantine";
        }

        /** Whether its time to live is over, and its data gone. */
        public boolean isExpired() {
            return status().expiredAt() != null;
        }

        @Override
        public Kind kind() {
            return Kind.FORK;
        }

        @Override
        public Reported reported() {
            var is = status();
            return new Reported(is.phase(), is.conditions(), is.observedGeneration(), is.instance(), is.binding());
        }

        @Override
        public Optional<Origin> origin() {
            var from = object.getSpec().from();
            var source = status().source();
            return Optional.of(new Origin(
                    Kind.of(from.resourceKind()),
                    source == null || source.namespace() == null ? namespace() : source.namespace(),
                    from.name(),
                    source == null ? null : source.uid()));
        }
    }

    /** As the status has it: all of it is missing before the first one. */
    record Reported(
            @Nullable Enum<?> phase,
            @Nullable List<Condition> conditions,
            @Nullable Long observedGeneration,
            @Nullable InstanceStatus instance,
            @Nullable BindingStatus binding) {}
}
