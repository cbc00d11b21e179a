package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.BindingStatus;
import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.DeletionPolicy;
import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Announcements;
import dev.pgfork.operator.action.FailureText;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.status.Conditions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Decides what becomes of a database.
 *
 * <table>
 * <caption>States, first match wins</caption>
 * <tr><th>seen</th><th>phase</th><th>condition</th><th>done</th></tr>
 * <tr><td>parameters wrong</td><td>Refused</td><td>Stalled InvalidParameters</td><td>nothing</td></tr>
 * <tr><td>a name is somebody else's</td><td>Refused</td><td>Stalled NameTaken</td><td>nothing, looked at again</td></tr>
 * <tr><td>new, and an earlier database's volume is there</td><td>Refused</td><td>Stalled VolumeExists</td><td>nothing</td></tr>
 * <tr><td>had data, volume gone</td><td>Unavailable</td><td>Stalled VolumeLost</td><td>nothing: never initdb twice</td></tr>
 * <tr><td>serves</td><td>Ready</td><td>Ready</td><td>certificate kept fresh</td></tr>
 * <tr><td>served before</td><td>Unavailable</td><td>Reconciling, after the deadline Stalled</td><td>what is missing is made</td></tr>
 * <tr><td>anything else</td><td>Starting</td><td>the same</td><td>the same</td></tr>
 * </table>
 */
public final class DatabasePlanner {
    private static final Duration LOOK_WHILE_READY = Duration.ofSeconds(30);
    private static final Duration LOOK_WHILE_STARTING = Duration.ofSeconds(2);
    private static final Duration LOOK_WHILE_REFUSED = Duration.ofSeconds(30);

    private final InstanceActions instances;
    private final Duration deadline;

    /** @param deadline how long a step may take before its delay becomes the reason */
    public DatabasePlanner(InstanceActions instances, Duration deadline) {
        this.instances = instances;
        this.deadline = deadline;
    }

    public Plan<PostgresDatabaseStatus> plan(PostgresDatabase resource, DatabaseObservation seen, Instant now) {
        var template = DatabaseResources.template(resource);
        var wrong = instances.wrongParameters(template);
        if (wrong.isPresent()) {
            return refused(resource, seen, now, "InvalidParameters", wrong.get());
        }
        if (seen.instance().nameTaken().isPresent()) {
            return refused(
                    resource,
                    seen,
                    now,
                    "NameTaken",
                    seen.instance().nameTaken().get());
        }
        if (seen.instance().volume().isEmpty() && !seen.retainedVolumes().isEmpty()) {
            return refused(
                    resource,
                    seen,
                    now,
                    "VolumeExists",
                    "PersistentVolumeClaim " + String.join(", ", seen.retainedVolumes())
                            + " holds the data of an earlier database of this name, and pgfork makes no new one over"
                            + " it. Delete that claim if the data is not needed, or choose another name");
        }
        if (seen.instance().volume().isEmpty() && hadData(resource)) {
            return volumeLost(resource, seen, now);
        }
        return serves(seen, template) ? ready(resource, seen, template, now) : bringUp(resource, seen, template, now);
    }

    /** An action failed: everything noted stays, the conditions say what happened, and the framework tries again. */
    public Plan<PostgresDatabaseStatus> planAfterFailure(PostgresDatabase resource, Exception failure, Instant now) {
        var before = Objects.requireNonNullElse(resource.getStatus(), PostgresDatabaseStatus.EMPTY);
        var conditions = conditions(resource, now)
                .reconciling(FailureText.reason(failure), FailureText.message(failure))
                .list();
        var status = new PostgresDatabaseStatus(
                Objects.requireNonNullElse(before.phase(), DatabasePhase.Pending),
                conditions,
                resource.getMetadata().getGeneration(),
                before.instance(),
                before.binding(),
                before.primary(),
                before.epoch(),
                before.forks());
        return new Plan<>(
                status, Announcements.of(Owner.of(resource), before.conditions(), conditions), Optional.empty());
    }

    /**
     * What is left to do before a deleted database may vanish. The pod goes first: a volume is not deleted under a
     * running server.
     *
     * @return no actions and no wake-up once nothing is left
     */
    public Plan<PostgresDatabaseStatus> planDeletion(PostgresDatabase resource, DatabaseObservation seen, Instant now) {
        var owner = Owner.of(resource);
        var status = status(
                resource,
                seen,
                DatabasePhase.Deleting,
                conditions(resource, now)
                        .reconciling("Deleting", "The database is being deleted")
                        .list());
        var actions = new ArrayList<Action>();
        seen.instance()
                .statefulSet()
                .filter(DatabasePlanner::remains)
                .ifPresent(set -> actions.add(new Action.Delete(owner, set)));
        if (seen.instance().statefulSet().isPresent() || seen.instance().pod().isPresent()) {
            return new Plan<>(status, actions, Optional.of(LOOK_WHILE_STARTING));
        }
        var volume = seen.instance().volume();
        if (resource.getSpec().deletionPolicy() == DeletionPolicy.Delete && volume.isPresent()) {
            volume.filter(DatabasePlanner::remains).ifPresent(claim -> actions.add(new Action.Delete(owner, claim)));
            return new Plan<>(status, actions, Optional.of(LOOK_WHILE_STARTING));
        }
        return new Plan<>(status, List.of(), Optional.empty());
    }

    private static boolean remains(io.fabric8.kubernetes.api.model.HasMetadata object) {
        return object.getMetadata().getDeletionTimestamp() == null;
    }

    private Plan<PostgresDatabaseStatus> refused(
            PostgresDatabase resource, DatabaseObservation seen, Instant now, String reason, String message) {
        var conditions = conditions(resource, now).stalled(reason, message).set("Forkable", false, reason, message);
        var leftovers = seen.instance().volume().isPresent() || hadData(resource)
                ? List.<Action>of()
                : instances.remove(Owner.of(resource), seen.instance());
        return finish(resource, seen, DatabasePhase.Refused, conditions, leftovers, LOOK_WHILE_REFUSED);
    }

    private Plan<PostgresDatabaseStatus> volumeLost(PostgresDatabase resource, DatabaseObservation seen, Instant now) {
        var message = "PersistentVolumeClaim "
                + DatabaseResources.template(resource).names().generationName()
                + " is gone and the data with it. Restore the claim under that name, or delete this database and make"
                + " it again; pgfork does not put an empty database in its place";
        var conditions =
                conditions(resource, now).stalled("VolumeLost", message).set("Forkable", false, "VolumeLost", message);
        return finish(resource, seen, DatabasePhase.Unavailable, conditions, List.of(), LOOK_WHILE_REFUSED);
    }

    private Plan<PostgresDatabaseStatus> ready(
            PostgresDatabase resource, DatabaseObservation seen, InstanceTemplate template, Instant now) {
        var conditions = conditions(resource, now).ready("The database accepts connections");
        forkable(seen.safety(), conditions);
        var actions = new ArrayList<>(objects(template, seen));
        actions.addAll(instances.inForce(template, seen.instance(), now));
        actions.addAll(identity(template, seen));
        return finish(resource, seen, DatabasePhase.Ready, conditions, actions, LOOK_WHILE_READY);
    }

    private Plan<PostgresDatabaseStatus> bringUp(
            PostgresDatabase resource, DatabaseObservation seen, InstanceTemplate template, Instant now) {
        var waiting = seen.trouble();
        var message = waiting.map(finding -> finding.message()).orElse("The instance is being started");
        var reason = waiting.map(finding -> finding.reason()).orElse("Starting");
        var overdue = waiting.isPresent()
                && (waiting.get().needsSomebody()
                        || downSince(resource, now).plus(deadline).isBefore(now));
        var conditions = conditions(resource, now);
        if (overdue) {
            conditions.stalled(reason, message);
        } else {
            conditions.reconciling(hadData(resource) ? "Restarting" : "Starting", message);
        }
        conditions.set("Forkable", false, "NotReady", "The database does not serve: " + message);
        var phase = hadData(resource) ? DatabasePhase.Unavailable : DatabasePhase.Starting;
        return finish(resource, seen, phase, conditions, objects(template, seen), LOOK_WHILE_STARTING);
    }

    /** In the order in which they are needed; the claim on the name is the first. */
    private List<Action> objects(InstanceTemplate template, DatabaseObservation seen) {
        var actions = new ArrayList<>(instances.claim(template, seen.instance()));
        actions.addAll(instances.prepare(template, seen.instance()));
        actions.addAll(instances.volume(template, seen.instance()));
        actions.addAll(instances.statefulSet(template, seen.instance()));
        actions.addAll(instances.service(template, seen.instance()));
        actions.addAll(instances.readOnlyService(template, seen.instance()));
        actions.addAll(instances.binding(template, seen.instance()));
        return actions;
    }

    /** A retained volume must say whose it was: its system identifier is known once the server has answered. */
    private List<Action> identity(InstanceTemplate template, DatabaseObservation seen) {
        var report = seen.instance().server().found().orElseThrow();
        return instances.identify(template, seen.instance(), report.systemIdentifier());
    }

    private static void forkable(Looked<ForkSafety> safety, Conditions conditions) {
        switch (safety) {
            case Looked.Found<ForkSafety>(ForkSafety facts) ->
                facts.objection()
                        .ifPresentOrElse(
                                objection -> conditions.set("Forkable", false, objection.reason(), objection.remedy()),
                                () -> conditions.set("Forkable", true, "Available", "The database can be forked"));
            case Looked.Absent<ForkSafety> absent ->
                conditions.set("Forkable", false, "NotReady", "The database does not serve");
            case Looked.Unknown<ForkSafety>(String reason) ->
                conditions.set("Forkable", "Unknown", "NotAnswering", reason);
        }
    }

    private static boolean serves(DatabaseObservation seen, InstanceTemplate template) {
        return seen.instance().serves(template);
    }

    private static boolean hadData(PostgresDatabase resource) {
        var status = resource.getStatus();
        return status != null && status.instance() != null && status.instance().systemIdentifier() != null;
    }

    private static Instant downSince(PostgresDatabase resource, Instant now) {
        var status = resource.getStatus();
        return Conditions.find(status == null ? null : status.conditions(), Conditions.READY)
                .filter(condition -> !"True".equals(condition.getStatus()))
                .map(condition -> Instant.parse(condition.getLastTransitionTime()))
                .orElse(now);
    }

    private static Conditions conditions(PostgresDatabase resource, Instant now) {
        var status = resource.getStatus();
        var generation = Objects.requireNonNullElse(resource.getMetadata().getGeneration(), 0L);
        return new Conditions(status == null ? null : status.conditions(), generation, now);
    }

    private static Plan<PostgresDatabaseStatus> finish(
            PostgresDatabase resource,
            DatabaseObservation seen,
            DatabasePhase phase,
            Conditions conditions,
            List<Action> actions,
            Duration wakeUp) {
        var before = resource.getStatus() == null ? null : resource.getStatus().conditions();
        var all = new ArrayList<>(actions);
        all.addAll(Announcements.of(Owner.of(resource), before, conditions.list()));
        return new Plan<>(status(resource, seen, phase, conditions.list()), all, Optional.of(wakeUp));
    }

    private static PostgresDatabaseStatus status(
            PostgresDatabase resource,
            DatabaseObservation seen,
            DatabasePhase phase,
            List<io.fabric8.kubernetes.api.model.Condition> conditions) {
        var before = Objects.requireNonNullElse(resource.getStatus(), PostgresDatabaseStatus.EMPTY);
        var template = DatabaseResources.template(resource);
        var app = seen.instance()
                .app()
                .map(secret -> new BindingStatus(secret.getMetadata().getName()));
        return new PostgresDatabaseStatus(
                phase,
                conditions,
                resource.getMetadata().getGeneration(),
                instance(before.instance(), seen, template),
                app.orElse(null),
                template.owner().name(),
                seen.instance()
                        .script()
                        .found()
                        .map(script -> script.epoch())
                        .orElse(Objects.requireNonNullElse(before.epoch(), DatabaseResources.FIRST_EPOCH)),
                seen.forks());
    }

    private static InstanceStatus instance(
            @org.jspecify.annotations.Nullable InstanceStatus before,
            DatabaseObservation seen,
            InstanceTemplate template) {
        var known = Objects.requireNonNullElse(before, new InstanceStatus(null, null, null, null, null, null, null));
        var report = seen.instance().server().found();
        return new InstanceStatus(
                template.image(),
                report.map(r -> r.version()).orElse(known.serverVersion()),
                report.map(r -> r.systemIdentifier()).orElse(known.systemIdentifier()),
                report.map(r -> (Integer) r.timeline()).orElse(known.timeline()),
                report.map(r -> r.inRecovery() ? "standby" : "primary").orElse(known.role()),
                seen.instance()
                        .script()
                        .found()
                        .map(s -> (Long) s.epoch())
                        .orElse(Objects.requireNonNullElse(known.epoch(), DatabaseResources.FIRST_EPOCH)),
                template.generation());
    }
}
