package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.instance.InstanceDiagnosis;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.standby.StandbyObservation;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.List;
import java.util.Optional;

/**
 * What was seen of a database.
 *
 * @param instance the database's own, whoever is the primary
 * @param retainedVolumes names of volumes in the namespace that an earlier database of this name left behind
 * @param standby the own instance as one that follows; empty: it is the primary, or that is not known
 * @param otherSets StatefulSets of the own instance's other generations
 * @param otherVolumes claims of the own instance's other generations
 * @param ownConfigs ConfigMaps of the own instance; only looked for where it is to be removed
 * @param trouble what keeps the primary from serving, if anything does
 * @param safety whether the primary can be forked; Absent: it does not serve
 * @param forks number of forks that name this database as their source
 * @param maskedCopy whatever fork has the name of the masked copy
 * @param targetIsFork whether the instance that is to be promoted is a fork's
 * @param members those who follow one another under this database
 * @param changeover what was seen of the one on record; empty: there is none
 * @param held pods of the database's own instance that a failover keeps until it is on record how they ended
 * @param failover what was seen of a primary that does not serve, and of who could take its place; empty: it serves, or
 *     nobody could
 */
public record DatabaseObservation(
        InstanceObservation instance,
        List<String> retainedVolumes,
        Optional<StandbyObservation> standby,
        List<StatefulSet> otherSets,
        List<PersistentVolumeClaim> otherVolumes,
        List<ConfigMap> ownConfigs,
        Optional<InstanceDiagnosis.Finding> trouble,
        Looked<ForkSafety> safety,
        int forks,
        Optional<PostgresFork> maskedCopy,
        boolean targetIsFork,
        MembersObservation members,
        Optional<ChangeoverObservation> changeover,
        List<Pod> held,
        Optional<FailoverObservation> failover) {

    public DatabaseObservation {
        retainedVolumes = List.copyOf(retainedVolumes);
        otherSets = List.copyOf(otherSets);
        otherVolumes = List.copyOf(otherVolumes);
        ownConfigs = List.copyOf(ownConfigs);
        held = List.copyOf(held);
    }
}
