package dev.pgfork.operator.database;

import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.ReadLabel;
import dev.pgfork.operator.instance.InstanceTemplate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** What is to be there of a database, whichever instance is its primary, and what of it is to be kept fresh. */
final class DatabaseObjects {
    private final InstanceActions instances;

    DatabaseObjects(InstanceActions instances) {
        this.instances = instances;
    }

    /** @param serves whether the primary does */
    List<Action> of(InstanceTemplate template, DatabaseStatusDraft draft, DatabaseObservation seen, boolean serves) {
        var actions = new ArrayList<>(made(template, draft, seen));
        actions.addAll(binding(template, draft, seen, serves));
        if (seen.standby().isEmpty()) {
            if (serves) {
                actions.addAll(identity(template, seen));
            }
            actions.addAll(ReadLabel.on(
                    seen.instance().pod(), template, template.membership().reads()));
        }
        return actions;
    }

    /** In the order in which they are needed; the claim on the name is the first. */
    private List<Action> made(InstanceTemplate template, DatabaseStatusDraft draft, DatabaseObservation seen) {
        // The name stays the database's even while there is no instance of it.
        var actions = new ArrayList<>(instances.claim(template, seen.instance()));
        // What a standby needs is made where that is decided: it never gets an empty volume.
        if (seen.standby().isEmpty()) {
            actions.addAll(instances.prepare(template, seen.instance()));
            actions.addAll(instances.volume(template, seen.instance()));
            actions.addAll(instances.statefulSet(template, seen.instance()));
            actions.addAll(instances.disruptionBudget(template, seen.instance()));
        }
        seen.members()
                .member(Objects.requireNonNull(draft.primary, "settled before"))
                .ifPresent(primary -> actions.addAll(instances.service(template, primary.names(), seen.instance())));
        actions.addAll(instances.readOnlyService(template, seen.instance()));
        return actions;
    }

    /** Clients who cannot get in anyway need no Secret: one that they had comes back when the server can be told. */
    private List<Action> binding(
            InstanceTemplate template, DatabaseStatusDraft draft, DatabaseObservation seen, boolean serves) {
        if (!draft.isPublished()) {
            return instances.binding(template, seen.instance());
        }
        return seen.members()
                .member(Objects.requireNonNull(draft.primary, "settled before"))
                .filter(primary -> serves)
                .map(primary -> instances.keptBinding(
                        template, seen.instance(), primary.names().pod()))
                .orElse(List.of());
    }

    /** A retained volume must say whose it was: its system identifier is known once the server has answered. */
    private List<Action> identity(InstanceTemplate template, DatabaseObservation seen) {
        return seen.instance()
                .server()
                .found()
                .map(report -> instances.identify(template, seen.instance(), report.systemIdentifier()))
                .orElse(List.of());
    }
}
